//! Where a function's frame begins: the canonical frame address, by the unwind tables.

use std::sync::OnceLock;

use gimli::{CfaRule, Expression, UnwindContext, UnwindSection};

use super::{
    Slice,
    expressions::{self, Frame},
    lines,
    terms::apply,
};
use crate::{
    info::{Error, RETURN_ADDRESS, STACK},
    places::PlaceKind,
    variables::{Binary, Term},
};

/// The address that the stack pointer had before the function was called.
pub(super) fn cfa(frame: Frame<'_, '_>) -> Result<Term, Error> {
    if *frame.kind == PlaceKind::Entry {
        return Ok(apply(Binary::Add, Term::Register(STACK), Term::Const(RETURN_ADDRESS)));
    }
    match rule(frame, frame.address)? {
        Rule::Offset(register, offset) => {
            Ok(apply(Binary::Add, Term::Register(register), Term::Const(offset)))
        }
        Rule::Expression(expression) => expressions::number(frame, expression),
    }
}

/// What a register that a frame is counted from will hold once the function that is being entered has made
/// its frame: as much below the canonical frame address as the unwind tables say of where the function's
/// own code begins.
pub(super) fn settled(frame: Frame<'_, '_>, register: u16) -> Result<Term, Error> {
    let prologue = lines::prologue_end(frame.unit, frame.address)?;
    match prologue.map(|end| rule(frame, end)).transpose()? {
        Some(Rule::Offset(of, offset)) if of == register => {
            Ok(apply(Binary::Add, cfa(frame)?, Term::Const(offset.wrapping_neg())))
        }
        _ => Err(Error("its frame is only made behind the function's entry".to_owned())),
    }
}

/// How the canonical frame address is found.
enum Rule<'a> {
    /// From what a register holds.
    Offset(u16, i64),
    Expression(Expression<Slice<'a>>),
}

/// What the tables say of an address.
fn rule<'a>(frame: Frame<'_, 'a>, address: u64) -> Result<Rule<'a>, Error> {
    let frames = &frame.dwarf.frames;
    match in_table(frame, &frames.debug, address)? {
        Some(rule) => Ok(rule),
        None => in_table(frame, &frames.eh, address)?
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
    address: u64,
) -> Result<Option<Rule<'a>>, Error> {
    let bases = &frame.dwarf.frames.bases;
    let known = ranges.get_or_init(|| ranges_of(section, bases));
    let behind = known.partition_point(|range| range.start <= address);
    let found = behind.checked_sub(1).and_then(|at| known.get(at));
    // It must be of the function that is asked about.
    let holds =
        |range: &&Range| address < range.end && (range.start..range.end).contains(&frame.address);
    let Some(range) = found.filter(holds) else { return Ok(None) };
    let entry = section.fde_from_offset(bases, range.entry.into(), S::cie_from_offset)?;
    let mut context = UnwindContext::new();
    let row = entry.unwind_info_for_address(section, bases, &mut context, address)?;
    Ok(Some(match row.cfa() {
        CfaRule::RegisterAndOffset { register, offset } => Rule::Offset(register.0, *offset),
        CfaRule::Expression(expression) => Rule::Expression(expression.get(section)?),
    }))
}
