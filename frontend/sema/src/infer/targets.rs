//! What is of the probed code or of the machine: `$` variables, operators that begin with `@`, C.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Type;
use stapc_syntax::ast::{Code, ExprId, ExprKind, Name, Selector, Target, TargetRoot};

use super::Infer;
use crate::{
    embedded::{pragmas, says},
    unify::{TypeVar, Types},
};

/// Whether a variable, here without its first `$`, is a text: `$$vars` and its kin. The peer's library
/// has numbers of three `$` (`$$$arg3`) and texts of four (`$$$$provider`).
pub fn is_text(name: &str) -> bool {
    name.bytes().take_while(|byte| *byte == b'$').count() % 2 == 1
}

/// How messages call it.
pub const EMBEDDED: &str = "embedded C";

/// What an operator takes.
enum Takes {
    /// Integers.
    Integers(usize),
    /// A literal string.
    Literal,
    /// Anything, which gives its type.
    Any,
    /// Something that may not be there.
    Perhaps,
}

impl Infer<'_> {
    /// Reports what only a guru may do, if the user is none.
    pub(super) fn need_guru(&mut self, what: &str, span: Span) {
        if !self.given.guru && self.of_user() {
            let code = if what == EMBEDDED { "embedded-needs-guru" } else { "write-needs-guru" };
            let diagnostic = Diagnostic::error(code, format!("{what} needs guru mode"));
            self.report(
                diagnostic
                    .at(span, "can do the machine harm")
                    .help("if you are sure, give the option -g"),
            );
        }
    }

    /// Something of the probed code, with the members and elements behind it.
    pub(super) fn target(&mut self, target: &Target) -> TypeVar {
        let text = match &target.root {
            TargetRoot::Variable(name) => {
                is_text(&name.text) || (self.text_value && name.text == "value")
            }
            TargetRoot::Operator(operator, args) => {
                self.target_operator(operator, args);
                false
            }
            TargetRoot::Value(value) => {
                self.value_of(*value, Type::I64);
                false
            }
        };
        for selector in &target.selectors {
            if let Selector::Element(index) = selector {
                self.value_of(*index, Type::I64);
            }
        }
        if text || target.pretty > 0 { Types::STR } else { Types::INT }
    }

    /// `@cast(value, "type", "module")`, `@var("name", "module")`
    fn target_operator(&mut self, operator: &Name, args: &[ExprId]) {
        let cast = operator.text == "cast";
        let (values, literals) = args.split_at(usize::from(cast).min(args.len()));
        values.iter().for_each(|&value| {
            self.value_of(value, Type::I64);
        });
        literals.iter().for_each(|&literal| self.literal(operator, literal));
        let (form, counts) =
            if cast { ("value, \"type\"", 2..=3) } else { ("\"variable\"", 1..=2) };
        if !counts.contains(&args.len()) {
            self.operator_count(operator, args.len(), form);
        }
    }

    fn literal(&mut self, operator: &Name, arg: ExprId) {
        let arg = &self.tree.exprs[arg];
        if !matches!(arg.kind, ExprKind::String(_) | ExprKind::Error) {
            let message = format!("`@{}` takes a literal string here", operator.text);
            self.report(
                Diagnostic::error("not-constant", message).at(arg.span, "not a literal string"),
            );
        }
    }

    fn operator_count(&mut self, operator: &Name, count: usize, form: &str) {
        let message = format!("`@{}` does not take {count} arguments", operator.text);
        self.report(
            Diagnostic::error("argument-count", message)
                .at(operator.span, "")
                .help(format!("write `@{}({form})`", operator.text)),
        );
    }

    /// The other operators that begin with `@`.
    pub(super) fn operator(&mut self, operator: &Name, args: &[ExprId], span: Span) -> TypeVar {
        let (form, takes) = match operator.text.as_str() {
            "kderef" | "uderef" => ("size, address", Takes::Integers(2)),
            "kregister" | "uregister" => ("number", Takes::Integers(1)),
            "perf" => ("\"counter\"", Takes::Literal),
            "const" => ("\"expression\"", Takes::Literal),
            "enum" => ("\"name\"", Takes::Literal),
            "entry" => ("value", Takes::Any),
            _ => ("$variable", Takes::Perhaps),
        };
        if operator.text == "const" {
            self.need_guru("`@const`", span);
        }
        let count = if let Takes::Integers(count) = takes { count } else { 1 };
        if args.len() != count {
            self.each(args);
            self.operator_count(operator, args.len(), form);
            return Types::INT;
        }
        match takes {
            Takes::Integers(_) => args.iter().for_each(|&arg| self.value_of(arg, Type::I64)),
            Takes::Literal => self.literal(operator, args[0]),
            Takes::Any => return self.value(args[0]),
            Takes::Perhaps => {
                self.expr(args[0]);
            }
        }
        Types::INT
    }

    /// The globals that comments of C say it reads or writes.
    pub(super) fn embedded_globals(&mut self, code: &Code) {
        for (name, writes) in pragmas(code) {
            let Some(global) = self.global(name) else {
                let message = format!("the C uses a global variable `{name}`, which is not there");
                let names = self.symbols.globals.iter().map(|global| global.name.as_str());
                let names: Vec<String> = names.map(str::to_owned).collect();
                let diagnostic = Diagnostic::error("embedded-c", message)
                    .at(code.span, "a comment in it says so");
                self.report(diagnostic.suggest(name, names.iter().map(String::as_str)));
                continue;
            };
            self.read(Some(global));
            if writes {
                self.write(global, code.span);
            }
        }
    }

    /// C as a value: a number, unless it says that it is a string.
    pub(super) fn embedded_value(&mut self, code: &Code) -> TypeVar {
        self.need_guru(EMBEDDED, code.span);
        self.embedded_globals(code);
        if says(code, "string") { Types::STR } else { Types::INT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_dollar_makes_a_text() {
        let texts = ["x", "$vars", "$$arg3", "$$$provider"].map(is_text);
        assert_eq!(texts, [false, true, false, true]);
    }
}
