//! Builds the index: looks at the outermost entries of every unit, and steps over what is in them.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use gimli::{AttributeSpecification, AttributeValue, DwTag, EntriesRaw, UnitHeader, UnitOffset};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{
    Sections, Slice, Unit,
    index::{DwarfIndex, FunctionEntry, Kind, Names, TypeEntry},
    load,
};
use crate::{elf::Elf, info::Error};

type Value<'a> = AttributeValue<Slice<'a>>;

/// How many parts of a function (hot, cold) are looked at for its entry.
const MAX_PARTS: usize = 16;

/// How often the name of a function is looked for in what it was made of.
const MAX_ORIGINS: usize = 8;

/// What was found in some units.
#[derive(Default)]
struct Found<'a> {
    functions: Vec<Code<'a>>,
    /// Functions that were put into callers: the first entry of each name.
    inlined: HashMap<&'a str, u64>,
    types: HashMap<(Kind, &'a str), Definition>,
}

/// A function with code.
struct Code<'a> {
    name: &'a str,
    symbol: &'a str,
    inlined: bool,
    die: u64,
    entry: u64,
}

/// A type's first definition, and what tells it from others of its name.
#[derive(Clone, Copy)]
struct Definition {
    die: u64,
    size: Option<u64>,
    line: Option<u64>,
    several: bool,
}

impl Definition {
    /// Of two, the first; the order in which they come does not matter.
    fn and(self, other: Self) -> Self {
        let several =
            self.several || other.several || (self.size, self.line) != (other.size, other.line);
        Self { several, ..if self.die <= other.die { self } else { other } }
    }
}

impl<'a> Found<'a> {
    fn merge(mut self, mut other: Self) -> Self {
        if self.types.len() < other.types.len() {
            std::mem::swap(&mut self, &mut other);
        }
        self.functions.append(&mut other.functions);
        for (name, die) in other.inlined {
            self.add_inlined(name, die);
        }
        for (key, definition) in other.types {
            self.add_type(key, definition);
        }
        self
    }

    fn add_inlined(&mut self, name: &'a str, die: u64) {
        let first = self.inlined.entry(name).or_insert(die);
        *first = die.min(*first);
    }

    fn add_type(&mut self, key: (Kind, &'a str), definition: Definition) {
        self.types
            .entry(key)
            .and_modify(|known| *known = known.and(definition))
            .or_insert(definition);
    }

    fn into_index(mut self, size: u64, units: Vec<u64>) -> DwarfIndex {
        for code in &self.functions {
            self.inlined.remove(code.name);
        }
        let inlined = self.inlined.into_iter();
        self.functions.extend(inlined.map(|(name, die)| Code {
            name,
            symbol: name,
            inlined: true,
            die,
            entry: 0,
        }));
        let in_functions = self.functions.iter().flat_map(|code| [code.name, code.symbol]);
        let names = Names::of(in_functions.chain(self.types.keys().map(|&(_, name)| name)));
        let number = |name: &str| names.find(name).unwrap_or(u32::MAX);
        let function = |code: &Code<'_>| FunctionEntry {
            name: number(code.name),
            symbol: number(code.symbol),
            // No kernel's code is at the address 0.
            code: code.entry != 0,
            inlined: code.inlined,
            die: code.die,
            entry: code.entry,
        };
        let mut functions: Vec<FunctionEntry> = self.functions.iter().map(function).collect();
        functions.sort_unstable_by_key(|entry| (entry.name, entry.die));
        let definition = |(&(kind, name), found): (&(Kind, &str), &Definition)| TypeEntry {
            kind,
            name: number(name),
            several: found.several,
            die: found.die,
        };
        let mut types: Vec<TypeEntry> = self.types.iter().map(definition).collect();
        types.sort_unstable_by_key(|entry| (entry.kind, entry.name));
        DwarfIndex { size, units, names, functions, types }
    }
}

pub(super) fn build(
    elf: &Elf<'_>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<DwarfIndex, Error> {
    let sections = load(elf)?;
    let symbols = elf.code_symbols();
    let mut headers = Vec::new();
    let mut next = sections.units();
    while let Some(header) = next.next()? {
        headers.push(header);
    }
    let done = AtomicUsize::new(0);
    let all = headers.par_iter().try_fold(Found::default, |mut found, header| {
        Scan { sections: &sections, symbols: &symbols, found: &mut found }.unit(*header)?;
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, headers.len());
        Ok::<_, Error>(found)
    });
    let found = all.try_reduce(Found::default, |one, other| Ok(one.merge(other)))?;
    let units = headers
        .iter()
        .filter_map(|header| header.debug_info_offset())
        .map(|offset| offset.0 as u64)
        .collect();
    Ok(found.into_index(elf.dwarf_section(".debug_info")?.len() as u64, units))
}

