//! BTF, the kernel's own compact type information.
//!
//! Format: the kernel's `Documentation/bpf/btf.rst`. Types are records one behind the other, numbered
//! from 1; a table of their offsets is made when the data is opened, nothing else is decoded then.

use object::{Object as _, ObjectSection as _};

use crate::info::{Bitfield, Error, Function, KernelInfo, Location, Member, Param, Type, TypeId, alike};

const MAGIC: u16 = 0xeb9f;
const INT: u32 = 1;
const POINTER: u32 = 2;
const ARRAY: u32 = 3;
const STRUCT: u32 = 4;
const UNION: u32 = 5;
const ENUM: u32 = 6;
const FORWARD: u32 = 7;
const TYPEDEF: u32 = 8;
const VOLATILE: u32 = 9;
const CONST: u32 = 10;
const RESTRICT: u32 = 11;
const FUNCTION: u32 = 12;
const PROTOTYPE: u32 = 13;
const VARIABLE: u32 = 14;
const SECTION: u32 = 15;
const FLOAT: u32 = 16;
const DECLARATION_TAG: u32 = 17;
const TYPE_TAG: u32 = 18;
const ENUM64: u32 = 19;

/// How many typedefs, qualifiers and nested unnamed structures are followed; more is damage.
const MAX_DEPTH: usize = 32;

/// BTF that has been opened.
#[derive(Debug)]
pub struct Btf<'a> {
    types: &'a [u8],
    strings: &'a [u8],
    /// The offset of each type's record; that of type 0 (`void`) is not used.
    offsets: Vec<u32>,
}

/// A type's record.
#[derive(Debug, Clone, Copy)]
struct Record<'a> {
    name: u32,
    kind: u32,
    flag: bool,
    /// A size or a type, depending on the kind.
    size_or_type: u32,
    tail: &'a [u8],
}

