//! Conditions of conditionals: comparisons joined by `&&` and `||`.

use std::cmp::Ordering;

use bstr::BString;
use stapc_diagnostics::{Diagnostic, Span};

use super::{Preprocessor, compare};
use crate::{
    literal,
    token::{T, Token, TokenKind},
};

/// What may be compared beside options of the kernel's configuration, numbers and strings.
const VARIABLES: [&str; 7] =
    ["kernel_v", "kernel_vr", "arch", "systemtap_v", "systemtap_privilege", "guru_mode", "runtime"];

const OUT_OF_RANGE: &str = "number-out-of-range";

/// A side of a comparison.
enum Side {
    /// One of [`VARIABLES`].
    Variable(&'static str),
    /// `CONFIG_…`
    Option(String),
    Number(i64),
    String(BString),
}

impl Preprocessor<'_, '_> {
    /// Whether a condition is true, up to its `%?`. If it is wrong, that has been reported, and what
    /// could not be read on is read next.
    pub(super) fn condition(&mut self, open: Token) -> Option<bool> {
        let mut any = false;
        let mut all = true;
        loop {
            all &= self.comparison(any || !all)?;
            let token = self.next();
            match token.kind {
                T!["&&"] => {}
                T!["||"] | T!["%?"] => {
                    any |= all;
                    all = true;
                    if token.kind == T!["%?"] {
                        return Some(any);
                    }
                }
                _ => {
                    let found = self.named(Some(token));
                    let message = format!("expected `%?` behind the condition, found {found}");
                    let diagnostic =
                        Diagnostic::error("condition-syntax", message).at(token.span, "");
                    let diagnostic = diagnostic.also(open.span, "the conditional opens here");
                    return self.wrong(token, diagnostic);
                }
            }
        }
    }

    /// A comparison; it is only made if the outcome is not `known` without it.
    fn comparison(&mut self, known: bool) -> Option<bool> {
        let left_token = self.next();
        let left = self.left_side(left_token)?;
        let operator = self.next();
        if !is_comparison(operator.kind) {
            let found = self.named(Some(operator));
            let message = format!("expected `==`, `!=`, `<`, `<=`, `>` or `>=`, found {found}");
            return self.wrong(
                operator,
                Diagnostic::error("condition-syntax", message).at(operator.span, ""),
            );
        }
        let right_token = self.next();
        let right = self.right_side(&left, right_token)?;
        let by_wildcard = is_wildcard(&left, &right);
        let equality = matches!(operator.kind, T!["=="] | T!["!="]);
        if !equality && (by_wildcard || only_equality(&left, &right)) {
            let message = format!("expected `==` or `!=` here, found `{}`", operator.kind.text());
            let why = if by_wildcard { "a wildcard has no order" } else { "" };
            self.report("condition-operand", message, operator.span, why);
            return None;
        }
        if known {
            return Some(true);
        }
        let ordering = self.ordering(&left, &right, left_token.span)?;
        Some(match operator.kind {
            T!["=="] => ordering.is_eq(),
            T!["!="] => ordering.is_ne(),
            T!["<"] => ordering.is_lt(),
            T!["<="] => ordering.is_le(),
            T![">"] => ordering.is_gt(),
            _ => ordering.is_ge(),
        })
    }

    /// The left side of a comparison.
    fn left_side(&mut self, token: Token) -> Option<Side> {
        let text = self.text(token);
        match token.kind {
            TokenKind::Identifier => {
                if let Some(variable) = VARIABLES.into_iter().find(|variable| *variable == text) {
                    return Some(Side::Variable(variable));
                }
                if text.starts_with("CONFIG_") {
                    return Some(Side::Option(text.to_owned()));
                }
            }
            TokenKind::Number | TokenKind::String => return self.literal(token),
            _ => {}
        }
        let word = text.to_owned();
        let message = format!("expected a condition, found {}", self.named(Some(token)));
        let diagnostic = Diagnostic::error("condition-syntax", message).at(token.span, "");
        let diagnostic = diagnostic.help(format!(
            "conditions compare {} and `CONFIG_…`, or strings and numbers such as arguments",
            VARIABLES.map(|variable| format!("`{variable}`")).join(", ")
        ));
        let diagnostic = if self.frames.last().is_some_and(|frame| frame.argument) {
            diagnostic.help("behind `@` instead of `$`, an argument is a string")
        } else {
            diagnostic.suggest(&word, VARIABLES)
        };
        self.wrong(token, diagnostic)
    }

    /// What may be compared to a left side.
    fn right_side(&mut self, left: &Side, token: Token) -> Option<Side> {
        let (fits, wanted) = match (left, token.kind) {
            (Side::Variable("guru_mode"), kind) => (kind == TokenKind::Number, "0 or 1"),
            (Side::Number(_), kind) => (kind == TokenKind::Number, "a number"),
            (Side::Option(_), TokenKind::Identifier) if self.text(token).starts_with("CONFIG_") => {
                return Some(Side::Option(self.text(token).to_owned()));
            }
            (Side::Option(_), kind) => (
                matches!(kind, TokenKind::String | TokenKind::Number),
                "a string, a number or another `CONFIG_…`",
            ),
            (_, kind) => (kind == TokenKind::String, "a string"),
        };
        let right = if fits { self.literal(token)? } else { Side::Number(-1) };
        let bit = !matches!((left, &right), (Side::Variable("guru_mode"), Side::Number(2..)));
        if fits && bit {
            return Some(right);
        }
        let message =
            format!("expected {wanted} to compare with, found {}", self.named(Some(token)));
        let diagnostic = Diagnostic::error("condition-operand", message).at(token.span, "");
        self.wrong(token, diagnostic)
    }