/// Looking through units.
struct Scan<'s, 'a> {
    sections: &'s Sections<'a>,
    symbols: &'s [(u64, &'a str)],
    found: &'s mut Found<'a>,
}

/// The attributes that the index is made of.
#[derive(Default)]
struct Attributes<'a> {
    name: Option<Value<'a>>,
    sibling: Option<UnitOffset>,
    declaration: bool,
    size: Option<u64>,
    line: Option<u64>,
    /// Put into callers (`DW_INL_inlined`, `DW_INL_declared_inlined`).
    inlined: bool,
    origin: Option<UnitOffset>,
    low: Option<Value<'a>>,
    ranges: Option<Value<'a>>,
}

impl<'a> Attributes<'a> {
    fn read(
        entries: &mut EntriesRaw<'_, Slice<'a>>,
        specifications: &[AttributeSpecification],
    ) -> gimli::Result<Self> {
        let mut all = Self::default();
        for &specification in specifications {
            let attribute = entries.read_attribute(specification)?;
            match attribute.name() {
                gimli::DW_AT_name => all.name = Some(attribute.value()),
                gimli::DW_AT_sibling => all.sibling = unit_offset(attribute.value()),
                gimli::DW_AT_declaration => all.declaration = true,
                gimli::DW_AT_byte_size => all.size = attribute.udata_value(),
                gimli::DW_AT_decl_line => all.line = attribute.udata_value(),
                gimli::DW_AT_inline => all.inlined = is_inlined(&attribute.value()),
                gimli::DW_AT_abstract_origin | gimli::DW_AT_specification => {
                    all.origin = unit_offset(attribute.value());
                }
                gimli::DW_AT_low_pc => all.low = Some(attribute.value()),
                gimli::DW_AT_ranges => all.ranges = Some(attribute.value()),
                _ => {}
            }
        }
        Ok(all)
    }
}

fn kind(tag: DwTag) -> Option<Kind> {
    match tag {
        gimli::DW_TAG_structure_type => Some(Kind::Struct),
        gimli::DW_TAG_union_type => Some(Kind::Union),
        gimli::DW_TAG_typedef => Some(Kind::Typedef),
        _ => None,
    }
}

fn unit_offset(value: Value<'_>) -> Option<UnitOffset> {
    if let AttributeValue::UnitRef(offset) = value { Some(offset) } else { None }
}

fn is_inlined(value: &Value<'_>) -> bool {
    matches!(value, AttributeValue::Inline(gimli::DW_INL_inlined | gimli::DW_INL_declared_inlined))
}

