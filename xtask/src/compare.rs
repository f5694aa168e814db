//! `cargo xtask compare`: the front end beside the installed SystemTap. The work is done by
//! `tests/conformance`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{conformance, process::status, root::root};

/// What is compared.
#[derive(Subcommand)]
pub enum Compare {
    /// Which of some mutated scripts parse: the peer's tapset and ours, with a token deleted, doubled or exchanged
    Parse(ParseOptions),
}

/// Options of `cargo xtask compare parse`.
#[derive(Args)]
pub struct ParseOptions {
    /// How many mutants
    #[arg(long, value_name = "N", default_value_t = 400)]
    count: usize,
    /// What they are chosen by
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Compare on random scripts instead of mutants
    #[arg(long)]
    generated: bool,
}

/// Compares; says so where there is nothing to compare with.
pub fn perform(compare: &Compare) -> Result<ExitCode> {
    let Compare::Parse(options) = compare;
    if conformance::is_skipped("compare parse")? {
        return Ok(ExitCode::SUCCESS);
    }
    let mut command = conformance::program("parse")?;
    command.args(["--count", &options.count.to_string(), "--seed", &options.seed.to_string()]);
    if options.generated {
        command.arg("--generated");
    }
    let is_held = status(command.arg("--root").arg(root()))?.success();
    Ok(if is_held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
