//! Types of DWARF as the compiler asks for them, and the fields of structures.

use gimli::{AttributeValue, DwTag, Operation};

use super::{Dwarf, die::Die, index::Kind};
use crate::{
    info::{Error, Type, TypeId},
    layout::{Field, Structures},
};

/// How many typedefs, qualifiers and arrays are followed; more is damage.
const MAX_DEPTH: usize = 64;

/// Where a [`TypeId`] counts the dimensions that have been taken off an array.
const DIMENSION_SHIFT: u32 = 56;

/// The type behind typedefs and qualifiers; none for `void`. A structure that is only declared gives
/// way to its definition.
pub(super) fn peel<'a>(dwarf: &Dwarf<'a>, ty: TypeId) -> Result<Option<Die<'a>>, Error> {
    let mut offset = ty.0 & ((1 << DIMENSION_SHIFT) - 1);
    for _ in 0..MAX_DEPTH {
        let die = dwarf.die(offset)?;
        match die.tag() {
            gimli::DW_TAG_typedef
            | gimli::DW_TAG_const_type
            | gimli::DW_TAG_volatile_type
            | gimli::DW_TAG_restrict_type
            | gimli::DW_TAG_atomic_type => match die.reference(gimli::DW_AT_type)? {
                Some(next) => offset = next,
                None => return Ok(None),
            },
            gimli::DW_TAG_unspecified_type => return Ok(None),
            _ => return defined(dwarf, die).map(Some),
        }
    }
    Err(Error("DWARF types without an end".to_owned()))
}

/// The definition of what may be only declared, if there is exactly one.
fn defined<'a>(dwarf: &Dwarf<'a>, die: Die<'a>) -> Result<Die<'a>, Error> {
    let Some(kind) = kind(die.tag()).filter(|_| die.flag(gimli::DW_AT_declaration)) else {
        return Ok(die);
    };
    match dwarf.index.definition(kind, &die.name(dwarf)?) {
        Some(found) if found.several == 0 => {
            let definition = dwarf.die(found.die)?;
            if self::kind(definition.tag()) == Some(kind) {
                Ok(definition)
            } else {
                Err(Error("a damaged index of DWARF".to_owned()))
            }
        }
        _ => Ok(die),
    }
}

fn kind(tag: DwTag) -> Option<Kind> {
    match tag {
        gimli::DW_TAG_structure_type | gimli::DW_TAG_class_type => Some(Kind::Struct),
        gimli::DW_TAG_union_type => Some(Kind::Union),
        _ => None,
    }
}

pub(super) fn ty(dwarf: &Dwarf<'_>, ty: TypeId) -> Result<Type, Error> {
    let Some(die) = peel(dwarf, ty)? else {
        return Ok(Type::Other("void".to_owned()));
    };
    let bytes = || die.unsigned(gimli::DW_AT_byte_size).and_then(|bytes| u32::try_from(bytes).ok());
    Ok(match die.tag() {
        gimli::DW_TAG_base_type => base_type(&die, bytes().unwrap_or(0)),
        gimli::DW_TAG_enumeration_type => enumeration(dwarf, &die, bytes())?,
        gimli::DW_TAG_pointer_type
        | gimli::DW_TAG_reference_type
        | gimli::DW_TAG_rvalue_reference_type => {
            let to = die.reference(gimli::DW_AT_type)?.map(TypeId);
            let to = to.map(|to| peel(dwarf, to)).transpose()?.flatten();
            Type::Pointer(to.map(|to| TypeId(to.offset())))
        }
        gimli::DW_TAG_structure_type | gimli::DW_TAG_class_type => tagged(dwarf, "struct", &die)?,
        gimli::DW_TAG_union_type => tagged(dwarf, "union", &die)?,
        gimli::DW_TAG_array_type if die.flag(gimli::DW_AT_GNU_vector) => {
            Type::Other("vector".to_owned())
        }
        gimli::DW_TAG_array_type => Type::Array(element(&die, ty)?),
        gimli::DW_TAG_subroutine_type => Type::Other("function".to_owned()),
        other => match other.static_string() {
            Some(name) => Type::Other(name.trim_start_matches("DW_TAG_").replace('_', " ")),
            None => return Err(Error("DWARF of a kind that is not known".to_owned())),
        },
    })
}

