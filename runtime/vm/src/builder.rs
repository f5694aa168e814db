//! What a virtual machine is made of.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    Error, Kernel, Root, Vm,
    initramfs::{self, GuestFile, Program},
    qemu::{Machine, Settings},
};

/// How often a kernel is booted that complains, or falls silent, before it was asked for anything.
/// An emulated interrupt can come where no real one would: a checking kernel then reports its own
/// start, and checks no more, about once in a hundred boots. One that never comes lets any kernel
/// wait for ever, about once in some hundred.
const BOOTS: u32 = 3;

/// The part of the time to boot after which a console without a new line is taken for silent.
const SILENCE: u32 = 4;

/// A virtual machine to be. Made by [`Vm::builder`].
#[derive(Debug, Clone)]
pub struct Builder {
    kernel: Kernel,
    settings: Settings,
    files: Vec<GuestFile>,
    boot_timeout: Duration,
    time_limit: Option<Duration>,
}

impl Builder {
    pub(crate) fn new(kernel: Kernel) -> Self {
        let settings = Settings {
            cpus: 1,
            memory_mb: 1024,
            icount: false,
            takes_turns: false,
            kernel_args: Vec::new(),
        };
        Self {
            kernel,
            settings,
            files: Vec::new(),
            boot_timeout: Duration::from_secs(120),
            time_limit: Some(Duration::from_secs(120)),
        }
    }

    /// How many processors it has; 1 unless said. More than one run truly at the same time, unless they take turns.
    pub fn cpus(mut self, count: u32) -> Self {
        self.settings.cpus = count.max(1);
        self
    }

    /// Whether its processors take turns on one of the host's, instead of each running by itself. The emulator
    /// may hang where two that run at the same time change code and execute it.
    pub fn takes_turns(mut self, yes: bool) -> Self {
        self.settings.takes_turns = yes;
        self
    }

    /// How much memory it has, in MiB; 1024 unless said. The host gives it as it is touched.
    pub fn memory_mb(mut self, size: u32) -> Self {
        self.settings.memory_mb = size;
        self
    }

    /// Counts instructions: a guest nanosecond is then one instruction, on every host, and time
    /// passes at once while the guest waits. This is for one processor: several wait for each
    /// other while they start, in a time that then stands still.
    pub fn icount(mut self, yes: bool) -> Self {
        self.settings.icount = yes;
        self
    }

    /// Adds words to the kernel's command line.
    pub fn kernel_args(mut self, words: impl Into<String>) -> Self {
        self.settings.kernel_args.push(words.into());
        self
    }

    /// Takes a file along, to an absolute path in the guest.
    pub fn file(self, host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        self.add(host.into(), guest.into(), None)
    }

    /// Takes a program along, to the same path, with its loader and its shared libraries.
    pub fn program(self, path: impl AsRef<Path>) -> Self {
        self.program_of(path, &Root::default())
    }

    /// Takes a program of another machine along, to the path that it has there, with that machine's loader
    /// and shared libraries.
    pub fn program_of(self, path: impl AsRef<Path>, root: &Root) -> Self {
        let path = path.as_ref();
        let program = Program { path: path.to_owned(), root: root.clone() };
        self.add(root.host(path), path.to_string_lossy().into_owned(), Some(program))
    }

    /// Takes a program along as [`Self::program`] does, to another absolute path.
    pub fn program_at(self, host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        let host = host.into();
        let program = Program::own(&host);
        self.add(host, guest.into(), Some(program))
    }

    /// Likewise, without its debug information, which may be most of what the guest would have to unpack.
    pub fn stripped_program_at(
        mut self,
        host: impl Into<PathBuf>,
        guest: impl Into<String>,
    ) -> Self {
        let host = host.into();
        let program = Some(Program::own(&host));
        self.files.push(GuestFile { host, guest: guest.into(), program, is_stripped: true });
        self
    }

    /// How long it may take to boot, again if need be; 120 s unless said.
    pub fn boot_timeout(mut self, limit: Duration) -> Self {
        self.boot_timeout = limit;
        self
    }

    /// How long a command may take that does not say so itself; 120 s unless said, `None` for
    /// ever.
    pub fn time_limit(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.time_limit = limit.into();
        self
    }

    /// Boots it, and waits until it takes commands. A kernel that complains while it boots, or
    /// says nothing for long, is booted again; one that always does is an [`Error::Kernel`] or an
    /// [`Error::Timeout`].
    pub fn boot(self) -> Result<Vm, Error> {
        if !self.kernel.path().exists() {
            return Err(Error::NoKernel(format!("no kernel at {}", self.kernel.path().display())));
        }
        if self.settings.icount && self.settings.cpus > 1 {
            let source = std::io::Error::from(std::io::ErrorKind::InvalidInput);
            return Err(Error::Host {
                what: "count the instructions of several processors",
                source,
            });
        }
        let initramfs = initramfs::build(&self.files)?;
        let deadline = Instant::now() + self.boot_timeout;
        let silence = self.boot_timeout / SILENCE;
        let mut boots = 1;
        loop {
            let machine = Machine::start(self.kernel.path(), &initramfs, &self.settings)?;
            let left = deadline.saturating_duration_since(Instant::now());
            match Vm::booted(machine, left, silence, self.time_limit) {
                Err(Error::Kernel(_) | Error::Timeout { .. })
                    if boots < BOOTS && Instant::now() < deadline =>
                {
                    boots += 1;
                }
                result => return result,
            }
        }
    }

    fn add(mut self, host: PathBuf, guest: String, program: Option<Program>) -> Self {
        self.files.push(GuestFile { host, guest, program, is_stripped: false });
        self
    }
}
