//! What code and variables of a file are called, by place.

use object::{
    LittleEndian, elf,
    read::elf::{Sym as _, SymbolTable},
};

use super::place;
use crate::elf::Elf;

/// A symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its first byte.
    pub start: u32,
    /// How many bytes it has: up to the next one, if it does not say.
    pub size: u32,
    /// Without the version that may be behind it.
    pub name: String,
}

/// The symbols of a file and of its debug information, by place; one at each.
pub fn of<'a>(executable: &Elf<'a>, debug: Option<&Elf<'a>>) -> Vec<Symbol> {
    let mut found = Vec::new();
    for elf in [executable].into_iter().chain(debug) {
        for table in [elf.file().elf_symbol_table(), elf.file().elf_dynamic_symbol_table()] {
            found.extend(table.iter().filter_map(|symbol| read(executable, table, symbol)));
        }
    }
    // What says how long it is comes before labels; the shortest name is the one that people know.
    found.sort_by(|one, other| {
        let key =
            |&(ref symbol, is_long): &(Symbol, bool)| (symbol.start, !is_long, symbol.name.len());
        key(one).cmp(&key(other)).then_with(|| one.0.name.cmp(&other.0.name))
    });
    found.dedup_by_key(|(symbol, _)| symbol.start);
    let next: Vec<u32> = found.iter().skip(1).map(|(symbol, _)| symbol.start).collect();
    for ((symbol, is_long), next) in found.iter_mut().zip(next) {
        if !*is_long {
            symbol.size = symbol.size.min(next - symbol.start);
        }
    }
    found.into_iter().map(|(symbol, _)| symbol).collect()
}

type Table<'d> = SymbolTable<'d, elf::FileHeader64<LittleEndian>>;

/// A symbol of code or a variable, and whether it says how long it is; else it goes on to its section's end.
fn read(
    executable: &Elf<'_>,
    table: &Table<'_>,
    symbol: &elf::Sym64<LittleEndian>,
) -> Option<(Symbol, bool)> {
    let section = symbol.st_shndx(LittleEndian);
    let is_defined =
        section != elf::SHN_UNDEF && (section.0 < elf::SHN_LORESERVE || section == elf::SHN_XINDEX);
    let kind = symbol.st_type();
    let is_named =
        [elf::STT_FUNC, elf::STT_GNU_IFUNC, elf::STT_OBJECT, elf::STT_NOTYPE].contains(&kind);
    let address = symbol.st_value(LittleEndian);
    // A label without a type is one of code, or else the linker's.
    let is_place = kind != elf::STT_NOTYPE || executable.is_code(address);
    if !is_defined || !is_named || !is_place {
        return None;
    }
    let name = std::str::from_utf8(table.symbol_name(LittleEndian, symbol).ok()?).ok()?;
    let name = name.split('@').next().filter(|name| !name.is_empty())?.to_owned();
    let size = symbol.st_size(LittleEndian);
    let rest = || executable.sections().find_map(|(_, start, size)| rest(start, size, address));
    let own = if size == 0 { rest()? } else { size };
    let own = u32::try_from(own).unwrap_or(u32::MAX);
    Some((Symbol { start: place(executable, address)?, size: own, name }, size != 0))
}

/// How many bytes of what is at an address lie at another and behind it.
fn rest(start: u64, size: u64, address: u64) -> Option<u64> {
    let within = address.checked_sub(start).filter(|_| start != 0)?;
    size.checked_sub(within).filter(|&rest| rest != 0)
}
