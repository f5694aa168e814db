//! Declarations: which globals and functions there are.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::{self, File, Item, Name, StmtId, TypeName};

use super::{Infer, loops::Effects};
use crate::{
    intrinsics::intrinsic,
    printing,
    symbols::{Function, Global, Scope, Use},
    unify::{TypeVar, Types},
};

/// The most elements that an array may have room for.
const MOST_ELEMENTS: i64 = 1 << 24;

impl Infer<'_> {
    pub(super) fn declare(&mut self) {
        let file = self.file;
        for (position, item) in file.items.iter().enumerate() {
            match item {
                Item::Global(globals) => {
                    globals.iter().for_each(|global| self.declare_global(global))
                }
                Item::Function(function) => self.declare_function(function, position),
                Item::Probe(_) => {}
            }
        }
    }

    fn declare_global(&mut self, global: &ast::Global) {
        let name = &global.name;
        if let Some(&other) = self.symbols.global_names.get(&name.text) {
            let first = self.symbols.globals[other].span;
            self.report(duplicate(name, first, "global variable"));
            return;
        }
        let index = self.symbols.globals.len();
        let value = self.symbols.types.fresh();
        self.symbols.global_names.insert(name.text.clone(), index);
        self.symbols.globals.push(Global {
            name: name.text.clone(),
            span: name.span,
            value,
            keys: None,
            scalar: None,
            sized: global.size.map(|(_, span)| span).or(global.wrap.then_some(name.span)),
            used: None,
            histogram: None,
            in_conflict: false,
        });
        if let Some((size, span)) = global.size
            && !(1..=MOST_ELEMENTS).contains(&size)
        {
            let message = format!("an array of {size} elements");
            self.report(
                Diagnostic::error("array-size", message)
                    .at(span, format!("must be from 1 to {MOST_ELEMENTS}")),
            );
        }
        if let Some(init) = global.init {
            let span = self.file.exprs[init].span;
            self.use_scalar(index, span);
            self.use_as(index, Use::Plain, span);
            if let Some(ty) = self.expr(init) {
                self.unify(value, ty, span);
            }
        }
    }

    fn declare_function(&mut self, function: &ast::Function, item: usize) {
        let name = &function.name;
        if let Some(&other) = self.symbols.function_names.get(&name.text) {
            let first = self.symbols.functions[other].span;
            let diagnostic =
                Diagnostic::unsupported("functions of one name (overloading)", name.span);
            self.report(diagnostic.also(first, format!("the first `{}`", name.text)));
            return;
        }
        if intrinsic(&name.text).is_some() || printing::print(&name.text).is_some() {
            let message = format!("`{}` is a built-in function", name.text);
            self.report(
                Diagnostic::error("duplicate-name", message)
                    .at(name.span, "give this function another name"),
            );
        }
        let mut scope = Scope::default();
        let mut params = Vec::new();
        for param in &function.params {
            if let Some(&first) = scope.names.get(&param.name.text) {
                let first = scope.locals[first].span;
                self.report(duplicate(&param.name, first, "parameter"));
            }
            let local = scope.local(&param.name.text, param.name.span, &mut self.symbols.types);
            scope.locals[local].assigned = true;
            let ty = scope.locals[local].ty;
            self.declared(ty, param.ty, param.name.span);
            params.push(ty);
        }
        let returns = self.symbols.types.fresh();
        self.declared(returns, function.returns, name.span);
        let returns_value = function.returns.is_some() || returns_value(self.file, function.body);
        self.symbols.function_names.insert(name.text.clone(), self.symbols.functions.len());
        self.symbols.functions.push(Function {
            name: name.text.clone(),
            span: name.span,
            item,
            params,
            returns,
            returns_value,
            has_value: returns_value,
            scope,
            called: None,
        });
        self.function_effects.push(Effects::default());
    }

    fn declared(&mut self, var: TypeVar, ty: Option<TypeName>, span: Span) {
        match ty {
            Some(TypeName::Long) => self.unify(var, Types::INT, span),
            Some(TypeName::String) => self.unify(var, Types::STR, span),
            None => {}
        }
    }
}

fn duplicate(name: &Name, first: Span, what: &str) -> Diagnostic {
    let message = format!("two {what}s are called `{}`", name.text);
    Diagnostic::error("duplicate-name", message)
        .at(name.span, "the second one")
        .also(first, "the first one")
}

/// Whether a body has a `return` with a value.
fn returns_value(file: &File, body: StmtId) -> bool {
    use ast::StmtKind::{Block, For, Foreach, If, Return, While};
    match &file.stmts[body].kind {
        Return(value) => value.is_some(),
        Block(statements) => statements.iter().any(|&statement| returns_value(file, statement)),
        If(arms, otherwise) => arms
            .iter()
            .map(|(_, then)| then)
            .chain(otherwise)
            .any(|&statement| returns_value(file, statement)),
        While(_, body) | For(.., body) => returns_value(file, *body),
        Foreach(foreach) => returns_value(file, foreach.body),
        _ => false,
    }
}
