//! What functions call: the copies in them, and functions with code of their own. Of these, the calls that are meant
//! are told from others by where they return to, and the frames above them.

use std::collections::HashMap;

use super::{
    Dwarf, callers,
    die::Die,
    entries::{CLOSED_SHIFT, CODE, EXTERNAL, FunctionEntry, PIECE},
    expressions::Frame,
    frames, lines,
    places::{self, MOST},
    scopes,
    terms::{MAX_TERMS, apply, size},
};
use crate::{
    closed, glob,
    info::{Error, RETURN_ADDRESS},
    places::{Place, PlaceKind, Query},
    variables::{Binary, Term},
};

/// How many ways of calls are followed.
const MAX_WAYS: usize = 1 << 14;

/// Which callees are wanted.
pub(super) struct Wanted<'q> {
    /// Their names, with wildcards and file as a query has them.
    pub called: &'q str,
    /// How many calls deep.
    pub depth: u32,
    /// Also copies in the callers.
    pub inlined: bool,
}

/// A place that calls led to.
struct Way {
    place: Place,
    /// How many calls.
    level: u32,
    /// Where those return to that are calls of code; the innermost last.
    returns: Vec<u64>,
}

/// The places where what functions call begins.
pub(super) fn find(
    dwarf: &Dwarf<'_>,
    query: &Query,
    wanted: &Wanted<'_>,
) -> Result<Vec<Place>, Error> {
    let mut found = Found::default();
    let callers = places::instances(dwarf, query, true)?.into_iter();
    let mut open: Vec<Way> =
        callers.map(|place| Way { place, level: 0, returns: Vec::new() }).collect();
    let mut ways = 0;
    while let Some(caller) = open.pop() {
        for way in called_by(dwarf, &caller)? {
            ways += usize::from(way.place.kind == PlaceKind::Entry);
            if ways > MAX_WAYS || found.places.len() + open.len() > MOST {
                return Err(Error(format!("more than {MAX_WAYS} ways of calls")));
            }
            if wanted.fits(&way.place) {
                found.add(dwarf, &way);
            }
            if way.level < wanted.depth {
                open.push(way);
            }
        }
    }
    match found.refused {
        Some(error) if found.places.is_empty() => Err(error),
        _ => Ok(found.places),
    }
}

impl Wanted<'_> {
    fn fits(&self, place: &Place) -> bool {
        let (name, file) = match self.called.split_once('@') {
            Some((name, file)) => (name, Some(file.split(':').next().unwrap_or(file))),
            None => (self.called, None),
        };
        (self.inlined || place.kind == PlaceKind::Entry)
            && glob::matches(name, &place.function)
            && file.is_none_or(|file| glob::matches_path(file, &place.file))
    }
}

/// The places so far.
#[derive(Default)]
struct Found {
    places: Vec<Place>,
    /// Where each is, by its address and the block of its caller.
    known: HashMap<(u64, u64), usize>,
    /// Why one is not among them.
    refused: Option<Error>,
}

impl Found {
    /// Adds the end of a way, or the way to one that is there.
    fn add(&mut self, dwarf: &Dwarf<'_>, way: &Way) {
        let guard = match guard(dwarf, &way.place, &way.returns) {
            Ok(guard) => guard,
            Err(error) => {
                self.refused = Some(error);
                return;
            }
        };
        let caller = way.place.caller.as_ref().map_or(u64::MAX, |caller| caller.scope.0);
        let next = self.places.len();
        let position = *self.known.entry((way.place.address, caller)).or_insert(next);
        if position == next {
            self.places.push(Place { guard, ..way.place.clone() });
            return;
        }
        let known = &mut self.places[position].guard;
        *known = match (known.take(), guard) {
            (Some(one), Some(other)) if one != other => {
                Some(Term::Binary(Binary::Or, Box::new(one), Box::new(other)))
            }
            (Some(one), Some(_)) => Some(one),
            // A copy is in its caller by whatever way control came.
            _ => None,
        };
        if known.as_ref().is_some_and(|guard| size(guard) > MAX_TERMS) {
            self.refused = Some(Error("the calls that lead there are too many".to_owned()));
        }
    }
}

/// What is called next.
fn called_by(dwarf: &Dwarf<'_>, caller: &Way) -> Result<Vec<Way>, Error> {
    let tags =
        [gimli::DW_TAG_inlined_subroutine, gimli::DW_TAG_call_site, gimli::DW_TAG_GNU_call_site];
    let (level, mut ways) = (caller.level + 1, Vec::new());
    for die in lines::inside(dwarf, &caller.place, &tags)? {
        if die.tag() == gimli::DW_TAG_inlined_subroutine {
            let copy = copy_at(dwarf, &die, &caller.place)?;
            let returns = caller.returns.clone();
            ways.extend(copy.map(|place| Way { place, level, returns }));
            continue;
        }
        // What is jumped to leaves no trace of the jump.
        let Some(called) = callers::called_by(&die)? else { continue };
        let Some(returns) = callers::returns_to(dwarf, &die)? else { continue };
        let returns = [&caller.returns[..], &[returns]].concat();
        for entry in functions(dwarf, called)? {
            let mut place = places::entered(dwarf.index, &entry);
            place.caller = Some(Box::new(caller.place.clone()));
            ways.push(Way { place, level, returns: returns.clone() });
        }
    }
    Ok(ways)
}

