//! `cargo xtask compare`: the front end beside the installed SystemTap. The work is done by
//! `tests/conformance`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{
    conformance,
    process::status,
    programs::{Profile, build_stapc},
    root::root,
    setup,
};

/// What is compared.
#[derive(Subcommand)]
pub enum Compare {
    /// Which of some mutated scripts parse: the peer's tapset and ours, with a token deleted, doubled or exchanged
    Parse(ParseOptions),
    /// What is found in the kernel's debug information: functions, inlined copies, statements, and their variables
    Listing(ListingOptions),
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

/// Options of `cargo xtask compare listing`.
#[derive(Args)]
pub struct ListingOptions {
    /// How many functions
    #[arg(long, value_name = "N", default_value_t = 3000)]
    functions: usize,
    /// How many inlined functions
    #[arg(long, value_name = "N", default_value_t = 500)]
    inlines: usize,
    /// How many lines
    #[arg(long, value_name = "N", default_value_t = 300)]
    statements: usize,
    /// What they are chosen by
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Compares; says so where there is nothing to compare with.
pub fn perform(compare: &Compare) -> Result<ExitCode> {
    if conformance::is_skipped("compare")? {
        return Ok(ExitCode::SUCCESS);
    }
    let options = match compare {
        Compare::Parse(options) => options,
        Compare::Listing(options) => return listing(options),
    };
    let mut command = conformance::program("parse")?;
    command.args(["--count", &options.count.to_string(), "--seed", &options.seed.to_string()]);
    if options.generated {
        command.arg("--generated");
    }
    let is_held = status(command.arg("--root").arg(root()))?.success();
    Ok(if is_held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn listing(options: &ListingOptions) -> Result<ExitCode> {
    let stap = build_stapc(Profile::Release)?.with_file_name("stap");
    let mut command = conformance::bare("listing")?;
    command.arg("--stap").arg(stap);
    let release = setup::kernel_release()?;
    for (name, file) in [("--map", "System.map"), ("--vmlinux", "vmlinux")] {
        command.args([name, &format!("/usr/lib/debug/boot/{file}-{release}")]);
    }
    for (name, count) in [
        ("--functions", options.functions),
        ("--inlines", options.inlines),
        ("--statements", options.statements),
    ] {
        command.args([name, &count.to_string()]);
    }
    let is_held = status(command.args(["--seed", &options.seed.to_string()]))?.success();
    Ok(if is_held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