impl<'a> Scan<'_, 'a> {
    fn unit(&mut self, header: UnitHeader<Slice<'a>>) -> Result<(), Error> {
        let unit = self.sections.unit(header)?;
        if unit.dwo_id.is_some() {
            return Err(Error(
                "its DWARF is split off into .dwo files, which are not read".to_owned(),
            ));
        }
        let mut entries = unit.entries_raw(None)?;
        let Some(root) = entries.read_abbreviation()? else { return Ok(()) };
        entries.skip_attributes(root.attributes())?;
        if !root.has_children() {
            return Ok(());
        }
        while !entries.is_empty() {
            let (offset, depth) = (entries.next_offset(), entries.next_depth());
            let Some(abbreviation) = entries.read_abbreviation()? else { break };
            let kind = kind(abbreviation.tag());
            let is_function = abbreviation.tag() == gimli::DW_TAG_subprogram;
            if kind.is_none() && !is_function && !abbreviation.has_children() {
                entries.skip_attributes(abbreviation.attributes())?;
                continue;
            }
            let attributes = Attributes::read(&mut entries, abbreviation.attributes())?;
            let sibling = attributes.sibling;
            let die = offset
                .to_debug_info_offset(&unit.header)
                .map_or(u64::MAX, |offset| offset.0 as u64);
            if let Some(kind) = kind {
                self.ty(&unit, kind, die, &attributes)?;
            } else if is_function {
                self.function(&unit, die, &attributes)?;
            }
            if abbreviation.has_children() {
                step_over(&unit, &mut entries, depth, sibling)?;
            }
        }
        Ok(())
    }

    fn text(&self, unit: &Unit<'a>, value: Value<'a>) -> Result<Option<&'a str>, Error> {
        Ok(std::str::from_utf8(self.sections.attr_string(unit, value)?.slice())
            .ok()
            .filter(|name| !name.is_empty()))
    }

    fn ty(
        &mut self,
        unit: &Unit<'a>,
        kind: Kind,
        die: u64,
        attributes: &Attributes<'a>,
    ) -> Result<(), Error> {
        let Some(value) = attributes.name.filter(|_| !attributes.declaration) else {
            return Ok(());
        };
        let Some(name) = self.text(unit, value)? else { return Ok(()) };
        let Attributes { size, line, .. } = *attributes;
        self.found.add_type((kind, name), Definition { die, size, line, several: false });
        Ok(())
    }

    fn function(
        &mut self,
        unit: &Unit<'a>,
        die: u64,
        attributes: &Attributes<'a>,
    ) -> Result<(), Error> {
        if attributes.declaration {
            return Ok(());
        }
        let starts = self.starts(unit, attributes)?;
        if starts.is_empty() && !attributes.inlined {
            return Ok(());
        }
        let Some((name, inlined)) = self.origin(unit, attributes)? else { return Ok(()) };
        if starts.is_empty() {
            self.found.add_inlined(name, die);
            return Ok(());
        }
        // Code without a symbol cannot be reached by its name: of a weak function, for example, that
        // another one has replaced.
        let Some((entry, symbol)) = entry_of(self.symbols, name, &starts) else { return Ok(()) };
        self.found.functions.push(Code { name, symbol, inlined, die, entry });
        Ok(())
    }

    /// A function's name, and whether it was put into callers: its own, or of what it was made of.
    fn origin(
        &self,
        unit: &Unit<'a>,
        attributes: &Attributes<'a>,
    ) -> Result<Option<(&'a str, bool)>, Error> {
        let mut inlined = attributes.inlined;
        let (mut name, mut origin) = (attributes.name, attributes.origin);
        for _ in 0..MAX_ORIGINS {
            if let Some(name) = name {
                return Ok(self.text(unit, name)?.map(|name| (name, inlined)));
            }
            let Some(next) = origin else { break };
            let entry = unit.entry(next)?;
            name = entry.attr_value(gimli::DW_AT_name);
            inlined |= entry.attr_value(gimli::DW_AT_inline).as_ref().is_some_and(is_inlined);
            let further = entry.attr_value(gimli::DW_AT_abstract_origin);
            origin = further
                .or_else(|| entry.attr_value(gimli::DW_AT_specification))
                .and_then(unit_offset);
        }
        Ok(None)
    }

    /// The addresses where the parts of a function start.
    fn starts(&self, unit: &Unit<'a>, attributes: &Attributes<'a>) -> Result<Vec<u64>, Error> {
        let mut starts = Vec::new();
        if let Some(low) = attributes.low {
            starts.extend(self.sections.attr_address(unit, low)?);
        } else if let Some(value) = attributes.ranges
            && let Some(mut ranges) = self.sections.attr_ranges(unit, value)?
        {
            while let Some(range) = ranges.next()?.filter(|_| starts.len() < MAX_PARTS) {
                starts.push(range.begin);
            }
        }
        // What the linker dropped is at 0.
        starts.retain(|&start| start != 0);
        Ok(starts)
    }
}

/// The part of a function that is its entry, and the symbol there. (The parts that are seldom run
/// have symbols `name.cold`.) Without a symbol table, the first.
fn entry_of<'a>(
    symbols: &[(u64, &'a str)],
    name: &'a str,
    starts: &[u64],
) -> Option<(u64, &'a str)> {
    if symbols.is_empty() {
        return starts.first().map(|&start| (start, name));
    }
    let at = |start: u64| {
        let first = symbols.partition_point(|&(address, _)| address < start);
        symbols[first..]
            .iter()
            .take_while(move |&&(address, _)| address == start)
            .map(|&(_, symbol)| symbol)
    };
    let rank = |symbol: &str| match symbol.strip_prefix(name) {
        Some("") => 0,
        Some(suffix) if suffix.starts_with('.') && !suffix.ends_with(".cold") => 1,
        Some(suffix) if suffix.starts_with('.') => 3,
        _ => 2,
    };
    let all =
        starts.iter().flat_map(|&start| at(start).map(move |symbol| (rank(symbol), start, symbol)));
    all.min().map(|(_, start, symbol)| (start, symbol))
}

/// Goes on behind the children of the entry that was read at `depth`.
fn step_over<'u, 'a>(
    unit: &'u Unit<'a>,
    entries: &mut EntriesRaw<'u, Slice<'a>>,
    depth: isize,
    sibling: Option<UnitOffset>,
) -> Result<(), Error> {
    if let Some(sibling) = sibling.filter(|&sibling| sibling > entries.next_offset()) {
        *entries = unit.entries_raw(Some(sibling))?;
        return Ok(());
    }
    while entries.next_depth() > depth && !entries.is_empty() {
        if let Some(inner) = entries.read_abbreviation()? {
            entries.skip_attributes(inner.attributes())?;
        }
    }
    Ok(())
}
