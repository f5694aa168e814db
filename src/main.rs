//! The stapc tool.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    stapc::run(&stapc::cli::Cli::parse())
}
