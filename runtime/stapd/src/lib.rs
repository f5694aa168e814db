//! The daemon: loads a probe module, relays its output, unloads it.
//!
//! ```no_run
//! # fn main() -> Result<(), stapd::Error> {
//! # let image = Vec::new();
//! let outcome = stapd::run(stapd::Options {
//!     target: stapd::Target::Command("dd if=/dev/zero of=/dev/null count=1000".to_owned()),
//!     ..stapd::Options::new(image)
//! })?;
//! std::process::exit(outcome.exit_code);
//! # }
//! ```
//!
//! A session's life: the module is loaded quiet; its files are opened; `start` is written, which runs
//! the begin probes and opens the gate. Then records are read from the ring of each CPU, put into
//! their one order, and written, until something ends the session: `exit()`, the end of the command
//! or process it is for, a signal, output that nobody takes. `stop` runs the end probes; what is left
//! in the rings is read, the module unloaded, and what was lost or skipped is said.
//!
//! If this process is killed, the kernel closes its files, and the module stops by itself. The next
//! session, or [`cleanup`], unloads it.
//!
//! **Architecture invariants.** Every system call that concerns the kernel's side of a session goes through
//! [`door`]; the order of records ([`merge`]), the relaying ([`relay`]) and the life of a session
//! ([`session`]) know only its traits, and are tested against a fake. The thread that rules a
//! session never writes output and never waits for the control file, so that it always hears a signal.
#![expect(clippy::disallowed_methods, reason = "this crate rules a session of the kernel's")]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod arguments;
mod background;
mod cleanup;
mod command;
mod debugfs;
mod door;
mod ending;
mod error;
#[cfg(test)]
mod fake;
mod keyboard;
mod live;
mod merge;
mod module;
mod options;
mod order;
mod priority;
mod relay;
mod session;
#[cfg(test)]
mod session_tests;
mod signals;
mod split;
mod status;
mod summary;
mod system;
mod wake;
mod watched;
mod writer;
mod zone;

pub use arguments::SessionArgs;
pub use background::detach;
pub use cleanup::{Cleaned, cleanup};
pub use error::Error;
pub use keyboard::Keyboard;
pub use options::{CommandEnd, Options, Outcome, Output, Target};
pub use split::Split;
pub use status::Status;

/// Runs a session to its end.
///
/// Output goes where `options.output` says; warnings and errors of the script, and at the end a
/// summary of what was lost or skipped, go to the standard error.
///
/// While it runs, SIGINT, SIGTERM and SIGHUP to this process end the session instead of the process
/// (SIGHUP unless it was ignored); what they did before is restored at the end. Only one session of a
/// process runs at a time: a second call waits.
///
/// # Errors
/// When the session could not be started, or its output could not be written. A script that failed
/// is no error but an outcome with `exit_code` 1.
pub fn run(options: Options) -> Result<Outcome, Error> {
    session::run(options)
}

/// Whether this machine can run sessions at all: whether modules can be loaded by this process, and
/// their files reached. Mounts debugfs where it is not.
///
/// # Errors
/// Says what is in the way. Nothing is loaded, so the kernel may still refuse a particular module.
pub fn check() -> Result<(), Error> {
    live::check()
}
