//! What follows the name of a function or statement: which of its places a point means.

use bstr::ByteSlice as _;
use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::Argument;

use crate::elaborate::points::Part;

/// Where in a function a point is.
#[derive(Debug, PartialEq, Eq)]
pub enum Variant {
    /// Where it is entered, and its inlined copies.
    Any,
    /// Where it is entered.
    Call,
    /// Likewise, if other objects can see it.
    Exported,
    /// Its inlined copies.
    Inline,
    /// Where it returns; so many calls may be under way, 0 for any.
    Return(u32),
    /// The nearest line that has code.
    Nearest,
    /// A label.
    Label(String),
    /// What it calls, so many calls deep.
    Callees(String, u32, Called),
    /// Where it cannot be attached to yet, by this name.
    Foreign(String, Span),
}

/// Which places of what a function calls are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// Where it is entered, and its copies in the caller.
    Any,
    /// Where it is entered.
    Call,
    /// Where it returns.
    Return,
}

impl Variant {
    /// Of where a function returns: how many calls may be under way, 0 for any.
    pub fn active_returns(&self) -> Option<u32> {
        match self {
            Self::Return(active) => Some(*active),
            Self::Callees(.., Called::Return) => Some(0),
            _ => None,
        }
    }
}

/// Where in a function the point is, by what follows its name.
pub fn variant(part: &str, variants: &[Part]) -> Result<Variant, Diagnostic> {
    let mut words = variants.iter().map(|part| (part, part.name.text.as_str(), &part.argument));
    let (first, second) = (words.next(), words.next());
    let third = words.next();
    let statement = part == "statement";
    let string = |argument: &Option<Argument>| match argument {
        Some(Argument::String(text)) => Some(text.bytes.to_str_lossy().into_owned()),
        _ => None,
    };
    match (first, second, third) {
        (None, ..) => Ok(Variant::Any),
        (Some((_, "nearest", None)), None, _) if statement => Ok(Variant::Nearest),
        (Some((_, "call", None)), None, _) if !statement => Ok(Variant::Call),
        (Some((_, "exported", None)), None, _) if !statement => Ok(Variant::Exported),
        (Some((_, "inline", None)), None, _) if !statement => Ok(Variant::Inline),
        (Some((_, "return", None)), None, _) if !statement => Ok(Variant::Return(0)),
        (
            Some((_, "return", None)),
            Some((_, "maxactive", Some(Argument::Number(calls, span)))),
            None,
        ) => match u32::try_from(*calls) {
            Ok(calls @ 1..) => Ok(Variant::Return(calls)),
            _ => Err(Diagnostic::error("probe-argument", "no such number of calls")
                .at(*span, "expected at least 1")),
        },
        (Some((_, "label", argument @ Some(_))), None, _) => {
            Ok(string(argument).map_or(Variant::Any, Variant::Label))
        }
        (Some((_, "callee", Some(Argument::String(text)))), then, None) => {
            let name = text.bytes.to_str_lossy().into_owned();
            let called = match then {
                None => Called::Any,
                Some((_, "call", None)) => Called::Call,
                Some((_, "return", None)) => Called::Return,
                Some((other, name, _)) => return wrong_variant("callee", other, name),
            };
            Ok(Variant::Callees(name, 1, called))
        }
        (Some((_, "callees", None)), None, _) => {
            Ok(Variant::Callees("*".to_owned(), 1, Called::Any))
        }
        (Some((_, "callees", Some(Argument::Number(depth, _)))), None, _) => {
            let depth = (*depth).clamp(1, 64) as u32;
            Ok(Variant::Callees("*".to_owned(), depth, Called::Any))
        }
        (Some((_, "call" | "return", None)), Some((other, name, _)), _)
        | (Some((other, name, _)), ..) => wrong_variant(part, other, name),
    }
}

fn wrong_variant(part: &str, other: &Part, name: &str) -> Result<Variant, Diagnostic> {
    const LATER: [&str; 6] = ["inline", "callee", "callees", "exported", "label", "maxactive"];
    let span = other.name.span;
    if part != "callee" && LATER.contains(&name) {
        return Ok(Variant::Foreign(name.to_owned(), span));
    }
    if matches!(name, "call" | "return") {
        let message = format!("`.{name}` cannot stand like this");
        return Err(Diagnostic::error("probe-option", message).at(span, ""));
    }
    let message = format!("a {part} has no `.{name}`");
    let known: &[&str] = match part {
        "statement" => &["nearest", "absolute"],
        "callee" => &["call", "return"],
        _ => &["call", "return", "inline", "exported", "callee", "callees", "label"],
    };
    let diagnostic = Diagnostic::error("unknown-probe-point", message);
    Err(diagnostic.at(span, "not known").suggest(name, known.iter().copied()))
}
