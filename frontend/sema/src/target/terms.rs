//! DWARF's places and calculations as expressions.

use stapc_debuginfo::{ARGUMENTS, Binary, Object, Piece, Source, Term, Unary, Where};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::{BinaryOp, UnaryOp};

use super::{Found, later, walk::At, walk::binary, wrong};
use crate::{
    expressions::int,
    hir::{Expr, ExprKind, Memory, Place, Register, Space, Width},
    intrinsics::intrinsic,
};

/// The register of a function's value.
const RESULT: u16 = 0;

/// The bytes and bits of an integer.
const WORD: usize = 8;
const WORD_BITS: u32 = 64;
/// Bits that lie within 8 bytes wherever in a byte they begin.
const WITHIN_WORD: u32 = 56;

/// Where a probe hits, as far as registers and addresses depend on it.
#[derive(Clone)]
pub struct Terms<'a> {
    /// What addresses are in.
    pub object: Object,
    /// Whose memory it is.
    pub space: Space,
    /// Which moment it is.
    pub moment: Moment,
    /// Where the object's own file has `_stext`, if that is known.
    pub start: Option<u64>,
    /// Where it has what is probed, if that is in it.
    pub here: Option<u64>,
    /// Who knows of the object, if anybody does.
    pub source: Option<&'a dyn Source>,
}

/// Which moment of a function a probe hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It is entered.
    Entry,
    /// Somewhere in it.
    Within,
    /// It has returned.
    Return,
    /// None: no code is probed.
    Nowhere,
}

