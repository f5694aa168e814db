//! Looks through all units for what the index is made of, and steps over the rest.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use gimli::{AttributeValue, EntriesRaw, UnitHeader, UnitOffset};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{
    Sections, Slice, Unit,
    attributes::{Attributes, Target, entry_of, file_index, kind, step_over},
    entries::{self, ClosedEntry},
    files,
    gather::{Code, Declared, Found, Gather},
    index::{Contents, Kind, Subject},
    load,
    units::Units,
};
use crate::{closed::Closed, elf::Elf, info::Error, probeable::is_called};

type Value<'a> = AttributeValue<Slice<'a>>;

/// How many parts of a function (hot, cold) are looked at for its entry.
const MAX_PARTS: usize = 16;

pub(super) fn build(
    elf: &Elf<'_>,
    subject: Subject,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Contents, Error> {
    let sections = load(elf)?;
    let symbols = elf.code_symbols();
    let (closed, code) = match subject {
        Subject::Kernel => (Closed::of(elf), None),
        Subject::Program => (Closed::default(), Some(elf.code_ranges())),
    };
    let mut headers = Vec::new();
    let mut next = sections.units();
    while let Some(header) = next.next()? {
        headers.push(header);
    }
    let units = Units::of(&sections, &headers);
    let done = AtomicUsize::new(0);
    let all: Result<Vec<Found<'_>>, Error> = headers
        .par_iter()
        .map(|header| {
            let mut scan = Scan {
                sections: &sections,
                units: &units,
                symbols: &symbols,
                subject,
                code: code.as_deref(),
                closed: &closed,
                found: Found::default(),
                files: HashMap::new(),
                origins: HashMap::new(),
            };
            scan.unit(*header)?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, headers.len());
            Ok(scan.found)
        })
        .collect();
    let mut gather = Gather::default();
    all?.into_iter().for_each(|found| gather.add(found));
    let units = headers.iter().filter_map(|header| header.debug_info_offset());
    let units = units.map(|offset| offset.0 as u64).collect();
    let start = match subject {
        Subject::Kernel => elf.addresses(["_stext"]).get("_stext").copied().unwrap_or(0),
        Subject::Program => 0,
    };
    let size = elf.dwarf_section(".debug_info")?.len() as u64;
    let closed = closed.all().into_iter();
    let closed = closed.map(|(start, end, why)| ClosedEntry { why, start, end }).collect();
    let contents = Contents { size, start, subject, units, closed, ..Contents::default() };
    Ok(gather.finish(contents, &symbols, &elf.anchors()))
}

