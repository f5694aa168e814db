//! What is known in front of a token, and what becomes of it.

use crate::TokenKind;

use super::{
    frames::{FrameId, Mode, ROOT},
    pieces::{Gap, Place},
};

/// What is known in front of a token.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub frame: FrameId,
    pub mode: Mode,
    /// Whether an operand is behind, so that an operator may follow.
    pub operand: bool,
    /// Whether the last token may stand for anything.
    pub loose: bool,
    /// Whether the next statement stays on the line.
    pub glued: bool,
    /// Whether a block was opened just now.
    pub opened: bool,
    /// Whether the last token belongs to the preprocessor.
    pub preprocessor: bool,
    /// Whether the next token stands close to the last one.
    pub tight: bool,
    pub last: TokenKind,
}

impl Default for State {
    fn default() -> Self {
        Self {
            frame: ROOT,
            mode: Mode::Start,
            operand: false,
            loose: false,
            glued: false,
            opened: false,
            preprocessor: false,
            tight: false,
            last: TokenKind::End,
        }
    }
}

/// A token about to be placed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here<'a> {
    pub kind: TokenKind,
    pub text: &'a str,
    /// Its kind; of `%(`, that of what stands in the branch.
    pub lead: TokenKind,
    /// The kind of what comes next, likewise.
    pub next: TokenKind,
    /// Whether a line ends between the last token and this one.
    pub newline: bool,
    /// Whether nothing stands between them.
    pub adjacent: bool,
    /// Whether comments do.
    pub comments: bool,
}

/// What becomes of a token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub gap: Gap,
    pub place: Place,
    pub frame: FrameId,
    /// Whether it stands close to what is in front of it, and to what is behind.
    pub left: bool,
    pub right: bool,
    pub opens: FrameId,
    pub cost: u8,
    pub starts: bool,
    pub unit: bool,
    pub inset: bool,
}

impl Shape {
    /// Close behind what is in front of it.
    pub fn behind(self) -> Self {
        Self { gap: Gap::Never, left: true, ..self }
    }

    /// Close to what is in front of it and to what is behind.
    pub fn between(self) -> Self {
        Self { right: true, ..self.behind() }
    }

    /// On the line of what is in front of it.
    pub fn on_line(self) -> Self {
        Self { gap: Gap::Never, ..self }
    }
}
