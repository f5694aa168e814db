//! Operators that begin with `@` and ask about the probed code.

use stapc_debuginfo::Object;
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Type;
use stapc_syntax::ast::{self, Code, ExprId, ExprKind as Ast, Name};

use super::{Absent, Found, later, wrong};
use crate::{
    build::Build,
    expressions::{foreign, int},
    hir::{Expr, ExprKind, Memory, Place, Register, Space, Width},
};

impl<'a> Build<'a> {
    /// The other operators that begin with `@`.
    pub(crate) fn operator(&mut self, operator: &Name, args: &'a [ExprId], span: Span) -> Expr {
        let found = match (operator.text.as_str(), args) {
            ("defined", [arg]) => return self.presence(*arg, span),
            ("const", [arg]) => return self.constant(*arg, span),
            _ if self.given.options.assume_points => later("questions about assumed points"),
            ("entry", [arg]) => self.entry(*arg, span),
            ("kderef", [size, address]) => self.dereference(Space::Kernel, *size, *address, span),
            ("uderef", [size, address]) => self.dereference(Space::User, *size, *address, span),
            ("kregister" | "uregister", [number]) => self.register(*number, span),
            ("enum", [name]) => self.enumerator(*name, span),
            ("perf", [name]) => self.counter(*name, span),
            _ => later(format!("`@{}`", operator.text)),
        };
        match found {
            Ok(expr) => expr,
            Err(Absent::Later(what)) => {
                let args = self.list(args);
                let ty = match args.first() {
                    Some(first) if operator.text == "entry" => first.ty.unwrap_or(Type::I64),
                    _ => Type::I64,
                };
                foreign(what, args, ty, span)
            }
            Err(Absent::Wrong(diagnostic)) => {
                self.report(*diagnostic);
                int(ExprKind::Int(0), span)
            }
        }
    }

    /// `@const("expression")`: C of the kernel's headers.
    fn constant(&mut self, arg: ExprId, span: Span) -> Expr {
        let (text, at) = self.literal(arg);
        let text = format!(" /* pure */ (int64_t)({text}) ").as_str().into();
        let code = Code { text, span: at };
        int(ExprKind::Embedded(self.embedded(&code)), span)
    }

    /// `@defined(…)`: what is there is not asked by looking at it.
    fn presence(&mut self, arg: ExprId, span: Span) -> Expr {
        match self.defined(arg) {
            Some(defined) => int(ExprKind::Int(defined.into()), span),
            None => foreign("`@defined`", Vec::new(), Type::I64, span),
        }
    }

    /// Whether something is there, if that is known.
    fn defined(&mut self, expr: ExprId) -> Option<bool> {
        let tree = self.tree;
        let ast::Expr { kind, span } = &tree.exprs[expr];
        match kind {
            Ast::Target(target) => match self.find(target, *span) {
                Ok(_) => Some(true),
                Err(Absent::Wrong(_)) => Some(false),
                Err(Absent::Later(_)) => None,
            },
            _ if self.given.options.assume_points => None,
            Ast::Operator { operator, args } if operator.text == "entry" && args.len() == 1 => {
                self.at_entry(|build| build.defined(args[0]))
            }
            Ast::Operator { operator, args } if operator.text == "enum" && args.len() == 1 => {
                Some(self.enumerator(args[0], *span).is_ok())
            }
            _ => None,
        }
    }

    /// `@entry(…)`: what an expression was when the function was entered.
    fn entry(&mut self, arg: ExprId, span: Span) -> Found<Expr> {
        match &self.probed {
            Some(probed) if probed.at_return => self.keep(span, |build| Ok(build.expr(arg))),
            Some(probed) if probed.foreign => later("`@entry`"),
            _ => Err(wrong(
                Diagnostic::error("entry-outside-return", "`@entry` outside a return probe")
                    .at(span, "nothing has been entered before this")
                    .help("probe `.return`"),
            )),
        }
    }

    /// `@kderef(size, address)`, `@uderef(size, address)`
    fn dereference(
        &mut self,
        space: Space,
        size: ExprId,
        address: ExprId,
        span: Span,
    ) -> Found<Expr> {
        let Ast::Number(bytes @ (1 | 2 | 4 | 8)) = self.tree.exprs[size].kind else {
            let diagnostic =
                Diagnostic::error("not-constant", "a size that cannot be read at once");
            let at = self.tree.exprs[size].span;
            return Err(wrong(diagnostic.at(at, "expected 1, 2, 4 or 8")));
        };
        let address = self.expr(address);
        let width = Width { bytes: bytes as u32, signed: false, bits: None };
        let operator = if space == Space::Kernel { "@kderef" } else { "@uderef" };
        let near = format!("operator '{operator}'");
        let memory = Memory { space, address, offset: 0, width, near };
        Ok(int(ExprKind::Read(Place::Memory(Box::new(memory))), span))
    }

    /// `@kregister(number)`, `@uregister(number)`
    fn register(&mut self, number: ExprId, span: Span) -> Found<Expr> {
        let Ast::Number(number @ 0..=16) = self.tree.exprs[number].kind else {
            let diagnostic = Diagnostic::error("not-constant", "no register has this number");
            let at = self.tree.exprs[number].span;
            return Err(wrong(diagnostic.at(at, "expected 0 to 16, as DWARF counts registers")));
        };
        Ok(int(ExprKind::Register(Register::Number(number as u16)), span))
    }

    /// `@enum("name")`
    fn enumerator(&mut self, name: ExprId, span: Span) -> Found<Expr> {
        let (text, at) = self.literal(name);
        if let Some(value) = self.enumerator_named(&text, at)? {
            return Ok(int(ExprKind::Int(value), span));
        }
        let message = format!("there is no enumerator `{text}`");
        Err(wrong(Diagnostic::error("unknown-enumerator", message).at(at, "not known")))
    }

    /// What an enumeration of the probed object, or else of the kernel, calls this.
    pub(super) fn enumerator_named(&self, name: &str, span: Span) -> Found<Option<i64>> {
        for object in [self.object(), Object::Kernel] {
            let source = self.open(&object, span)?;
            let found = source.enumerator(name);
            if let Some(value) = found.map_err(|error| super::walk::damaged(error, span))? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}
