//! Expressions, by precedence climbing.

use stapc_diagnostics::{Diagnostic, Span};

use super::{Parsed, Parser};
use crate::{
    ast::{BinaryOp, ExprId, ExprKind, UnaryOp},
    token::TokenKind,
};

/// The binary operators, loosest first; those of a level associate to the left. Membership (`in`)
/// has a level to itself.
const LEVELS: [&[(&str, BinaryOp)]; 11] = [
    &[("||", BinaryOp::Or)],
    &[("&&", BinaryOp::And)],
    &[("|", BinaryOp::BitOr)],
    &[("^", BinaryOp::BitXor)],
    &[("&", BinaryOp::BitAnd)],
    &[],
    &[
        ("==", BinaryOp::Equal),
        ("!=", BinaryOp::NotEqual),
        ("<=", BinaryOp::LessEqual),
        (">=", BinaryOp::GreaterEqual),
        ("<", BinaryOp::Less),
        (">", BinaryOp::Greater),
    ],
    &[
        ("<<", BinaryOp::ShiftLeft),
        (">>>", BinaryOp::ShiftRightLogical),
        (">>", BinaryOp::ShiftRight),
    ],
    &[(".", BinaryOp::Concatenate)],
    &[("+", BinaryOp::Add), ("-", BinaryOp::Subtract)],
    &[("*", BinaryOp::Multiply), ("/", BinaryOp::Divide), ("%", BinaryOp::Remainder)],
];

/// Membership binds tighter than `&` and looser than comparison.
const MEMBERSHIP: usize = 5;

/// The level of comparison, and of `=~`.
const COMPARISON: usize = 6;