impl<'a> Btf<'a> {
    /// Opens raw BTF (`/sys/kernel/btf/vmlinux`), or the `.BTF` section of an ELF file.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn open(data: &'a [u8]) -> Result<Self, Error> {
        if data.starts_with(b"\x7fELF") {
            let file = object::File::parse(data).map_err(|error| Error(error.to_string()))?;
            let section = file.section_by_name(".BTF").ok_or_else(|| Error("the file has no BTF".to_owned()))?;
            return Self::raw(section.data().map_err(|error| Error(error.to_string()))?);
        }
        Self::raw(data)
    }

    fn raw(data: &'a [u8]) -> Result<Self, Error> {
        let damaged = || Error("the BTF header is damaged".to_owned());
        let half = |at: usize| Some(u16::from_le_bytes(data.get(at..at + 2)?.try_into().ok()?));
        if half(0) != Some(MAGIC) {
            return Err(Error("not BTF of a little-endian machine".to_owned()));
        }
        let header = word(data, 4).ok_or_else(damaged)? as usize;
        let part = |at: usize| {
            let offset = header.checked_add(word(data, at)? as usize)?;
            data.get(offset..offset.checked_add(word(data, at + 4)? as usize)?)
        };
        let types = part(8).ok_or_else(damaged)?;
        let strings = part(16).ok_or_else(damaged)?;
        let mut offsets = vec![0];
        let mut at = 0;
        while at < types.len() {
            offsets.push(at as u32);
            let record = record(types, at).ok_or_else(|| Error(format!("the BTF record at {at} is damaged")))?;
            at += 12 + record.tail.len();
        }
        Ok(Self { types, strings, offsets })
    }

    fn record(&self, id: u32) -> Result<Record<'a>, Error> {
        let offset = if id == 0 { None } else { self.offsets.get(id as usize) };
        offset.and_then(|&offset| record(self.types, offset as usize)).ok_or_else(|| Error(format!("there is no BTF type {id}")))
    }

    fn name(&self, offset: u32) -> &'a [u8] {
        let text = self.strings.get(offset as usize..).unwrap_or_default();
        &text[..text.iter().position(|&byte| byte == 0).unwrap_or(text.len())]
    }

    fn text(&self, offset: u32) -> String {
        String::from_utf8_lossy(self.name(offset)).into_owned()
    }

    /// The type behind typedefs and qualifiers; 0 is `void`.
    fn peel(&self, mut id: u32) -> Result<u32, Error> {
        for _ in 0..MAX_DEPTH {
            if id == 0 {
                return Ok(0);
            }
            let record = self.record(id)?;
            match record.kind {
                TYPEDEF | VOLATILE | CONST | RESTRICT | TYPE_TAG => id = record.size_or_type,
                _ => return Ok(id),
            }
        }
        Err(Error("BTF types without an end".to_owned()))
    }

    fn functions(&self) -> impl Iterator<Item = (u32, Record<'a>)> + '_ {
        let ids = 1..self.offsets.len() as u32;
        ids.filter_map(|id| Some((id, self.record(id).ok()?))).filter(|(_, record)| record.kind == FUNCTION)
    }

    fn params(&self, prototype: &Record<'a>) -> Result<Vec<Param>, Error> {
        let mut params = Vec::new();
        let mut register = 0;
        for entry in prototype.tail.chunks_exact(8) {
            let (name, ty) = (word(entry, 0).unwrap_or(0), word(entry, 4).unwrap_or(0));
            if ty == 0 {
                // `...`: what follows has no types.
                break;
            }
            let location = match self.ty(TypeId(u64::from(ty)))? {
                Type::Int { bytes, .. } if bytes <= 8 => Location::Register(register),
                Type::Pointer(_) => Location::Register(register),
                Type::Int { .. } => Location::Unavailable("it takes two registers".to_owned()),
                _ => Location::Unavailable("it is not passed in a register".to_owned()),
            };
            let location = match location {
                Location::Register(6..) => Location::Unavailable("it is passed on the stack".to_owned()),
                Location::Unavailable(why) if register < 6 => {
                    // What comes behind a structure may be anywhere.
                    register = 6;
                    Location::Unavailable(why)
                }
                location => location,
            };
            register = (register + 1).min(6);
            params.push(Param { name: self.text(name), ty: TypeId(u64::from(ty)), location });
        }
        Ok(params)
    }

    fn members_of(&self, id: u32) -> Result<(Record<'a>, impl Iterator<Item = (u32, u32, u32)> + 'a), Error> {
        let record = self.record(id)?;
        let members = if matches!(record.kind, STRUCT | UNION) { record.tail } else { &[] };
        let entries = members.chunks_exact(12).map(|entry| (word(entry, 0).unwrap_or(0), word(entry, 4).unwrap_or(0), word(entry, 8).unwrap_or(0)));
        Ok((record, entries))
    }

    /// Finds a member, `base` bits from the start of the structure that was asked about.
    fn find_member(&self, id: u32, name: &str, base: u64, depth: usize) -> Result<Option<Member>, Error> {
        if depth > MAX_DEPTH {
            return Err(Error("BTF structures without an end".to_owned()));
        }
        let id = self.peel(id)?;
        let (record, members) = self.members_of(id)?;
        for (member_name, ty, placement) in members {
            let (bits, offset) = if record.flag { (placement >> 24, placement & 0xff_ffff) } else { (0, placement) };
            let offset = base + u64::from(offset);
            if self.name(member_name) == name.as_bytes() {
                return self.member_at(ty, offset, bits).map(Some);
            }
            if self.name(member_name).is_empty() {
                let inner = self.peel(ty)?;
                if inner != 0
                    && matches!(self.record(inner)?.kind, STRUCT | UNION)
                    && let Some(found) = self.find_member(inner, name, offset, depth + 1)?
                {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    fn member_at(&self, ty: u32, offset: u64, bits: u32) -> Result<Member, Error> {
        if bits == 0 {
            return Ok(Member { offset: offset / 8, ty: TypeId(u64::from(ty)), bitfield: None });
        }
        let Type::Int { bytes, .. } = self.ty(TypeId(u64::from(ty)))? else {
            return Err(Error("a bit field of no integer type".to_owned()));
        };
        // The unit of the field's type that holds its first bit; fields do not cross units.
        let unit = u64::from(bytes.max(1)) * 8;
        let start = (offset % unit) as u32;
        Ok(Member { offset: offset / unit * u64::from(bytes), ty: TypeId(u64::from(ty)), bitfield: Some(Bitfield { start, bits }) })
    }
}

impl KernelInfo for Btf<'_> {
    fn source(&self) -> &str {
        "BTF"
    }

    fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        let Some((_, function)) = self.functions().find(|(_, record)| self.name(record.name) == name.as_bytes()) else {
            return Ok(None);
        };
        let prototype = self.record(function.size_or_type)?;
        if prototype.kind != PROTOTYPE {
            return Err(Error(format!("BTF has no prototype of `{name}`")));
        }
        let returns = self.peel(prototype.size_or_type)?;
        Ok(Some(Function {
            name: name.to_owned(),
            params: self.params(&prototype)?,
            returns: (returns != 0).then_some(TypeId(u64::from(returns))),
        }))
    }

    fn functions_like(&self, name: &str) -> Vec<String> {
        self.functions().map(|(_, record)| self.text(record.name)).filter(|other| alike(name, other)).collect()
    }

    fn ty(&self, ty: TypeId) -> Result<Type, Error> {
        let id = self.peel(u32::try_from(ty.0).unwrap_or(u32::MAX))?;
        if id == 0 {
            return Ok(Type::Other("void".to_owned()));
        }
        let record = self.record(id)?;
        Ok(match record.kind {
            INT => Type::Int { bytes: record.size_or_type, signed: word(record.tail, 0).unwrap_or(0) >> 24 & 1 == 1 },
            ENUM | ENUM64 => Type::Int { bytes: record.size_or_type, signed: record.flag },
            POINTER => {
                let to = self.peel(record.size_or_type)?;
                Type::Pointer((to != 0).then_some(TypeId(u64::from(to))))
            }
            ARRAY => Type::Array(TypeId(u64::from(word(record.tail, 0).unwrap_or(0)))),
            STRUCT => Type::Struct { name: format!("struct {}", self.text(record.name)) },
            UNION => Type::Struct { name: format!("union {}", self.text(record.name)) },
            FORWARD => Type::Struct { name: format!("struct {} (only declared)", self.text(record.name)) },
            FLOAT => Type::Other("floating point".to_owned()),
            _ => Type::Other("function".to_owned()),
        })
    }

    fn member(&self, ty: TypeId, name: &str) -> Result<Option<Member>, Error> {
        self.find_member(u32::try_from(ty.0).unwrap_or(u32::MAX), name, 0, 0)
    }

    fn members(&self, ty: TypeId) -> Result<Vec<String>, Error> {
        let id = self.peel(u32::try_from(ty.0).unwrap_or(u32::MAX))?;
        let mut names = Vec::new();
        let mut open = vec![id];
        let mut looked_into = 0;
        while let Some(id) = open.pop() {
            looked_into += 1;
            for (name, ty, _) in self.members_of(id)?.1 {
                let name = self.text(name);
                if !name.is_empty() {
                    names.push(name);
                } else if looked_into < 1000 {
                    open.push(self.peel(ty)?);
                }
            }
        }
        Ok(names)
    }
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn record(types: &[u8], at: usize) -> Option<Record<'_>> {
    let info = word(types, at + 4)?;
    let (kind, count) = (info >> 24 & 0x1f, info & 0xffff);
    let entry = match kind {
        INT | VARIABLE | DECLARATION_TAG => 4,
        ARRAY => 12,
        STRUCT | UNION | SECTION | ENUM64 => 12 * count as usize,
        ENUM | PROTOTYPE => 8 * count as usize,
        POINTER | FORWARD | TYPEDEF | VOLATILE | CONST | RESTRICT | FUNCTION | FLOAT | TYPE_TAG => 0,
        _ => return None,
    };
    let tail = types.get(at + 12..(at + 12).checked_add(entry)?)?;
    Some(Record { name: word(types, at)?, kind, flag: info >> 31 == 1, size_or_type: word(types, at + 8)?, tail })
}
