//! BTF, the kernel's own compact type information.
//!
//! Format: the kernel's `Documentation/bpf/btf.rst`. Types are records one behind the other, numbered
//! from 1; a table of their offsets is made when the data is opened, nothing else is decoded then.
//!
//! That of a module goes on where the kernel's ends, in numbers of types and in offsets of strings.

mod module;
mod records;
mod spelling;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, cell::OnceCell, collections::HashSet};

use records::{
    ARRAY, ENUM, ENUM64, FLOAT, FORWARD, FUNCTION, INT, POINTER, PROTOTYPE, Record, STRUCT,
    TYPEDEF, UNION,
};

pub use module::ModuleBtf;

use crate::{
    elf::Elf,
    info::{Error, Function, Member, Param, Part, Source, Type, TypeId},
    layout::{self, Arguments, Field, MAX_PARAMS, Structures},
    similar,
};

/// How many typedefs, qualifiers and dimensions are followed; more is damage.
const MAX_DEPTH: usize = 64;

/// The linkage of a function that is only declared.
const EXTERN: u32 = 2;

/// BTF that has been opened.
#[derive(Debug)]
pub struct Btf<'a> {
    types: &'a [u8],
    strings: &'a [u8],
    /// What it goes on from: the kernel's, of a module.
    base: Option<&'a Btf<'a>>,
    /// The number of its first type, and the offset of its first string.
    first_type: u32,
    first_string: u32,
    /// The offset of each type's record.
    offsets: Vec<u32>,
    /// The types that are functions.
    functions: Vec<u32>,
    /// Their names, once it has been asked whether there is one of a name.
    names: OnceCell<HashSet<&'a [u8]>>,
}

