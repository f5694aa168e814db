//! `kernel.function(…)` and its kin.

use bstr::ByteSlice as _;
use stapc_debuginfo::{Object, Objects, Source};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Attach, Code};
use stapc_syntax::ast::Argument;

use super::{Absent, Found};
use crate::elaborate::points::Part;

/// `kernel.function("name")` and its variants.
pub fn place(objects: &dyn Objects, function: &Part, variants: &[Part]) -> Result<Found, Absent> {
    let (part, place) = (function.name.text.as_str(), function.name.span);
    let foreign = |what: &str, span| Ok(Found::Foreign(what.to_owned(), span));
    let (name, span) = match (part, &function.argument) {
        ("function", Some(Argument::String(name))) => (name.bytes.to_str_lossy(), name.span),
        ("function", Some(Argument::Number(_, span))) => {
            return foreign("functions by address", *span);
        }
        ("statement" | "trace" | "mark" | "data", _) => {
            return foreign(&format!("`kernel.{part}`"), place);
        }
        _ => return Err(no_function(part, place, function.argument.is_some()).into()),
    };
    if name.contains(['*', '?', '[']) {
        return foreign("wildcards in names of functions", span);
    }
    if name.contains(['@', ':', '{']) {
        return foreign("places in source files (`function@file:line`)", span);
    }
    let broken = |error: stapc_debuginfo::Error| {
        let message = "nothing is known of the kernel";
        Absent::Missing(Diagnostic::error("debuginfo", message).at(span, "").note(error.0))
    };
    let kernel = objects.open(&Object::Kernel).map_err(broken)?;
    match variant(variants)? {
        Variant::Entry => lookup(kernel, &name, span, false),
        Variant::Return => lookup(kernel, &name, span, true),
        Variant::Foreign(name, span) => foreign(&format!("`.{name}` of a function"), span),
    }
}

fn no_function(part: &str, place: Span, argument: bool) -> Diagnostic {
    if part == "function" && !argument {
        let message = "`kernel.function` takes the name of a function";
        let diagnostic = Diagnostic::error("probe-argument", message).at(place, "which one?");
        return diagnostic.help("write `kernel.function(\"vfs_read\")`");
    }
    let message = format!("there is no probe point `kernel.{part}`");
    Diagnostic::error("unknown-probe-point", message)
        .at(place, "not known")
        .suggest(part, ["function", "statement", "trace", "data"])
}

/// The function of a name.
fn lookup(kernel: &dyn Source, name: &str, span: Span, at_return: bool) -> Result<Found, Absent> {
    let broken = |error: stapc_debuginfo::Error| {
        let diagnostic = Diagnostic::error("debuginfo", format!("`{name}` cannot be probed"));
        Absent::Missing(diagnostic.at(span, "").note(error.0))
    };
    let Some(found) = kernel.function(name).map_err(broken)? else {
        let like = kernel.functions_like(name);
        let diagnostic = Diagnostic::error(
            "unknown-kernel-function",
            format!("the kernel has no function `{name}` that can be probed"),
        );
        let diagnostic = diagnostic.at(span, format!("not found in {}", kernel.source()));
        let mut diagnostic = diagnostic.suggest(name, like.iter().map(String::as_str));
        if diagnostic.help.is_none() && !like.is_empty() {
            let names: Vec<String> = like.iter().take(3).map(|name| format!("`{name}`")).collect();
            diagnostic = diagnostic.help(format!("similar names are {}", names.join(", ")));
        }
        return Err(Absent::Missing(diagnostic));
    };
    let attach = if at_return {
        Attach::Return(Code::of(&found.name), 0)
    } else {
        Attach::Entry(Code::of(&found.name))
    };
    Ok(Found::Function(attach, found, at_return))
}

/// Where in a function a point is.
enum Variant {
    Entry,
    Return,
    /// Where it cannot be attached to yet, by this name.
    Foreign(String, Span),
}

/// Where in a function the point is, by what follows its name.
fn variant(variants: &[Part]) -> Result<Variant, Diagnostic> {
    const LATER: [&str; 9] = [
        "inline",
        "callee",
        "callees",
        "exported",
        "label",
        "maxactive",
        "statement",
        "nearest",
        "absolute",
    ];
    let mut parts =
        variants.iter().map(|part| (part, part.name.text.as_str(), part.argument.is_none()));
    let (other, name) = match (parts.next(), parts.next()) {
        (None, _) | (Some((_, "call", true)), None) => return Ok(Variant::Entry),
        (Some((_, "return", true)), None) => return Ok(Variant::Return),
        (Some((_, "call" | "return", true)), Some((other, name, _)))
        | (Some((other, name, _)), _) => (other, name),
    };
    let span = other.name.span;
    if LATER.contains(&name) {
        return Ok(Variant::Foreign(name.to_owned(), span));
    }
    if matches!(name, "call" | "return") {
        let message = format!("`.{name}` cannot stand like this");
        return Err(Diagnostic::error("probe-option", message).at(span, ""));
    }
    let message = format!("a function has no `.{name}`");
    let diagnostic = Diagnostic::error("unknown-probe-point", message);
    Err(diagnostic.at(span, "not known").suggest(name, ["call", "return"]))
}
