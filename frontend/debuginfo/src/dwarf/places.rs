//! Places in code that probe points ask for.

use std::collections::{HashMap, HashSet};

use super::{
    Dwarf, callees,
    entries::{
        AMBIGUOUS, CLOSED_SHIFT, CODE, DeclaredEntry, EXTERNAL, FunctionEntry, InlinedEntry, PIECE,
    },
    index::DwarfIndex,
    lines,
};
use crate::{
    closed, glob,
    info::Error,
    places::{Lines, Place, PlaceKind, Query, Scope, What},
};

/// The most places that one point may have.
pub(super) const MOST: usize = 1 << 20;

/// What is said of a function with a piece that has code of its own, and nothing else that has.
fn only_piece(index: &DwarfIndex<'_>) -> String {
    format!(
        "{}'s compiler has put it into its callers, but for a piece of it (`.part`)",
        index.subject()
    )
}

pub(super) fn find(dwarf: &Dwarf<'_>, query: &Query) -> Result<Vec<Place>, Error> {
    let mut places = Vec::new();
    match &query.what {
        What::Functions { code, inlined, exported } => {
            let (code, inlined, exported) = (*code, *inlined, *exported);
            let wanted = Wanted { code, pieces: false, inlined, exported };
            functions(dwarf, query, wanted, &mut places)?;
        }
        What::Statements { nearest } => places = lines::statements(dwarf, query, *nearest)?,
        What::Labels(pattern) => places = lines::labels(dwarf, query, pattern)?,
        What::Callees { called, depth, inlined } => {
            places = callees::find(
                dwarf,
                query,
                &callees::Wanted { called, depth: *depth, inlined: *inlined },
            )?;
        }
    }
    if places.len() > MOST {
        return Err(Error(format!("more than {MOST} places")));
    }
    places.sort_by_key(|place| place.address);
    Ok(places)
}

/// The functions and copies of functions that a query means, whatever it wants of them; their pieces
/// too, where it means lines.
pub(super) fn instances(
    dwarf: &Dwarf<'_>,
    query: &Query,
    inlined: bool,
) -> Result<Vec<Place>, Error> {
    let pieces = query.lines != Lines::Unwritten;
    let wanted = Wanted { code: true, pieces, inlined, exported: false };
    let mut places = Vec::new();
    functions(dwarf, query, wanted, &mut places)?;
    Ok(places)
}

/// Which functions are wanted.
#[derive(Clone, Copy)]
struct Wanted {
    code: bool,
    /// Of those with code, also what is only a piece of one.
    pieces: bool,
    inlined: bool,
    exported: bool,
}

/// The numbers of the names that a pattern may mean.
fn names(index: &DwarfIndex<'_>, pattern: &str) -> std::ops::Range<u32> {
    if !glob::is_pattern(pattern) {
        return index.find(pattern).map_or(0..0, |number| number..number + 1);
    }
    let literal = pattern.split(['*', '?', '[', '\\']).next().unwrap_or_default();
    if literal.is_empty() { 0..u32::MAX } else { index.names_from(literal) }
}

/// What a query says of names, files and lines of declarations.
struct Filter<'q> {
    query: &'q Query,
    /// Whether each file of the index fits, as far as it is known.
    files: HashMap<u32, bool>,
    name: (u32, bool),
}

impl<'q> Filter<'q> {
    fn of(query: &'q Query) -> Self {
        Self { query, files: HashMap::new(), name: (u32::MAX, false) }
    }

    /// Whether a declaration is one that the query means. As for the peer, lines are those of statements.
    fn takes(&mut self, index: &DwarfIndex<'_>, (name, file): (u32, u32)) -> bool {
        if self.name.0 != name {
            let fits = glob::matches(&self.query.function, index.name(name));
            self.name = (name, fits);
        }
        let fits_file = match &self.query.file {
            None => true,
            Some(pattern) => *self
                .files
                .entry(file)
                .or_insert_with(|| glob::matches_path(pattern, index.name(file))),
        };
        self.name.1 && fits_file
    }
}

