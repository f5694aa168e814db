//! Functions of DWARF: which code a name stands for, and where its parameters are.

use gimli::{AttributeValue, DwAt};

use super::{
    Dwarf, Slice,
    die::Die,
    entries::{CODE, FunctionEntry, INLINED},
    locations::{self, Place},
    types,
};
use crate::{
    info::{Error, Function, Location, Param, Type, TypeId},
    layout::{Arguments, MAX_PARAMS},
    probeable::{is_called, list},
};

/// How often an entry's origin has an origin itself; more is damage.
const MAX_ORIGINS: usize = 8;

/// The function of a symbol; where the kernel's compiler made one variant of it only
/// (`name.isra.0`), that one.
pub(super) fn find(dwarf: &Dwarf<'_>, name: &str) -> Result<Option<Function>, Error> {
    // A variant is known under the name of what it was made of.
    let original = name.split_once('.').map_or(name, |(original, _)| original);
    let all: Vec<FunctionEntry> = dwarf.index.functions(original).collect();
    let symbol = |entry: &FunctionEntry| dwarf.index.name(entry.symbol);
    let exact: Vec<FunctionEntry> =
        all.iter().copied().filter(|entry| entry.has(CODE) && symbol(entry) == name).collect();
    let is_variant = |entry: &FunctionEntry| {
        entry.has(CODE) && symbol(entry) != original && is_called(symbol(entry))
    };
    let variants: Vec<FunctionEntry> = all.iter().copied().filter(is_variant).collect();
    match (exact.as_slice(), variants.as_slice()) {
        ([entry], _) => {
            let others = distinct(variants.iter().map(&symbol));
            let notes = unseen(entry, if name == original { &others } else { &[] });
            describe(dwarf, entry, name, notes).map(Some)
        }
        ([], [entry]) if name == original => {
            let symbol = symbol(entry);
            let compiler = dwarf.index.subject();
            let note =
                format!("it is probed as `{symbol}`, which {compiler}'s compiler made of it");
            describe(dwarf, entry, symbol, vec![note]).map(Some)
        }
        ([], []) if all.is_empty() || name != original => Ok(None),
        ([], []) => Err(without_code(dwarf, &all)),
        ([], several) if name == original => {
            let symbols = distinct(several.iter().map(symbol));
            Err(Error(format!(
                "{}'s compiler made {} functions of it: {}",
                dwarf.index.subject(),
                several.len(),
                list(&symbols)
            )))
        }
        ([], _) => Ok(None),
        (several, _) => Err(Error(format!(
            "{} has several functions of this name, in {}",
            dwarf.index.subject(),
            files(dwarf, several)?
        ))),
    }
}

/// What a probe of a function's code does not see: calls of its variants, and copies in its callers.
fn unseen(entry: &FunctionEntry, variants: &[&str]) -> Vec<String> {
    let mut notes = Vec::new();
    if !variants.is_empty() {
        notes.push(format!(
            "some of its calls go to {}, which this probe does not see",
            list(variants)
        ));
    }
    if entry.has(INLINED) {
        notes.push(
            "its compiler put it into some of its callers; those calls are not seen".to_owned(),
        );
    }
    notes
}

fn without_code(dwarf: &Dwarf<'_>, entries: &[FunctionEntry]) -> Error {
    let pieces = distinct(
        entries.iter().filter(|entry| entry.has(CODE)).map(|entry| dwarf.index.name(entry.symbol)),
    );
    let inlined = format!(
        "{}'s compiler has put it into each of its callers: it has no code of its own",
        dwarf.index.subject()
    );
    Error(match pieces.as_slice() {
        [] => inlined,
        pieces => format!("{inlined}, but for {}", list(pieces)),
    })
}

/// Several files may each have a variant of one name.
fn distinct<'n>(symbols: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut symbols: Vec<&str> = symbols.collect();
    symbols.sort_unstable();
    symbols.dedup();
    symbols
}

