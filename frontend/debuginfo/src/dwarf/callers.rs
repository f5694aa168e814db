//! What a register held when the function was entered that control is in the middle of: as the call says that it was
//! entered by, which is told by where the function returns to.
//!
//! Only direct calls of the function's own unit are known. What returns to one of these was entered by it, unless the
//! function was left for good by a call that led to it again: such a function is refused, and one with several copies.

use std::sync::{Arc, PoisonError};

use gimli::{AttributeValue, DwAt, Operation, Register};

use super::{
    Dwarf, Slice,
    die::Die,
    expressions::{self, Frame},
    frames::{self, Saved},
    scopes,
    terms::{self, MAX_TERMS, apply, unknown},
};
use crate::{
    info::{Error, RETURN_ADDRESS, STACK},
    places::PlaceKind,
    variables::{Binary, Term},
};

/// How many calls of one function are told from each other, and how many are noted of a unit.
const MAX_CALLS: usize = 16;
const MAX_SITES: usize = 1 << 20;
/// How many callers up.
const MAX_UP: usize = 2;

/// A call that says what it calls.
#[derive(Debug)]
pub(super) struct Site {
    /// The entry of what it calls, and its own.
    called: u64,
    die: u64,
    /// The function that it is in.
    caller: u64,
    /// Whether control goes there for good.
    tail: bool,
}

/// What a register held when the function was entered.
pub(super) fn entered_with<'a>(frame: Frame<'_, 'a>, register: u16) -> Result<Term, Error> {
    let refused = |why: &str| Error(format!("only its callers know it, and {why}"));
    if frame.up >= MAX_UP {
        return Err(refused("only theirs in turn"));
    }
    let function = frame.function.ok_or_else(|| unknown("code in no function"))?;
    let (dwarf, function) = (frame.dwarf, frame.dwarf.die(function)?);
    if function.value(gimli::DW_AT_abstract_origin).is_some() {
        return Err(refused("there is other code of the function"));
    }
    let sites = sites(dwarf, &function)?;
    // Control that is here by several calls for good, one from within another, returns to the first of them.
    let own = function.offset();
    let goes_on =
        !says_all_calls(&function) || sites.iter().any(|site| site.tail && site.caller == own);
    let is_entered = function.flag(gimli::DW_AT_external)
        || sites.iter().any(|site| site.tail && site.called == own);
    if goes_on && is_entered {
        return Err(refused("it may be entered again before it returns"));
    }
    let calls = sites.iter().filter(|site| site.called == own && !site.tail);
    let calls: Vec<&Site> = calls.take(MAX_CALLS + 1).collect();
    if calls.is_empty() || calls.len() > MAX_CALLS {
        return Err(refused(if calls.is_empty() { "they are not known" } else { "they are many" }));
    }
    let mut told = Vec::new();
    for site in calls {
        // One that says nothing hides no other.
        if let Ok((returns, value)) = passed(frame, site, register) {
            told.push((returns, value));
        }
    }
    if told.is_empty() {
        return Err(refused("none of the calls says it"));
    }
    let address = apply(Binary::Add, frames::cfa(frame)?, Term::Const(-RETURN_ADDRESS));
    let returns = Term::Load(Box::new(address), RETURN_ADDRESS as u32, false);
    let value = Term::ByCaller(Box::new(returns), told);
    if terms::size(&value) > MAX_TERMS { Err(refused("they are many")) } else { Ok(value) }
}

/// Whether all calls of a function that it is left by are described.
fn says_all_calls(function: &Die<'_>) -> bool {
    let flags = [
        gimli::DW_AT_call_all_calls,
        gimli::DW_AT_call_all_tail_calls,
        gimli::DW_AT_GNU_all_call_sites,
        gimli::DW_AT_GNU_all_tail_call_sites,
    ];
    flags.into_iter().any(|flag| function.flag(flag))
}

/// Where a call returns to, and what it passes in a register, by what registers hold in the function it has called.
fn passed<'a>(frame: Frame<'_, 'a>, site: &Site, register: u16) -> Result<(u64, Term), Error> {
    let (dwarf, call) = (frame.dwarf, frame.dwarf.die(site.die)?);
    let silent = || unknown("a call that does not say what it passes");
    let returns = returns_to(dwarf, &call)?.ok_or_else(silent)?;
    let tags = [gimli::DW_TAG_call_site_parameter, gimli::DW_TAG_GNU_call_site_parameter];
    let caller = dwarf.die(site.caller)?;
    let unit = Arc::clone(&call.unit);
    let around = Frame {
        dwarf,
        unit: &unit,
        // The call itself lies before that.
        address: returns.saturating_sub(1),
        kind: &PlaceKind::Statement,
        base: scopes::own_frame_base(&caller),
        function: Some(site.caller),
        followed: frame.followed,
        up: frame.up + 1,
    };
    for parameter in call.children(&tags)? {
        if !is_in(&parameter, register)? {
            continue;
        }
        let value = either(&parameter, gimli::DW_AT_call_value, gimli::DW_AT_GNU_call_site_value);
        let Some(AttributeValue::Exprloc(value)) = value else { return Err(silent()) };
        let value = expressions::number(around, value)?;
        return Ok((returns, called(frame, value)?));
    }
    Err(silent())
}

