//! Statements.

use stapc_diagnostics::{Diagnostic, Span};

use super::{Lost, Parsed, Parser, words};
use crate::{
    ast::{ExprId, StmtId, StmtKind},
    token::{T, TokenKind},
};

impl Parser<'_> {
    pub(super) fn block(&mut self, role: &str) -> Parsed<StmtId> {
        let start = self.expect(T!["{"], role)?;
        let mut statements = Vec::new();
        while !self.is(T!["}"]) {
            if self.at_end() || self.at_declaration() {
                self.unclosed(start);
                return Ok(self.stmt(StmtKind::Block(statements), start));
            }
            let before = self.at;
            match self.nested(Self::statement) {
                Ok(statement) => statements.push(statement),
                Err(Lost) => {
                    self.skip_statement();
                    if self.at == before && !self.at_declaration() {
                        self.bump();
                    }
                }
            }
        }
        self.bump();
        Ok(self.stmt(StmtKind::Block(statements), start))
    }

    fn unclosed(&mut self, brace: Span) {
        let token = self.token();
        let diagnostic = if self.at_end() {
            Diagnostic::error("unclosed-brace", "a `}` is missing at the end of the script")
                .at(token.span, "the script ends here")
        } else {
            let message = format!("a `}}` is missing before {}", self.found(token));
            Diagnostic::error("unclosed-brace", message)
                .at(token.span, "declarations stand outside bodies")
        };
        self.report(diagnostic.also(brace, "this brace is never closed"));
        self.unclosed = true;
    }

    /// A statement; the kinds have functions of their own, so that nesting takes little stack.
    pub(super) fn statement(&mut self) -> Parsed<StmtId> {
        let start = self.token().span;
        match self.kind() {
            T!["{"] => self.block(""),
            T!["if"] => self.if_statement(start),
            T!["while"] => self.while_statement(start),
            T!["for"] => self.for_statement(start),
            T!["foreach"] => self.foreach_statement(start),
            T!["try"] => self.try_statement(start),
            T!["long"] | T!["string"] => Err(self.type_before_variable()),
            _ => self.simple_statement(start),
        }
    }

    /// Reports a type before a variable.
    fn type_before_variable(&mut self) -> Lost {
        let message = format!("a variable is declared by {}", self.found(self.token()));
        let diagnostic = Diagnostic::error("c-declaration", message)
            .at(self.token().span, "types are not written before variables")
            .help("variables are not declared: a value assigned to one gives it its type");
        self.report(diagnostic)
    }

    /// A statement without statements in it, and the `;` behind it, if there is one.
    fn simple_statement(&mut self, start: Span) -> Parsed<StmtId> {
        let kind = match self.kind() {
            T!["break"] => self.word(StmtKind::Break),
            T!["continue"] => self.word(StmtKind::Continue),
            T!["next"] => self.word(StmtKind::Next),
            T!["return"] => self.return_statement()?,
            T!["delete"] => {
                self.bump();
                StmtKind::Delete(self.expression()?)
            }
            T![";"] => StmtKind::Empty,
            _ => self.expression_statement()?,
        };
        self.eat(T![";"]);
        Ok(self.stmt(kind, start))
    }

    fn expression_statement(&mut self) -> Parsed<StmtKind> {
        let expr = self.expression()?;
        let token = self.token();
        if token.kind != T![","] && !words::only_joins(token.kind) {
            return Ok(StmtKind::Expr(expr));
        }
        let message = format!("expected the end of the statement, found {}", self.found(token));
        let diagnostic =
            Diagnostic::error("unexpected-token", message).at(token.span, "this cannot follow");
        Err(self.report(diagnostic.help(match token.kind {
            T![","] => "statements end with `;`",
            _ => "put what is before it in parentheses",
        })))
    }

    fn word(&mut self, kind: StmtKind) -> StmtKind {
        self.bump();
        kind
    }

    fn return_statement(&mut self) -> Parsed<StmtKind> {
        let span = self.bump().span;
        if !self.in_function {
            let diagnostic = Diagnostic::error("no-function", "`return` outside a function");
            let diagnostic = diagnostic.at(span, "a probe has no value");
            self.report(diagnostic.help("`next` ends the probe"));
        }
        let none = matches!(self.kind(), T![";"] | T!["}"]);
        Ok(StmtKind::Return(if none { None } else { Some(self.expression()?) }))
    }

    fn while_statement(&mut self, start: Span) -> Parsed<StmtId> {
        let head = self.head(|parser| parser.parenthesised("of the loop"));
        let body = self.governed(head.is_some())?;
        Ok(self.governing(head, start, |condition| StmtKind::While(condition, body)))
    }

    /// Takes a keyword and what it needs before its statement; behind an error in it, parsing goes
    /// on with that statement.
    pub(super) fn head<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Option<T> {
        let keyword = self.bump().kind;
        match parse(self) {
            Ok(head) => Some(head),
            Err(Lost) => {
                self.skip_head(keyword);
                None
            }
        }
    }

    /// Skips the rest of what is in parentheses behind a keyword, which has been opened.
    fn skip_head(&mut self, keyword: TokenKind) {
        let mut open = 0_usize;
        while !self.at_end() && !self.at_declaration() {
            match self.kind() {
                T!["{"] | T!["}"] => return,
                T![";"] if keyword != T!["for"] => return,
                kind if words::begins_statement(kind) => return,
                T!["("] => open += 1,
                T![")"] if open == 0 => {
                    self.bump();
                    return;
                }
                T![")"] => open -= 1,
                _ => {}
            }
            self.bump();
        }
    }

    /// The statement behind a head; if that was wrong, it may be missing.
    pub(super) fn governed(&mut self, right: bool) -> Parsed<StmtId> {
        if !right && (self.is(T!["}"]) || self.at_end() || self.at_declaration()) {
            let start = self.last_span();
            return Ok(self.stmt(StmtKind::Empty, start));
        }
        self.nested(Self::statement)
    }

    /// A statement made of a head and what it governs; nothing is made of a wrong one.
    pub(super) fn governing<T>(
        &mut self,
        head: Option<T>,
        start: Span,
        kind: impl FnOnce(T) -> StmtKind,
    ) -> StmtId {
        self.stmt(head.map_or(StmtKind::Empty, kind), start)
    }

    /// `try { … } catch (message) { … }`
    fn try_statement(&mut self, start: Span) -> Parsed<StmtId> {
        self.bump();
        let body = self.nested(|parser| parser.block("after `try`"))?;
        self.expect(T!["catch"], "after the block of `try`")?;
        let message = if self.eat(T!["("]) {
            let message = self.name("a variable for the message")?;
            self.expect(T![")"], "after the variable for the message")?;
            Some(message)
        } else {
            None
        };
        let handler = self.nested(|parser| parser.block("after `catch`"))?;
        Ok(self.stmt(StmtKind::Try { body, message, handler }, start))
    }

    pub(super) fn parenthesised(&mut self, role: &str) -> Parsed<ExprId> {
        if !self.is(T!["("]) {
            return Err(self.unexpected(&format!("`(` before the condition {role}")));
        }
        self.bump();
        let condition = self.expression()?;
        if !self.is(T![")"]) {
            return Err(self.unexpected(&format!("`)` after the condition {role}")));
        }
        self.bump();
        Ok(condition)
    }

    fn if_statement(&mut self, start: Span) -> Parsed<StmtId> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.head(|parser| parser.parenthesised("of `if`"));
            let then = self.governed(condition.is_some())?;
            arms.extend(condition.map(|condition| (condition, then)));
            if !self.eat(T!["else"]) {
                break;
            }
            if !self.is(T!["if"]) {
                otherwise = Some(self.nested(Self::statement)?);
                break;
            }
        }
        let kind = if arms.is_empty() { StmtKind::Empty } else { StmtKind::If(arms, otherwise) };
        Ok(self.stmt(kind, start))
    }

    fn for_statement(&mut self, start: Span) -> Parsed<StmtId> {
        let head = self.head(Self::for_head);
        let body = self.governed(head.is_some())?;
        Ok(self.governing(head, start, |[first, condition, step]| {
            StmtKind::For(first, condition, step, body)
        }))
    }

    fn for_head(&mut self) -> Parsed<[Option<ExprId>; 3]> {
        self.expect(T!["("], "after `for`")?;
        let first = self.optional(T![";"])?;
        self.expect(T![";"], "after the first part of `for`")?;
        let condition = self.optional(T![";"])?;
        self.expect(T![";"], "after the condition of `for`")?;
        let step = self.optional(T![")"])?;
        self.expect(T![")"], "after the last part of `for`")?;
        Ok([first, condition, step])
    }

    /// An expression, unless what ends it stands here.
    fn optional(&mut self, end: TokenKind) -> Parsed<Option<ExprId>> {
        if self.is(end) { Ok(None) } else { self.expression().map(Some) }
    }
}
