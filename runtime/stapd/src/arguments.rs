//! The options of a session, as command lines have them.

use std::path::PathBuf;

use clap::Args;

use crate::{Options, Output, Split, Target};

/// Options of a session in a live kernel.
#[derive(Debug, Clone, Default, Args)]
pub struct SessionArgs {
    /// Start COMMAND (by sh) after the probes are armed, and end the session with it; target() is its process
    #[arg(short = 'c', value_name = "COMMAND", conflicts_with = "target")]
    pub command: Option<String>,
    /// End the session when process PID ends; target() is PID
    #[arg(short = 'x', value_name = "PID")]
    pub target: Option<u32>,
    /// Write the script's output to FILE instead of the standard output
    #[arg(short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Size of each CPU's output buffer
    #[arg(short = 's', value_name = "MEGABYTES", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub buffer_mb: Option<u32>,
    /// Begin a new file, FILE.0, FILE.1, …, where one would have more than so many megabytes; keep NUMBER of them
    #[arg(short = 'S', value_name = "MEGABYTES[,NUMBER]", requires = "output")]
    pub split: Option<Split>,
    /// Go on in the background, and print the number of the process that SIGTERM ends
    #[arg(short = 'F', long, requires = "output")]
    pub background: bool,
    /// Whether the session goes on when `target` has ended, or was never there; only `stap` wants that
    #[arg(skip)]
    pub outlives_target: bool,
}

impl SessionArgs {
    /// What to run: this module, as the command line says.
    pub fn options(&self, module: Vec<u8>) -> Options {
        let target = match (&self.command, self.target) {
            (Some(command), _) => Target::Command(command.clone()),
            (None, Some(pid)) if self.outlives_target => Target::Number(pid),
            (None, Some(pid)) => Target::Pid(pid),
            (None, None) => Target::None,
        };
        let buffer_kb = self.buffer_mb.map(|size| size * 1024);
        Options { module, target, buffer_kb, output: self.output() }
    }

    /// Where the output goes.
    pub fn output(&self) -> Output {
        match (self.output.clone(), self.split) {
            (None, _) => Output::Standard,
            (Some(path), None) => Output::File(path),
            (Some(path), Some(split)) => Output::Files(path, split),
        }
    }
}
