//! A disposable kernel: QEMU and an initramfs made on the spot.
//!
//! ```no_run
//! # fn main() -> Result<(), stapc_vm::Error> {
//! let kernel = stapc_vm::Kernel::newest()?;
//! let mut vm = stapc_vm::Vm::builder(kernel).cpus(2).program("/usr/bin/dd").boot()?;
//! let output = vm.run(["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1000"])?;
//! assert!(output.status.success());
//! # Ok(())
//! # }
//! ```
//!
//! The guest runs busybox and what it was given with [`Builder::file`] and [`Builder::program`]; it
//! has no disk and no network. A command in it gives back its status and its output. Whatever the
//! guest's kernel complains of on its console (an oops, a warning, a checker's report) makes the
//! command an [`Error::Kernel`] with the text of the complaint.
//!
//! Nothing is left behind: the initramfs and the shared memory are anonymous files, and QEMU ends
//! with the [`Vm`], or with this process however it ends.
#![expect(clippy::disallowed_methods, reason = "this crate runs a virtual machine")]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod builder;
mod console;
mod cpio;
mod error;
mod initramfs;
mod input;
mod interrupt;
mod kernel;
mod memory;
mod program;
mod qemu;
mod report;
mod root;
mod session;
mod vm;
mod wire;

pub use builder::Builder;
pub use error::Error;
pub use interrupt::forward_interrupts;
pub use kernel::Kernel;
pub use program::{Library, linked};
pub use root::Root;
pub use vm::{Command, Output, Signals, Status, Stream, Vm};
