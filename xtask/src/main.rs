//! Project tasks, as `cargo xtask COMMAND`: everything that is more than one command of cargo's.
#![expect(clippy::disallowed_methods, reason = "tasks are all files and processes")]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod bench;
mod bless;
mod ci;
mod compare;
mod conformance;
mod fuzz;
mod kbuild;
mod process;
mod programs;
mod root;
mod run;
mod setup;
mod stress;
mod tidy;
mod vm;

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
    /// Install what stapc needs to run and to be tested (Debian, by apt)
    Setup(setup::Options),
    /// Set up, build, and run a script: `stapc run` with the same options
    Run(run::Options),
    /// Boot a disposable kernel and run a command in it, or a shell
    Vm(vm::Options),
    /// Everything that continuous integration runs, in its order
    Ci,
    /// Check the repository's rules
    Tidy,
    /// Run the file tests and write what they get as their new expectation
    Bless(bless::Options),
    /// Measure what is promised of speed; fails where it does not hold
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Hold the front end against the installed SystemTap's tapset and examples
    Conformance(conformance::Options),
    /// Hold the front end against the installed SystemTap itself
    #[command(subcommand)]
    Compare(compare::Compare),
    /// Sessions on hot functions, all at once, in kernels where everything comes and goes
    Stress(stress::Options),
    /// Try the front end on texts that nobody wrote
    Fuzz(fuzz::Options),
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
        Task::Vm(options) => vm::perform(options),
        Task::Ci => ci::perform(),
        Task::Tidy => tidy::perform(),
        Task::Bless(options) => bless::perform(options),
        Task::Bench(bench) => bench::perform(bench),
        Task::Conformance(options) => conformance::perform(options),
        Task::Compare(compare) => compare::perform(compare),
        Task::Fuzz(options) => fuzz::perform(options),
        Task::Stress(options) => stress::perform(options),
    }
}
