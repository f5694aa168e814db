//! Variables: locals, global scalars, arrays and their keys.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::{self, ExprId, ExprKind, Name, TargetRoot};

use super::Infer;
use crate::{
    symbols::Use,
    unify::{TypeVar, Types},
};

/// The most keys that an element of an array may have.
const MOST_KEYS: usize = 9;

impl Infer<'_> {
    /// The global variable that a name stands for here, unless a local one hides it.
    pub(super) fn global(&self, name: &str) -> Option<usize> {
        self.given.elaborated.global_names.first(name, self.from)
    }

    /// Notes that something is taken from a global.
    pub(super) fn read(&mut self, global: Option<usize>) {
        if let Some(global) = global {
            self.symbols.globals[global].read = true;
        }
    }

    /// A variable or an element, read or written.
    pub(super) fn place(&mut self, expr: ExprId, write: bool) -> TypeVar {
        let tree = self.tree;
        let ast::Expr { kind, span } = &tree.exprs[expr];
        match kind {
            ExprKind::Name(name) => self.variable(name, *span, write),
            ExprKind::Index { array, keys } => match self.keys(array, keys, *span) {
                Some(global) => {
                    self.use_as(global, Use::Plain, *span);
                    if write {
                        self.write(global, *span);
                    }
                    let symbol = &mut self.symbols.globals[global];
                    symbol.read |= !write;
                    symbol.value
                }
                None => Types::WRONG,
            },
            ExprKind::Target(target) => {
                let content =
                    matches!(&target.root, TargetRoot::Variable(name) if name.text == "value");
                if write && !(content && self.text_value) {
                    self.need_guru("writing to a variable of the probed code", *span);
                }
                self.target(target)
            }
            ExprKind::Error => Types::WRONG,
            _ => {
                self.expr(expr);
                let diagnostic = Diagnostic::error("not-assignable", "this cannot be assigned to");
                self.report(diagnostic.at(*span, "expected a variable or an element of an array"));
                Types::WRONG
            }
        }
    }

    fn variable(&mut self, name: &str, span: Span, write: bool) -> TypeVar {
        let local = self.scope.names.get(name).copied();
        if local.is_none()
            && let Some(global) = self.global(name)
        {
            self.use_scalar(global, span);
            self.use_as(global, Use::Plain, span);
            if write {
                self.write(global, span);
            }
            let symbol = &mut self.symbols.globals[global];
            symbol.read |= !write;
            return symbol.value;
        }
        let local = local.unwrap_or_else(|| self.scope.local(name, span, &mut self.symbols.types));
        let variable = &mut self.scope.locals[local];
        variable.assigned |= write;
        variable.changed |= write;
        variable.read |= !write;
        let ty = variable.ty;
        if !write && let Some((global, _)) = variable.element {
            self.use_as(global, Use::Plain, span);
        }
        ty
    }

    /// The keys given to an array; the array's position.
    pub(super) fn keys(&mut self, array: &Name, keys: &[ExprId], span: Span) -> Option<usize> {
        let found: Vec<TypeVar> = keys.iter().map(|&key| self.value(key)).collect();
        self.key_values(array, keys, found, span)
    }

    /// The keys given to an array, of which `*` stands for any; the array's position.
    pub(super) fn slice(&mut self, array: &Name, keys: &[ExprId], span: Span) -> Option<usize> {
        let found = keys.iter().map(|&key| match self.tree.exprs[key].kind {
            ExprKind::Any => self.symbols.types.fresh(),
            _ => self.value(key),
        });
        let found = found.collect();
        self.key_values(array, keys, found, span)
    }

    fn key_values(
        &mut self,
        array: &Name,
        keys: &[ExprId],
        found: Vec<TypeVar>,
        span: Span,
    ) -> Option<usize> {
        let global = self.array(array)?;
        let types = self.key_types(global, keys.len(), span)?;
        for ((found, expected), &key) in found.into_iter().zip(types).zip(keys) {
            self.unify(found, expected, self.tree.exprs[key].span);
        }
        Some(global)
    }

    /// The global array of a name.
    pub(super) fn array(&mut self, array: &Name) -> Option<usize> {
        let global = self.global(&array.text);
        if let Some(&parameter) = self.scope.names.get(&array.text)
            && global.is_some()
        {
            let message = format!("`{}` is a parameter here, and no array", array.text);
            let diagnostic =
                Diagnostic::error("array-mismatch", message).at(array.span, "an array here");
            let parameter = self.scope.locals[parameter].span;
            self.report(diagnostic.also(parameter, "this hides the global of that name"));
            return None;
        }
        if global.is_some() {
            return global;
        }
        if array.text.is_empty() {
            // What stands for the name has been reported.
            return None;
        }
        let message = format!("there is no global array `{}`", array.text);
        let diagnostic = Diagnostic::error("unknown-name", message).at(array.span, "not declared");
        let advice = format!("arrays are global: declare it with `global {}`", array.text);
        self.report_unknown_global(diagnostic, &array.text, advice);
        None
    }

    /// Reports that there is no such global, with the name that may be meant or some advice.
    pub(super) fn report_unknown_global(
        &mut self,
        diagnostic: Diagnostic,
        name: &str,
        advice: String,
    ) {
        if self.given.elaborated.global_names.contains(name) && self.global(name).is_none() {
            let mut diagnostic = diagnostic;
            diagnostic.code = "private-name";
            diagnostic.message = format!("`{name}` is private to another file");
            self.report(diagnostic);
            return;
        }
        let names = self.symbols.globals.iter().map(|global| global.name.as_str());
        let diagnostic = diagnostic.suggest(name, names);
        let advised = diagnostic.help.is_some();
        self.report(if advised { diagnostic } else { diagnostic.help(advice) });
    }

    /// The types of an array's keys, of which there must be `count`.
    pub(super) fn key_types(
        &mut self,
        global: usize,
        count: usize,
        span: Span,
    ) -> Option<Vec<TypeVar>> {
        if count > MOST_KEYS {
            let message = format!("an element with {count} keys");
            self.report(
                Diagnostic::error("array-mismatch", message)
                    .at(span, format!("{MOST_KEYS} are the most")),
            );
            return None;
        }
        let symbol = &self.symbols.globals[global];
        match (&symbol.keys, symbol.scalar) {
            (Some((types, _)), _) if types.len() == count => Some(types.clone()),
            (Some((types, since)), _) => {
                let (expected, since) = (keys_text(types.len()), *since);
                let message = format!("`{}` has {expected}, not {count}", symbol.name);
                let diagnostic =
                    Diagnostic::error("array-mismatch", message).at(span, keys_text(count));
                self.report_conflict(global, diagnostic.also(since, expected));
                None
            }
            (None, Some(scalar)) => {
                let message = format!("`{}` is used with keys and without", symbol.name);
                let diagnostic =
                    Diagnostic::error("array-mismatch", message).at(span, "an array here");
                self.report_conflict(global, diagnostic.also(scalar, "no array here"));
                None
            }
            (None, None) => {
                let types: Vec<TypeVar> = (0..count).map(|_| self.symbols.types.fresh()).collect();
                self.symbols.globals[global].keys = Some((types.clone(), span));
                Some(types)
            }
        }
    }

    /// Notes that a global is used without keys.
    pub(super) fn use_scalar(&mut self, global: usize, span: Span) {
        let symbol = &mut self.symbols.globals[global];
        let array = symbol.keys.as_ref().map(|(_, since)| (*since, "an array here"));
        match array.or(symbol.sized.map(|sized| (sized, "declared as an array here"))) {
            Some((since, what)) => {
                let message = format!("`{}` is used with keys and without", symbol.name);
                let diagnostic = Diagnostic::error("array-mismatch", message)
                    .at(span, "no array here")
                    .also(since, what);
                self.report_conflict(global, diagnostic);
            }
            None => symbol.scalar = symbol.scalar.or(Some(span)),
        }
    }

    /// Notes that a global is used as a plain value or as aggregates.
    pub(super) fn use_as(&mut self, global: usize, used: Use, span: Span) {
        let symbol = &mut self.symbols.globals[global];
        match symbol.used {
            None => symbol.used = Some((used, span)),
            Some((before, _)) if before == used => {}
            Some((before, since)) => {
                let what = |used| {
                    if used == Use::Plain { "a plain value here" } else { "an aggregate here" }
                };
                let message =
                    format!("`{}` is used both as a plain value and as an aggregate", symbol.name);
                let diagnostic = Diagnostic::error("aggregate-mismatch", message)
                    .at(span, what(used))
                    .also(since, what(before));
                self.report_conflict(
                    global,
                    diagnostic.help(
                        "aggregates are read with `@count`, `@sum`, `@min`, `@max` or `@avg`",
                    ),
                );
            }
        }
    }

    /// Reports that uses of a global do not fit each other, once for each global.
    fn report_conflict(&mut self, global: usize, diagnostic: Diagnostic) {
        if !std::mem::replace(&mut self.symbols.globals[global].in_conflict, true) {
            self.report(diagnostic);
        }
    }
}

fn keys_text(count: usize) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{count} keys") }
}
