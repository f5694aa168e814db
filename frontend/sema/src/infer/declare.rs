//! Declarations: which globals and functions there are.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::{self, FunctionBody, ItemKind, Name, StmtId, StmtKind, Tree, TypeName};

use super::{Infer, loops::Effects, targets::EMBEDDED};
use crate::{
    elaborate::{function_of, may_decline},
    embedded::gives_value,
    intrinsics::intrinsic,
    printing,
    symbols::{Function, Global, Scope, Successor, Symbols, Use},
    unify::{TypeVar, Types},
    visit,
};

/// The most elements that an array may have room for.
const MOST_ELEMENTS: i64 = 1 << 24;

impl Infer<'_> {
    pub(super) fn declare(&mut self) {
        let (tree, elaborated) = (self.tree, self.given.elaborated);
        for &(item, position) in &elaborated.globals {
            if let ItemKind::Globals(globals) = &tree.items[item].kind {
                self.from = tree.items[item].file;
                self.declare_global(&globals.globals[position]);
            }
        }
        for &item in &elaborated.functions {
            if let Some(function) = function_of(tree, item) {
                self.from = tree.items[item].file;
                self.declare_function(function, item, elaborated.called.contains(&item));
            }
        }
        self.successors();
        self.embedded();
        for item in &tree.items {
            self.from = item.file;
            match &item.kind {
                ItemKind::Embedded(code) => self.need_guru(EMBEDDED, code.span),
                ItemKind::Function(ast::Function {
                    body: FunctionBody::Embedded(code), ..
                }) => self.need_guru(EMBEDDED, code.span),
                _ => {}
            }
        }
    }

    fn declare_global(&mut self, global: &ast::Global) {
        let name = &global.name;
        let index = self.symbols.globals.len();
        // Those declared later are seen by nobody.
        let first = self.global(&name.text).filter(|first| *first != index);
        if let Some(first) = first.and_then(|first| self.symbols.globals.get(first)) {
            self.report(duplicate(name, first.span, "global variable"));
        }
        let value = self.symbols.types.fresh();
        self.symbols.globals.push(Global {
            name: name.text.clone(),
            span: name.span,
            user: self.of_user(),
            written: false,
            read: false,
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
            let span = self.tree.exprs[init].span;
            self.use_scalar(index, span);
            self.use_as(index, Use::Plain, span);
            if let Some(ty) = self.expr(init) {
                self.unify(value, ty, span);
            }
        }
    }

    fn declare_function(&mut self, function: &ast::Function, item: usize, called: bool) {
        let name = &function.name;
        if printing::print(&name.text).is_some() {
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
            if let Some(hidden) = self.global(&param.name.text) {
                let message =
                    format!("the parameter `{}` hides a global variable", param.name.text);
                let hidden = self.symbols.globals[hidden].span;
                self.report(
                    Diagnostic::warning("hidden-name", message)
                        .at(param.name.span, "this one is meant in the function")
                        .also(hidden, "the global one"),
                );
            }
            let local = scope.local(&param.name.text, param.name.span, &mut self.symbols.types);
            scope.locals[local].assigned = true;
            let ty = scope.locals[local].ty;
            self.declared(ty, param.ty, param.name.span);
            params.push(ty);
        }
        let returns = self.symbols.types.fresh();
        self.declared(returns, function.returns, name.span);
        let returns_value = function.returns.is_some() || returns_value(self.tree, function);
        self.symbols.function_items.insert(item, self.symbols.functions.len());
        self.symbols.functions.push(Function {
            name: name.text.clone(),
            span: name.span,
            item,
            file: self.from,
            embedded: matches!(function.body, FunctionBody::Embedded(_)),
            successor: None,
            declines: may_decline(self.tree, function),
            params,
            returns,
            returns_value,
            has_value: returns_value,
            scope,
            called,
        });
        self.function_effects.push(Effects::default());
    }

    /// Finds out what follows each function that may pass a call on: it must be of the same types.
    fn successors(&mut self) {
        let elaborated = self.given.elaborated;
        for index in 0..self.symbols.functions.len() {
            let function = &self.symbols.functions[index];
            if !function.declines {
                continue;
            }
            let (name, arity, file, item) =
                (&function.name, function.params.len(), function.file, function.item);
            let items = elaborated.overloads(self.tree, name, arity, file);
            let next = items.iter().skip_while(|other| **other != item).nth(1);
            let next = next.and_then(|next| self.symbols.function_items.get(next).copied());
            let known = intrinsic(name).filter(|known| known.params.len() == arity);
            let (successor, params, returns) = match (next, known) {
                (Some(next), _) => {
                    let symbol = &self.symbols.functions[next];
                    (Successor::Script(next), symbol.params.clone(), symbol.returns)
                }
                (None, Some(known)) => {
                    let params = known.params.iter().map(|&ty| Types::known(ty)).collect();
                    let returns = known.returns.map_or(function.returns, Types::known);
                    (Successor::Intrinsic(known), params, returns)
                }
                (None, None) => continue,
            };
            let function = &mut self.symbols.functions[index];
            function.successor = Some(successor);
            let (own, own_returns, span) =
                (function.params.clone(), function.returns, function.span);
            let pairs = own.into_iter().zip(params).chain([(own_returns, returns)]);
            let types = &mut self.symbols.types;
            if pairs
                .fold(false, |wrong, (own, other)| types.unify(own, other, span).is_err() || wrong)
            {
                self.report(overload_conflict(&self.symbols, index, successor));
            }
        }
    }

    /// What stands in C has no types to be found out.
    fn embedded(&mut self) {
        for index in 0..self.symbols.functions.len() {
            let function = &self.symbols.functions[index];
            if !function.embedded {
                continue;
            }
            let (params, returns, span) =
                (function.params.clone(), function.returns, function.span);
            self.embedded_effects(index);
            for unknown in params.into_iter().chain([returns]) {
                if self.symbols.types.is_unknown(unknown) {
                    self.unify(unknown, Types::INT, span);
                }
            }
        }
    }

    /// What a function of C does to globals, if anything calls it.
    fn embedded_effects(&mut self, index: usize) {
        let tree = self.tree;
        let Function { item, file, called, .. } = self.symbols.functions[index];
        let Some(FunctionBody::Embedded(code)) = function_of(tree, item).map(|one| &one.body)
        else {
            return;
        };
        if called {
            self.from = file;
            self.embedded_globals(code);
            self.function_effects[index] = std::mem::take(&mut self.effects);
        }
    }

    fn declared(&mut self, var: TypeVar, ty: Option<TypeName>, span: Span) {
        match ty {
            Some(TypeName::Long) => self.unify(var, Types::INT, span),
            Some(TypeName::String) => self.unify(var, Types::STR, span),
            None => {}
        }
    }
}

