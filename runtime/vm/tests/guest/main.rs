//! What a virtual machine does, in real ones. Most checks share one; each test says so and passes
//! where what it needs is not installed.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "tests look at processes and files")]

mod commands;
mod life;

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use stapc_vm::{Builder, Error, Kernel, Vm};

const SECOND: Duration = Duration::from_secs(1);

/// A description of a machine, or `None`, said aloud, where this host cannot run one.
fn builder() -> Option<Builder> {
    match Kernel::newest() {
        Ok(kernel) if installed() => Some(Vm::builder(kernel)),
        Ok(_) => None,
        Err(error) => skip(&error),
    }
}

fn debug_builder() -> Option<Builder> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/debug-kernel");
    match Kernel::dir(path) {
        // What kmemleak looks for is not there; it doubles the time to boot.
        Ok(kernel) if installed() => Some(Vm::builder(kernel).kernel_args("kmemleak=off")),
        Ok(_) => None,
        Err(error) => skip(&error),
    }
}

fn skip<T>(why: &dyn std::fmt::Display) -> Option<T> {
    eprintln!("skipped: {why}");
    None
}

fn installed() -> bool {
    let runs = |program, word| {
        let mut command = Command::new(program);
        command.arg(word).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    if !runs("qemu-system-x86_64", "--version") {
        return skip::<()>(&Error::NoQemu).is_some();
    }
    runs("busybox", "--help") || skip::<()>(&Error::NoBusybox).is_some()
}

/// Runs a shell's script that succeeds and says nothing on its standard error.
fn shell(vm: &mut Vm, script: &str) -> String {
    let output = vm.run(["sh", "-c", script]).unwrap();
    assert_eq!(output.stderr_text(), "", "{script}");
    assert!(output.status.success(), "{script}: {}", output.status);
    output.stdout_text().into_owned()
}
