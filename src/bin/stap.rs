//! The stap tool: SystemTap's command line, and this compiler behind it.

use std::process::ExitCode;

fn main() -> ExitCode {
    stapc::main(stapc::Program::Stap)
}
