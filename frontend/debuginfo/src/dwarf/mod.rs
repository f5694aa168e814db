//! DWARF (versions 4 and 5), what compilers say about their code, from an ELF vmlinux.
//!
//! A kernel has 164 MB of it. So it is looked through once, in [`DwarfIndex::build`], for the names of
//! functions and types; with that index a question reads only the units that the answer is in.

mod addresses;
mod attributes;
mod callees;
mod callers;
mod die;
mod entries;
mod expressions;
mod files;
mod frames;
mod functions;
mod gather;
mod index;
mod lines;
mod locations;
mod origins;
mod places;
mod rows;
mod scan;
mod scopes;
mod spelling;
mod terms;
#[cfg(test)]
mod tests;
mod types;
mod units;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Range,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use gimli::{DebugInfoOffset, EndianSlice, LittleEndian};

pub use index::DwarfIndex;
pub(crate) use index::Subject;
pub(crate) use lines::each as each_line;
pub use terms::OPTIMISED_OUT;

use crate::{
    elf::Elf,
    info::{Error, Function, Member, Part, Source, Type, TypeId},
    layout,
    places::{At, Place, Query},
    similar,
    unlinked::PER_CPU,
    variables::Variable,
};
use die::Die;
use index::Kind;

type Slice<'a> = EndianSlice<'a, LittleEndian>;
type Sections<'a> = gimli::Dwarf<Slice<'a>>;
type Unit<'a> = gimli::Unit<Slice<'a>>;
type Entry<'a> = gimli::DebuggingInformationEntry<Slice<'a>>;

/// DWARF that has been opened. A [`TypeId`] of it is an offset in `.debug_info`; its upper byte
/// counts how many dimensions of an array have been taken off.
#[derive(Debug)]
pub struct Dwarf<'a> {
    sections: Sections<'a>,
    index: &'a DwarfIndex<'a>,
    frames: frames::Frames<'a>,
    /// Of an object that is linked, what each processor has a copy of.
    per_cpu: Range<u64>,
    /// What the program's file has of memory, and where that begins.
    loaded: Vec<(u64, &'a [u8])>,
    /// The units that were needed so far, by offset.
    units: Mutex<HashMap<u64, Arc<Unit<'a>>>>,
    /// Of some of them, where the outermost entries begin.
    outermost: Mutex<Outermost>,
    /// Of some of them, the calls.
    calls: Mutex<HashMap<u64, Arc<Vec<callers::Site>>>>,
    /// Where the units of the alternate file begin.
    alternate: OnceLock<Vec<u64>>,
}

/// Where offsets begin that are those of the file with what several have in common (`dwz -m`). No file has so
/// much, and the upper byte of a [`TypeId`] stays free.
const ALTERNATE: u64 = 1 << 48;

type Outermost = HashMap<u64, Arc<Vec<gimli::UnitOffset>>>;

impl<'a> Dwarf<'a> {
    /// Opens the DWARF of a file, with the index that was built of the same file.
    ///
    /// # Errors
    /// When a section cannot be unpacked, or the index is of another file.
    pub fn open(elf: &'a Elf<'_>, index: &'a DwarfIndex<'a>) -> Result<Self, Error> {
        Self::open_beside(elf, elf, index)
    }

    /// Likewise, of a separate debug file, which lacks the unwind tables that the program needs to run: those
    /// are read from the program itself.
    ///
    /// # Errors
    /// When a section cannot be unpacked, or the index is of another file.
    pub fn open_beside(
        elf: &'a Elf<'_>,
        program: &'a Elf<'_>,
        index: &'a DwarfIndex<'a>,
    ) -> Result<Self, Error> {
        let sections = load(elf)?;
        if !index.is_of(elf.dwarf_section(".debug_info")?) {
            return Err(Error("the index of the DWARF was built of another file".to_owned()));
        }
        let bases = gimli::BaseAddresses::default();
        let bases = program
            .section_address(".eh_frame")
            .into_iter()
            .fold(bases, |bases, address| bases.set_eh_frame(address));
        let mut debug = gimli::DebugFrame::new(elf.dwarf_section(".debug_frame")?, LittleEndian);
        debug.set_address_size(8);
        let mut eh = gimli::EhFrame::new(program.dwarf_section(".eh_frame")?, LittleEndian);
        eh.set_address_size(8);
        let frames = frames::Frames { debug: debug.into(), eh: eh.into(), bases };
        let (units, outermost, calls, alternate) = Default::default();
        let per_cpu = elf.sections().find(|(name, ..)| elf.is_linked() && *name == PER_CPU);
        let per_cpu = per_cpu.map_or(0..0, |(_, start, size)| start..start.saturating_add(size));
        let loaded = program.loaded();
        Ok(Self { sections, index, frames, per_cpu, loaded, units, outermost, calls, alternate })
    }

