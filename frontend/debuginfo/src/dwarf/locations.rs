//! Where a parameter is at the moment its function is entered.

use gimli::{AttributeValue, Expression, Operation};

use super::{Dwarf, Slice, Unit, die::Die};
use crate::info::{ARGUMENTS, Error, Location};

/// How many entries of a location list are looked at.
const MAX_ENTRIES: usize = 4096;

/// How deep expressions within expressions are followed.
const MAX_DEPTH: usize = 4;

/// What DWARF says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the register of the argument at this position.
    Register(u8),
    /// In memory, where this says: at the entry of a function it has arguments on the stack only;
    /// code that is not optimised has it in its frame, but later.
    Memory,
    /// Nowhere: the compiler knows its value.
    Constant,
    /// In several parts.
    Parts,
    /// There is nothing said, or nothing understood.
    Unknown,
}

impl Place {
    /// As a location, when nothing else is known.
    pub fn location(self) -> Location {
        let why = match self {
            Self::Register(register) => return Location::Register(register),
            Self::Memory => "it is passed on the stack, not in a register",
            Self::Constant => "the compiler knew its value and passes it no more",
            Self::Parts => "it is passed in several registers",
            Self::Unknown => "the compiler has optimised it away",
        };
        Location::Unavailable(why.to_owned())
    }
}

/// The place of `param` at the address `entry`.
pub(super) fn at_entry(dwarf: &Dwarf<'_>, param: &Die<'_>, entry: u64) -> Result<Place, Error> {
    if param.value(gimli::DW_AT_const_value).is_some() {
        return Ok(Place::Constant);
    }
    match param.value(gimli::DW_AT_location) {
        None => Ok(Place::Unknown),
        Some(AttributeValue::Exprloc(expression)) => evaluate(&param.unit, expression, 0),
        Some(list) => {
            let Some(mut list) = dwarf.sections.attr_locations(&param.unit, list)? else {
                return Ok(Place::Unknown);
            };
            for _ in 0..MAX_ENTRIES {
                let Some(found) = list.next()? else { break };
                if found.range.begin <= entry && entry < found.range.end {
                    return evaluate(&param.unit, found.data, 0);
                }
            }
            Ok(Place::Unknown)
        }
    }
}

fn evaluate(
    unit: &Unit<'_>,
    expression: Expression<Slice<'_>>,
    depth: usize,
) -> Result<Place, Error> {
    let mut operations = expression.operations(unit.encoding());
    let Some(first) = operations.next()? else {
        return Ok(Place::Unknown);
    };
    let then = operations.next()?;
    Ok(match (first, then) {
        (_, Some(Operation::Piece { .. })) => Place::Parts,
        (Operation::Register { register }, None) => argument(register.0),
        // The value at entry: here, that is the value.
        (Operation::EntryValue { expression }, Some(Operation::StackValue))
            if depth < MAX_DEPTH =>
        {
            evaluate(unit, Expression(expression), depth + 1)?
        }
        (Operation::FrameOffset { .. } | Operation::CallFrameCFA, _) => Place::Memory,
        (Operation::RegisterOffset { .. }, None) => Place::Memory,
        (Operation::ImplicitValue { .. }, None) => Place::Constant,
        (
            Operation::UnsignedConstant { .. } | Operation::SignedConstant { .. },
            Some(Operation::StackValue),
        ) => Place::Constant,
        _ => Place::Unknown,
    })
}

/// The position of the integer argument that is passed in a register.
fn argument(register: u16) -> Place {
    let position = ARGUMENTS.iter().position(|&number| number == register);
    position.map_or(Place::Unknown, |position| Place::Register(position as u8))
}
