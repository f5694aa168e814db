//! Script text to tokens, by hand over its bytes. `tests/lexical_grammar.rs` states the grammar and
//! holds this to it.

use memchr::{memchr, memchr2, memchr3, memmem};
use stapc_diagnostics::{Diagnostic, FileId, Span, bytes};

use crate::token::{T, Token, TokenKind};

/// Errors shown for one file; more of them say nothing new.
pub(crate) const MAX_ERRORS: usize = 50;

/// Offsets into scripts, tokens and the tree take a multiple of a script's size.
const LONGEST_SCRIPT: usize = 64 << 20;

const NO_TOKEN: &str = "unexpected-character";

/// The tokens of `text`, ending with [`TokenKind::End`]; what is no token is reported, and is
/// [`TokenKind::Stray`]. Comments are among them only if asked for.
pub fn scan(file: FileId, text: &str, comments: bool) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut scanner = Scanner::new(file, text, comments);
    if text.len() > LONGEST_SCRIPT {
        scanner.at = text.len();
        let message = format!("a script of more than {} MiB", LONGEST_SCRIPT >> 20);
        let place = Span::new(file, 0, 0);
        scanner.diagnostics.push(Diagnostic::error("too-large", message).at(place, ""));
    }
    scanner.run();
    (scanner.tokens, scanner.diagnostics)
}

/// What a token may be that begins with a byte.
#[derive(Clone, Copy)]
enum Class {
    Blank,
    Letter,
    Digit,
    Quote,
    SingleQuote,
    Dollar,
    At,
    Hash,
    Slash,
    Percent,
    Operator,
    Other,
}

/// The class of each byte.
static CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b' ' | b'\t'..=b'\r' => Class::Blank,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'"' => Class::Quote,
            b'\'' => Class::SingleQuote,
            b'$' => Class::Dollar,
            b'@' => Class::At,
            b'#' => Class::Hash,
            b'/' => Class::Slash,
            b'%' => Class::Percent,
            b'!' | b'&' | b'(' | b')' | b'*' | b'+' | b',' | b'-' | b'.' | b':' | b';' | b'<'
            | b'=' | b'>' | b'?' | b'[' | b']' | b'^' | b'{' | b'|' | b'}' | b'~' => {
                Class::Operator
            }
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
}

/// Whether a byte may stand in a name behind its first.
pub(crate) fn in_name(byte: u8) -> bool {
    matches!(CLASSES[byte as usize], Class::Letter | Class::Digit | Class::Dollar)
}

