//! The variables that can be seen at a place: those of the function or copy that it is in, and within it
//! of the blocks around it there. Where a function or copy begins, no block of it has begun.

use std::{borrow::Cow, sync::Arc};

use gimli::{AttributeValue, Expression};

use super::{
    Dwarf, Slice,
    die::Die,
    expressions::{self, Frame},
    files, functions,
    terms::optimised_out,
};
use crate::{
    glob,
    info::{Error, RETURN_ADDRESS, STACK, TypeId},
    layout::{Arguments, MAX_PARAMS},
    places::{Place, PlaceKind},
    variables::{Binary, Term, Variable, Where},
};

/// How deep blocks are within each other, and how many things one has; more is damage.
const MAX_DEPTH: usize = 256;
const MAX_ENTRIES: usize = 1 << 16;
/// How many entries of a location list are looked at.
const MAX_PLACES: usize = 1 << 16;
/// How often an entry's origin has an origin itself; more is damage.
const MAX_ORIGINS: usize = 8;

/// The variables at a place, parameters first.
pub(super) fn variables(dwarf: &Dwarf<'_>, place: &Place) -> Result<Vec<Variable>, Error> {
    let scope = dwarf.die(place.scope.0)?;
    let function = function_of(dwarf, &scope)?;
    let base = function.as_ref().and_then(own_frame_base);
    let function = function.map(|function| function.offset());
    let unit = Arc::clone(&scope.unit);
    let (address, kind) = (place.address, &place.kind);
    let frame = Frame { dwarf, unit: &unit, address, kind, base, function, followed: 0, up: 0 };
    let mut found = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut blocks = vec![scope];
    let mut visited = 0;
    // Those of inner blocks hide those of outer ones.
    let mut levels = Vec::new();
    while let Some(block) = blocks.pop() {
        levels.push(block.clone());
        visited += 1;
        if visited > MAX_DEPTH {
            return Err(Error("DWARF blocks without an end".to_owned()));
        }
        if matches!(place.kind, PlaceKind::Entry | PlaceKind::Inlined) {
            break;
        }
        for inner in block.children(&[gimli::DW_TAG_lexical_block])? {
            if contains(dwarf, &inner, place.address)? {
                blocks.push(inner);
                break;
            }
        }
    }
    for block in levels.iter().rev() {
        let entries = block.children(&[gimli::DW_TAG_formal_parameter, gimli::DW_TAG_variable])?;
        if entries.len() > MAX_ENTRIES {
            return Err(Error("DWARF of a block with too many variables".to_owned()));
        }
        let mut of_block = Vec::new();
        for die in &entries {
            if let Some(variable) = variable(frame, die)?
                && seen.insert(variable.name.clone())
            {
                of_block.push(variable);
            }
        }
        // Outer blocks come first, as they do in the source.
        of_block.append(&mut found);
        found = of_block;
    }
    found.sort_by_key(|variable| !variable.parameter);
    if place.kind == PlaceKind::Entry && found.iter().any(is_stored_later) {
        as_passed(dwarf, &levels[0], &mut found)?;
    }
    Ok(found)
}

/// Whether a variable is in the frame of a function that has none yet, since it is just being entered.
fn is_stored_later(variable: &Variable) -> bool {
    let Ok(Where::Memory(Term::Binary(Binary::Add, from, by))) = &variable.location else {
        return false;
    };
    **from == Term::Register(STACK) && matches!(**by, Term::Const(by) if by < RETURN_ADDRESS)
}

/// Has the parameters that the function will only store in its frame where the ABI passes them.
fn as_passed<'a>(
    dwarf: &Dwarf<'a>,
    function: &Die<'a>,
    found: &mut [Variable],
) -> Result<(), Error> {
    let later = || Error("it is only stored behind the function's entry".to_owned());
    // Where all are stored nothing was optimised.
    let keeps_abi = found.iter().filter(|variable| variable.parameter).all(is_stored_later)
        || functions::keeps_abi(dwarf, function, function)?;
    let mut arguments = Arguments::of(dwarf, type_of(dwarf, function)?)?;
    let params = function.children(&[gimli::DW_TAG_formal_parameter])?;
    for param in params.iter().take(MAX_PARAMS) {
        let Some(ty) = type_of(dwarf, param)? else { break };
        let passed = arguments.place(dwarf, ty)?;
        let name = param.name(dwarf)?;
        let variable = found.iter_mut().find(|variable| {
            variable.parameter && variable.name == name && is_stored_later(variable)
        });
        if let Some(variable) = variable {
            variable.location = if keeps_abi { passed.place() } else { Err(later()) };
        }
    }
    let is_left = |variable: &&mut Variable| variable.parameter && is_stored_later(variable);
    for variable in found.iter_mut().filter(is_left) {
        variable.location = Err(later());
    }
    Ok(())
}

/// A variable by its entry; none of one without a name.
fn variable<'a>(frame: Frame<'_, 'a>, die: &Die<'a>) -> Result<Option<Variable>, Error> {
    let name = attribute(frame.dwarf, die, |die| {
        let name = die.name(frame.dwarf)?;
        Ok(if name.is_empty() { None } else { Some(name.into_owned()) })
    })?;
    let Some(name) = name else { return Ok(None) };
    let (ty, location) = match type_of(frame.dwarf, die) {
        Ok(ty) => (ty, location(frame, die)),
        // Those around it can be read all the same.
        Err(error) => (None, Err(error)),
    };
    let parameter = die.tag() == gimli::DW_TAG_formal_parameter;
    Ok(Some(Variable { name, ty, parameter, location }))
}

