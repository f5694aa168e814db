//! Text of a probe script to tokens to an abstract syntax tree, and back to text.
//!
//! pest gives the lexical grammar ([`lex`]); the syntax is parsed over tokens by recursive descent
//! ([`parse`]), with the language's precedence table in one place. Nothing here fails on bad input:
//! what could not be parsed is reported, and parsing goes on behind it.

pub mod ast;
mod holes;
mod literal;
mod parse;
mod print;
mod token;

use std::ops::Range;

use stapc_diagnostics::Span;

pub use parse::parse;
pub use print::print;
pub use token::{Token, TokenKind, dump, lex};

/// The place in the script of some bytes of a string: `literal` is where the string literal (or
/// several side by side) stands, `range` counts bytes of the text that it stands for.
pub fn place_in_string(file: &ast::File, literal: Span, range: Range<usize>) -> Option<Span> {
    let text = file.text.get(literal.start as usize..literal.end as usize)?;
    let (tokens, _) = lex(file.id, text);
    let mut before = 0;
    let mut found: Option<Span> = None;
    for token in tokens.iter().filter(|token| token.kind == TokenKind::String) {
        let piece = text.get(token.span.start as usize..token.span.end as usize)?;
        let length = literal::string(piece).text.len();
        for offset in range.clone().filter(|offset| (before..before + length).contains(offset)) {
            let place = literal::place(piece, offset - before)?;
            let start = literal.start + token.span.start;
            let place =
                Span::new(literal.file, start + place.start as u32, start + place.end as u32);
            found = Some(found.map_or(place, |found| found.to(place)));
        }
        before += length;
    }
    found
}
