//! Values: literals, variables, elements, calls, and what of the probed program is followed from
//! them.

use stapc_diagnostics::{Diagnostic, Span};

use super::{Parsed, Parser};
use crate::{
    ast::{Code, ExprId, ExprKind, Name, Selector, Target, TargetRoot, Text},
    literal,
    token::{T, TokenKind},
};

impl Parser<'_> {
    /// A value with members and elements behind it, or its address.
    pub(super) fn value(&mut self) -> Parsed<ExprId> {
        let start = self.token().span;
        if !self.eat(T!["&"]) {
            return self.followed();
        }
        let value = self.followed()?;
        let span = self.join(start, self.span_of(value));
        let expr = &mut self.tree.exprs[value];
        if let ExprKind::Target(target @ Target { address: false, .. }) = &mut expr.kind {
            target.address = true;
            expr.span = span;
            return Ok(value);
        }
        self.add_target(TargetRoot::Value(value), Vec::new(), 0, true, span)
    }

    /// A value with members and elements behind it.
    fn followed(&mut self) -> Parsed<ExprId> {
        let token = self.token();
        let root = match token.kind {
            TokenKind::Target => self.variable()?,
            TokenKind::AtWord if matches!(self.text_of(token), "@cast" | "@var") => {
                let (name, args) = self.operator()?;
                TargetRoot::Operator(name, args)
            }
            _ => {
                let value = self.primary()?;
                if !self.is(T!["->"]) && !self.is(T!["["]) {
                    return Ok(value);
                }
                TargetRoot::Value(value)
            }
        };
        self.target(root, token.span)
    }

    /// `$name`; the `$` behind it are left to [`Parser::target`].
    fn variable(&mut self) -> Parsed<TargetRoot> {
        let token = self.token();
        let text = self.text_of(token);
        let name = text.strip_prefix('$').unwrap_or(text);
        if name.trim_matches('$').is_empty() {
            let diagnostic =
                Diagnostic::error("malformed-target", format!("`{text}` without a name"));
            let diagnostic = diagnostic.at(token.span, "expected a name directly behind it");
            return Err(self.report(diagnostic));
        }
        self.bump();
        Ok(TargetRoot::Variable(Name {
            text: name.trim_end_matches('$').to_owned(),
            span: token.span,
        }))
    }

    /// What is followed from a root: its last token may end with the `$` that print it.
    fn target(&mut self, root: TargetRoot, start: Span) -> Parsed<ExprId> {
        let mut selectors = Vec::new();
        let mut pretty = match root {
            TargetRoot::Variable(_) => self.dollars_behind(self.last_span())?,
            _ => 0,
        };
        loop {
            let span = self.token().span;
            match self.kind() {
                T!["->"] | T!["["] if pretty > 0 => {
                    let diagnostic = Diagnostic::error(
                        "malformed-target",
                        "a structure being printed has no parts",
                    )
                    .at(span, "nothing can follow the `$` behind a name");
                    return Err(self.report(diagnostic));
                }
                T!["->"] => {
                    let (name, dollars) = self.member()?;
                    selectors.push(Selector::Member(name));
                    pretty = dollars;
                }
                T!["["] => {
                    self.bump();
                    selectors.push(Selector::Element(self.expression()?));
                    self.expect(T!["]"], "after the index")?;
                }
                TokenKind::Target if pretty == 0 && self.is_dollars() => {
                    self.bump();
                    pretty = self.dollars_behind(span)?;
                }
                _ => break,
            }
        }
        let span = self.join(start, self.last_span());
        self.add_target(root, selectors, pretty, false, span)
    }

    fn add_target(
        &mut self,
        root: TargetRoot,
        selectors: Vec<Selector>,
        pretty: u8,
        address: bool,
        span: Span,
    ) -> Parsed<ExprId> {
        let below = match &root {
            TargetRoot::Variable(_) => 0,
            TargetRoot::Operator(_, args) => self.above(args),
            TargetRoot::Value(value) => self.above(&[*value]),
        };
        let element = |selector: &Selector| match selector {
            Selector::Element(index) => self.above(&[*index]),
            Selector::Member(_) => 0,
        };
        let height = selectors.iter().map(element).max().map_or(below, |height| height.max(below));
        self.expr(ExprKind::Target(Target { root, selectors, pretty, address }), span, height)
    }

    /// `->name`, and how many `$` stand behind it. Keywords are names here.
    fn member(&mut self) -> Parsed<(Name, u8)> {
        self.bump();
        let token = self.token();
        if token.kind != TokenKind::Identifier && !token.kind.is_keyword() {
            return Err(self.unexpected("the name of a member"));
        }
        self.bump();
        let dollars = self.dollars_behind(token.span)?;
        let text = self.text_of(token).trim_end_matches('$').to_owned();
        Ok((Name { text, span: token.span }, dollars))
    }

    /// Whether the current token is nothing but `$` or `$$`.
    fn is_dollars(&self) -> bool {
        self.text_of(self.token()).bytes().all(|byte| byte == b'$')
    }

    /// How many `$` a token ends with.
    fn dollars_behind(&mut self, span: Span) -> Parsed<u8> {
        let text = self.sources.slice(span);
        let count = text.len() - text.trim_end_matches('$').len();
        if count > 2 {
            let diagnostic =
                Diagnostic::error("malformed-target", "more than two `$` behind a name")
                    .at(span, "")
                    .help("`$` prints a structure, `$$` also those inside it");
            return Err(self.report(diagnostic));
        }
        Ok(count as u8)
    }

    fn primary(&mut self) -> Parsed<ExprId> {
        let token = self.token();
        match token.kind {
            TokenKind::Identifier => self.named(),
            TokenKind::Number => {
                let (value, span) = self.number("a number")?;
                self.expr(ExprKind::Number(value), span, 0)
            }
            TokenKind::String => {
                let text = self.string();
                let span = text.span;
                self.expr(ExprKind::String(text), span, 0)
            }
            T!["("] => {
                self.bump();
                let inner = self.expression()?;
                self.expect(T![")"], "after the expression in parentheses")?;
                Ok(inner)
            }
            TokenKind::AtWord => self.at_word(),
            TokenKind::Embedded => {
                let code = self.code();
                let span = code.span;
                self.expr(ExprKind::Embedded(code), span, 0)
            }
            _ => Err(self.unexpected("an expression")),
        }
    }

    /// A variable, an element of an array, or a call.
    fn named(&mut self) -> Parsed<ExprId> {
        let name = self.name("an expression")?;
        if let Some(family) = super::operators::print_family(&name.text) {
            return self.print_call(name, family);
        }
        match self.kind() {
            T!["("] => {
                let args = self.arguments()?;
                self.call(name, args)
            }
            T!["["] => {
                let keys = self.keys()?;
                let span = self.join(name.span, self.last_span());
                let height = self.above(&keys);
                self.expr(ExprKind::Index { array: name, keys }, span, height)
            }
            _ => self.expr(ExprKind::Name(name.text), name.span, 0),
        }
    }

    pub(super) fn call(&mut self, function: Name, args: Vec<ExprId>) -> Parsed<ExprId> {
        let span = self.join(function.span, self.last_span());
        let height = self.above(&args);
        self.expr(ExprKind::Call { function, args }, span, height)
    }

    /// `(…, …)`, perhaps empty.
    fn arguments(&mut self) -> Parsed<Vec<ExprId>> {
        self.expect(T!["("], "before the arguments")?;
        let mut args = Vec::new();
        if !self.eat(T![")"]) {
            self.more_arguments(&mut args)?;
        }
        Ok(args)
    }

    /// Expressions up to a closing parenthesis.
    pub(super) fn more_arguments(&mut self, args: &mut Vec<ExprId>) -> Parsed<()> {
        args.push(self.expression()?);
        while self.eat(T![","]) {
            args.push(self.expression()?);
        }
        self.expect(T![")"], "after the arguments")?;
        Ok(())
    }

    /// `[…, …]` behind an array.
    pub(super) fn keys(&mut self) -> Parsed<Vec<ExprId>> {
        self.bump();
        let mut keys = Vec::new();
        loop {
            keys.push(match self.any_key()? {
                Some(any) => any,
                None => self.expression()?,
            });
            if !self.eat(T![","]) {
                break;
            }
        }
        self.expect(T!["]"], "after the keys")?;
        Ok(keys)
    }

    /// An integer constant, perhaps negative.
    pub(super) fn number(&mut self, what: &str) -> Parsed<(i64, Span)> {
        let start = self.token().span;
        let negative = self.is(T!["-"]) && self.is_at(1, TokenKind::Number);
        if negative {
            self.bump();
        }
        let token = self.token();
        if token.kind != TokenKind::Number {
            return Err(self.unexpected_as("not-constant", what));
        }
        self.bump();
        let value = literal::number(self.text_of(token)).unwrap_or_else(|problem| {
            self.report(Diagnostic::error(problem.slug, problem.message).at(token.span, ""));
            1
        });
        let span = self.join(start, token.span);
        Ok((if negative { value.wrapping_neg() } else { value }, span))
    }

    /// A string literal that must stand here; a finding of this kind if it does not.
    pub(super) fn literal_string(&mut self, code: &'static str, what: &str) -> Parsed<Text> {
        if self.is(TokenKind::String) {
            return Ok(self.string());
        }
        Err(self.unexpected_as(code, what))
    }

    /// One or more string literals side by side, as one.
    pub(super) fn string(&mut self) -> Text {
        let start = self.token().span;
        let mut bytes = bstr::BString::default();
        while self.is(TokenKind::String) {
            let token = self.bump();
            let literal = literal::string(self.text_of(token));
            if bytes.is_empty() {
                bytes = literal.bytes;
            } else {
                bytes.extend_from_slice(&literal.bytes);
            }
            for (range, problem) in literal.problems {
                let at = token.span.start;
                let place =
                    Span::new(token.span.file, at + range.start as u32, at + range.end as u32);
                self.report(Diagnostic::error("string-escape", problem).at(place, ""));
            }
        }
        Text { bytes, span: self.join(start, self.last_span()) }
    }

    /// The current token, which is embedded C.
    pub(super) fn code(&mut self) -> Code {
        let token = self.bump();
        let text = self.text_of(token);
        let text = text.strip_prefix("%{").unwrap_or(text);
        let text = text.strip_suffix("%}").unwrap_or(text);
        let bytes = stapc_diagnostics::bytes::encode(text).into_owned();
        Code { text: bytes.into(), span: token.span }
    }
}
