//! Expressions: the types of operands and results.

use stapc_diagnostics::Diagnostic;
use stapc_ir::Type;
use stapc_syntax::ast::{self, BinaryOp, ExprId, ExprKind};

use super::Infer;
use crate::unify::{TypeVar, Types};

impl Infer<'_> {
    /// The value of an expression, which must have one.
    pub(super) fn value(&mut self, expr: ExprId) -> TypeVar {
        if let Some(ty) = self.expr(expr) {
            if let ExprKind::Call { function, .. } = &self.file.exprs[expr].kind
                && let Some(&index) = self.symbols.function_names.get(&function.text)
            {
                self.symbols.functions[index].has_value = true;
            }
            return ty;
        }
        let ast::Expr { kind, span } = &self.file.exprs[expr];
        let message = match kind {
            ExprKind::Call { function, .. } => format!("`{}` has no value", function.text),
            _ => "this has no value".to_owned(),
        };
        self.report(Diagnostic::error("no-value", message).at(*span, "a value is expected here"));
        Types::WRONG
    }

    pub(super) fn value_of(&mut self, expr: ExprId, ty: Type) {
        let found = self.value(expr);
        self.unify(found, Types::known(ty), self.file.exprs[expr].span);
    }

    pub(super) fn condition(&mut self, expr: ExprId) {
        self.value_of(expr, Type::I64);
    }

    /// An expression's type; none if it has no value.
    pub(super) fn expr(&mut self, expr: ExprId) -> Option<TypeVar> {
        let file = self.file;
        let ast::Expr { kind, span } = &file.exprs[expr];
        Some(match kind {
            ExprKind::Error => Types::WRONG,
            ExprKind::Number(_) | ExprKind::Target { .. } => Types::INT,
            ExprKind::String(_) => Types::STR,
            ExprKind::Name(_) | ExprKind::Index { .. } => self.place(expr, false),
            ExprKind::Call { function, args } => return self.call(function, args, *span),
            ExprKind::Statistic { operator, args } => return self.statistic(operator, args, *span),
            ExprKind::Unary(_, operand) => {
                self.value_of(*operand, Type::I64);
                Types::INT
            }
            ExprKind::Binary(op, _, left, right) => self.binary(*op, *left, *right),
            ExprKind::Ternary(condition, then, otherwise) => {
                self.condition(*condition);
                let then = self.value(*then);
                let other = self.value(*otherwise);
                self.unify(other, then, file.exprs[*otherwise].span);
                then
            }
            ExprKind::In { keys, array } => {
                self.keys(array, keys, *span);
                Types::INT
            }
            ExprKind::Assign { op, place, value, .. } => self.assign(*op, *place, *value),
            ExprKind::Accumulate { place, value } => {
                if let Some(global) = self.aggregate(*place) {
                    self.write(global, file.exprs[*place].span);
                }
                self.value_of(*value, Type::I64);
                Types::INT
            }
            ExprKind::Increment { place, .. } => {
                let ty = self.place(*place, true);
                self.unify(ty, Types::INT, file.exprs[*place].span);
                Types::INT
            }
        })
    }

    fn binary(&mut self, op: BinaryOp, left: ExprId, right: ExprId) -> TypeVar {
        use BinaryOp::{Concatenate, Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        match op {
            Concatenate => {
                self.value_of(left, Type::Str);
                self.value_of(right, Type::Str);
                Types::STR
            }
            Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual => {
                let first = self.value(left);
                let second = self.value(right);
                self.unify(second, first, self.file.exprs[right].span);
                Types::INT
            }
            _ => {
                self.value_of(left, Type::I64);
                self.value_of(right, Type::I64);
                Types::INT
            }
        }
    }

    fn assign(&mut self, op: Option<BinaryOp>, place: ExprId, value: ExprId) -> TypeVar {
        let ty = self.place(place, true);
        let found = self.value(value);
        let at = self.file.exprs[value].span;
        let Some(op) = op else {
            self.unify(found, ty, at);
            return ty;
        };
        let expected = if op == BinaryOp::Concatenate { Types::STR } else { Types::INT };
        self.unify(ty, expected, self.file.exprs[place].span);
        self.unify(found, expected, at);
        expected
    }
}
