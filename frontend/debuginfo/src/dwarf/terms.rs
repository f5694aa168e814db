//! Calculations of the location language: putting them together, and how large they are.

use gimli::Operation;

use super::Slice;
use crate::{
    info::Error,
    variables::{Binary, Term},
};

/// How many parts a calculation may have.
pub(super) const MAX_TERMS: usize = 2000;

/// The value on top of the stack.
pub(super) fn pop(stack: &mut Vec<Term>) -> Result<Term, Error> {
    stack.pop().ok_or_else(|| unknown("a step without a value"))
}

/// The operator of two values that an operation is, if it is one.
pub(super) fn binary(operation: &Operation<Slice<'_>>) -> Option<Binary> {
    Some(match operation {
        Operation::And => Binary::And,
        Operation::Div => Binary::Div,
        Operation::Minus => Binary::Sub,
        Operation::Mod => Binary::UnsignedMod,
        Operation::Mul => Binary::Mul,
        Operation::Or => Binary::Or,
        Operation::Plus => Binary::Add,
        Operation::Shl => Binary::Shl,
        Operation::Shr => Binary::Shr,
        Operation::Shra => Binary::ShrSigned,
        Operation::Xor => Binary::Xor,
        Operation::Eq => Binary::Eq,
        Operation::Ne => Binary::Ne,
        Operation::Lt => Binary::Lt,
        Operation::Le => Binary::Le,
        Operation::Gt => Binary::Gt,
        Operation::Ge => Binary::Ge,
        _ => return None,
    })
}

/// An operator of two values; sums with constants are put together.
pub(super) fn apply(op: Binary, left: Term, right: Term) -> Term {
    match (op, left, right) {
        (Binary::Add, Term::Const(left), Term::Const(right)) => {
            Term::Const(left.wrapping_add(right))
        }
        (Binary::Add, left, Term::Const(0)) => left,
        (Binary::Add, Term::Address(address), Term::Const(more)) => {
            Term::Address(address.wrapping_add(more as u64))
        }
        (Binary::Add, Term::Binary(Binary::Add, first, second), Term::Const(more)) => match *second
        {
            Term::Const(second) => {
                apply(Binary::Add, *first, Term::Const(second.wrapping_add(more)))
            }
            second => {
                let sum = Term::Binary(Binary::Add, first, Box::new(second));
                Term::Binary(Binary::Add, Box::new(sum), Box::new(Term::Const(more)))
            }
        },
        (op, left, right) => Term::Binary(op, Box::new(left), Box::new(right)),
    }
}

/// How many parts a calculation has, up to a bound.
pub(super) fn size(term: &Term) -> usize {
    let mut open = vec![term];
    let mut size = 0;
    while let Some(term) = open.pop() {
        size += 1;
        if size > MAX_TERMS {
            break;
        }
        open.extend(term.parts());
    }
    size
}

/// The number that up to 8 bytes are, the lowest first.
pub(super) fn little_endian(bytes: &[u8]) -> Option<i64> {
    let mut whole = [0; 8];
    whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(whole))
}

/// What is said of a variable that DWARF gives no place where it is asked for.
pub const OPTIMISED_OUT: &str = "the compiler has optimised it away here";

/// What is nowhere.
pub(super) fn optimised_out() -> Error {
    Error(OPTIMISED_OUT.to_owned())
}

/// What nothing here understands.
pub(super) fn unknown(what: &str) -> Error {
    Error(format!("it is where nothing here finds it: {what}"))
}
