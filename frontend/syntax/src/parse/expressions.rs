//! Expressions, by precedence climbing.

use stapc_diagnostics::{Diagnostic, Span};

use super::{Parsed, Parser};
use crate::{
    ast::{BinaryOp, ExprId, ExprKind, Name, UnaryOp},
    token::TokenKind,
};

/// The binary operators, loosest first; those of a level associate to the left.
const LEVELS: [&[(&str, BinaryOp)]; 10] = [
    &[("||", BinaryOp::Or)],
    &[("&&", BinaryOp::And)],
    &[("|", BinaryOp::BitOr)],
    &[("^", BinaryOp::BitXor)],
    &[("&", BinaryOp::BitAnd)],
    &[
        ("==", BinaryOp::Equal),
        ("!=", BinaryOp::NotEqual),
        ("<=", BinaryOp::LessEqual),
        (">=", BinaryOp::GreaterEqual),
        ("<", BinaryOp::Less),
        (">", BinaryOp::Greater),
    ],
    &[("<<", BinaryOp::ShiftLeft), (">>>", BinaryOp::ShiftRightLogical), (">>", BinaryOp::ShiftRight)],
    &[(".", BinaryOp::Concatenate)],
    &[("+", BinaryOp::Add), ("-", BinaryOp::Subtract)],
    &[("*", BinaryOp::Multiply), ("/", BinaryOp::Divide), ("%", BinaryOp::Remainder)],
];

