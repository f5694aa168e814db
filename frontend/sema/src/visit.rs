//! Walks over a syntax tree that need no recursion.

use stapc_syntax::ast::{ExprId, ExprKind, Selector, StmtId, StmtKind, TargetRoot, Tree};

/// Calls `see` for each expression under a statement, each before its operands.
pub fn exprs_of(tree: &Tree, stmt: StmtId, mut see: impl FnMut(ExprId)) {
    stmts_of(tree, stmt, |stmt| {
        let mut open = Vec::new();
        stmt_exprs(&tree.stmts[stmt].kind, &mut open);
        for expr in open {
            exprs_in(tree, expr, &mut see);
        }
    });
}

/// Calls `see` for an expression and each under it.
pub fn exprs_in(tree: &Tree, expr: ExprId, mut see: impl FnMut(ExprId)) {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        see(expr);
        operands(&tree.exprs[expr].kind, &mut open);
    }
}

/// Calls `see` for a statement and each under it.
pub fn stmts_of(tree: &Tree, stmt: StmtId, mut see: impl FnMut(StmtId)) {
    let mut open = vec![stmt];
    while let Some(stmt) = open.pop() {
        see(stmt);
        match &tree.stmts[stmt].kind {
            StmtKind::Block(statements) => open.extend(statements.iter().rev()),
            StmtKind::If(arms, otherwise) => {
                open.extend(otherwise);
                open.extend(arms.iter().rev().map(|(_, then)| *then));
            }
            StmtKind::While(_, body) | StmtKind::For(.., body) => open.push(*body),
            StmtKind::Foreach(foreach) => open.push(foreach.body),
            StmtKind::Try { body, handler, .. } => open.extend([*handler, *body]),
            StmtKind::Empty
            | StmtKind::Expr(_)
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Return(_)
            | StmtKind::Next
            | StmtKind::Delete(_) => {}
        }
    }
}

/// The expressions that a statement itself has.
fn stmt_exprs(kind: &StmtKind, out: &mut Vec<ExprId>) {
    match kind {
        StmtKind::Expr(expr) | StmtKind::While(expr, _) | StmtKind::Delete(expr) => out.push(*expr),
        StmtKind::If(arms, _) => out.extend(arms.iter().map(|(condition, _)| *condition)),
        StmtKind::For(first, condition, step, _) => {
            out.extend([first, condition, step].into_iter().flatten())
        }
        StmtKind::Foreach(foreach) => {
            out.push(foreach.array);
            out.extend(foreach.limit);
        }
        StmtKind::Return(value) => out.extend(value),
        StmtKind::Empty
        | StmtKind::Block(_)
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Next
        | StmtKind::Try { .. } => {}
    }
}

fn operands(kind: &ExprKind, out: &mut Vec<ExprId>) {
    match kind {
        ExprKind::Target(target) => {
            match &target.root {
                TargetRoot::Variable(_) => {}
                TargetRoot::Operator(_, args) => out.extend(args),
                TargetRoot::Value(value) => out.push(*value),
            }
            out.extend(target.selectors.iter().filter_map(|selector| match selector {
                Selector::Element(index) => Some(*index),
                Selector::Member(_) => None,
            }));
        }
        ExprKind::Index { keys, .. } => out.extend(keys),
        ExprKind::Call { args, .. }
        | ExprKind::Statistic { args, .. }
        | ExprKind::Operator { args, .. } => out.extend(args),
        ExprKind::Bucket { histogram, index } => out.extend([*histogram, *index]),
        ExprKind::Unary(_, operand) | ExprKind::Match { value: operand, .. } => out.push(*operand),
        ExprKind::Binary(_, _, left, right) => out.extend([*left, *right]),
        ExprKind::Ternary(condition, then, otherwise) => {
            out.extend([*condition, *then, *otherwise])
        }
        ExprKind::In { keys, array } => {
            out.extend(keys);
            out.push(*array);
        }
        ExprKind::Assign { place, value, .. } | ExprKind::Accumulate { place, value } => {
            out.extend([*place, *value])
        }
        ExprKind::Increment { place, .. } => out.push(*place),
        ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Name(_)
        | ExprKind::Any
        | ExprKind::Embedded(_)
        | ExprKind::Error => {}
    }
}
