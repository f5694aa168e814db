//! What the user is told on the standard error.

use std::{io::IsTerminal as _, sync::OnceLock};

use stapc_diagnostics::{
    Diagnostic, Severity, SourceMap, Span, Warnings, apply, render, render_json, render_peer,
};

use crate::{
    Program,
    build::Refused,
    cli::{Findings, Input},
};

/// Something failed, and the user has been told already.
#[derive(Debug)]
pub struct Reported {
    /// By how many errors.
    pub errors: usize,
}

impl std::fmt::Display for Reported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("errors were reported")
    }
}

impl std::error::Error for Reported {}

/// Shows findings about a script in the form that the command line asks for.
///
/// # Errors
/// When one of them is an error, or a warning that is to be taken for one.
pub fn diagnostics(
    sources: &SourceMap,
    found: Vec<Diagnostic>,
    input: &Input,
) -> Result<(), Reported> {
    let found = apply(warnings(input), found);
    if !found.is_empty() {
        let text = match input.diagnostics {
            Findings::Human => render(sources, &found, colours()),
            Findings::Json => render_json(sources, &found),
            Findings::Peer => render_peer(sources, &found, &input.colours),
        };
        eprint!("{text}");
    }
    match found.iter().filter(|finding| finding.severity == Severity::Error).count() {
        0 => Ok(()),
        errors => Err(Reported { errors }),
    }
}

/// What the compiler has against a script's C, at its places.
pub fn refused(sources: &SourceMap, refused: &Refused) -> Vec<Diagnostic> {
    let files = stapc_lower::files(sources);
    let shown = refused.findings.iter().map(|finding| {
        let diagnostic = Diagnostic::error("embedded-c", &finding.message);
        let place = finding.place.and_then(|(file, line)| {
            let &file = files.get(file as usize)?;
            let (text, line) = (sources.text(file), sources.line(file, line));
            let start = line.as_ptr() as usize - text.as_ptr() as usize;
            let indent = line.len() - line.trim_start().len();
            let (start, end) = (start + indent, start + line.trim_end().len());
            Some(Span::new(file, start as u32, end.max(start) as u32))
        });
        match place {
            Some(span) => diagnostic.at(span, "in this C"),
            None => diagnostic,
        }
    });
    shown.collect()
}

fn warnings(input: &Input) -> Warnings {
    match (input.strict, input.no_warnings) {
        (true, _) => Warnings::Errors,
        (false, true) => Warnings::Silenced,
        (false, false) => Warnings::Shown,
    }
}

/// Says why the command failed, unless that was said.
pub fn failure(error: &anyhow::Error) {
    if error.is::<Reported>() {
        return;
    }
    let (start, end) = if colours() { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    eprintln!("{start}error{end}: {error:#}");
}

/// Says something that the user should know and need not act on.
pub fn note(text: &str) {
    eprintln!("{}: {text}", program());
}

static PROGRAM: OnceLock<Program> = OnceLock::new();

/// Makes notes begin with the name of a program; the first call counts.
pub fn speak_as(program: Program) {
    let _ = PROGRAM.set(program);
}

/// The name of the program that this process is.
pub fn program() -> &'static str {
    match PROGRAM.get() {
        Some(Program::Stap) => "stap",
        _ => "stapc",
    }
}

fn colours() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
