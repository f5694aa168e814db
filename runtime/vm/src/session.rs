//! One command's conversation with the agent.

use std::{
    collections::VecDeque,
    io,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Error, Stream,
    input::Input,
    interrupt,
    qemu::Machine,
    wire::{Frame, Kind, PAYLOAD_MAX, rings},
};

/// How long a command may go on after the kernel began a report. It has failed already; the rest
/// of the report is still to be printed.
const GRACE: Duration = Duration::from_secs(10);

/// How long the console may lag behind the end of a command, or of the machine.
const CONSOLE_LAG: Duration = Duration::from_secs(10);

/// How long messages may lie unread before the doorbell is rung again.
const RING_AGAIN: Duration = Duration::from_millis(200);

/// How many interrupts from the user end the machine.
const INTERRUPTS_MAX: u64 = 3;

/// How many frames are taken before other things are looked at.
const FRAMES_AT_ONCE: usize = 64;

/// The shortest and the longest pause between two looks at the shared memory.
const PAUSES: (Duration, Duration) = (Duration::from_micros(100), Duration::from_millis(4));

/// What a command's output is given to.
pub type OnOutput<'o> = &'o mut dyn FnMut(Stream, &[u8]);

/// A command as the agent is told of it.
#[derive(Debug)]
pub struct Task {
    pub words: Vec<String>,
    pub input: Input,
    pub signals: mpsc::Receiver<i32>,
    pub time_limit: Option<Duration>,
}

/// A task while it runs.
struct Session<'m> {
    machine: &'m mut Machine,
    id: u32,
    task: Task,
    started: Instant,
    /// Messages that wait for room, in their order.
    outbox: VecDeque<(Kind, Vec<u8>)>,
    /// The interrupts from before the command, and those of its own that it was told of.
    interrupts: (u64, u64),
    rung: Instant,
    over: bool,
}

/// Waits until the agent serves, in a kernel that has nothing to complain of: for `limit` at most,
/// and no longer than `silence` while the console says nothing.
pub fn await_ready(machine: &mut Machine, limit: Duration, silence: Duration) -> Result<(), Error> {
    let start = Instant::now();
    let deadline = start + limit;
    let interrupts = interrupt::seen().0;
    loop {
        match read(machine)? {
            Some(frame) if frame.kind == Kind::Ready => {
                let report = machine.console.take_report(None);
                return report.map_or(Ok(()), |report| Err(Error::Kernel(report)));
            }
            Some(frame) => return Err(broken(machine, &format!("{:?} too early", frame.kind))),
            None => {}
        }
        if machine.console.ended() {
            return Err(ended(machine));
        }
        if interrupt::seen().0 != interrupts {
            machine.kill();
            return Err(Error::Interrupted);
        }
        if Instant::now() > deadline {
            return Err(timeout(machine, "booting".to_owned(), limit));
        }
        if machine.console.spoke().unwrap_or(start).elapsed() > silence {
            return Err(timeout(machine, "the next line of the boot".to_owned(), silence));
        }
        thread::sleep(PAUSES.1);
    }
}

/// Runs a command to its end; its wait status. Whatever else ends it ends the machine.
pub fn run(
    machine: &mut Machine,
    id: u32,
    task: Task,
    on_output: OnOutput<'_>,
) -> Result<i32, Error> {
    let mut arguments = Vec::new();
    for word in &task.words {
        arguments.extend_from_slice(word.as_bytes());
        arguments.push(0);
    }
    let nuls = task.words.iter().any(|word| word.contains('\0'));
    if task.words.is_empty() || nuls || arguments.len() > PAYLOAD_MAX {
        let source = io::Error::from(io::ErrorKind::InvalidInput);
        return Err(Error::Host { what: "pass these words to the virtual machine", source });
    }
    let mut session = Session {
        machine,
        id,
        task,
        started: Instant::now(),
        outbox: VecDeque::from([(Kind::Run, arguments)]),
        interrupts: (interrupt::seen().0, 0),
        rung: Instant::now(),
        over: false,
    };
    let status = session.converse(on_output)?;
    session.check_console()?;
    Ok(status)
}