/// Membership (`in`) binds tighter than `&` and looser than comparison.
const MEMBERSHIP: usize = 5;

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

    fn span_of(&self, expr: ExprId) -> Span {
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
        let then = self.nested(Self::assignment)?;
        self.expect(":", "between the alternatives of `?`")?;
        let otherwise = self.nested(Self::assignment)?;
        let span = self.span_of(condition).to(self.span_of(otherwise));
        self.expr(ExprKind::Ternary(condition, then, otherwise), span, &[condition, then, otherwise])
    }

    fn binary(&mut self, level: usize) -> Parsed<ExprId> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        if level == MEMBERSHIP {
            return self.membership();
        }
        self.binary_at(level, operators)
    }

    fn binary_at(&mut self, level: usize, operators: &[(&str, BinaryOp)]) -> Parsed<ExprId> {
        let mut left = self.binary(level + 1)?;
        loop {
            self.refuse_regex()?;
            let Some(&(_, op)) = operators.iter().find(|(text, _)| self.is(text)) else {
                return Ok(left);
            };
            let at = self.bump().span;
            let right = self.binary(level + 1)?;
            let span = self.span_of(left).to(self.span_of(right));
            left = self.expr(ExprKind::Binary(op, at, left, right), span, &[left, right])?;
        }
    }

    fn refuse_regex(&mut self) -> Parsed<()> {
        if self.is("=~") || self.is("!~") {
            let span = self.token().span;
            return Err(self.report(Diagnostic::unsupported("regular expressions (`=~`, `!~`)", span)));
        }
        Ok(())
    }

    /// `x in array`, `[x, y] in array`
    fn membership(&mut self) -> Parsed<ExprId> {
        let start = self.token().span;
        let mut keys = Vec::new();
        let mut value = None;
        if self.eat("[") {
            keys.push(self.expression()?);
            while self.eat(",") {
                keys.push(self.expression()?);
            }
            self.expect("]", "after the keys")?;
            if !self.is("in") {
                return Err(self.unexpected("`in` and an array after the keys"));
            }
        } else {
            value = Some(self.binary_at(MEMBERSHIP, LEVELS[MEMBERSHIP])?);
        }
        while self.eat("in") {
            let array = self.name("the name of an array")?;
            keys.extend(value.take());
            let span = start.to(array.span);
            let children = keys.clone();
            value = Some(self.expr(ExprKind::In { keys: std::mem::take(&mut keys), array }, span, &children)?);
        }
        value.ok_or(super::Lost)
    }

    pub(super) fn unary(&mut self) -> Parsed<ExprId> {
        let start = self.token().span;
        for (text, by) in [("++", 1), ("--", -1)] {
            if self.eat(text) {
                let place = self.nested(Self::unary)?;
                let span = start.to(self.span_of(place));
                return self.expr(ExprKind::Increment { by, before: true, place }, span, &[place]);
            }
        }
        if self.is("&") {
            return Err(self.report(Diagnostic::unsupported("taking an address (`&$x`)", start)));
        }
        for op in [UnaryOp::Negate, UnaryOp::Not, UnaryOp::Complement, UnaryOp::Plus] {
            if self.eat(op.text()) {
                let operand = self.nested(Self::unary)?;
                let span = start.to(self.span_of(operand));
                return self.expr(ExprKind::Unary(op, operand), span, &[operand]);
            }
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Parsed<ExprId> {
        let place = self.primary()?;
        for (text, by) in [("++", 1), ("--", -1)] {
            if self.is(text) {
                let span = self.span_of(place).to(self.bump().span);
                return self.expr(ExprKind::Increment { by, before: false, place }, span, &[place]);
            }
        }
        Ok(place)
    }

    fn primary(&mut self) -> Parsed<ExprId> {
        let token = self.token();
        match token.kind {
            TokenKind::Number => {
                let (value, span) = self.number("a number")?;
                self.expr(ExprKind::Number(value), span, &[])
            }
            TokenKind::String => {
                let (text, span) = self.string();
                self.expr(ExprKind::String(text), span, &[])
            }
            TokenKind::Target => self.target(),
            TokenKind::AtWord => self.at_word(),
            TokenKind::Operator if self.eat("(") => {
                let inner = self.expression()?;
                self.expect(")", "after the expression in parentheses")?;
                Ok(inner)
            }
            TokenKind::Identifier => self.named(),
            _ => Err(self.unexpected("an expression")),
        }
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

    fn arguments(&mut self) -> Parsed<Vec<ExprId>> {
        self.expect("(", "before the arguments")?;
        if self.eat(")") {
            return Ok(Vec::new());
        }
        self.list(")", "after the arguments")
    }

    /// Expressions up to a closing bracket.
    fn list(&mut self, end: &str, role: &str) -> Parsed<Vec<ExprId>> {
        let mut list = Vec::new();
        loop {
            if self.is("*") && (self.is_at(1, ",") || self.is_at(1, end)) {
                let span = self.token().span;
                return Err(self.report(Diagnostic::unsupported("`*` as a key", span)));
            }
            list.push(self.expression()?);
            if !self.eat(",") {
                break;
            }
        }
        self.expect(end, role)?;
        Ok(list)
    }

    /// `$name` and the members behind it.
    fn target(&mut self) -> Parsed<ExprId> {
        let token = self.bump();
        let name = self.text_of(token).trim_start_matches('$');
        let special = if self.text_of(token).starts_with("$$") {
            Some("collections of variables (`$$vars`, `$$parms`, …)")
        } else if name.ends_with('$') {
            Some("printing a whole structure (`$x$`)")
        } else if name.is_empty() || name == "#" || name.starts_with(|c: char| c.is_ascii_digit()) {
            Some("script arguments (`$1`, `@1`, `$#`)")
        } else {
            None
        };
        if let Some(special) = special {
            return Err(self.report(Diagnostic::unsupported(special, token.span)));
        }
        let mut members = Vec::new();
        while self.eat("->") {
            let member = self.token();
            if member.kind != TokenKind::Identifier {
                return Err(self.unexpected("the name of a member"));
            }
            self.bump();
            members.push(Name { text: self.text_of(member).to_owned(), span: member.span });
        }
        if self.is("[") {
            let span = self.token().span;
            return Err(self.report(Diagnostic::unsupported("indexing a target variable (`$x[…]`)", span)));
        }
        let span = token.span.to(self.last_span());
        self.expr(ExprKind::Target { name: name.to_owned(), members }, span, &[])
    }

    /// `@count(…)` and its kin.
    fn at_word(&mut self) -> Parsed<ExprId> {
        let token = self.bump();
        let text = self.text_of(token).trim_start_matches('@');
        let operator = Name { text: text.to_owned(), span: token.span };
        match text {
            "count" | "sum" | "min" | "max" | "avg" | "hist_log" | "hist_linear" => {
                let args = self.arguments()?;
                if self.is("[") {
                    let span = self.token().span;
                    return Err(self.report(Diagnostic::unsupported("single buckets of a histogram", span)));
                }
                let span = token.span.to(self.last_span());
                let children = args.clone();
                self.expr(ExprKind::Statistic { operator, args }, span, &children)
            }
            "variance" | "defined" | "entry" | "cast" | "var" | "perf" | "const" | "kregister" | "uregister" => {
                Err(self.report(Diagnostic::unsupported(format!("`@{text}`"), token.span)))
            }
            _ if text.starts_with(|c: char| c.is_ascii_digit()) || text == "#" => Err(self.report(Diagnostic::unsupported("script arguments (`$1`, `@1`, `$#`)", token.span))),
            _ => {
                let diagnostic = Diagnostic::unsupported(format!("`@{text}` (macros)"), token.span)
                    .suggest(text, ["count", "sum", "min", "max", "avg", "hist_log", "hist_linear"]);
                Err(self.report(diagnostic))
            }
        }
    }
}
