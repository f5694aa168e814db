//! What fuzzing needs beside this repository's toolchain: a nightly one, and cargo-fuzz.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::process;

/// The toolchain that builds fuzz targets: only nightly compilers count coverage.
const TOOLCHAIN: &str = "nightly";

/// Sees to it that both are installed; says nothing where they are.
pub fn ensure() -> Result<()> {
    if !is_there(&["--version"]) {
        println!(
            "setup: installing Rust's toolchain {TOOLCHAIN}, which fuzz targets are built with"
        );
        let words = ["toolchain", "install", TOOLCHAIN, "--profile", "minimal"];
        process::run(Command::new("rustup").args(words))
            .context("fuzzing needs rustup (https://rustup.rs)")?;
    }
    if !is_there(&["fuzz", "--version"]) {
        println!("setup: installing cargo-fuzz");
        process::run(cargo().args(["install", "cargo-fuzz", "--locked"]))?;
    }
    Ok(())
}

/// Cargo of the toolchain that fuzz targets are built with.
pub fn cargo() -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", TOOLCHAIN, "cargo"]);
    process::forget_package(&mut command);
    command
}

fn is_there(words: &[&str]) -> bool {
    let status = cargo().args(words).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