impl Session<'_> {
    fn converse(&mut self, on_output: OnOutput<'_>) -> Result<i32, Error> {
        let mut pause = PAUSES.0;
        loop {
            // Looked at first: what the machine wrote before its end is then still read below.
            let ended = self.machine.console.ended();
            let (frames, status) = self.listen(on_output)?;
            if let Some(status) = status {
                self.over = true;
                return Ok(status);
            }
            let sent = self.speak()?;
            self.check_time()?;
            if frames > 0 || sent {
                pause = PAUSES.0;
                continue;
            }
            if ended {
                return Err(self::ended(self.machine));
            }
            thread::sleep(pause);
            pause = PAUSES.1.min(pause * 2);
        }
    }

    /// Takes what the guest says: how many frames, and the command's status if it has ended.
    fn listen(&mut self, on_output: OnOutput<'_>) -> Result<(usize, Option<i32>), Error> {
        for count in 0..FRAMES_AT_ONCE {
            let Some(frame) = read(self.machine)? else { return Ok((count, None)) };
            // What earlier commands left behind may still write.
            if frame.id != self.id {
                continue;
            }
            match frame.kind {
                Kind::Stdout => on_output(Stream::Stdout, &frame.payload),
                Kind::Stderr => on_output(Stream::Stderr, &frame.payload),
                Kind::Exit => match frame.payload.try_into() {
                    Ok(status) => return Ok((count, Some(i32::from_le_bytes(status)))),
                    Err(_) => return Err(broken(self.machine, "an end without status")),
                },
                kind => return Err(broken(self.machine, &format!("{kind:?} from the guest"))),
            }
        }
        Ok((FRAMES_AT_ONCE, None))
    }

    /// Says what there is to say, as far as there is room; whether anything was said.
    fn speak(&mut self) -> Result<bool, Error> {
        self.note_interrupts()?;
        let signals = self.task.signals.try_iter();
        self.outbox.extend(signals.map(|number| (Kind::Signal, number.to_le_bytes().to_vec())));
        let (to_guest, _) = rings(self.machine.memory.words());
        let mut sent = false;
        while let Some((kind, payload)) = self.outbox.pop_front().or_else(|| self.task.input.next())
        {
            if !to_guest.try_write(kind, self.id, &payload) {
                self.outbox.push_front((kind, payload));
                break;
            }
            sent = true;
        }
        // A ring that nobody heard leaves the message lying, so one is rung again.
        if sent || (to_guest.holds_any() && self.rung.elapsed() > RING_AGAIN) {
            self.machine.ring();
            self.rung = Instant::now();
        }
        Ok(sent)
    }

    fn note_interrupts(&mut self) -> Result<(), Error> {
        let (count, signal) = interrupt::seen();
        let (before, told) = self.interrupts;
        let own = count - before;
        if own >= INTERRUPTS_MAX {
            self.machine.kill();
            return Err(Error::Interrupted);
        }
        for _ in told..own {
            self.outbox.push_back((Kind::Signal, signal.to_le_bytes().to_vec()));
        }
        self.interrupts.1 = own;
        Ok(())
    }

    fn check_time(&mut self) -> Result<(), Error> {
        let complained = self.machine.console.complaint_began();
        let limit = self.task.time_limit;
        if complained.is_some_and(|began| began.elapsed() > GRACE)
            || limit.is_some_and(|limit| self.started.elapsed() > limit)
        {
            let what = format!("`{}`", self.task.words.join(" "));
            return Err(timeout(self.machine, what, limit.unwrap_or_default()));
        }
        Ok(())
    }

    /// Waits for the agent's mark on the console, and looks for complaints above it.
    fn check_console(&self) -> Result<(), Error> {
        let mark = format!("stapc-vm: command {} has ended", self.id);
        let deadline = Instant::now() + CONSOLE_LAG;
        let console = &self.machine.console;
        let mut end = console.before(&mark);
        while end.is_none() && !console.ended() && Instant::now() < deadline {
            thread::sleep(PAUSES.0);
            end = console.before(&mark);
        }
        console.take_report(end).map_or(Ok(()), |report| Err(Error::Kernel(report)))
    }
}

impl Drop for Session<'_> {
    /// A command that is abandoned midway, be it by a panic, leaves no usable machine.
    fn drop(&mut self) {
        if !self.over {
            self.machine.kill();
        }
    }
}

fn read(machine: &mut Machine) -> Result<Option<Frame>, Error> {
    let frame = rings(machine.memory.words()).1.try_read();
    frame.map_err(|why| broken(machine, &why))
}

/// The guest's side of the shared memory makes no sense: something has written over it.
fn broken(machine: &mut Machine, why: &str) -> Error {
    fail(machine, |machine| {
        Error::Ended(format!("{}\nthe agent says what it cannot: {why}", machine.console.tail()))
    })
}

fn ended(machine: &mut Machine) -> Error {
    fail(machine, |machine| {
        let text = format!("{}\n{}", machine.console.tail(), machine.stderr());
        Error::Ended(text.trim().to_owned())
    })
}

fn timeout(machine: &mut Machine, what: String, limit: Duration) -> Error {
    fail(machine, |machine| Error::Timeout { what, limit, console: machine.console.tail() })
}

/// Ends the machine. What its kernel complained of explains more than what came of it.
fn fail(machine: &mut Machine, error: impl FnOnce(&mut Machine) -> Error) -> Error {
    machine.kill();
    let deadline = Instant::now() + CONSOLE_LAG;
    while !machine.console.ended() && Instant::now() < deadline {
        thread::sleep(PAUSES.0);
    }
    match machine.console.take_report(None) {
        Some(report) => Error::Kernel(report),
        None => error(machine),
    }
}
