//! Files that are not linked (object files, modules of the kernel): where their sections are put, as if
//! they had been loaded there, and the relocations by which that is told to other sections.
//!
//! The addresses are of our own choice. What is found at one is armed by a symbol of the same section.

use std::collections::HashMap;

use object::{
    LittleEndian, Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags,
    RelocationTarget, SectionIndex, SymbolKind, elf,
    read::elf::{ElfFile64, ElfSection64, ElfSymbol64},
};

use crate::info::Error;

/// Where the first section is put: not at 0, where code is that a linker has dropped.
const FIRST: u64 = 0x10_0000;
/// Where the last must end: relocations of 32 bits reach so far.
const LAST: u64 = 1 << 31;
/// The strictest alignment that is kept.
const MAX_ALIGN: u64 = 1 << 16;
/// What the names of sections begin with that each processor has a copy of.
pub(crate) const PER_CPU: &str = ".data..percpu";

/// Where the sections of a file are that is not linked.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// By the sections' indices; 0 of those that are not loaded.
    bases: Vec<u64>,
}

/// A symbol that only one place of a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Anchor<'a> {
    pub address: u64,
    /// Where its section begins and ends.
    pub start: u64,
    pub end: u64,
    /// Whether each processor has a copy of it.
    pub per_cpu: bool,
    pub name: &'a str,
}

impl Layout {
    /// Puts the sections that are loaded one behind another.
    pub fn of(file: &ElfFile64<'_, LittleEndian>) -> Result<Self, Error> {
        let (mut bases, mut next) = (Vec::new(), FIRST);
        for section in file.sections().filter(is_loaded) {
            let align = section.align().clamp(1, MAX_ALIGN).next_power_of_two();
            let base = next.next_multiple_of(align);
            let end = base.checked_add(section.size()).filter(|&end| end <= LAST);
            let Some(end) = end else {
                return Err(Error("the sections of the object are too large".to_owned()));
            };
            let index = section.index().0;
            if bases.len() <= index {
                bases.resize(index + 1, 0);
            }
            bases[index] = base;
            // A symbol behind the last byte is not in the next section.
            next = end + 1;
        }
        Ok(Self { bases })
    }

    /// Where a section is.
    pub fn base(&self, section: SectionIndex) -> u64 {
        self.bases.get(section.0).copied().unwrap_or(0)
    }

    /// Where a symbol is.
    pub fn symbol(&self, symbol: &ElfSymbol64<'_, '_, LittleEndian>) -> u64 {
        let base = symbol.section_index().map_or(0, |section| self.base(section));
        symbol.address().wrapping_add(base)
    }

    /// The symbols by which places in loaded sections are found, by address.
    pub fn anchors<'a>(&self, file: &ElfFile64<'a, LittleEndian>) -> Vec<Anchor<'a>> {
        let mut counts: HashMap<&str, u32> = HashMap::new();
        let mut anchors = Vec::new();
        let is_named = |symbol: &ElfSymbol64<'_, '_, LittleEndian>| {
            !matches!(symbol.kind(), SymbolKind::File | SymbolKind::Section)
        };
        for symbol in file.symbols().filter(|symbol| !symbol.is_undefined()).filter(is_named) {
            let Ok(name) = symbol.name() else { continue };
            *counts.entry(name).or_default() += 1;
            let Some(index) = symbol.section_index() else { continue };
            let Ok(section) = file.section_by_index(index) else { continue };
            if name.is_empty() || !is_loaded(&section) {
                continue;
            }
            let (address, base) = (self.symbol(&symbol), self.base(index));
            let end = base.saturating_add(section.size());
            if (base..end).contains(&address) {
                let per_cpu = section.name().is_ok_and(|name| name.starts_with(PER_CPU));
                anchors.push(Anchor { address, start: base, end, per_cpu, name });
            }
        }
        anchors.retain(|anchor| counts.get(anchor.name) == Some(&1));
        anchors.sort_unstable();
        // One for each place is enough.
        anchors.dedup_by_key(|anchor| anchor.address);
        anchors
    }
}

fn is_loaded(section: &ElfSection64<'_, '_, LittleEndian>) -> bool {
    let flags = section.elf_section_header().sh_flags.get(LittleEndian);
    flags.0 & elf::SHF_ALLOC.0 != 0
}

/// Whether there are relocations for a section.
pub(crate) fn has_relocations(section: &ElfSection64<'_, '_, LittleEndian>) -> bool {
    section.relocations().next().is_some()
}

/// Applies the relocations of a section to its bytes. Those that do not lie in it, or are of symbols that
/// are not in the file, change nothing.
pub(crate) fn relocate(
    file: &ElfFile64<'_, LittleEndian>,
    layout: &Layout,
    section: &ElfSection64<'_, '_, LittleEndian>,
    bytes: &mut [u8],
) -> Result<(), Error> {
    let here = layout.base(section.index());
    // More would lie upon each other, and could be so many that it takes for ever.
    let mut left = bytes.len();
    for (offset, relocation) in section.relocations() {
        let RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
        let Some((size, relative)) = shape(r_type)? else { continue };
        left = left.checked_sub(1).ok_or_else(|| {
            Error("the object has more relocations for a section than bytes in it".to_owned())
        })?;
        let at = usize::try_from(offset).ok();
        let place = at.and_then(|at| bytes.get_mut(at..at.checked_add(size)?));
        let (Some(place), RelocationTarget::Symbol(symbol)) = (place, relocation.target()) else {
            continue;
        };
        let Ok(symbol) = file.symbol_by_index(symbol) else { continue };
        let mut addend = relocation.addend();
        if relocation.has_implicit_addend() {
            let mut old = [0; 8];
            old[..size].copy_from_slice(place);
            addend = i64::from_le_bytes(old);
        }
        let mut value = layout.symbol(&symbol).wrapping_add(addend as u64);
        if relative {
            value = value.wrapping_sub(here.wrapping_add(offset));
        }
        place.copy_from_slice(&value.to_le_bytes()[..size]);
    }
    Ok(())
}

/// How many bytes a relocation writes, and whether they are counted from where they are; none of one that
/// writes nothing.
fn shape(kind: elf::RelocationType) -> Result<Option<(usize, bool)>, Error> {
    Ok(Some(match kind {
        elf::R_X86_64_NONE => return Ok(None),
        // Those of a thread's own variables are offsets in its part, as sections are put here.
        elf::R_X86_64_64 | elf::R_X86_64_DTPOFF64 => (8, false),
        elf::R_X86_64_32 | elf::R_X86_64_32S | elf::R_X86_64_DTPOFF32 => (4, false),
        elf::R_X86_64_16 => (2, false),
        elf::R_X86_64_8 => (1, false),
        elf::R_X86_64_PC32 | elf::R_X86_64_PLT32 => (4, true),
        elf::R_X86_64_PC64 => (8, true),
        other => return Err(Error(format!("relocations of type {} are not known", other.0))),
    }))
}

/// What leads to an address, of anchors that come in order: the last before it, or else the first behind it,
/// in the same section.
pub(crate) fn nearest<A>(
    (count, get): (usize, &dyn Fn(usize) -> Option<A>),
    of: impl Fn(&A) -> (u64, u64, u64),
    address: u64,
) -> Option<A> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        let is_before = get(middle).is_some_and(|anchor| of(&anchor).0 <= address);
        if is_before { low = middle + 1 } else { high = middle }
    }
    let around = [low.checked_sub(1), Some(low)];
    around.into_iter().flatten().filter_map(get).find(|anchor| {
        let (_, start, end) = of(anchor);
        (start..end).contains(&address)
    })
}
