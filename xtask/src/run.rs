//! `cargo xtask run`: from a fresh clone to a script's output.

use std::{
    os::unix::process::CommandExt as _,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::{process, root::target, setup};

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

/// How the tool is built.
#[derive(Clone, Copy)]
pub enum Profile {
    /// Soon.
    Debug,
    /// As users have it.
    Release,
}

/// Builds the tool and its daemon; gives back where the tool is.
pub fn build_stapc(profile: Profile) -> Result<std::path::PathBuf> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--package", "stapc", "--package", "stapd"]);
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Release => {
            cargo.arg("--release");
            "release"
        }
    };
    process::run(&mut cargo)?;
    Ok(target().join(folder).join("stapc"))
}
