//! One command in the guest, from its start to its last byte.

use std::{
    collections::VecDeque,
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read, Write as _},
    os::{
        fd::AsRawFd as _,
        unix::{
            ffi::OsStrExt as _,
            process::{CommandExt as _, ExitStatusExt as _},
        },
    },
    process::{Child, ChildStdin, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    system::{self, POLLIN, POLLOUT, PollFd},
    wire::{Kind, PAYLOAD_MAX, Ring},
};

/// How long a command's output may be silent, once it has ended, before it counts as complete
/// although something that it left behind still holds its pipes open.
const SILENCE: Duration = Duration::from_millis(300);

/// How often an end is looked for where the kernel does not tell of it.
const LOOK: Duration = Duration::from_millis(10);

/// The read end of a pipe that the command writes to.
type Pipe = Box<dyn Source>;

trait Source: Read + std::os::fd::AsRawFd {}
impl<T: Read + std::os::fd::AsRawFd> Source for T {}

/// A command that has been started.
pub struct Command {
    pub id: u32,
    child: Child,
    /// Tells of the end, where the kernel can.
    end: Option<File>,
    status: Option<i32>,
    stdin: Option<ChildStdin>,
    /// What it has not taken of its input, and whether more may come.
    input: VecDeque<u8>,
    input_over: bool,
    outputs: Vec<(Kind, Pipe)>,
    /// When it last wrote something, or ended.
    stirred: Instant,
}

impl Command {
    /// Starts a command, in a process group of its own. Each word is ended by a NUL.
    pub fn start(id: u32, words: &[u8]) -> io::Result<Self> {
        let words = words.strip_suffix(&[0]).unwrap_or(words);
        let mut words = words.split(|byte| *byte == 0).map(OsStr::from_bytes);
        let mut child = std::process::Command::new(words.next().unwrap_or_default())
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().map(|pipe| (Kind::Stdout, Box::new(pipe) as Pipe));
        let stderr = child.stderr.take().map(|pipe| (Kind::Stderr, Box::new(pipe) as Pipe));
        let outputs: Vec<_> = stdout.into_iter().chain(stderr).collect();
        stdin.iter().try_for_each(system::set_nonblocking)?;
        for (_, pipe) in &outputs {
            system::set_nonblocking(&pipe.as_raw_fd())?;
        }
        Ok(Self {
            id,
            end: system::process_end(child.id()).ok(),
            child,
            status: None,
            stdin,
            input: VecDeque::new(),
            input_over: false,
            outputs,
            stirred: Instant::now(),
        })
    }

    /// More for its standard input.
    pub fn feed(&mut self, data: &[u8]) {
        self.input.extend(data);
    }

    /// Its standard input ends after what it was fed.
    pub fn end_input(&mut self) {
        self.input_over = true;
    }

    /// Sends a signal to its process group. That a group is gone by now is no error.
    pub fn signal(&self, number: i32) {
        let _ = system::signal_group(self.child.id(), number);
    }

    /// What to wait for: descriptors, and how long at most. Without room for its output it is
    /// left to wait.
    pub fn wants(&self, room: bool, fds: &mut Vec<PollFd>) -> Option<Duration> {
        let mut want = |fd, events| fds.push(PollFd { fd, events, revents: 0 });
        if room {
            self.outputs.iter().for_each(|(_, pipe)| want(pipe.as_raw_fd(), POLLIN));
        }
        if let (Some(stdin), false) = (&self.stdin, self.input.is_empty()) {
            want(stdin.as_raw_fd(), POLLOUT);
        }
        match (&self.end, self.status) {
            (_, Some(_)) => {
                Some((self.stirred + SILENCE).saturating_duration_since(Instant::now()))
            }
            (Some(end), None) => {
                want(end.as_raw_fd(), POLLIN);
                None
            }
            (None, None) => Some(LOOK),
        }
    }

    /// Does what can be done now. Whether it is done for good; its status is sent then.
    pub fn advance(&mut self, host: Ring<'_>, buffer: &mut [u8]) -> bool {
        self.write_input();
        // Looked at before the pipes: all that it wrote is in them then.
        if self.status.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            self.status = Some(status.into_raw());
            self.stirred = Instant::now();
        }
        let drained = self.read_outputs(host, buffer);
        let Some(status) = self.status else { return false };
        let over = self.outputs.is_empty() || drained && self.stirred.elapsed() >= SILENCE;
        if over {
            mark_console(self.id);
            send(host, Kind::Exit, self.id, &status.to_le_bytes());
        }
        over
    }

    fn write_input(&mut self) {
        while let (Some(stdin), false) = (&mut self.stdin, self.input.is_empty()) {
            match stdin.write(self.input.as_slices().0) {
                Ok(length) => drop(self.input.drain(..length)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // It has closed its input: its affair.
                Err(_) => self.stdin = None,
            }
        }
        if self.stdin.is_none() {
            self.input.clear();
        } else if self.input_over {
            self.stdin = None;
        }
    }

    /// Sends on what the pipes hold, as far as there is room; whether that was all.
    fn read_outputs(&mut self, host: Ring<'_>, buffer: &mut [u8]) -> bool {
        let mut drained = true;
        self.outputs.retain_mut(|(kind, pipe)| {
            while host.has_room(PAYLOAD_MAX) {
                match pipe.read(buffer) {
                    Ok(0) => return false,
                    Ok(length) => {
                        send(host, *kind, self.id, &buffer[..length]);
                        self.stirred = Instant::now();
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return false,
                }
            }
            drained = false;
            true
        });
        drained
    }
}

/// Sends a message, waiting for room.
pub fn send(host: Ring<'_>, kind: Kind, id: u32, payload: &[u8]) {
    while !host.try_write(kind, id, payload) {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Says on the console that a command has ended. The console keeps its order, so the host knows
/// then that it has seen all that the kernel said before. No log level hides an emergency.
pub fn mark_console(id: u32) {
    if let Ok(mut log) = fs::OpenOptions::new().write(true).open("/dev/kmsg") {
        let _ = log.write_all(format!("<0>stapc-vm: command {id} has ended\n").as_bytes());
    }
}
