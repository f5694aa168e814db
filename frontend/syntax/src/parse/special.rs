//! Expressions that begin with `$` or `@`.

use stapc_diagnostics::{Diagnostic, Span};

use super::{Parsed, Parser};
use crate::{
    ast::{ExprId, ExprKind, Name},
    token::TokenKind,
};

/// What is read from an aggregate or drawn of it.
const STATISTICS: [&str; 7] = ["count", "sum", "min", "max", "avg", "hist_log", "hist_linear"];

/// Operators of the language that are not built yet.
const LATER: [&str; 12] = [
    "variance",
    "defined",
    "entry",
    "cast",
    "var",
    "perf",
    "const",
    "kregister",
    "uregister",
    "probewrite",
    "module",
    "choose_defined",
];

impl Parser<'_> {
    /// `$name` and the members behind it.
    pub(super) fn target(&mut self) -> Parsed<ExprId> {
        let token = self.token();
        let text = self.text_of(token);
        let name = text.trim_start_matches('$');
        if name.is_empty() && text == "$" {
            return Err(self.unexpected("an expression"));
        }
        if self.is_script_argument() {
            self.script_argument();
            return self.expr(ExprKind::Error, token.span, &[]);
        }
        self.bump();
        let special = match text {
            _ if text.starts_with("$$") => {
                Some("collections of variables (`$$vars`, `$$parms`, …)")
            }
            _ if name.ends_with('$') => Some("printing a whole structure (`$x$`)"),
            _ if name.contains('$') => Some("names with a `$` inside"),
            _ => None,
        };
        if let Some(special) = special {
            self.report(Diagnostic::unsupported(special, token.span));
            self.suffixes()?;
            return self.expr(ExprKind::Error, token.span, &[]);
        }
        let members = self.members()?;
        let span = token.span.to(self.last_span());
        if self.is("[") {
            self.suffixes()?;
            return self.expr(ExprKind::Error, span, &[]);
        }
        self.expr(ExprKind::Target { name: name.to_owned(), members }, span, &[])
    }

    /// `->member->member`, perhaps none.
    fn members(&mut self) -> Parsed<Vec<Name>> {
        let mut members = Vec::new();
        while self.eat("->") {
            let member = self.token();
            if member.kind != TokenKind::Identifier {
                return Err(self.unexpected("the name of a member"));
            }
            self.bump();
            let text = self.text_of(member);
            if text.contains('$') {
                self.report(Diagnostic::unsupported(
                    "printing a whole structure (`$x$`)",
                    member.span,
                ));
            }
            members.push(Name { text: text.to_owned(), span: member.span });
        }
        Ok(members)
    }

    /// What may follow `$x` or `@cast(…)`: members and elements. Elements are not supported.
    pub(super) fn suffixes(&mut self) -> Parsed<()> {
        loop {
            let span = self.token().span;
            if self.is("->") {
                self.members()?;
            } else if self.eat("[") {
                self.report(Diagnostic::unsupported(
                    "elements of a target variable (`$x[…]`)",
                    span,
                ));
                self.list("]", "after the index")?;
            } else {
                return Ok(());
            }
        }
    }

    /// `@count(…)` and its kin.
    pub(super) fn at_word(&mut self) -> Parsed<ExprId> {
        let token = self.token();
        let text = self.text_of(token).trim_start_matches('@');
        if self.is_script_argument() {
            self.script_argument();
            return self.expr(ExprKind::Error, token.span, &[]);
        }
        self.bump();
        if STATISTICS.contains(&text) {
            return self.statistic(Name { text: text.to_owned(), span: token.span });
        }
        if LATER.contains(&text) {
            self.report(Diagnostic::unsupported(format!("`@{text}`"), token.span));
        } else {
            self.macro_use(text, token.span);
        }
        let args = if self.is("(") { self.arguments()? } else { Vec::new() };
        self.suffixes()?;
        self.expr(ExprKind::Error, token.span.to(self.last_span()), &args)
    }

    fn statistic(&mut self, operator: Name) -> Parsed<ExprId> {
        let args = self.arguments()?;
        let span = operator.span.to(self.last_span());
        let bracket = self.token().span;
        if self.eat("[") {
            self.report(Diagnostic::unsupported("single buckets of a histogram", bracket));
            self.list("]", "after the number of the bucket")?;
        }
        let children = args.clone();
        self.expr(ExprKind::Statistic { operator, args }, span, &children)
    }

    /// `@name`, which is a macro's, or a slip of the keys.
    fn macro_use(&mut self, name: &str, span: Span) {
        let diagnostic =
            Diagnostic::unsupported(format!("macros (`@{name}`)"), span).suggest(name, STATISTICS);
        self.report(diagnostic);
        self.hole = self.hole.min(span.start);
    }
}