/// Where a call returns to; none of one for good.
pub(super) fn returns_to<'a>(dwarf: &Dwarf<'a>, call: &Die<'a>) -> Result<Option<u64>, Error> {
    let returns = either(call, gimli::DW_AT_call_return_pc, gimli::DW_AT_low_pc);
    match returns.filter(|_| !is_tail(call)) {
        Some(returns) => Ok(dwarf.sections.attr_address(&call.unit, returns)?),
        None => Ok(None),
    }
}

/// The entry of what a call calls, if it says that.
pub(super) fn called_by(call: &Die<'_>) -> Result<Option<u64>, Error> {
    match call.reference(gimli::DW_AT_call_origin)? {
        Some(called) => Ok(Some(called)),
        None => call.reference(gimli::DW_AT_abstract_origin),
    }
}

/// Whether control goes to what is called for good.
fn is_tail(call: &Die<'_>) -> bool {
    call.flag(gimli::DW_AT_call_tail_call) || call.flag(gimli::DW_AT_GNU_tail_call)
}

/// Whether a parameter of a call is passed in a register.
fn is_in(parameter: &Die<'_>, register: u16) -> Result<bool, Error> {
    let Some(AttributeValue::Exprloc(place)) = parameter.value(gimli::DW_AT_location) else {
        return Ok(false);
    };
    let mut operations = place.operations(parameter.unit.encoding());
    let first = operations.next()?;
    Ok(
        matches!(first, Some(Operation::Register { register: Register(number) }) if number == register),
    )
}

fn either<'a>(die: &Die<'a>, one: DwAt, other: DwAt) -> Option<AttributeValue<Slice<'a>>> {
    die.value(one).or_else(|| die.value(other))
}

/// A calculation with the registers of a caller, by those of what it has called.
pub(super) fn called(frame: Frame<'_, '_>, term: Term) -> Result<Term, Error> {
    let inner = |term: Box<Term>| called(frame, *term).map(Box::new);
    Ok(match term {
        Term::Register(STACK) => frames::cfa(frame)?,
        Term::Register(number) => match frames::saved(frame, Register(number))? {
            Saved::Unchanged => Term::Register(number),
            Saved::At(distance) => {
                let address = apply(Binary::Add, frames::cfa(frame)?, Term::Const(distance));
                Term::Load(Box::new(address), 8, false)
            }
        },
        Term::Const(_) | Term::Address(_) | Term::ReturnAddress(_) => term,
        Term::Load(address, bytes, signed) => Term::Load(inner(address)?, bytes, signed),
        Term::Unary(op, operand) => Term::Unary(op, inner(operand)?),
        Term::Binary(op, left, right) => Term::Binary(op, inner(left)?, inner(right)?),
        Term::Select(condition, then, otherwise) => {
            Term::Select(inner(condition)?, inner(then)?, inner(otherwise)?)
        }
        Term::ThreadLocal(offset) => Term::ThreadLocal(inner(offset)?),
        Term::ByCaller(returns, told) => {
            let told = told.into_iter().map(|(at, value)| Ok((at, called(frame, value)?)));
            Term::ByCaller(inner(returns)?, told.collect::<Result<_, Error>>()?)
        }
    })
}

/// The calls of a unit that say what they call.
fn sites(dwarf: &Dwarf<'_>, function: &Die<'_>) -> Result<Arc<Vec<Site>>, Error> {
    let start = function.unit.header.debug_info_offset().map_or(0, |offset| offset.0 as u64);
    let key = start | function.base;
    let known = || dwarf.calls.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(&key) {
        return Ok(Arc::clone(found));
    }
    let found = Arc::new(find_sites(function)?);
    known().insert(key, Arc::clone(&found));
    Ok(found)
}

fn find_sites(function: &Die<'_>) -> Result<Vec<Site>, Error> {
    let (mut sites, mut caller) = (Vec::new(), u64::MAX);
    let mut entries = function.unit.entries();
    while let Some(entry) = entries.next_dfs()? {
        let (unit, entry) = (Arc::clone(&function.unit), entry.clone());
        let die = Die { unit, entry, base: function.base };
        match die.tag() {
            gimli::DW_TAG_subprogram => caller = die.offset(),
            gimli::DW_TAG_call_site | gimli::DW_TAG_GNU_call_site => {
                let Some(called) = called_by(&die)? else { continue };
                let tail = is_tail(&die);
                sites.push(Site { called, die: die.offset(), caller, tail });
            }
            _ => {}
        }
        if sites.len() > MAX_SITES {
            return Err(Error("DWARF of calls without an end".to_owned()));
        }
    }
    Ok(sites)
}
