//! What tokens stand in: brackets, and what an `if` or loop governs.
//!
//! Frames form a tree, so that a state is one handle and can be taken up again in the other branch
//! of a conditional.

use std::ops::{Index, IndexMut};

/// A handle of a frame. The first is the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameId(pub u32);

pub(super) const ROOT: FrameId = FrameId(0);

/// What sort of frame it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// The file.
    Root,
    /// What a macro stands for.
    Macro,
    /// `{ … }` of statements.
    Block,
    /// What is governed by a statement's head.
    Body(Head),
    /// `{ … }` in a probe point.
    Alternatives,
    /// `( … )`, or the condition behind `%(`.
    Paren,
    /// `( … )` of a statement's head.
    Control,
    /// `[ … ]`
    Square,
}

/// What governs another statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    If,
    Else,
    Loop,
    Try,
    Catch,
}

/// What is being read in front of the next token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Between statements.
    Start,
    /// Behind a statement that takes no operand.
    Done,
    Expression,
    /// `probe …`
    Points,
    /// `probe … if`
    PointsIf,
    /// `function …`
    Function,
    /// `global …`
    Globals,
    /// `if`, `while`, … in front of their parentheses.
    Head,
    /// `@define …`
    Define,
}

#[derive(Debug)]
pub(super) struct Frame {
    pub kind: FrameKind,
    pub parent: FrameId,
    /// How many brackets it stands in, itself included.
    pub depth: u16,
    /// What goes on behind it.
    pub around: Mode,
    /// Whether a block follows on the line where it is closed.
    pub deep: bool,
    /// Of what is governed by `else` or `else if`: what the `if` before it governs.
    pub before: FrameId,
    /// Whether it holds the arguments of a macro.
    pub macro_call: bool,
    /// The innermost of each sort that can still be closed in it, itself included; the root if none.
    pub brace: FrameId,
    pub paren: FrameId,
    pub square: FrameId,
    /// The innermost `if` that an `else` would belong to, and `try` that a `catch` would.
    pub open_if: FrameId,
    pub open_try: FrameId,
    /// The innermost frame that is not governed by a head.
    pub statements: FrameId,
    /// Of a block: line breaks in the text in front of it,
    pub lines: u32,
    /// how many statements begin in it,
    pub count: u32,
    /// whether there is a block in it,
    pub nests: bool,
    /// and whether it may stand on one line, known when it has been closed.
    pub one_line: Option<bool>,
}

#[derive(Debug)]
pub(super) struct Frames {
    frames: Vec<Frame>,
}

impl Frames {
    pub fn new() -> Self {
        let root = Frame {
            kind: FrameKind::Root,
            parent: ROOT,
            depth: 0,
            around: Mode::Start,
            deep: false,
            before: ROOT,
            macro_call: false,
            brace: ROOT,
            paren: ROOT,
            square: ROOT,
            open_if: ROOT,
            open_try: ROOT,
            statements: ROOT,
            lines: 0,
            count: 0,
            nests: false,
            one_line: None,
        };
        Self { frames: vec![root] }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Frame> {
        self.frames.iter()
    }

    /// A frame in another one; `around` is what goes on behind it.
    pub fn open(&mut self, kind: FrameKind, parent: FrameId, around: Mode) -> FrameId {
        let id = FrameId(self.frames.len() as u32);
        let outer = &self[parent];
        let mut frame = Frame {
            kind,
            parent,
            depth: outer.depth,
            around,
            deep: false,
            before: ROOT,
            macro_call: false,
            lines: 0,
            count: 0,
            nests: false,
            one_line: None,
            ..*outer
        };
        if let FrameKind::Body(head) = kind {
            match head {
                Head::If => frame.open_if = id,
                Head::Try => frame.open_try = id,
                Head::Else | Head::Loop | Head::Catch => {}
            }
        } else {
            frame.statements = id;
            (frame.open_if, frame.open_try) = (ROOT, ROOT);
            frame.depth = frame.depth.saturating_add(1);
        }
        match kind {
            FrameKind::Block | FrameKind::Alternatives => {
                (frame.brace, frame.paren, frame.square) = (id, ROOT, ROOT);
            }
            FrameKind::Macro => (frame.brace, frame.paren, frame.square) = (ROOT, ROOT, ROOT),
            FrameKind::Paren | FrameKind::Control => frame.paren = id,
            FrameKind::Square => frame.square = id,
            FrameKind::Root | FrameKind::Body(_) => {}
        }
        self.frames.push(frame);
        id
    }

    /// Whether statements or declarations stand directly in it.
    pub fn holds_statements(&self, frame: FrameId) -> bool {
        use FrameKind::{Block, Body, Macro, Root};
        matches!(self[frame].kind, Root | Macro | Block | Body(_))
    }
}

impl Index<FrameId> for Frames {
    type Output = Frame;

    fn index(&self, id: FrameId) -> &Frame {
        &self.frames[id.0 as usize]
    }
}

impl IndexMut<FrameId> for Frames {
    fn index_mut(&mut self, id: FrameId) -> &mut Frame {
        &mut self.frames[id.0 as usize]
    }
}
