//! Where the preprocessor reads from: the file, and what stands in the place of something in it.

use std::{ops::Range, rc::Rc};

use stapc_diagnostics::{FileId, Span};

use super::Preprocessor;
use crate::token::{Token, TokenKind};

/// How many bytes of a token count for another one.
const LONG: usize = 16;

/// Tokens that are being read.
pub(super) struct Frame {
    tokens: Rc<Vec<Token>>,
    /// The next one.
    pub(super) at: usize,
    end: usize,
    /// What `@name` means in it: an index of the contexts.
    pub(super) context: usize,
    /// The file that is said to hold the tokens, if it is not the one where they stand.
    expansion: Option<FileId>,
    /// Whether they are of an argument of the script.
    pub(super) argument: bool,
}

impl Frame {
    /// Tokens of the file itself.
    pub(super) fn of(tokens: Rc<Vec<Token>>) -> Self {
        let end = tokens.len();
        Self { tokens, at: 0, end, context: 0, expansion: None, argument: false }
    }

    /// Some of its tokens only.
    pub(super) fn only(self, range: &Range<usize>) -> Self {
        Self { at: range.start, end: range.end, ..self }
    }

    /// The tokens as those of an expansion.
    pub(super) fn in_file(self, expansion: FileId) -> Self {
        Self { expansion: Some(expansion), ..self }
    }

    /// The tokens where names mean something else than in the file.
    pub(super) fn in_context(self, context: usize) -> Self {
        Self { context, ..self }
    }

    /// What has not been read yet, where it stands.
    pub(super) fn rest(&self) -> &[Token] {
        self.tokens.get(self.at..self.end).unwrap_or_default()
    }

    /// All of its tokens, to be kept, and the range that has not been read yet.
    pub(super) fn shared(&self) -> (Rc<Vec<Token>>, Range<usize>) {
        (Rc::clone(&self.tokens), self.at..self.end)
    }

    /// As the rest of the compiler sees a token of these.
    pub(super) fn stamped(&self, token: Token) -> Token {
        let file = self.expansion.unwrap_or(token.span.file);
        Token { span: Span { file, ..token.span }, ..token }
    }
}

impl Preprocessor<'_, '_> {
    /// The next token as it stands, and [`TokenKind::End`] for ever behind the last.
    pub(super) fn raw(&mut self) -> Token {
        loop {
            if let Some(token) = self.take() {
                return token;
            }
            if self.frames.len() == 1 {
                return self.end;
            }
            self.frames.pop();
        }
    }

    /// The next token as it stands, if it is of the frame that is being read.
    pub(super) fn take(&mut self) -> Option<Token> {
        let frame = self.frames.last_mut()?;
        let token = *frame.rest().first()?;
        frame.at += 1;
        let stamped = frame.stamped(token);
        if token.kind == TokenKind::Stray && !self.skipping {
            let held = self.session.memory.held.remove(&(token.span.file, token.span.start));
            if let Some(diagnostic) = held {
                self.say(diagnostic);
            }
        }
        Some(stamped)
    }

    /// The next token, if it is of the frame that is being read, which is not left by this.
    pub(super) fn peek(&self) -> Option<Token> {
        let frame = self.frames.last()?;
        frame.rest().first().map(|token| frame.stamped(*token))
    }

    /// The next token with macros and arguments put in.
    pub(super) fn next(&mut self) -> Token {
        loop {
            if let Some(token) = self.pending.take() {
                return token;
            }
            let token = self.raw();
            let result = match token.kind {
                TokenKind::AtWord => self.word(token),
                TokenKind::Argument => self.argument(token),
                _ => return token,
            };
            match result {
                Put::In => {}
                Put::Nothing => return token,
                Put::Wrong => return Token { kind: TokenKind::Stray, ..token },
            }
        }
    }

    /// The text of a token.
    pub(super) fn text(&self, token: Token) -> &str {
        self.session.sources.slice(token.span)
    }

    /// A token as a message names it.
    pub(super) fn named(&self, token: Option<Token>) -> String {
        match token {
            Some(Token { kind: TokenKind::End, .. }) => "the end of the file".to_owned(),
            Some(Token { kind: TokenKind::Embedded, .. }) => "embedded C".to_owned(),
            Some(token) if self.text(token).len() > 40 => {
                let text: String = self.text(token).chars().take(30).collect();
                format!("`{text}…`")
            }
            Some(token) => format!("`{}`", self.text(token)),
            None if self.frames.len() == 1 => "the end of the file".to_owned(),
            None => "the end of the macro".to_owned(),
        }
    }

    /// Reads on in other tokens, and then where it was, unless that would be too much.
    pub(super) fn push(&mut self, frame: Frame, cost: usize, at: Span) -> Put {
        // Long tokens count for more: each is copied by what comes behind.
        let length = |token: &Token| (token.span.end - token.span.start) as usize;
        let tokens = frame.rest().iter().map(|token| 1 + length(token) / LONG).sum::<usize>();
        if !self.spend(cost + tokens, at) {
            return Put::Wrong;
        }
        self.frames.push(frame);
        Put::In
    }
}

/// What has been put in the place of a token.
pub(super) enum Put {
    /// What it stands for: it is read next.
    In,
    /// Nothing: it is not for the preprocessor.
    Nothing,
    /// Nothing, for a reason that has been reported.
    Wrong,
}
