//! Instructions of source lines, by the line tables of units.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use super::{
    Dwarf, Unit,
    die::Die,
    files,
    index::Subject,
    places::{from_start, instances},
    scopes,
};
use crate::{
    elf::Elf,
    info::Error,
    places::{Lines, Place, PlaceKind, Query},
};

/// How many rows a unit's table may have; more is damage.
const MAX_ROWS: usize = 1 << 24;
/// How many ranges of code and rows of tables one question may take; more is damage.
const MAX_STEPS: usize = 1 << 28;
/// How many lines a message offers.
const OFFERED: usize = 2;

/// A row of a table.
struct Row {
    address: u64,
    line: u32,
    file: Rc<str>,
}

/// The tables of the units that were needed, by where the units start.
type Tables = HashMap<u64, Rc<Vec<Row>>>;

/// The places of the lines that a query asks for.
pub(super) fn statements(
    dwarf: &Dwarf<'_>,
    query: &Query,
    nearest: bool,
) -> Result<Vec<Place>, Error> {
    let mut tables = Tables::new();
    let mut left = MAX_STEPS;
    let mut places = Vec::new();
    let mut near = Near::default();
    let (mut of_functions, mut all) = (BTreeSet::new(), Vec::new());
    for instance in instances(dwarf, query, true)? {
        if query.lines == Lines::Unwritten {
            places.push(instance);
            continue;
        }
        let die = dwarf.die(instance.scope.0)?;
        let rows = rows(dwarf, &die, &mut tables)?;
        let first = first_of_lines(&rows, &die.ranges(dwarf)?, &instance.file, &mut left)?;
        if query.lines == Lines::All {
            // What is copied into a function stands before it; a line counts where a function has it.
            let own = first.keys().filter(|&&line| line >= instance.line);
            of_functions.extend(own.map(|&line| (instance.file.clone(), line)));
            all.push((instance, first));
            continue;
        }
        let asked = asked(&query.lines, &instance, &first);
        for line in asked {
            let line = if nearest { closest(&first, line).unwrap_or(line) } else { line };
            match first.get(&line) {
                Some(&address) => places.push(statement(dwarf, &instance, line, address)),
                None => near.note(&instance.file, line, &first),
            }
        }
    }
    for (instance, first) in all {
        let file = instance.file.clone();
        // Lines that begin with the same instruction are one place.
        let mut lines: BTreeMap<u64, u32> = BTreeMap::new();
        for (_, line) in of_functions.range((file.clone(), 0)..=(file, u32::MAX)) {
            if let Some(&address) = first.get(line) {
                lines.insert(address, *line);
            }
        }
        for (address, line) in lines {
            places.push(statement(dwarf, &instance, line, address));
        }
    }
    if places.is_empty() {
        near.complain()?;
    }
    Ok(places)
}

/// Lines that have no instructions, and those around them that have.
#[derive(Default)]
struct Near(Option<(String, u32, Vec<u32>)>);

impl Near {
    fn note(&mut self, file: &str, line: u32, known: &HashMap<u32, u64>) {
        let before = known.keys().copied().filter(|&known| known < line).max();
        let behind = known.keys().copied().filter(|&known| known > line).min();
        let around: Vec<u32> = before.into_iter().chain(behind).take(OFFERED).collect();
        self.0.get_or_insert_with(|| (file.to_owned(), line, around));
    }

    fn complain(self) -> Result<(), Error> {
        let Some((file, line, around)) = self.0 else { return Ok(()) };
        let offer: Vec<String> = around.iter().map(|line| format!(":{line}")).collect();
        let offer = match offer.as_slice() {
            [] => String::new(),
            offer => format!(" (try {})", offer.join(" or ")),
        };
        Err(Error(format!("no line records for {file}:{line}{offer}")))
    }
}

fn statement(dwarf: &Dwarf<'_>, instance: &Place, line: u32, address: u64) -> Place {
    let (symbol, offset) = from_start(dwarf.index, address);
    let kind = if address == instance.address && instance.kind == PlaceKind::Entry {
        PlaceKind::Entry
    } else {
        PlaceKind::Statement
    };
    Place { address, kind, line, symbol, offset, ..instance.clone() }
}

