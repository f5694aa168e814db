//! Tokens to the tokens that count: conditionals are decided, macros and arguments put in.
//!
//! The tokens of a file are read one after the other, those of the body of a macro or of an
//! argument in the place of its use: nothing is looked at before it is reached, so that what stands
//! in a branch that is not taken need not make sense.

mod arguments;
mod compare;
mod conditions;
mod macros;
mod stream;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    rc::Rc,
};

use stapc_diagnostics::{Diagnostic, FileId, Span};

use self::{
    macros::{Context, Macro},
    stream::Frame,
};
use crate::{
    Session, scan,
    scan::MAX_ERRORS,
    token::{T, Token, TokenKind},
};

/// The tokens of a file behind the preprocessor, ending with [`TokenKind::End`].
///
/// Where something could not be put in, which has been reported, there is a [`TokenKind::Stray`].
pub fn preprocess(session: &mut Session<'_>, file: FileId) -> (Vec<Token>, Vec<Diagnostic>) {
    session.memory.local.clear();
    let (tokens, diagnostics) = scan_held(session, file);
    if !tokens.iter().any(|token| is_special(token.kind)) {
        return (tokens, diagnostics);
    }
    let mut preprocessor = Preprocessor::new(session, tokens, diagnostics, false);
    preprocessor.run();
    let Preprocessor { out, diagnostics, macros, .. } = preprocessor;
    session.memory.local = macros.into_keys().collect();
    session.memory.local.sort_unstable();
    (out, diagnostics)
}

/// What a session remembers from file to file.
#[derive(Default)]
pub(crate) struct Memory {
    /// The macros of the library by their names; none where there is no such macro.
    library: HashMap<String, Option<Rc<Macro>>>,
    /// The names of the library's files that have been read.
    read: HashSet<String>,
    /// The arguments that have been used, as they were scanned, by the text of the use.
    arguments: HashMap<String, (FileId, Rc<Vec<Token>>)>,
    /// The arguments that have been used, counted from 1.
    pub(crate) used: BTreeSet<usize>,
    /// The macros of the file preprocessed last.
    pub(crate) local: Vec<String>,
    /// What is wrong with stray tokens, to be said once they are reached.
    held: HashMap<(FileId, u32), Diagnostic>,
}

/// Scans a file; what has no meaning in it is only reported once it is reached.
fn scan_held(session: &mut Session<'_>, file: FileId) -> (Vec<Token>, Vec<Diagnostic>) {
    let text = session.sources.shared_text(file);
    let (tokens, mut diagnostics) = scan(file, &text, false);
    if !diagnostics.is_empty() {
        let stray = tokens.iter().filter(|token| token.kind == TokenKind::Stray);
        let stray: HashSet<u32> = stray.map(|token| token.span.start).collect();
        let held = diagnostics.extract_if(.., |diagnostic| {
            diagnostic.span().is_some_and(|span| stray.contains(&span.start))
        });
        for diagnostic in held {
            let start = diagnostic.span().map_or(0, |span| span.start);
            session.memory.held.insert((file, start), diagnostic);
        }
    }
    (tokens, diagnostics)
}

/// Whether the preprocessor has to look at a token.
fn is_special(kind: TokenKind) -> bool {
    use TokenKind::{Argument, AtWord, Stray};
    matches!(kind, AtWord | Argument | Stray | T!["%("] | T!["%?"] | T!["%:"] | T!["%)"])
}

/// A conditional of which a branch is being read.
struct Open {
    /// Its `%(`.
    at: Span,
    /// Whether it is the branch behind `%:`.
    otherwise: bool,
}

/// What skipping goes up to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// The `%:` of the conditional, or its end if there is none.
    Else,
    /// Its end, with no `%:` before it.
    End,
    /// Its end, whatever is before it.
    EndOfAll,
}

struct Preprocessor<'s, 'a> {
    session: &'s mut Session<'a>,
    out: Vec<Token>,
    diagnostics: Vec<Diagnostic>,
    /// What is read from: the file, and what is in the place of something in the one before. Never
    /// empty.
    frames: Vec<Frame>,
    /// The end of the file.
    end: Token,
    /// Read, and to be read again.
    pending: Option<Token>,
    /// What macros have been used, and how. The first is that of the file.
    contexts: Vec<Context>,
    /// The macros that the file has defined so far.
    macros: HashMap<String, Rc<Macro>>,
    /// Whether it is a file of the library.
    library: bool,
    open: Vec<Open>,
    /// Whether what is read is thrown away.
    skipping: bool,
    /// How many more tokens may be put in.
    budget: usize,
    /// Whether it is used up, and the rest of the file left out.
    stopped: bool,
    /// The macros whose expansion into themselves has been reported.
    circular: HashSet<Span>,
}

