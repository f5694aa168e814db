//! The records of BTF: how they are laid out, and nothing about what they mean.

use crate::info::Error;

pub const INT: u32 = 1;
pub const POINTER: u32 = 2;
pub const ARRAY: u32 = 3;
pub const STRUCT: u32 = 4;
pub const UNION: u32 = 5;
pub const ENUM: u32 = 6;
pub const FORWARD: u32 = 7;
pub const TYPEDEF: u32 = 8;
pub const VOLATILE: u32 = 9;
pub const CONST: u32 = 10;
pub const RESTRICT: u32 = 11;
pub const FUNCTION: u32 = 12;
pub const PROTOTYPE: u32 = 13;
pub const VARIABLE: u32 = 14;
pub const SECTION: u32 = 15;
pub const FLOAT: u32 = 16;
pub const DECLARATION_TAG: u32 = 17;
pub const TYPE_TAG: u32 = 18;
pub const ENUM64: u32 = 19;

const MAGIC: u16 = 0xeb9f;

/// The bytes of a record that all kinds have: name, information, size or type.
const FIXED: usize = 12;

/// A type's record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Where its name is among the strings.
    pub name: u32,
    pub kind: u32,
    /// The kind flag; the meaning depends on the kind.
    pub flag: bool,
    /// The number of entries, or (functions) the linkage.
    pub count: u32,
    /// A size or a type, depending on the kind.
    pub size_or_type: u32,
    /// What follows: members, values, parameters.
    pub tail: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record at an offset; none when it does not end within the data or is of no known kind.
    pub fn at(types: &'a [u8], at: usize) -> Option<Self> {
        let fixed = types.get(at..at.checked_add(FIXED)?)?;
        let info = word(fixed, 4)?;
        let (kind, count) = (info >> 24 & 0x1f, info & 0xffff);
        let entries = match kind {
            INT | VARIABLE | DECLARATION_TAG => 4,
            ARRAY => 12,
            STRUCT | UNION | SECTION | ENUM64 => 12 * count as usize,
            ENUM | PROTOTYPE => 8 * count as usize,
            POINTER | FORWARD | TYPEDEF | VOLATILE | CONST | RESTRICT | FUNCTION | FLOAT
            | TYPE_TAG => 0,
            _ => return None,
        };
        let tail = types.get(at + FIXED..)?.get(..entries)?;
        Some(Self {
            name: word(fixed, 0)?,
            kind,
            flag: info >> 31 == 1,
            count,
            size_or_type: word(fixed, 8)?,
            tail,
        })
    }

    /// The bytes of the whole record.
    pub fn len(&self) -> usize {
        FIXED + self.tail.len()
    }

    /// The word at a place in the tail; 0 beyond its end.
    pub fn word(&self, at: usize) -> u32 {
        word(self.tail, at).unwrap_or(0)
    }

    /// Whether it only gives another type a name or a qualifier.
    pub fn wraps(&self) -> bool {
        matches!(self.kind, TYPEDEF | VOLATILE | CONST | RESTRICT | TYPE_TAG)
    }

    /// The parameters of a prototype: name and type.
    pub fn params(&self) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let entries = if self.kind == PROTOTYPE { self.tail } else { &[] };
        entries.chunks_exact(8).filter_map(|entry| Some((word(entry, 0)?, word(entry, 4)?)))
    }

    /// The enumerators of an enumeration: name and value.
    pub fn values(&self) -> impl Iterator<Item = (u32, i64)> + use<'a> {
        let (entries, width) = match self.kind {
            ENUM => (self.tail, 8),
            ENUM64 => (self.tail, 12),
            _ => (&[][..], 8),
        };
        let signed = self.flag;
        entries.chunks_exact(width).filter_map(move |entry| {
            let low = word(entry, 4)?;
            let value = match word(entry, 8) {
                Some(high) => (u64::from(high) << 32 | u64::from(low)) as i64,
                None if signed => i64::from(low as i32),
                None => i64::from(low),
            };
            Some((word(entry, 0)?, value))
        })
    }

    /// The members of a structure or union: name, type, placement.
    pub fn members(&self) -> impl Iterator<Item = (u32, u32, u32)> + use<'a> {
        let entries = if matches!(self.kind, STRUCT | UNION) { self.tail } else { &[] };
        entries
            .chunks_exact(12)
            .filter_map(|entry| Some((word(entry, 0)?, word(entry, 4)?, word(entry, 8)?)))
    }
}

/// The two parts of raw BTF: types and strings.
pub fn parts(data: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let damaged = || Error("the BTF header is damaged".to_owned());
    let half = |at: usize| Some(u16::from_le_bytes(data.get(at..at + 2)?.try_into().ok()?));
    match half(0) {
        Some(MAGIC) => {}
        Some(other) if other == MAGIC.swap_bytes() => {
            return Err(Error("BTF of a big-endian machine".to_owned()));
        }
        _ => return Err(Error("this is no BTF".to_owned())),
    }
    if data.get(2) != Some(&1) {
        return Err(Error("BTF of a version that is not known".to_owned()));
    }
    let header = word(data, 4).ok_or_else(damaged)? as usize;
    let part = |at: usize| {
        let offset = header.checked_add(word(data, at)? as usize)?;
        data.get(offset..offset.checked_add(word(data, at + 4)? as usize)?)
    };
    Ok((part(8).ok_or_else(damaged)?, part(16).ok_or_else(damaged)?))
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
