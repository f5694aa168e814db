//! What can go wrong with a virtual machine.

use std::{io, path::PathBuf, time::Duration};

/// Why a virtual machine did not start, or a command in it gave no result. Each says what to do
/// where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The emulator is not installed.
    #[error(
        "qemu-system-x86_64 is not installed: a virtual machine needs it\n  \
         help: run `cargo xtask setup`, or install it (Debian: `apt-get install qemu-system-x86`)"
    )]
    NoQemu,
    /// The guest's user land is not installed.
    #[error(
        "busybox is not installed: a virtual machine needs it\n  \
         help: run `cargo xtask setup`, or install it (Debian: `apt-get install busybox-static`)"
    )]
    NoBusybox,
    /// There is no kernel to boot.
    #[error("{0}\n  help: run `cargo xtask setup`, or name a directory with a bootable kernel")]
    NoKernel(String),
    /// A file of the host's could not be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program cannot be taken into the guest.
    #[error("{}: {why}", path.display())]
    Program {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Something else that the host refused.
    #[error("cannot {what}: {source}")]
    Host {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The guest's kernel complained: a panic, an oops, a warning, a checker's report.
    #[error("the virtual machine's kernel reported a problem:\n{0}")]
    Kernel(String),
    /// The guest did not boot, or a command did not end, in its time.
    #[error(
        "{what} in the virtual machine did not end in {limit:?}; \
         the console's last lines:\n{console}"
    )]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        limit: Duration,
        /// The end of what the console shows.
        console: String,
    },
    /// The virtual machine has ended while it was in use.
    #[error("the virtual machine ended unexpectedly; its last lines:\n{0}")]
    Ended(String),
    /// The user pressed Ctrl-C more often than commands get to see.
    #[error("interrupted; the virtual machine is ended")]
    Interrupted,
}