/// The lines that are asked for, of a function.
fn asked(lines: &Lines, instance: &Place, known: &HashMap<u32, u64>) -> Vec<u32> {
    match lines {
        Lines::Unwritten | Lines::All => Vec::new(),
        Lines::Offset(lines) => vec![instance.line.saturating_add(*lines)],
        Lines::Listed(ranges) => {
            let mut all = Vec::new();
            for &(first, last) in ranges {
                // Of a single line it is said when it has no instructions.
                if first == last {
                    all.push(first);
                    continue;
                }
                let within = known.keys().copied().filter(|line| (first..=last).contains(line));
                all.extend(within);
            }
            all.sort_unstable();
            all.dedup();
            all
        }
    }
}

/// The nearest line that has instructions.
fn closest(known: &HashMap<u32, u64>, line: u32) -> Option<u32> {
    known.keys().copied().min_by_key(|known| (known.abs_diff(line), u32::MAX - known))
}

/// The first instruction of each line of a file within ranges; `left` is how much may be looked at yet.
fn first_of_lines(
    rows: &[Row],
    ranges: &[(u64, u64)],
    file: &str,
    left: &mut usize,
) -> Result<HashMap<u32, u64>, Error> {
    let mut first: HashMap<u32, u64> = HashMap::new();
    for &(begin, end) in ranges {
        let start = rows.partition_point(|row| row.address < begin);
        let within = rows.partition_point(|row| row.address < end).saturating_sub(start);
        *left = left
            .checked_sub(within + 1)
            .ok_or_else(|| Error("DWARF ranges without an end".to_owned()))?;
        for row in rows[start..].iter().take(within) {
            if row.line > 0 && &*row.file == file {
                let known = first.entry(row.line).or_insert(row.address);
                *known = row.address.min(*known);
            }
        }
    }
    Ok(first)
}

/// The table of the unit that an entry is in, by address.
fn rows<'a>(dwarf: &Dwarf<'a>, die: &Die<'a>, tables: &mut Tables) -> Result<Rc<Vec<Row>>, Error> {
    let start = dwarf.index.unit_of(die.offset()).unwrap_or(0);
    if let Some(known) = tables.get(&start) {
        return Ok(Rc::clone(known));
    }
    let mut all = Vec::new();
    if let Some(program) = die.unit.line_program.clone() {
        let mut names: HashMap<u64, Rc<str>> = HashMap::new();
        let mut run = program.rows();
        while let Some((header, row)) = run.next_row()? {
            if row.end_sequence() {
                continue;
            }
            let index = row.file_index();
            let subject = dwarf.index.of_what();
            let path = || files::in_header(&dwarf.sections, &die.unit, subject, header, index);
            let file = names.entry(index).or_insert_with(|| path().unwrap_or_default().into());
            let line = row.line().map_or(0, |line| u32::try_from(line.get()).unwrap_or(0));
            all.push(Row { address: row.address(), line, file: Rc::clone(file) });
            if all.len() > MAX_ROWS {
                return Err(Error("a line table without an end".to_owned()));
            }
        }
    }
    all.sort_by_key(|row| row.address);
    let all = Rc::new(all);
    tables.insert(start, Rc::clone(&all));
    Ok(all)
}

/// Tells each row of all tables of a program's file: address, source file, line (0 behind the end of what the
/// table is about). Units behind damage are left out.
pub(crate) fn each(
    elf: &Elf<'_>,
    subject: Subject,
    mut tell: impl FnMut(u64, &str, u32),
) -> Result<(), Error> {
    let sections = super::load(elf)?;
    let mut left = MAX_STEPS;
    let mut units = sections.units();
    while let Ok(Some(header)) = units.next() {
        let Ok(unit) = sections.unit(header) else { continue };
        let Some(program) = unit.line_program.clone() else { continue };
        let mut names: HashMap<u64, String> = HashMap::new();
        let mut run = program.rows();
        while let Ok(Some((header, row))) = run.next_row() {
            let index = row.file_index();
            let path = || files::in_header(&sections, &unit, subject, header, index);
            let file = names.entry(index).or_insert_with(|| path().unwrap_or_default());
            let line = row.line().filter(|_| !row.end_sequence());
            tell(row.address(), file, line.map_or(0, |line| line.get() as u32));
            left = left.checked_sub(1).ok_or_else(|| Error("line tables without an end".into()))?;
        }
    }
    Ok(())
}