    /// The functions that are entered at some addresses.
    pub(crate) fn entries_at(&self, addresses: &HashSet<u64>) -> HashMap<u64, Place> {
        places::entries_at(self.index, addresses)
    }

    /// The sections of the file that offsets from a base on are those of.
    fn sections_at(&self, base: u64) -> Result<&Sections<'a>, Error> {
        if base == 0 {
            return Ok(&self.sections);
        }
        let missing = || Error("DWARF that refers to another file, which is not known".to_owned());
        self.sections.sup().ok_or_else(missing)
    }

    /// Where the units of that other file begin.
    fn alternate_units(&self) -> Result<&[u64], Error> {
        if let Some(known) = self.alternate.get() {
            return Ok(known);
        }
        let mut starts = Vec::new();
        let mut units = self.sections_at(ALTERNATE)?.units();
        while let Some(header) = units.next()? {
            starts.extend(header.debug_info_offset().map(|offset| offset.0 as u64));
        }
        Ok(self.alternate.get_or_init(|| starts))
    }

    /// The unit that an offset of `.debug_info` lies in.
    fn unit(&self, offset: u64) -> Result<Arc<Unit<'a>>, Error> {
        let base = offset & ALTERNATE;
        let own = if base == 0 {
            self.index.unit_of(offset)
        } else {
            let starts = self.alternate_units()?;
            let behind = starts.partition_point(|&start| start <= offset - base);
            behind.checked_sub(1).and_then(|at| starts.get(at)).copied()
        };
        let own = own.ok_or_else(|| Error(format!("no DWARF at {offset:#x}")))?;
        let start = base | own;
        let mut units = self.units.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unit) = units.get(&start) {
            return Ok(Arc::clone(unit));
        }
        let sections = self.sections_at(base)?;
        let header = sections.unit_header(DebugInfoOffset(own as usize))?;
        let unit = Arc::new(sections.unit(header)?);
        units.insert(start, Arc::clone(&unit));
        Ok(unit)
    }

    /// Where the outermost entries of a unit begin, in order; those in namespaces are some.
    fn outermost(&self, unit: &Unit<'a>) -> Result<Arc<Vec<gimli::UnitOffset>>, Error> {
        let start = unit.header.debug_info_offset().map_or(0, |offset| offset.0 as u64);
        let known = |tops: &Outermost| tops.get(&start).map(Arc::clone);
        if let Some(found) = known(&self.outermost.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(found);
        }
        let mut offsets = BTreeSet::new();
        let mut open = vec![unit.header.root_offset()];
        while let Some(around) = open.pop() {
            let mut cursor = unit.entries_at_offset(around)?;
            cursor.next_dfs()?;
            if !cursor.current().is_some_and(|entry| entry.has_children()) {
                continue;
            }
            cursor.next_entry()?;
            let mut next = cursor.current();
            while let Some(entry) = next {
                let is_around =
                    matches!(entry.tag(), gimli::DW_TAG_namespace | gimli::DW_TAG_module);
                // Of damaged information each may be met many times.
                if offsets.insert(entry.offset()) && is_around {
                    open.push(entry.offset());
                }
                next = cursor.next_sibling()?;
            }
        }
        let offsets = Arc::new(offsets.into_iter().collect::<Vec<_>>());
        let mut tops = self.outermost.lock().unwrap_or_else(PoisonError::into_inner);
        tops.insert(start, Arc::clone(&offsets));
        Ok(offsets)
    }

    fn several(&self, name: &str) -> Error {
        Error(format!("{} has several different types `{name}`", self.index.subject()))
    }

    /// The entry at an offset of `.debug_info`.
    fn die(&self, offset: u64) -> Result<Die<'a>, Error> {
        let (unit, base) = (self.unit(offset)?, offset & ALTERNATE);
        let missing = || Error(format!("no DWARF entry at {offset:#x}"));
        let within = DebugInfoOffset((offset - base) as usize)
            .to_unit_offset(&unit.header)
            .ok_or_else(missing)?;
        let entry = unit.entry(within)?;
        if entry.is_null() {
            return Err(missing());
        }
        Ok(Die { unit, entry, base })
    }
}

impl From<gimli::Error> for Error {
    fn from(error: gimli::Error) -> Self {
        Self(format!("damaged DWARF: {error}"))
    }
}

/// The sections that are needed, as the reader wants them.
fn load<'e>(elf: &'e Elf<'_>) -> Result<Sections<'e>, Error> {
    if elf.dwarf_section(".debug_info")?.is_empty() {
        return Err(Error("the file has no DWARF".to_owned()));
    }
    let sections = |elf: &'e Elf<'_>| -> Result<Sections<'e>, Error> {
        gimli::Dwarf::load(|id| Ok(EndianSlice::new(elf.dwarf_section(id.name())?, LittleEndian)))
    };
    let mut own = sections(elf)?;
    if let Some(alternate) = elf.alternate() {
        own.set_sup(sections(alternate)?);
    }
    Ok(own)
}

