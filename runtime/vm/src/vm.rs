//! A running virtual machine, and the commands that it is given.

use std::{
    borrow::Cow, fmt, io::Read, os::unix::process::ExitStatusExt as _, process::ExitStatus,
    sync::mpsc, time::Duration,
};

use crate::{
    Builder, Error, Kernel,
    input::Input,
    qemu::Machine,
    session::{self, Task},
};

/// A running virtual machine. It ends when this is dropped, at once and without shutting down.
///
/// It runs one command at a time; one that is to run beside others is started by a shell
/// (`sh -c 'a & b'`).
#[derive(Debug)]
pub struct Vm {
    machine: Machine,
    time_limit: Option<Duration>,
    /// The number of the last command.
    last: u32,
}

/// A command for a virtual machine. Made by [`Vm::command`].
#[derive(Debug)]
#[must_use = "a command does nothing until its output is asked for"]
pub struct Command<'vm> {
    vm: &'vm mut Vm,
    task: Task,
    signals: Signals,
}

/// Sends signals to a command, from any thread. Made by [`Command::signals`].
#[derive(Debug, Clone)]
pub struct Signals(mpsc::Sender<i32>);

/// Which of its two outputs a command wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The standard output.
    Stdout,
    /// The standard error.
    Stderr,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// How it ended.
    pub status: Status,
    /// All that it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// All that it wrote to its standard error.
    pub stderr: Vec<u8>,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(ExitStatus);

impl Vm {
    /// Begins to describe a virtual machine on this kernel.
    pub fn builder(kernel: Kernel) -> Builder {
        Builder::new(kernel)
    }

    /// Runs a command to its end and collects its output. Its standard input is empty.
    ///
    /// A program is looked for in the usual directories. A command that does not exist has status
    /// 127, as in a shell. The errors are [`Error::Kernel`], [`Error::Timeout`], [`Error::Ended`]
    /// and [`Error::Interrupted`]; after them, unless it was a kernel's report that the kernel
    /// lived through, the machine has ended.
    pub fn run<S: Into<String>>(
        &mut self,
        words: impl IntoIterator<Item = S>,
    ) -> Result<Output, Error> {
        self.command(words).output()
    }

    /// A command of which more is to be said than its words.
    pub fn command<S: Into<String>>(&mut self, words: impl IntoIterator<Item = S>) -> Command<'_> {
        let words = words.into_iter().map(Into::into).collect();
        let (sender, signals) = mpsc::channel();
        let input = Input::bytes(Vec::new());
        let task = Task { words, input, signals, time_limit: self.time_limit };
        Command { vm: self, task, signals: Signals(sender) }
    }

    /// Writes a file in the guest, with permissions `mode`, and the directories above it. It takes the place of
    /// one that is there, which may be a program that still runs.
    pub fn write_file(&mut self, path: &str, mode: u32, data: &[u8]) -> Result<(), Error> {
        const SCRIPT: &str = r#"mkdir -p "${0%/*}/" && rm -f "$0" && cat >"$0" && chmod "$1" "$0""#;
        let mode = format!("{mode:o}");
        let command = self.command(["/bin/sh", "-c", SCRIPT, path, &mode]);
        let output = command.stdin(data).output()?;
        if output.status.success() {
            return Ok(());
        }
        let source = std::io::Error::other(output.stderr_text().trim().to_owned());
        Err(Error::Host { what: "write a file in the virtual machine", source })
    }

    /// All that the guest's console has printed since it was switched on.
    pub fn console(&self) -> String {
        self.machine.console.text()
    }

    /// Waits for a machine that was just switched on.
    pub(crate) fn booted(
        mut machine: Machine,
        boot_timeout: Duration,
        silence: Duration,
        time_limit: Option<Duration>,
    ) -> Result<Self, Error> {
        session::await_ready(&mut machine, boot_timeout, silence)?;
        Ok(Self { machine, time_limit, last: 0 })
    }
}

impl Command<'_> {
    /// What it reads from its standard input; nothing unless said.
    pub fn stdin(mut self, data: impl Into<Vec<u8>>) -> Self {
        self.task.input = Input::bytes(data.into());
        self
    }

    /// It reads what this reader gives, as it comes. A thread reads it, which ends with the reader
    /// or with the first it reads after the command has ended.
    pub fn stdin_from(mut self, reader: impl Read + Send + 'static) -> Self {
        self.task.input = Input::reader(reader);
        self
    }

    /// How long it may take, `None` for ever. At its end the machine is ended too.
    pub fn time_limit(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.task.time_limit = limit.into();
        self
    }

    /// A way to send signals to its process group while it runs.
    pub fn signals(&self) -> Signals {
        self.signals.clone()
    }

    /// Runs it to its end and collects its output.
    pub fn output(self) -> Result<Output, Error> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let status = self.stream(|stream, data| match stream {
            Stream::Stdout => stdout.extend_from_slice(data),
            Stream::Stderr => stderr.extend_from_slice(data),
        })?;
        Ok(Output { status, stdout, stderr })
    }

    /// Runs it to its end and hands on its output as it comes, in any portions; each stream keeps
    /// its order.
    pub fn stream(self, mut on_output: impl FnMut(Stream, &[u8])) -> Result<Status, Error> {
        let vm = self.vm;
        vm.last = (vm.last + 1) & 0xff_ffff;
        let raw = session::run(&mut vm.machine, vm.last, self.task, &mut on_output)?;
        Ok(Status(ExitStatus::from_raw(raw)))
    }
}

impl Signals {
    /// Sends the signal with this number, such as `libc::SIGINT`, to every process of the
    /// command's group. Before the command starts, it gets the signal as soon as it does; after
    /// it has ended nothing happens.
    pub fn send(&self, number: i32) {
        let _ = self.0.send(number);
    }
}

impl Output {
    /// The standard output as text.
    pub fn stdout_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.stdout)
    }

    /// The standard error as text.
    pub fn stderr_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.stderr)
    }
}

impl Status {
    /// Whether it exited with 0.
    pub fn success(self) -> bool {
        self.0.success()
    }

    /// What it exited with, if no signal ended it.
    pub fn code(self) -> Option<i32> {
        self.0.code()
    }

    /// The signal that ended it.
    pub fn signal(self) -> Option<i32> {
        self.0.signal()
    }

    /// What a shell would show as its status: 128 and the signal's number for one that a signal
    /// ended.
    pub fn shell_code(self) -> i32 {
        self.code().unwrap_or_else(|| 128 + self.signal().unwrap_or_default())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
