//! Types as listings spell them, in the way of DWARF's: `struct file*`, `char const*`.

use super::{
    Btf, MAX_DEPTH,
    records::{
        ARRAY, CONST, ENUM, ENUM64, FORWARD, POINTER, PROTOTYPE, RESTRICT, STRUCT, TYPE_TAG, UNION,
        VOLATILE,
    },
};
use crate::{info::Error, spelling};

/// A type by its number.
pub(super) fn name(btf: &Btf<'_>, id: u32) -> Result<String, Error> {
    of(btf, id, 0)
}

fn of(btf: &Btf<'_>, id: u32, depth: usize) -> Result<String, Error> {
    if depth > MAX_DEPTH {
        return Err(Error("BTF types without an end".to_owned()));
    }
    if id == 0 {
        return Ok("void".to_owned());
    }
    let record = btf.record(id)?;
    let inner = |id| of(btf, id, depth + 1).and_then(spelling::bounded);
    let tagged = |keyword: &str| match btf.text(record.name) {
        name if name.is_empty() => format!("{keyword} {{...}}"),
        name => format!("{keyword} {name}"),
    };
    let to = record.size_or_type;
    Ok(match record.kind {
        POINTER => spelling::pointer(&inner(to)?, is_function(btf, to)),
        CONST => format!("{} const", inner(to)?),
        VOLATILE => format!("{} volatile", inner(to)?),
        RESTRICT => format!("{} restrict", inner(to)?),
        TYPE_TAG => inner(to)?,
        STRUCT => tagged("struct"),
        UNION => tagged("union"),
        FORWARD => tagged(if record.flag { "union" } else { "struct" }),
        ENUM | ENUM64 => tagged("enum"),
        ARRAY => format!("{}[]", inner(record.word(0))?),
        PROTOTYPE => {
            let params: Result<Vec<String>, Error> = record
                .params()
                .map(|(_, ty)| if ty == 0 { Ok("...".to_owned()) } else { inner(ty) })
                .collect();
            let mut params = params?;
            if params.is_empty() {
                params.push("void".to_owned());
            }
            spelling::function(&inner(to)?, &params)
        }
        _ => btf.text(record.name).into_owned(),
    })
}

fn is_function(btf: &Btf<'_>, id: u32) -> bool {
    id != 0 && btf.record(id).is_ok_and(|record| record.kind == PROTOTYPE)
}
