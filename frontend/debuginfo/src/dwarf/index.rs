//! The index of an object's DWARF: where functions, inlined copies, types, enumerators and global
//! variables of each name are. It is one block of bytes, which can be mapped from a file and is
//! searched as it lies there.
//!
//! Magic and version; the size of `.debug_info`; the address of `_stext`; what it is of (0: a kernel, 1: a
//! program); the length of each table in bytes; then the tables. Whatever the bytes are, reading them does no harm.

use std::borrow::Cow;

use super::{
    entries::{
        AnchorEntry, CODE, ClosedEntry, DeclaredEntry, EnumeratorEntry, FunctionEntry,
        InlinedEntry, TypeEntry, VariableEntry,
    },
    rows::{Reader, Row, Rows, bytes_of},
};
use crate::{closed, elf::Elf, info::Error, unlinked};

const MAGIC: [u8; 8] = *b"stapcdwi";
/// To be raised with every change of the format or of what the index means.
const VERSION: u64 = 9;
/// Magic, version, size, start, what it is of, and the lengths of the tables.
const HEADER: usize = 8 * (5 + TABLES);
const TABLES: usize = 11;

/// The tables, in their order.
#[derive(Debug, Clone, Copy)]
enum Table {
    Units,
    NameEnds,
    NameText,
    Functions,
    Declared,
    Inlined,
    Types,
    Enumerators,
    Variables,
    Closed,
    Anchors,
}

/// What an object's functions, types and variables are called, and where they are in `.debug_info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DwarfIndex<'b> {
    bytes: Cow<'b, [u8]>,
    /// Where each table ends.
    ends: [usize; TABLES],
}

/// What debug information is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Subject {
    /// A kernel: what has no symbol is no code of it, and it forbids probes in some.
    #[default]
    Kernel,
    /// A program or shared library: what lies in its code can be probed.
    Program,
}

/// What an index is made of.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The size of `.debug_info`, to tell the index of another file.
    pub size: u64,
    /// The address of the symbol `_stext`; 0 if there is none.
    pub start: u64,
    pub subject: Subject,
    /// The offsets of the units, ascending.
    pub units: Vec<u64>,
    /// In alphabetic order, each once.
    pub names: Vec<String>,
    /// By name.
    pub functions: Vec<FunctionEntry>,
    /// By name.
    pub declared: Vec<DeclaredEntry>,
    pub inlined: Vec<InlinedEntry>,
    /// By kind and name.
    pub types: Vec<TypeEntry>,
    /// By name.
    pub enumerators: Vec<EnumeratorEntry>,
    /// By name.
    pub variables: Vec<VariableEntry>,
    /// Where probes may not be.
    pub closed: Vec<ClosedEntry>,
    /// By address.
    pub anchors: Vec<AnchorEntry>,
}

/// The kinds of types that have names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Struct,
    Union,
    Typedef,
    Enum,
    Base,
}

