//! The index as bytes, for a file. All numbers are little-endian.
//!
//! Magic and version; a checksum of the rest; the size of `.debug_info`; the numbers of units, names,
//! bytes of names, functions and types; then these, each kind in a row.

use super::index::{DwarfIndex, FunctionEntry, Kind, Names, TypeEntry};
use crate::info::Error;

const MAGIC: [u8; 8] = *b"stapcdwi";
/// To be raised with every change of the format or of what the index means.
const VERSION: u32 = 1;
const HEADER: usize = 20;
const CODE: u8 = 1;
const INLINED: u8 = 2;

impl DwarfIndex {
    /// As bytes, for [`DwarfIndex::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let Names { text, ends } = &self.names;
        for number in
            [self.units.len(), ends.len(), text.len(), self.functions.len(), self.types.len()]
        {
            body.extend((number as u64).to_le_bytes());
        }
        body.extend(self.size.to_le_bytes());
        body.extend(self.units.iter().flat_map(|unit| unit.to_le_bytes()));
        body.extend(ends.iter().flat_map(|end| end.to_le_bytes()));
        body.extend(text.as_bytes());
        for function in &self.functions {
            let flags =
                if function.code { CODE } else { 0 } | if function.inlined { INLINED } else { 0 };
            body.push(flags);
            body.extend(
                [function.name, function.symbol].iter().flat_map(|name| name.to_le_bytes()),
            );
            body.extend(
                [function.die, function.entry].iter().flat_map(|number| number.to_le_bytes()),
            );
        }
        for ty in &self.types {
            body.extend([ty.kind as u8, u8::from(ty.several)]);
            body.extend(ty.name.to_le_bytes());
            body.extend(ty.die.to_le_bytes());
        }
        [&MAGIC[..], &VERSION.to_le_bytes(), &checksum(&body).to_le_bytes(), &body].concat()
    }

    /// An index that [`DwarfIndex::to_bytes`] wrote.
    ///
    /// # Errors
    /// When it is of another version, cut short or changed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let damaged = || Error("the index of the DWARF is damaged".to_owned());
        let (header, body) = bytes.split_at_checked(HEADER).ok_or_else(damaged)?;
        if header[..8] != MAGIC || header[8..12] != VERSION.to_le_bytes() {
            return Err(Error("no index of DWARF, or one of another version".to_owned()));
        }
        if header[12..] != checksum(body).to_le_bytes() {
            return Err(damaged());
        }
        let index = parse(body).ok_or_else(damaged)?;
        if index.is_sound() { Ok(index) } else { Err(damaged()) }
    }

    /// Whether all numbers lie where they must: what the rest of the code relies on.
    fn is_sound(&self) -> bool {
        let Names { text, ends } = &self.names;
        let names = ends.len() as u32;
        let ends_sound =
            ends.is_sorted() && ends.iter().all(|&end| text.is_char_boundary(end as usize));
        let name_sound = |name: u32| name < names;
        ends_sound
            && self.units.is_sorted()
            && self.functions.is_sorted_by_key(|entry| entry.name)
            && self.functions.iter().all(|entry| name_sound(entry.name) && name_sound(entry.symbol))
            && self.functions.iter().all(|entry| entry.die < self.size)
            && self.types.is_sorted_by_key(|entry| (entry.kind, entry.name))
            && self.types.iter().all(|entry| name_sound(entry.name) && entry.die < self.size)
    }
}

fn parse(body: &[u8]) -> Option<DwarfIndex> {
    let mut read = Read(body);
    let [units, names, text, functions, types] =
        [read.count()?, read.count()?, read.count()?, read.count()?, read.count()?];
    let size = read.u64()?;
    let units = read.row(units, 8, Read::u64)?;
    let ends = read.row(names, 4, Read::u32)?;
    let text = std::str::from_utf8(read.take(text)?).ok()?.to_owned();
    let functions = read.row(functions, 25, |read| {
        let flags = read.u8()?;
        Some(FunctionEntry {
            code: flags & CODE != 0,
            inlined: flags & INLINED != 0,
            name: read.u32()?,
            symbol: read.u32()?,
            die: read.u64()?,
            entry: read.u64()?,
        })
    })?;
    let types = read.row(types, 14, |read| {
        let kind =
            [Kind::Struct, Kind::Union, Kind::Typedef].get(usize::from(read.u8()?)).copied()?;
        Some(TypeEntry { kind, several: read.u8()? != 0, name: read.u32()?, die: read.u64()? })
    })?;
    read.0.is_empty().then_some(DwarfIndex {
        size,
        units,
        names: Names { text, ends },
        functions,
        types,
    })
}

/// What is left to be read.
struct Read<'b>(&'b [u8]);

impl<'b> Read<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.u64()?).ok()
    }

    /// `count` items of `bytes` each; there must be so many before room is made for them.
    fn row<T>(
        &mut self,
        count: usize,
        bytes: usize,
        item: impl Fn(&mut Read<'b>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut part = Read(self.take(count.checked_mul(bytes)?)?);
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(item(&mut part)?);
        }
        Some(items)
    }
}

/// Against damage, not against malice: every byte changes it.
fn checksum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mix =
        |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let sum =
        words.iter().fold(bytes.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, &byte| mix(sum, u64::from(byte)))
}