struct Scanner<'a> {
    file: FileId,
    text: &'a str,
    /// Where the next token is looked for.
    at: usize,
    comments: bool,
    tokens: Vec<Token>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Scanner<'a> {
    fn new(file: FileId, text: &'a str, comments: bool) -> Self {
        // A byte-order mark, which some editors write, is no part of the script.
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let tokens = Vec::with_capacity(text.len() / 5 + 1);
        Self { file, text, at, comments, tokens, diagnostics: Vec::new() }
    }

    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&first) = bytes.get(self.at) {
            match CLASSES[first as usize] {
                Class::Blank => self.at += 1,
                Class::Letter => self.name(),
                Class::Digit => {
                    let length = run_of(&bytes[self.at..], |byte| byte.is_ascii_alphanumeric());
                    self.push(TokenKind::Number, length);
                }
                Class::Quote => self.string(),
                Class::Dollar => self.dollar(),
                Class::At => self.at_sign(),
                Class::Hash => self.line_comment(),
                Class::Slash => match bytes.get(self.at + 1) {
                    Some(b'/') => self.line_comment(),
                    Some(b'*') => self.block_comment(),
                    _ => self.operator(),
                },
                Class::Percent if bytes.get(self.at + 1) == Some(&b'{') => self.embedded(),
                Class::Percent | Class::Operator => self.operator(),
                Class::SingleQuote => self.single_quoted(),
                Class::Other => self.stray(),
            }
        }
        self.push(TokenKind::End, 0);
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next so many bytes are a token.
    fn push(&mut self, kind: TokenKind, length: usize) {
        let span = Span::new(self.file, self.at as u32, (self.at + length) as u32);
        self.tokens.push(Token { kind, span });
        self.at += length;
    }

    fn name(&mut self) {
        let length = run_of(self.rest(), in_name);
        // `length` bytes of ASCII.
        let text = self.text.get(self.at..self.at + length).unwrap_or("");
        let kind = if (2..=8).contains(&length) { TokenKind::keyword(text) } else { None };
        self.push(kind.unwrap_or(TokenKind::Identifier), length);
    }

    fn operator(&mut self) {
        match operator(self.rest()) {
            Some(kind) => self.push(kind, kind.text().len()),
            None => self.stray(),
        }
    }

    fn string(&mut self) {
        let rest = self.rest();
        let mut length = 1;
        while let Some(found) = memchr3(b'"', b'\\', b'\n', &rest[length..]) {
            length += found;
            match (rest[length], &rest[length + 1..]) {
                (b'"', _) => return self.push(TokenKind::String, length + 1),
                (b'\\', [b'\r', b'\n', ..]) => length += 3,
                (b'\\', [_, ..]) => length += 2,
                (b'\\', []) => length += 1,
                _ => return self.open_string(length),
            }
        }
        self.open_string(rest.len());
    }

    fn open_string(&mut self, length: usize) {
        self.report("unterminated-string", "this string has no closing quote on its line", length);
        // What it would hold is not known, but that a string stands here.
        self.push(TokenKind::String, length);
    }

    /// `$name`, or an argument of the script.
    fn dollar(&mut self) {
        let behind = &self.rest()[1..];
        match behind.first() {
            Some(b'#') => self.push(TokenKind::Argument, 2),
            Some(b'0'..=b'9') => {
                self.push(TokenKind::Argument, 1 + run_of(behind, |byte| byte.is_ascii_digit()));
            }
            _ => self.push(TokenKind::Target, 1 + run_of(behind, in_name)),
        }
    }

    /// `@name`, or an argument of the script as a string.
    fn at_sign(&mut self) {
        let behind = &self.rest()[1..];
        match behind.first() {
            Some(b'#') => self.push(TokenKind::Argument, 2),
            Some(b'0'..=b'9') => {
                self.push(TokenKind::Argument, 1 + run_of(behind, |byte| byte.is_ascii_digit()));
            }
            Some(&byte) if in_name(byte) => {
                self.push(TokenKind::AtWord, 1 + run_of(behind, in_name));
            }
            _ => self.stray(),
        }
    }

    fn comment(&mut self, length: usize) {
        if self.comments {
            self.push(TokenKind::Comment, length);
        } else {
            self.at += length;
        }
    }

    fn line_comment(&mut self) {
        let rest = self.rest();
        self.comment(memchr(b'\n', rest).unwrap_or(rest.len()));
    }

    fn block_comment(&mut self) {
        let rest = self.rest();
        match memmem::find(&rest[2..], b"*/") {
            Some(length) => self.comment(length + 4),
            None => {
                self.report("unterminated-comment", "this comment has no closing `*/`", rest.len());
                self.comment(rest.len());
            }
        }
    }

    fn embedded(&mut self) {
        let rest = self.rest();
        match memmem::find(&rest[2..], b"%}") {
            Some(length) => self.push(TokenKind::Embedded, length + 4),
            None => {
                self.report(
                    "unterminated-embedded",
                    "this embedded C has no closing `%}`",
                    rest.len(),
                );
                self.push(TokenKind::Stray, rest.len());
            }
        }
    }

    fn single_quoted(&mut self) {
        let rest = self.rest();
        match memchr2(b'\'', b'\n', &rest[1..]) {
            Some(length) if rest[length + 1] == b'\'' => {
                self.report(NO_TOKEN, "single quotes have no meaning here", length + 2);
                self.push(TokenKind::Stray, length + 2);
            }
            _ => self.stray(),
        }
    }

    /// What no token begins with; neighbours are reported together.
    fn stray(&mut self) {
        let other = |byte: u8| matches!(CLASSES[byte as usize], Class::Other);
        let length = run_of(self.rest(), other).max(1);
        self.report(NO_TOKEN, "this has no meaning here", length);
        self.push(TokenKind::Stray, length);
    }

    /// Says what is wrong with the next so many bytes.
    fn report(&mut self, slug: &'static str, problem: &str, length: usize) {
        if self.diagnostics.len() >= MAX_ERRORS {
            return;
        }
        let text = self.text.get(self.at..self.at + length).unwrap_or("");
        // Of what runs over lines, the place where it opens says most.
        let width = memchr(b'\n', text.as_bytes()).unwrap_or(length).max(1);
        let place = Span::new(self.file, self.at as u32, (self.at + width) as u32);
        let diagnostic = Diagnostic::error(slug, problem).at(place, "");
        self.diagnostics.push(match text.chars().next() {
            Some('\'') => diagnostic.help("strings stand between double quotes: `\"…\"`"),
            Some('\\') => {
                diagnostic.help("a line needs no backslash to be continued by the next one")
            }
            _ if slug == NO_TOKEN && text.chars().any(|c| bytes::byte_of(c).is_some()) => {
                Diagnostic::error(slug, "this is not UTF-8 text")
                    .at(place, "")
                    .help("convert the file to UTF-8, for example with `iconv`")
            }
            _ => diagnostic,
        });
    }
}