impl<'b> DwarfIndex<'b> {
    /// Looks through the DWARF of a kernel's file, on all processors. `progress` is told how many of how many
    /// units are done.
    ///
    /// # Errors
    /// When the file has no DWARF, or it is damaged.
    pub fn build(
        elf: &Elf<'_>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<DwarfIndex<'static>, Error> {
        DwarfIndex::of(&super::scan::build(elf, Subject::Kernel, progress)?)
    }

    /// Likewise, of a program or shared library, or of its separate debug file.
    ///
    /// # Errors
    /// When the file has no DWARF, or it is damaged.
    pub fn build_program(
        elf: &Elf<'_>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<DwarfIndex<'static>, Error> {
        DwarfIndex::of(&super::scan::build(elf, Subject::Program, progress)?)
    }

    pub(super) fn of(contents: &Contents) -> Result<DwarfIndex<'static>, Error> {
        let text: String = contents.names.concat();
        let mut end = 0;
        let ends: Vec<u32> = contents
            .names
            .iter()
            .map(|name| {
                end += name.len() as u32;
                end
            })
            .collect();
        let tables: [Vec<u8>; TABLES] = [
            bytes_of(&contents.units),
            bytes_of(&ends),
            text.into_bytes(),
            bytes_of(&contents.functions),
            bytes_of(&contents.declared),
            bytes_of(&contents.inlined),
            bytes_of(&contents.types),
            bytes_of(&contents.enumerators),
            bytes_of(&contents.variables),
            bytes_of(&contents.closed),
            bytes_of(&contents.anchors),
        ];
        let mut bytes = MAGIC.to_vec();
        for number in [VERSION, contents.size, contents.start, contents.subject as u64] {
            bytes.extend(number.to_le_bytes());
        }
        for table in &tables {
            bytes.extend((table.len() as u64).to_le_bytes());
        }
        tables.iter().for_each(|table| bytes.extend(table));
        DwarfIndex::from_bytes(bytes)
    }

    /// As bytes, for [`DwarfIndex::from_bytes`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// An index that [`DwarfIndex::as_bytes`] gave.
    ///
    /// # Errors
    /// When it is of another version or cut short.
    pub fn from_bytes(bytes: impl Into<Cow<'b, [u8]>>) -> Result<Self, Error> {
        let bytes = bytes.into();
        let damaged = || Error("the index of the DWARF is damaged".to_owned());
        let mut header = Reader(bytes.get(..HEADER).ok_or_else(damaged)?);
        if header.u64().to_le_bytes() != MAGIC || header.u64() != VERSION {
            return Err(Error("no index of DWARF, or one of another version".to_owned()));
        }
        let _size_start_subject = [header.u64(), header.u64(), header.u64()];
        let (mut ends, mut end) = ([0; TABLES], HEADER);
        for table in &mut ends {
            let length = usize::try_from(header.u64()).map_err(|_| damaged())?;
            end = end.checked_add(length).ok_or_else(damaged)?;
            *table = end;
        }
        if end == bytes.len() { Ok(Self { bytes, ends }) } else { Err(damaged()) }
    }

    fn table(&self, table: Table) -> &[u8] {
        let at = table as usize;
        let start = at.checked_sub(1).map_or(HEADER, |before| self.ends[before]);
        self.bytes.get(start..self.ends[at]).unwrap_or_default()
    }

    fn rows<R: Row>(&self, table: Table) -> Rows<'_, R> {
        Rows::of(self.table(table))
    }

    /// The number at a position of the header.
    fn header(&self, at: usize) -> u64 {
        Reader(self.bytes.get(at * 8..).unwrap_or_default()).u64()
    }

    /// Whether it was built of this `.debug_info`.
    pub(super) fn is_of(&self, info: &[u8]) -> bool {
        self.header(2) == info.len() as u64
    }

    /// The address of `_stext`, if the object has it.
    pub(super) fn start(&self) -> Option<u64> {
        Some(self.header(3)).filter(|&start| start != 0)
    }

    /// What it is of.
    pub(super) fn of_what(&self) -> Subject {
        if self.header(4) == Subject::Program as u64 { Subject::Program } else { Subject::Kernel }
    }