/// The assignment operators, all of one level, associating to the right.
const ASSIGNMENTS: [(&str, Option<BinaryOp>); 12] = [
    ("=", None),
    ("+=", Some(BinaryOp::Add)),
    ("-=", Some(BinaryOp::Subtract)),
    ("*=", Some(BinaryOp::Multiply)),
    ("/=", Some(BinaryOp::Divide)),
    ("%=", Some(BinaryOp::Remainder)),
    ("<<=", Some(BinaryOp::ShiftLeft)),
    (">>=", Some(BinaryOp::ShiftRight)),
    ("&=", Some(BinaryOp::BitAnd)),
    ("^=", Some(BinaryOp::BitXor)),
    ("|=", Some(BinaryOp::BitOr)),
    (".=", Some(BinaryOp::Concatenate)),
];

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parsed<ExprId> {
        self.nested(Self::assignment)
    }

    pub(super) fn span_of(&self, expr: ExprId) -> Span {
        self.tree.exprs[expr].span
    }

    fn assignment(&mut self) -> Parsed<ExprId> {
        let place = self.ternary()?;
        if self.token().kind != TokenKind::Operator {
            return Ok(place);
        }
        let at = self.token().span;
        if self.eat("<<<") {
            let value = self.expression()?;
            let span = self.span_of(place).to(self.span_of(value));
            return self.expr(ExprKind::Accumulate { place, value }, span, &[place, value]);
        }
        let Some(&(_, op)) = ASSIGNMENTS.iter().find(|(text, _)| self.is(text)) else {
            return Ok(place);
        };
        self.bump();
        let value = self.expression()?;
        let span = self.span_of(place).to(self.span_of(value));
        self.expr(ExprKind::Assign { op, at, place, value }, span, &[place, value])
    }

    fn ternary(&mut self) -> Parsed<ExprId> {
        let condition = self.binary(0)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let then = self.expression()?;
        self.expect(":", "between the alternatives of `?`")?;
        let otherwise = self.expression()?;
        let span = self.span_of(condition).to(self.span_of(otherwise));
        self.expr(
            ExprKind::Ternary(condition, then, otherwise),
            span,
            &[condition, then, otherwise],
        )
    }

    /// Operands and operators of `level` or tighter ones.
    fn binary(&mut self, level: usize) -> Parsed<ExprId> {
        let (mut left, mut tightest) = if level <= MEMBERSHIP && self.is("[") {
            (self.tuple()?, MEMBERSHIP)
        } else {
            (self.unary()?, LEVELS.len() - 1)
        };
        loop {
            if (level..=tightest).contains(&MEMBERSHIP) && self.eat("in") {
                left = self.membership(vec![left], self.span_of(left))?;
                tightest = MEMBERSHIP;
                continue;
            }
            let Some((found, op)) = self.operator(level, tightest) else { return Ok(left) };
            let at = self.bump().span;
            let right = self.binary(found + 1)?;
            let span = self.span_of(left).to(self.span_of(right));
            left = match op {
                Some(op) => {
                    self.expr(ExprKind::Binary(op, at, left, right), span, &[left, right])?
                }
                None => {
                    self.report(Diagnostic::unsupported("regular expressions (`=~`, `!~`)", at));
                    self.expr(ExprKind::Error, span, &[left, right])?
                }
            };
        }
    }

    /// The operator at the current token and its level, if that is one of these; no operator of the
    /// tree for one that is not supported.
    fn operator(&self, loosest: usize, tightest: usize) -> Option<(usize, Option<BinaryOp>)> {
        let token = self.token();
        if token.kind != TokenKind::Operator {
            return None;
        }
        let text = self.text_of(token);
        if matches!(text, "=~" | "!~") {
            return (loosest..=tightest).contains(&COMPARISON).then_some((COMPARISON, None));
        }
        (loosest..=tightest).find_map(|level| {
            let (_, op) = LEVELS[level].iter().find(|(operator, _)| *operator == text)?;
            Some((level, Some(*op)))
        })
    }

    /// `[x, y] in array`
    fn tuple(&mut self) -> Parsed<ExprId> {
        let start = self.bump().span;
        let keys = self.list("]", "after the keys")?;
        self.expect("in", "and an array after the keys")?;
        self.membership(keys, start)
    }

    /// The array behind `in`.
    fn membership(&mut self, keys: Vec<ExprId>, start: Span) -> Parsed<ExprId> {
        let array = self.name("the name of an array")?;
        let span = start.to(array.span);
        let children = keys.clone();
        self.expr(ExprKind::In { keys, array }, span, &children)
    }

    fn unary(&mut self) -> Parsed<ExprId> {
        const PREFIXES: [&str; 7] = ["++", "--", "&", "-", "!", "~", "+"];
        let token = self.token();
        if token.kind == TokenKind::Operator && PREFIXES.contains(&self.text_of(token)) {
            return self.prefixed();
        }
        let value = self.primary()?;
        self.suffixed(value)
    }

    /// An operator and its operand.
    fn prefixed(&mut self) -> Parsed<ExprId> {
        let operator = self.bump();
        let operand = self.nested(Self::unary)?;
        let span = operator.span.to(self.span_of(operand));
        let kind = match self.text_of(operator) {
            "++" => ExprKind::Increment { by: 1, before: true, place: operand },
            "--" => ExprKind::Increment { by: -1, before: true, place: operand },
            "-" => ExprKind::Unary(UnaryOp::Negate, operand),
            "!" => ExprKind::Unary(UnaryOp::Not, operand),
            "~" => ExprKind::Unary(UnaryOp::Complement, operand),
            "+" => ExprKind::Unary(UnaryOp::Plus, operand),
            _ => {
                self.report(Diagnostic::unsupported("taking an address (`&$x`)", operator.span));
                ExprKind::Error
            }
        };
        self.expr(kind, span, &[operand])
    }

    /// What may stand behind a value: members, `++` and `--`.
    fn suffixed(&mut self, mut value: ExprId) -> Parsed<ExprId> {
        let arrow = self.token().span;
        if self.is("->") {
            self.report(Diagnostic::unsupported("members of values (`x->member`)", arrow));
            self.suffixes()?;
            value = self.expr(ExprKind::Error, self.span_of(value), &[value])?;
        }
        for (text, by) in [("++", 1), ("--", -1)] {
            if self.is(text) {
                let span = self.span_of(value).to(self.bump().span);
                return self.expr(
                    ExprKind::Increment { by, before: false, place: value },
                    span,
                    &[value],
                );
            }
        }
        Ok(value)
    }

    pub(super) fn primary(&mut self) -> Parsed<ExprId> {
        if self.eat("(") {
            let inner = self.expression()?;
            self.expect(")", "after the expression in parentheses")?;
            return Ok(inner);
        }
        let token = self.token();
        match token.kind {
            TokenKind::Number | TokenKind::String => self.literal(),
            TokenKind::Target => self.target(),
            TokenKind::AtWord => self.at_word(),
            TokenKind::Preprocessor | TokenKind::Embedded => self.hole(),
            _ => self.named(),
        }
    }

    fn literal(&mut self) -> Parsed<ExprId> {
        let (kind, span) = if self.token().kind == TokenKind::Number {
            let (value, span) = self.number("a number")?;
            (ExprKind::Number(value), span)
        } else {
            let (text, span) = self.string();
            (ExprKind::String(text), span)
        };
        self.expr(kind, span, &[])
    }

    /// What is not supported and has been or is reported: conditionals, embedded C.
    fn hole(&mut self) -> Parsed<ExprId> {
        if self.token().kind == TokenKind::Embedded {
            self.unexpected("an expression");
        }
        let span = self.bump().span;
        self.expr(ExprKind::Error, span, &[])
    }

    /// A variable, an element of an array, or a call.
    fn named(&mut self) -> Parsed<ExprId> {
        let name = self.name("an expression")?;
        if self.is("(") {
            let args = self.arguments()?;
            let span = name.span.to(self.last_span());
            let children = args.clone();
            return self.expr(ExprKind::Call { function: name, args }, span, &children);
        }
        if self.eat("[") {
            let keys = self.list("]", "after the keys")?;
            let span = name.span.to(self.last_span());
            let children = keys.clone();
            return self.expr(ExprKind::Index { array: name, keys }, span, &children);
        }
        let span = name.span;
        self.expr(ExprKind::Name(name.text), span, &[])
    }

    pub(super) fn arguments(&mut self) -> Parsed<Vec<ExprId>> {
        self.expect("(", "before the arguments")?;
        if self.eat(")") {
            return Ok(Vec::new());
        }
        self.list(")", "after the arguments")
    }

    /// Expressions up to a closing bracket.
    pub(super) fn list(&mut self, end: &str, role: &str) -> Parsed<Vec<ExprId>> {
        let mut list = Vec::new();
        loop {
            let span = self.token().span;
            if self.is("*") && (self.is_at(1, ",") || self.is_at(1, end)) {
                self.bump();
                self.report(Diagnostic::unsupported("`*` as a key", span));
                list.push(self.expr(ExprKind::Error, span, &[])?);
            } else {
                list.push(self.expression()?);
            }
            if !self.eat(",") {
                break;
            }
        }
        self.expect(end, role)?;
        Ok(list)
    }
}