impl<'s, 'a> Preprocessor<'s, 'a> {
    fn new(
        session: &'s mut Session<'a>,
        mut tokens: Vec<Token>,
        diagnostics: Vec<Diagnostic>,
        library: bool,
    ) -> Self {
        let nowhere = Span::new(FileId(0), 0, 0);
        let end = tokens.pop().unwrap_or(Token { kind: TokenKind::End, span: nowhere });
        Self {
            session,
            out: Vec::with_capacity(tokens.len() + 1),
            diagnostics,
            frames: vec![Frame::of(Rc::new(tokens))],
            end,
            pending: None,
            contexts: vec![Context::default()],
            macros: HashMap::new(),
            library,
            open: Vec::new(),
            skipping: false,
            budget: macros::MOST_TOKENS,
            stopped: false,
            circular: HashSet::new(),
        }
    }

    fn run(&mut self) {
        loop {
            self.copy_plain();
            let token = self.next();
            match token.kind {
                T!["%("] => self.conditional(token),
                T!["%:"] => self.other_branch(token),
                T!["%)"] if self.open.pop().is_some() => {}
                T!["%?"] | T!["%)"] => self.not_open(token),
                TokenKind::End => break,
                _ => self.out.push(token),
            }
        }
        if let Some(open) = self.open.pop() {
            self.not_closed(open.at);
        }
        if self.stopped {
            self.out.clear();
        }
        self.out.push(self.end);
    }

    /// Of the file itself, all goes through up to what has to be looked at.
    fn copy_plain(&mut self) {
        if let ([frame], None) = (&mut self.frames[..], self.pending) {
            let rest = frame.rest();
            let length = rest.iter().position(|token| is_special(token.kind));
            let length = length.unwrap_or(rest.len());
            self.out.extend_from_slice(&rest[..length]);
            frame.at += length;
        }
    }

    /// A conditional, up to the branch that is taken, or to its end if none is.
    fn conditional(&mut self, open: Token) {
        match self.condition(open) {
            Some(true) => self.open.push(Open { at: open.span, otherwise: false }),
            Some(false) => {
                if self.skip(open.span, Wanted::Else) == T!["%:"] {
                    self.open.push(Open { at: open.span, otherwise: true });
                }
            }
            None => {
                self.out.push(Token { kind: TokenKind::Stray, span: open.span });
                self.skip(open.span, Wanted::EndOfAll);
            }
        }
    }

    /// The `%:` behind a branch that was taken, or one too many.
    fn other_branch(&mut self, token: Token) {
        let Some(open) = self.open.pop() else { return self.not_open(token) };
        if open.otherwise {
            self.second_else(open.at, token.span);
        }
        self.skip(open.at, Wanted::End);
    }

    /// Throws away what is left of the conditional that opens at `open`, up to what is wanted.
    /// Gives what it ended with.
    fn skip(&mut self, open: Span, wanted: Wanted) -> TokenKind {
        let mut depth = 0_usize;
        self.skipping = true;
        let end = loop {
            let token = self.pending.take().unwrap_or_else(|| self.raw());
            match token.kind {
                T!["%("] => depth += 1,
                T!["%)"] if depth == 0 => break T!["%)"],
                T!["%)"] => depth -= 1,
                T!["%:"] if depth == 0 && wanted == Wanted::Else => break T!["%:"],
                T!["%:"] if depth == 0 && wanted == Wanted::End => {
                    self.second_else(open, token.span);
                }
                T!["%?"] if depth == 0 && wanted != Wanted::EndOfAll => self.not_open(token),
                TokenKind::Argument => self.mark_used(token),
                TokenKind::End => {
                    self.not_closed(open);
                    break TokenKind::End;
                }
                _ => {}
            }
        };
        self.skipping = false;
        end
    }

    fn not_open(&mut self, token: Token) {
        let message = format!("`{}` without a `%(` before it", token.kind.text());
        self.report("stray-conditional", message, token.span, "");
    }

    fn not_closed(&mut self, open: Span) {
        if !self.stopped {
            let message = "this conditional has no closing `%)`";
            self.report("unterminated-conditional", message, open, "opens here");
        }
    }

    fn second_else(&mut self, open: Span, at: Span) {
        let diagnostic = Diagnostic::error("stray-conditional", "a second `%:` in a conditional");
        self.say(diagnostic.at(at, "").also(open, "the conditional opens here"));
    }

    fn report(&mut self, slug: &'static str, message: impl Into<String>, at: Span, label: &str) {
        self.say(Diagnostic::error(slug, message).at(at, label));
    }

    fn say(&mut self, diagnostic: Diagnostic) {
        // There are fewer warnings than that: one for each operator.
        if self.diagnostics.len() < MAX_ERRORS {
            self.diagnostics.push(diagnostic);
        }
    }
}
