//! `cargo xtask bless`: the file tests' results become their expectations.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::process::{cargo, run};

/// Options of `cargo xtask bless`.
#[derive(Args)]
pub struct Options {
    /// Only tests with this in their name
    filter: Option<String>,
}

/// Runs the tests with both variables by which tests here are told to rewrite what they expect:
/// ours and expect-test's.
pub fn perform(options: &Options) -> Result<ExitCode> {
    let mut command = cargo();
    command.args(["test", "--workspace"]).envs([("STAPC_BLESS", "1"), ("UPDATE_EXPECT", "1")]);
    command.args(&options.filter);
    run(&mut command)?;
    println!("bless: read what has changed before you commit it: git diff");
    Ok(ExitCode::SUCCESS)
}
