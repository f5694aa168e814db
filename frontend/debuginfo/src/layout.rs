//! What every source of types has in common: how members are found, where bit fields are, and how
//! the ABI passes arguments.
//!
//! A source tells the fields of a structure ([`Structures`]); the rest is derived here, once.

use std::borrow::Cow;

use crate::{
    info::{Bitfield, Error, Location, Member, Part, Source, Type, TypeId},
    variables::{Piece, Term, Where},
};

/// How deep unnamed structures are looked into; more is damage.
const MAX_DEPTH: usize = 32;

/// How many structures and fields one question may look at: nested ones of damaged data could multiply.
const MAX_LOOKS: usize = 1 << 16;

/// How many parameters a function may have; more is damage.
pub(crate) const MAX_PARAMS: usize = 255;

/// How many registers pass integers.
const REGISTERS: u8 = 6;
/// Those for floating-point numbers.
const VECTORS: u32 = 8;

/// One field of a structure or union, as the source has it.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    /// Empty for an unnamed structure.
    pub name: Cow<'a, str>,
    /// From the start of its structure.
    pub bit_offset: u64,
    /// Its width if it is a bit field.
    pub bits: Option<u32>,
    pub ty: TypeId,
}

/// A source that knows the fields of structures.
pub(crate) trait Structures: Source {
    /// The fields of a structure or union, typedefs taken off; none of anything else.
    fn fields(&self, ty: TypeId) -> Result<Vec<Field<'_>>, Error>;
}

/// Finds a member by name, looking into unnamed structures.
pub(crate) fn member(
    source: &dyn Structures,
    ty: TypeId,
    name: &str,
) -> Result<Option<Member>, Error> {
    let mut found = None;
    walk(source, ty, &mut |field| {
        if field.name == name && !name.is_empty() {
            found = Some(Field { name: Cow::Owned(name.to_owned()), ..*field });
        }
        found.is_none()
    })?;
    found.map(|field| placed(source, &field)).transpose()
}

/// The names of all members, those of unnamed structures in their place.
pub(crate) fn members(source: &dyn Structures, ty: TypeId) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    walk(source, ty, &mut |field| {
        if !field.name.is_empty() {
            names.push(field.name.clone().into_owned());
        }
        true
    })?;
    Ok(names)
}

