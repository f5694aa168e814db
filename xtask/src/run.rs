//! `cargo xtask run`: from a fresh clone to a script's output.

use std::{
    os::unix::process::CommandExt as _,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::{
    programs::{Profile, build_stapc},
    setup,
};

/// Options of `cargo xtask run`.
#[derive(Args)]
pub struct Options {
    /// The script, and further options of `stapc run`
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "SCRIPT"
    )]
    arguments: Vec<String>,
}

/// Sets up, builds, and becomes `stapc run`.
pub fn perform(options: &Options) -> Result<ExitCode> {
    setup::ensure()?;
    let stapc = build_stapc(Profile::Debug)?;
    let error = Command::new(&stapc).arg("run").args(&options.arguments).exec();
    Err(error).with_context(|| format!("cannot run {}", stapc.display()))
}
