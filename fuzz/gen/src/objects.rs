//! What must hold for every object's debug information, damaged or not: each question is answered or
//! refused, and what is answered fits together.
//!
//! As with texts, that nothing panics, runs away or takes all memory is part of it; whoever calls these
//! properties sees to that.

mod ask;
mod mutate;
mod scripts;

use stapc_debuginfo::{
    Btf, Dwarf, DwarfIndex, Elf, Error, NamesOnly, Probeable, Program, Source, Symbols, join_split,
    split_units,
    tables::{Tables, Wanted},
};

use crate::Random;
pub use mutate::{mutate_object, mutate_object_or};

/// A property of objects.
pub type Property = fn(&[u8]) -> Result<(), String>;

/// All of them, by the name of the fuzz target that tries it.
pub const ALL: &[(&str, Property)] = &[("dwarf", dwarf), ("btf", btf), ("split", split)];

/// How many bytes of an index are damaged.
const DAMAGED: u64 = 8;

/// What a fuzz target does: panics where its property does not hold for an object.
///
/// # Panics
/// That is how a fuzz target tells a finding.
pub fn try_object(property: &str, data: &[u8]) {
    let named = ALL.iter().find(|(known, _)| *known == property);
    match named.map(|(_, property)| property(data)) {
        Some(Ok(())) => {}
        Some(Err(finding)) => panic!("{property}: {finding}"),
        None => panic!("no property is called {property}"),
    }
}

/// An ELF file with DWARF: what its index and its units say can be asked for, also with a damaged index.
pub fn dwarf(data: &[u8]) -> Result<(), String> {
    let Ok(elf) = Elf::open(data) else { return Ok(()) };
    program(data)?;
    questions(&elf)
}

/// An ELF file that has both skeletons of units and the rest of them: what they say when they are put together.
pub fn split(data: &[u8]) -> Result<(), String> {
    let Ok(file) = Elf::open(data) else { return Ok(()) };
    let units = split_units(&file).unwrap_or_default();
    let Ok(mut joined) = Elf::open(data) else { return Ok(()) };
    if units.is_empty() || join_split(&mut joined, &[&file]).is_err() {
        return Ok(());
    }
    questions(&joined)
}

/// What the index and the units of DWARF can be asked.
fn questions(elf: &Elf<'_>) -> Result<(), String> {
    let Ok(index) = DwarfIndex::build(elf, &|_, _| ()) else { return Ok(()) };
    if DwarfIndex::from_bytes(index.as_bytes()).as_ref() != Ok(&index) {
        return Err("an index is another one when it is read".to_owned());
    }
    let Ok(dwarf) = Dwarf::open(elf, &index) else { return Ok(()) };
    ask::all(&dwarf)?;
    let map = elf.symbol_map();
    let names = NamesOnly::of(elf, "there is no more".to_owned());
    ask::all(&Probeable::new(names, Symbols::parse(&map)).of_module(elf, "the object".to_owned()))?;
    let damaged = damaged(index.as_bytes());
    let Ok(index) = DwarfIndex::from_bytes(damaged) else { return Ok(()) };
    let Ok(dwarf) = Dwarf::open(elf, &index) else { return Ok(()) };
    // What it says need not fit together.
    let _ = ask::all(&dwarf);
    Ok(())
}

/// The same file as a program's, with its DWARF and without.
fn program(data: &[u8]) -> Result<(), String> {
    let Ok(elf) = Elf::open(data) else { return Ok(()) };
    let all = Wanted { symbols: true, unwinding: true, lines: true };
    let _ = Tables::of(&elf, None, all);
    let none = Error("no DWARF".to_owned());
    ask::all(&Program::new(&elf, None, Err(none)))?;
    let Ok(index) = DwarfIndex::build_program(&elf, &|_, _| ()) else { return Ok(()) };
    let Ok(dwarf) = Dwarf::open(&elf, &index) else { return Ok(()) };
    ask::all(&Program::new(&elf, None, Ok(dwarf)))
}

/// An index with some other bytes: which, is told by its own.
fn damaged(index: &[u8]) -> Vec<u8> {
    let mut bytes = index.to_vec();
    let sum = bytes.iter().fold(0_u64, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let mut random = Random::new(sum);
    for _ in 0..random.below(DAMAGED) {
        let at = random.below(bytes.len().max(1) as u64) as usize;
        if let Some(byte) = bytes.get_mut(at) {
            *byte = random.below(256) as u8;
        }
    }
    bytes
}

/// BTF, by itself and beside symbols of its functions.
pub fn btf(data: &[u8]) -> Result<(), String> {
    let Ok(btf) = Btf::open(data) else { return Ok(()) };
    let mut map = String::from("ffffffff81000000 T _stext\n");
    let names = ["main", "walk"].into_iter().flat_map(|name| btf.functions_like(name));
    for (at, name) in names.enumerate() {
        map += &format!("{:x} T {name}\n", 0xffff_ffff_8100_0000_u64 + 16 * at as u64);
    }
    ask::all(&Probeable::new(btf, Symbols::parse(&map)))
}
