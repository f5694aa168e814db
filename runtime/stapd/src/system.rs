//! Commands that a script gives with `system()`.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    process::{Command, Stdio},
};

/// Begins a command, and waits for nothing but that. It runs on when the session ends.
pub fn run(command: &[u8]) -> std::io::Result<()> {
    let script = OsStr::from_bytes(command);
    // The shell ends at once, so that the command is no child of this process.
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "{ eval \"$1\"; } &", "sh"]).arg(script).stdin(Stdio::null());
    shell.status().map(drop)
}
