//! The regular expressions of scripts: POSIX extended ones over bytes, in which a backslash makes any
//! byte stand for itself, in brackets too.

use std::fmt;

use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, Look, Repetition};

/// How deep groups may be in groups.
const MOST_DEPTH: u32 = 100;

/// The most times that something may be asked to be repeated.
const MOST_REPETITIONS: u32 = 1000;

/// What is wrong with a regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegexError {
    /// The byte at which it is.
    pub at: usize,
    /// What it is.
    pub message: String,
}

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.at)
    }
}

impl std::error::Error for RegexError {}

type Result<T> = std::result::Result<T, RegexError>;

/// What a regular expression means.
///
/// # Errors
/// When it is not one.
pub fn parse(pattern: &[u8]) -> Result<Hir> {
    let mut parser = Parser { pattern, at: 0, groups: 0, depth: 0 };
    let all = parser.alternatives()?;
    match parser.peek() {
        None => Ok(all),
        Some(_) => Err(parser.error("this `)` closes no group")),
    }
}

struct Parser<'p> {
    pattern: &'p [u8],
    at: usize,
    groups: u32,
    depth: u32,
}

impl Parser<'_> {
    fn error(&self, message: impl Into<String>) -> RegexError {
        RegexError { at: self.at.min(self.pattern.len()), message: message.into() }
    }

    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn takes(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn alternatives(&mut self) -> Result<Hir> {
        let mut alternatives = vec![self.sequence()?];
        while self.takes(b'|') {
            alternatives.push(self.sequence()?);
        }
        Ok(Hir::alternation(alternatives))
    }

    fn sequence(&mut self) -> Result<Hir> {
        let mut parts = Vec::new();
        while !matches!(self.peek(), None | Some(b'|' | b')')) {
            parts.push(self.repeated()?);
        }
        Ok(Hir::concat(parts))
    }

    /// Something, and how often.
    fn repeated(&mut self) -> Result<Hir> {
        let anchor = matches!(self.peek(), Some(b'^' | b'$'));
        let mut part = self.single()?;
        let mut times = 0;
        loop {
            let (min, max) = match self.peek() {
                Some(b'*') => (0, None),
                Some(b'+') => (1, None),
                Some(b'?') => (0, Some(1)),
                Some(b'{') => {
                    self.at += 1;
                    self.bounds()?
                }
                _ => return Ok(part),
            };
            if anchor {
                return Err(self.error("a position cannot be repeated"));
            }
            times += 1;
            if times > MOST_DEPTH {
                return Err(self.error("too many repetitions of repetitions"));
            }
            self.at += 1;
            part = Hir::repetition(Repetition { min, max, greedy: true, sub: Box::new(part) });
        }
    }

    /// What stands between `{` and `}`.
    fn bounds(&mut self) -> Result<(u32, Option<u32>)> {
        let min = self.number()?;
        let max = match self.takes(b',') {
            false => min,
            true if self.peek() == Some(b'}') => None,
            true => self.number()?,
        };
        if self.peek() != Some(b'}') {
            return Err(self.error("expected `}`"));
        }
        match (min, max) {
            (Some(min), Some(max)) if min > max => {
                Err(self.error("the least is more than the most"))
            }
            (min, max) => Ok((min.unwrap_or(0), max)),
        }
    }

    fn number(&mut self) -> Result<Option<u32>> {
        let from = self.at;
        let mut number = 0u32;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            self.at += 1;
            number = number * 10 + u32::from(digit - b'0');
            if number > MOST_REPETITIONS {
                let most = format!("more than {MOST_REPETITIONS} repetitions");
                return Err(self.error(most));
            }
        }
        if self.at == from {
            return Err(self.error("expected a number"));
        }
        Ok(Some(number))
    }

    fn single(&mut self) -> Result<Hir> {
        let byte = match self.peek() {
            Some(b'*' | b'+' | b'?' | b'{') => {
                return Err(self.error("there is nothing before this to repeat"));
            }
            Some(b'(') => return self.group(),
            Some(b'[') => return self.bracket(),
            byte => byte,
        };
        self.at += 1;
        Ok(match byte {
            Some(b'.') => Hir::class(Class::Bytes(any())),
            Some(b'^') => Hir::look(Look::Start),
            Some(b'$') => Hir::look(Look::End),
            Some(b'\\') => match self.take() {
                Some(byte) => Hir::literal([byte]),
                None => return Err(self.error("nothing follows the backslash")),
            },
            Some(byte) => Hir::literal([byte]),
            None => Hir::empty(),
        })
    }

    fn group(&mut self) -> Result<Hir> {
        let from = self.at;
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.error("groups are too deep in each other"));
        }
        self.at += 1;
        self.groups += 1;
        let index = self.groups;
        let sub = Box::new(self.alternatives()?);
        if !self.takes(b')') {
            return Err(RegexError { at: from, message: "this group has no `)`".to_owned() });
        }
        self.depth -= 1;
        Ok(Hir::capture(Capture { index, name: None, sub }))
    }

    fn bracket(&mut self) -> Result<Hir> {
        let from = self.at;
        self.at += 1;
        let negated = self.takes(b'^');
        let mut class = ClassBytes::empty();
        let mut first = true;
        loop {
            let unclosed = RegexError { at: from, message: "this class has no `]`".to_owned() };
            let start = match self.take().ok_or_else(|| unclosed.clone())? {
                b']' if !first => break,
                b'[' if matches!(self.peek(), Some(b':' | b'=' | b'.')) => {
                    match self.named(&mut class)? {
                        Some(byte) => byte,
                        None => {
                            first = false;
                            continue;
                        }
                    }
                }
                b'\\' => self.take().ok_or_else(|| unclosed.clone())?,
                byte => byte,
            };
            first = false;
            let range = self.peek() == Some(b'-')
                && self.pattern.get(self.at + 1).is_some_and(|&byte| byte != b']');
            let mut end = start;
            if range {
                self.at += 1;
                end = match self.take().ok_or_else(|| unclosed.clone())? {
                    b'\\' => self.take().ok_or(unclosed)?,
                    b'[' if matches!(self.peek(), Some(b':' | b'=' | b'.')) => {
                        self.named(&mut class)?.unwrap_or(start)
                    }
                    byte => byte,
                };
            }
            if start > end {
                return Err(self.error("this range ends before it starts"));
            }
            class.push(ClassBytesRange::new(start, end));
        }
        if negated {
            class.negate();
        }
        // Strings have no NUL in them.
        class.intersect(&any());
        Ok(Hir::class(Class::Bytes(class)))
    }

    /// `[:name:]`, which is added to the class, or the one byte of `[.b.]` and `[=b=]`.
    fn named(&mut self, class: &mut ClassBytes) -> Result<Option<u8>> {
        let Some(kind) = self.take() else { return Err(self.error("expected `:`")) };
        let from = self.at;
        let rest = &self.pattern[from..];
        let Some(length) = rest.windows(2).position(|pair| pair == [kind, b']']) else {
            return Err(self.error(format!("expected `{}]`", char::from(kind))));
        };
        let name = &rest[..length];
        if kind != b':' {
            let &[byte] = name else { return Err(self.error("expected one byte")) };
            self.at += length + 2;
            return Ok(Some(byte));
        }
        let known = NAMED.iter().find(|(known, _)| known.as_bytes() == name);
        let Some((_, ranges)) = known else {
            return Err(self.error("there is no class of this name"));
        };
        self.at += length + 2;
        for &(start, end) in *ranges {
            class.push(ClassBytesRange::new(start, end));
        }
        Ok(None)
    }
}

/// Any byte that a string may have.
fn any() -> ClassBytes {
    ClassBytes::new([ClassBytesRange::new(1, 255)])
}

/// The named classes, by ranges of bytes.
const NAMED: [(&str, &[(u8, u8)]); 12] = [
    ("alnum", &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')]),
    ("alpha", &[(b'A', b'Z'), (b'a', b'z')]),
    ("blank", &[(b'\t', b'\t'), (b' ', b' ')]),
    ("cntrl", &[(1, 31), (127, 127)]),
    ("digit", &[(b'0', b'9')]),
    ("graph", &[(b'!', b'~')]),
    ("lower", &[(b'a', b'z')]),
    ("print", &[(b' ', b'~')]),
    ("punct", &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')]),
    ("space", &[(b'\t', b'\r'), (b' ', b' ')]),
    ("upper", &[(b'A', b'Z')]),
    ("xdigit", &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')]),
];