fn base_type(die: &Die<'_>, bytes: u32) -> Type {
    let Some(AttributeValue::Encoding(encoding)) = die.value(gimli::DW_AT_encoding) else {
        return Type::Other("number of no known kind".to_owned());
    };
    match encoding {
        gimli::DW_ATE_signed | gimli::DW_ATE_signed_char => Type::Int { bytes, signed: true },
        gimli::DW_ATE_unsigned
        | gimli::DW_ATE_unsigned_char
        | gimli::DW_ATE_boolean
        | gimli::DW_ATE_UTF => Type::Int { bytes, signed: false },
        gimli::DW_ATE_float => Type::Float(bytes),
        _ => Type::Other("number of no known kind".to_owned()),
    }
}

/// An enumeration: of the type it names, or signed when it has a negative value.
fn enumeration(dwarf: &Dwarf<'_>, die: &Die<'_>, bytes: Option<u32>) -> Result<Type, Error> {
    let below = match die.reference(gimli::DW_AT_type)? {
        Some(below) => {
            peel(dwarf, TypeId(below))?.filter(|below| below.tag() == gimli::DW_TAG_base_type)
        }
        None => None,
    };
    if let Some(below) = below {
        let size =
            below.unsigned(gimli::DW_AT_byte_size).and_then(|bytes| u32::try_from(bytes).ok());
        return Ok(base_type(&below, bytes.or(size).unwrap_or(4)));
    }
    let values = die.children(&[gimli::DW_TAG_enumerator])?;
    let negative = |value: &Die<'_>| match value.value(gimli::DW_AT_const_value) {
        Some(AttributeValue::Sdata(number)) => number < 0,
        _ => false,
    };
    Ok(Type::Int { bytes: bytes.unwrap_or(4), signed: values.iter().any(negative) })
}

fn tagged<'a>(dwarf: &Dwarf<'a>, tag: &str, die: &Die<'a>) -> Result<Type, Error> {
    let name = die.name(dwarf)?;
    let name = if name.is_empty() { format!("{tag} {{…}}") } else { format!("{tag} {name}") };
    let only = if die.flag(gimli::DW_AT_declaration) { " (only declared)" } else { "" };
    Ok(Type::Struct { name: name + only })
}

/// The number of elements in each dimension; none where the array has no end.
fn dimensions(die: &Die<'_>) -> Result<Vec<Option<u64>>, Error> {
    let ranges = die.children(&[gimli::DW_TAG_subrange_type])?;
    let count = |range: &Die<'_>| match range.unsigned(gimli::DW_AT_count) {
        Some(count) => Some(count),
        None => range.unsigned(gimli::DW_AT_upper_bound).and_then(|last| last.checked_add(1)),
    };
    Ok(ranges.iter().map(count).collect())
}

/// What an array, with some dimensions taken off, consists of.
fn element(die: &Die<'_>, ty: TypeId) -> Result<TypeId, Error> {
    let next = (ty.0 >> DIMENSION_SHIFT) + 1;
    if next < (dimensions(die)?.len() as u64).min(255) {
        return Ok(TypeId(die.offset() | next << DIMENSION_SHIFT));
    }
    let element = die.reference(gimli::DW_AT_type)?;
    element.map(TypeId).ok_or_else(|| Error("an array of nothing".to_owned()))
}

/// How many elements the array that a type is has, in its first dimension.
pub(super) fn length(dwarf: &Dwarf<'_>, ty: TypeId) -> Result<Option<u64>, Error> {
    let Some(die) = peel(dwarf, ty)?.filter(|die| die.tag() == gimli::DW_TAG_array_type) else {
        return Ok(None);
    };
    let taken = (ty.0 >> DIMENSION_SHIFT) as usize;
    Ok(dimensions(&die)?.get(taken).copied().flatten())
}

