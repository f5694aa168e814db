//! Options of `stapc reduce`.

use std::{ffi::OsString, path::PathBuf};

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  stapc reduce crash.ir -- stapc opt
      the smallest module found for which `stapc opt` ends with the same status
  stapc reduce crash.stp --matching 'the IR is not in order' -- stapc compile --emit=ir {} -O2
      likewise a script; what the command prints must hold the text too
  stapc reduce big.ir --status 0 -- sh -c 'stapc opt {} | grep -q \"madd @m\"'
      any property: here that a pass makes something of it

The command is run once for FILE, to see how it ends. Then parts of FILE are left out or made simpler, for \
as long as the command ends like that: of a module probes, functions, globals, branches, instructions and \
operands; of a script declarations, statements, expressions and tokens; of other text lines and words. What \
does not parse is not tried, nor what the verifier refuses, unless that is so of FILE itself. The best so far \
is always in the result's file.

The exit status is 1 if the command succeeds for FILE and nothing says that this is what is looked for.";

/// Options of `stapc reduce`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReduceOptions {
    /// The file for which the command fails: IR (*.ir), a script (*.stp), or any text
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The command: `{}` in it stands for the file that is tried; without one it comes behind
    #[arg(value_name = "COMMAND", last = true, required = true)]
    pub command: Vec<OsString>,
    /// What the command prints must hold this text
    #[arg(long, value_name = "TEXT")]
    pub matching: Option<String>,
    /// The exit status that the command must have [default: the one it has for FILE, if not 0]
    #[arg(long, value_name = "N")]
    pub status: Option<i32>,
    /// Run the command so many times at most
    #[arg(long, value_name = "N", default_value_t = 5000)]
    pub most: usize,
    /// Seconds that the command may take; then it is ended, and counts as another failure unless FILE takes as long
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    pub timeout: f64,
    /// Write the result to FILE instead of FILE.reduced.EXTENSION
    #[arg(short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 86400.0 => Ok(seconds),
        _ => Err("not a number of seconds, at most a day".to_owned()),
    }
}
