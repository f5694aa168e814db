//! What was found in units, put together to an index.

use std::{borrow::Cow, collections::HashMap};

use super::{
    entries::{
        AMBIGUOUS, AnchorEntry, DeclaredEntry, EnumeratorEntry, FunctionEntry, INLINED,
        InlinedEntry, TypeEntry, VariableEntry,
    },
    index::{Contents, Kind},
};
use crate::unlinked::Anchor;

/// What was found in a unit. Files and functions that were put into others are referred to by their
/// positions here.
#[derive(Default)]
pub(super) struct Found<'a> {
    pub files: Vec<Cow<'a, str>>,
    pub functions: Vec<Code<'a>>,
    pub declared: Vec<Declared<'a>>,
    /// Copies: of what, the flags, the entry in `.debug_info`, the address.
    pub copies: Vec<(u32, u32, u64, u64)>,
    /// Functions that were put into callers: the first entry of each name.
    inlined: HashMap<&'a str, u64>,
    types: HashMap<(Kind, &'a str), Definition>,
    enumerators: HashMap<&'a str, (i64, bool)>,
    pub variables: Vec<(&'a str, u32, u64)>,
}

/// A function with code.
pub(super) struct Code<'a> {
    pub name: &'a str,
    pub symbol: &'a str,
    pub file: u32,
    pub line: u32,
    pub flags: u32,
    pub die: u64,
    pub entry: u64,
}

/// A function that was put into callers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Declared<'a> {
    pub name: &'a str,
    pub file: u32,
    pub line: u32,
}

/// A type's first definition, and what tells it from others of its name: size and line.
#[derive(Clone, Copy)]
struct Definition {
    die: u64,
    told: (Option<u64>, Option<u64>),
    several: bool,
}

impl Definition {
    /// Of two, the first; the order in which they come does not matter.
    fn and(self, other: Self) -> Self {
        let several = self.several || other.several || self.told != other.told;
        Self { several, ..if self.die <= other.die { self } else { other } }
    }
}

impl<'a> Found<'a> {
    pub fn add_inlined(&mut self, name: &'a str, die: u64) {
        let first = self.inlined.entry(name).or_insert(die);
        *first = die.min(*first);
    }

    pub fn add_type(&mut self, key: (Kind, &'a str), die: u64, told: (Option<u64>, Option<u64>)) {
        self.define(key, Definition { die, told, several: false });
    }

    fn define(&mut self, key: (Kind, &'a str), definition: Definition) {
        self.types
            .entry(key)
            .and_modify(|known| *known = known.and(definition))
            .or_insert(definition);
    }

    pub fn add_enumerator(&mut self, name: &'a str, value: i64) {
        let (known, several) = self.enumerators.entry(name).or_insert((value, false));
        *several |= *known != value;
    }
}

/// What was found in all units so far.
#[derive(Default)]
pub(super) struct Gather<'a> {
    files: HashMap<Cow<'a, str>, u32>,
    found: Found<'a>,
    declared: HashMap<Declared<'a>, u32>,
}

impl<'a> Gather<'a> {
    pub fn add(&mut self, found: Found<'a>) {
        let files: Vec<u32> = found.files.into_iter().map(|file| self.file(file)).collect();
        let file = |position: u32| files.get(position as usize).copied().unwrap_or(0);
        let functions = found.functions.into_iter();
        self.found.functions.extend(functions.map(|code| Code { file: file(code.file), ..code }));
        let mut positions = Vec::with_capacity(found.declared.len());
        for declared in found.declared {
            let declared = Declared { file: file(declared.file), ..declared };
            let next = self.declared.len() as u32;
            positions.push(*self.declared.entry(declared).or_insert(next));
        }
        let copies = found.copies.into_iter();
        self.found.copies.extend(copies.filter_map(|(declared, flags, die, entry)| {
            Some((*positions.get(declared as usize)?, flags, die, entry))
        }));
        found.inlined.into_iter().for_each(|(name, die)| self.found.add_inlined(name, die));
        found.types.into_iter().for_each(|(key, definition)| self.found.define(key, definition));
        for (name, (value, several)) in found.enumerators {
            self.found.add_enumerator(name, value);
            if several && let Some(known) = self.found.enumerators.get_mut(name) {
                known.1 = true;
            }
        }
        let variables = found.variables.into_iter();
        self.found.variables.extend(variables.map(|(name, at, die)| (name, file(at), die)));
    }

    fn file(&mut self, file: Cow<'a, str>) -> u32 {
        let next = self.files.len() as u32;
        *self.files.entry(file).or_insert(next)
    }

