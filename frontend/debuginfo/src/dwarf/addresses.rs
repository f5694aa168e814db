//! Places that are asked for by their addresses: functions that have code there, and statements that begin
//! there.

use super::{
    Dwarf,
    die::Die,
    entries::{CLOSED_SHIFT, CODE, FunctionEntry},
    lines,
    places::{entered, from_start},
    scopes,
};
use crate::{
    closed,
    info::Error,
    places::{At, Place, PlaceKind, Scope},
};

/// How deep copies and blocks are within each other; more is damage.
const MAX_DEPTH: usize = 256;
/// How many ranges of units are looked at; more is damage.
const MAX_RANGES: usize = 1 << 22;

pub(super) fn place(dwarf: &Dwarf<'_>, address: u64, at: At) -> Result<Option<Place>, Error> {
    let Some(entry) = function(dwarf, address)? else { return Ok(None) };
    if let Some(why) = closed::reason(entry.flags >> CLOSED_SHIFT) {
        return Err(Error(why.to_owned()));
    }
    let entered = entered(dwarf.index, &entry);
    match at {
        At::Statement { nearest } if address != entry.entry => {
            statement(dwarf, entered, address, nearest).map(Some)
        }
        At::Function | At::Statement { .. } => Ok(Some(entered)),
    }
}

/// The function that has the code at an address.
fn function(dwarf: &Dwarf<'_>, address: u64) -> Result<Option<FunctionEntry>, Error> {
    let functions = || dwarf.index.all_functions().iter().filter(|entry| entry.has(CODE));
    let before = functions().filter(|entry| entry.entry <= address);
    let last = before.max_by_key(|entry| entry.entry);
    if let Some(entry) = last
        && scopes::contains(dwarf, &dwarf.die(entry.die)?, address)?
    {
        return Ok(Some(entry));
    }
    // Rarely executed code lies apart from the rest of its function.
    let Some(die) = in_units(dwarf, address)? else { return Ok(None) };
    Ok(functions().find(|entry| entry.die == die))
}

/// The function that has the code at an address, by the ranges of all units.
fn in_units(dwarf: &Dwarf<'_>, address: u64) -> Result<Option<u64>, Error> {
    let mut units = dwarf.sections.units();
    let mut left = MAX_RANGES;
    while let Some(header) = units.next()? {
        let Some(start) = header.debug_info_offset() else { continue };
        let unit = dwarf.unit(start.0 as u64)?;
        let root = unit.entry(gimli::UnitOffset(unit.header.size_of_header()))?;
        let root = Die { unit: unit.clone(), entry: root, base: 0 };
        let ranges = root.listed_ranges(dwarf, left)?;
        left = left
            .checked_sub(ranges.len())
            .ok_or_else(|| Error("DWARF ranges without an end".to_owned()))?;
        if !ranges.iter().any(|&(begin, end)| (begin..end).contains(&address)) {
            continue;
        }
        for &offset in dwarf.outermost(&unit)?.iter() {
            let die = Die { unit: unit.clone(), entry: unit.entry(offset)?, base: 0 };
            if die.tag() == gimli::DW_TAG_subprogram && scopes::contains(dwarf, &die, address)? {
                return Ok(Some(die.offset()));
            }
        }
    }
    Ok(None)
}

/// The statement at an address of a function, in the innermost copy that is there.
fn statement(
    dwarf: &Dwarf<'_>,
    function: Place,
    address: u64,
    nearest: bool,
) -> Result<Place, Error> {
    let die = dwarf.die(function.scope.0)?;
    let Some(begin) = lines::begin_of(dwarf, &die, address)? else {
        return Err(Error(format!("no statement is known to begin at {address:#x}")));
    };
    if begin.0 != address && !nearest {
        return Err(Error(format!(
            "{address:#x} is not where a statement begins (try {:#x})",
            begin.0
        )));
    }
    let (address, file, line) = begin;
    if let Some(why) = dwarf.index.closed(address) {
        return Err(Error(why.to_owned()));
    }
    let (symbol, offset) = from_start(dwarf.index, address);
    let innermost = innermost(dwarf, die, address)?;
    let name = scopes::attribute(dwarf, &innermost, |die| {
        let name = die.name(dwarf)?;
        Ok(if name.is_empty() { None } else { Some(name.into_owned()) })
    })?;
    let kind = if address == function.address { PlaceKind::Entry } else { PlaceKind::Statement };
    let scope = Scope(innermost.offset());
    let named = name.unwrap_or_else(|| function.function.clone());
    Ok(Place { address, kind, function: named, file, line, symbol, offset, scope, ..function })
}

/// The innermost copy of a function that has the code at an address, or the function itself.
fn innermost<'a>(dwarf: &Dwarf<'a>, die: Die<'a>, address: u64) -> Result<Die<'a>, Error> {
    const INNER: [gimli::DwTag; 2] =
        [gimli::DW_TAG_inlined_subroutine, gimli::DW_TAG_lexical_block];
    let (mut around, mut copy) = (die.clone(), die);
    for _ in 0..MAX_DEPTH {
        let mut inner = None;
        for die in around.children(&INNER)? {
            if scopes::contains(dwarf, &die, address)? {
                inner = Some(die);
                break;
            }
        }
        let Some(inner) = inner else { return Ok(copy) };
        if inner.tag() == gimli::DW_TAG_inlined_subroutine {
            copy = inner.clone();
        }
        around = inner;
    }
    Err(Error("DWARF blocks without an end".to_owned()))
}
