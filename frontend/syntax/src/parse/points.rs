//! Probe points: dotted parts, each perhaps with an argument.

use stapc_diagnostics::{Diagnostic, Span};

use super::{Lost, Parsed, Parser};
use crate::{
    ast::{Argument, Component, Name, Presence, ProbePoint},
    token::{T, TokenKind},
};

impl Parser<'_> {
    pub(super) fn points(&mut self) -> Parsed<Vec<ProbePoint>> {
        let mut points = vec![self.point()?];
        while self.eat(T![","]) {
            points.push(self.point()?);
        }
        Ok(points)
    }

    fn point(&mut self) -> Parsed<ProbePoint> {
        let start = self.token().span;
        let mut components = vec![self.component()?];
        while self.eat(T!["."]) {
            components.push(self.component()?);
        }
        let presence = if self.eat(T!["?"]) {
            Presence::Optional
        } else if self.eat(T!["!"]) {
            Presence::Sufficient
        } else {
            Presence::Required
        };
        let condition =
            if self.eat(T!["if"]) { Some(self.parenthesised("of the probe point")?) } else { None };
        let span = self.join(start, self.last_span());
        Ok(ProbePoint { components, presence, condition, span })
    }

    fn component(&mut self) -> Parsed<Component> {
        if self.is(T!["{"]) {
            return self.nested(Self::alternatives_of_point);
        }
        let name = self.component_name()?;
        if !self.eat(T!["("]) {
            return Ok(Component::Named { name, argument: None });
        }
        let argument = if self.is(TokenKind::String) {
            Argument::String(self.string())
        } else {
            let (number, span) = self.number("a number or a string in the probe point")?;
            Argument::Number(number, span)
        };
        self.expect(T![")"], "after the argument of the probe point")?;
        Ok(Component::Named { name, argument: Some(argument) })
    }

    /// `{a, b}`
    fn alternatives_of_point(&mut self) -> Parsed<Component> {
        let start = self.bump().span;
        let points = self.points()?;
        for point in &points {
            if let Some(condition) = point.condition {
                let message = "a condition inside the braces of a probe point";
                let diagnostic = Diagnostic::error("malformed-probe-point", message)
                    .at(self.span_of(condition), "")
                    .help("write it behind the whole probe point");
                self.report(diagnostic);
            }
        }
        self.expect(T!["}"], "after the alternatives of the probe point")?;
        Ok(Component::Alternatives { points, span: self.join(start, self.last_span()) })
    }

    /// A part's name: identifiers, keywords and `*` that touch each other.
    fn component_name(&mut self) -> Parsed<Name> {
        let first = self.token();
        if !is_part_of_name(first.kind) {
            return Err(self.no_point());
        }
        let mut name = self.bump_name();
        while is_part_of_name(self.kind()) && touch(self.last().span, self.token().span) {
            let token = self.bump();
            name.text.push_str(self.text_of(token));
        }
        name.span = self.join(first.span, self.last_span());
        Ok(name)
    }

    fn no_point(&mut self) -> Lost {
        self.unexpected("a probe point, such as `begin` or `kernel.function(\"vfs_read\")`")
    }
}

fn is_part_of_name(kind: TokenKind) -> bool {
    kind == TokenKind::Identifier || kind == T!["*"] || kind.is_keyword()
}

fn touch(left: Span, right: Span) -> bool {
    left.file == right.file && left.end == right.start
}
