//! `stapc run`.
use std::process::ExitCode;
use anyhow::Result;
use crate::cli::RunOptions;
/// x
pub fn run(_options: &RunOptions) -> Result<ExitCode> { anyhow::bail!("later") }