    fn literal(&mut self, token: Token) -> Option<Side> {
        let text = self.text(token);
        if token.kind == TokenKind::Number {
            // Zeros in front do not make it octal here.
            return match text.parse().or_else(|_| literal::number(text)) {
                Ok(number @ 0..) => Some(Side::Number(number)),
                Ok(_) => {
                    let message = "this number does not fit in 63 bits";
                    self.wrong(token, Diagnostic::error(OUT_OF_RANGE, message).at(token.span, ""))
                }
                Err(problem) => {
                    let diagnostic = Diagnostic::error(problem.slug, problem.message);
                    self.wrong(token, diagnostic.at(token.span, ""))
                }
            };
        }
        let unescaped = literal::string(text);
        for (range, problem) in unescaped.problems {
            let start = token.span.start + range.start as u32;
            let place = Span { start, end: start + range.len() as u32, ..token.span };
            self.report("string-escape", problem, place, "");
        }
        Some(Side::String(unescaped.bytes))
    }

    /// Reports what keeps a condition from being read. The token is read again by what goes on
    /// behind it.
    fn wrong<T>(&mut self, token: Token, diagnostic: Diagnostic) -> Option<T> {
        self.pending = Some(token);
        // What is stray has been reported.
        if token.kind != TokenKind::Stray {
            self.diagnostics.push(diagnostic);
        }
        None
    }

    /// How two sides compare. By a wildcard, what does not match is less.
    fn ordering(&mut self, left: &Side, right: &Side, at: Span) -> Option<Ordering> {
        let environment = self.session.environment;
        let value = match left {
            Side::Number(left) => return Some(left.cmp(&number(right))),
            Side::Variable("guru_mode") => {
                return Some(i64::from(environment.guru()).cmp(&number(right)));
            }
            Side::Option(name) => environment.config(name).unwrap_or_default(),
            Side::Variable("kernel_vr") => environment.kernel_release(),
            Side::Variable("kernel_v") => version(environment.kernel_release()),
            Side::Variable("systemtap_v") => environment.compatible().to_owned(),
            Side::Variable("systemtap_privilege") => environment.privilege().to_owned(),
            Side::Variable("runtime") => environment.runtime().to_owned(),
            Side::Variable(_) => environment.arch(),
            Side::String(left) => return Some((left as &[u8]).cmp(bytes(right))),
        };
        Some(match (left, right) {
            (Side::Option(name), Side::Number(right)) => {
                let Some(left) = option_number(&value) else {
                    let message = format!("`{name}` is no number, but `{value}`");
                    self.report("condition-operand", message, at, "");
                    return None;
                };
                left.cmp(right)
            }
            (_, Side::Option(other)) => {
                let other = environment.config(other).unwrap_or_default();
                match (option_number(&value), option_number(&other)) {
                    (Some(left), Some(right)) => left.cmp(&right),
                    _ => value.cmp(&other),
                }
            }
            _ if is_wildcard(left, right) => {
                let matches = compare::wildcard(bytes(right), value.as_bytes());
                if matches { Ordering::Equal } else { Ordering::Less }
            }
            (Side::Variable("kernel_v" | "kernel_vr" | "systemtap_v"), _) => {
                compare::versions(value.as_bytes(), bytes(right))
            }
            _ => value.as_bytes().cmp(bytes(right)),
        })
    }
}

fn is_comparison(kind: TokenKind) -> bool {
    matches!(kind, T!["=="] | T!["!="] | T!["<"] | T!["<="] | T![">"] | T![">="])
}

/// Whether the right side is a pattern for the left one.
fn is_wildcard(left: &Side, right: &Side) -> bool {
    match (left, right) {
        (Side::Variable("systemtap_privilege") | Side::String(_), _) => false,
        (_, Side::String(text)) => compare::has_wildcard(text),
        _ => false,
    }
}

/// Whether two sides have no order.
fn only_equality(left: &Side, right: &Side) -> bool {
    match (left, right) {
        (Side::Variable(name), _) => !matches!(*name, "kernel_v" | "kernel_vr" | "systemtap_v"),
        (Side::Option(_), Side::String(_)) => true,
        _ => false,
    }
}

fn number(side: &Side) -> i64 {
    if let Side::Number(number) = side { *number } else { 0 }
}

fn bytes(side: &Side) -> &[u8] {
    if let Side::String(bytes) = side { bytes } else { &[] }
}

/// The version of a kernel, without what its builder calls it.
fn version(release: String) -> String {
    release.split('-').next().unwrap_or_default().to_owned()
}

/// The value of an option as a number; 0 if it is not set.
fn option_number(value: &str) -> Option<i64> {
    if value.is_empty() { Some(0) } else { value.parse().ok() }
}
