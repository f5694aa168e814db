//! Objects with something else in their debug information: references between entries, numbers, bytes of
//! sections, headers. Random bytes of a file are seldom any of that.

use gimli::{AttributeValue, DebugInfoOffset, EndianSlice, LittleEndian, Section as _};
use object::{Object as _, ObjectSection as _, read::elf::ElfFile64};

use crate::Random;

/// How many changes are made at once, at most.
const CHANGES: u64 = 4;
/// How many entries are looked at.
const ENTRIES: usize = 1 << 14;
/// Numbers that things end at.
const NUMBERS: [u64; 16] = [
    0,
    1,
    2,
    3,
    7,
    8,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    1 << 56,
    i64::MAX as u64,
    u64::MAX,
];
/// The sections that tell something beside those of debug information.
const OTHERS: [&str; 8] = [
    ".dynstr",
    ".dynsym",
    ".eh_frame",
    ".note.stapsdt",
    ".plt",
    ".plt.sec",
    ".rela.plt",
    ".symtab",
];
/// The size of ELF's header, of the header of a section, and of the header of a packed one.
const HEADER: usize = 64;
const SECTION: usize = 64;
const PACKED: usize = 24;

/// What a fuzz target's mutator does to the first `size` bytes: it changes an object knowing what that is, but for one
/// time in `blind`, and where it is none. How many bytes there are then, of at most `max_size`.
pub fn mutate_object_or(
    otherwise: fn(&mut [u8], usize, usize) -> usize,
    blind: u32,
    data: &mut [u8],
    (size, max_size): (usize, usize),
    seed: u32,
) -> usize {
    if !seed.is_multiple_of(blind) && mutate_object(&mut data[..size], seed.into()) {
        return size;
    }
    otherwise(data, size, max_size)
}

/// Changes an object in place; false where it is none, and nothing was changed.
pub fn mutate_object(data: &mut [u8], seed: u64) -> bool {
    let mut random = Random::new(seed);
    let mut changed = false;
    for _ in 0..=random.below(CHANGES) {
        // What is no object any more is left as it is.
        changed |= if data.starts_with(b"\x7fELF") {
            change_elf(data, &mut random)
        } else {
            change_btf(data, &mut random)
        };
    }
    changed
}

/// Bytes of the file that belong together.
#[derive(Debug, Clone, Copy)]
struct Spot {
    at: usize,
    size: usize,
}

/// What can be changed in an object.
#[derive(Default)]
struct Spots {
    /// Attributes that refer to entries of their unit, and where that begins and its entries are.
    references: Vec<(Spot, usize)>,
    numbers: Vec<Spot>,
    /// Where entries are in their units, by unit.
    entries: Vec<Vec<u64>>,
    /// Sections of debug information.
    sections: Vec<Spot>,
}

fn change_elf(data: &mut [u8], random: &mut Random) -> bool {
    let spots = spots(data);
    if spots.sections.is_empty() {
        return false;
    }
    match random.below(16) {
        0..=4 if !spots.references.is_empty() => {
            let (spot, unit) = spots.references[pick(random, spots.references.len())];
            let entries = &spots.entries[unit];
            write(data, spot, entries[pick(random, entries.len())]);
        }
        5..=8 if !spots.numbers.is_empty() => {
            let mut spot = spots.numbers[pick(random, spots.numbers.len())];
            // Of a calculation one step.
            if spot.size > 8 {
                spot = Spot { at: spot.at + pick(random, spot.size), size: 1 };
            }
            let value = number(data, spot, random);
            write(data, spot, value);
        }
        9 => change_headers(data, &spots, random),
        10 | 11 => {
            let section = spots.sections[pick(random, spots.sections.len())];
            move_bytes(data, section, random);
        }
        _ => {
            let section = spots.sections[pick(random, spots.sections.len())];
            let size = 1 << random.below(4);
            let at = section.at + pick(random, section.size);
            let spot = Spot { at, size: size.min(section.at + section.size - at) };
            let value = number(data, spot, random);
            write(data, spot, value);
        }
    }
    true
}

fn pick(random: &mut Random, count: usize) -> usize {
    random.below(count.max(1) as u64) as usize
}

/// Something else for a number to be.
fn number(data: &[u8], spot: Spot, random: &mut Random) -> u64 {
    let known = data.get(spot.at..spot.at + spot.size).unwrap_or_default();
    let known = known.iter().take(8).rev().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
    match random.below(5) {
        0 => NUMBERS[pick(random, NUMBERS.len())],
        1 => known.wrapping_add(1 + random.below(8)),
        2 => known.wrapping_sub(1 + random.below(8)),
        3 => known ^ 1 << random.below(8 * spot.size.clamp(1, 8) as u64),
        _ => random.below(1 << 32),
    }
}

