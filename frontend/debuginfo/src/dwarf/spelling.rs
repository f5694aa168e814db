//! Types as the peer's listing spells them: `struct file*`, `char const*`, `long unsigned int`.

use super::{Dwarf, die::Die};
use crate::{
    info::{Error, TypeId},
    spelling,
};

/// How many pointers, qualifiers and arrays are followed; more is damage.
const MAX_DEPTH: usize = 64;

/// A type by its entry; `ty` may have dimensions of an array taken off.
pub(super) fn name(dwarf: &Dwarf<'_>, ty: TypeId) -> Result<String, Error> {
    of(dwarf, ty.0 & ((1 << 56) - 1), 0)
}

fn of(dwarf: &Dwarf<'_>, offset: u64, depth: usize) -> Result<String, Error> {
    if depth > MAX_DEPTH {
        return Err(Error("DWARF types without an end".to_owned()));
    }
    let die = dwarf.die(offset)?;
    let inner = |die: &Die<'_>| match die.reference(gimli::DW_AT_type)? {
        Some(next) => of(dwarf, next, depth + 1).and_then(spelling::bounded),
        None => Ok("void".to_owned()),
    };
    let named = |keyword: &str, none: &str| {
        let name = die.name(dwarf)?;
        Ok(format!("{keyword}{}", if name.is_empty() { none } else { &*name }))
    };
    match die.tag() {
        gimli::DW_TAG_pointer_type => {
            let inner = inner(&die)?;
            match inner == "struct __va_list_tag" {
                // What a `va_list` is, as a parameter.
                true => Ok("va_list".to_owned()),
                false => Ok(spelling::pointer(&inner, is_function(dwarf, &die)?)),
            }
        }
        gimli::DW_TAG_reference_type => Ok(format!("{}&", inner(&die)?)),
        gimli::DW_TAG_rvalue_reference_type => Ok(format!("{}&&", inner(&die)?)),
        gimli::DW_TAG_const_type => Ok(format!("{} const", inner(&die)?)),
        gimli::DW_TAG_volatile_type => Ok(format!("{} volatile", inner(&die)?)),
        gimli::DW_TAG_restrict_type => Ok(format!("{} restrict", inner(&die)?)),
        gimli::DW_TAG_atomic_type => Ok(format!("_Atomic {}", inner(&die)?)),
        gimli::DW_TAG_structure_type => named("struct ", "{...}"),
        gimli::DW_TAG_class_type => named("class ", "{...}"),
        gimli::DW_TAG_union_type => named("union ", "{...}"),
        gimli::DW_TAG_enumeration_type => named("enum ", "{...}"),
        // It leaves out how long they are.
        gimli::DW_TAG_array_type => Ok(format!("{}[]", inner(&die)?)),
        gimli::DW_TAG_subroutine_type => {
            let mut params = Vec::new();
            for param in die
                .children(&[gimli::DW_TAG_formal_parameter, gimli::DW_TAG_unspecified_parameters])?
            {
                params.push(match param.tag() {
                    gimli::DW_TAG_formal_parameter => inner(&param)?,
                    _ => "...".to_owned(),
                });
            }
            if params.is_empty() && die.flag(gimli::DW_AT_prototyped) {
                params.push("void".to_owned());
            }
            Ok(spelling::function(&inner(&die)?, &params))
        }
        _ => named("", "?"),
    }
}

fn is_function(dwarf: &Dwarf<'_>, pointer: &Die<'_>) -> Result<bool, Error> {
    let to = pointer.reference(gimli::DW_AT_type)?;
    Ok(match to {
        Some(to) => dwarf.die(to)?.tag() == gimli::DW_TAG_subroutine_type,
        None => false,
    })
}