    /// What messages call the object.
    pub(super) fn subject(&self) -> &'static str {
        match self.of_what() {
            Subject::Kernel => "the kernel",
            Subject::Program => "the program",
        }
    }

    /// The start of the unit that an offset lies in.
    pub(super) fn unit_of(&self, offset: u64) -> Option<u64> {
        let units: Rows<'_, u64> = self.rows(Table::Units);
        units.get(units.partition_point(|&unit| unit <= offset).checked_sub(1)?)
    }

    /// The functions that the source calls so.
    pub(super) fn functions(&self, name: &str) -> impl Iterator<Item = FunctionEntry> + use<'_> {
        let rows = self.all_functions();
        let rows = match self.find(name) {
            Some(name) => rows.with_key(&name, |entry| entry.name),
            None => rows.range(0, 0),
        };
        rows.iter()
    }

    /// All of them, by name.
    pub(super) fn all_functions(&self) -> Rows<'_, FunctionEntry> {
        self.rows(Table::Functions)
    }

    /// Those that were put into callers, by name.
    pub(super) fn all_declared(&self) -> Rows<'_, DeclaredEntry> {
        self.rows(Table::Declared)
    }

    /// The copies of one.
    pub(super) fn copies(
        &self,
        of: &DeclaredEntry,
    ) -> impl Iterator<Item = InlinedEntry> + use<'_> {
        let all: Rows<'_, InlinedEntry> = self.rows(Table::Inlined);
        all.range(of.first as usize, of.count as usize).iter()
    }

    /// The names of all functions with code.
    pub(super) fn function_names(&self) -> impl Iterator<Item = &str> {
        self.all_functions()
            .iter()
            .filter(|entry| entry.has(CODE))
            .map(|entry| self.name(entry.name))
    }

    /// The definition of a type.
    pub(super) fn definition(&self, kind: Kind, name: &str) -> Option<TypeEntry> {
        let (kind, name) = (kind as u32, self.find(name)?);
        let rows: Rows<'_, TypeEntry> = self.rows(Table::Types);
        rows.with_key(&(kind, name), |entry| (entry.kind, entry.name)).get(0)
    }

    /// Every definition.
    #[cfg(test)]
    pub(super) fn definitions(&self) -> Rows<'_, TypeEntry> {
        self.rows(Table::Types)
    }

    /// The enumerator of a name.
    pub(super) fn enumerator(&self, name: &str) -> Option<EnumeratorEntry> {
        let name = self.find(name)?;
        let rows: Rows<'_, EnumeratorEntry> = self.rows(Table::Enumerators);
        rows.with_key(&name, |entry| entry.name).get(0)
    }

    /// The global variables of a name.
    pub(super) fn variables(&self, name: &str) -> impl Iterator<Item = VariableEntry> + use<'_> {
        let rows: Rows<'_, VariableEntry> = self.rows(Table::Variables);
        let rows = match self.find(name) {
            Some(name) => rows.with_key(&name, |entry| entry.name),
            None => rows.range(0, 0),
        };
        rows.iter()
    }

    /// Why an address may not be probed, if it may not.
    pub(super) fn closed(&self, address: u64) -> Option<&'static str> {
        let rows: Rows<'_, ClosedEntry> = self.rows(Table::Closed);
        let around = rows.iter().find(|entry| (entry.start..entry.end).contains(&address));
        closed::reason(around?.why)
    }

    /// How an address is found once the object is loaded: by a symbol, so many bytes behind it (before it,
    /// as a negative number).
    pub(super) fn anchor(&self, address: u64) -> Result<(&str, u64), Error> {
        if let Some(start) = self.start() {
            return Ok(("_stext", address.wrapping_sub(start)));
        }
        match self.nearest_anchor(address) {
            Some(entry) => Ok((self.name(entry.name), address.wrapping_sub(entry.address))),
            None => Err(Error(format!(
                "no symbol says where {address:#x} is once the object is loaded"
            ))),
        }
    }

    /// Whether each processor has a copy of what is at an address of an object that is not linked.
    pub(super) fn is_per_cpu(&self, address: u64) -> bool {
        self.start().is_none()
            && self.nearest_anchor(address).is_some_and(|entry| entry.per_cpu != 0)
    }

    fn nearest_anchor(&self, address: u64) -> Option<AnchorEntry> {
        let rows: Rows<'_, AnchorEntry> = self.rows(Table::Anchors);
        let of = |entry: &AnchorEntry| (entry.address, entry.start, entry.end);
        unlinked::nearest((rows.len(), &|at| rows.get(at)), of, address)
    }

    /// The name of a number; empty for one that there is not.
    pub(super) fn name(&self, number: u32) -> &str {
        let ends: Rows<'_, u32> = self.rows(Table::NameEnds);
        let number = number as usize;
        let before = number.checked_sub(1).and_then(|before| ends.get(before)).unwrap_or(0);
        let end = ends.get(number).unwrap_or(before);
        let text = self.table(Table::NameText).get(before as usize..end as usize);
        text.and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
    }

    /// The number of a name.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let count = Rows::<u32>::of(self.table(Table::NameEnds)).len() as u32;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.name(middle).cmp(name) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The numbers of the names that begin so, all one behind the other.
    pub(super) fn names_from(&self, start: &str) -> std::ops::Range<u32> {
        let ends: Rows<'_, u32> = self.rows(Table::NameEnds);
        let count = ends.len() as u32;
        let point = |past: &dyn Fn(&str) -> bool| {
            let (mut low, mut high) = (0, count);
            while low < high {
                let middle = low + (high - low) / 2;
                if past(self.name(middle)) { high = middle } else { low = middle + 1 }
            }
            low
        };
        let first = point(&|name| name >= start);
        let last = point(&|name| name > start && !name.starts_with(start));
        first..last
    }
}
