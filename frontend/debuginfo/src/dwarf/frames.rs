//! Where a function's frame begins: the canonical frame address, by the unwind tables.

use std::sync::OnceLock;

use gimli::{CfaRule, Expression, RegisterRule, UnwindContext, UnwindSection};

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

/// The registers that functions must leave as they were (System V ABI for x86-64, figure 3.4), by their numbers in DWARF.
const KEPT: [u16; 6] = [3, 6, 12, 13, 14, 15];

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

/// Where what a register held when the function was called is.
pub(super) enum Saved {
    /// In the register.
    Unchanged,
    /// So many bytes behind the canonical frame address.
    At(i64),
}

/// Where that is of a register that functions must leave as it was.
pub(super) fn saved(frame: Frame<'_, '_>, register: gimli::Register) -> Result<Saved, Error> {
    if !KEPT.contains(&register.0) {
        return Err(Error("what the caller had in a register is lost".to_owned()));
    }
    row(frame, frame.address, |row, _| match row.register(register) {
        None | Some(RegisterRule::Undefined | RegisterRule::SameValue) => Ok(Saved::Unchanged),
        Some(RegisterRule::Offset(offset)) => Ok(Saved::At(offset)),
        Some(_) => Err(Error("what the caller had in a register is in another place".to_owned())),
    })
}

/// How the canonical frame address is found.
enum Rule<'a> {
    /// From what a register holds.
    Offset(u16, i64),
    Expression(Expression<Slice<'a>>),
}

/// How the canonical frame address is found at an address.
fn rule<'a>(frame: Frame<'_, 'a>, address: u64) -> Result<Rule<'a>, Error> {
    row(frame, address, |row, expression| {
        Ok(match row.cfa() {
            CfaRule::RegisterAndOffset { register, offset } => Rule::Offset(register.0, *offset),
            CfaRule::Expression(of) => Rule::Expression(expression(of)?),
        })
    })
}

type Row = gimli::UnwindTableRow<usize>;
/// What gives the text of an expression of a table.
type Text<'t, 'a> =
    &'t dyn Fn(&gimli::UnwindExpression<usize>) -> gimli::Result<Expression<Slice<'a>>>;

/// What the tables say of an address.
fn row<'a, T>(
    frame: Frame<'_, 'a>,
    address: u64,
    ask: impl Fn(&Row, Text<'_, 'a>) -> Result<T, Error>,
) -> Result<T, Error> {
    let frames = &frame.dwarf.frames;
    match in_table(frame, &frames.debug, address, &ask)? {
        Some(found) => Ok(found),
        None => in_table(frame, &frames.eh, address, &ask)?
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

fn in_table<'a, T, S: UnwindSection<Slice<'a>>>(
    frame: Frame<'_, 'a>,
    Table { section, ranges }: &Table<S>,
    address: u64,
    ask: &impl Fn(&Row, Text<'_, 'a>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
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
    ask(row, &|expression| expression.get(section)).map(Some)
}
