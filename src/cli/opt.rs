//! Options of `stapc opt`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use stapc_ir::Stage;

use super::Format;

const EXAMPLES: &str = "\
Examples:
  stapc compile --emit=lowered FILE.stp | stapc opt -
      a script's IR before all passes, and what the whole of -O2 makes of it
  stapc opt --passes=sccp,dead-code,simplify-cfg --stats FILE.ir
      three passes, and what each of them changed
  stapc opt --print-after=inline FILE.ir
      the whole of -O2, and the module as it is behind inline too
  stapc opt --passes= --stage=placed FILE.ir
      no pass: whether the locks and the fuel in FILE.ir are in order

The exit status is 1 if the file cannot be read, the verifier refuses the module before or
behind the passes, or a pass lacks what it needs (see --list-passes).";

/// Options of `stapc opt`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct OptOptions {
    /// A module as `stapc compile --emit=ir` prints it, text or JSON; `-` for the standard input
    #[arg(value_name = "FILE.ir", required_unless_present = "list_passes")]
    pub file: Option<PathBuf>,
    /// The passes to run, in this order, instead of a whole level
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with = "level")]
    pub passes: Option<Vec<String>>,
    /// Run all passes of a level: 0, 1 or 2
    #[arg(short = 'O', value_name = "LEVEL", default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=2))]
    pub level: u8,
    /// Leave a pass of the level out; more than one if given again
    #[arg(long, value_name = "PASS", conflicts_with = "passes")]
    pub skip: Vec<String>,
    /// What the verifier must find the file to be [default: as far as it goes]
    #[arg(long, value_enum, value_name = "STAGE")]
    pub stage: Option<StageName>,
    /// Let the verifier look at the module behind each pass, and not only before and behind all
    #[arg(long)]
    pub verify_each: bool,
    /// Print the module as it is behind a pass (to the standard error); `all` for each, `lower` as it is read
    #[arg(long, value_name = "PASS")]
    pub print_after: Option<String>,
    /// Print how long each pass took (to the standard error)
    #[arg(long)]
    pub time_passes: bool,
    /// Print what each pass changed, and how many instructions there are before and behind it (to the standard error)
    #[arg(long)]
    pub stats: bool,
    /// How to print the module
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Write to FILE instead of the standard output
    #[arg(short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// List the passes in their order: level, name, what they do, need, give and spoil
    #[arg(long, exclusive = true)]
    pub list_passes: bool,
}

/// How far a module has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StageName {
    /// As lowering makes it
    Lowered,
    /// Locks and fuel are placed
    Placed,
    /// Strings have storage: ready for a backend
    Final,
}

impl From<StageName> for Stage {
    fn from(name: StageName) -> Self {
        match name {
            StageName::Lowered => Self::Lowered,
            StageName::Placed => Self::Placed,
            StageName::Final => Self::Final,
        }
    }
}
