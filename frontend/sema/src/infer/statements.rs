//! Statements.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Type;
use stapc_syntax::ast::{ExprId, ExprKind, Foreach, Name, Sort, SortBy, StmtId, StmtKind};

use super::Infer;
use crate::{
    expressions::statistic,
    symbols::Use,
    unify::{TypeVar, Types},
};

impl Infer<'_> {
    pub(super) fn stmt(&mut self, stmt: StmtId) {
        let tree = self.tree;
        let span = tree.stmts[stmt].span;
        match &tree.stmts[stmt].kind {
            StmtKind::Empty => {}
            StmtKind::Block(statements) => {
                statements.iter().for_each(|&statement| self.stmt(statement))
            }
            StmtKind::Expr(expr) => {
                self.expr(*expr);
            }
            StmtKind::If(arms, otherwise) => {
                for &(condition, then) in arms {
                    self.condition(condition);
                    self.stmt(then);
                }
                otherwise.iter().for_each(|&otherwise| self.stmt(otherwise));
            }
            StmtKind::While(condition, body) => {
                self.condition(*condition);
                self.round(*body);
            }
            StmtKind::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.expr(*first);
                }
                condition.iter().for_each(|&condition| self.condition(condition));
                if let Some(step) = step {
                    self.expr(*step);
                }
                self.round(*body);
            }
            StmtKind::Foreach(foreach) => self.foreach(foreach),
            StmtKind::Break => self.in_loop("break", span),
            StmtKind::Continue => self.in_loop("continue", span),
            StmtKind::Return(value) => self.return_(*value, span),
            StmtKind::Next => {}
            StmtKind::Delete(place) => self.delete(*place),
            StmtKind::Try { body, message, handler } => {
                self.stmt(*body);
                if let Some(message) = message {
                    self.assigned(message, Types::STR);
                }
                self.stmt(*handler);
            }
        }
    }

    fn round(&mut self, body: StmtId) {
        self.loops += 1;
        self.stmt(body);
        self.loops -= 1;
    }

    fn in_loop(&mut self, keyword: &str, span: Span) {
        if self.loops == 0 {
            self.report(
                Diagnostic::error("no-loop", format!("`{keyword}` outside a loop"))
                    .at(span, "there is no loop around it"),
            );
        }
    }

    fn return_(&mut self, value: Option<ExprId>, span: Span) {
        let found = value.map(|value| (self.value(value), self.tree.exprs[value].span));
        let Some(function) = self.function else {
            self.report(
                Diagnostic::error("no-function", "`return` outside a function")
                    .at(span, "in a probe")
                    .help("`next` ends a probe's handler"),
            );
            return;
        };
        match found {
            Some((found, at)) => {
                let returns = self.symbols.functions[function].returns;
                self.unify(found, returns, at);
            }
            None if self.symbols.functions[function].returns_value => {
                let name = &self.symbols.functions[function].name;
                let message = format!("`{name}` returns a value elsewhere");
                self.report(Diagnostic::error("no-value", message).at(span, "no value here"));
            }
            None => {}
        }
    }

    fn delete(&mut self, place: ExprId) {
        let tree = self.tree;
        let span = tree.exprs[place].span;
        let global = match &tree.exprs[place].kind {
            ExprKind::Index { array, keys } => self.slice(array, keys, span),
            ExprKind::Name(name) => {
                let hidden = self.scope.names.contains_key(name);
                let global = self.global(name).filter(|_| !hidden);
                if global.is_none() {
                    let diagnostic = Diagnostic::error(
                        "unknown-name",
                        format!("there is no global variable `{name}`"),
                    );
                    let advice =
                        "a local variable is reset by assigning 0 or \"\" to it".to_owned();
                    self.report_unknown_global(
                        diagnostic.at(span, "only globals can be deleted"),
                        name,
                        advice,
                    );
                }
                global
            }
            ExprKind::Error => None,
            _ => {
                let diagnostic = Diagnostic::error("not-assignable", "this cannot be deleted");
                self.report(
                    diagnostic.at(span, "expected a global variable or an element of an array"),
                );
                None
            }
        };
        if let Some(global) = global {
            self.write(global, span);
        }
    }

    fn foreach(&mut self, foreach: &Foreach) {
        if let Some(limit) = foreach.limit {
            self.value_of(limit, Type::I64);
        }
        let tree = self.tree;
        let span = tree.exprs[foreach.array].span;
        let global = match &tree.exprs[foreach.array].kind {
            ExprKind::Statistic { operator, args } => {
                self.histogram(operator, args, false);
                self.buckets(foreach);
                return;
            }
            ExprKind::Index { array, keys } => self.slice(array, keys, span),
            ExprKind::Name(name) => self.array(&Name { text: name.clone(), span }),
            _ => None,
        };
        self.read(global);
        self.loop_variables(foreach, global, span);
        if let (Some(sort), Some(global)) = (&foreach.sort, global) {
            self.order(sort, global);
        }
        let position = self.effects.position();
        self.round(foreach.body);
        if let Some(global) = global {
            self.effects.foreach(global, span, position);
        }
    }

    /// The body of a loop over the buckets of a histogram.
    fn buckets(&mut self, foreach: &Foreach) {
        for name in foreach.keys.iter().chain(&foreach.value) {
            self.assigned(name, Types::INT);
        }
        self.round(foreach.body);
    }

    fn loop_variables(&mut self, foreach: &Foreach, global: Option<usize>, span: Span) {
        let head = foreach.keys.first().map_or(span, |first| first.span.to(span));
        let types = global.and_then(|global| self.key_types(global, foreach.keys.len(), head));
        let mut keys = Vec::new();
        for (position, key) in foreach.keys.iter().enumerate() {
            let expected = types.as_ref().map_or(Types::WRONG, |types| types[position]);
            keys.extend(self.assigned(key, expected));
        }
        let Some(value) = &foreach.value else { return };
        let expected = global.map_or(Types::WRONG, |global| self.symbols.globals[global].value);
        let local = self.assigned(value, expected);
        match (local, global) {
            // If the elements are aggregates, it stands for the one that the loop has come to.
            (Some(local), Some(global)) => {
                self.scope.locals[local].element = Some((global, keys));
            }
            (None, Some(global)) => self.use_as(global, Use::Plain, value.span),
            _ => {}
        }
    }

    /// Notes that a statement puts something into a variable; the local, if it is one.
    fn assigned(&mut self, name: &Name, expected: TypeVar) -> Option<usize> {
        if !self.scope.names.contains_key(&name.text)
            && let Some(global) = self.global(&name.text)
        {
            self.use_scalar(global, name.span);
            self.use_as(global, Use::Plain, name.span);
            self.write(global, name.span);
            self.unify(self.symbols.globals[global].value, expected, name.span);
            return None;
        }
        let local = self.scope.local(&name.text, name.span, &mut self.symbols.types);
        let variable = &mut self.scope.locals[local];
        variable.assigned = true;
        variable.changed = true;
        // It need not be used to be needed.
        variable.read = true;
        let ty = variable.ty;
        self.unify(ty, expected, name.span);
        Some(local)
    }

    fn order(&mut self, sort: &Sort, global: usize) {
        let SortBy::Value(Some(operator)) = &sort.by else { return };
        if statistic(&operator.text).is_none() {
            let message = format!("a loop cannot be sorted by `@{}`", operator.text);
            let diagnostic =
                Diagnostic::error("unknown-name", message).at(operator.span, "not known");
            self.report(diagnostic.help("use `@count`, `@sum`, `@min`, `@max` or `@avg`"));
        }
        self.use_as(global, Use::Aggregate, operator.span);
    }
}
