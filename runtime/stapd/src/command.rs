//! The command of `-c`: started at once, so that its process id is known, and held before its first
//! instruction until the probes are armed.

use std::{
    ffi::CString,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    ptr,
};

use rustix::{
    io::Errno,
    pipe::{PipeFlags, pipe_with},
    process::{Pid, PidfdFlags, Signal, WaitOptions, kill_process, pidfd_open, waitpid},
};

use crate::options::CommandEnd;

/// A command's process, child of this one.
#[derive(Debug)]
pub struct Command {
    pid: Pid,
    process: OwnedFd,
    /// What it waits for a byte from. Closed without one, it ends having done nothing.
    gate: Option<OwnedFd>,
    end: Option<CommandEnd>,
}

impl Command {
    /// Makes the process of `sh -c text`, held.
    pub fn hold(text: &str) -> io::Result<Self> {
        let text = CString::new(text)?;
        let (wait, gate) = pipe_with(PipeFlags::CLOEXEC)?;
        let arguments = [c"sh".as_ptr(), c"-c".as_ptr(), text.as_ptr(), ptr::null()];
        // SAFETY: the child only calls functions that are async-signal-safe, on memory prepared
        // before, and never returns.
        let pid = unsafe {
            match libc::fork() {
                -1 => return Err(io::Error::last_os_error()),
                0 => child(&wait, gate, &arguments),
                pid => pid,
            }
        };
        // fork() gave it, so it is positive.
        let pid = Pid::from_raw(pid).ok_or(Errno::CHILD)?;
        let process = pidfd_open(pid, PidfdFlags::empty())?;
        Ok(Self { pid, process, gate: Some(gate), end: None })
    }

    /// Its process id, as `target()` gives it.
    pub fn id(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Lets it run.
    pub fn release(&mut self) -> io::Result<()> {
        match self.gate.take() {
            // If it is dead already, that will be seen.
            Some(gate) => match rustix::io::write(gate, &[1]) {
                Ok(_) | Err(Errno::PIPE) => Ok(()),
                Err(error) => Err(error.into()),
            },
            None => Ok(()),
        }
    }

    /// Whether it was let run.
    pub fn was_released(&self) -> bool {
        self.gate.is_none()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> io::Result<Option<CommandEnd>> {
        if self.end.is_none() {
            self.end = match waitpid(Some(self.pid), WaitOptions::NOHANG)? {
                Some((_, status)) => status
                    .exit_status()
                    .map(CommandEnd::Exited)
                    .or_else(|| status.terminating_signal().map(CommandEnd::Signaled)),
                None => None,
            };
        }
        Ok(self.end)
    }

    /// Asks it to end, if it was let run and has not yet.
    pub fn kill(&self, signal: Signal) {
        if self.end.is_none() && self.was_released() {
            // It is not reaped yet, so the process id is still its own.
            let _ = kill_process(self.pid, signal);
        }
    }
}

impl AsFd for Command {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.process.as_fd()
    }
}

impl Drop for Command {
    fn drop(&mut self) {
        if self.gate.take().is_some() {
            // That the gate is closed is not seen while another child has it too, which was made meanwhile.
            let _ = kill_process(self.pid, Signal::KILL);
            let _ = waitpid(Some(self.pid), WaitOptions::empty());
        }
    }
}

/// The child's part: waits for the gate's byte, and becomes the shell.
///
/// # Safety
/// To be called in the child of a fork, with a null-terminated array of C strings.
unsafe fn child(wait: &OwnedFd, gate: OwnedFd, arguments: &[*const libc::c_char; 4]) -> ! {
    drop(gate);
    let mut byte = [0];
    let released = loop {
        match rustix::io::read(wait, &mut byte) {
            Err(Errno::INTR) => {}
            result => break result == Ok(1),
        }
    };
    // SAFETY: all of these are async-signal-safe; the arguments are as execv() wants them.
    unsafe {
        if released {
            // Rust's start-up code has set it to be ignored, which would be inherited.
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::execv(c"/bin/sh".as_ptr(), arguments.as_ptr());
        }
        libc::_exit(127)
    }
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, poll};

    use super::*;

    fn wait(command: &mut Command) -> CommandEnd {
        let mut fds = [PollFd::new(&*command, PollFlags::IN)];
        poll(&mut fds, None).unwrap();
        command.ended().unwrap().unwrap()
    }

    #[test]
    fn it_is_held_until_released() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = format!("echo $$ >{}; exit 3", file.path().display());
        let mut command = Command::hold(&text).unwrap();
        assert_eq!(command.ended().unwrap(), None);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
        command.release().unwrap();
        assert_eq!(wait(&mut command), CommandEnd::Exited(3));
        assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), command.id().to_string());
    }

    #[test]
    fn dropped_it_does_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        drop(Command::hold(&format!("echo ran >{}", file.path().display())).unwrap());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
    }

    #[test]
    fn it_can_be_killed_and_does_not_ignore_closed_pipes() {
        let mut command = Command::hold("kill -PIPE $$; exit 1").unwrap();
        command.release().unwrap();
        assert_eq!(wait(&mut command), CommandEnd::Signaled(libc::SIGPIPE));
        let mut command = Command::hold("sleep 100").unwrap();
        command.release().unwrap();
        command.kill(Signal::TERM);
        assert_eq!(wait(&mut command), CommandEnd::Signaled(libc::SIGTERM));
    }
}