/// How many bytes from the first on are such.
fn run_of(bytes: &[u8], such: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !such(byte)).unwrap_or(bytes.len())
}

/// The longest operator that some bytes begin with.
fn operator(bytes: &[u8]) -> Option<TokenKind> {
    let second = bytes.get(1).copied().unwrap_or(0);
    Some(match (*bytes.first()?, second) {
        (b'(', _) => T!["("],
        (b')', _) => T![")"],
        (b'[', _) => T!["["],
        (b']', _) => T!["]"],
        (b'{', _) => T!["{"],
        (b'}', _) => T!["}"],
        (b',', _) => T![","],
        (b';', _) => T![";"],
        (b'.', b'=') => T![".="],
        (b'.', _) => T!["."],
        (b'?', _) => T!["?"],
        (b':', _) => T![":"],
        (b'~', _) => T!["~"],
        (b'=', b'=') => T!["=="],
        (b'=', b'~') => T!["=~"],
        (b'=', _) => T!["="],
        (b'!', b'=') => T!["!="],
        (b'!', b'~') => T!["!~"],
        (b'!', _) => T!["!"],
        (b'<', b'<') => match bytes.get(2) {
            Some(b'<') => T!["<<<"],
            Some(b'=') => T!["<<="],
            _ => T!["<<"],
        },
        (b'<', b'=') => T!["<="],
        (b'<', _) => T!["<"],
        (b'>', b'>') => match bytes.get(2) {
            Some(b'>') => T![">>>"],
            Some(b'=') => T![">>="],
            _ => T![">>"],
        },
        (b'>', b'=') => T![">="],
        (b'>', _) => T![">"],
        (b'+', b'+') => T!["++"],
        (b'+', b'=') => T!["+="],
        (b'+', _) => T!["+"],
        (b'-', b'>') => T!["->"],
        (b'-', b'-') => T!["--"],
        (b'-', b'=') => T!["-="],
        (b'-', _) => T!["-"],
        (b'*', b'=') => T!["*="],
        (b'*', _) => T!["*"],
        (b'/', b'=') => T!["/="],
        (b'/', _) => T!["/"],
        (b'%', b'(') => T!["%("],
        (b'%', b'?') => T!["%?"],
        (b'%', b':') => T!["%:"],
        (b'%', b')') => T!["%)"],
        (b'%', b'=') => T!["%="],
        (b'%', _) => T!["%"],
        (b'&', b'&') => T!["&&"],
        (b'&', b'=') => T!["&="],
        (b'&', _) => T!["&"],
        (b'^', b'=') => T!["^="],
        (b'^', _) => T!["^"],
        (b'|', b'|') => T!["||"],
        (b'|', b'=') => T!["|="],
        (b'|', _) => T!["|"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
