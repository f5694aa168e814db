//! The index of a kernel's DWARF: where the functions and types of each name are.

use crate::{elf::Elf, info::Error};

/// Functions and types by name, as offsets in `.debug_info`; small enough to be kept in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DwarfIndex {
    /// The size of `.debug_info`, to tell the index of another file.
    pub(super) size: u64,
    /// The offsets of the units, ascending.
    pub(super) units: Vec<u64>,
    pub(super) names: Names,
    /// By name.
    pub(super) functions: Vec<FunctionEntry>,
    /// By kind and name.
    pub(super) types: Vec<TypeEntry>,
}

/// One function: code, or the memory of a function that has none of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FunctionEntry {
    /// What the source calls it.
    pub name: u32,
    /// The symbol at its address.
    pub symbol: u32,
    /// Whether it has code; otherwise it was put into all of its callers.
    pub code: bool,
    /// Whether it was put into some of its callers.
    pub inlined: bool,
    /// Its entry in `.debug_info`.
    pub die: u64,
    /// The address where it is entered.
    pub entry: u64,
}

/// The definition of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TypeEntry {
    pub kind: Kind,
    pub name: u32,
    /// Whether there are others of this name that differ from it.
    pub several: bool,
    pub die: u64,
}

/// The kinds of types that have names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Struct,
    Union,
    Typedef,
}

impl DwarfIndex {
    /// Looks through the DWARF of a file, on all processors. `progress` is told how many of how many
    /// units are done.
    ///
    /// # Errors
    /// When the file has no DWARF, or it is damaged.
    pub fn build(elf: &Elf<'_>, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Self, Error> {
        super::scan::build(elf, progress)
    }

    /// Whether it was built of this `.debug_info`.
    pub(super) fn is_of(&self, info: &[u8]) -> bool {
        self.size == info.len() as u64
    }

    /// The start of the unit that an offset lies in.
    pub(super) fn unit_of(&self, offset: u64) -> Option<u64> {
        let after = self.units.partition_point(|&unit| unit <= offset);
        self.units.get(after.checked_sub(1)?).copied()
    }

    /// The functions that the source calls so.
    pub(super) fn functions(&self, name: &str) -> impl Iterator<Item = &FunctionEntry> {
        let name = self.names.find(name);
        let start = name
            .map_or(usize::MAX, |name| self.functions.partition_point(|entry| entry.name < name));
        let rest = self.functions.get(start..).unwrap_or_default();
        rest.iter().take_while(move |entry| Some(entry.name) == name)
    }

    /// The names of all functions with code.
    pub(super) fn function_names(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().filter(|entry| entry.code).map(|entry| self.name(entry.name))
    }

    /// The definition of a type.
    pub(super) fn definition(&self, kind: Kind, name: &str) -> Option<TypeEntry> {
        let name = self.names.find(name)?;
        let at = self
            .types
            .binary_search_by_key(&(kind, name), |entry| (entry.kind, entry.name))
            .ok()?;
        self.types.get(at).copied()
    }

    pub(super) fn name(&self, name: u32) -> &str {
        self.names.get(name)
    }
}

/// Names in alphabetic order, each once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// All of them, one behind the other.
    pub text: String,
    /// Where each ends.
    pub ends: Vec<u32>,
}

impl Names {
    /// Of names that may repeat.
    pub fn of<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut sorted: Vec<&str> = names.collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut all = Self::default();
        for name in sorted {
            all.text.push_str(name);
            all.ends.push(all.text.len() as u32);
        }
        all
    }

    /// The name of a number; empty for one that there is not.
    pub fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |&end| end as usize);
        let end = self.ends.get(number).map_or(start, |&end| end as usize);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The number of a name.
    pub fn find(&self, name: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.ends.len() as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).cmp(name) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}
