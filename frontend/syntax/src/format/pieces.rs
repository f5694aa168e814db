//! What the layout knows of each token.

use crate::TokenKind;

use super::frames::FrameId;

/// No line may be broken there.
pub(super) const UNBREAKABLE: u8 = u8::MAX;

/// A token or comment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub kind: TokenKind,
    /// Where it stands in the text.
    pub start: u32,
    pub end: u32,
    /// Line breaks in front of it in the text; 2 for more.
    pub newlines: u8,
    /// What is to be in front of it.
    pub gap: Gap,
    /// Whether a space is, if no line break is.
    pub space: bool,
    /// Where a line begins that begins with it, in respect of `frame`.
    pub place: Place,
    pub frame: FrameId,
    /// The frame that it opens; the root if none.
    pub opens: FrameId,
    /// What it costs to break a long line in front of it.
    pub cost: u8,
    /// Whether it begins a statement or declaration.
    pub starts: bool,
    /// Whether it begins a declaration of the file, or is a comment in front of one.
    pub unit: bool,
    /// Of `%?`, and of `%(` of a macro: whether what is behind it is set further in.
    pub inset: bool,
}

/// Whether a line begins with a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Always.
    Hard,
    /// If one did in the text.
    User,
    /// Only if a comment stands before it.
    Never,
    /// If the block of its frame is not on one line.
    Block,
    /// Like `User`; and where it does, an `else` behind the statement does too.
    Body,
    /// Of `else`: if one did in the text, or with what is governed by the `if` of its frame.
    Else,
}

/// Where a line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Where things stand in the frame.
    Content,
    /// A level further in.
    Continue,
    /// Two levels further in: a block follows.
    Deep,
    /// Where that stands which the frame belongs to.
    Base,
    /// Where the conditional stands that it belongs to.
    Conditional,
}