/// Shows all fields to `see` until it says stop; offsets count from the outermost structure.
fn walk(
    source: &dyn Structures,
    ty: TypeId,
    see: &mut dyn FnMut(&Field<'_>) -> bool,
) -> Result<(), Error> {
    let mut looks = 0;
    walk_from(source, ty, (0, 0), &mut looks, see).map(|_| ())
}

fn walk_from(
    source: &dyn Structures,
    ty: TypeId,
    (base, depth): (u64, usize),
    looks: &mut usize,
    see: &mut dyn FnMut(&Field<'_>) -> bool,
) -> Result<bool, Error> {
    let fields = source.fields(ty)?;
    look(looks, depth, fields.len())?;
    for mut field in fields {
        field.bit_offset = field.bit_offset.saturating_add(base);
        if !see(&field) {
            return Ok(false);
        }
        let unnamed = field.name.is_empty() && field.bits.is_none();
        if unnamed && !walk_from(source, field.ty, (field.bit_offset, depth + 1), looks, see)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Counts what is looked at, and ends a question that would not.
fn look(looks: &mut usize, depth: usize, fields: usize) -> Result<(), Error> {
    *looks += 1 + fields;
    if depth > MAX_DEPTH || *looks > MAX_LOOKS {
        return Err(Error("structures within structures without an end".to_owned()));
    }
    Ok(())
}

/// All members in order, unnamed structures among them.
pub(crate) fn parts(source: &dyn Structures, ty: TypeId) -> Result<Vec<Part>, Error> {
    let part = |field: &Field<'_>| {
        Ok(Part { name: field.name.clone().into_owned(), member: placed(source, field)? })
    };
    source.fields(ty)?.iter().map(part).collect()
}

/// A field as a member: for bit fields, the unit of the field's type that holds it.
fn placed(source: &dyn Structures, field: &Field<'_>) -> Result<Member, Error> {
    let Some(bits) = field.bits else {
        return Ok(Member { offset: field.bit_offset / 8, ty: field.ty, bitfield: None });
    };
    let Type::Int { bytes: bytes @ (1 | 2 | 4 | 8), .. } = source.ty(field.ty)? else {
        return Err(Error(format!("the bit field `{}` is of no integer type", field.name)));
    };
    let unit = u64::from(bytes) * 8;
    if bits == 0 || u64::from(bits) > unit {
        return Err(Error(format!("the bit field `{}` is wider than its type", field.name)));
    }
    let aligned = field.bit_offset / unit * unit;
    // A field of a packed structure may cross units: then the unit starts at the field's first byte.
    let crosses = field.bit_offset + u64::from(bits) > aligned + unit;
    let from = if crosses { field.bit_offset / 8 * 8 } else { aligned };
    let start = (field.bit_offset - from) as u32;
    if u64::from(start + bits) > unit {
        return Err(Error(format!(
            "the bit field `{}` lies across more bytes than its type has",
            field.name
        )));
    }
    Ok(Member { offset: from / 8, ty: field.ty, bitfield: Some(Bitfield { start, bits }) })
}

/// Gives arguments their places one after the other, by the System V ABI for x86-64
/// (section 3.2.3, parameter passing).
#[derive(Debug)]
pub(crate) struct Arguments {
    next: u8,
    /// Registers of floating-point numbers that are taken.
    vectors: u32,
    /// Bytes of arguments on the stack so far; none if that is not known.
    stack: Option<u32>,
    /// Why no further argument can be placed.
    lost: Option<&'static str>,
}

/// Where the ABI leaves a value of this type when a function returns.
pub(crate) fn returned(source: &dyn Structures, ty: TypeId) -> Result<Result<Where, Error>, Error> {
    const RESULT: u16 = 0;
    const SECOND: u16 = 1;
    let word = |register| Some(Where::Register(register));
    Ok(match class(source, ty)? {
        Class::Word => Ok(Where::Register(RESULT)),
        Class::Words(1) => Ok(Where::Register(RESULT)),
        Class::Words(_) | Class::Wide => Ok(Where::Pieces(vec![
            Piece { at: word(RESULT), bits: 64, start: 0 },
            Piece { at: word(SECOND), bits: 64, start: 0 },
        ])),
        // The first register has the address that it was to be put to.
        Class::Memory(_) | Class::Aligned => Ok(Where::Memory(Term::Register(RESULT))),
        Class::Vector => {
            Err(Error("it is a number of floating point in a register of its own".to_owned()))
        }
        Class::Empty => Err(Error("it is an empty structure".to_owned())),
        Class::Unknown => Err(Error("it is returned in a way that is not known".to_owned())),
    })
}

/// How a type is passed.
enum Class {
    /// In one register.
    Word,
    /// In this many registers, if there are so many left.
    Words(u8),
    /// Likewise, and read by none.
    Wide,
    /// On the stack, so many bytes, aligned to 8.
    Memory(u64),
    /// Likewise, perhaps aligned to more.
    Aligned,
    /// In a register of another kind.
    Vector,
    /// It takes no place.
    Empty,
    /// What it is made of has no rule here.
    Unknown,
}

impl Arguments {
    /// For a function with a value of this type: a large structure takes the first register, with
    /// the address where it shall go.
    pub fn of(source: &dyn Structures, returns: Option<TypeId>) -> Result<Self, Error> {
        let hidden = match returns {
            Some(ty) => matches!(class(source, ty)?, Class::Memory(_) | Class::Aligned),
            None => false,
        };
        Ok(Self { next: u8::from(hidden), vectors: 0, stack: Some(0), lost: None })
    }

    /// The place of the next argument.
    pub fn place(&mut self, source: &dyn Structures, ty: TypeId) -> Result<Location, Error> {
        let unavailable = |why: &str| Ok(Location::Unavailable(why.to_owned()));
        let class = class(source, ty)?;
        if let Some(lost) = self.lost {
            return unavailable(lost);
        }
        match class {
            Class::Word if self.next < REGISTERS => {
                self.next += 1;
                Ok(Location::Register(self.next - 1))
            }
            Class::Word => Ok(self.on_stack(8)),
            // All of it or nothing; later arguments may still get a register.
            Class::Words(count) if self.next + count <= REGISTERS => {
                self.next += count;
                Ok(Location::Registers(self.next - count, count))
            }
            Class::Words(count) => Ok(self.on_stack(u64::from(count) * 8)),
            Class::Wide => {
                if self.next + 2 <= REGISTERS {
                    self.next += 2;
                } else {
                    // Aligned to 16 bytes.
                    self.stack = None;
                }
                unavailable("it is a 128-bit number, in two registers")
            }
            Class::Memory(bytes) => Ok(self.on_stack(bytes)),
            Class::Aligned => {
                self.stack = None;
                unavailable("it is a structure passed by value, on the stack")
            }
            Class::Vector => {
                if self.vectors >= VECTORS {
                    self.on_stack(8);
                }
                self.vectors += 1;
                unavailable("it is a number of floating point in a register of its own")
            }
            Class::Empty => unavailable("it is an empty structure"),
            Class::Unknown => {
                self.lost = Some("an argument before it is passed in a way that is not known");
                unavailable("it is passed in a way that is not known")
            }
        }
    }
}

impl Arguments {
    /// The next place on the stack, for so many bytes.
    fn on_stack(&mut self, bytes: u64) -> Location {
        let at = self.stack;
        let end = at.and_then(|at| u64::from(at).checked_add(bytes)?.checked_next_multiple_of(8));
        self.stack = end.and_then(|end| u32::try_from(end).ok());
        match at {
            Some(at) => Location::Stack(at),
            None => {
                Location::Unavailable("it is passed on the stack, not in a register".to_owned())
            }
        }
    }
}

fn class(source: &dyn Structures, ty: TypeId) -> Result<Class, Error> {
    Ok(match source.ty(ty)? {
        Type::Int { bytes: ..=8, .. } | Type::Pointer(_) => Class::Word,
        Type::Int { bytes: 16, .. } => Class::Wide,
        Type::Int { .. } => Class::Unknown,
        Type::Struct { .. } => match source.size(ty)? {
            None => Class::Unknown,
            Some(0) => Class::Empty,
            Some(size) => structure(source, ty, size)?,
        },
        Type::Float(..=8) => Class::Vector,
        Type::Other(_) if source.size(ty)?.is_some_and(|size| size <= 8) => Class::Vector,
        // `void`, `long double`, functions and arrays are no parameters, or on the stack.
        Type::Float(_) | Type::Other(_) | Type::Array(_) => Class::Unknown,
    })
}

/// A structure of up to 16 bytes goes in registers when all in it are whole, aligned integers.
fn structure(source: &dyn Structures, ty: TypeId, size: u64) -> Result<Class, Error> {
    let mut contents = Contents::default();
    look_through(source, ty, (0, 0), &mut contents)?;
    Ok(if contents.wide && size > 16 {
        Class::Aligned
    } else if contents.unaligned || size > 16 {
        Class::Memory(size)
    } else if contents.other {
        Class::Unknown
    } else {
        Class::Words(size.div_ceil(8) as u8)
    })
}

#[derive(Default)]
struct Contents {
    looks: usize,
    unaligned: bool,
    /// Floating point, or what is not understood.
    other: bool,
    /// Something of more than 8 bytes that is one.
    wide: bool,
}

fn look_through(
    source: &dyn Structures,
    ty: TypeId,
    (base, depth): (u64, usize),
    contents: &mut Contents,
) -> Result<(), Error> {
    look(&mut contents.looks, depth, 0)?;
    match source.ty(ty)? {
        Type::Int { bytes, .. } => {
            contents.unaligned |= base % (u64::from(bytes.max(1)) * 8) != 0;
            contents.wide |= bytes > 8;
        }
        Type::Pointer(_) => contents.unaligned |= base % 64 != 0,
        Type::Array(element) => look_through(source, element, (base, depth + 1), contents)?,
        Type::Struct { .. } => {
            let fields = source.fields(ty)?;
            look(&mut contents.looks, depth, fields.len())?;
            for field in fields.into_iter().filter(|field| field.bits.is_none()) {
                look_through(
                    source,
                    field.ty,
                    (base.saturating_add(field.bit_offset), depth + 1),
                    contents,
                )?;
            }
        }
        Type::Float(_) | Type::Other(_) => {
            contents.other = true;
            contents.wide |= source.size(ty)?.is_none_or(|size| size > 8);
        }
    }
    Ok(())
}
