//! A session in a disposable kernel: this program itself goes along, and loads the module there.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use stapc_ir::Module;
use stapc_vm::{Builder, Stream, Vm};
use stapd::SessionArgs;

use crate::{cli::MachineOptions, kernel::Kernel, report};

/// Where the guest has this program and the module.
const PROGRAM: &str = "/usr/bin/stapc";
const MODULE: &str = "/run/session.ko";

/// What a session needs beside its module.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// The programs that the script probes, and those that the session takes something along of.
    pub programs: BTreeSet<PathBuf>,
    /// What comes on the standard input.
    pub input: bool,
}

impl Needs {
    /// Of a module, as its probes say.
    pub fn of(module: &Module) -> Self {
        let programs = module.programs().map(PathBuf::from).collect();
        Self { programs, input: module.reads_input() }
    }
}

/// Boots `kernel` and runs the module's session in it; the exit status is the session's.
///
/// # Errors
/// When the machine cannot be had, its kernel reports a problem, or time is up.
pub fn session(
    options: &SessionArgs,
    machine: &MachineOptions,
    kernel: &Kernel,
    module: &[u8],
) -> Result<ExitCode> {
    if let Some(pid) = options.target {
        bail!("-x {pid}: the processes of this machine are not in the virtual one; use -c");
    }
    if options.background {
        bail!("-F: a virtual machine does not go on in the background");
    }
    let mut output = options.output().open()?;
    report::note(&format!("booting kernel {} in a virtual machine …", kernel.release));
    let mut vm = boot(options, machine, kernel)?;
    vm.write_file(MODULE, 0o600, module)?;
    let arguments = arguments(options);
    let command = vm.command(arguments.iter().map(String::as_str));
    let mut command = command.time_limit(Duration::from_secs(machine.vm_timeout));
    let _keyboard = machine.needs.input.then(stapd::Keyboard::take);
    if machine.needs.input {
        command = command.stdin_from(io::stdin());
    }
    let signals = command.signals();
    let mut failure = None;
    let status = command.stream(|stream, bytes| {
        let result = match stream {
            Stream::Stdout => output.write_all(bytes).and_then(|()| output.flush()),
            Stream::Stderr => io::stderr().write_all(bytes),
        };
        // Once is enough: the session ends as by Ctrl-C, and what it still writes is dropped.
        if let (Err(error), None) = (result, &failure) {
            failure = Some(error);
            signals.send(libc::SIGINT);
        }
    })?;
    match failure {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write the output")
        }
        _ => Ok(ExitCode::from(u8::try_from(status.shell_code()).unwrap_or(1))),
    }
}

fn boot(options: &SessionArgs, machine: &MachineOptions, kernel: &Kernel) -> Result<Vm> {
    let image = match &kernel.image {
        Some(image) => stapc_vm::Kernel::image(image),
        None => bail!(
            "kernel {} has no bootable image here\n  help: install it (Debian: `apt-get install linux-image-{0}`), or name a directory with its bzImage with -r DIR",
            kernel.release
        ),
    };
    stapc_vm::forward_interrupts().context("cannot catch signals")?;
    let this = std::env::current_exe().context("cannot find this program's own file")?;
    let builder = Vm::builder(image).cpus(machine.vm_cpus).program_at(this, PROGRAM);
    Ok(with_programs(builder, options, machine).boot()?)
}

/// The programs that the session's command needs.
fn with_programs(mut builder: Builder, options: &SessionArgs, machine: &MachineOptions) -> Builder {
    for path in machine.vm_program.iter().chain(&machine.needs.programs) {
        builder = builder.program(fs::canonicalize(path).unwrap_or_else(|_| path.clone()));
    }
    let first = options.command.as_deref().and_then(|command| command.split_whitespace().next());
    match first.and_then(find_program) {
        Some(path) => builder.program(path),
        None => builder,
    }
}

/// The file that a shell would run for this word.
fn find_program(word: &str) -> Option<PathBuf> {
    if word.contains('/') {
        return Some(PathBuf::from(word)).filter(|path| path.is_file() && path.is_absolute());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(word)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// The command line of this program in the guest.
fn arguments(options: &SessionArgs) -> Vec<String> {
    let mut words = [PROGRAM, "load", MODULE].map(str::to_owned).to_vec();
    if let Some(command) = &options.command {
        words.extend(["-c".to_owned(), command.clone()]);
    }
    if let Some(size) = options.buffer_mb {
        words.extend(["-s".to_owned(), size.to_string()]);
    }
    words
}