/// Whether an entry begins a function of its own that can be probed.
fn can_be_probed(entry: &FunctionEntry) -> bool {
    entry.has(CODE) && !entry.has(PIECE) && closed::reason(entry.flags >> CLOSED_SHIFT).is_none()
}

/// The functions with code that an entry of DWARF means, which may be a declaration of it, or of a function
/// of which there are several variants.
fn functions(dwarf: &Dwarf<'_>, called: u64) -> Result<Vec<FunctionEntry>, Error> {
    let index = dwarf.index;
    let Some(name) = name_of(dwarf, &dwarf.die(called)?)? else { return Ok(Vec::new()) };
    let Some(number) = index.find(&name) else { return Ok(Vec::new()) };
    let rows = index.all_functions().with_key(&number, |entry| entry.name);
    let (mut own, mut external) = (Vec::new(), Vec::new());
    for entry in rows.iter().filter(can_be_probed) {
        let is_it = entry.die == called || {
            let die = dwarf.die(entry.die)?;
            die.reference(gimli::DW_AT_abstract_origin)? == Some(called)
                || die.reference(gimli::DW_AT_specification)? == Some(called)
        };
        if is_it {
            own.push(entry);
        } else if entry.has(EXTERNAL) {
            external.push(entry);
        }
    }
    Ok(if own.is_empty() { external } else { own })
}

/// What an entry, or what it was made of, calls a function.
fn name_of<'a>(dwarf: &Dwarf<'a>, die: &Die<'a>) -> Result<Option<String>, Error> {
    scopes::attribute(dwarf, die, |die| {
        let name = die.name(dwarf)?;
        Ok(if name.is_empty() { None } else { Some(name.into_owned()) })
    })
}

/// The copy of a function that an entry describes.
fn copy_at<'a>(dwarf: &Dwarf<'a>, die: &Die<'a>, caller: &Place) -> Result<Option<Place>, Error> {
    let function = name_of(dwarf, die)?;
    let line = scopes::attribute(dwarf, die, |die| Ok(die.unsigned(gimli::DW_AT_decl_line)))?;
    let Some(function) = function else { return Ok(None) };
    // The index knows where it begins, and where it is declared.
    let index = dwarf.index;
    let Some(number) = index.find(&function) else { return Ok(None) };
    let declared = index.all_declared().with_key(&number, |entry| entry.name);
    for entry in declared.iter().filter(|entry| Some(u64::from(entry.line)) == line) {
        let found = index.copies(&entry).find(|copy| copy.die == die.offset());
        let Some(copy) = found else { continue };
        if closed::reason(copy.flags >> CLOSED_SHIFT).is_some() {
            return Ok(None);
        }
        let mut place = places::copied(index, &entry, &copy);
        place.caller = Some(Box::new(caller.clone()));
        return Ok(Some(place));
    }
    Ok(None)
}

/// Whether control is at a place by calls that return to these addresses, the innermost last.
fn guard(dwarf: &Dwarf<'_>, place: &Place, returns: &[u64]) -> Result<Option<Term>, Error> {
    let scope = dwarf.die(place.scope.0)?;
    let frame = Frame {
        dwarf,
        unit: &scope.unit,
        address: place.address,
        kind: &place.kind,
        base: None,
        function: None,
        followed: 0,
        up: 0,
    };
    came_by(frame, returns, 0)
}

/// Likewise, by calls further out than so many.
fn came_by(frame: Frame<'_, '_>, returns: &[u64], up: u32) -> Result<Option<Term>, Error> {
    let Some((&last, outer)) = returns.split_last() else { return Ok(None) };
    let own = match up {
        // Entries come before return probes of the function write over it.
        0 => {
            let address = apply(Binary::Add, frames::cfa(frame)?, Term::Const(-RETURN_ADDRESS));
            Term::Load(Box::new(address), RETURN_ADDRESS as u32, false)
        }
        _ => Term::ReturnAddress(up),
    };
    let is_it = apply(Binary::Eq, own, Term::Address(last));
    let guard = match came_by(frame, outer, up + 1)? {
        None => is_it,
        Some(outer) => Term::Select(Box::new(is_it), Box::new(outer), Box::new(Term::Const(0))),
    };
    match size(&guard) > MAX_TERMS {
        true => Err(Error("the calls that lead there are too many".to_owned())),
        false => Ok(Some(guard)),
    }
}