pub(super) fn size(dwarf: &Dwarf<'_>, mut ty: TypeId) -> Result<Option<u64>, Error> {
    let mut count = 1u64;
    for _ in 0..MAX_DEPTH {
        let Some(die) = peel(dwarf, ty)? else {
            return Ok(None);
        };
        let bytes = match die.tag() {
            gimli::DW_TAG_pointer_type
            | gimli::DW_TAG_reference_type
            | gimli::DW_TAG_rvalue_reference_type => Some(8),
            gimli::DW_TAG_array_type => {
                let taken = (ty.0 >> DIMENSION_SHIFT) as usize;
                for dimension in dimensions(&die)?.into_iter().skip(taken) {
                    let Some(whole) =
                        dimension.filter(|&n| n > 0).and_then(|n| count.checked_mul(n))
                    else {
                        return Ok(None);
                    };
                    count = whole;
                }
                match die.reference(gimli::DW_AT_type)? {
                    Some(element) => ty = TypeId(element),
                    None => return Ok(None),
                }
                continue;
            }
            _ => die.unsigned(gimli::DW_AT_byte_size),
        };
        return Ok(bytes.and_then(|bytes| bytes.checked_mul(count)));
    }
    Err(Error("DWARF arrays without an end".to_owned()))
}

impl Structures for Dwarf<'_> {
    fn fields(&self, ty: TypeId) -> Result<Vec<Field<'_>>, Error> {
        let Some(die) = peel(self, ty)? else {
            return Ok(Vec::new());
        };
        let Some(kind) = kind(die.tag()) else {
            return Ok(Vec::new());
        };
        if die.flag(gimli::DW_AT_declaration) {
            let name = die.name(self)?;
            let found = self.index.definition(kind, &name);
            return if found.is_some() { Err(self.several(&name)) } else { Ok(Vec::new()) };
        }
        let members = die.children(&[gimli::DW_TAG_member, gimli::DW_TAG_inheritance])?;
        members.iter().filter(|member| is_field(member)).map(|member| field(self, member)).collect()
    }
}

/// Whether a member is in each structure, at a place that is known: one that all share is not, and a virtual
/// base is wherever the program puts it.
fn is_field(member: &Die<'_>) -> bool {
    let is_shared = member.flag(gimli::DW_AT_declaration) || member.flag(gimli::DW_AT_external);
    let is_virtual = member.value(gimli::DW_AT_virtuality).is_some() && start(member).is_none();
    !is_shared && !is_virtual
}

fn field<'a>(dwarf: &Dwarf<'a>, member: &Die<'a>) -> Result<Field<'a>, Error> {
    let name = member.name(dwarf)?;
    let damaged = || Error(format!("the member `{name}` has no place"));
    let ty = TypeId(member.reference(gimli::DW_AT_type)?.ok_or_else(damaged)?);
    let bits = member
        .unsigned(gimli::DW_AT_bit_size)
        .map(u32::try_from)
        .transpose()
        .map_err(|_| damaged())?;
    let bit_offset = match member.unsigned(gimli::DW_AT_data_bit_offset) {
        Some(offset) => offset,
        None => {
            let start = start(member).and_then(|bytes| bytes.checked_mul(8)).ok_or_else(damaged)?;
            match (member.signed(gimli::DW_AT_bit_offset), bits) {
                (Some(from_top), Some(bits)) => {
                    let unit = match member.unsigned(gimli::DW_AT_byte_size) {
                        Some(bytes) => Some(bytes),
                        None => size(dwarf, ty)?,
                    };
                    let unit = unit
                        .and_then(|bytes| i64::try_from(bytes.checked_mul(8)?).ok())
                        .ok_or_else(damaged)?;
                    from_lowest(start, unit, from_top, bits).ok_or_else(damaged)?
                }
                _ => start,
            }
        }
    };
    Ok(Field { name, bit_offset, bits, ty })
}

/// Before DWARF 4, a bit field's offset counts from the highest bit of its unit to its own highest.
fn from_lowest(start: u64, unit: i64, from_top: i64, bits: u32) -> Option<u64> {
    let within = unit.checked_sub(from_top)?.checked_sub(i64::from(bits))?;
    start.checked_add_signed(within)
}

/// Bytes from the start of the structure: a number, or (DWARF 2) an expression that adds one.
fn start(member: &Die<'_>) -> Option<u64> {
    match member.value(gimli::DW_AT_data_member_location) {
        // In a union there is no place: all members are at the start.
        None => Some(0),
        Some(AttributeValue::Exprloc(expression)) => {
            match expression.operations(member.unit.encoding()).next().ok()?? {
                Operation::PlusConstant { value } => Some(value),
                _ => None,
            }
        }
        Some(_) => member.unsigned(gimli::DW_AT_data_member_location),
    }
}