/// Where the statement begins that has the code at an address of a function, with its file and line; none if
/// the function's table does not say.
pub(super) fn begin_of<'a>(
    dwarf: &Dwarf<'a>,
    function: &Die<'a>,
    address: u64,
) -> Result<Option<(u64, String, u32)>, Error> {
    let rows = rows(dwarf, function, &mut Tables::new())?;
    let behind = rows.partition_point(|row| row.address <= address);
    let Some(row) = behind.checked_sub(1).and_then(|last| rows.get(last)) else { return Ok(None) };
    let is_own = scopes::contains(dwarf, function, row.address)?;
    Ok(is_own.then(|| (row.address, row.file.to_string(), row.line)))
}

/// Where the first function's own code begins that is entered at an address or behind it: behind what makes its
/// frame. None if the table does not say.
pub(super) fn prologue_end(unit: &Unit<'_>, entry: u64) -> Result<Option<u64>, Error> {
    let Some(program) = unit.line_program.clone() else { return Ok(None) };
    let mut run = program.rows();
    let mut found: Option<u64> = None;
    for _ in 0..MAX_ROWS {
        let Some((_, row)) = run.next_row()? else { break };
        if row.prologue_end() && row.address() >= entry {
            found = Some(found.map_or(row.address(), |known| known.min(row.address())));
        }
    }
    Ok(found)
}

/// The labels of functions.
pub(super) fn labels(dwarf: &Dwarf<'_>, query: &Query, pattern: &str) -> Result<Vec<Place>, Error> {
    let mut places = Vec::new();
    for instance in instances(dwarf, query, true)? {
        let tags = [gimli::DW_TAG_label];
        for die in inside(dwarf, &instance, &tags)? {
            let name = scopes::attribute(dwarf, &die, |die| {
                let name = die.name(dwarf)?;
                Ok(if name.is_empty() { None } else { Some(name.into_owned()) })
            })?;
            let (Some(name), Some(low)) = (name, die.value(gimli::DW_AT_low_pc)) else { continue };
            let Some(address) = dwarf.sections.attr_address(&die.unit, low)? else { continue };
            if crate::glob::matches(pattern, &name) && address != 0 {
                let (symbol, offset) = from_start(dwarf.index, address);
                let line =
                    scopes::attribute(dwarf, &die, |die| Ok(die.unsigned(gimli::DW_AT_decl_line)))?;
                let line = line.map_or(instance.line, |line| line as u32);
                let kind = PlaceKind::Label(name);
                let caller = Some(Box::new(instance.clone()));
                let place =
                    Place { address, kind, line, symbol, offset, caller, ..instance.clone() };
                places.push(place);
            }
        }
    }
    Ok(places)
}

/// The entries of these kinds in a function or copy, those in its blocks included.
pub(super) fn inside<'a>(
    dwarf: &Dwarf<'a>,
    instance: &Place,
    tags: &[gimli::DwTag],
) -> Result<Vec<Die<'a>>, Error> {
    let mut open = vec![dwarf.die(instance.scope.0)?];
    let mut found = Vec::new();
    let wanted = [tags, &[gimli::DW_TAG_lexical_block]].concat();
    while let Some(block) = open.pop() {
        for die in block.children(&wanted)? {
            if die.tag() == gimli::DW_TAG_lexical_block {
                open.push(die);
            } else {
                found.push(die);
            }
            if open.len() + found.len() > MAX_ROWS {
                return Err(Error("DWARF blocks without an end".to_owned()));
            }
        }
    }
    Ok(found)
}
