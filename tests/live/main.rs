//! Scripts in live kernels: each is compiled, loaded in a virtual machine, and compared with what it
//! must print.
//!
//! The same tests run on Debian's kernel, with DWARF, and on a kernel with checkers (KASAN, lockdep,
//! …), with BTF; a report of a checker fails the test. What is not there is skipped, and said.
#![expect(clippy::disallowed_methods, reason = "these tests run a virtual machine")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod addresses;
mod background;
mod counting;
mod events;
mod input;
mod leaks;
mod limits;
mod machines;
mod modules;
mod programs;
mod scripts;
mod stress;
mod support;
mod sysroot;
mod timing;
