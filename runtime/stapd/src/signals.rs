//! SIGINT, SIGTERM and SIGHUP, as something to poll for, and SIGUSR2, which asks for the next file of output.
//!
//! By handlers and a pipe rather than signalfd: the process may have threads that block no signals.

use std::{
    io, mem,
    os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd},
    ptr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI32, AtomicUsize, Ordering},
    },
};

use libc::c_int;
use rustix::pipe::{PipeFlags, pipe_with};

const CAUGHT: [c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// Where the handler writes. -1: nowhere.
static PIPE: AtomicI32 = AtomicI32::new(-1);

/// How many SIGUSR2 there were.
static SWITCHES: AtomicUsize = AtomicUsize::new(0);

/// How often it was asked for the next file of output, by any session of this process.
pub fn switches() -> usize {
    SWITCHES.load(Ordering::SeqCst)
}

/// There is one set of handlers, so one user of them at a time.
static IN_USE: Mutex<()> = Mutex::new(());

/// While it lives, the signals are caught. Then they do what they did before.
pub struct Signals {
    read: OwnedFd,
    /// Open as long as the handler may write to it.
    _write: OwnedFd,
    previous: Vec<(c_int, libc::sigaction)>,
    _in_use: MutexGuard<'static, ()>,
}

impl Signals {
    /// Catches the signals; waits for another session of this process to end first.
    pub fn catch() -> io::Result<Self> {
        let in_use = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
        let (read, write) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        PIPE.store(write.as_raw_fd(), Ordering::SeqCst);
        let mut caught = Self { read, _write: write, previous: Vec::new(), _in_use: in_use };
        for signal in CAUGHT {
            let previous = set(signal, None)?;
            // Who ignores hang-ups (nohup) wants to outlive its terminal.
            if signal == libc::SIGHUP && previous.sa_sigaction == libc::SIG_IGN {
                continue;
            }
            set(signal, Some(&action(note)))?;
            caught.previous.push((signal, previous));
        }
        caught.previous.push((libc::SIGUSR2, set(libc::SIGUSR2, Some(&action(note_switch)))?));
        Ok(caught)
    }

    /// How many have arrived since it was last asked.
    pub fn arrived(&self) -> usize {
        let mut bytes = [0; 64];
        rustix::io::read(&self.read, &mut bytes).unwrap_or(0)
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.read.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for (signal, previous) in &self.previous {
            let _ = set(*signal, Some(previous));
        }
        PIPE.store(-1, Ordering::SeqCst);
    }
}

/// While it lives, the signals go to other threads: this one waits in the kernel, where no handler runs.
pub struct Deaf(libc::sigset_t);

impl Deaf {
    /// Makes this thread deaf, and not those that were started before.
    pub fn to_signals() -> Self {
        // SAFETY: all zero is a valid set, which the calls fill; their pointers are to sets that outlive
        // them, and the numbers are those of signals.
        unsafe {
            let (mut set, mut before) = (mem::zeroed(), mem::zeroed());
            libc::sigemptyset(&mut set);
            for signal in CAUGHT.into_iter().chain([libc::SIGUSR2]) {
                libc::sigaddset(&mut set, signal);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, &set, &mut before);
            Self(before)
        }
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        // SAFETY: the set is one that pthread_sigmask() gave.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, ptr::null_mut()) };
    }
}

fn action(handler: extern "C" fn(c_int)) -> libc::sigaction {
    // SAFETY: all zero is a valid sigaction: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    action.sa_flags = libc::SA_RESTART;
    action
}

/// Sets what a signal does, if told to: what it did before.
fn set(signal: c_int, new: Option<&libc::sigaction>) -> io::Result<libc::sigaction> {
    // SAFETY: all zero is a valid sigaction.
    let mut previous: libc::sigaction = unsafe { mem::zeroed() };
    let new = new.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: both pointers are null or to a sigaction that outlives the call, and a handler set
    // here is `note` or `note_switch`, which are async-signal-safe, or one that was set before.
    if unsafe { libc::sigaction(signal, new, &mut previous) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(previous)
}

extern "C" fn note_switch(_: c_int) {
    SWITCHES.fetch_add(1, Ordering::SeqCst);
}

extern "C" fn note(_: c_int) {
    let pipe = PIPE.load(Ordering::SeqCst);
    // SAFETY: errno is the thread's own, and write() is async-signal-safe. A pipe that is full has
    // enough in it to be heard.
    unsafe {
        let errno = *libc::__errno_location();
        libc::write(pipe, [0u8].as_ptr().cast(), 1);
        *libc::__errno_location() = errno;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_counted_and_handlers_restored() {
        let signals = Signals::catch().unwrap();
        let (_, before) = signals.previous[1];
        assert_eq!(signals.arrived(), 0);
        for _ in 0..2 {
            // SAFETY: raise() has no preconditions; the signal is caught.
            assert_eq!(unsafe { libc::raise(libc::SIGTERM) }, 0);
        }
        assert_eq!(signals.arrived(), 2);
        let switches = switches();
        // SAFETY: likewise.
        assert_eq!(unsafe { libc::raise(libc::SIGUSR2) }, 0);
        assert_eq!((signals.arrived(), self::switches()), (0, switches + 1));
        drop(signals);
        let _nobody_else = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(set(libc::SIGTERM, None).unwrap().sa_sigaction, before.sa_sigaction);
    }
}
