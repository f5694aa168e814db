//! Expressions, by precedence climbing.

use super::{Parsed, Parser};
use crate::{
    ast::{BinaryOp, ExprId, ExprKind, UnaryOp},
    token::{T, TokenKind},
};

/// Membership binds tighter than `&` and looser than comparison.
const MEMBERSHIP: u8 = 5;

/// The level of comparison, and of `=~`.
const COMPARISON: u8 = 6;

/// The tightest level.
const MULTIPLICATION: u8 = 10;

/// A binary operator and its level. Levels are numbered loosest first, and associate to the left;
/// [`MEMBERSHIP`] has no operator here.
fn binary_operator(kind: TokenKind) -> Option<(u8, BinaryOp)> {
    Some(match kind {
        T!["||"] => (0, BinaryOp::Or),
        T!["&&"] => (1, BinaryOp::And),
        T!["|"] => (2, BinaryOp::BitOr),
        T!["^"] => (3, BinaryOp::BitXor),
        T!["&"] => (4, BinaryOp::BitAnd),
        T!["=="] => (COMPARISON, BinaryOp::Equal),
        T!["!="] => (COMPARISON, BinaryOp::NotEqual),
        T!["<"] => (COMPARISON, BinaryOp::Less),
        T!["<="] => (COMPARISON, BinaryOp::LessEqual),
        T![">"] => (COMPARISON, BinaryOp::Greater),
        T![">="] => (COMPARISON, BinaryOp::GreaterEqual),
        T!["<<"] => (7, BinaryOp::ShiftLeft),
        T![">>"] => (7, BinaryOp::ShiftRight),
        T![">>>"] => (7, BinaryOp::ShiftRightLogical),
        T!["."] => (8, BinaryOp::Concatenate),
        T!["+"] => (9, BinaryOp::Add),
        T!["-"] => (9, BinaryOp::Subtract),
        T!["*"] => (MULTIPLICATION, BinaryOp::Multiply),
        T!["/"] => (MULTIPLICATION, BinaryOp::Divide),
        T!["%"] => (MULTIPLICATION, BinaryOp::Remainder),
        _ => return None,
    })
}

