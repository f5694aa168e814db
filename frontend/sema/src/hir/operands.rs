//! The expressions that expressions, places and statements are made of.

use super::{Expr, ExprKind, Output, Place, Stmt, StmtKind};

impl Expr {
    /// Itself, or an expression that it is made of, for which something holds.
    pub fn find(&self, holds: impl Fn(&Self) -> bool) -> Option<&Self> {
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            if holds(expr) {
                return Some(expr);
            }
            expr.operands(&mut open);
        }
        None
    }

    /// Adds the expressions that it is made of directly.
    pub fn operands<'e>(&'e self, out: &mut Vec<&'e Self>) {
        match &self.kind {
            ExprKind::Int(_)
            | ExprKind::Str(_)
            | ExprKind::Register(_)
            | ExprKind::Address(..)
            | ExprKind::Kept(_)
            | ExprKind::Embedded(_) => {}
            ExprKind::Read(place) | ExprKind::Increment { place, .. } => place.operands(out),
            ExprKind::Has(_, keys) => out.extend(keys.iter().flatten()),
            ExprKind::Unary(_, operand)
            | ExprKind::Bits(operand, ..)
            | ExprKind::Text(_, operand)
            | ExprKind::Match { value: operand, .. } => out.push(operand),
            ExprKind::Binary(_, _, left, right) | ExprKind::Attempt(left, right) => {
                out.extend([&**left, right])
            }
            ExprKind::Ternary(condition, then, otherwise) => {
                out.extend([&**condition, then, otherwise])
            }
            ExprKind::Assign(place, _, value) => {
                place.operands(out);
                out.push(value);
            }
            ExprKind::Accumulate(aggregate, value) => {
                out.extend(&aggregate.keys);
                out.push(value);
            }
            ExprKind::Bucket(aggregate, index) => {
                out.extend(&aggregate.keys);
                out.push(index);
            }
            ExprKind::Statistic(_, aggregate) => out.extend(&aggregate.keys),
            ExprKind::Call(_, list)
            | ExprKind::Intrinsic(_, list)
            | ExprKind::Foreign(_, list)
            | ExprKind::Format(_, list) => out.extend(list),
            ExprKind::Print(outputs) => outputs.iter().for_each(|output| match output {
                Output::Text(_, args) => out.extend(args),
                Output::Histogram(aggregate) => out.extend(&aggregate.keys),
            }),
        }
    }
}

impl Place {
    /// Adds the expressions that it is found by.
    pub fn operands<'e>(&'e self, out: &mut Vec<&'e Expr>) {
        match self {
            Self::Local(_) | Self::Global(_) | Self::Register(..) | Self::Told(_) => {}
            Self::Element(_, keys, _) => out.extend(keys),
            Self::Memory(memory) => out.push(&memory.address),
        }
    }
}

impl StmtKind {
    /// Adds the expressions and the lists of statements that it is made of directly.
    pub fn parts<'s>(&'s self, exprs: &mut Vec<&'s Expr>, blocks: &mut Vec<&'s [Stmt]>) {
        match self {
            Self::Expr(expr) => exprs.push(expr),
            Self::If(arms, otherwise) => {
                for (condition, then) in arms {
                    exprs.push(condition);
                    blocks.push(then);
                }
                blocks.push(otherwise);
            }
            Self::Loop { condition, step, body, .. } => {
                exprs.extend(condition.iter().chain(step));
                blocks.push(body);
            }
            Self::Foreach(foreach) => {
                exprs.extend(foreach.slice.iter().flatten().chain(&foreach.limit));
                blocks.push(&foreach.body);
            }
            Self::Return(value) => exprs.extend(value),
            Self::Delete(_, keys) => exprs.extend(keys.iter().flatten()),
            Self::Try { body, handler, .. } => blocks.extend([&**body, &**handler]),
            Self::Break | Self::Continue | Self::Clear(_) | Self::Foreign(_) => {}
        }
    }
}