    /// All of it; `contents` has what does not come from units.
    pub fn finish(
        mut self,
        contents: Contents,
        symbols: &[(u64, &str)],
        anchors: &[Anchor<'a>],
    ) -> Contents {
        let with_code: std::collections::HashSet<&str> =
            self.found.functions.iter().map(|code| code.name).collect();
        let without: Vec<(&str, u64)> = std::mem::take(&mut self.found.inlined)
            .into_iter()
            .filter(|(name, _)| !with_code.contains(name))
            .collect();
        self.found.functions.extend(without.into_iter().map(|(name, die)| {
            let (file, line, flags, entry) = (0, 0, INLINED, 0);
            Code { name, symbol: name, file, line, flags, die, entry }
        }));
        let names = Names::of(&self, anchors);
        let mut files = vec![0; self.files.len()];
        for (file, &position) in &self.files {
            files[position as usize] = names.number(file);
        }
        let functions = functions(&self.found.functions, &names, &files, symbols);
        let (declared, inlined) = self.declared(&names, &files);
        let mut types: Vec<TypeEntry> = self
            .found
            .types
            .iter()
            .map(|(key, found)| {
                let (kind, name) = (key.0 as u32, names.number(key.1));
                TypeEntry { kind, name, several: found.several.into(), die: found.die }
            })
            .collect();
        types.sort_unstable_by_key(|entry| (entry.kind, entry.name));
        let mut enumerators: Vec<EnumeratorEntry> = self
            .found
            .enumerators
            .iter()
            .map(|(name, &(value, several))| {
                let (name, several) = (names.number(name), several.into());
                EnumeratorEntry { name, several, value: value as u64 }
            })
            .collect();
        enumerators.sort_unstable_by_key(|entry| entry.name);
        let mut variables: Vec<VariableEntry> = self
            .found
            .variables
            .iter()
            .map(|&(name, file, die)| VariableEntry {
                name: names.number(name),
                file: files[file as usize],
                die,
            })
            .collect();
        variables.sort_unstable_by_key(|entry| (entry.name, entry.die));
        let anchor = |anchor: &Anchor<'_>| {
            let &Anchor { address, start, end, per_cpu, name } = anchor;
            AnchorEntry { name: names.number(name), per_cpu: per_cpu.into(), address, start, end }
        };
        let anchors = anchors.iter().map(anchor).collect();
        let names = names.all.into_iter().map(str::to_owned).collect();
        Contents {
            names,
            functions,
            declared,
            inlined,
            types,
            enumerators,
            variables,
            anchors,
            ..contents
        }
    }

    /// The functions that were put into others by name, and their copies in the same order.
    fn declared(
        &self,
        names: &Names<'_>,
        files: &[u32],
    ) -> (Vec<DeclaredEntry>, Vec<InlinedEntry>) {
        let mut order: Vec<(u32, u32, u32, u32)> = self
            .declared
            .iter()
            .map(|(declared, &position)| {
                let Declared { name, file, line } = *declared;
                (names.number(name), files[file as usize], line, position)
            })
            .collect();
        order.sort_unstable();
        let mut ranks = vec![0_u32; order.len()];
        for (rank, &(.., position)) in order.iter().enumerate() {
            ranks[position as usize] = rank as u32;
        }
        let mut copies: Vec<(u32, u64, u64, u32)> = self
            .found
            .copies
            .iter()
            .map(|&(declared, flags, die, entry)| (ranks[declared as usize], entry, die, flags))
            .collect();
        copies.sort_unstable();
        let mut entries: Vec<DeclaredEntry> = order
            .iter()
            .map(|&(name, file, line, _)| DeclaredEntry { name, file, line, first: 0, count: 0 })
            .collect();
        for (at, &(rank, ..)) in copies.iter().enumerate() {
            let entry = &mut entries[rank as usize];
            if entry.count == 0 {
                entry.first = at as u32;
            }
            entry.count += 1;
        }
        let copies = copies.into_iter();
        (entries, copies.map(|(_, entry, die, flags)| InlinedEntry { flags, die, entry }).collect())
    }
}

/// Functions by name, with what is known of their symbols.
fn functions(
    found: &[Code<'_>],
    names: &Names<'_>,
    files: &[u32],
    symbols: &[(u64, &str)],
) -> Vec<FunctionEntry> {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for (_, symbol) in symbols {
        *counts.entry(symbol).or_default() += 1;
    }
    let function = |code: &Code<'_>| {
        let several = counts.get(code.symbol).is_some_and(|&count| count > 1);
        FunctionEntry {
            name: names.number(code.name),
            symbol: names.number(code.symbol),
            file: files.get(code.file as usize).copied().unwrap_or(0),
            line: code.line,
            flags: code.flags | if several { AMBIGUOUS } else { 0 },
            die: code.die,
            entry: code.entry,
        }
    };
    let mut functions: Vec<FunctionEntry> = found.iter().map(function).collect();
    functions.sort_unstable_by_key(|entry| (entry.name, entry.die));
    functions
}

/// Names in alphabetic order, each once.
struct Names<'n> {
    all: Vec<&'n str>,
    numbers: HashMap<&'n str, u32>,
}

impl<'n> Names<'n> {
    fn of(gather: &'n Gather<'_>, anchors: &[Anchor<'n>]) -> Self {
        let found = &gather.found;
        let functions = found.functions.iter().flat_map(|code| [code.name, code.symbol]);
        let mut all: Vec<&str> = functions
            .chain(gather.files.keys().map(|file| &**file))
            .chain(gather.declared.keys().map(|declared| declared.name))
            .chain(found.types.keys().map(|&(_, name)| name))
            .chain(found.enumerators.keys().copied())
            .chain(found.variables.iter().map(|&(name, ..)| name))
            .chain(anchors.iter().map(|anchor| anchor.name))
            .collect();
        all.sort_unstable();
        all.dedup();
        let numbers = all.iter().enumerate().map(|(number, &name)| (name, number as u32)).collect();
        Self { all, numbers }
    }

    fn number(&self, name: &str) -> u32 {
        self.numbers.get(name).copied().unwrap_or(u32::MAX)
    }
}
