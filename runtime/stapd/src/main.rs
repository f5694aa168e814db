//! The stapd program: runs a module that stapc made.
#![expect(clippy::disallowed_methods, reason = "a program reads files and exits")]

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Parser;
use stapd::SessionArgs;

/// Runs a probe module made by stapc: loads it, shows its output, and unloads it at exit() or Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "stapd", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    /// The module's file
    #[arg(value_name = "MODULE.ko", required_unless_present = "cleanup")]
    module: Option<PathBuf>,
    /// How the session is run.
    #[command(flatten)]
    session: SessionArgs,
    /// Unload modules of sessions whose daemon was killed
    #[arg(long, exclusive = true)]
    cleanup: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = if cli.cleanup { cleanup() } else { run(cli) };
    result.unwrap_or_else(|error| {
        eprintln!("ERROR: {error}");
        ExitCode::FAILURE
    })
}

fn run(cli: Cli) -> Result<ExitCode, String> {
    let path = cli.module.unwrap_or_default();
    let module =
        fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if cli.session.background
        && let Some(pid) = stapd::detach().map_err(|error| error.to_string())?
    {
        println!("{pid}");
        return Ok(ExitCode::SUCCESS);
    }
    let outcome = stapd::run(cli.session.options(module)).map_err(|error| error.to_string())?;
    Ok(outcome.exit())
}

fn cleanup() -> Result<ExitCode, String> {
    let cleaned = stapd::cleanup().map_err(|error| error.to_string())?;
    for name in &cleaned.removed {
        println!("removed {name}");
    }
    for name in &cleaned.in_use {
        println!("left {name}, which is in use");
    }
    if cleaned.removed.is_empty() && cleaned.in_use.is_empty() {
        println!("no session's module is loaded");
    }
    Ok(ExitCode::SUCCESS)
}
