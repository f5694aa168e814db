//! Operators that begin with `@`, and print and its kin: what each takes is known to the parser.

use stapc_diagnostics::Diagnostic;

use super::{Lost, Parsed, Parser};
use crate::{
    ast::{ExprId, ExprKind, Name, OPERATORS, STATISTICS},
    token::{T, TokenKind},
};

/// What an operator takes at a position between its parentheses.
#[derive(Clone, Copy)]
enum Takes {
    Value,
    Number,
    String,
    /// The name of a variable.
    Variable,
}

/// What an operator takes: what must stand there, and what may stand behind it.
fn signature(operator: &str) -> (&'static [Takes], &'static [Takes]) {
    match operator {
        "cast" => (&[Takes::Value, Takes::String], &[Takes::String]),
        "var" => (&[Takes::String], &[Takes::String]),
        "const" | "perf" => (&[Takes::String], &[]),
        "enum" => (&[Takes::String], &[Takes::String]),
        "kderef" | "uderef" => (&[Takes::Number, Takes::Value], &[]),
        "kregister" | "uregister" => (&[Takes::Number], &[]),
        "probewrite" => (&[Takes::Variable], &[]),
        "variance" => (&[Takes::Value], &[Takes::Number]),
        "hist_linear" => (&[Takes::Value, Takes::Number, Takes::Number, Takes::Number], &[]),
        _ => (&[Takes::Value], &[]),
    }
}

/// What a function of the print family takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Values, or one histogram.
    Values {
        /// Whether there need not be any.
        none: bool,
    },
    /// A string between the values, and at least two of these.
    Delimited,
    /// A format and values.
    Format,
}

/// What a function takes if it is print or its kin. Their names are no variables.
pub fn print_family(name: &str) -> Option<Family> {
    if !name.starts_with("print") && !name.starts_with("sprint") {
        return None;
    }
    match name.strip_prefix('s').unwrap_or(name) {
        "print" => Some(Family::Values { none: false }),
        "println" => Some(Family::Values { none: true }),
        "printd" | "printdln" => Some(Family::Delimited),
        "printf" => Some(Family::Format),
        _ => None,
    }
}

