//! A module in either of its forms.

use std::fmt;

use stapc_ir::{JsonError, Module, from_json};

use crate::{TextError, parse};

/// What is wrong with a module's text or JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// It is no IR text.
    Text(Vec<TextError>),
    /// It is no JSON: where, and why.
    Syntax(TextError),
    /// It is JSON, but no module's.
    Json(JsonError),
}

impl fmt::Display for ReadError {
    /// A line for each thing that is wrong, beginning with its place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(errors) => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Syntax(error) => error.fmt(f),
            Self::Json(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads a module from IR text, or from JSON if the text is an object's.
///
/// # Errors
/// What is wrong with it.
pub fn read_module(text: &str) -> Result<Module, ReadError> {
    if !text.trim_start().starts_with('{') {
        return parse(text).map_err(ReadError::Text);
    }
    let json = serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        ReadError::Syntax(TextError { line: error.line(), column: error.column(), message })
    })?;
    from_json(&json).map_err(ReadError::Json)
}
