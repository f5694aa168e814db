//! Going on in the background.

use std::{
    fs::OpenOptions,
    io,
    os::fd::{AsRawFd as _, RawFd},
};

/// Goes on as a process of its own, without a terminal, and with nothing to read from or print to: its
/// process id, in the process that was there before; `None` in the new one. Messages go where they went.
///
/// # Errors
/// When there can be no other process. The new one that cannot leave the terminal ends.
pub fn detach() -> io::Result<Option<i32>> {
    let nothing = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    // SAFETY: the new process goes on with the thread that is here, which holds no lock: what others
    // of this process do is not needed there, since a session starts threads of its own.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            leave(nothing.as_raw_fd())?;
            Ok(None)
        }
        pid => Ok(Some(pid)),
    }
}

fn leave(nothing: RawFd) -> io::Result<()> {
    rustix::process::setsid()?;
    for standard in [libc::STDIN_FILENO, libc::STDOUT_FILENO] {
        // SAFETY: both are open; what the standard one was is closed, and nobody here owns that.
        if unsafe { libc::dup2(nothing, standard) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
