//! The stapc tool.

use std::process::ExitCode;

fn main() -> ExitCode {
    stapc::main(stapc::Program::Stapc)
}