impl<'a> Btf<'a> {
    /// Opens raw BTF (`/sys/kernel/btf/vmlinux`), or the `.BTF` section of an ELF file; of the latter
    /// nothing else is read.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn open(data: &'a [u8]) -> Result<Self, Error> {
        Self::read(data, None)
    }

    /// Likewise, of a module: `base` is the BTF of its kernel.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn of_module(data: &'a [u8], base: &'a Btf<'a>) -> Result<Self, Error> {
        Self::read(data, Some(base))
    }

    fn read(data: &'a [u8], base: Option<&'a Btf<'a>>) -> Result<Self, Error> {
        if !data.starts_with(b"\x7fELF") {
            return Self::raw(data, base);
        }
        let section = Elf::open(data)?
            .raw_section(".BTF")
            .ok_or_else(|| Error("the file has no BTF".to_owned()))?;
        Self::raw(section, base)
    }

    fn raw(data: &'a [u8], base: Option<&'a Btf<'a>>) -> Result<Self, Error> {
        let (types, strings) = records::parts(data)?;
        let first_type = base.map_or(1, Btf::end);
        let first_string = base.map_or(0, |base| base.first_string + base.strings.len() as u32);
        // A record takes some 30 bytes in a kernel's BTF.
        let mut offsets = Vec::with_capacity(types.len() / 24);
        let mut functions = Vec::new();
        let mut at = 0;
        while at < types.len() {
            let damaged = || Error(format!("the BTF record at {at} is damaged"));
            let record = Record::at(types, at).ok_or_else(damaged)?;
            if record.kind == FUNCTION && record.count != EXTERN {
                functions.push(first_type + offsets.len() as u32);
            }
            offsets.push(u32::try_from(at).map_err(|_| damaged())?);
            at += record.len();
        }
        let names = OnceCell::new();
        Ok(Self { types, strings, base, first_type, first_string, offsets, functions, names })
    }

    /// The number behind that of its last type.
    fn end(&self) -> u32 {
        self.first_type + self.offsets.len() as u32
    }

    fn record(&self, id: u32) -> Result<Record<'a>, Error> {
        if let Some(base) = self.base.filter(|_| id < self.first_type) {
            return base.record(id);
        }
        let own = id.checked_sub(self.first_type);
        own.and_then(|own| self.offsets.get(own as usize))
            .and_then(|&offset| Record::at(self.types, offset as usize))
            .ok_or_else(|| Error(format!("there is no BTF type {id}")))
    }

    /// The strings from an offset on.
    fn strings_from(&self, offset: u32) -> &'a [u8] {
        match (self.base, offset.checked_sub(self.first_string)) {
            (Some(base), None) => base.strings_from(offset),
            (_, own) => self.strings.get(own.unwrap_or(0) as usize..).unwrap_or_default(),
        }
    }

    fn name(&self, offset: u32) -> &'a [u8] {
        let text = self.strings_from(offset);
        &text[..text.iter().position(|&byte| byte == 0).unwrap_or(text.len())]
    }

    fn text(&self, offset: u32) -> Cow<'a, str> {
        String::from_utf8_lossy(self.name(offset))
    }

    /// Whether the name at an offset is this one: cheaper than looking for its end first.
    fn is_named(&self, offset: u32, name: &[u8]) -> bool {
        let text = self.strings_from(offset);
        text.starts_with(name) && text.get(name.len()) == Some(&0)
    }

    /// The type behind typedefs and qualifiers; 0 is `void`. A structure that is only declared gives
    /// way to its definition.
    fn peel(&self, mut id: u32) -> Result<u32, Error> {
        for _ in 0..MAX_DEPTH {
            if id == 0 {
                return Ok(0);
            }
            let record = self.record(id)?;
            if record.kind == FORWARD {
                let kind = if record.flag { UNION } else { STRUCT };
                return Ok(self.only(kind, self.name(record.name)).unwrap_or(id));
            }
            if !record.wraps() {
                return Ok(id);
            }
            id = record.size_or_type;
        }
        Err(Error("BTF types without an end".to_owned()))
    }

    fn peeled(&self, ty: TypeId) -> Result<u32, Error> {
        self.peel(u32::try_from(ty.0).unwrap_or(u32::MAX))
    }

    /// The types of a kind and a name.
    fn all<'s>(&'s self, kind: u32, name: &'s [u8]) -> impl Iterator<Item = u32> + 's {
        let ids = 1..self.end();
        ids.filter(move |&id| {
            self.record(id)
                .is_ok_and(|record| record.kind == kind && self.is_named(record.name, name))
        })
    }

    /// The type of a kind and a name if there is exactly one.
    fn only(&self, kind: u32, name: &[u8]) -> Option<u32> {
        let mut all = self.all(kind, name);
        all.next().filter(|_| !name.is_empty() && all.next().is_none())
    }

    fn signature(&self, name: &str, function: u32) -> Result<Function, Error> {
        let prototype = self.record(self.record(function)?.size_or_type)?;
        if prototype.kind != PROTOTYPE {
            return Err(Error(format!("BTF has no prototype of `{name}`")));
        }
        let returns = prototype.size_or_type;
        let returns = (self.peel(returns)? != 0).then_some(TypeId(u64::from(returns)));
        if prototype.params().count() > MAX_PARAMS {
            return Err(Error(format!("BTF of `{name}` has too many parameters")));
        }
        let mut arguments = Arguments::of(self, returns)?;
        let mut params = Vec::new();
        // `...` is a parameter of type 0, and the last: what follows has no types.
        for (name, ty) in prototype.params().take_while(|&(_, ty)| ty != 0) {
            let ty = TypeId(u64::from(ty));
            params.push(Param {
                name: self.text(name).into_owned(),
                ty,
                location: arguments.place(self, ty)?,
            });
        }
        Ok(Function { name: name.to_owned(), params, returns, notes: Vec::new() })
    }

    fn tagged(&self, tag: &str, record: &Record<'_>) -> String {
        match self.name(record.name) {
            [] => format!("{tag} {{…}}"),
            name => format!("{tag} {}", String::from_utf8_lossy(name)),
        }
    }

    fn size_at_depth(&self, id: u32, depth: usize) -> Result<Option<u64>, Error> {
        let id = self.peel(id)?;
        if id == 0 || depth > MAX_DEPTH {
            return Ok(None);
        }
        let record = self.record(id)?;
        Ok(match record.kind {
            POINTER => Some(8),
            INT | ENUM | ENUM64 | FLOAT | STRUCT | UNION => Some(u64::from(record.size_or_type)),
            ARRAY => {
                let element = self.size_at_depth(record.word(0), depth + 1)?;
                element
                    .and_then(|size| size.checked_mul(u64::from(record.word(8))))
                    .filter(|&size| size > 0)
            }
            _ => None,
        })
    }
}

impl Structures for Btf<'_> {
    fn fields(&self, ty: TypeId) -> Result<Vec<Field<'_>>, Error> {
        let id = self.peeled(ty)?;
        if id == 0 {
            return Ok(Vec::new());
        }
        let record = self.record(id)?;
        let mut fields = Vec::with_capacity(record.count as usize);
        for (name, ty, placement) in record.members() {
            // With the flag, the upper byte is a bit field's width; without it, the type may be an
            // integer of some bits (as old kernels have it).
            let (bit_offset, bits) = match (record.flag, placement >> 24) {
                (true, 0) => (placement, None),
                (true, bits) => (placement & 0xff_ffff, Some(bits)),
                (false, _) => self.narrow_int(ty)?.map_or((placement, None), |(shift, bits)| {
                    (placement.saturating_add(shift), Some(bits))
                }),
            };
            let ty = TypeId(u64::from(ty));
            fields.push(Field {
                name: self.text(name),
                bit_offset: u64::from(bit_offset),
                bits,
                ty,
            });
        }
        Ok(fields)
    }
}

impl Btf<'_> {
    /// The offset and width in bits of an integer type that has fewer bits than its bytes hold.
    fn narrow_int(&self, ty: u32) -> Result<Option<(u32, u32)>, Error> {
        let id = self.peel(ty)?;
        if id == 0 {
            return Ok(None);
        }
        let record = self.record(id)?;
        let (shift, bits) = (record.word(0) >> 16 & 0xff, record.word(0) & 0xff);
        let narrow = record.kind == INT && bits > 0 && bits < record.size_or_type.saturating_mul(8);
        Ok(narrow.then_some((shift, bits)))
    }
}

