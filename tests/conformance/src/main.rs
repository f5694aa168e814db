//! Holds the front end against the installed SystemTap: its tapset, its documented examples, and its
//! parser. Started by `cargo xtask conformance` and `cargo xtask compare`, which say what is where.
#![expect(clippy::disallowed_methods, reason = "it is all files and processes")]

mod compare;
mod conform;
mod documented;
mod examples;
mod guide;
mod listing;
mod mutants;
mod peer;
mod tapset;
mod totals;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// What is done.
#[derive(Parser)]
enum Command {
    /// Counts what of the tapset and the examples is understood
    Conform(conform::Options),
    /// Compiles the documented examples
    Examples(documented::Options),
    /// Compares the parser with the peer's on mutated scripts
    Parse(compare::Options),
    /// Compares places and variables with the peer's
    Listing(listing::Options),
}

fn main() -> ExitCode {
    match perform(&Command::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(command: &Command) -> Result<bool> {
    match command {
        Command::Conform(options) => conform::perform(options),
        Command::Examples(options) => documented::perform(options),
        Command::Listing(options) => listing::perform(options),
        Command::Parse(options) => compare::perform(options),
    }
}