impl Terms<'_> {
    /// Where something is.
    pub fn place(&self, at: &Where, span: Span) -> Found<At> {
        Ok(match at {
            Where::Memory(address) => At::Memory(Box::new(self.term(address, span)?), 0),
            Where::Value(value) => At::Value(Box::new(self.term(value, span)?)),
            Where::Register(number) => At::Value(Box::new(self.register(*number, span)?)),
            Where::Pieces(pieces) => At::Pieces(pieces.clone(), 0),
            Where::Bytes(bytes) => match little_endian(bytes) {
                Some(value) => At::Value(Box::new(int(ExprKind::Int(value), span))),
                None => At::Pieces(bytes.chunks(WORD).map(constant).collect(), 0),
            },
            Where::Pointer(to, offset) => At::Pointer(to.clone(), *offset),
        })
    }

    /// A calculation.
    pub fn term(&self, term: &Term, span: Span) -> Found<Expr> {
        let boxed = |term: &Term| self.term(term, span).map(Box::new);
        let kind = match term {
            Term::Const(value) => ExprKind::Int(*value),
            Term::Address(address) => return self.address(*address, span),
            Term::Register(number) => return self.register(*number, span),
            Term::Load(address, bytes, signed) => {
                let width = Width { bytes: *bytes, signed: *signed, bits: None };
                let (space, address) = (self.space, self.term(address, span)?);
                let near = "identifier '$'".to_owned();
                let memory = Memory { space, address, offset: 0, width, near };
                ExprKind::Read(Place::Memory(Box::new(memory)))
            }
            Term::Unary(Unary::Neg, operand) => ExprKind::Unary(UnaryOp::Negate, boxed(operand)?),
            Term::Unary(Unary::Not, operand) => {
                ExprKind::Unary(UnaryOp::Complement, boxed(operand)?)
            }
            Term::Unary(Unary::Extend(bits, signed), operand) => {
                ExprKind::Bits(boxed(operand)?, 0, *bits, *signed)
            }
            Term::Binary(op, left, right) => match operator(*op) {
                Some(op) => return Ok(binary(op, boxed(left)?, boxed(right)?, span)),
                None => return later("variables whose place is found by unsigned division"),
            },
            Term::Select(condition, then, otherwise) => {
                ExprKind::Ternary(boxed(condition)?, boxed(then)?, boxed(otherwise)?)
            }
            Term::ByCaller(returns, told) => return self.by_caller(returns, told, span),
            Term::ThreadLocal(offset) => return self.thread_local(offset, span),
            Term::ReturnAddress(up) => return self.return_address(*up, span),
        };
        Ok(int(kind, span))
    }

    /// The value for where the function returns to.
    fn by_caller(&self, returns: &Term, told: &[(u64, Term)], span: Span) -> Found<Expr> {
        let returns = self.term(returns, span)?;
        // Nothing is at this address: a fault says so.
        let unknown = Box::new(int(ExprKind::Int(0), span));
        let near = "what this caller does not tell".to_owned();
        let width = Width { bytes: 1, signed: false, bits: None };
        let memory = Memory { space: self.space, address: *unknown, offset: 0, width, near };
        let mut value = int(ExprKind::Read(Place::Memory(Box::new(memory))), span);
        for (address, passed) in told.iter().rev() {
            let address = Box::new(self.address(*address, span)?);
            let is_it = binary(BinaryOp::Equal, Box::new(returns.clone()), address, span);
            let passed = Box::new(self.term(passed, span)?);
            value = int(ExprKind::Ternary(Box::new(is_it), passed, Box::new(value)), span);
        }
        Ok(value)
    }

    /// Where a function on the stack returns to.
    fn return_address(&self, up: u32, span: Span) -> Found<Expr> {
        let name = match self.space {
            Space::Kernel => "stack",
            Space::User => "_user_stack",
        };
        let Some(stack) = intrinsic(name) else { return later("the frames of callers") };
        // What is hit itself is the first on the stack.
        let depth = int(ExprKind::Int(i64::from(up) + 1), span);
        Ok(int(ExprKind::Intrinsic(stack, vec![depth]), span))
    }

    fn register(&self, number: u16, span: Span) -> Found<Expr> {
        let argument = ARGUMENTS.iter().position(|&register| register == number);
        let register = match (self.moment, argument) {
            (Moment::Nowhere, _) => {
                let diagnostic =
                    Diagnostic::error("target-unavailable", "a variable in a register");
                return Err(wrong(
                    diagnostic.at(span, "there are no registers where no code is probed"),
                ));
            }
            // Of floating point, vectors, flags, segments: 58 and 59 are where memory of a thread and a processor is.
            (_, None) if number > 16 && !(58..=59).contains(&number) => {
                let diagnostic =
                    Diagnostic::error("target-unavailable", "a variable in a register");
                return Err(wrong(diagnostic.at(span, "in one for floating point, or the like")));
            }
            (Moment::Entry, Some(position)) => Register::Argument(position as u8),
            (Moment::Return, _) if number == RESULT => Register::Result,
            _ => Register::Number(number),
        };
        Ok(int(ExprKind::Register(register), span))
    }

    /// Bits of something that is in several places.
    pub fn gathered(
        &self,
        pieces: &[Piece],
        from: u64,
        bits: u32,
        signed: bool,
        span: Span,
    ) -> Found<Expr> {
        let (mut start, end) = (0_u64, from.saturating_add(bits.into()));
        let mut sum: Option<Expr> = None;
        for piece in pieces {
            let (low, high) = (start.max(from), (start + u64::from(piece.bits)).min(end));
            if low < high {
                let part = self.piece(piece, (low - start) as u32, (high - low) as u32, span)?;
                let part = shifted(part, (low - from) as u32, span);
                sum = Some(match sum {
                    None => part,
                    Some(sum) => binary(BinaryOp::BitOr, Box::new(sum), Box::new(part), span),
                });
            }
            start += u64::from(piece.bits);
        }
        match sum {
            Some(sum) if start >= end => {
                Ok(int(ExprKind::Bits(Box::new(sum), 0, bits, signed), span))
            }
            _ => Err(optimised_out(span)),
        }
    }

    /// Some bits of a piece, without sign.
    fn piece(&self, piece: &Piece, start: u32, bits: u32, span: Span) -> Found<Expr> {
        let Some(at) = &piece.at else { return Err(optimised_out(span)) };
        let start = start.saturating_add(piece.start);
        match self.place(at, span)? {
            At::Value(value) => Ok(int(ExprKind::Bits(value, start, bits, false), span)),
            At::Memory(address, offset) => {
                let offset = offset.wrapping_add(i64::from(start / 8));
                self.loaded(*address, offset, (start % 8, bits), span)
            }
            At::Pieces(pieces, from) => {
                let from = from.saturating_add(start.into());
                self.gathered(&pieces, from, bits, false, span)
            }
            At::Pointer(..) => Err(nowhere(span)),
        }
    }

    /// Bits of memory that begin in the byte at an offset.
    fn loaded(
        &self,
        address: Expr,
        offset: i64,
        (bit, bits): (u32, u32),
        span: Span,
    ) -> Found<Expr> {
        if bit + bits > WORD_BITS {
            let low = self.loaded(address.clone(), offset, (bit, WITHIN_WORD), span)?;
            let offset = offset.wrapping_add(i64::from(WITHIN_WORD / 8));
            let high = self.loaded(address, offset, (bit, bits - WITHIN_WORD), span)?;
            let high = Box::new(shifted(high, WITHIN_WORD, span));
            return Ok(binary(BinaryOp::BitOr, Box::new(low), high, span));
        }
        let bytes = (bit + bits).div_ceil(8).next_power_of_two();
        let width = Width { bytes, signed: false, bits: Some((bit, bits)) };
        let near = "identifier '$'".to_owned();
        let memory = Memory { space: self.space, address, offset, width, near };
        Ok(int(ExprKind::Read(Place::Memory(Box::new(memory))), span))
    }
}

