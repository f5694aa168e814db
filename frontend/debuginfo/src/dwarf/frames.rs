//! Where a function's frame begins: the canonical frame address, by the unwind tables.

use gimli::{CfaRule, UnwindContext, UnwindSection};

use super::{
    Slice,
    expressions::{self, Frame},
    terms::apply,
};
use crate::{
    info::Error,
    places::PlaceKind,
    variables::{Binary, Term},
};

/// The stack pointer, and where the return address lies when a function is entered (System V ABI for
/// x86-64).
const STACK: u16 = 7;
const RETURN_ADDRESS: i64 = 8;

/// The address that the stack pointer had before the function was called.
pub(super) fn cfa(frame: Frame<'_, '_>) -> Result<Term, Error> {
    if *frame.kind == PlaceKind::Entry {
        return Ok(apply(Binary::Add, Term::Register(STACK), Term::Const(RETURN_ADDRESS)));
    }
    let frames = &frame.dwarf.frames;
    match in_table(frame, &frames.debug)? {
        Some(term) => Ok(term),
        None => in_table(frame, &frames.eh)?
            .ok_or_else(|| Error("no unwind table says where its frame is".to_owned())),
    }
}

/// The tables of an object.
#[derive(Debug)]
pub(super) struct Frames<'a> {
    pub debug: gimli::DebugFrame<Slice<'a>>,
    pub eh: gimli::EhFrame<Slice<'a>>,
    pub bases: gimli::BaseAddresses,
}

fn in_table<'a, S: UnwindSection<Slice<'a>>>(
    frame: Frame<'_, 'a>,
    table: &S,
) -> Result<Option<Term>, Error> {
    let mut context = UnwindContext::new();
    let bases = &frame.dwarf.frames.bases;
    let found =
        table.unwind_info_for_address(bases, &mut context, frame.address, S::cie_from_offset);
    let row = match found {
        Ok(row) => row,
        Err(gimli::Error::NoUnwindInfoForAddress) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match row.cfa() {
        CfaRule::RegisterAndOffset { register, offset } => {
            let start = Term::Register(register.0);
            Ok(Some(apply(Binary::Add, start, Term::Const(*offset))))
        }
        CfaRule::Expression(expression) => {
            let expression = expression.get(table)?;
            expressions::number(frame, expression).map(Some)
        }
    }
}