fn write(data: &mut [u8], spot: Spot, value: u64) {
    for (byte, new) in data.iter_mut().skip(spot.at).take(spot.size).zip(value.to_le_bytes()) {
        *byte = new;
    }
}

/// Copies some bytes of a section to another place of it.
fn move_bytes(data: &mut [u8], section: Spot, random: &mut Random) {
    let size = 1 + pick(random, section.size.min(32));
    let room = section.size.saturating_sub(size) + 1;
    let (from, to) = (section.at + pick(random, room), section.at + pick(random, room));
    if from.max(to) + size <= data.len() {
        data.copy_within(from..from + size, to);
    }
}

/// Changes a word of the headers: of ELF, of a section, or of a packed one.
fn change_headers(data: &mut [u8], spots: &Spots, random: &mut Random) {
    let table = data.get(40..48).map_or(0, |bytes| {
        bytes.iter().rev().fold(0_usize, |value, &byte| value << 8 | usize::from(byte))
    });
    let within = match random.below(4) {
        0 => Spot { at: 0, size: HEADER },
        1 => Spot { size: PACKED, ..spots.sections[pick(random, spots.sections.len())] },
        _ => Spot { at: table, size: data.len().saturating_sub(table).max(SECTION) },
    };
    let at = within.at + pick(random, within.size / 4) * 4;
    let spot = Spot { at, size: 4 };
    if at + spot.size <= data.len() {
        let value = number(data, spot, random);
        write(data, spot, value);
    }
}

fn spots(data: &[u8]) -> Spots {
    let mut spots = Spots::default();
    let Ok(file) = ElfFile64::<object::LittleEndian>::parse(data) else { return spots };
    let section = |name: &str| {
        let section = file.section_by_name(name)?;
        let (at, size) = section.file_range()?;
        let (at, size) = (usize::try_from(at).ok()?, usize::try_from(size).ok()?);
        let is_there = at.checked_add(size).is_some_and(|end| end <= data.len()) && size > 0;
        is_there.then_some(Spot { at, size })
    };
    for part in file.sections().filter_map(|section| section.name().ok()) {
        let is_ours = part.starts_with(".debug_")
            || part.starts_with(".rela.debug_")
            || OTHERS.contains(&part);
        spots.sections.extend(section(part).filter(|_| is_ours));
    }
    let Some(info) = section(gimli::DebugInfo::<Slice<'_>>::section_name()) else { return spots };
    // Where it is damaged, what was before that is taken.
    let _ = entries(data, &section, info, &mut spots);
    spots.entries.retain(|entries| !entries.is_empty() || spots.references.is_empty());
    spots
}

type Slice<'a> = EndianSlice<'a, LittleEndian>;

fn entries(
    data: &[u8],
    section: &dyn Fn(&str) -> Option<Spot>,
    info: Spot,
    spots: &mut Spots,
) -> gimli::Result<()> {
    let dwarf = gimli::Dwarf::load(|id| {
        let bytes = section(id.name()).and_then(|spot| data.get(spot.at..spot.at + spot.size));
        Ok::<_, gimli::Error>(EndianSlice::new(bytes.unwrap_or_default(), LittleEndian))
    })?;
    let mut units = dwarf.units();
    let mut left = ENTRIES;
    while let Some(header) = units.next()? {
        let start = header.debug_info_offset().unwrap_or(DebugInfoOffset(0)).0;
        let unit = dwarf.unit(header)?;
        let number = spots.entries.len();
        let mut offsets = Vec::new();
        let mut references = Vec::new();
        let mut raw = unit.entries_raw(None)?;
        while !raw.is_empty() && left > 0 {
            left -= 1;
            offsets.push(raw.next_offset().0 as u64);
            let Some(abbreviation) = raw.read_abbreviation()? else { continue };
            for &specification in abbreviation.attributes() {
                let before = raw.next_offset().0;
                let attribute = raw.read_attribute(specification)?;
                let size = raw.next_offset().0 - before;
                let spot = Spot { at: info.at + start + before, size };
                match attribute.value() {
                    AttributeValue::UnitRef(_) => references.push((spot, number)),
                    _ if size > 0 => spots.numbers.push(spot),
                    _ => {}
                }
            }
        }
        spots.entries.push(offsets);
        spots.references.extend(references);
    }
    Ok(())
}

/// Changes words of BTF: of its header, or of records, where they often are numbers of types.
fn change_btf(data: &mut [u8], random: &mut Random) -> bool {
    let words = data.len() / 4;
    if words < 8 {
        return false;
    }
    let at = match random.below(16) {
        0 => pick(random, 6) * 4,
        _ => 24 + pick(random, words - 6) * 4,
    };
    let spot = Spot { at, size: if random.below(4) == 0 { 1 } else { 4 } };
    let value = match random.below(3) {
        0 => number(data, spot, random),
        _ => random.below(64),
    };
    write(data, spot, value);
    true
}
