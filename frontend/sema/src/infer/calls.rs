//! Calls: of script functions, of what the compiler knows, and of the printing family.

use stapc_diagnostics::{Diagnostic, FileId, Span};
use stapc_syntax::ast::{ExprId, ExprKind, Name, Tree};

use super::Infer;
use crate::{
    elaborate::{Elaborated, function_of},
    intrinsics::{Intrinsic, intrinsic, intrinsics, needs_guru},
    printing::{self, PRINTS, Print},
    symbols::Symbols,
    unify::{TypeVar, Types},
};

/// What a call means.
pub enum Callee {
    /// A script function, by its position.
    Script(usize),
    /// What the compiler knows.
    Intrinsic(Intrinsic),
    /// A function of this name takes so many arguments; and where it is declared, if it is.
    Other(usize, Option<Span>),
    /// Nothing.
    Unknown,
}

/// What a call in a file means: a function of the user, then what the compiler knows, then a
/// function of the library.
pub fn callee(
    tree: &Tree,
    elaborated: &Elaborated,
    symbols: &Symbols,
    (name, arity, from): (&str, usize, FileId),
) -> Callee {
    let items = elaborated.overloads(tree, name, arity, from);
    let function = items.iter().find_map(|item| symbols.function_items.get(item).copied());
    let of_user =
        function.is_some_and(|function| elaborated.is_user(symbols.functions[function].file));
    let known = intrinsic(name);
    match (function, known.filter(|known| known.params.len() == arity && !of_user)) {
        (_, Some(known)) => return Callee::Intrinsic(known),
        (Some(function), None) => return Callee::Script(function),
        (None, None) => {}
    }
    let other = elaborated.function_names.first(name, from);
    let other = other.and_then(|item| function_of(tree, item));
    match (other, known) {
        (Some(other), _) => Callee::Other(other.params.len(), Some(other.name.span)),
        (None, Some(known)) => Callee::Other(known.params.len(), None),
        (None, None) => Callee::Unknown,
    }
}

impl Infer<'_> {
    /// What a call means here.
    pub(super) fn callee(&self, name: &str, arity: usize) -> Callee {
        callee(self.tree, self.given.elaborated, &self.symbols, (name, arity, self.from))
    }

    pub(super) fn call(&mut self, function: &Name, args: &[ExprId], span: Span) -> Option<TypeVar> {
        if let Some(print) = printing::print(&function.text) {
            return self.print(print, args, span);
        }
        match self.callee(&function.text, args.len()) {
            Callee::Script(index) => {
                let of_user = self.given.elaborated.is_user(self.symbols.functions[index].file);
                if !of_user && needs_guru(&function.text) {
                    self.need_guru(&format!("`{}`", function.text), function.span);
                }
                self.calls(index, function.span);
                let symbol = &self.symbols.functions[index];
                let (params, result) = (symbol.params.clone(), symbol.returns);
                self.arguments(args, &params);
                // A function without `return` gives 0 or "" where its value is used.
                Some(result)
            }
            Callee::Intrinsic(intrinsic) => {
                if needs_guru(intrinsic.name) {
                    self.need_guru(&format!("`{}`", function.text), function.span);
                }
                let params: Vec<TypeVar> =
                    intrinsic.params.iter().map(|&ty| Types::known(ty)).collect();
                self.arguments(args, &params);
                Some(intrinsic.returns.map_or(Types::INT, Types::known))
            }
            Callee::Other(count, declared) => {
                self.each(args);
                self.wrong_count_of(function, args, span, count, declared);
                Some(Types::WRONG)
            }
            Callee::Unknown => {
                self.each(args);
                self.report_unknown_function(function);
                Some(Types::WRONG)
            }
        }
    }

    fn report_unknown_function(&mut self, function: &Name) {
        if self.given.elaborated.function_names.contains(&function.text) {
            let message = format!("`{}` is private to another file", function.text);
            self.report(
                Diagnostic::error("private-name", message).at(function.span, "not seen from here"),
            );
            return;
        }
        let names = self.symbols.functions.iter().map(|function| function.name.as_str());
        let known = intrinsics()
            .map(|intrinsic| intrinsic.name)
            .chain(PRINTS.iter().map(|print| print.name))
            .chain(self.given.elaborated.library_functions.iter().map(String::as_str));
        let message = format!("there is no function `{}`", function.text);
        let diagnostic = Diagnostic::error("unknown-function", message)
            .at(function.span, "neither in this script nor built in");
        self.report(diagnostic.suggest(&function.text, names.chain(known)));
    }

    fn wrong_count_of(
        &mut self,
        function: &Name,
        args: &[ExprId],
        span: Span,
        count: usize,
        declared: Option<Span>,
    ) {
        let plural = if count == 1 { "argument" } else { "arguments" };
        let message = format!("`{}` takes {count} {plural}, not {}", function.text, args.len());
        let diagnostic = Diagnostic::error("argument-count", message);
        let diagnostic = match args.get(count) {
            Some(&extra) => diagnostic.at(self.tree.exprs[extra].span, "too many"),
            None => diagnostic.at(span, "too few"),
        };
        self.report(match declared {
            Some(declared) => diagnostic.also(declared, "declared here"),
            None => diagnostic,
        });
    }

    fn arguments(&mut self, args: &[ExprId], params: &[TypeVar]) {
        let found: Vec<TypeVar> = args.iter().map(|&arg| self.value(arg)).collect();
        for ((found, &param), &arg) in found.into_iter().zip(params).zip(args) {
            self.unify(found, param, self.tree.exprs[arg].span);
        }
    }

    fn print(&mut self, print: &'static Print, args: &[ExprId], span: Span) -> Option<TypeVar> {
        let result = print.returns.then_some(Types::STR);
        let mut values = args;
        if print.format || print.delimiter {
            let what = if print.format { "format" } else { "delimiter" };
            let first = args.first().map(|&first| &self.tree.exprs[first]);
            if !first
                .is_some_and(|first| matches!(first.kind, ExprKind::String(_) | ExprKind::Error))
            {
                let message = format!("the {what} of `{}` must be a literal string", print.name);
                let diagnostic = Diagnostic::error("format-literal", message);
                self.report(match first {
                    Some(first) => diagnostic.at(first.span, "not a literal string"),
                    None => diagnostic.at(span, "it is missing"),
                });
            }
            values = args.get(1..).unwrap_or_default();
        }
        if print.format {
            self.formatted(print, args, values);
        } else {
            if values.is_empty() && !print.newline {
                let message = format!("`{}` without anything to print", print.name);
                self.report(
                    Diagnostic::error("argument-count", message).at(span, "nothing is given"),
                );
            }
            values.iter().for_each(|&value| self.printed(value));
        }
        result
    }

    /// A value printed as what it is, or a histogram.
    fn printed(&mut self, value: ExprId) {
        let tree = self.tree;
        if let ExprKind::Statistic { operator, args } = &tree.exprs[value].kind
            && operator.text.starts_with("hist_")
        {
            self.histogram(operator, args, true);
            return;
        }
        self.value(value);
    }
}
