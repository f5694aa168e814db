//! Statements.

use stapc_diagnostics::Diagnostic;

use super::{Lost, Parsed, Parser};
use crate::{
    ast::{ExprId, Foreach, Name, Sort, SortBy, StmtId, StmtKind},
    token::TokenKind,
};

impl Parser<'_> {
    pub(super) fn block(&mut self, role: &str) -> Parsed<StmtId> {
        let start = self.expect("{", role)?;
        let mut statements = Vec::new();
        while !self.is("}") {
            if self.at_end() {
                let diagnostic = Diagnostic::error("syntax", "a `}` is missing at the end of the script").at(start, "this brace is never closed");
                return Err(self.report(diagnostic));
            }
            let before = self.at;
            match self.nested(Self::statement) {
                Ok(statement) => statements.push(statement),
                Err(Lost) => {
                    self.skip_statement();
                    if self.at == before {
                        self.bump();
                    }
                }
            }
        }
        self.bump();
        Ok(self.stmt(StmtKind::Block(statements), start))
    }

    fn statement(&mut self) -> Parsed<StmtId> {
        let start = self.token().span;
        if self.is("{") {
            return self.block("");
        }
        let keyword = if self.token().kind == TokenKind::Identifier { self.text_of(self.token()) } else { "" };
        let kind = match keyword {
            "if" => self.if_statement()?,
            "while" => {
                self.bump();
                let condition = self.parenthesised("of the loop")?;
                StmtKind::While(condition, self.nested(Self::statement)?)
            }
            "for" => self.for_statement()?,
            "foreach" => self.foreach_statement()?,
            "break" => self.simple(StmtKind::Break),
            "continue" => self.simple(StmtKind::Continue),
            "next" => self.simple(StmtKind::Next),
            "return" => {
                self.bump();
                let value = if self.is(";") || self.is("}") { None } else { Some(self.expression()?) };
                self.simple_end(StmtKind::Return(value))
            }
            "delete" => {
                self.bump();
                let place = self.expression()?;
                self.simple_end(StmtKind::Delete(place))
            }
            "try" => return Err(self.report(Diagnostic::unsupported("`try` and `catch`", start))),
            "probe" | "function" | "global" => {
                let diagnostic = Diagnostic::error("syntax", format!("`{keyword}` inside a body: is a `}}` missing before it?")).at(start, "declarations stand outside bodies");
                return Err(self.report(diagnostic));
            }
            _ if self.eat(";") => StmtKind::Empty,
            _ => {
                let value = self.expression()?;
                self.simple_end(StmtKind::Expr(value))
            }
        };
        Ok(self.stmt(kind, start))
    }

    fn simple(&mut self, kind: StmtKind) -> StmtKind {
        self.bump();
        self.simple_end(kind)
    }

    /// Takes the `;` that may end a statement.
    fn simple_end(&mut self, kind: StmtKind) -> StmtKind {
        self.eat(";");
        kind
    }

    fn parenthesised(&mut self, role: &str) -> Parsed<ExprId> {
        self.expect("(", &format!("before the condition {role}"))?;
        let condition = self.expression()?;
        self.expect(")", &format!("after the condition {role}"))?;
        Ok(condition)
    }

    fn if_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        let condition = self.parenthesised("of `if`")?;
        let then = self.nested(Self::statement)?;
        self.eat_semicolon_before_else();
        let otherwise = if self.eat("else") { Some(self.nested(Self::statement)?) } else { None };
        Ok(StmtKind::If(condition, then, otherwise))
    }

    fn eat_semicolon_before_else(&mut self) {
        if self.is(";") && self.is_at(1, "else") {
            self.bump();
        }
    }

    fn for_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        self.expect("(", "after `for`")?;
        let optional = |parser: &mut Self, end: &str| if parser.is(end) { Ok(None) } else { parser.expression().map(Some) };
        let first = optional(self, ";")?;
        self.expect(";", "after the first part of `for`")?;
        let condition = optional(self, ";")?;
        self.expect(";", "after the condition of `for`")?;
        let step = optional(self, ")")?;
        self.expect(")", "after the last part of `for`")?;
        let body = self.nested(Self::statement)?;
        Ok(StmtKind::For(first, condition, step, body))
    }

    fn foreach_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        self.expect("(", "after `foreach`")?;
        let mut sort = None;
        let mut value = None;
        if !self.is("[") {
            let first = self.name("a loop variable")?;
            let sign = self.sort_sign(SortBy::Value(None));
            if self.eat("=") {
                value = Some(first);
                self.note_sort(&mut sort, sign)?;
            } else {
                let sign = sign.map(|sign| Sort { by: SortBy::Key(0), ..sign });
                self.note_sort(&mut sort, sign)?;
                return self.foreach_rest(value, vec![first], sort);
            }
        }
        let keys = if self.eat("[") { self.foreach_keys(&mut sort)? } else { vec![self.foreach_key(0, &mut sort)?] };
        self.foreach_rest(value, keys, sort)
    }

    fn foreach_keys(&mut self, sort: &mut Option<Sort>) -> Parsed<Vec<Name>> {
        let mut keys = vec![self.foreach_key(0, sort)?];
        while self.eat(",") {
            keys.push(self.foreach_key(keys.len(), sort)?);
        }
        self.expect("]", "after the loop variables")?;
        Ok(keys)
    }

    fn foreach_key(&mut self, position: usize, sort: &mut Option<Sort>) -> Parsed<Name> {
        let name = self.name("a loop variable")?;
        let sign = self.sort_sign(SortBy::Key(position));
        self.note_sort(sort, sign)?;
        Ok(name)
    }

    fn foreach_rest(&mut self, value: Option<Name>, keys: Vec<Name>, mut sort: Option<Sort>) -> Parsed<StmtKind> {
        self.expect("in", "between the loop variables and the array")?;
        if self.token().kind == TokenKind::AtWord {
            let span = self.token().span;
            return Err(self.report(Diagnostic::unsupported("loops over the buckets of a histogram", span)));
        }
        let array = self.name("the name of an array")?;
        if self.is("[") {
            let span = self.token().span;
            return Err(self.report(Diagnostic::unsupported("loops over a slice of an array", span)));
        }
        let operator = self.sort_operator()?;
        let sign = self.sort_sign(SortBy::Value(operator.clone()));
        match (operator, &sign) {
            (Some(operator), None) => {
                let diagnostic = Diagnostic::error("syntax", format!("`@{}` without an order", operator.text)).at(operator.span, "expected `+` or `-` behind it");
                return Err(self.report(diagnostic));
            }
            _ => self.note_sort(&mut sort, sign)?,
        }
        let limit = if self.eat("limit") { Some(self.expression()?) } else { None };
        self.expect(")", "after the head of `foreach`")?;
        let body = self.nested(Self::statement)?;
        Ok(StmtKind::Foreach(Foreach { value, keys, array, sort, limit, body }))
    }

    fn sort_operator(&mut self) -> Parsed<Option<Name>> {
        let token = self.token();
        if token.kind != TokenKind::AtWord {
            return Ok(None);
        }
        self.bump();
        Ok(Some(Name { text: self.text_of(token).trim_start_matches('@').to_owned(), span: token.span }))
    }

    /// A `+` or `-` behind a name in the head of a loop.
    fn sort_sign(&mut self, by: SortBy) -> Option<Sort> {
        let descending = self.is("-");
        if !descending && !self.is("+") {
            return None;
        }
        let span = self.bump().span;
        Some(Sort { by, descending, span })
    }

    fn note_sort(&mut self, sort: &mut Option<Sort>, new: Option<Sort>) -> Parsed<()> {
        match (sort.as_ref(), new) {
            (_, None) => Ok(()),
            (None, new) => {
                *sort = new;
                Ok(())
            }
            (Some(old), Some(new)) => {
                let diagnostic = Diagnostic::error("syntax", "a loop can be sorted by one thing only").at(new.span, "second order").also(old.span, "first order");
                Err(self.report(diagnostic))
            }
        }
    }
}
