//! Conditions: as values of type `bool`, and as branches.

use stapc_ir::{Block, Edge, Immediate, Opcode, SearchProgram, Terminator, Type, Value};
use stapc_sema::hir::{Expr, ExprKind};
use stapc_syntax::ast::{BinaryOp, UnaryOp};

use crate::{body::Lower, uses::assigned};

impl Lower<'_> {
    /// Branches on a condition to two new blocks.
    ///
    /// `&&` and `||` branch for each operand where that changes no local on the way: otherwise the
    /// blocks would need to know from where control came.
    pub fn branch_on(&mut self, condition: &Expr) -> (Block, Block) {
        let (then, otherwise) = (self.function.add_block(), self.function.add_block());
        self.branch_to(condition, then, otherwise);
        (then, otherwise)
    }

    fn branch_to(&mut self, condition: &Expr, then: Block, otherwise: Block) {
        match &condition.kind {
            ExprKind::Unary(UnaryOp::Not, operand) => self.branch_to(operand, otherwise, then),
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), _, left, right)
                if assigned(&[], [&**right]).is_empty() =>
            {
                let second = self.function.add_block();
                match op {
                    BinaryOp::And => self.branch_to(left, second, otherwise),
                    _ => self.branch_to(left, then, second),
                }
                self.block = Some(second);
                self.branch_to(right, then, otherwise);
            }
            _ => {
                let condition = self.condition(condition);
                self.end(Terminator::Branch(condition, Edge::to(then), Edge::to(otherwise)));
            }
        }
    }

    /// The expression as a condition.
    pub fn condition(&mut self, expr: &Expr) -> Value {
        self.at(expr.span);
        match &expr.kind {
            ExprKind::Int(value) => self.bool(*value != 0),
            ExprKind::Unary(UnaryOp::Not, operand) => {
                let operand = self.condition(operand);
                self.value(Opcode::Bnot, Immediate::None, vec![operand], Type::Bool)
            }
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), _, left, right) => {
                let blocks = self.branch_on(left);
                let value = match op {
                    BinaryOp::And => self.either(
                        blocks,
                        |lower| Some(lower.condition(right)),
                        |lower| Some(lower.bool(false)),
                    ),
                    _ => self.either(
                        blocks,
                        |lower| Some(lower.bool(true)),
                        |lower| Some(lower.condition(right)),
                    ),
                };
                value.unwrap_or_else(|| self.bool(false))
            }
            ExprKind::Ternary(condition, then, otherwise) => {
                let blocks = self.branch_on(condition);
                let value = self.either(
                    blocks,
                    |lower| Some(lower.condition(then)),
                    |lower| Some(lower.condition(otherwise)),
                );
                value.unwrap_or_else(|| self.bool(false))
            }
            ExprKind::Binary(op, at, left, right) if comparison(*op, Type::I64).is_some() => {
                let ty = left.ty.unwrap_or(Type::I64);
                let (left, right) = (self.operand(left), self.operand(right));
                self.at(*at);
                let opcode = comparison(*op, ty).unwrap_or(Opcode::IcmpEq);
                self.value(opcode, Immediate::None, vec![left, right], Type::Bool)
            }
            ExprKind::Has(global, keys) => self.has(*global, keys),
            ExprKind::Match { negated, value, pattern } => {
                let value = self.operand(value);
                let mut opcode = Opcode::Smatch;
                if self.given.program.asks_for_matches {
                    opcode = Opcode::SmatchKeep;
                    if let Err(error) = SearchProgram::of(pattern) {
                        let what = format!("a regular expression {}", error.message);
                        self.unsupported(&what, expr.span, Some(Type::I64));
                    }
                }
                let pattern = Immediate::Text(pattern.clone());
                let found = self.value(opcode, pattern, vec![value], Type::Bool);
                match negated {
                    true => self.value(Opcode::Bnot, Immediate::None, vec![found], Type::Bool),
                    false => found,
                }
            }
            _ => {
                let value = self.operand(expr);
                let zero = self.int(0);
                self.value(Opcode::IcmpNe, Immediate::None, vec![value, zero], Type::Bool)
            }
        }
    }
}

/// Whether the value of an expression comes from a condition, as 1 or 0.
pub fn is_condition(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, _) | ExprKind::Has(..) | ExprKind::Match { .. } => true,
        ExprKind::Binary(op, ..) => {
            matches!(op, BinaryOp::And | BinaryOp::Or) || comparison(*op, Type::I64).is_some()
        }
        _ => false,
    }
}

fn comparison(op: BinaryOp, ty: Type) -> Option<Opcode> {
    let (integers, strings) = match op {
        BinaryOp::Equal => (Opcode::IcmpEq, Opcode::ScmpEq),
        BinaryOp::NotEqual => (Opcode::IcmpNe, Opcode::ScmpNe),
        BinaryOp::Less => (Opcode::IcmpLt, Opcode::ScmpLt),
        BinaryOp::LessEqual => (Opcode::IcmpLe, Opcode::ScmpLe),
        BinaryOp::Greater => (Opcode::IcmpGt, Opcode::ScmpGt),
        BinaryOp::GreaterEqual => (Opcode::IcmpGe, Opcode::ScmpGe),
        _ => return None,
    };
    Some(if ty == Type::Str { strings } else { integers })
}