/// What an entry says of something, or what it was made of says.
pub(super) fn attribute<'a, T>(
    dwarf: &Dwarf<'a>,
    die: &Die<'a>,
    ask: impl Fn(&Die<'a>) -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    let mut die = Cow::Borrowed(die);
    for _ in 0..MAX_ORIGINS {
        if let Some(found) = ask(&die)? {
            return Ok(Some(found));
        }
        let origin = die.reference(gimli::DW_AT_abstract_origin)?;
        let origin = origin.or(die.reference(gimli::DW_AT_specification)?);
        match origin {
            Some(origin) => die = Cow::Owned(dwarf.die(origin)?),
            None => return Ok(None),
        }
    }
    Err(Error("DWARF origins without an end".to_owned()))
}

fn type_of<'a>(dwarf: &Dwarf<'a>, die: &Die<'a>) -> Result<Option<TypeId>, Error> {
    Ok(attribute(dwarf, die, |die| die.reference(gimli::DW_AT_type))?.map(TypeId))
}

/// Where what an entry describes is.
pub(super) fn location<'a>(frame: Frame<'_, 'a>, die: &Die<'a>) -> Result<Where, Error> {
    let constant = attribute(frame.dwarf, die, |die| Ok(die.value(gimli::DW_AT_const_value)))?;
    match constant {
        Some(AttributeValue::Block(bytes)) => return Ok(Where::Bytes(bytes.slice().to_vec())),
        Some(value) => {
            let number = value.sdata_value().or(value.udata_value().map(|value| value as i64));
            return number
                .map(|number| Where::Value(Term::Const(number)))
                .ok_or_else(|| Error("it is a constant of another kind".to_owned()));
        }
        None => {}
    }
    match die.value(gimli::DW_AT_location) {
        None => Err(optimised_out()),
        Some(AttributeValue::Exprloc(expression)) => expressions::place(frame, expression),
        Some(list) => {
            let Some(mut list) = frame.dwarf.sections.attr_locations(&die.unit, list)? else {
                return Err(optimised_out());
            };
            for _ in 0..MAX_PLACES {
                let Some(found) = list.next()? else { break };
                if (found.range.begin..found.range.end).contains(&frame.address) {
                    return expressions::place(frame, found.data);
                }
            }
            Err(optimised_out())
        }
    }
}

/// Whether the code of a block has an address.
pub(super) fn contains<'a>(dwarf: &Dwarf<'a>, die: &Die<'a>, address: u64) -> Result<bool, Error> {
    Ok(die.ranges(dwarf)?.iter().any(|&(begin, end)| (begin..end).contains(&address)))
}

/// What a function says of its frame.
pub(super) fn own_frame_base<'a>(function: &Die<'a>) -> Option<Expression<Slice<'a>>> {
    match function.value(gimli::DW_AT_frame_base) {
        Some(AttributeValue::Exprloc(expression)) => Some(expression),
        _ => None,
    }
}

/// The function that a scope belongs to.
fn function_of<'a>(dwarf: &Dwarf<'a>, scope: &Die<'a>) -> Result<Option<Die<'a>>, Error> {
    if scope.tag() == gimli::DW_TAG_subprogram {
        return Ok(Some(scope.clone()));
    }
    // Entries do not say what they are in: the outermost one that the scope lies in is looked for.
    let outermost = dwarf.outermost(&scope.unit)?;
    let behind = outermost.partition_point(|&offset| offset <= scope.entry.offset());
    let Some(&offset) = behind.checked_sub(1).and_then(|at| outermost.get(at)) else {
        return Ok(None);
    };
    let entry = scope.unit.entry(offset)?;
    Ok(Some(Die { unit: Arc::clone(&scope.unit), entry, base: scope.base }))
}

/// The value of the function at a place, where it returns.
pub(super) fn returned(dwarf: &Dwarf<'_>, place: &Place) -> Result<Option<Variable>, Error> {
    let scope = dwarf.die(place.scope.0)?;
    let Some(ty) = type_of(dwarf, &scope)? else { return Ok(None) };
    if super::types::peel(dwarf, ty)?.is_none() {
        return Ok(None);
    }
    let location = crate::layout::returned(dwarf, ty)?;
    let name = "return".to_owned();
    Ok(Some(Variable { name, ty: Some(ty), parameter: false, location }))
}

/// The global variable of a name.
pub(super) fn global(
    dwarf: &Dwarf<'_>,
    name: &str,
    file: Option<&str>,
) -> Result<Option<Variable>, Error> {
    let index = dwarf.index;
    for entry in index.variables(name) {
        let die = dwarf.die(entry.die)?;
        let unit = Arc::clone(&die.unit);
        // Where it is declared, or what was compiled.
        let fits = |file: &str| {
            let of_unit = files::unit(&unit, index.of_what());
            glob::matches_path(file, index.name(entry.file))
                || of_unit.is_some_and(|of_unit| glob::matches_path(file, &of_unit))
        };
        if file.is_some_and(|file| !fits(file)) {
            continue;
        }
        let kind = PlaceKind::Statement;
        let (base, function) = (None, None);
        let frame = Frame {
            dwarf,
            unit: &unit,
            address: 0,
            kind: &kind,
            base,
            function,
            followed: 0,
            up: 0,
        };
        let Some(variable) = variable(frame, &die)? else { continue };
        return Ok(Some(variable));
    }
    Ok(None)
}