impl Parser<'_> {
    /// An expression that begins with `@`, except `@cast` and `@var`.
    pub(super) fn at_word(&mut self) -> Parsed<ExprId> {
        if self.at_histogram() {
            return self.bucket();
        }
        let token = self.token();
        let text = self.text_of(token).trim_start_matches('@');
        let statistic = STATISTICS.contains(&text);
        if !statistic && !OPERATORS.contains(&text) {
            return Err(self.unknown_operator());
        }
        let (operator, args) = self.operator()?;
        let span = self.join(token.span, self.last_span());
        let height = self.above(&args);
        let kind = if statistic {
            ExprKind::Statistic { operator, args }
        } else {
            ExprKind::Operator { operator, args }
        };
        self.expr(kind, span, height)
    }

    /// Reports an `@name` that is neither an operator nor a macro.
    fn unknown_operator(&mut self) -> Lost {
        let token = self.token();
        let text = self.text_of(token);
        let name = text.trim_start_matches('@');
        let message = format!("no macro or operator is called {}", self.found(token));
        let diagnostic = Diagnostic::error("macro-undefined", message);
        let macros = self.macros.iter().map(String::as_str);
        let known = OPERATORS.into_iter().chain(STATISTICS).chain(["cast", "var"]).chain(macros);
        let diagnostic = diagnostic.at(token.span, "neither defined nor built in");
        let diagnostic = match stapc_diagnostics::suggest(name, known) {
            Some(known) => diagnostic.help(format!("did you mean `@{known}`?")),
            None => diagnostic,
        };
        self.report(diagnostic)
    }

    /// An operator and what it takes.
    pub(super) fn operator(&mut self) -> Parsed<(Name, Vec<ExprId>)> {
        let token = self.bump();
        let text = self.text_of(token).trim_start_matches('@');
        let (needed, optional) = signature(text);
        let name = Name { text: text.to_owned(), span: token.span };
        self.expect(T!["("], "before the arguments")?;
        let mut args = Vec::with_capacity(needed.len());
        for &takes in needed {
            if !args.is_empty() {
                self.expect(T![","], &format!("and another argument of `@{text}`"))?;
            }
            args.push(self.operand(takes)?);
        }
        for &takes in optional {
            if self.eat(T![","]) {
                args.push(self.operand(takes)?);
            }
        }
        self.expect(T![")"], &format!("after the arguments of `@{text}`"))?;
        Ok((name, args))
    }

    fn operand(&mut self, takes: Takes) -> Parsed<ExprId> {
        match takes {
            Takes::Value => self.expression(),
            Takes::Number => {
                let (value, span) = self.number("a number")?;
                self.expr(ExprKind::Number(value), span, 0)
            }
            Takes::String => {
                let text = self.literal_string("not-constant", "a string in quotes")?;
                let span = text.span;
                self.expr(ExprKind::String(text), span, 0)
            }
            Takes::Variable if self.is(TokenKind::Target) => self.value(),
            Takes::Variable => {
                let name = self.name("the name of a variable")?;
                self.expr(ExprKind::Name(name.text), name.span, 0)
            }
        }
    }

    pub(super) fn at_histogram(&self) -> bool {
        self.is(TokenKind::AtWord)
            && matches!(self.text_of(self.token()), "@hist_log" | "@hist_linear")
    }

    /// `@hist_log(x)`, which is no value.
    pub(super) fn histogram(&mut self) -> Parsed<ExprId> {
        let start = self.token().span;
        let (operator, args) = self.operator()?;
        let span = self.join(start, self.last_span());
        let height = self.above(&args);
        self.expr(ExprKind::Statistic { operator, args }, span, height)
    }

    /// `@hist_log(x)[i]`, or `@hist_log(x)` where it may stand alone.
    fn bucket(&mut self) -> Parsed<ExprId> {
        let start = self.at;
        let histogram = self.histogram()?;
        if start == self.alone && self.is(T![")"]) {
            return Ok(histogram);
        }
        if !self.is(T!["["]) {
            let span = self.span_of(histogram);
            let diagnostic = Diagnostic::error("unexpected-token", "a histogram is not a value")
                .at(span, "expected a bucket of it, such as `[0]` behind it")
                .help("`print(@hist_log(x))` draws it, and `foreach` goes over its buckets");
            return Err(self.report(diagnostic));
        }
        self.bump();
        let index = self.expression()?;
        self.expect(T!["]"], "after the number of the bucket")?;
        let span = self.join(self.span_of(histogram), self.last_span());
        let height = self.above(&[histogram, index]);
        self.expr(ExprKind::Bucket { histogram, index }, span, height)
    }

    /// A call of print or its kin.
    pub(super) fn print_call(&mut self, name: Name, family: Family) -> Parsed<ExprId> {
        self.expect(T!["("], &format!("after `{}`", name.text))?;
        let mut args = Vec::new();
        match family {
            Family::Values { none: true } if self.eat(T![")"]) => {}
            Family::Values { .. } => {
                self.alone = self.at;
                self.more_arguments(&mut args)?;
            }
            Family::Delimited => {
                args.push(self.literal_argument("the text between the values, in quotes")?);
                self.expect(T![","], "and the values after the text between them")?;
                args.push(self.expression()?);
                self.expect(T![","], "and another value (one alone needs no text between)")?;
                self.more_arguments(&mut args)?;
            }
            Family::Format => {
                args.push(self.literal_argument("a format in quotes")?);
                if self.eat(T![","]) {
                    self.more_arguments(&mut args)?;
                } else {
                    self.expect(T![")"], "after the arguments")?;
                }
            }
        }
        self.call(name, args)
    }

    fn literal_argument(&mut self, what: &str) -> Parsed<ExprId> {
        let text = self.literal_string("format-literal", what)?;
        let span = text.span;
        self.expr(ExprKind::String(text), span, 0)
    }
}
