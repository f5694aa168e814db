//! Ctrl-C at the host, on its way to the command in the guest.

use std::{
    io,
    sync::atomic::{AtomicI32, AtomicU64, Ordering},
};

/// Signals that arrived since the start, and the last of them.
static COUNT: AtomicU64 = AtomicU64::new(0);
static LAST: AtomicI32 = AtomicI32::new(0);

/// From now on, SIGINT and SIGTERM to this process go to the command that runs in a virtual
/// machine instead of ending the process. The third of them to one command ends the machine.
/// Without a running command they are only counted.
pub fn forward_interrupts() -> io::Result<()> {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        // SAFETY: all zero is a valid sigaction (no flags, empty mask).
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        let handler: extern "C" fn(libc::c_int) = note;
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        // SAFETY: the handler only does atomic operations, which are async-signal-safe.
        if unsafe { libc::sigaction(signal, &action, std::ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// How many interrupts arrived so far, and the last one's signal number.
pub fn seen() -> (u64, i32) {
    let count = COUNT.load(Ordering::Acquire);
    (count, LAST.load(Ordering::Relaxed))
}

extern "C" fn note(signal: libc::c_int) {
    LAST.store(signal, Ordering::Relaxed);
    COUNT.fetch_add(1, Ordering::Release);
}