/// The operation of an assignment operator, if it is one: none of `=`.
fn assignment_operator(kind: TokenKind) -> Option<Option<BinaryOp>> {
    Some(match kind {
        T!["="] => None,
        T!["+="] => Some(BinaryOp::Add),
        T!["-="] => Some(BinaryOp::Subtract),
        T!["*="] => Some(BinaryOp::Multiply),
        T!["/="] => Some(BinaryOp::Divide),
        T!["%="] => Some(BinaryOp::Remainder),
        T!["<<="] => Some(BinaryOp::ShiftLeft),
        T![">>="] => Some(BinaryOp::ShiftRight),
        T!["&="] => Some(BinaryOp::BitAnd),
        T!["^="] => Some(BinaryOp::BitXor),
        T!["|="] => Some(BinaryOp::BitOr),
        T![".="] => Some(BinaryOp::Concatenate),
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parsed<ExprId> {
        self.nested(Self::assignment)
    }

    /// Assignments, all of one level, associating to the right.
    fn assignment(&mut self) -> Parsed<ExprId> {
        let place = self.ternary()?;
        let at = self.token().span;
        if self.eat(T!["<<<"]) {
            let value = self.expression()?;
            let span = self.join(self.span_of(place), self.span_of(value));
            let height = self.above(&[place, value]);
            return self.expr(ExprKind::Accumulate { place, value }, span, height);
        }
        let Some(op) = assignment_operator(self.kind()) else { return Ok(place) };
        self.bump();
        let value = self.expression()?;
        let span = self.join(self.span_of(place), self.span_of(value));
        let height = self.above(&[place, value]);
        self.expr(ExprKind::Assign { op, at, place, value }, span, height)
    }

    fn ternary(&mut self) -> Parsed<ExprId> {
        let condition = self.binary(0)?;
        if self.is(T!["?"]) { self.alternatives(condition) } else { Ok(condition) }
    }

    fn alternatives(&mut self, condition: ExprId) -> Parsed<ExprId> {
        self.bump();
        let then = self.expression()?;
        self.expect(T![":"], "between the alternatives of `?`")?;
        let otherwise = self.nested(Self::ternary)?;
        let span = self.join(self.span_of(condition), self.span_of(otherwise));
        let height = self.above(&[condition, then, otherwise]);
        self.expr(ExprKind::Ternary(condition, then, otherwise), span, height)
    }

    /// Operands and operators of `level` or tighter ones.
    fn binary(&mut self, level: u8) -> Parsed<ExprId> {
        let (mut left, mut tightest) = if level <= MEMBERSHIP && self.is(T!["["]) {
            (self.tuple()?, MEMBERSHIP - 1)
        } else {
            (self.unary()?, MULTIPLICATION)
        };
        let mut compared = false;
        loop {
            let kind = self.kind();
            let levels = level..=tightest;
            if let Some((found, op)) = binary_operator(kind) {
                if !levels.contains(&found) {
                    return Ok(left);
                }
                left = self.operation(left, found, op)?;
                compared |= found == COMPARISON;
            } else if kind == T!["in"] && levels.contains(&MEMBERSHIP) {
                self.bump();
                let start = self.span_of(left);
                left = self.membership(vec![left], start)?;
                tightest = MEMBERSHIP - 1;
            } else if matches!(kind, T!["=~"] | T!["!~"])
                && levels.contains(&COMPARISON)
                && !compared
            {
                left = self.pattern_match(left)?;
                tightest = MEMBERSHIP;
            } else {
                return Ok(left);
            }
        }
    }

    /// A binary operator and what stands behind it.
    fn operation(&mut self, left: ExprId, level: u8, op: BinaryOp) -> Parsed<ExprId> {
        let at = self.bump().span;
        let right = self.nested(|parser| parser.binary(level + 1))?;
        let span = self.join(self.span_of(left), self.span_of(right));
        let height = self.above(&[left, right]);
        self.expr(ExprKind::Binary(op, at, left, right), span, height)
    }

    /// `=~ "…"`, `!~ "…"`
    fn pattern_match(&mut self, value: ExprId) -> Parsed<ExprId> {
        let operator = self.bump();
        let pattern = self.literal_string("not-constant", "a regular expression in quotes")?;
        let span = self.join(self.span_of(value), pattern.span);
        let height = self.above(&[value]);
        let negated = operator.kind == T!["!~"];
        self.expr(ExprKind::Match { negated, at: operator.span, value, pattern }, span, height)
    }

    /// `[x, y] in array`; `[x]` without `in` is `(x)`.
    fn tuple(&mut self) -> Parsed<ExprId> {
        let start = self.bump().span;
        let mut keys = Vec::new();
        loop {
            keys.push(match self.any_key()? {
                Some(any) => any,
                None => self.nested(|parser| parser.binary(COMPARISON))?,
            });
            if !self.eat(T![","]) {
                break;
            }
        }
        self.expect(T!["]"], "after the keys")?;
        if self.eat(T!["in"]) {
            return self.membership(keys, start);
        }
        match keys[..] {
            [key] if !matches!(self.tree.exprs[key].kind, ExprKind::Any) => Ok(key),
            _ => Err(self.unexpected("`in` and an array after the keys")),
        }
    }

    /// `*` alone as a key.
    pub(super) fn any_key(&mut self) -> Parsed<Option<ExprId>> {
        if !self.is(T!["*"]) || !matches!(self.ahead(1).kind, T![","] | T!["]"]) {
            return Ok(None);
        }
        let span = self.bump().span;
        self.expr(ExprKind::Any, span, 0).map(Some)
    }

    /// The array behind `in`.
    fn membership(&mut self, keys: Vec<ExprId>, start: stapc_diagnostics::Span) -> Parsed<ExprId> {
        let array = self.array_or_histogram()?;
        let span = self.join(start, self.span_of(array));
        let height = self.above(&keys).max(self.above(&[array]));
        self.expr(ExprKind::In { keys, array }, span, height)
    }

    /// The name of an array, or a histogram.
    pub(super) fn array_or_histogram(&mut self) -> Parsed<ExprId> {
        if self.at_histogram() {
            return self.histogram();
        }
        let name = self.name("the name of an array")?;
        self.expr(ExprKind::Name(name.text), name.span, 0)
    }

    fn unary(&mut self) -> Parsed<ExprId> {
        let op = match self.kind() {
            T!["-"] => UnaryOp::Negate,
            T!["!"] => UnaryOp::Not,
            T!["~"] => UnaryOp::Complement,
            T!["+"] => UnaryOp::Plus,
            T!["++"] => return self.increment_before(1),
            T!["--"] => return self.increment_before(-1),
            _ => return self.increment_behind(),
        };
        let start = self.bump().span;
        let operand = self.nested(Self::unary)?;
        let span = self.join(start, self.span_of(operand));
        let height = self.above(&[operand]);
        self.expr(ExprKind::Unary(op, operand), span, height)
    }

    /// `++x`, `--x`
    fn increment_before(&mut self, by: i64) -> Parsed<ExprId> {
        let start = self.bump().span;
        let place = self.value()?;
        let span = self.join(start, self.span_of(place));
        let height = self.above(&[place]);
        self.expr(ExprKind::Increment { by, before: true, place }, span, height)
    }

    /// A value, perhaps with `++` or `--` behind it.
    fn increment_behind(&mut self) -> Parsed<ExprId> {
        let place = self.value()?;
        let by = match self.kind() {
            T!["++"] => 1,
            T!["--"] => -1,
            _ => return Ok(place),
        };
        let end = self.bump().span;
        let span = self.join(self.span_of(place), end);
        let height = self.above(&[place]);
        self.expr(ExprKind::Increment { by, before: false, place }, span, height)
    }
}
