//! `stapc load`.
use std::process::ExitCode;
use anyhow::Result;
use crate::cli::LoadOptions;
/// x
pub fn run(_options: &LoadOptions) -> Result<ExitCode> { anyhow::bail!("later") }
