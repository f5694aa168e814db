//! What the user is told on the standard error.

use std::{io::IsTerminal as _, sync::OnceLock};

use stapc_diagnostics::{
    Diagnostic, Severity, SourceMap, Warnings, apply, render, render_json, render_peer,
};

use crate::{
    Program,
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
            Findings::Peer => render_peer(sources, &found),
        };
        eprint!("{text}");
    }
    match found.iter().filter(|finding| finding.severity == Severity::Error).count() {
        0 => Ok(()),
        errors => Err(Reported { errors }),
    }
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
