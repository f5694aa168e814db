//! Text of a probe script to tokens to an abstract syntax tree, and back to text.
//!
//! [`scan`] finds the tokens, [`preprocess`] decides which of them count, [`parse`] makes the tree
//! of them by recursive descent, with the language's precedence table in one place. Nothing here
//! fails on bad input: what could not be understood is reported, and work goes on behind it.

pub mod ast;
mod environment;
mod format;
mod index;
mod literal;
mod parse;
mod preprocess;
mod print;
mod same;
mod scan;
mod token;

pub use environment::{Environment, Plain, Session};
pub use format::format;
pub use index::{Declared, Kind, declared};
pub use literal::{NumberError, number, place_in_string};
pub use parse::parse;
pub use preprocess::preprocess;
pub use print::print;
pub use same::same;
pub use scan::scan;
pub use token::{Token, TokenKind, dump};