impl<'a> Source for Dwarf<'a> {
    fn source(&self) -> &str {
        "DWARF"
    }

    fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        functions::find(self, name)
    }

    fn bytes(&self, address: u64) -> Option<&[u8]> {
        let from = |&(start, bytes): &(u64, &'a [u8])| {
            let within = usize::try_from(address.checked_sub(start)?).ok()?;
            bytes.get(within..).filter(|bytes| !bytes.is_empty())
        };
        self.loaded.iter().find_map(from)
    }

    fn has_code(&self, symbol: &str) -> bool {
        self.index.functions(symbol).next().is_some()
    }

    fn functions_like(&self, name: &str) -> Vec<String> {
        similar::nearest(name, self.index.function_names())
    }

    fn ty(&self, ty: TypeId) -> Result<Type, Error> {
        types::ty(self, ty)
    }

    fn member(&self, ty: TypeId, name: &str) -> Result<Option<Member>, Error> {
        layout::member(self, ty, name)
    }

    fn start(&self) -> Option<u64> {
        self.index.start()
    }

    fn is_per_cpu(&self, address: u64) -> bool {
        self.per_cpu.contains(&address) || self.index.is_per_cpu(address)
    }

    fn anchor(&self, address: u64) -> Result<(String, u64), Error> {
        self.index.anchor(address).map(|(symbol, offset)| (symbol.to_owned(), offset))
    }

    fn parts(&self, ty: TypeId) -> Result<Vec<Part>, Error> {
        layout::parts(self, ty)
    }

    fn is_character(&self, ty: TypeId) -> Result<bool, Error> {
        let die = types::peel(self, ty)?;
        let encoding = die.and_then(|die| die.value(gimli::DW_AT_encoding));
        Ok(matches!(
            encoding,
            Some(gimli::AttributeValue::Encoding(
                gimli::DW_ATE_signed_char | gimli::DW_ATE_unsigned_char
            ))
        ))
    }

    fn members(&self, ty: TypeId) -> Result<Vec<String>, Error> {
        layout::members(self, ty)
    }

    fn size(&self, ty: TypeId) -> Result<Option<u64>, Error> {
        types::size(self, ty)
    }

    fn knows_places(&self) -> bool {
        true
    }

    fn places(&self, query: &Query) -> Result<Vec<Place>, Error> {
        places::find(self, query)
    }

    fn place_at(&self, address: u64, at: At) -> Result<Option<Place>, Error> {
        addresses::place(self, address, at)
    }

    fn closed(&self, address: u64) -> Option<&'static str> {
        self.index.closed(address)
    }

    fn entry_at(&self, address: u64) -> Option<Place> {
        places::entry_at(self.index, address)
    }

    fn variables(&self, place: &Place) -> Result<Vec<Variable>, Error> {
        scopes::variables(self, place)
    }

    fn returned(&self, place: &Place) -> Result<Option<Variable>, Error> {
        scopes::returned(self, place)
    }

    fn global(&self, name: &str, file: Option<&str>) -> Result<Option<Variable>, Error> {
        scopes::global(self, name, file)
    }

    fn type_name(&self, ty: TypeId) -> Result<String, Error> {
        spelling::name(self, ty)
    }

    fn length(&self, ty: TypeId) -> Result<Option<u64>, Error> {
        types::length(self, ty)
    }

    fn enumerator(&self, name: &str) -> Result<Option<i64>, Error> {
        match self.index.enumerator(name) {
            Some(found) if found.several != 0 => {
                Err(Error(format!("there are several enumerators `{name}` with different values")))
            }
            found => Ok(found.map(|found| found.value as i64)),
        }
    }

    fn named(&self, name: &str) -> Result<Option<TypeId>, Error> {
        let (kind, name) = match name.split_once(' ') {
            Some(("struct", name)) => (Kind::Struct, name.trim()),
            Some(("union", name)) => (Kind::Union, name.trim()),
            Some(("enum", name)) => (Kind::Enum, name.trim()),
            Some(_) => (Kind::Base, name),
            None => (Kind::Typedef, name),
        };
        let found = self.index.definition(kind, name);
        // A word by itself may be either.
        let base = Some(Kind::Base).filter(|_| kind == Kind::Typedef);
        match found.or_else(|| self.index.definition(base?, name)) {
            Some(found) if found.several != 0 => Err(self.several(name)),
            found => Ok(found.map(|found| TypeId(found.die))),
        }
    }
}
