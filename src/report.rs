//! What the user is told on the standard error.

use std::io::IsTerminal as _;

use stapc_diagnostics::{Diagnostic, SourceMap, has_errors, render};

/// Something failed, and the user has been told already.
#[derive(Debug)]
pub struct Reported;

impl std::fmt::Display for Reported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("errors were reported")
    }
}

impl std::error::Error for Reported {}

/// Shows findings about a script.
///
/// # Errors
/// When one of them is an error.
pub fn diagnostics(sources: &SourceMap, diagnostics: &[Diagnostic]) -> Result<(), Reported> {
    if !diagnostics.is_empty() {
        eprint!("{}", render(sources, diagnostics, colours()));
    }
    if has_errors(diagnostics) { Err(Reported) } else { Ok(()) }
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
    eprintln!("stapc: {text}");
}

fn colours() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
