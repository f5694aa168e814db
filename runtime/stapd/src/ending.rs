//! The end of a session, when nothing more happens in the kernel: unloading, the command, the last
//! lines.

use std::{
    io,
    os::fd::AsFd as _,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::Signal,
};

use crate::{
    command::Command,
    door::Door,
    options::CommandEnd,
    signals::Signals,
    summary,
    wake::Wake,
    watched::Watched,
    writer::{Batch, Writer},
};

/// How long a module may stay in use by others when its session is over.
const UNLOADING: Duration = Duration::from_secs(2);

/// How long a command may take to end after the session: by the user's Ctrl-C, which it got too, and
/// then when asked to.
const COMMAND_ENDING: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// Unloads the module, which others may have open for a moment.
pub fn unload(door: &dyn Door, name: &str) -> io::Result<()> {
    let end = Instant::now() + UNLOADING;
    loop {
        match door.unload(name) {
            Err(error)
                if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EBUSY))
                    && Instant::now() < end =>
            {
                thread::sleep(Duration::from_millis(10));
            }
            result => return result,
        }
    }
}

/// What is left of a ruler when there is nothing to rule.
pub struct Ending<'a> {
    pub writer: Writer,
    pub wake: Wake,
    pub signals: &'a Signals,
    /// Signals so far. After the second one nothing is waited for.
    pub interrupts: usize,
}

impl Ending<'_> {
    /// Sees to it that the command ends: how it did. If that was not this daemon's doing, and not
    /// well, it is said.
    pub fn end_command(&mut self, watched: Watched, batch: &mut Batch) -> Option<CommandEnd> {
        let Watched::Command(mut command) = watched else { return None };
        if let Ok(Some(end)) = command.ended() {
            let line = summary::command(end).filter(|_| self.interrupts == 0);
            line.into_iter().for_each(|line| batch.add_message(line.as_bytes()));
            return Some(end);
        }
        if !command.was_released() {
            return None;
        }
        let [by_itself, when_asked] = COMMAND_ENDING;
        let patience = if self.interrupts > 0 { by_itself } else { Duration::ZERO };
        self.wait_for_command(&mut command, patience);
        command.kill(Signal::TERM);
        let end = self.wait_for_command(&mut command, when_asked);
        if end.is_none() && self.interrupts > 1 {
            command.kill(Signal::KILL);
            return self.wait_for_command(&mut command, when_asked);
        }
        if end.is_none() {
            batch.add_message(
                format!("WARNING: the command (process {}) still runs", command.id()).as_bytes(),
            );
        }
        end
    }

    /// Until the command has ended, the time is over, or the user insists.
    fn wait_for_command(
        &mut self,
        command: &mut Command,
        patience: Duration,
    ) -> Option<CommandEnd> {
        let end = Instant::now() + patience;
        loop {
            if let Ok(Some(end)) = command.ended() {
                return Some(end);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || self.interrupts > 1 {
                return None;
            }
            self.wait(Some(command), Some(left));
        }
    }

    /// Writes the last lines, and waits until everything is written or the user insists.
    pub fn write(&mut self, batch: Batch) {
        self.writer.push(batch);
        self.writer.close();
        while !self.writer.is_done() && self.interrupts < 2 {
            self.wait(None, None);
        }
    }

    fn wait(&mut self, command: Option<&Command>, timeout: Option<Duration>) {
        let input = |fd| PollFd::from_borrowed_fd(fd, PollFlags::IN);
        let mut fds = vec![input(self.wake.as_fd()), input(self.signals.as_fd())];
        fds.extend(command.map(|command| input(command.as_fd())));
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        // Whatever it says, the caller looks.
        let _ = poll(&mut fds, timeout.as_ref());
        self.wake.clear();
        self.interrupts += self.signals.arrived();
    }
}
