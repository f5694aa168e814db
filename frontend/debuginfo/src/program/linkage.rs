//! The procedure linkage table: the places through which functions of other objects are called. What each is
//! for is said by the relocation of the word that it jumps by.

use std::collections::HashMap;

use object::{
    LittleEndian, Object as _, ObjectSection as _, ObjectSymbol as _, ObjectSymbolTable as _,
    RelocationFlags, RelocationTarget, elf,
};

use crate::{
    elf::Elf,
    glob,
    info::Error,
    places::{Place, PlaceKind},
};

/// Where entries are: those of `.plt` are not called where there is a `.plt.sec` (for processors that check
/// where control may jump to).
const TABLES: [&str; 3] = [".plt.sec", ".plt", ".plt.got"];
/// The distances that entries may have.
const SHORT: usize = 8;
const LONG: usize = 16;

/// What entries begin with, perhaps: `endbr64`, and the prefix `bnd`.
const LANDING: &[u8] = &[0xf3, 0x0f, 0x1e, 0xfa];
const BOUND: &[u8] = &[0xf2];
/// `jmp *distance(%rip)`, before the distance.
const JUMP: &[u8] = &[0xff, 0x25];

pub(super) fn find(elf: &Elf<'_>, pattern: &str) -> Result<Vec<Place>, Error> {
    let file = elf.file();
    let names = slots(elf);
    let mut places: Vec<Place> = Vec::new();
    for name in TABLES {
        let Some(section) = file.section_by_name(name) else { continue };
        if name == ".plt" && file.section_by_name(".plt.sec").is_some() {
            continue;
        }
        let damaged = |error: object::Error| Error(format!("section {name}: {error}"));
        let bytes = section.data().map_err(damaged)?;
        let step = match section.elf_section_header().sh_entsize.get(LittleEndian) {
            8 => SHORT,
            16 => LONG,
            _ if name == ".plt.got" => SHORT,
            _ => LONG,
        };
        for (number, entry) in (0_u64..).zip(bytes.chunks(step)) {
            let address = section.address().wrapping_add(number * step as u64);
            let slot = slot(address, entry);
            let Some(&function) = slot.and_then(|slot| names.get(&slot)) else { continue };
            if glob::matches(pattern, function) {
                places.push(Place::named(PlaceKind::Entry, function, address));
            }
        }
    }
    places.sort_by_key(|place| place.address);
    Ok(places)
}

/// The address of the word that an entry jumps by.
fn slot(address: u64, entry: &[u8]) -> Option<u64> {
    let without = |code: &[u8], prefix: &[u8]| code.strip_prefix(prefix).unwrap_or(code).len();
    let landed = &entry[entry.len() - without(entry, LANDING)..];
    let code = &landed[landed.len() - without(landed, BOUND)..];
    let distance = i32::from_le_bytes(*code.strip_prefix(JUMP)?.first_chunk()?);
    let behind = entry.len() - code.len() + JUMP.len() + size_of::<i32>();
    Some(address.wrapping_add(behind as u64).wrapping_add_signed(distance.into()))
}

/// The functions that the loader writes the addresses of, by where it writes them.
fn slots<'a>(elf: &Elf<'a>) -> HashMap<u64, &'a str> {
    let file = elf.file();
    let (Some(relocations), Some(symbols)) =
        (file.dynamic_relocations(), file.dynamic_symbol_table())
    else {
        return HashMap::new();
    };
    let named = relocations.filter_map(|(address, relocation)| {
        let RelocationFlags::Elf { r_type } = relocation.flags() else { return None };
        let RelocationTarget::Symbol(symbol) = relocation.target() else { return None };
        if r_type != elf::R_X86_64_JUMP_SLOT && r_type != elf::R_X86_64_GLOB_DAT {
            return None;
        }
        let name = symbols.symbol_by_index(symbol).ok()?.name().ok()?;
        Some((address, name)).filter(|(_, name)| !name.is_empty())
    });
    named.collect()
}
