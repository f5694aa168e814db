//! `cargo xtask vm`: a command, or a session at a shell, in a disposable kernel.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Args;
use stapc_vm::{Builder, Kernel, Stream, Vm};

use crate::{process, setup};

/// Gives a shell a terminal inside the virtual machine; busybox has nothing for it.
const SCRIPT: &str = "/usr/bin/script";

/// Options of `cargo xtask vm`.
#[derive(Args)]
pub struct Options {
    /// A directory with another kernel (its bzImage, or a build tree) than Debian's
    #[arg(long, value_name = "DIR")]
    kernel: Option<PathBuf>,
    /// Its processors
    #[arg(long, value_name = "N", default_value_t = 1)]
    cpus: u32,
    /// Its memory, in MiB
    #[arg(long, value_name = "N", default_value_t = 1024)]
    memory: u32,
    /// A program of this machine to take along, with its libraries
    #[arg(long, value_name = "PATH")]
    program: Vec<PathBuf>,
    /// A file to take along, to an absolute path there
    #[arg(long, value_name = "HERE:THERE")]
    file: Vec<String>,
    /// Seconds until it is given up
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// The command; a shell unless said
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Boots, runs the command with this terminal's input and output, and exits with its status.
pub fn perform(options: &Options) -> Result<ExitCode> {
    setup::ensure()?;
    let is_shell = options.command.is_empty();
    let is_terminal = is_shell && io::stdin().is_terminal() && Path::new(SCRIPT).exists();
    if !is_terminal {
        stapc_vm::forward_interrupts().context("cannot catch signals")?;
    }
    let mut builder = builder(options)?;
    if is_terminal {
        eprintln!("vm: booting; `exit` ends it");
        builder = builder.program(SCRIPT);
    }
    let mut vm = builder.boot()?;
    let words: Vec<String> = match (is_shell, is_terminal) {
        (false, _) => options.command.clone(),
        (true, false) => vec!["sh".to_owned()],
        (true, true) => shell_with_terminal(),
    };
    let _raw = is_terminal.then(RawTerminal::begin).transpose()?;
    run(&mut vm, &words, options.timeout.map(Duration::from_secs))
}

/// The machine that the options describe.
fn builder(options: &Options) -> Result<Builder> {
    let kernel = match &options.kernel {
        Some(dir) => Kernel::dir(dir)?,
        None => Kernel::newest()?,
    };
    let mut builder = Vm::builder(kernel).cpus(options.cpus).memory_mb(options.memory);
    for path in &options.program {
        builder = builder.program(
            path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?,
        );
    }
    for pair in &options.file {
        let (here, there) =
            pair.split_once(':').with_context(|| format!("--file {pair}: expected HERE:THERE"))?;
        builder = builder.file(here, there);
    }
    Ok(builder)
}

fn run(vm: &mut Vm, words: &[String], time_limit: Option<Duration>) -> Result<ExitCode> {
    let command = vm.command(words).stdin_from(io::stdin()).time_limit(time_limit);
    let status = command.stream(|stream, bytes| {
        // Where nobody reads any more, there is nobody to tell.
        let _ = match stream {
            Stream::Stdout => io::stdout().write_all(bytes).and_then(|()| io::stdout().flush()),
            Stream::Stderr => io::stderr().write_all(bytes),
        };
    })?;
    Ok(ExitCode::from(u8::try_from(status.shell_code()).unwrap_or(1)))
}

/// A shell on a terminal as large as this one.
fn shell_with_terminal() -> Vec<String> {
    let size = process::output(stty().arg("size")).unwrap_or_default();
    let mut size = size.split_whitespace().filter(|number| *number != "0"); // 0: nobody knows.
    let (rows, columns) = (size.next().unwrap_or("24"), size.next().unwrap_or("80"));
    let shell = format!("stty rows {rows} cols {columns}; exec sh");
    [SCRIPT, "--quiet", "--return", "--echo", "always", "--command", &shell, "/dev/null"]
        .map(str::to_owned)
        .into()
}

/// This terminal while all that is typed goes to the virtual machine, as it was when dropped.
struct RawTerminal {
    before: String,
}

impl RawTerminal {
    fn begin() -> Result<Self> {
        let before = process::output(stty().arg("--save"))?.trim().to_owned();
        process::run(stty().args(["raw", "-echo"]))?;
        Ok(Self { before })
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _ = stty().arg(&self.before).status();
    }
}

fn stty() -> Command {
    let mut command = Command::new("stty");
    command.stdin(Stdio::inherit());
    command
}