/// Up to 8 bytes, as a piece.
fn constant(bytes: &[u8]) -> Piece {
    let value = little_endian(bytes).unwrap_or_default();
    Piece { at: Some(Where::Value(Term::Const(value))), bits: bytes.len() as u32 * 8, start: 0 }
}

fn shifted(value: Expr, by: u32, span: Span) -> Expr {
    if by == 0 {
        return value;
    }
    let by = Box::new(int(ExprKind::Int(by.into()), span));
    binary(BinaryOp::ShiftLeft, Box::new(value), by, span)
}

fn optimised_out(span: Span) -> super::Absent {
    let diagnostic = Diagnostic::error("target-unavailable", "a part of this is nowhere");
    wrong(diagnostic.at(span, "the compiler has optimised it out here"))
}

/// What is said of the value of a pointer to what is in no memory.
pub(super) fn nowhere(span: Span) -> super::Absent {
    let diagnostic = Diagnostic::error("target-unavailable", "this pointer has no value");
    let diagnostic = diagnostic.at(span, "the compiler keeps what it points to in no memory");
    wrong(diagnostic.help("follow it: what it points to can be read"))
}

/// The number that up to 8 bytes are, the lowest first.
fn little_endian(bytes: &[u8]) -> Option<i64> {
    let mut whole = [0; 8];
    whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(whole))
}

fn operator(op: Binary) -> Option<BinaryOp> {
    Some(match op {
        Binary::Add => BinaryOp::Add,
        Binary::Sub => BinaryOp::Subtract,
        Binary::Mul => BinaryOp::Multiply,
        Binary::Div => BinaryOp::Divide,
        Binary::Mod => BinaryOp::Remainder,
        Binary::UnsignedDiv | Binary::UnsignedMod => return None,
        Binary::And => BinaryOp::BitAnd,
        Binary::Or => BinaryOp::BitOr,
        Binary::Xor => BinaryOp::BitXor,
        Binary::Shl => BinaryOp::ShiftLeft,
        Binary::Shr => BinaryOp::ShiftRightLogical,
        Binary::ShrSigned => BinaryOp::ShiftRight,
        Binary::Eq => BinaryOp::Equal,
        Binary::Ne => BinaryOp::NotEqual,
        Binary::Lt => BinaryOp::Less,
        Binary::Le => BinaryOp::LessEqual,
        Binary::Gt => BinaryOp::Greater,
        Binary::Ge => BinaryOp::GreaterEqual,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_little_endian() {
        assert_eq!(little_endian(&[1, 2]), Some(0x0201));
        assert_eq!(little_endian(&[255; 8]), Some(-1));
        assert_eq!(little_endian(&[0; 9]), None);
    }
}
