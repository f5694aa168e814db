//! `process.begin` and its kin: what happens to processes.

use bstr::ByteSlice as _;
use stapc_debuginfo::Objects;
use stapc_diagnostics::Diagnostic;
use stapc_ir::{Attach, ProcessEvent, Processes};
use stapc_syntax::ast::Argument;

use super::{Absent, Found, programs::absent};
use crate::elaborate::points::Part;

/// The event that the parts behind `process` name, if they name one.
pub fn named(rest: &[Part]) -> Option<ProcessEvent> {
    let words: Vec<&str> = rest.iter().map(|part| part.name.text.as_str()).collect();
    ProcessEvent::named(&format!("process.{}", words.join(".")))
}

/// The points of an event that one stands for
pub fn points(
    objects: &dyn Objects,
    event: ProcessEvent,
    parts: &[Part],
) -> Result<Vec<Found>, Absent> {
    let [first, rest @ ..] = parts else { return Ok(Vec::new()) };
    if let Some(part) = rest.iter().find(|part| part.argument.is_some()) {
        let message = format!("`{}` takes no argument", event.name());
        let diagnostic = Diagnostic::error("probe-argument", message);
        return Err(diagnostic.at(part.name.span, "of this").into());
    }
    let end = event.name().trim_start_matches("process");
    let of_program = |path: String| {
        let text = format!("process(\"{path}\"){end}");
        Found::Named(Attach::Process(event, Processes::Executing(path)), text)
    };
    Ok(match &first.argument {
        Some(Argument::String(text)) => {
            let path = text.bytes.to_str_lossy();
            let found = objects.programs(&path);
            let found = found.map_err(|error| absent((&path, "program"), text.span, error))?;
            found.into_iter().map(of_program).collect()
        }
        Some(Argument::Number(number, at)) => {
            let Some(pid) = u32::try_from(*number).ok().filter(|pid| *pid > 0) else {
                let message = format!("there is no process {number}");
                let diagnostic = Diagnostic::error("unknown-program", message);
                return Err(Absent::Missing(diagnostic.at(*at, "no number of a process")));
            };
            let text = format!("process({pid}){end}");
            vec![Found::Named(Attach::Process(event, Processes::One(pid)), text)]
        }
        None => vec![match objects.command() {
            Some(path) => of_program(path),
            None => {
                let attach = Attach::Process(event, Processes::All);
                Found::Named(attach, event.name().to_owned())
            }
        }],
    })
}
