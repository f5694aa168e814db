//! Expressions: the types of operands and results.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Automaton, Type};
use stapc_syntax::ast::{self, BinaryOp, ExprId, ExprKind, Name, Text};

use super::{Infer, calls::Callee};
use crate::{
    printing,
    unify::{TypeVar, Types},
};

impl Infer<'_> {
    /// The value of an expression, which must have one.
    pub(super) fn value(&mut self, expr: ExprId) -> TypeVar {
        let ty = self.expr(expr);
        match &self.tree.exprs[expr].kind {
            ExprKind::Call { function, args } if ty.is_some() => {
                if let Callee::Script(index) = self.callee(&function.text, args.len()) {
                    self.symbols.functions[index].has_value = true;
                }
            }
            ExprKind::Assign { place, .. } | ExprKind::Increment { place, .. } => {
                self.is_read(*place)
            }
            _ => {}
        }
        if let Some(ty) = ty {
            return ty;
        }
        let ast::Expr { kind, span } = &self.tree.exprs[expr];
        let message = match kind {
            ExprKind::Call { function, .. } => format!("`{}` has no value", function.text),
            _ => "this has no value".to_owned(),
        };
        self.report(Diagnostic::error("no-value", message).at(*span, "a value is expected here"));
        Types::WRONG
    }

    /// Notes that the value of what is assigned to is used.
    fn is_read(&mut self, place: ExprId) {
        let tree = self.tree;
        match &tree.exprs[place].kind {
            ExprKind::Name(name) => match self.scope.names.get(name) {
                Some(&local) => self.scope.locals[local].read = true,
                None => self.read(self.global(name)),
            },
            ExprKind::Index { array, .. } => self.read(self.global(&array.text)),
            _ => {}
        }
    }

    /// Looks through expressions of which nothing is known.
    pub(super) fn each(&mut self, exprs: &[ExprId]) {
        for &expr in exprs {
            self.expr(expr);
        }
    }

    pub(super) fn value_of(&mut self, expr: ExprId, ty: Type) {
        let found = self.value(expr);
        self.unify(found, Types::known(ty), self.tree.exprs[expr].span);
    }

    pub(super) fn condition(&mut self, expr: ExprId) {
        self.value_of(expr, Type::I64);
    }

    /// An expression's type; none if it has no value.
    pub(super) fn expr(&mut self, expr: ExprId) -> Option<TypeVar> {
        let tree = self.tree;
        let ast::Expr { kind, span } = &tree.exprs[expr];
        Some(match kind {
            ExprKind::Error => Types::WRONG,
            ExprKind::Number(_) => Types::INT,
            ExprKind::String(_) => Types::STR,
            ExprKind::Any => self.no_slice(*span),
            ExprKind::Target(target) => self.target(target),
            ExprKind::Operator { operator, args } => self.operator(operator, args, *span),
            ExprKind::Embedded(code) => self.embedded_value(code),
            ExprKind::Name(_) | ExprKind::Index { .. } => self.place(expr, false),
            ExprKind::Call { function, args } => return self.call(function, args, *span),
            ExprKind::Statistic { operator, args } => return self.statistic(operator, args, *span),
            ExprKind::Bucket { histogram, index } => self.bucket(*histogram, *index),
            ExprKind::Unary(_, operand) => {
                self.value_of(*operand, Type::I64);
                Types::INT
            }
            ExprKind::Binary(op, _, left, right) => self.binary(*op, *left, *right),
            ExprKind::Match { value, pattern, .. } => {
                self.value_of(*value, Type::Str);
                self.pattern(pattern);
                Types::INT
            }
            ExprKind::Ternary(condition, then, otherwise) => {
                self.condition(*condition);
                if self.is_print(*then) && self.is_print(*otherwise) {
                    self.each(&[*then, *otherwise]);
                    return None;
                }
                let then = self.value(*then);
                let other = self.value(*otherwise);
                self.unify(other, then, tree.exprs[*otherwise].span);
                then
            }
            ExprKind::In { keys, array } => self.membership(keys, *array, *span),
            ExprKind::Assign { op, place, value, .. } => self.assign(*op, *place, *value),
            ExprKind::Accumulate { place, value } => {
                if let Some(global) = self.aggregate(*place) {
                    self.write(global, tree.exprs[*place].span);
                }
                self.value_of(*value, Type::I64);
                Types::INT
            }
            ExprKind::Increment { place, .. } => {
                let ty = self.place(*place, true);
                self.unify(ty, Types::INT, tree.exprs[*place].span);
                Types::INT
            }
        })
    }

    /// Whether an expression prints, and has no value.
    fn is_print(&self, expr: ExprId) -> bool {
        match &self.tree.exprs[expr].kind {
            ExprKind::Call { function, .. } => {
                printing::print(&function.text).is_some_and(|print| !print.returns)
            }
            ExprKind::Ternary(_, then, otherwise) => {
                self.is_print(*then) && self.is_print(*otherwise)
            }
            _ => false,
        }
    }

    fn no_slice(&mut self, span: Span) -> TypeVar {
        let diagnostic =
            Diagnostic::error("slice-misplaced", "`*` as a key where one element is meant");
        self.report(
            diagnostic
                .at(span, "stands for any key")
                .help("slices are for `foreach`, `delete` and `in`"),
        );
        Types::WRONG
    }

    fn membership(&mut self, keys: &[ExprId], array: ExprId, span: Span) -> TypeVar {
        let tree = self.tree;
        match &tree.exprs[array].kind {
            ExprKind::Name(name) => {
                let array = Name { text: name.clone(), span: tree.exprs[array].span };
                let global = self.slice(&array, keys, span);
                self.read(global);
            }
            ExprKind::Statistic { operator, args } => {
                keys.iter().for_each(|&key| self.value_of(key, Type::I64));
                self.histogram(operator, args, false);
            }
            _ => {
                self.each(keys);
                let diagnostic = Diagnostic::error("array-mismatch", "an array is expected here");
                self.report(diagnostic.at(tree.exprs[array].span, "not the name of one"));
            }
        }
        Types::INT
    }

    fn bucket(&mut self, histogram: ExprId, index: ExprId) -> TypeVar {
        if let ExprKind::Statistic { operator, args } = &self.tree.exprs[histogram].kind {
            self.histogram(operator, args, true);
        }
        self.value_of(index, Type::I64);
        Types::INT
    }

    /// What stands behind `=~`; strings end at a NUL, and so does it.
    fn pattern(&mut self, pattern: &Text) {
        let bytes = pattern.bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        if let Err(error) = Automaton::of(bytes) {
            let message = "this is no regular expression that can be searched for";
            let diagnostic = Diagnostic::error("regular-expression", message);
            self.report(diagnostic.at(pattern.span, error.to_string()));
        }
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
                self.unify(second, first, self.tree.exprs[right].span);
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
        let at = self.tree.exprs[value].span;
        let Some(op) = op else {
            self.unify(found, ty, at);
            return ty;
        };
        let expected = if op == BinaryOp::Concatenate { Types::STR } else { Types::INT };
        self.unify(ty, expected, self.tree.exprs[place].span);
        self.unify(found, expected, at);
        expected
    }
}
