//! A session in a disposable kernel: this program itself goes along, and loads the module there.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use stapc_ir::Module;
use stapc_vm::{Builder, Library, Root, Stream, Vm};
use stapd::SessionArgs;

use crate::{cli::MachineOptions, kernel::Kernel, programs::paths, report};

/// Where the guest has this program and the module.
const PROGRAM: &str = "/usr/bin/stapc";
const MODULE: &str = "/run/session.ko";
/// Where the guest has what this program needs, beside the files of another machine.
const LIBRARIES: &str = "/usr/lib/stapc";

/// What a session needs beside its module.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// The programs that the script probes, and those that the session takes something along of.
    pub programs: BTreeSet<PathBuf>,
    /// The machine whose programs these are.
    pub root: Root,
    /// Whether it has what comes on the standard input.
    pub input: bool,
    /// Whether it has probes that are armed by conditions, while the rest of the machine runs.
    pub conditions: bool,
}

impl Needs {
    /// Of a module, as its probes say, for a machine.
    pub fn of(module: &Module, root: Root) -> Self {
        let programs = module.programs().map(PathBuf::from).collect();
        let conditions = module.probes.iter().any(|probe| probe.condition.is_some());
        Self { programs, root, input: module.reads_input(), conditions }
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
    let arguments = arguments(options, &machine.needs.root)?;
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
    // Emulated processors that run at once may hang, or crash, where one changes code that another executes.
    let mut builder = Vm::builder(image).cpus(machine.vm_cpus);
    builder = builder.takes_turns(machine.needs.conditions);
    builder = match machine.needs.root.folder() {
        None => builder.stripped_program_at(this()?, PROGRAM),
        Some(_) => builder.file(this()?, PROGRAM),
    };
    for library in own_libraries(&machine.needs.root)? {
        builder = builder.file(&library.path, format!("{LIBRARIES}/{}", library.name));
    }
    Ok(with_programs(builder, options, machine).boot()?)
}

/// This program's own file.
fn this() -> Result<PathBuf> {
    std::env::current_exe().context("cannot find this program's own file")
}

/// The loader and the libraries of this program, where another machine's may have their places.
fn own_libraries(root: &Root) -> Result<Vec<Library>> {
    match root.folder() {
        None => Ok(Vec::new()),
        Some(_) => Ok(stapc_vm::linked(&this()?, &Root::default())?),
    }
}

/// The programs that the session's command needs.
fn with_programs(mut builder: Builder, options: &SessionArgs, machine: &MachineOptions) -> Builder {
    let root = &machine.needs.root;
    for path in machine.vm_program.iter().chain(&machine.needs.programs) {
        let path = root.real(path).unwrap_or_else(|_| path.clone());
        builder = builder.program_of(path, root);
    }
    let first = options.command.as_deref().and_then(|command| command.split_whitespace().next());
    match first.and_then(|word| find_program(word, root)) {
        Some(path) => builder.program_of(path, root),
        None => builder,
    }
}

/// The file that a shell would run for this word.
fn find_program(word: &str, root: &Root) -> Option<PathBuf> {
    if word.contains('/') {
        let path = Some(root.absolute(Path::new(word)));
        return path.filter(|path| path.is_absolute() && root.host(path).is_file());
    }
    paths::in_path(root, word).ok()
}

/// What the environment in the guest has beside what it has anyway: `NAME=VALUE`.
fn variables(root: &Root) -> Vec<String> {
    let given = root.variables().iter().map(|(name, _)| name.as_str());
    let names: BTreeSet<&str> = given.chain(["LD_LIBRARY_PATH"]).collect();
    let value = |name: &str| match name {
        // The guest's current folder is another one.
        "PATH" | "LD_LIBRARY_PATH" => std::env::join_paths(root.folders(name)).ok(),
        name => root.variable(name),
    };
    let word = |name: &str| Some(format!("{name}={}", value(name)?.to_string_lossy()));
    names.into_iter().filter(|name| root.variable(name).is_some()).filter_map(word).collect()
}

/// The command line of this program in the guest, which has the variables that its programs are found by.
fn arguments(options: &SessionArgs, root: &Root) -> Result<Vec<String>> {
    let mut words = variables(root);
    if !words.is_empty() {
        words.insert(0, "env".to_owned());
    }
    let loader = own_libraries(root)?.into_iter().find(|library| library.name.starts_with("ld-"));
    if let Some(loader) = loader {
        let loader = format!("{LIBRARIES}/{}", loader.name);
        words.extend([loader, "--library-path".to_owned(), LIBRARIES.to_owned()]);
    }
    words.extend([PROGRAM, "load", MODULE].map(str::to_owned));
    if let Some(command) = &options.command {
        words.extend(["-c".to_owned(), command.clone()]);
    }
    if let Some(size) = options.buffer_mb {
        words.extend(["-s".to_owned(), size.to_string()]);
    }
    Ok(words)
}
