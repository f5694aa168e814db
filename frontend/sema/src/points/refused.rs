//! Points that are refused: by privilege, or because there are none of the name.

use stapc_diagnostics::{Diagnostic, Span};

use crate::elaborate::points::{FAMILIES, Leaf, Part};

/// Whether a user of this privilege may use a point.
pub fn permitted(leaf: &Leaf, privilege: &str) -> Result<(), Diagnostic> {
    const UNPRIVILEGED: [&str; 6] = ["begin", "end", "error", "never", "timer", "process"];
    let parts: Vec<&str> = leaf.parts.iter().take(2).map(|part| part.name.text.as_str()).collect();
    let free = match parts.as_slice() {
        ["timer", "profile"] => false,
        [family, ..] => UNPRIVILEGED.contains(family),
        [] => true,
    };
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
    if name == "timer" || name == "kernel" {
        let message = format!("`{name}` alone is no probe point");
        let help = if name == "timer" {
            "write `timer.s(1)`"
        } else {
            "write `kernel.function(\"vfs_read\")`"
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
    Diagnostic::error("unknown-probe-point", format!("there is no probe point `{name}`"))
        .at(span, "not known")
        .suggest(name, FAMILIES)
}
