//! Options of `stapc interp`.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::Input;

/// Options of `stapc interp`.
#[derive(Debug, Args)]
#[command(after_long_help = EVENTS)]
pub struct InterpOptions {
    /// What is run: a script, or a module whose file ends in `.ir` or `.json`.
    #[command(flatten)]
    pub input: Input,
    /// What happens to the kernel's probes: a file of JSON objects, one to a line (see below)
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Seconds of the session, if nothing ends it before; they pass at once
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub duration: Option<Duration>,
    /// Make up the context and memory that no event gives, out of this number
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Give up after so many instructions and ends of blocks
    #[arg(long, value_name = "N", default_value_t = 1_000_000_000)]
    pub steps: u64,
    /// The process that target() gives
    #[arg(short = 'x', value_name = "PID", default_value_t = 0)]
    pub target: i64,
    /// Say which instructions were executed how often, and what they did (to the standard error)
    #[arg(long)]
    pub stats: bool,
    /// Say what the globals were at the end (to the standard error)
    #[arg(long)]
    pub globals: bool,
}

const EVENTS: &str = "\
Events: begin, end, error and timer probes are hit by themselves, timers in a time of their own that \
nothing waits for. Other probes are hit by the events of a file, a JSON object to a line:

  {\"probe\": \"vfs_read\", \"at\": 1000, \"cpu\": 1, \"context\": {\"pid\": 7, \"execname\": \"cat\", \"args\": [\"0xffff888000001000\"]}, \
\"memory\": [{\"address\": \"0xffff888000001000\", \"bytes\": \"2a00\"}]}

  probe         the probe point as the script writes it, or the kernel's function: its probes at return if the context has a ret, else those at entry
  at            nanoseconds since the session began
  cpu           the processor
  contended     true: no lock is to be had, so the hit is skipped if it needs one
  context       pid tid ppid uid euid gid egid execname args ret; backtrace and user_backtrace, lists of addresses; registers by their number in DWARF
  memory        what is at addresses of the kernel, in hexadecimal digits
  user_memory   what is at addresses of the process

Numbers may be strings such as \"0xff\". Empty lines, and those that begin with #, are passed over.";

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
