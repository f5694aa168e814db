//! The tool: from the command line to a running session. Owns all I/O of the compiler.
//!
//! Library form of the `stapc` program, so that tests and benchmarks can call its parts.
#![expect(clippy::disallowed_methods, reason = "this crate does the compiler's I/O")]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

pub mod build;
pub mod cache;
pub mod cli;
pub mod compile;
pub mod kernel;
pub mod knowledge;
pub mod load;
pub mod pipeline;
pub mod report;
pub mod run;
pub mod script;
pub mod timing;
mod virtual_machine;

use std::process::ExitCode;

use cli::{Cli, Command};

/// Does what the command line says; the exit status is 0, 1 for an error, or the session's.
pub fn run(cli: &Cli) -> ExitCode {
    let result = match &cli.command {
        Command::Run(options) => run::run(options),
        Command::Compile(options) => compile::run(options).map(|()| ExitCode::SUCCESS),
        Command::Load(options) => load::run(options),
    };
    result.unwrap_or_else(|error| {
        report::failure(&error);
        ExitCode::FAILURE
    })
}
