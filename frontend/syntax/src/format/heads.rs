//! Heads of declarations: probe points, functions and what they take.

use crate::{TokenKind, token::T};

use super::{
    frames::{FrameKind, Mode},
    pieces::{Gap, Place},
    shapes::{Here, Shape},
    structure::Structure,
};

impl Structure<'_> {
    /// A token of `probe …`. Names may have wildcards, and keep the spaces that they do not have.
    pub fn point(&mut self, here: &Here<'_>) -> Shape {
        let operand = self.state.operand;
        let gap = if self.state.last == T!["."] { Gap::Never } else { Gap::User };
        let shape = Shape { gap, ..self.plain() };
        let cost = self.cost(here);
        self.state.loose = false;
        match here.kind {
            T!["{"] if operand => self.open_body(),
            T!["{"] => {
                let opens = self.open(FrameKind::Alternatives, self.state.mode);
                Shape { opens, right: true, cost, ..shape }
            }
            T!["("] => {
                let control = self.state.mode == Mode::PointsIf;
                let kind = if control { FrameKind::Control } else { FrameKind::Paren };
                let opens = self.open(kind, Mode::Points);
                self.state.mode = Mode::Expression;
                Shape { opens, left: !control, ..shape.between() }
            }
            T!["."] => self.expects_operand(shape.between()),
            T![","] => self.expects_operand(shape.behind()),
            T!["="] | T!["+="] => self.expects_operand(shape.on_line()),
            T!["?"] | T!["!"] => shape.behind(),
            T!["if"] if operand => {
                self.state.mode = Mode::PointsIf;
                shape
            }
            _ => {
                self.state.operand = true;
                let left = here.adjacent && operand;
                Shape { left, cost: if operand { shape.cost } else { cost }, ..shape }
            }
        }
    }

    /// A token of `function …`, or of its parameters.
    pub fn function(&mut self, here: &Here<'_>) -> Shape {
        let shape = Shape { cost: self.cost(here), ..self.plain() };
        self.state.loose = false;
        self.state.operand = true;
        match here.kind {
            T!["{"] => self.open_body(),
            TokenKind::Embedded if self.frames.holds_statements(self.state.frame) => {
                self.end_statement(here.next);
                Shape { place: Place::Content, ..shape.on_line() }
            }
            T!["("] => {
                let opens = self.open(FrameKind::Paren, Mode::Function);
                Shape { opens, ..shape.between() }
            }
            T![":"] => shape.between(),
            T![","] => self.expects_operand(shape.behind()),
            _ => shape,
        }
    }

    /// `{` behind a head, on its line.
    fn open_body(&mut self) -> Shape {
        let branch = matches!(self.texts[0], "%?" | "%:");
        let gap = if branch { Gap::User } else { Gap::Never };
        let shape = Shape { gap, place: Place::Content, ..self.plain() };
        self.open_block(shape)
    }
}
