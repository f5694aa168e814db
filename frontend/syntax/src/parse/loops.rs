//! `foreach`.

use stapc_diagnostics::{Diagnostic, Span};

use super::{Parsed, Parser};
use crate::{
    ast::{ExprId, ExprKind, Foreach, Name, Sort, SortBy, StmtId, StmtKind},
    token::{T, TokenKind},
};

/// What a loop over aggregates can be sorted by.
const SORT_OPERATORS: [&str; 6] = ["avg", "count", "max", "min", "sum", "variance"];

/// All of a loop over an array but its body.
struct Head {
    value: Option<Name>,
    keys: Vec<Name>,
    array: ExprId,
    sort: Option<Sort>,
    limit: Option<ExprId>,
}

impl Parser<'_> {
    pub(super) fn foreach_statement(&mut self, start: Span) -> Parsed<StmtId> {
        let head = self.head(|parser| parser.foreach_head().map(Box::new));
        let body = self.governed(head.is_some())?;
        Ok(self.governing(head, start, |head| {
            let Head { value, keys, array, sort, limit } = *head;
            StmtKind::Foreach(Foreach { value, keys, array, sort, limit, body })
        }))
    }

    fn foreach_head(&mut self) -> Parsed<Head> {
        self.expect(T!["("], "after `foreach`")?;
        let mut sort = None;
        let mut value = None;
        let mut keys = Vec::new();
        if !self.is(T!["["]) {
            let first = self.name("a loop variable")?;
            let sign = self.sort_sign(SortBy::Value(None));
            if self.eat(T!["="]) {
                value = Some(first);
                self.note_sort(&mut sort, sign);
            } else {
                self.note_sort(&mut sort, sign.map(|sign| Sort { by: SortBy::Key(0), ..sign }));
                keys.push(first);
            }
        }
        if keys.is_empty() {
            keys = if self.eat(T!["["]) {
                self.foreach_keys(&mut sort)?
            } else {
                vec![self.foreach_key(0, &mut sort)?]
            };
        }
        self.expect(T!["in"], "between the loop variables and the array")?;
        let array = self.foreach_array()?;
        self.array_order(&mut sort);
        let limit = if self.eat(T!["limit"]) { Some(self.expression()?) } else { None };
        self.expect(T![")"], "after the head of `foreach`")?;
        Ok(Head { value, keys, array, sort, limit })
    }

    fn foreach_keys(&mut self, sort: &mut Option<Sort>) -> Parsed<Vec<Name>> {
        let mut keys = vec![self.foreach_key(0, sort)?];
        while self.eat(T![","]) {
            keys.push(self.foreach_key(keys.len(), sort)?);
        }
        self.expect(T!["]"], "after the loop variables")?;
        Ok(keys)
    }

    fn foreach_key(&mut self, position: usize, sort: &mut Option<Sort>) -> Parsed<Name> {
        let name = self.name("a loop variable")?;
        let sign = self.sort_sign(SortBy::Key(position));
        self.note_sort(sort, sign);
        Ok(name)
    }

    /// The array of a loop, a slice of one, or a histogram.
    fn foreach_array(&mut self) -> Parsed<ExprId> {
        let array = self.array_or_histogram()?;
        let ExprKind::Name(text) = &self.tree.exprs[array].kind else { return Ok(array) };
        if !self.is(T!["["]) {
            return Ok(array);
        }
        let name = Name { text: text.clone(), span: self.span_of(array) };
        let keys = self.keys()?;
        let span = self.join(name.span, self.last_span());
        let height = self.above(&keys);
        self.expr(ExprKind::Index { array: name, keys }, span, height)
    }

    /// The order behind an array: `+`, `-`, `@sum-`.
    fn array_order(&mut self, sort: &mut Option<Sort>) {
        let operator = self.sort_operator();
        let sign = self.sort_sign(SortBy::Value(operator.clone()));
        if let (Some(operator), None) = (operator, &sign) {
            let message = format!("`@{}` without an order", operator.text);
            self.report(
                Diagnostic::error("unexpected-token", message)
                    .at(operator.span, "expected `+` or `-` behind it"),
            );
        }
        self.note_sort(sort, sign);
    }

    fn sort_operator(&mut self) -> Option<Name> {
        if !self.is(TokenKind::AtWord) {
            return None;
        }
        let mut name = self.bump_name();
        name.text = name.text.trim_start_matches('@').to_owned();
        if !SORT_OPERATORS.contains(&name.text.as_str()) {
            let message = format!("a loop cannot be sorted by `@{}`", name.text);
            let diagnostic = Diagnostic::error("unexpected-token", message)
                .at(name.span, "expected an operator that reads an aggregate, such as `@sum`");
            let known = stapc_diagnostics::suggest(&name.text, SORT_OPERATORS);
            self.report(match known {
                Some(known) => diagnostic.help(format!("did you mean `@{known}`?")),
                None => diagnostic,
            });
        }
        Some(name)
    }

    /// A `+` or `-` behind a name in the head of a loop.
    fn sort_sign(&mut self, by: SortBy) -> Option<Sort> {
        let descending = self.is(T!["-"]);
        if !descending && !self.is(T!["+"]) {
            return None;
        }
        let span = self.bump().span;
        Some(Sort { by, descending, span })
    }

    fn note_sort(&mut self, sort: &mut Option<Sort>, new: Option<Sort>) {
        let Some(new) = new else { return };
        if let Some(old) = sort {
            let diagnostic =
                Diagnostic::error("duplicate-clause", "a loop can be sorted by one thing only");
            self.report(diagnostic.at(new.span, "second order").also(old.span, "first order"));
        }
        *sort = Some(new);
    }
}
