//! The stapd program: runs a module that stapc made.
#![expect(clippy::disallowed_methods, reason = "a program reads files and exits")]

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Parser;
use stapd::{Options, Output, Target};

/// Runs a probe module made by stapc: loads it, shows its output, and unloads it at exit() or Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "stapd", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    /// The module's file
    #[arg(value_name = "MODULE.ko", required_unless_present = "cleanup")]
    module: Option<PathBuf>,
    /// Start COMMAND (by sh) after the probes are armed, and end the session with it; target() is its process
    #[arg(short = 'c', value_name = "COMMAND", conflicts_with = "target")]
    command: Option<String>,
    /// End the session when process PID ends; target() is PID
    #[arg(short = 'x', value_name = "PID")]
    target: Option<u32>,
    /// Write the script's output to FILE instead of the standard output
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Size of each CPU's output buffer
    #[arg(short = 's', value_name = "MEGABYTES", value_parser = clap::value_parser!(u32).range(1..=1024))]
    buffer_mb: Option<u32>,
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
    let target = match (cli.command, cli.target) {
        (Some(command), _) => Target::Command(command),
        (None, Some(pid)) => Target::Pid(pid),
        (None, None) => Target::None,
    };
    let output = cli.output.map_or(Output::Standard, Output::File);
    let buffer_kb = cli.buffer_mb.map(|size| size * 1024);
    let outcome = stapd::run(Options { module, target, buffer_kb, output });
    let outcome = outcome.map_err(|error| error.to_string())?;
    Ok(ExitCode::from(u8::from(outcome.exit_code != 0)))
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
