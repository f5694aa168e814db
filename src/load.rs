//! `stapc load`: a session of a module that is there already, in this machine's kernel.

use std::{fs, process::ExitCode};

use anyhow::{Context as _, Result};

use crate::cli::{LoadOptions, SessionOptions};

/// Loads a module's file and runs its session.
///
/// # Errors
/// When the file cannot be read, or the session fails.
pub fn run(options: &LoadOptions) -> Result<ExitCode> {
    let path = &options.module;
    let module = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    session(module, &options.session)
}

/// Runs the session of a module; the exit status is the session's.
///
/// # Errors
/// When the kernel refuses the module, or the session cannot be ruled.
pub fn session(module: Vec<u8>, options: &SessionOptions) -> Result<ExitCode> {
    let target = match (&options.command, options.target) {
        (Some(command), _) => stapd::Target::Command(command.clone()),
        (None, Some(pid)) => stapd::Target::Pid(pid),
        (None, None) => stapd::Target::None,
    };
    let output = match &options.output {
        Some(path) => stapd::Output::File(path.clone()),
        None => stapd::Output::Standard,
    };
    let buffer_kb = options.buffer_mb.map(|size| size * 1024);
    let outcome =
        stapd::run(stapd::Options { target, buffer_kb, output, ..stapd::Options::new(module) })?;
    Ok(ExitCode::from(u8::try_from(outcome.exit_code).unwrap_or(1)))
}