fn overload_conflict(symbols: &Symbols, function: usize, successor: Successor) -> Diagnostic {
    let Function { name, span, .. } = &symbols.functions[function];
    let message = format!("`{name}` passes calls on to a function of other types");
    let diagnostic = Diagnostic::error("overload-conflict", message)
        .at(*span, "this has a `next`")
        .help("parameters and values of the two must be of the same types");
    match successor {
        Successor::Script(next) => {
            diagnostic.also(symbols.functions[next].span, "what a call is passed on to")
        }
        Successor::Intrinsic(_) => diagnostic.note("what follows is a built-in function"),
    }
}

fn duplicate(name: &Name, first: Span, what: &str) -> Diagnostic {
    let message = format!("two {what}s are called `{}`", name.text);
    Diagnostic::error("duplicate-name", message)
        .at(name.span, "the second one")
        .also(first, "the first one")
}

/// Whether a body has a `return` with a value.
fn returns_value(tree: &Tree, function: &ast::Function) -> bool {
    let returns = |body: StmtId| {
        let mut found = false;
        visit::stmts_of(tree, body, |stmt| {
            found |= matches!(tree.stmts[stmt].kind, StmtKind::Return(Some(_)));
        });
        found
    };
    match &function.body {
        FunctionBody::Block(body) => returns(*body),
        FunctionBody::Embedded(code) => gives_value(code),
    }
}
