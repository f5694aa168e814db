//! Where a function's frame begins: the canonical frame address, by the unwind tables.

use std::sync::OnceLock;

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
    pub debug: Table<gimli::DebugFrame<Slice<'a>>>,
    pub eh: Table<gimli::EhFrame<Slice<'a>>>,
    pub bases: gimli::BaseAddresses,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table<S> {
    section: S,
    /// What its entries are about, once that is asked for.
    ranges: OnceLock<Vec<Range>>,
}

impl<S> From<S> for Table<S> {
    fn from(section: S) -> Self {
        Self { section, ranges: OnceLock::new() }
    }
}

/// The code that an entry of a table is about.
#[derive(Debug)]
struct Range {
    start: u64,
    end: u64,
    /// Where the entry is in the table.
    entry: usize,
}

/// What each entry of a table is about, in order; those behind damage are not found.
fn ranges_of<'a, S: UnwindSection<Slice<'a>>>(
    table: &S,
    bases: &gimli::BaseAddresses,
) -> Vec<Range> {
    let mut ranges = Vec::new();
    let mut entries = table.entries(bases);
    while let Ok(Some(entry)) = entries.next() {
        let gimli::CieOrFde::Fde(partial) = entry else { continue };
        let Ok(entry) = partial.parse(S::cie_from_offset) else { continue };
        let start = entry.initial_address();
        let end = start.saturating_add(entry.len());
        ranges.push(Range { start, end, entry: entry.offset() });
    }
    ranges.sort_unstable_by_key(|range| range.start);
    ranges
}

fn in_table<'a, S: UnwindSection<Slice<'a>>>(
    frame: Frame<'_, 'a>,
    Table { section, ranges }: &Table<S>,
) -> Result<Option<Term>, Error> {
    let bases = &frame.dwarf.frames.bases;
    let known = ranges.get_or_init(|| ranges_of(section, bases));
    let behind = known.partition_point(|range| range.start <= frame.address);
    let found = behind.checked_sub(1).and_then(|at| known.get(at));
    let Some(range) = found.filter(|range| frame.address < range.end) else { return Ok(None) };
    let entry = section.fde_from_offset(bases, range.entry.into(), S::cie_from_offset)?;
    let mut context = UnwindContext::new();
    let row = entry.unwind_info_for_address(section, bases, &mut context, frame.address)?;
    match row.cfa() {
        CfaRule::RegisterAndOffset { register, offset } => {
            let start = Term::Register(register.0);
            Ok(Some(apply(Binary::Add, start, Term::Const(*offset))))
        }
        CfaRule::Expression(expression) => {
            let expression = expression.get(section)?;
            expressions::number(frame, expression).map(Some)
        }
    }
}
