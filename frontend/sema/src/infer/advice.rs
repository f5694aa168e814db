//! What deserves attention in a script that is in order: what is never used, what is never reached,
//! what does nothing.

use stapc_diagnostics::{Diagnostic, FileId, Span, has_errors};
use stapc_syntax::ast::{BinaryOp, ExprId, ExprKind, ItemKind, StmtId, StmtKind};

use super::{Infer, calls::Callee};
use crate::{symbols::Scope, visit};

impl Infer<'_> {
    /// Warns of what deserves attention in the user's scripts, if they are in order.
    pub(super) fn advise(&mut self) {
        if self.given.wrong || has_errors(&self.diagnostics) {
            return;
        }
        let tree = self.tree;
        for (position, item) in tree.items.iter().enumerate() {
            self.from = item.file;
            if !self.of_user() {
                continue;
            }
            match &item.kind {
                ItemKind::Probe(probe) => {
                    self.handler(position, probe.body, probe.span);
                    self.body(probe.body);
                }
                ItemKind::Function(function) => {
                    if let stapc_syntax::ast::FunctionBody::Block(body) = function.body {
                        self.body(body);
                        self.endless(position, body);
                    }
                }
                ItemKind::Alias(alias) => alias
                    .prologue
                    .into_iter()
                    .chain(alias.epilogue)
                    .for_each(|body| self.body(body)),
                ItemKind::Globals(_) | ItemKind::Embedded(_) => {}
            }
        }
        self.unused();
    }

    /// The body of an item's probe: it does something, unless it is that of counters, which are only read.
    fn handler(&mut self, item: usize, body: StmtId, span: Span) {
        let mut empty = true;
        visit::stmts_of(self.tree, body, |stmt| {
            empty &= matches!(self.tree.stmts[stmt].kind, StmtKind::Block(_) | StmtKind::Empty);
        });
        let mut points = self.given.walks.iter().filter(|walk| walk.item == item);
        if points.any(|walk| walk.points.iter().any(|point| point.probed.counter.is_some())) {
            if !empty {
                let message = "the body of a counter is never run";
                let diagnostic = Diagnostic::warning("unreachable-code", message);
                let diagnostic = diagnostic.at(self.tree.stmts[body].span, "nothing comes here");
                self.report(
                    diagnostic.help("read the counter with `@perf` in a probe of a program"),
                );
            }
            return;
        }
        let used = self.given.walks.iter().any(|walk| walk.blocks.len() > 1);
        if empty && !used {
            let place = Span { end: span.start + 5, ..span };
            self.report(
                Diagnostic::warning("empty-probe", "this probe does nothing")
                    .at(place, "its body is empty"),
            );
        }
    }

    fn body(&mut self, body: StmtId) {
        let mut stmts = Vec::new();
        visit::stmts_of(self.tree, body, |stmt| stmts.push(stmt));
        for stmt in stmts {
            match &self.tree.stmts[stmt].kind {
                StmtKind::Block(statements) => self.unreachable(statements),
                StmtKind::Expr(expr) => self.no_effect(*expr),
                _ => {}
            }
        }
    }

    /// What follows a statement that goes elsewhere.
    fn unreachable(&mut self, statements: &[StmtId]) {
        for pair in statements.windows(2) {
            let [first, second] = [pair[0], pair[1]].map(|stmt| &self.tree.stmts[stmt]);
            if self.goes_elsewhere(pair[0]) && !matches!(second.kind, StmtKind::Empty) {
                let message = "this is never reached";
                let diagnostic = Diagnostic::warning("unreachable-code", message)
                    .at(second.span, "nothing comes here")
                    .also(first.span, "this goes elsewhere");
                self.report(diagnostic);
                return;
            }
        }
    }

    fn goes_elsewhere(&self, stmt: StmtId) -> bool {
        match &self.tree.stmts[stmt].kind {
            StmtKind::Return(_) | StmtKind::Next | StmtKind::Break | StmtKind::Continue => true,
            StmtKind::Block(statements) => {
                statements.last().is_some_and(|&last| self.goes_elsewhere(last))
            }
            StmtKind::If(arms, Some(otherwise)) => {
                arms.iter().all(|&(_, then)| self.goes_elsewhere(then))
                    && self.goes_elsewhere(*otherwise)
            }
            _ => false,
        }
    }

    /// A statement that computes a value, and nothing else.
    fn no_effect(&mut self, expr: ExprId) {
        let mut pure = true;
        visit::exprs_in(self.tree, expr, |expr| pure &= self.is_pure(expr));
        let span = self.tree.exprs[expr].span;
        if pure && !matches!(self.tree.exprs[expr].kind, ExprKind::Error) {
            let diagnostic = Diagnostic::warning("no-effect", "this statement has no effect");
            self.report(diagnostic.at(span, "its value is not used"));
        }
    }

    /// Whether an operation, apart from its operands, changes nothing.
    fn is_pure(&self, expr: ExprId) -> bool {
        match &self.tree.exprs[expr].kind {
            ExprKind::Assign { .. }
            | ExprKind::Accumulate { .. }
            | ExprKind::Increment { .. }
            | ExprKind::Embedded(_)
            | ExprKind::Operator { .. } => false,
            ExprKind::Call { function, args } => match self.callee(&function.text, args.len()) {
                Callee::Intrinsic(intrinsic) => intrinsic.returns.is_some(),
                _ => false,
            },
            _ => true,
        }
    }

    /// A function that calls itself whatever happens.
    fn endless(&mut self, item: usize, body: StmtId) {
        let Some(&index) = self.symbols.function_items.get(&item) else { return };
        let mut always = vec![body];
        while let Some(stmt) = always.pop() {
            let expr = match &self.tree.stmts[stmt].kind {
                StmtKind::Block(statements) => {
                    // What follows a condition may not be reached.
                    let straight = statements.iter().take_while(|&&stmt| !self.may_leave(stmt));
                    always.extend(straight);
                    continue;
                }
                StmtKind::Expr(expr) | StmtKind::Return(Some(expr)) => *expr,
                _ => continue,
            };
            if let Some(span) = self.calls_always(expr, index) {
                let name = &self.symbols.functions[index].name;
                let message = format!("`{name}` calls itself whatever happens");
                let diagnostic = Diagnostic::warning("recursion", message)
                    .at(span, "the call")
                    .also(self.symbols.functions[index].span, "the function");
                self.report(diagnostic.help("end it by a condition before the call"));
                return;
            }
        }
    }

    /// Whether a statement may keep what follows it from being reached.
    fn may_leave(&self, stmt: StmtId) -> bool {
        let mut leaves = false;
        visit::stmts_of(self.tree, stmt, |inner| {
            let kind = &self.tree.stmts[inner].kind;
            leaves |= inner != stmt && matches!(kind, StmtKind::Return(_) | StmtKind::Next);
            leaves |= matches!(kind, StmtKind::Next);
        });
        leaves
    }

    /// Where an expression calls a function, if it always does.
    fn calls_always(&self, expr: ExprId, function: usize) -> Option<Span> {
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            let stapc_syntax::ast::Expr { kind, span } = &self.tree.exprs[expr];
            if let ExprKind::Call { function: name, args } = kind
                && matches!(self.callee(&name.text, args.len()), Callee::Script(found) if found == function)
            {
                return Some(*span);
            }
            match kind {
                ExprKind::Ternary(condition, ..) => open.push(*condition),
                ExprKind::Binary(op, _, left, right) => {
                    open.push(*left);
                    let lazy = matches!(op, BinaryOp::And | BinaryOp::Or);
                    open.extend((!lazy).then_some(*right));
                }
                ExprKind::Call { args, .. } => open.extend(args),
                ExprKind::Unary(_, operand) | ExprKind::Assign { value: operand, .. } => {
                    open.push(*operand)
                }
                _ => {}
            }
        }
        None
    }

    fn unused(&mut self) {
        let mut found: Vec<(FileId, Diagnostic)> = Vec::new();
        let functions = self.symbols.functions.iter();
        for function in functions.filter(|function| !function.called) {
            let message = format!("`{}` is never called", function.name);
            let diagnostic = Diagnostic::warning("unused-function", message);
            found.push((function.file, diagnostic.at(function.span, "no probe comes here")));
        }
        for (walk, scope) in self.given.walks.iter().zip(&self.symbols.probe_locals) {
            let from = self.tree.items[walk.item].file;
            // Variables that an alias provides are for whoever needs them.
            let provided: Vec<Span> = walk
                .blocks
                .iter()
                .filter(|block| !block.uses.is_empty())
                .map(|block| self.tree.stmts[block.stmt].span)
                .collect();
            let own = |diagnostic: &Diagnostic| {
                let place = diagnostic.span();
                !place.is_some_and(|place| provided.iter().any(|block| contains(*block, place)))
            };
            found.extend(unused_locals(scope, 0).filter(own).map(|diagnostic| (from, diagnostic)));
        }
        for function in &self.symbols.functions {
            let locals = unused_locals(&function.scope, function.params.len());
            found.extend(locals.map(|diagnostic| (function.file, diagnostic)));
        }
        for global in self.symbols.globals.iter().filter(|global| global.user) {
            if global.used.is_none() && global.keys.is_none() {
                let message = format!("`{}` is never used", global.name);
                let diagnostic = Diagnostic::warning("unused-variable", message);
                found.push((self.user_file(), diagnostic.at(global.span, "declared here")));
            }
        }
        for (from, diagnostic) in found {
            self.from = from;
            let place = diagnostic.span().map(|span| self.given.sources.outermost(span).file);
            if place.is_none_or(|file| self.given.elaborated.is_user(file)) {
                self.report(diagnostic);
            }
        }
    }

    fn user_file(&self) -> FileId {
        self.tree.items.first().map_or(FileId(0), |item| item.file)
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

/// Locals behind the parameters that something is assigned to, and nothing reads.
fn unused_locals(scope: &Scope, params: usize) -> impl Iterator<Item = Diagnostic> + '_ {
    let unused = |local: &&crate::symbols::Local| local.assigned && !local.read;
    scope.locals.iter().skip(params).filter(unused).map(|local| {
        let message = format!("the value of `{}` is never used", local.name);
        Diagnostic::warning("unused-variable", message).at(local.span, "assigned, and not read")
    })
}
