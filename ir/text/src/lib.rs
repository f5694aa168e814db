//! IR text to IR: the inverse of [`stapc_ir::print`].
//!
//! What the printer writes is read back as a module that prints the same text. The text is read a
//! line at a time, so that one mistake does not hide the next. What is read need not be in order:
//! [`stapc_ir::verify`] says whether it is.

mod body;
mod immediate;
mod line;
mod module;
mod read;
pub mod reference;

pub use read::{ReadError, read_module};
use stapc_ir::Module;

/// Something wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct TextError {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads a module.
///
/// # Errors
/// Everything wrong with the text, in its order.
pub fn parse(text: &str) -> Result<Module, Vec<TextError>> {
    let mut errors = Vec::new();
    let lines = line::lines(text, &mut errors);
    // Lines left out would make others wrong that are not.
    if !errors.is_empty() {
        return Err(errors);
    }
    let module = module::build(&lines, &mut errors);
    errors.sort();
    if errors.is_empty() { Ok(module) } else { Err(errors) }
}
