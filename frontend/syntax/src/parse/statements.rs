//! Statements.

use stapc_diagnostics::{Diagnostic, Span};

use super::{Lost, Parsed, Parser};
use crate::{
    ast::{ExprId, Foreach, Name, Sort, SortBy, StmtId, StmtKind},
    token::TokenKind,
};

/// All of a loop over an array but its body.
struct Head {
    value: Option<Name>,
    keys: Vec<Name>,
    array: Name,
    sort: Option<Sort>,
    limit: Option<ExprId>,
}

impl Parser<'_> {
    pub(super) fn block(&mut self, role: &str) -> Parsed<StmtId> {
        let start = self.expect("{", role)?;
        let mut statements = Vec::new();
        while !self.is("}") {
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
            Diagnostic::error("syntax", "a `}` is missing at the end of the script")
                .at(token.span, "the script ends here")
        } else {
            let message = format!("a `}}` is missing before {}", self.found(token));
            Diagnostic::error("syntax", message).at(token.span, "declarations stand outside bodies")
        };
        self.report(diagnostic.also(brace, "this brace is never closed"));
    }

    /// A statement; the kinds have functions of their own, so that nesting takes little stack.
    fn statement(&mut self) -> Parsed<StmtId> {
        let start = self.token().span;
        if self.is("{") {
            return self.block("");
        }
        self.skip_type();
        let keyword = if self.token().kind == TokenKind::Identifier {
            self.text_of(self.token())
        } else {
            ""
        };
        match keyword {
            "if" => self.if_statement(start),
            "while" => self.while_statement(start),
            "for" => self.for_statement(start),
            "foreach" => self.foreach_statement(start),
            "try" => self.try_statement(start),
            _ => self.simple_statement(keyword, start),
        }
    }

    /// Reports a type before a variable.
    fn skip_type(&mut self) {
        if self.is_any(&["long", "string"]) {
            let message = format!("a variable is declared by {}", self.found(self.token()));
            let diagnostic = Diagnostic::error("syntax", message)
                .at(self.token().span, "types are not written before variables");
            self.report(
                diagnostic
                    .help("variables are not declared: a value assigned to one gives it its type"),
            );
            self.bump();
        }
    }

    /// A statement without statements in it.
    fn simple_statement(&mut self, keyword: &str, start: Span) -> Parsed<StmtId> {
        let kind = match keyword {
            "break" => self.word(StmtKind::Break),
            "continue" => self.word(StmtKind::Continue),
            "next" => self.word(StmtKind::Next),
            "return" => {
                self.bump();
                let value =
                    if self.is(";") || self.is("}") { None } else { Some(self.expression()?) };
                StmtKind::Return(value)
            }
            "delete" => {
                self.bump();
                StmtKind::Delete(self.expression()?)
            }
            _ if self.is(";") => StmtKind::Empty,
            _ => StmtKind::Expr(self.expression()?),
        };
        self.eat(";");
        Ok(self.stmt(kind, start))
    }

    fn word(&mut self, kind: StmtKind) -> StmtKind {
        self.bump();
        kind
    }

    fn while_statement(&mut self, start: Span) -> Parsed<StmtId> {
        self.bump();
        let condition = self.parenthesised("of the loop")?;
        let body = self.nested(Self::statement)?;
        Ok(self.stmt(StmtKind::While(condition, body), start))
    }

    /// `try { … } catch (message) { … }`
    fn try_statement(&mut self, start: Span) -> Parsed<StmtId> {
        self.bump();
        self.report(Diagnostic::unsupported("`try` and `catch`", start));
        self.block("after `try`")?;
        self.expect("catch", "after the block of `try`")?;
        if self.eat("(") {
            self.name("a variable for the message")?;
            self.expect(")", "after the variable for the message")?;
        }
        self.block("after `catch`")?;
        Ok(self.stmt(StmtKind::Empty, start))
    }

    pub(super) fn parenthesised(&mut self, role: &str) -> Parsed<ExprId> {
        self.expect("(", &format!("before the condition {role}"))?;
        let condition = self.expression()?;
        self.expect(")", &format!("after the condition {role}"))?;
        Ok(condition)
    }

    fn if_statement(&mut self, start: Span) -> Parsed<StmtId> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            self.expect("if", "")?;
            let condition = self.parenthesised("of `if`")?;
            arms.push((condition, self.nested(Self::statement)?));
            if self.is(";") && self.is_at(1, "else") {
                self.bump();
            }
            if !self.eat("else") {
                break;
            }
            if !self.is("if") {
                otherwise = Some(self.nested(Self::statement)?);
                break;
            }
        }
        Ok(self.stmt(StmtKind::If(arms, otherwise), start))
    }

    fn for_statement(&mut self, start: Span) -> Parsed<StmtId> {
        self.bump();
        self.expect("(", "after `for`")?;
        let optional = |parser: &mut Self, end: &str| {
            if parser.is(end) { Ok(None) } else { parser.expression().map(Some) }
        };
        let first = optional(self, ";")?;
        self.expect(";", "after the first part of `for`")?;
        let condition = optional(self, ";")?;
        self.expect(";", "after the condition of `for`")?;
        let step = optional(self, ")")?;
        self.expect(")", "after the last part of `for`")?;
        let body = self.nested(Self::statement)?;
        Ok(self.stmt(StmtKind::For(first, condition, step, body), start))
    }

    fn foreach_statement(&mut self, start: Span) -> Parsed<StmtId> {
        self.bump();
        let head = Box::new(self.foreach_head()?);
        let body = self.nested(Self::statement)?;
        Ok(self.foreach(*head, body, start))
    }

    fn foreach(&mut self, head: Head, body: StmtId, start: Span) -> StmtId {
        let Head { value, keys, array, sort, limit } = head;
        self.stmt(StmtKind::Foreach(Foreach { value, keys, array, sort, limit, body }), start)
    }

    fn foreach_head(&mut self) -> Parsed<Head> {
        self.expect("(", "after `foreach`")?;
        let mut sort = None;
        let mut value = None;
        let mut keys = Vec::new();
        if !self.is("[") {
            let first = self.name("a loop variable")?;
            let sign = self.sort_sign(SortBy::Value(None));
            if self.eat("=") {
                value = Some(first);
                self.note_sort(&mut sort, sign);
            } else {
                self.note_sort(&mut sort, sign.map(|sign| Sort { by: SortBy::Key(0), ..sign }));
                keys.push(first);
            }
        }
        if keys.is_empty() {
            keys = if self.eat("[") {
                self.foreach_keys(&mut sort)?
            } else {
                vec![self.foreach_key(0, &mut sort)?]
            };
        }
        self.expect("in", "between the loop variables and the array")?;
        let array = self.foreach_array()?;
        self.array_order(&mut sort);
        let limit = if self.eat("limit") { Some(self.expression()?) } else { None };
        self.expect(")", "after the head of `foreach`")?;
        Ok(Head { value, keys, array, sort, limit })
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
        self.note_sort(sort, sign);
        Ok(name)
    }

    /// The order behind an array: `+`, `-`, `@sum-`.
    fn array_order(&mut self, sort: &mut Option<Sort>) {
        let operator = self.sort_operator();
        let sign = self.sort_sign(SortBy::Value(operator.clone()));
        if let (Some(operator), None) = (operator, &sign) {
            let message = format!("`@{}` without an order", operator.text);
            self.report(
                Diagnostic::error("syntax", message)
                    .at(operator.span, "expected `+` or `-` behind it"),
            );
        }
        self.note_sort(sort, sign);
    }

    /// The array of a loop; what else may stand there is not supported.
    fn foreach_array(&mut self) -> Parsed<Name> {
        let token = self.token();
        if token.kind == TokenKind::AtWord {
            self.report(Diagnostic::unsupported(
                "loops over the buckets of a histogram",
                token.span,
            ));
            self.primary()?;
            return Ok(Name { text: String::new(), span: token.span });
        }
        let array = self.name("the name of an array")?;
        let bracket = self.token().span;
        if self.eat("[") {
            self.report(Diagnostic::unsupported("loops over a slice of an array", bracket));
            self.list("]", "after the keys")?;
        }
        Ok(array)
    }

    fn sort_operator(&mut self) -> Option<Name> {
        let token = self.token();
        if token.kind != TokenKind::AtWord {
            return None;
        }
        self.bump();
        Some(Name {
            text: self.text_of(token).trim_start_matches('@').to_owned(),
            span: token.span,
        })
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

    fn note_sort(&mut self, sort: &mut Option<Sort>, new: Option<Sort>) {
        let Some(new) = new else { return };
        if let Some(old) = sort {
            let diagnostic = Diagnostic::error("syntax", "a loop can be sorted by one thing only");
            self.report(diagnostic.at(new.span, "second order").also(old.span, "first order"));
        }
        *sort = Some(new);
    }
}