fn functions(
    dwarf: &Dwarf<'_>,
    query: &Query,
    wanted: Wanted,
    places: &mut Vec<Place>,
) -> Result<(), Error> {
    let index = dwarf.index;
    let names = names(index, &query.function);
    let exact = !glob::is_pattern(&query.function);
    let mut filter = Filter::of(query);
    let mut refused = None;
    if wanted.code {
        let rows = index.all_functions();
        let start = rows.partition_point(|entry| entry.name < names.start);
        let end = rows.partition_point(|entry| entry.name < names.end);
        for entry in rows.range(start, end - start).iter() {
            let fits = entry.has(CODE)
                && (!wanted.exported || entry.has(EXTERNAL))
                && filter.takes(index, (entry.name, entry.file));
            if !fits {
                continue;
            }
            match closed::reason(entry.flags >> CLOSED_SHIFT) {
                Some(why) => refused = Some(why.to_owned()),
                None if entry.has(PIECE) && !wanted.pieces => refused = Some(only_piece(index)),
                None => places.push(entered(index, &entry)),
            }
        }
    }
    if wanted.inlined && !wanted.exported {
        let rows = index.all_declared();
        let start = rows.partition_point(|entry| entry.name < names.start);
        let end = rows.partition_point(|entry| entry.name < names.end);
        for entry in rows.range(start, end - start).iter() {
            if filter.takes(index, (entry.name, entry.file)) {
                copies(index, &entry, &mut refused, places);
            }
        }
    }
    match refused {
        Some(why) if exact && places.is_empty() => Err(Error(why)),
        _ => Ok(()),
    }
}

/// The place where the function is entered whose code begins at an address.
pub(super) fn entry_at(index: &DwarfIndex<'_>, address: u64) -> Option<Place> {
    let is_there = |entry: &FunctionEntry| {
        let is_closed = closed::reason(entry.flags >> CLOSED_SHIFT).is_some();
        entry.entry == address && entry.has(CODE) && !entry.has(PIECE) && !is_closed
    };
    let entry = index.all_functions().iter().find(is_there)?;
    Some(entered(index, &entry))
}

/// Those of all of some addresses that are entries.
pub(super) fn entries_at(index: &DwarfIndex<'_>, addresses: &HashSet<u64>) -> HashMap<u64, Place> {
    let rows = index.all_functions();
    let wanted = rows.iter().filter(|entry| addresses.contains(&entry.entry));
    let is_entry = |entry: &FunctionEntry| entry.has(CODE) && !entry.has(PIECE);
    wanted.filter(is_entry).map(|entry| (entry.entry, entered(index, &entry))).collect()
}

/// The place where a function is entered.
pub(super) fn entered(index: &DwarfIndex<'_>, entry: &FunctionEntry) -> Place {
    let (symbol, offset) = if entry.has(AMBIGUOUS) {
        from_start(index, entry.entry)
    } else {
        (index.name(entry.symbol).to_owned(), 0)
    };
    Place {
        address: entry.entry,
        kind: PlaceKind::Entry,
        function: index.name(entry.name).to_owned(),
        file: index.name(entry.file).to_owned(),
        line: entry.line,
        symbol,
        offset,
        scope: Scope(entry.die),
        notes: Vec::new(),
        caller: None,
        guard: None,
    }
}

/// The places where copies of a function begin.
fn copies(
    index: &DwarfIndex<'_>,
    entry: &DeclaredEntry,
    refused: &mut Option<String>,
    places: &mut Vec<Place>,
) {
    for copy in index.copies(entry) {
        if let Some(why) = closed::reason(copy.flags >> CLOSED_SHIFT) {
            *refused = Some(why.to_owned());
            continue;
        }
        places.push(copied(index, entry, &copy));
    }
}

/// The place where a copy begins.
pub(super) fn copied(index: &DwarfIndex<'_>, entry: &DeclaredEntry, copy: &InlinedEntry) -> Place {
    let (symbol, offset) = from_start(index, copy.entry);
    Place {
        address: copy.entry,
        kind: PlaceKind::Inlined,
        function: index.name(entry.name).to_owned(),
        file: index.name(entry.file).to_owned(),
        line: entry.line,
        symbol,
        offset,
        scope: Scope(copy.die),
        notes: Vec::new(),
        caller: None,
        guard: None,
    }
}

/// An address by a symbol that only one place of the object has; by itself if there is none.
pub(super) fn from_start(index: &DwarfIndex<'_>, address: u64) -> (String, u64) {
    match index.anchor(address) {
        Ok((symbol, offset)) => (symbol.to_owned(), offset),
        Err(_) => (String::new(), address),
    }
}
