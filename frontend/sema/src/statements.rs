//! Statements, typed.

use stapc_diagnostics::Span;
use stapc_ir::{OrderBy, Type};
use stapc_syntax::ast::{self, ExprId, ExprKind as Ast, Name, SortBy, StmtId, StmtKind as AstStmt};

use crate::{
    build::{Build, assign},
    expressions::{int, intrinsic_call, statistic, string},
    hir::{Expr, ExprKind, Foreach, Place, Statistic, Stmt, StmtKind},
    intrinsics::intrinsic,
    symbols::{Successor, Use},
};

impl<'a> Build<'a> {
    /// A statement as the list of those it consists of.
    pub(crate) fn block(&mut self, stmt: StmtId) -> Vec<Stmt> {
        let mut out = Vec::new();
        self.stmt(stmt, &mut out);
        out
    }

    fn stmt(&mut self, stmt: StmtId, out: &mut Vec<Stmt>) {
        let tree = self.tree;
        let ast::Stmt { kind, span } = &tree.stmts[stmt];
        let kind = match kind {
            AstStmt::Empty => return,
            AstStmt::Block(statements) => {
                statements.iter().for_each(|&statement| self.stmt(statement, out));
                return;
            }
            AstStmt::Expr(expr) => match self.expr(*expr) {
                // Of prints, which have no value.
                Expr { kind: ExprKind::Ternary(condition, then, otherwise), ty: None, .. } => {
                    let [then, otherwise] = [then, otherwise]
                        .map(|expr| vec![Stmt { span: expr.span, kind: StmtKind::Expr(*expr) }]);
                    StmtKind::If(vec![(*condition, then)], otherwise)
                }
                value => StmtKind::Expr(value),
            },
            AstStmt::If(arms, otherwise) => {
                let Some(kind) = self.choice(arms, *otherwise, out) else { return };
                kind
            }
            AstStmt::While(condition, body) => {
                let condition = Some(self.expr(*condition));
                StmtKind::Loop { keyword: "while", condition, step: None, body: self.block(*body) }
            }
            AstStmt::For(first, condition, step, body) => {
                if let Some(first) = first {
                    let kind = StmtKind::Expr(self.expr(*first));
                    out.push(Stmt { kind, span: tree.exprs[*first].span });
                }
                let condition = condition.map(|condition| self.expr(condition));
                let step = step.map(|step| self.expr(step));
                StmtKind::Loop { keyword: "for", condition, step, body: self.block(*body) }
            }
            AstStmt::Foreach(foreach) => self.foreach(foreach),
            AstStmt::Break => StmtKind::Break,
            AstStmt::Continue => StmtKind::Continue,
            AstStmt::Return(value) => StmtKind::Return(value.map(|value| self.expr(value))),
            AstStmt::Next => self.next(*span),
            AstStmt::Try { body, message, handler } => {
                self.attempt(*body, message.as_ref(), *handler)
            }
            AstStmt::Delete(place) => match &tree.exprs[*place].kind {
                Ast::Index { array, keys } => {
                    let keys = self.slice(keys);
                    StmtKind::Delete(self.global(&array.text), keys)
                }
                Ast::Name(name) => StmtKind::Clear(self.global(name)),
                _ => return,
            },
        };
        out.push(Stmt { kind, span: *span });
    }

    /// An `if`. What a test of `@defined` leaves out need not have a meaning here.
    fn choice(
        &mut self,
        arms: &[(ExprId, StmtId)],
        otherwise: Option<StmtId>,
        out: &mut Vec<Stmt>,
    ) -> Option<StmtKind> {
        let mut built = Vec::new();
        let mut last = otherwise;
        for &(condition, then) in arms {
            let value = self.expr(condition);
            match self.decided(condition, &value) {
                Some(true) => {
                    last = Some(then);
                    break;
                }
                Some(false) => {}
                None => built.push((value, self.block(then))),
            }
        }
        if built.is_empty() {
            last.into_iter().for_each(|last| self.stmt(last, out));
            return None;
        }
        Some(StmtKind::If(built, last.map(|last| self.block(last)).unwrap_or_default()))
    }

    /// `next`: ends a handler; passes a function's call on.
    fn next(&mut self, span: Span) -> StmtKind {
        let Some((index, kept)) = self.function.clone() else { return StmtKind::Return(None) };
        let symbols = self.symbols;
        let symbol = &symbols.functions[index];
        let args = kept.iter().zip(&symbol.params).map(|(&local, &ty)| Expr {
            kind: ExprKind::Read(Place::Local(local)),
            ty: Some(symbols.ty(ty)),
            span,
        });
        let args = args.collect();
        let call = match symbol.successor {
            Some(Successor::Script(next)) => self.script_call(next, args, span),
            Some(Successor::Intrinsic(intrinsic)) => intrinsic_call(intrinsic, args, span),
            None => match intrinsic("error") {
                Some(error) => {
                    let text = format!("all functions `{}` have been tried", symbol.name);
                    let text = string(ExprKind::Str(text.into()), span);
                    return StmtKind::Expr(intrinsic_call(error, vec![text], span));
                }
                None => return StmtKind::Return(None),
            },
        };
        match symbol.has_value {
            true => StmtKind::Return(Some(call)),
            false => {
                let call = Stmt { kind: StmtKind::Expr(call), span };
                let end = Stmt { kind: StmtKind::Return(None), span };
                StmtKind::If(vec![(int(ExprKind::Int(1), span), vec![call, end])], Vec::new())
            }
        }
    }