impl Source for Btf<'_> {
    fn source(&self) -> &str {
        "BTF"
    }

    fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        let named = |&&id: &&u32| {
            self.record(id).is_ok_and(|record| self.is_named(record.name, name.as_bytes()))
        };
        let mut functions = self.functions.iter().filter(named);
        let Some(&first) = functions.next() else {
            return Ok(None);
        };
        let signature = self.signature(name, first)?;
        for &other in functions {
            if self.signature(name, other)? != signature {
                return Err(Error(
                    "the kernel has several functions of this name, with different parameters"
                        .to_owned(),
                ));
            }
        }
        Ok(Some(signature))
    }

    fn has_code(&self, symbol: &str) -> bool {
        let name = |&id: &u32| Some(self.name(self.record(id).ok()?.name));
        let names = || self.functions.iter().filter_map(name).collect();
        self.names.get_or_init(names).contains(symbol.as_bytes())
    }

    fn functions_like(&self, name: &str) -> Vec<String> {
        let names = self.functions.iter().filter_map(|&id| self.record(id).ok());
        similar::nearest(
            name,
            names.filter_map(|record| std::str::from_utf8(self.name(record.name)).ok()),
        )
    }

    fn ty(&self, ty: TypeId) -> Result<Type, Error> {
        let id = self.peeled(ty)?;
        if id == 0 {
            return Ok(Type::Other("void".to_owned()));
        }
        let record = self.record(id)?;
        Ok(match record.kind {
            INT => Type::Int { bytes: record.size_or_type, signed: record.word(0) >> 24 & 1 == 1 },
            ENUM | ENUM64 => Type::Int { bytes: record.size_or_type, signed: record.flag },
            POINTER => {
                let to = self.peel(record.size_or_type)?;
                Type::Pointer((to != 0).then_some(TypeId(u64::from(to))))
            }
            ARRAY => Type::Array(TypeId(u64::from(record.word(0)))),
            STRUCT => Type::Struct { name: self.tagged("struct", &record) },
            UNION => Type::Struct { name: self.tagged("union", &record) },
            FORWARD => {
                let tag = if record.flag { "union" } else { "struct" };
                Type::Struct { name: format!("{} (only declared)", self.tagged(tag, &record)) }
            }
            FLOAT => Type::Float(record.size_or_type),
            PROTOTYPE | FUNCTION => Type::Other("function".to_owned()),
            _ => return Err(Error(format!("BTF type {id} is no type of a value"))),
        })
    }

    fn member(&self, ty: TypeId, name: &str) -> Result<Option<Member>, Error> {
        layout::member(self, ty, name)
    }

    fn parts(&self, ty: TypeId) -> Result<Vec<Part>, Error> {
        layout::parts(self, ty)
    }

    fn is_character(&self, ty: TypeId) -> Result<bool, Error> {
        let record = self.record(self.peeled(ty)?)?;
        // Compilers do not mark characters, so they are known by their names.
        let name = self.name(record.name);
        Ok(record.kind == INT && (record.word(0) >> 25 & 1 == 1 || name.ends_with(b"char")))
    }

    fn members(&self, ty: TypeId) -> Result<Vec<String>, Error> {
        layout::members(self, ty)
    }

    fn type_name(&self, ty: TypeId) -> Result<String, Error> {
        spelling::name(self, u32::try_from(ty.0).unwrap_or(u32::MAX))
    }

    fn enumerator(&self, name: &str) -> Result<Option<i64>, Error> {
        let ids = 1..self.end();
        let records = ids.filter_map(|id| self.record(id).ok());
        let mut values = records
            .flat_map(|record| record.values())
            .filter_map(|(text, value)| self.is_named(text, name.as_bytes()).then_some(value));
        let first = values.next();
        if values.any(|value| Some(value) != first) {
            return Err(Error(format!(
                "there are several enumerators `{name}` with different values"
            )));
        }
        Ok(first)
    }

    fn size(&self, ty: TypeId) -> Result<Option<u64>, Error> {
        self.size_at_depth(u32::try_from(ty.0).unwrap_or(u32::MAX), 0)
    }

    fn named(&self, name: &str) -> Result<Option<TypeId>, Error> {
        let (kind, name) = match name.split_once(' ') {
            Some(("struct", name)) => (STRUCT, name),
            Some(("union", name)) => (UNION, name),
            Some(_) => (INT, name),
            None => (TYPEDEF, name),
        };
        // A word by itself may be either.
        let is_base = kind == TYPEDEF && self.all(kind, name.trim().as_bytes()).next().is_none();
        let mut all = self.all(if is_base { INT } else { kind }, name.trim().as_bytes());
        let first = all.next();
        if all.next().is_some() {
            return Err(Error(format!("the kernel has several different types `{name}`")));
        }
        Ok(first.map(|id| TypeId(u64::from(id))))
    }
}
