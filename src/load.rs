//! `stapc load`: a session of a module that is there already, in this machine's kernel.

use std::{fs, process::ExitCode};

use anyhow::{Context as _, Result};
use stapd::SessionArgs;

use crate::{cli::LoadOptions, compile::print};

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
pub fn session(module: Vec<u8>, options: &SessionArgs) -> Result<ExitCode> {
    if options.background
        && let Some(pid) = stapd::detach().context("cannot start a process")?
    {
        print(format!("{pid}\n").as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(stapd::run(options.options(module))?.exit())
}
