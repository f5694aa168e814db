//! Expressions: operators by what stands before them, and where long ones may be broken.

use crate::{TokenKind, token::T};

use super::{
    frames::{FrameId, FrameKind, Mode, ROOT},
    is_operator,
    pieces::{Gap, Place, UNBREAKABLE},
    shapes::{Here, Shape},
    structure::Structure,
};

impl Structure<'_> {
    /// A token inside a statement, declaration or bracket.
    pub fn inside(&mut self, here: &Here<'_>) -> Shape {
        match self.state.mode {
            Mode::Points | Mode::PointsIf => self.point(here),
            Mode::Function => self.function(here),
            Mode::Head if matches!(here.kind, T!["("] | T!["{"]) => self.governing(here),
            Mode::Head => {
                self.state.mode = Mode::Expression;
                self.expression(here)
            }
            _ => self.expression(here),
        }
    }

    /// The parentheses of a head, or the block of one that has none.
    fn governing(&mut self, here: &Here<'_>) -> Shape {
        if here.kind == T!["{"] {
            self.state.mode = Mode::Start;
            let shape = Shape { place: Place::Base, ..self.plain().on_line() };
            return self.open_block(shape);
        }
        let shape = Shape { right: true, ..self.plain().on_line() };
        let opens = self.open(FrameKind::Control, Mode::Start);
        self.state.mode = Mode::Expression;
        Shape { opens, ..shape }
    }

    fn expression(&mut self, here: &Here<'_>) -> Shape {
        let operand = self.state.operand;
        // What a unary operator is for stands close to it; behind an opening bracket, the author's
        // line break stays.
        let opener = matches!(self.state.last, T!["("] | T!["["] | T!["{"]);
        let gap = if self.state.tight && !opener { Gap::Never } else { Gap::User };
        let shape = Shape { gap, cost: self.cost(here), ..self.plain() };
        let after_arrow = self.state.last == T!["->"];
        let loose = std::mem::take(&mut self.state.loose);
        match here.kind {
            T!["("] | T!["["] => self.open_bracket(here, shape),
            T!["{"] => self.open_block(shape),
            T![","] | T![";"] => self.expects_operand(shape.behind()),
            T!["->"] => self.expects_operand(shape.between()),
            T!["++"] | T!["--"] if operand && !(loose && here.newline) => shape.behind(),
            T!["+"] | T!["-"] if operand && sorts(here.next) => shape.behind(),
            T!["%"] if operand && self.state.mode == Mode::Globals => shape.behind(),
            T!["*"] if !operand => self.operand(here, shape),
            kind if operand && is_assignment(kind) => self.expects_operand(shape.on_line()),
            kind if kind.is_operator() => {
                let unary = !operand && is_unary(kind);
                self.expects_operand(Shape { right: unary, ..shape })
            }
            kind if kind.is_keyword() && !after_arrow => {
                self.state.operand = matches!(kind, T!["string"] | T!["long"] | T!["next"]);
                shape
            }
            _ => self.operand(here, shape),
        }
    }

    fn operand(&mut self, here: &Here<'_>, shape: Shape) -> Shape {
        let word = here.kind == TokenKind::AtWord && !is_operator(here.text);
        self.state.operand = true;
        self.state.loose = word || here.kind == TokenKind::Argument;
        shape
    }

    /// `(` and `[`: of a call or an index, or around something.
    fn open_bracket(&mut self, here: &Here<'_>, shape: Shape) -> Shape {
        let state = self.state;
        let close = state.operand
            && (here.kind == T!["["]
                || matches!(state.last, TokenKind::Identifier | TokenKind::AtWord))
            && !state.preprocessor;
        let kind = if here.kind == T!["["] { FrameKind::Square } else { FrameKind::Paren };
        let opens = self.open(kind, state.mode);
        // What a macro takes may be anything, and so may what it stands for.
        self.frames[opens].macro_call = here.kind == T!["("]
            && close
            && state.last == TokenKind::AtWord
            && !is_operator(self.texts[0]);
        self.state.mode = if state.mode == Mode::Define { Mode::Define } else { Mode::Expression };
        let gap = if close { Gap::Never } else { shape.gap };
        Shape { gap, opens, left: close, right: true, ..shape }
    }

    /// `)` and `]` of a frame.
    pub fn close(&mut self, here: &Here<'_>, frame: FrameId) -> Shape {
        let empty = matches!((self.state.last, here.kind), (T!["("], T![")"]) | (T!["["], T!["]"]));
        self.state.operand = true;
        self.state.loose = false;
        if frame == ROOT {
            return Shape { left: true, ..self.plain() };
        }
        let shape = Shape { place: Place::Base, frame, left: true, starts: false, ..self.plain() };
        let closed = &self.frames[frame];
        self.state.frame = closed.parent;
        self.state.mode = closed.around;
        self.state.loose = closed.macro_call;
        if closed.around == Mode::Start {
            self.state.operand = false;
        }
        if empty { shape.on_line() } else { shape }
    }

    /// What it costs to break a line in front of a token, so that what binds most loosely is broken
    /// first.
    pub fn cost(&self, here: &Here<'_>) -> u8 {
        let state = &self.state;
        if state.preprocessor {
            return UNBREAKABLE;
        }
        match (state.last, here.kind) {
            (T!["->"] | T!["."], _) if matches!(state.mode, Mode::Points) => UNBREAKABLE,
            (T![","] | T![";"], _) => 0,
            (_, T!["+"] | T!["-"]) if sorts(here.next) => UNBREAKABLE,
            (_, kind) if state.operand => operator_cost(kind, state.last),
            (T!["("] | T!["["], _) if state.tight => 9,
            (T!["{"], _) if state.mode == Mode::Points => 9,
            (kind, _) if is_assignment(kind) => 7,
            _ => UNBREAKABLE,
        }
    }
}

/// What it costs to break in front of a token that stands behind an operand.
fn operator_cost(kind: TokenKind, last: TokenKind) -> u8 {
    match kind {
        TokenKind::String if last == TokenKind::String => 3,
        T!["?"] | T![":"] | T!["||"] => 1,
        T!["&&"] => 2,
        T!["=="] | T!["!="] | T!["<"] | T![">"] | T!["<="] | T![">="] | T!["=~"] | T!["!~"] => 3,
        T!["in"] | T!["."] => 3,
        T!["|"] | T!["^"] | T!["&"] => 4,
        T!["<<"] | T![">>"] | T![">>>"] | T!["+"] | T!["-"] => 5,
        T!["*"] | T!["/"] | T!["%"] => 6,
        _ => UNBREAKABLE,
    }
}

pub(super) fn is_assignment(kind: TokenKind) -> bool {
    let text = kind.text();
    text == "<<<" || text.ends_with('=') && !matches!(text, "==" | "!=" | "<=" | ">=")
}

fn is_unary(kind: TokenKind) -> bool {
    matches!(kind, T!["-"] | T!["+"] | T!["!"] | T!["~"] | T!["&"] | T!["++"] | T!["--"])
}

/// Whether a sign in front of such a token says how a loop is sorted.
fn sorts(next: TokenKind) -> bool {
    matches!(next, T![","] | T!["]"] | T![")"] | T!["in"] | T!["limit"] | T!["="])
}
