//! Statements and declarations: their first words, blocks, and what ends them.

use crate::{TokenKind, token::T};

use super::{
    frames::{FrameId, FrameKind, Head, Mode, ROOT},
    pieces::{Gap, Place, UNBREAKABLE},
    shapes::{Here, Shape},
    structure::Structure,
};

impl Structure<'_> {
    /// A token between statements: one begins.
    pub fn start(&mut self, here: &Here<'_>, opened: bool) -> Shape {
        if here.kind == T![","] && self.state.last == T!["}"] {
            // `probe alias = point { … }, { … }`
            self.state.glued = true;
            return self.plain().behind();
        }
        match here.kind {
            T!["else"] => return self.continuation(Head::Else, FrameKind::Body(Head::If)),
            T!["catch"] => return self.continuation(Head::Catch, FrameKind::Body(Head::Try)),
            _ => {}
        }
        let shape = self.start_shape(here, opened);
        self.state.glued = false;
        self.state.loose = false;
        self.state.operand = false;
        match here.kind {
            T!["probe"] => self.state.mode = Mode::Points,
            T!["function"] => self.state.mode = Mode::Function,
            T!["global"] => self.state.mode = Mode::Globals,
            T!["private"] => self.state.glued = true,
            T!["if"] => return self.head(shape, Head::If),
            T!["while"] | T!["for"] | T!["foreach"] => return self.head(shape, Head::Loop),
            T!["try"] => {
                let opens = self.open(FrameKind::Body(Head::Try), Mode::Start);
                self.state.mode = Mode::Start;
                return Shape { opens, ..shape };
            }
            T!["return"] | T!["delete"] => self.state.mode = Mode::Expression,
            T!["next"] | T!["break"] | T!["continue"] => self.state.mode = Mode::Done,
            T!["{"] => return self.open_block(shape),
            TokenKind::AtWord if here.text == "@define" => self.state.mode = Mode::Define,
            TokenKind::Embedded if self.state.frame == ROOT => self.state.mode = Mode::Done,
            _ => {
                self.state.mode = Mode::Expression;
                let inside = self.inside(here);
                return Shape { opens: inside.opens, right: inside.right, ..shape };
            }
        }
        shape
    }

    /// How the first token of a statement stands.
    pub fn start_shape(&mut self, here: &Here<'_>, opened: bool) -> Shape {
        let state = self.state;
        let kind = self.frames[state.frame].kind;
        let governed = matches!(kind, FrameKind::Body(_));
        let elsewise = here.kind == T!["if"] && state.last == T!["else"];
        let cost = if governed && !state.preprocessor { 0 } else { UNBREAKABLE };
        let (gap, place) = match () {
            () if state.glued || elsewise => (Gap::Never, Place::Content),
            () if opened => (Gap::Block, Place::Content),
            () if state.loose && !governed => (Gap::User, Place::Content),
            () if here.kind == T!["{"] && governed && !state.loose => (Gap::Never, Place::Base),
            () if governed => (Gap::Body, Place::Content),
            () => (Gap::Hard, Place::Content),
        };
        // What has to begin a line of its own does not stand in a block of one line.
        self.frames[state.frame].count += if gap == Gap::Hard { 2 } else { 1 };
        let unit = state.frame == ROOT && !state.glued;
        let cost = if gap == Gap::Body { cost } else { UNBREAKABLE };
        Shape { gap, place, cost, starts: true, unit, ..self.plain() }
    }

    /// `if`, `while`, …: what it governs comes behind its parentheses.
    fn head(&mut self, shape: Shape, head: Head) -> Shape {
        let frame = &self.frames[self.state.frame];
        let elsewise = head == Head::If
            && self.state.last == T!["else"]
            && frame.kind == FrameKind::Body(Head::Else);
        let (parent, before) = (frame.parent, frame.before);
        if elsewise {
            self.state.frame = parent;
        }
        let opens = self.open(FrameKind::Body(head), Mode::Start);
        self.frames[opens].before = if elsewise { before } else { ROOT };
        self.state.mode = Mode::Head;
        Shape { opens, ..shape }
    }

    /// `else` or `catch`, which belong to what comes before them.
    fn continuation(&mut self, head: Head, of: FrameKind) -> Shape {
        let state = self.state;
        let frame = state.frame;
        let gap = match state.last {
            _ if state.preprocessor => Gap::User,
            T!["}"] => Gap::Never,
            _ => Gap::Else,
        };
        let mut shape = Shape { gap, place: Place::Content, ..self.plain() };
        if self.frames[frame].kind == of {
            (shape.place, shape.starts) = (Place::Base, true);
            self.state.frame = self.frames[frame].parent;
        }
        shape.frame = frame;
        shape.opens = self.open(FrameKind::Body(head), Mode::Start);
        self.frames[shape.opens].before = frame;
        self.state.mode = if head == Head::Catch { Mode::Head } else { Mode::Start };
        self.state.loose = false;
        shape
    }

    /// `{` of statements.
    pub fn open_block(&mut self, shape: Shape) -> Shape {
        let around = self.frames[self.state.frame].brace;
        self.frames[around].nests = true;
        let statements = self.frames.holds_statements(self.state.frame);
        let mode = if statements { Mode::Start } else { self.state.mode };
        let opens = self.open(FrameKind::Block, mode);
        self.frames[opens].lines = self.lines;
        self.state.mode = Mode::Start;
        self.state.opened = true;
        self.state.loose = false;
        self.state.glued = false;
        Shape { opens, ..shape }
    }

    pub fn close_brace(&mut self, here: &Here<'_>, opened: bool) -> Shape {
        let brace = self.frames[self.state.frame].brace;
        if brace == ROOT {
            self.end_statement(here.next);
            return self.plain();
        }
        let shape = Shape { place: Place::Base, frame: brace, starts: false, ..self.plain() };
        let frame = &self.frames[brace];
        let (parent, around) = (frame.parent, frame.around);
        let alternatives = frame.kind == FrameKind::Alternatives;
        if !alternatives {
            let fits = self.fits_one_line(brace, here);
            let known = self.frames[brace].one_line.unwrap_or(true);
            self.frames[brace].one_line = Some(known && fits);
        }
        self.state.frame = parent;
        self.state.mode = around;
        self.state.operand = true;
        self.state.loose = false;
        if alternatives {
            return Shape { left: true, ..shape };
        }
        if self.frames.holds_statements(parent) {
            self.end_statement(here.next);
        }
        let empty = opened && !here.comments;
        Shape { gap: if empty { Gap::Never } else { Gap::Block }, left: empty, ..shape }
    }

    /// Whether the author wrote a block on one line, and it is of a sort that may stay there.
    fn fits_one_line(&self, block: FrameId, here: &Here<'_>) -> bool {
        let frame = &self.frames[block];
        let partner = match self.frames[frame.parent].kind {
            FrameKind::Body(Head::Else | Head::Try | Head::Catch) => true,
            FrameKind::Body(Head::If) => {
                here.next == T!["else"] || self.frames[frame.parent].before != ROOT
            }
            _ => false,
        };
        frame.lines == self.lines && frame.count <= 1 && !frame.nests && !partner
    }

    /// `;` behind a statement, or as one.
    pub fn semicolon(&mut self, here: &Here<'_>, opened: bool) -> Shape {
        let state = self.state;
        let shape = if opened {
            self.start_shape(here, opened)
        } else {
            Shape { left: !state.preprocessor, ..self.plain().on_line() }
        };
        self.end_statement(here.next);
        self.state.loose = false;
        shape
    }
}