/// Looking through a unit.
pub(super) struct Scan<'s, 'a> {
    sections: &'s Sections<'a>,
    pub(super) units: &'s Units<'s, 'a>,
    symbols: &'s [(u64, &'a str)],
    subject: Subject,
    /// Of a program, where its code is; first address and first behind it.
    code: Option<&'s [(u64, u64)]>,
    closed: &'s Closed,
    found: Found<'a>,
    /// The positions in `found` of the files of line programs, by unit and number.
    files: HashMap<(u64, u64), u32>,
    /// The positions in `found` of functions that were put into callers, by their entries; none of
    /// those without a name.
    origins: HashMap<Target, Option<u32>>,
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
            // None where something ends: the children of a namespace, or all of it.
            let Some(abbreviation) = entries.read_abbreviation()? else { continue };
            let tag = abbreviation.tag();
            let wanted = kind(tag).is_some()
                || matches!(tag, gimli::DW_TAG_subprogram | gimli::DW_TAG_variable);
            if !wanted && !abbreviation.has_children() {
                entries.skip_attributes(abbreviation.attributes())?;
                continue;
            }
            let attributes = Attributes::read(&mut entries, abbreviation.attributes())?;
            let die = info_offset(&unit, offset);
            let mut closed = 0;
            match kind(tag) {
                Some(kind) => self.ty(&unit, kind, die, &attributes)?,
                None if tag == gimli::DW_TAG_subprogram => {
                    closed = self.function(&unit, die, &attributes)?;
                }
                None if tag == gimli::DW_TAG_variable => self.variable(&unit, die, &attributes)?,
                None => {}
            }
            // Of namespaces and modules of other languages than C, what is in them is looked at.
            let is_around = matches!(tag, gimli::DW_TAG_namespace | gimli::DW_TAG_module);
            if !abbreviation.has_children() || is_around {
                continue;
            }
            match tag {
                gimli::DW_TAG_enumeration_type => self.enumerators(&unit, &mut entries, depth)?,
                gimli::DW_TAG_subprogram if attributes.low.or(attributes.ranges).is_some() => {
                    self.copies(&unit, &mut entries, depth, closed)?;
                }
                _ => step_over(&unit, &mut entries, depth, attributes.sibling)?,
            }
        }
        Ok(())
    }

    pub(super) fn text(&self, unit: &Unit<'a>, value: Value<'a>) -> Result<Option<&'a str>, Error> {
        Ok(std::str::from_utf8(self.sections.attr_string(unit, value)?.slice())
            .ok()
            .filter(|name| !name.is_empty()))
    }

    /// The position of a file of the unit, by its number in the line program.
    pub(super) fn file(&mut self, unit: &Unit<'a>, index: Option<u64>) -> u32 {
        let index = index.unwrap_or(0);
        let key = (start_of(unit), index);
        if let Some(&known) = self.files.get(&key) {
            return known;
        }
        let path = files::path(self.sections, unit, self.subject, index);
        let path = path.unwrap_or_default();
        self.found.files.push(Cow::Owned(path));
        let position = self.found.files.len() as u32 - 1;
        self.files.insert(key, position);
        position
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
        self.found.add_type((kind, name), die, (size, line));
        Ok(())
    }

    fn variable(
        &mut self,
        unit: &Unit<'a>,
        die: u64,
        attributes: &Attributes<'a>,
    ) -> Result<(), Error> {
        if !attributes.located {
            return Ok(());
        }
        let (mut name, mut file) = (attributes.name, attributes.file);
        if let (None, Some(origin)) = (name, attributes.origin) {
            let of = self.units.find(unit, origin)?;
            let unit = of.as_deref().unwrap_or(unit);
            let entry = unit.entry(self.units.within(unit, origin)?)?;
            name = entry.attr_value(gimli::DW_AT_name);
            file = entry.attr_value(gimli::DW_AT_decl_file).and_then(|value| file_index(&value));
            return self.named_variable(unit, die, (name, file));
        }
        self.named_variable(unit, die, (name, file))
    }

    fn named_variable(
        &mut self,
        unit: &Unit<'a>,
        die: u64,
        (name, file): (Option<Value<'a>>, Option<u64>),
    ) -> Result<(), Error> {
        let Some(name) = name else { return Ok(()) };
        if let Some(name) = self.text(unit, name)? {
            let file = self.file(unit, file);
            self.found.variables.push((name, file, die));
        }
        Ok(())
    }

    /// The enumerators of the enumeration that was read at `depth`.
    fn enumerators<'u>(
        &mut self,
        unit: &'u Unit<'a>,
        entries: &mut EntriesRaw<'u, Slice<'a>>,
        depth: isize,
    ) -> Result<(), Error> {
        while entries.next_depth() > depth && !entries.is_empty() {
            let Some(abbreviation) = entries.read_abbreviation()? else { continue };
            let attributes = Attributes::read(entries, abbreviation.attributes())?;
            if let (Some(name), Some(value)) = (attributes.name, attributes.number)
                && let Some(name) = self.text(unit, name)?
            {
                self.found.add_enumerator(name, value);
            }
        }
        Ok(())
    }

    /// Notes a function; why what is in it cannot be probed.
    fn function(
        &mut self,
        unit: &Unit<'a>,
        die: u64,
        attributes: &Attributes<'a>,
    ) -> Result<u32, Error> {
        if attributes.declaration {
            return Ok(0);
        }
        let starts = self.starts(unit, attributes)?;
        if starts.is_empty() && !attributes.inlined {
            return Ok(0);
        }
        let Some(origin) = self.origin(unit, attributes)? else { return Ok(0) };
        let (file, line) = (origin.file, origin.line);
        if starts.is_empty() {
            self.found.add_inlined(origin.name, die);
            return Ok(0);
        }
        // A kernel's code without a symbol cannot be reached by its name: of a weak function, for example,
        // that another one has replaced.
        let by_symbol = entry_of(self.symbols, origin.name, &starts);
        let by_address = || Some((*starts.first()?, origin.name));
        let Some((entry, symbol)) = by_symbol.or_else(|| self.code.and_then(|_| by_address()))
        else {
            return Ok(0);
        };
        let closed = self.closed.why(entry) << entries::CLOSED_SHIFT;
        let mut flags = closed;
        for (holds, flag) in [
            // No code that is linked is at the address 0.
            (entry != 0, entries::CODE),
            (origin.inlined, entries::INLINED),
            (origin.external, entries::EXTERNAL),
            (!is_called(symbol), entries::PIECE),
        ] {
            flags |= if holds { flag } else { 0 };
        }
        let name = origin.name;
        self.found.functions.push(Code { name, symbol, file, line, flags, die, entry });
        Ok(closed)
    }

    /// Notes the copies of others in the function that was read at `depth`.
    fn copies<'u>(
        &mut self,
        unit: &'u Unit<'a>,
        entries: &mut EntriesRaw<'u, Slice<'a>>,
        depth: isize,
        closed: u32,
    ) -> Result<(), Error> {
        while entries.next_depth() > depth && !entries.is_empty() {
            let offset = entries.next_offset();
            let Some(abbreviation) = entries.read_abbreviation()? else { continue };
            let tag = abbreviation.tag();
            if !matches!(tag, gimli::DW_TAG_inlined_subroutine | gimli::DW_TAG_subprogram) {
                entries.skip_attributes(abbreviation.attributes())?;
                continue;
            }
            let attributes = Attributes::read(entries, abbreviation.attributes())?;
            if tag == gimli::DW_TAG_subprogram {
                // A function within another one, as GCC's C and other languages have them.
                if attributes.low.or(attributes.ranges).is_some() {
                    self.function(unit, info_offset(unit, offset), &attributes)?;
                }
                continue;
            }
            let Some(declared) = self.declared(unit, attributes.origin)? else { continue };
            if let Some(entry) = self.copy_entry(unit, &attributes)? {
                let flags = if closed == 0 {
                    self.closed.why(entry) << entries::CLOSED_SHIFT
                } else {
                    closed
                };
                self.found.copies.push((declared, flags, info_offset(unit, offset), entry));
            }
        }
        Ok(())
    }

    /// The position of what was put into a caller.
    fn declared(&mut self, unit: &Unit<'a>, origin: Option<Target>) -> Result<Option<u32>, Error> {
        let Some(target) = origin else { return Ok(None) };
        if let Some(&known) = self.origins.get(&target) {
            return Ok(known);
        }
        let of = Attributes { origin: Some(target), ..Attributes::default() };
        let position = match self.origin(unit, &of)? {
            None => None,
            Some(origin) => {
                let (name, file, line) = (origin.name, origin.file, origin.line);
                self.found.declared.push(Declared { name, file, line });
                Some(self.found.declared.len() as u32 - 1)
            }
        };
        self.origins.insert(target, position);
        Ok(position)
    }

    /// Where a copy begins.
    fn copy_entry(
        &self,
        unit: &Unit<'a>,
        attributes: &Attributes<'a>,
    ) -> Result<Option<u64>, Error> {
        let starts = self.starts(unit, attributes)?;
        let entry = match attributes.entry {
            None => None,
            Some(value) => match self.sections.attr_address(unit, value)? {
                Some(address) => Some(address),
                // An offset from where it would begin otherwise.
                None => {
                    let base = starts.first().copied();
                    value
                        .udata_value()
                        .zip(base)
                        .and_then(|(offset, base)| base.checked_add(offset))
                }
            },
        };
        let holds = |entry: &u64| *entry != 0 && self.is_code(*entry);
        Ok(entry.or(starts.first().copied()).filter(holds))
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
        starts.retain(|&start| start != 0 && self.is_code(start));
        Ok(starts)
    }

    /// Whether there can be code at an address; a kernel has symbols to tell that by.
    fn is_code(&self, address: u64) -> bool {
        let Some(code) = self.code else { return true };
        code.iter().any(|&(start, end)| (start..end).contains(&address))
    }
}

/// Where a unit starts.
fn start_of(unit: &Unit<'_>) -> u64 {
    unit.header.debug_info_offset().map_or(u64::MAX, |offset| offset.0 as u64)
}

fn info_offset(unit: &Unit<'_>, offset: UnitOffset) -> u64 {
    offset.to_debug_info_offset(&unit.header).map_or(u64::MAX, |offset| offset.0 as u64)
}
