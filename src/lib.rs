//! The tool: from the command line to a running session. Owns all I/O of the compiler.
//!
//! Library form of the programs `stapc` and `stap`, so that tests and benchmarks can call its parts.
#![expect(clippy::disallowed_methods, reason = "this crate does the compiler's I/O")]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

pub mod build;
pub mod cache;
pub mod check;
pub mod cli;
pub mod compile;
pub mod defines;
pub mod environment;
pub mod explain;
pub mod fmt;
mod headers;
pub mod interp;
pub mod kernel;
pub mod knowledge;
pub mod library;
pub mod list;
pub mod load;
mod modules;
pub mod opt;
pub mod pipeline;
pub mod programs;
mod progress;
pub mod reduce;
pub mod report;
pub mod run;
pub mod script;
pub mod stap;
pub mod statistics;
pub mod timing;
pub mod view;
mod virtual_machine;

use std::{path::Path, process::ExitCode};

use clap::Parser as _;

use cli::{Cli, Command};

/// The programs that this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// This compiler's own command line.
    Stapc,
    /// SystemTap's.
    Stap,
}

/// Does what the command line says. Each program is also the other one, for who calls it by that
/// name: a virtual machine gets only one file, and a link is a cheap way to have both.
pub fn main(built_as: Program) -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    let program = match Path::new(&called).file_name().and_then(|name| name.to_str()) {
        Some("stap") => Program::Stap,
        Some("stapc") => Program::Stapc,
        _ => built_as,
    };
    report::speak_as(program);
    match program {
        Program::Stapc => run(&Cli::parse()),
        Program::Stap => stap::main(std::env::args_os().skip(1)),
    }
}

/// Does what stapc's command line says; the exit status is 0, 1 for an error, or the session's.
pub fn run(cli: &Cli) -> ExitCode {
    let done = |()| ExitCode::SUCCESS;
    let result = match &cli.command {
        Command::Run(options) => run::run(options),
        Command::Check(options) => check::run(options).map(done),
        Command::Compile(options) => compile::run(options).map(done),
        Command::Opt(options) => opt::run(options).map(done),
        Command::Load(options) => load::run(options),
        Command::Interp(options) => interp::run(options),
        Command::Reduce(options) => reduce::run(options).map(done),
        Command::Fmt(options) => fmt::run(options),
        Command::List(options) => list::run(options),
        Command::Explain(options) => explain::run(options.what.as_deref()).map(done),
    };
    result.unwrap_or_else(|error| {
        report::failure(&error);
        ExitCode::FAILURE
    })
}
