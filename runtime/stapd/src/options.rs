//! What a session is told, and what it tells at its end.

use std::{fmt, fs::File, io, os::fd::AsFd as _, path::PathBuf, process::ExitCode};

use crate::{Error, Split, Status, split::Files, writer::Sink};

/// What to run.
#[derive(Debug)]
pub struct Options {
    /// The bytes of the module's file (`.ko`).
    pub module: Vec<u8>,
    /// What the session is for.
    pub target: Target,
    /// Size of each CPU's output buffer in KiB; the module's own default without it.
    pub buffer_kb: Option<u32>,
    /// Where the script's output goes.
    pub output: Output,
}

impl Options {
    /// A session for nothing in particular, with output to the standard output.
    pub fn new(module: Vec<u8>) -> Self {
        Self { module, target: Target::None, buffer_kb: None, output: Output::Standard }
    }
}

/// The process that `target()` gives, and that ends the session when it ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Target {
    /// None: `target()` is 0.
    #[default]
    None,
    /// A running process.
    Pid(u32),
    /// A process id for `target()` only: the session does not end with that process.
    Number(u32),
    /// A command for `sh`, started when the probes are armed. If it still runs when the session ends
    /// for another reason, it is asked to end (SIGTERM).
    Command(String),
}

/// Where the script's output goes.
#[derive(Default)]
pub enum Output {
    /// To the standard output.
    #[default]
    Standard,
    /// To a file, which is created or emptied before anything else happens; to the next one behind each SIGUSR2.
    File(PathBuf),
    /// Likewise, to files of a bounded size.
    Files(PathBuf, Split),
    /// To a writer. It is not flushed in between: it should have no buffer of its own.
    Writer(Box<dyn io::Write + Send>),
}

impl Output {
    /// What takes it.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn open(self) -> Result<Box<dyn Sink>, Error> {
        let create = |path: PathBuf| move |source| Error::Create { path, source };
        Ok(match self {
            Self::Standard => {
                let fd = io::stdout().as_fd().try_clone_to_owned();
                Box::new(File::from(fd.map_err(Error::system("use a standard stream"))?))
            }
            Self::File(path) => Box::new(Files::create(&path, None).map_err(create(path))?),
            Self::Files(path, split) => {
                Box::new(Files::create(&path, Some(split)).map_err(create(path))?)
            }
            Self::Writer(writer) => Box::new(writer),
        })
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("Standard"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Files(path, split) => f.debug_tuple("Files").field(path).field(split).finish(),
            Self::Writer(_) => f.write_str("Writer(..)"),
        }
    }
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// What the program's exit status should be: 0, or 1 if the script failed.
    pub exit_code: i32,
    /// What was counted.
    pub status: Status,
    /// Records that the kernel counted as written but that never came. Always 0, or there is a bug.
    pub missing_records: u64,
    /// How the command ended, if there was one and it did.
    pub command: Option<CommandEnd>,
}

impl Outcome {
    /// The program's exit status.
    pub fn exit(&self) -> ExitCode {
        ExitCode::from(u8::from(self.exit_code != 0))
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandEnd {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal.
    Signaled(i32),
}
