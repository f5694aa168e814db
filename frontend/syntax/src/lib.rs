//! Text of a probe script to tokens to an abstract syntax tree, and back to text.
//!
//! pest gives the lexical grammar ([`lex`]); the syntax is parsed over tokens by recursive descent
//! ([`parse`]), with the language's precedence table in one place. Nothing here fails on bad input:
//! what could not be parsed is reported, and parsing goes on behind it.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

pub mod ast;
mod literal;
mod parse;
mod print;
mod token;

pub use parse::parse;
pub use print::print;
pub use token::{Token, TokenKind, dump, lex};
