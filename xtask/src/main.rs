//! Project tasks, as `cargo xtask COMMAND`: everything that is more than one command of cargo's.
#![expect(clippy::disallowed_methods, reason = "tasks are all files and processes")]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod bless;
mod ci;
mod process;
mod root;
mod run;
mod setup;
mod tidy;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what stapc needs to build, run and be tested (Debian, by apt); says nothing's missing when so
    Setup(setup::Options),
    /// Set up, build, and run a script: `stapc run` with the same options
    Run(run::Options),
    /// Everything that continuous integration runs, in its order
    Ci,
    /// Check the repository's rules
    Tidy,
    /// Run the file tests and write what they get as their new expectation
    Bless(bless::Options),
}

fn main() -> ExitCode {
    match perform(&Cli::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: &Task) -> Result<ExitCode> {
    match task {
        Task::Setup(options) => setup::perform(options),
        Task::Run(options) => run::perform(options),
        Task::Ci => ci::perform(),
        Task::Tidy => tidy::perform(),
        Task::Bless(options) => bless::perform(options),
    }
}