    fn attempt(&mut self, body: StmtId, message: Option<&Name>, handler: StmtId) -> StmtKind {
        let body = self.block(body);
        let local = message.map(|name| self.receiver(name, Type::Str));
        let mut start = Vec::new();
        if let (Some(name), Some((local, true))) = (message, local) {
            start.push(self.forward(name, local, Type::Str));
        }
        start.extend(self.block(handler));
        StmtKind::Try { body, message: local.map(|(local, _)| local), handler: start }
    }

    /// The local that takes what a statement puts into a variable; and whether that is a global, so
    /// that it must be passed on to it.
    fn receiver(&mut self, name: &Name, ty: Type) -> (usize, bool) {
        match self.scope.and_then(|scope| scope.names.get(&name.text)) {
            Some(&local) => (local, false),
            None => (self.extra_local(format!("{}'", name.text), ty), true),
        }
    }

    fn forward(&mut self, name: &Name, local: usize, ty: Type) -> Stmt {
        let place = Place::Local(local);
        let value = Expr { kind: ExprKind::Read(place), ty: Some(ty), span: name.span };
        assign(Place::Global(self.global(&name.text)), value)
    }

    fn foreach(&mut self, foreach: &ast::Foreach) -> StmtKind {
        let tree = self.tree;
        let (array, keys) = match &tree.exprs[foreach.array].kind {
            Ast::Name(name) => (name, &[][..]),
            Ast::Index { array, keys } => (&array.text, &keys[..]),
            _ => return StmtKind::Foreign("loops over the buckets of a histogram".to_owned()),
        };
        let global = self.global(array);
        let slice = self.slice(keys);
        // What is no array has been reported.
        let Some(symbol) = self.symbols.globals.get(global) else {
            return StmtKind::Foreign("loops over what is no array".to_owned());
        };
        let aggregate = matches!(symbol.used, Some((Use::Aggregate, _)));
        let types = symbol.keys.as_ref().map_or(&[][..], |(types, _)| types);
        let mut start = Vec::new();
        let mut locals = Vec::new();
        for (position, name) in foreach.keys.iter().enumerate() {
            let ty = types.get(position).map_or(Type::I64, |&ty| self.symbols.ty(ty));
            let (local, global) = self.receiver(name, ty);
            locals.push(local);
            if global {
                start.push(self.forward(name, local, ty));
            }
        }
        let mut value = None;
        if let Some(name) = foreach.value.as_ref().filter(|_| !aggregate) {
            let ty = self.symbols.ty(symbol.value);
            let (local, global) = self.receiver(name, ty);
            value = Some(local);
            if global {
                start.push(self.forward(name, local, ty));
            }
        }
        let (by, descending) = order(foreach.sort.as_ref(), aggregate);
        let Some(by) = by else {
            return StmtKind::Foreign("loops sorted by `@variance`".to_owned());
        };
        let limit = foreach.limit.map(|limit| self.expr(limit));
        start.extend(self.block(foreach.body));
        let keys = locals;
        StmtKind::Foreach(Foreach {
            global,
            slice,
            keys,
            value,
            by,
            descending,
            limit,
            body: start,
        })
    }
}

/// The order of a loop; none for one that has no runtime yet.
fn order(sort: Option<&ast::Sort>, aggregate: bool) -> (Option<OrderBy>, bool) {
    let by = match sort.map(|sort| &sort.by) {
        None => OrderBy::Unsorted,
        Some(SortBy::Key(position)) => OrderBy::Key(*position as u32),
        Some(SortBy::Value(operator)) if aggregate => {
            match operator.as_ref().and_then(|operator| statistic(&operator.text)) {
                Some(Statistic::Sum) => OrderBy::Sum,
                Some(Statistic::Min) => OrderBy::Min,
                Some(Statistic::Max) => OrderBy::Max,
                Some(Statistic::Avg) => OrderBy::Avg,
                Some(Statistic::Variance(_)) => return (None, false),
                _ => OrderBy::Count,
            }
        }
        Some(SortBy::Value(_)) => OrderBy::Value,
    };
    (Some(by), sort.is_some_and(|sort| sort.descending))
}
