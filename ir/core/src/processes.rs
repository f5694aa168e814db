//! Processes that run programs, and what happens to them.

/// What happens to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProcessEvent {
    /// It comes to be: by a call of another, or with another program; or it is there when the session
    /// begins.
    Begin,
    /// It has died.
    End,
    /// It has got another thread.
    ThreadBegin,
    /// A thread of it, other than its first, has died.
    ThreadEnd,
    /// It calls the kernel.
    Syscall,
    /// Such a call returns.
    SyscallReturn,
}

impl ProcessEvent {
    /// Every event.
    pub const ALL: [Self; 6] = [
        Self::Begin,
        Self::End,
        Self::ThreadBegin,
        Self::ThreadEnd,
        Self::Syscall,
        Self::SyscallReturn,
    ];

    /// What it is called, in scripts, in the text syntax and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Begin => "process.begin",
            Self::End => "process.end",
            Self::ThreadBegin => "process.thread.begin",
            Self::ThreadEnd => "process.thread.end",
            Self::Syscall => "process.syscall",
            Self::SyscallReturn => "process.syscall.return",
        }
    }

    /// The event of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// The processes in which a probe is hit. Of a session with a target process only that
/// process and its descendants count among them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Processes {
    /// All.
    All,
    /// Those that run the program of this file.
    Executing(String),
    /// The one with this number.
    One(u32),
}

impl Processes {
    /// The file of the program that they run, if it is one.
    pub fn executing(&self) -> Option<&str> {
        match self {
            Self::Executing(path) => Some(path),
            Self::All | Self::One(_) => None,
        }
    }
}
