//! The reference interpreter: a module of the probe IR executed in process.
//!
//! It does what a kernel module made of the same IR does, to the byte: output, warnings and errors,
//! counts and exit status. Time is virtual, so that a session takes no longer than its instructions,
//! and two runs are the same. Nothing here is shared with the passes that compute constants or with the
//! runtime of the kernel: what they do wrong shows as a difference.
//!
//! # Faults and errors
//!
//! A fault of the probe program (a division by zero, a full map) is a value: it goes to the block's
//! handler, or ends the handler of the probe and is reported. What the IR forbids ends all: a value of
//! a wrong type or without definition, a string used after its storage was written, a shared global
//! used without its lock, an iteration read where it is at no element. That is an [`InterpError`],
//! never a panic: so this is an oracle of the verifier and of all that makes IR.
//!
//! # Events
//!
//! `begin`, `end`, `error` and timers happen by themselves. Whatever else happens stands in a file of
//! [`Event`]s, one JSON object to a line, read by [`parse_events`]; keys that are not known are an
//! error. Numbers may also be written as strings, `"0xffff888000001000"`.
//!
//! ```json
//! {"probe": "vfs_read", "at": 1000, "cpu": 1, "context": {"pid": 7, "execname": "cat", "args": ["0xffff888000001000", 0, 512]}, "memory": [{"address": "0xffff888000001000", "bytes": "2a000000"}]}
//! {"probe": "vfs_read", "at": 2000, "context": {"pid": 7, "ret": -11}}
//! {"probe": "kernel.function(\"vfs_write\")", "at": 2000, "contended": true}
//! ```
//!
//! # What differs from a kernel
//!
//! Handlers run one after the other: none waits for a lock, but for events that say so, and none meets
//! another on its processor. Output is never lost, and no handler is too slow. A deep chain of calls
//! meets `max_nesting`, not the end of the kernel's stack.

mod check;
mod code;
mod error;
mod event;
mod format;
mod histogram;
mod hit;
mod iteration;
mod machine;
mod ops;
mod options;
mod session;
mod stat;
mod store;
mod value;

pub use error::InterpError;
pub use event::{Context, Event, EventError, Memory, parse_events};
pub use ops::helpers::is_told;
pub use options::{Bounds, Counts, Message, Options, Outcome};
pub use session::{run, run_each};
