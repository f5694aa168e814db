//! Points that are refused: by privilege, or because there are none of the name, or none like it in an object.

use std::slice;

use stapc_debuginfo::{Object, Source};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::{ItemKind, Tree};

use super::{
    Absent,
    heads::owner,
    kernel::cannot,
    texts::{text, text_behind},
};
use crate::elaborate::points::{FAMILIES, Leaf, Part};

/// Whether a user of this privilege may use a point.
pub fn permitted(leaf: &Leaf, privilege: &str, guru: bool) -> Result<(), Diagnostic> {
    const UNPRIVILEGED: [&str; 6] = ["begin", "end", "error", "never", "timer", "process"];
    let parts: Vec<&str> = leaf.parts.iter().take(2).map(|part| part.name.text.as_str()).collect();
    let free = match parts.as_slice() {
        ["timer", "profile"] => false,
        [family, ..] => UNPRIVILEGED.contains(family),
        [] => true,
    };
    if let Some(last) = leaf.parts.last().filter(|part| part.name.text == "absolute" && !guru) {
        let message = "a probe at an address that nobody checks needs guru mode";
        return Err(Diagnostic::error("address-needs-guru", message)
            .at(last.name.span, "can do the machine harm")
            .help("if you are sure, give the option -g"));
    }
    if free || privilege != "stapusr" {
        return Ok(());
    }
    let message = format!("`{}` probe points need more than the privilege `stapusr`", parts[0]);
    Err(Diagnostic::error("privilege", message)
        .at(leaf.span, "not for unprivileged users")
        .help("give the option --privilege=stapdev"))
}

/// What is no probe point, or not a whole one.
pub fn unknown(first: &Part, rest: &[Part], span: Span) -> Diagnostic {
    let name = first.name.text.as_str();
    if matches!(name, "timer" | "kernel" | "perf") {
        let message = format!("`{name}` alone is no probe point");
        let help = match name {
            "timer" => "write `timer.s(1)`",
            "perf" => "write `perf.type(1).config(0)`",
            _ => "write `kernel.function(\"vfs_read\")`",
        };
        return Diagnostic::error("incomplete-probe-point", message)
            .at(span, "something is missing behind it")
            .help(help);
    }
    if let ("begin" | "end" | "error" | "never", Some(part)) = (name, rest.first()) {
        let message = format!("`{name}` has no `.{}`", part.name.text);
        return Diagnostic::error("unknown-probe-point", message).at(part.name.span, "not known");
    }
    if name == "never" {
        return Diagnostic::error("probe-argument", "`never` takes no argument").at(span, "");
    }
    let whole = format!("{}{}", text(slice::from_ref(first)), text_behind(rest));
    Diagnostic::error("unknown-probe-point", format!("there is no probe point `{whole}`"))
        .at(span, "not known")
        .suggest(name, FAMILIES)
}

/// Why there is no such place; `one` is the function asked for, if it is one by its name alone.
pub fn nothing(
    (source, object): (&dyn Source, &Object),
    text: &str,
    one: Option<&str>,
    span: Span,
) -> Absent {
    let Some(name) = one else {
        let message = format!("`{text}` fits nothing that can be probed");
        let diagnostic = Diagnostic::error("unknown-kernel-function", message);
        return Absent::Missing(diagnostic.at(span, format!("not found in {}", source.source())));
    };
    // Whoever asks for one function is told what became of it.
    match source.function(name) {
        Err(error) => cannot(text, span, error),
        Ok(None) => no_such(source, object, name, span),
        Ok(Some(_)) => {
            let message = format!("`{text}` has no such place");
            let diagnostic = Diagnostic::error("unknown-kernel-function", message);
            Absent::Missing(
                diagnostic.at(span, "there is the function, but nothing like this in it"),
            )
        }
    }
}

/// That an object has no function of this name.
pub fn no_such(source: &dyn Source, object: &Object, name: &str, span: Span) -> Absent {
    let like = source.functions_like(name);
    let diagnostic = Diagnostic::error(
        "unknown-kernel-function",
        format!("{} has no function `{name}` that can be probed", owner(object)),
    );
    let diagnostic = diagnostic.at(span, format!("not found in {}", source.source()));
    let mut diagnostic = diagnostic.suggest(name, like.iter().map(String::as_str));
    if diagnostic.help.is_none() && !like.is_empty() {
        let names: Vec<String> = like.iter().take(3).map(|name| format!("`{name}`")).collect();
        diagnostic = diagnostic.help(format!("similar names are {}", names.join(", ")));
    }
    Absent::Missing(diagnostic)
}

/// The error for a script without a probe that is anywhere.
pub fn nothing_to_do(tree: &Tree) -> Diagnostic {
    let first = tree.items.iter().find_map(|item| match &item.kind {
        ItemKind::Probe(probe) => probe.points.first(),
        _ => None,
    });
    match first {
        Some(point) => Diagnostic::error("no-probe", "none of the script's probe points exists")
            .at(point.span, "optional, and not there"),
        None => Diagnostic::error("no-probe", "the script has no probe, and so would do nothing")
            .help("begin with `probe begin { … }`"),
    }
}
