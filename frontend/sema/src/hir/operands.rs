//! The expressions that expressions and places are made of.

use super::{Expr, ExprKind, Output, Place};

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
            Self::Local(_) | Self::Global(_) => {}
            Self::Element(_, keys, _) => out.extend(keys),
            Self::Memory(memory) => out.push(&memory.address),
        }
    }
}
