//! The one door to the kernel: what a session asks of it. `live` is the real one; tests have another.

use std::{fs::File, io, os::fd::BorrowedFd, sync::Arc};

use crate::{Cleaned, Error};

/// Modules, and their sessions' files.
pub trait Door {
    /// Loads a module, and opens its session's files before anyone else could take it for one that
    /// was left behind. `parameters` as for insmod.
    fn load(&self, image: &[u8], parameters: &str) -> Result<Session, Error>;
    /// Unloads a module that nobody uses; does not wait for those who do.
    fn unload(&self, name: &str) -> io::Result<()>;
    /// Unloads sessions' modules that no daemon has.
    fn unload_stale(&self) -> Result<Cleaned, Error>;
}

/// A loaded module's files.
pub struct Session {
    /// The control and status files.
    pub control: Arc<dyn Control>,
    /// The rings.
    pub rings: Box<dyn Rings>,
}

/// The files `control` and `status`. Usable from any thread.
pub trait Control: Send + Sync {
    /// Arms the probes and runs the begin probes. Returns when that is done.
    fn start(&self) -> io::Result<()>;
    /// Disarms the probes and runs the end probes. Returns when that is done.
    fn stop(&self) -> io::Result<()>;
    /// The status file's text.
    fn status(&self) -> io::Result<String>;
    /// What the standard input goes to, in a session that has started; none if its script does not ask for that.
    fn input(&self) -> Option<File>;
    /// Readable when the session wants to end.
    fn wants_end(&self) -> BorrowedFd<'_>;
}

/// The rings of the CPUs, read by one thread. The index of one never changes.
pub trait Rings: Send {
    /// How many are open.
    fn count(&self) -> usize;
    /// Readable when there is something in the ring.
    fn readable(&self, ring: usize) -> BorrowedFd<'_>;
    /// Reads what is there, at most as much as fits: its size. 0: nothing now.
    fn read(&self, ring: usize, into: &mut [u8]) -> io::Result<usize>;
    /// Whether CPUs may still appear.
    fn may_grow(&self) -> bool;
    /// Opens the rings of CPUs that have appeared.
    fn grow(&mut self) -> io::Result<()>;
}
