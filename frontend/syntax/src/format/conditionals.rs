//! `%( … %? … %: … %)`: both branches begin in the same state.

use crate::{TokenKind, token::T};

use super::{
    frames::{FrameKind, Mode, ROOT},
    pieces::{Gap, Place},
    shapes::{Here, Shape, State},
    structure::Structure,
};

/// A conditional, or what a macro stands for, that has not been closed.
#[derive(Debug)]
pub(super) struct Conditional {
    /// In front of it.
    before: State,
    sort: Sort,
    /// Whether what is inside is set further in.
    inset: bool,
    /// The pieces in front of the first branch.
    pieces: usize,
    /// Behind the first branch, if there is something in it.
    first: Option<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// In front of its `%?`.
    Condition,
    /// In its first branch.
    Then,
    /// In the other one.
    Else,
    /// `@define … %( … %)`
    Macro,
}

impl Structure<'_> {
    /// A token of the preprocessor.
    pub fn preprocessor(&mut self, here: &Here<'_>, opened: bool) -> Shape {
        let shape = match here.kind {
            T!["%("] if self.state.mode == Mode::Define => self.open_macro(),
            T!["%("] => self.open_conditional(here, opened),
            T!["%?"] => self.then(),
            T!["%:"] => self.otherwise(),
            _ => self.close_conditional(),
        };
        self.state.preprocessor = true;
        self.state.opened = false;
        shape
    }

    fn remember(&mut self, sort: Sort, inset: bool) {
        let before = State { loose: true, glued: false, opened: false, ..self.state };
        self.conditionals.push(Conditional { before, sort, inset, pieces: 0, first: None });
    }

    fn open_macro(&mut self) -> Shape {
        let shape = Shape { gap: Gap::Never, place: Place::Content, inset: true, ..self.plain() };
        self.state.mode = Mode::Start;
        self.remember(Sort::Macro, true);
        let opens = self.open(FrameKind::Macro, Mode::Start);
        self.state.loose = true;
        Shape { opens, ..shape }
    }

    fn open_conditional(&mut self, here: &Here<'_>, opened: bool) -> Shape {
        let state = self.state;
        let starts = state.mode == Mode::Start && self.frames.holds_statements(state.frame);
        let mut shape = self.plain();
        if starts {
            shape = self.start_shape(here, opened);
            if shape.gap == Gap::Hard {
                shape.gap = Gap::User;
            }
        }
        let named = state.operand || state.last == T!["."];
        shape.left = here.adjacent && named && state.mode == Mode::Points;
        self.remember(Sort::Condition, !(starts && state.frame == ROOT));
        let opens = self.open(FrameKind::Paren, Mode::Start);
        self.state.mode = Mode::Expression;
        Shape { opens, ..shape }
    }

    fn then(&mut self) -> Shape {
        let mut shape = Shape { place: Place::Conditional, ..self.plain() };
        let pieces = self.pieces.len();
        if let Some(open) = self.conditionals.last_mut()
            && open.sort == Sort::Condition
        {
            (open.sort, open.pieces) = (Sort::Then, pieces);
            shape.inset = open.inset;
            self.state = open.before;
        }
        shape
    }

    fn otherwise(&mut self) -> Shape {
        let shape = Shape { place: Place::Conditional, ..self.plain() };
        let empty = self.branch_is_empty();
        if let Some(open) = self.conditionals.last_mut()
            && open.sort == Sort::Then
        {
            open.first = (!empty).then_some(self.state);
            open.sort = Sort::Else;
            self.state = open.before;
        }
        shape
    }

    fn branch_is_empty(&self) -> bool {
        let from = self.conditionals.last().map_or(0, |open| open.pieces + 1);
        let pieces = self.pieces.get(from..).unwrap_or_default();
        pieces.iter().all(|piece| piece.kind == TokenKind::Comment)
    }

    fn close_conditional(&mut self) -> Shape {
        let mut shape = Shape { place: Place::Conditional, ..self.plain() };
        match self.conditionals.pop() {
            None => shape.place = Place::Content,
            Some(Conditional { sort: Sort::Macro | Sort::Condition, before, .. }) => {
                self.state = State { loose: false, ..before };
            }
            Some(Conditional { first, .. }) => {
                self.state = first.unwrap_or(self.state);
                self.state.loose = true;
            }
        }
        shape
    }
}

/// The kind of each token; of `%(`, that of the first token of its branch, or of what stands in its
/// stead if there is none.
pub(super) fn leads(kinds: &[TokenKind]) -> Vec<TokenKind> {
    // What is read behind a token of the preprocessor: behind `%(`, what is behind its `%?`; behind
    // `%:`, what is behind its `%)`.
    let mut behind: Vec<usize> = (1..=kinds.len()).collect();
    let mut open: Vec<usize> = Vec::new();
    for (at, kind) in kinds.iter().enumerate() {
        match kind {
            T!["%("] => open.push(at),
            T!["%?"] | T!["%:"] => {
                if let Some(opened) = open.last_mut() {
                    behind[*opened] = at + 1;
                    *opened = at;
                }
            }
            T!["%)"] => {
                if let Some(opened) = open.pop() {
                    behind[opened] = at + 1;
                }
            }
            _ => {}
        }
    }
    let mut leads = kinds.to_vec();
    for at in (0..kinds.len()).rev() {
        let read = match (kinds[at], kinds.get(behind[at])) {
            (T!["%("], Some(T!["%:"])) => behind[at] + 1,
            (T!["%("] | T!["%?"] | T!["%:"] | T!["%)"], _) => behind[at],
            _ => continue,
        };
        leads[at] = leads.get(read).copied().unwrap_or(TokenKind::End);
    }
    leads
}
