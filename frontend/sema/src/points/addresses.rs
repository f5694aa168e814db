//! Points by numbers: addresses of an object's own file, as its symbol table has them, and those of the running
//! kernel or of a process (`.absolute`).

use stapc_debuginfo::{At, Lines, Object, Objects, Place, PlaceKind, Query};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Attach, Base, Code, Processes, Program};
use stapc_syntax::ast::Argument;

use super::{
    Absent, Found,
    kernel::{Point, attached, cannot, name_of, opened, what},
    text_behind,
    variants::{Variant, variant},
};
use crate::elaborate::points::Part;

/// The places of a point with an address of its object's own file.
pub fn places(
    objects: &dyn Objects,
    point: &Point<'_>,
    address: u64,
    span: Span,
) -> Result<Vec<Found>, Absent> {
    let part = point.part.name.text.as_str();
    let variant = variant(part, point.variants)?;
    if let Variant::Foreign(name, span) = variant {
        return Ok(vec![Found::Foreign(format!("`.{name}` of a {part}"), span)]);
    }
    let source = opened(objects, point, span)?;
    let at = match part {
        "statement" => At::Statement { nearest: variant == Variant::Nearest },
        _ => At::Function,
    };
    let text = format!("{}.{part}({address:#x})", point.head);
    let found = source.place_at(address.wrapping_add(source.text()), at);
    let missing = || {
        let diagnostic =
            Diagnostic::error("unknown-kernel-function", format!("`{text}` is in no function"));
        Absent::Missing(diagnostic.at(span, format!("not found in {}", source.source())))
    };
    let place = found.map_err(|error| cannot(&text, span, error))?.ok_or_else(missing)?;
    let named = |place: &Place| {
        let address = place.address.wrapping_sub(source.text());
        let variants = if variant == Variant::Nearest { &[] } else { point.variants };
        format!("{}.{part}({address:#x}){}", point.head, text_behind(variants))
    };
    if matches!(variant, Variant::Any | Variant::Call | Variant::Return(_) | Variant::Nearest) {
        let text = named(&place);
        return Ok(vec![attached(source, point, &variant, (place, text), span)?]);
    }
    // The others are looked for by name; those of this very function are meant.
    let file = Some(place.file.clone()).filter(|file| !file.is_empty());
    let (function, lines) = (place.function.clone(), Lines::Unwritten);
    let query = Query { function, file, lines, what: what(part, &variant) };
    let mut found = source.places(&query).map_err(|error| cannot(&text, span, error))?;
    found.retain(|found| outermost(found).address == place.address);
    if found.is_empty() {
        let message = format!("`{text}` has no such place");
        let diagnostic = Diagnostic::error("unknown-kernel-function", message);
        return Err(Absent::Missing(diagnostic.at(span, format!("in `{}`", place.function))));
    }
    let attached = |place: Place| {
        let text = match &place.caller {
            None => named(&place),
            Some(_) => name_of(point, &variant, &place),
        };
        attached(source, point, &variant, (place, text), span)
    };
    found.into_iter().map(attached).collect()
}

/// The function that a place within one, or in what it calls, was asked for of.
fn outermost(mut place: &Place) -> &Place {
    while let Some(caller) = &place.caller {
        place = caller;
    }
    place
}

/// `kernel.statement(N).absolute` and its kin: the address as it is, with nothing known of it. None of
/// another point.
pub fn absolute(parts: &[Part], objects: &dyn Objects) -> Option<Result<Found, Absent>> {
    let [head, part, absolute] = parts else { return None };
    let names = [&part.name.text, &absolute.name.text];
    let Some(Argument::Number(address, _)) = &part.argument else { return None };
    if names != ["statement", "absolute"] || absolute.argument.is_some() {
        return None;
    }
    let address = *address as u64;
    let (base, offset, text) = match (head.name.text.as_str(), &head.argument) {
        ("kernel" | "kprobe", None) => (Base::Nothing, address, head.name.text.clone()),
        ("process", Some(Argument::Number(pid, span))) => {
            let text = format!("process({pid})");
            match of_process(objects, *pid, address) {
                Ok((base, offset)) => (base, offset, text),
                Err(error) => return Some(Err(cannot(&text, *span, error))),
            }
        }
        _ => return None,
    };
    let object = match &base {
        Base::Program(program) => Object::Program(program.path.clone()),
        _ => Object::Kernel,
    };
    let attach = Attach::Statement(Code { function: String::new(), base, offset });
    let place = Box::new(Place::named(PlaceKind::Statement, "", address));
    let text = format!("{text}.statement({address:#x}).absolute");
    Some(Ok(Found::Place { attach, text, object, place, mark: None, at_return: false }))
}

/// Where the file has what a process has at an address.
fn of_process(
    objects: &dyn Objects,
    pid: i64,
    address: u64,
) -> Result<(Base, u64), stapc_debuginfo::Error> {
    let pid = u32::try_from(pid)
        .map_err(|_| stapc_debuginfo::Error(format!("there is no process {pid}")))?;
    let (path, offset) = objects.mapped(pid, address)?;
    let processes = Processes::One(pid);
    Ok((Base::Program(Program { path, semaphore: 0, processes }), offset))
}