fn files(dwarf: &Dwarf<'_>, entries: &[FunctionEntry]) -> Result<String, Error> {
    let mut files = Vec::new();
    for entry in entries.iter().take(4) {
        let unit = dwarf.unit(entry.die)?;
        files.push(unit.name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()));
    }
    Ok(list(&files.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn describe(
    dwarf: &Dwarf<'_>,
    entry: &FunctionEntry,
    symbol: &str,
    mut notes: Vec<String>,
) -> Result<Function, Error> {
    let concrete = dwarf.die(entry.die)?;
    if is_assembler(&concrete)? {
        notes.push("it is written in assembler: its parameters are not known".to_owned());
    }
    let origins = origins(dwarf, &concrete)?;
    let original = origins.last().unwrap_or(&concrete);
    let unchanged = symbol == dwarf.index.name(entry.name);
    let mut returns = value(dwarf, &origins, &concrete)?;
    let mut arguments = Arguments::of(dwarf, returns)?;
    let own = concrete.children(&[gimli::DW_TAG_formal_parameter])?;
    let declared = match origins.is_empty() {
        true => own.clone(),
        false => original.children(&[gimli::DW_TAG_formal_parameter])?,
    };
    if declared.len().max(own.len()) > MAX_PARAMS {
        return Err(Error(format!("DWARF of `{symbol}` has too many parameters")));
    }
    let mut params = Vec::new();
    for param in &declared {
        let place = at_entry(dwarf, entry, &own, param)?;
        let Some(ty) = param.reference(gimli::DW_AT_type)?.map(TypeId) else {
            return Err(Error(format!("a parameter of `{symbol}` has no type")));
        };
        let by_abi = arguments.place(dwarf, ty)?;
        let location =
            choose(dwarf, ty, place, by_abi, unchanged && keeps_abi(dwarf, &concrete, original)?)?;
        params.push(Param { name: param.name(dwarf)?.into_owned(), ty, location });
    }
    // The compiler may have dropped a value that nobody looks at.
    returns = returns.filter(|_| !symbol.contains(".isra"));
    Ok(Function { name: symbol.to_owned(), params, returns, notes })
}

/// The place of a declared parameter, from the concrete function's own entry for it.
fn at_entry<'a>(
    dwarf: &Dwarf<'a>,
    entry: &FunctionEntry,
    own: &[Die<'a>],
    declared: &Die<'a>,
) -> Result<Place, Error> {
    for param in own {
        let origin =
            param.reference(gimli::DW_AT_abstract_origin)?.unwrap_or_else(|| param.offset());
        if origin == declared.offset() {
            return locations::at_entry(dwarf, param, entry.entry);
        }
    }
    Ok(Place::Unknown)
}

/// What DWARF says, if that is a register for a value that fits it; else the ABI's place, if the
/// function keeps to it.
fn choose(
    dwarf: &Dwarf<'_>,
    ty: TypeId,
    place: Place,
    by_abi: Location,
    keeps_abi: bool,
) -> Result<Location, Error> {
    let fits = match types::ty(dwarf, ty)? {
        Type::Int { bytes, .. } => bytes <= 8,
        Type::Pointer(_) => true,
        _ => false,
    };
    Ok(match place {
        Place::Register(register) if fits => Location::Register(register),
        // Values that no register holds: the ABI has the better words for it.
        _ if keeps_abi || (!fits && matches!(by_abi, Location::Unavailable(_))) => by_abi,
        Place::Register(_) => Place::Parts.location(),
        place => place.location(),
    })
}

/// Whether the function takes its arguments as the ABI says even where DWARF has lost them: GCC gives
/// others a new name, clang drops arguments of `static` functions without one.
pub(super) fn keeps_abi(
    dwarf: &Dwarf<'_>,
    concrete: &Die<'_>,
    original: &Die<'_>,
) -> Result<bool, Error> {
    if concrete.flag(gimli::DW_AT_external) || original.flag(gimli::DW_AT_external) {
        return Ok(true);
    }
    let Some(producer) = of_unit(concrete, gimli::DW_AT_producer)? else { return Ok(false) };
    Ok(dwarf
        .sections_at(concrete.base)?
        .attr_string(&concrete.unit, producer)?
        .to_string_lossy()
        .starts_with("GNU "))
}

fn is_assembler(die: &Die<'_>) -> Result<bool, Error> {
    let language = of_unit(die, gimli::DW_AT_language)?;
    Ok(matches!(language, Some(AttributeValue::Language(gimli::DW_LANG_Mips_Assembler))))
}

/// An attribute of the whole unit that an entry is in.
fn of_unit<'a>(die: &Die<'a>, attribute: DwAt) -> Result<Option<AttributeValue<Slice<'a>>>, Error> {
    let mut root = die.unit.entries();
    root.next_dfs()?;
    Ok(root.current().and_then(|root| root.attr_value(attribute)))
}

/// What an entry was made of, and what that was, to the first.
fn origins<'a>(dwarf: &Dwarf<'a>, die: &Die<'a>) -> Result<Vec<Die<'a>>, Error> {
    let mut origins: Vec<Die<'a>> = Vec::new();
    for _ in 0..MAX_ORIGINS {
        let last = origins.last().unwrap_or(die);
        let Some(next) = last.reference(gimli::DW_AT_abstract_origin)? else {
            return Ok(origins);
        };
        origins.push(dwarf.die(next)?);
    }
    Err(Error("DWARF functions without an end".to_owned()))
}

/// The type of the function's value; none for `void`.
fn value<'a>(
    dwarf: &Dwarf<'a>,
    origins: &[Die<'a>],
    concrete: &Die<'a>,
) -> Result<Option<TypeId>, Error> {
    for die in origins.iter().rev().chain([concrete]) {
        let specified = match die.reference(gimli::DW_AT_specification)? {
            Some(specification) => dwarf.die(specification)?.reference(gimli::DW_AT_type)?,
            None => None,
        };
        if let Some(ty) = die.reference(gimli::DW_AT_type)?.or(specified).map(TypeId) {
            return Ok(types::peel(dwarf, ty)?.map(|_| ty));
        }
    }
    Ok(None)
}
