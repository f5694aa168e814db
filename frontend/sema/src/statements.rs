//! Statements, typed.

use stapc_ir::OrderBy;
use stapc_syntax::ast::{self, ExprKind as Ast, SortBy, StmtId, StmtKind as AstStmt};

use crate::{
    build::Build,
    expressions::statistic,
    hir::{Foreach, Statistic, Stmt, StmtKind},
    symbols::Use,
};

impl Build<'_> {
    /// A statement as the list of those it consists of.
    pub(crate) fn block(&mut self, stmt: StmtId) -> Vec<Stmt> {
        let mut out = Vec::new();
        self.stmt(stmt, &mut out);
        out
    }

    fn stmt(&mut self, stmt: StmtId, out: &mut Vec<Stmt>) {
        let file = self.file;
        let ast::Stmt { kind, span } = &file.stmts[stmt];
        let kind = match kind {
            AstStmt::Empty => return,
            AstStmt::Block(statements) => {
                statements.iter().for_each(|&statement| self.stmt(statement, out));
                return;
            }
            AstStmt::Expr(expr) => StmtKind::Expr(self.expr(*expr)),
            AstStmt::If(arms, otherwise) => {
                let arms = arms
                    .iter()
                    .map(|&(condition, then)| (self.expr(condition), self.block(then)))
                    .collect();
                let otherwise =
                    otherwise.map(|otherwise| self.block(otherwise)).unwrap_or_default();
                StmtKind::If(arms, otherwise)
            }
            AstStmt::While(condition, body) => {
                let condition = Some(self.expr(*condition));
                StmtKind::Loop { keyword: "while", condition, step: None, body: self.block(*body) }
            }
            AstStmt::For(first, condition, step, body) => {
                if let Some(first) = first {
                    let kind = StmtKind::Expr(self.expr(*first));
                    out.push(Stmt { kind, span: file.exprs[*first].span });
                }
                let condition = condition.map(|condition| self.expr(condition));
                let step = step.map(|step| self.expr(step));
                StmtKind::Loop { keyword: "for", condition, step, body: self.block(*body) }
            }
            AstStmt::Foreach(foreach) => StmtKind::Foreach(self.foreach(foreach)),
            AstStmt::Break => StmtKind::Break,
            AstStmt::Continue => StmtKind::Continue,
            AstStmt::Return(value) => StmtKind::Return(value.map(|value| self.expr(value))),
            AstStmt::Next => StmtKind::Return(None),
            AstStmt::Delete(place) => match &file.exprs[*place].kind {
                Ast::Index { array, keys } => {
                    let keys = self.list(keys);
                    StmtKind::Delete(self.global(&array.text), keys)
                }
                Ast::Name(name) => StmtKind::Clear(self.global(name)),
                _ => return,
            },
        };
        out.push(Stmt { kind, span: *span });
    }

    fn foreach(&mut self, foreach: &ast::Foreach) -> Foreach {
        let global = self.global(&foreach.array.text);
        let local = |name: &ast::Name| {
            self.scope.and_then(|scope| scope.names.get(&name.text).copied()).unwrap_or(0)
        };
        let keys = foreach.keys.iter().map(local).collect();
        let value = foreach.value.as_ref().map(local);
        let aggregate = self
            .symbols
            .globals
            .get(global)
            .is_some_and(|symbol| matches!(symbol.used, Some((Use::Aggregate, _))));
        let by = match foreach.sort.as_ref().map(|sort| &sort.by) {
            None => OrderBy::Unsorted,
            Some(SortBy::Key(position)) => OrderBy::Key(*position as u32),
            Some(SortBy::Value(operator)) if aggregate => {
                match operator.as_ref().and_then(|operator| statistic(&operator.text)) {
                    Some(Statistic::Sum) => OrderBy::Sum,
                    Some(Statistic::Min) => OrderBy::Min,
                    Some(Statistic::Max) => OrderBy::Max,
                    Some(Statistic::Avg) => OrderBy::Avg,
                    _ => OrderBy::Count,
                }
            }
            Some(SortBy::Value(_)) => OrderBy::Value,
        };
        let descending = foreach.sort.as_ref().is_some_and(|sort| sort.descending);
        let limit = foreach.limit.map(|limit| self.expr(limit));
        let body = self.block(foreach.body);
        Foreach { global, keys, value, by, descending, limit, body }
    }
}
