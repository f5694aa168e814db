//! `kernel.trace`: the kernel's tracepoints.

use stapc_debuginfo::{Object, Objects};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Attach, Code};

use super::{Absent, Found, kernel::cannot};
use crate::elaborate::points::Part;

/// `kernel.trace("name")` or `kernel.trace("system:name")`, with wildcards.
pub fn traces(
    objects: &dyn Objects,
    text: &str,
    span: Span,
    variants: &[Part],
) -> Result<Vec<Found>, Absent> {
    if let Some(other) = variants.first() {
        let message = format!("a tracepoint has no `.{}`", other.name.text);
        let diagnostic = Diagnostic::error("unknown-probe-point", message);
        return Err(diagnostic.at(other.name.span, "not known").into());
    }
    let source = objects.open(&Object::Kernel).map_err(|error| cannot(text, span, error))?;
    let (system, name) = match text.split_once(':') {
        Some((system, name)) => (Some(system).filter(|system| *system != "*"), name),
        None => (None, text),
    };
    let pattern = name.contains(['*', '?', '[']);
    if pattern && system.is_some() && !source.knows_places() {
        let what =
            format!("tracepoints by their system, of which {} knows nothing", source.source());
        return Ok(vec![Found::Foreign(what, span)]);
    }
    let traced = source.tracepoints(name, system);
    let mut names = traced.map_err(|error| cannot(text, span, error))?;
    if names.is_empty() && !pattern {
        // The name alone says which it is.
        names.push((system.map(str::to_owned), name.to_owned()));
    }
    let mut found = Vec::new();
    for (system, name) in names {
        let function = source.tracepoint(&name).map_err(|error| cannot(text, span, error))?;
        let attach = Attach::Trace(Code::of(&name));
        let system = system.map(|system| format!("{system}:")).unwrap_or_default();
        let point = format!("kernel.trace(\"{system}{name}\")");
        found.extend(function.map(|function| Found::Function {
            attach,
            function,
            at_return: false,
            text: Some(point),
        }));
    }
    if found.is_empty() {
        let message = format!("the kernel has no tracepoint `{text}`");
        let diagnostic = Diagnostic::error("unknown-kernel-function", message);
        let diagnostic = diagnostic.at(span, format!("not found in {}", source.source()));
        let known = source.tracepoints("*", None).unwrap_or_default();
        let known = known.iter().map(|(_, name)| name.as_str());
        return Err(Absent::Missing(diagnostic.suggest(name, known)));
    }
    Ok(found)
}
