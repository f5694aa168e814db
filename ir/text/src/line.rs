//! The lines of a text, each parsed by the grammar.

use std::str::FromStr;

use bstr::{BString, ByteVec as _};
use pest::{
    Parser as _,
    error::{ErrorVariant, LineColLocation},
    iterators::Pair,
};

use crate::TextError;

#[derive(pest_derive::Parser)]
#[grammar = "ir.pest"]
struct Grammar;

/// A part of a line, and the line's number.
#[derive(Debug, Clone)]
pub struct Node<'t> {
    pair: Pair<'t, Rule>,
    line: usize,
}

/// What is not empty of a text; lines that are wrong are reported and left out.
pub fn lines<'t>(text: &'t str, errors: &mut Vec<TextError>) -> Vec<Node<'t>> {
    let mut lines = Vec::new();
    for (index, text) in text.split('\n').enumerate() {
        let line = index + 1;
        match Grammar::parse(Rule::line, text) {
            Ok(pairs) => lines.extend(
                pairs.filter(|pair| pair.as_rule() != Rule::EOI).map(|pair| Node { pair, line }),
            ),
            Err(error) => {
                let column = match error.line_col {
                    LineColLocation::Pos((_, column)) | LineColLocation::Span((_, column), _) => {
                        column
                    }
                };
                errors.push(TextError { line, column, message: message(&error.variant) });
            }
        }
    }
    lines
}

fn message(variant: &ErrorVariant<Rule>) -> String {
    let ErrorVariant::ParsingError { positives, .. } = variant else {
        return "this is not understood".to_owned();
    };
    let mut expected: Vec<&str> = positives.iter().copied().map(name).collect();
    expected.sort_unstable();
    expected.dedup();
    // At the start of a line nearly everything is possible, and a list of it helps nobody.
    if expected.is_empty() || positives.contains(&Rule::version) {
        "this is no statement".to_owned()
    } else {
        format!("expected {}", expected.join(" or "))
    }
}

/// What a reader calls a rule.
fn name(rule: Rule) -> &'static str {
    match rule {
        Rule::number | Rule::integer => "a number",
        Rule::string => "a string",
        Rule::ty | Rule::types => "a type",
        Rule::value | Rule::args | Rule::defined | Rule::definition => "a value",
        Rule::block_name | Rule::edge => "a block",
        Rule::scalar | Rule::text | Rule::stat | Rule::map => "the type of a global",
        Rule::plain | Rule::log | Rule::linear => "a histogram",
        Rule::ordered
        | Rule::when
        | Rule::timer
        | Rule::clock
        | Rule::place
        | Rule::side
        | Rule::event
        | Rule::sort
        | Rule::happening
        | Rule::happens
        | Rule::condition
        | Rule::never => "a probe point",
        Rule::params => "parameters",
        Rule::immediate | Rule::locks | Rule::iterate => "an immediate",
        Rule::by | Rule::by_key => "an order",
        Rule::global_name => "a global",
        Rule::function_name => "a function",
        Rule::plain_name => "a name",
        Rule::opcode => "an instruction",
        Rule::mode => "`read` or `write`",
        Rule::direction => "`up` or `down`",
        Rule::slot => "`slot`",
        Rule::field => "a number or a string",
        Rule::spread => "`spread`",
        Rule::within => "`in`",
        Rule::active => "`active`",
        Rule::near => "`near`",
        Rule::at => "`at`",
        Rule::catch => "`catch`",
        Rule::slots => "`slots`",
        Rule::requires => "`requires`",
        Rule::returns => "`->`",
        Rule::EOI => "the end of the line",
        _ => "more",
    }
}

impl<'t> Node<'t> {
    /// What it is.
    pub fn rule(&self) -> Rule {
        self.pair.as_rule()
    }

    /// Its text.
    pub fn text(&self) -> &'t str {
        self.pair.as_str()
    }

    /// Its parts.
    pub fn parts(&self) -> impl Iterator<Item = Self> + use<'t> {
        let line = self.line;
        self.pair.clone().into_inner().map(move |pair| Self { pair, line })
    }

    /// Its first part of this sort.
    pub fn part(&self, rule: Rule) -> Option<Self> {
        self.parts().find(|part| part.rule() == rule)
    }

    /// Something wrong with it.
    pub fn error(&self, message: impl Into<String>) -> TextError {
        TextError {
            line: self.line,
            column: self.pair.as_span().start_pos().line_col().1,
            message: message.into(),
        }
    }

    /// The number that it is.
    pub fn number<T: FromStr>(&self) -> Result<T, TextError> {
        self.text().parse().map_err(|_| self.error("the number is too large"))
    }

    /// The numbers among its parts, for all that it has.
    pub fn numbers<T: FromStr>(&self) -> Result<Vec<T>, TextError> {
        self.parts()
            .filter(|part| matches!(part.rule(), Rule::number | Rule::integer))
            .map(|part| part.number())
            .collect()
    }

    /// The string that it is, or is the name of, without quotes and escapes.
    pub fn string(&self) -> Result<String, TextError> {
        let no_text = |_| self.error("what the escapes stand for is no UTF-8");
        self.bytes().and_then(|bytes| String::from_utf8(bytes.into()).map_err(no_text))
    }

    /// Likewise, where it may be no UTF-8.
    pub fn bytes(&self) -> Result<BString, TextError> {
        match self.rule() {
            Rule::string => {
                unescape(self.text()).ok_or_else(|| self.error("the string has no end"))
            }
            Rule::plain_name => Ok(self.text().into()),
            _ => match self.parts().find(|part| {
                matches!(
                    part.rule(),
                    Rule::string | Rule::plain_name | Rule::global_name | Rule::function_name
                )
            }) {
                Some(part) => part.bytes(),
                None => Err(self.error("there is no string")),
            },
        }
    }
}

/// The text within quotes.
fn unescape(quoted: &str) -> Option<BString> {
    let mut text = BString::default();
    let mut rest = quoted.strip_prefix('"')?.strip_suffix('"')?;
    while let Some(at) = rest.find("\\x") {
        text.push_str(&rest[..at]);
        text.push(u8::from_str_radix(rest.get(at + 2..at + 4)?, 16).ok()?);
        rest = &rest[at + 4..];
    }
    text.push_str(rest);
    Some(text)
}
