//! The life of a session, from loading to unloading.

use std::{
    fs::File,
    io,
    os::fd::AsFd as _,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

use crate::{
    Error, Options, Outcome, Output, Status, Target,
    door::{Control, Door},
    ending::{Ending, unload},
    keyboard::{self, Keyboard},
    live::Live,
    module,
    order::{Given, Order},
    priority::Precedence,
    relay::Relay,
    signals::{self, Deaf, Signals},
    summary,
    wake::Wake,
    watched::Watched,
    writer::{Batch, Sinks, Writer},
    zone,
};

/// While output keeps coming, the rings are looked into this often, so that each look finds much.
const PACE: Duration = Duration::from_millis(10);

/// Bytes in one look from which on the next one follows at once.
const HEAVY: usize = 256 << 10;

/// How often new CPUs are looked for where there may be any.
const GROWTH: Duration = Duration::from_secs(1);

/// Runs a session in the running kernel.
pub fn run(options: Options) -> Result<Outcome, Error> {
    let sinks = sinks(options.output)?;
    let door = Live::new()?;
    let parts = Parts {
        module: options.module,
        target: options.target,
        buffer_kb: options.buffer_kb,
        sinks,
    };
    run_through(&door, parts)
}

/// Options, with what takes the output ready.
pub struct Parts {
    pub module: Vec<u8>,
    pub target: Target,
    pub buffer_kb: Option<u32>,
    pub sinks: Sinks,
}

/// Runs a session in the kernel behind the door.
pub fn run_through(door: &dyn Door, parts: Parts) -> Result<Outcome, Error> {
    let name = module::info(&parts.module)?.name;
    let watched = Watched::new(&parts.target)?;
    let signals = Signals::catch().map_err(Error::system("catch signals"))?;
    let wake = Wake::new().map_err(Error::system("make an event"))?;
    let writer =
        Writer::start(parts.sinks, wake.clone()).map_err(Error::system("start a thread"))?;
    // What killed daemons left behind goes first. If it cannot go, that is no reason to stop here.
    let _ = door.unload_stale();
    let mut parameters = format!("target={}{}", watched.id(), zone::parameters());
    if let Some(size) = parts.buffer_kb {
        parameters += &format!(" buffer_kb={size}");
    }
    let _precedence = Precedence::take();
    let session = door.load(&parts.module, &parameters)?;
    let mut ruler = Ruler {
        control: session.control,
        relay: Relay::new(session.rings),
        writer,
        wake,
        signals: &signals,
        watched,
        keyboard: None,
        phase: Phase::Starting,
        order: None,
        start_failure: None,
        failure: None,
        interrupts: 0,
        switches: signals::switches(),
        end_wanted: false,
        last_pass: 0,
    };
    rule(&mut ruler);
    ruler.end(door, &name)
}

/// Rules from a thread of its own, and carries its orders out in this one: begin and end probes are
/// about the thread that runs them.
fn rule(ruler: &mut Ruler<'_>) {
    let (give, orders): (Sender<Order>, Receiver<Order>) = channel();
    let started = thread::scope(|scope| {
        let ruler = &mut *ruler;
        let rule = move || ruler.rule(&give);
        thread::Builder::new().name("stapd-relay".to_owned()).spawn_scoped(scope, rule)?;
        let _deaf = Deaf::to_signals();
        orders.into_iter().for_each(Order::carry_out);
        Ok(())
    });
    if let Err(source) = started {
        ruler.fail(Error::System { what: "start a thread", source });
    }
}

fn sinks(output: Output) -> Result<Sinks, Error> {
    let messages = io::stderr().as_fd().try_clone_to_owned();
    let messages = File::from(messages.map_err(Error::system("use a standard stream"))?);
    Ok(Sinks { output: output.open()?, messages: Box::new(messages) })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Running,
    Stopping,
    Stopped,
}

/// Whoever rules a loaded module.
struct Ruler<'a> {
    control: Arc<dyn Control>,
    relay: Relay,
    writer: Writer,
    wake: Wake,
    signals: &'a Signals,
    watched: Watched,
    /// While the script has what comes on the standard input.
    keyboard: Option<Keyboard>,
    phase: Phase,
    order: Option<Given>,
    start_failure: Option<io::Error>,
    failure: Option<Error>,
    interrupts: usize,
    /// How often the next file of output was asked for.
    switches: usize,
    end_wanted: bool,
    /// Bytes of the last look into the rings.
    last_pass: usize,
}

impl Ruler<'_> {
    /// From the start to the point from which on nothing more happens in the kernel.
    fn rule(&mut self, orders: &Sender<Order>) {
        self.give(orders, |control| control.start());
        while self.phase != Phase::Stopped {
            self.wait();
            self.look_at_signals();
            self.look_at_command();
            self.look_at_order();
            self.look_at_rings();
            self.end_wanted |= self.writer.has_failed();
            if self.end_wanted && self.phase == Phase::Running {
                self.phase = Phase::Stopping;
                self.give(orders, |control| control.stop());
            }
        }
    }

    fn give(&mut self, orders: &Sender<Order>, what: fn(&dyn Control) -> io::Result<()>) {
        let (order, given) = Order::new(&self.control, &self.wake, what);
        // The main thread takes orders as long as this one may give some.
        let _ = orders.send(order);
        self.order = Some(given);
    }

    fn fail(&mut self, error: Error) {
        self.failure.get_or_insert(error);
        self.end_wanted = true;
    }

    /// Until something has happened, or may have.
    fn wait(&mut self) {
        let full = self.writer.is_full();
        let timeout = match self.last_pass {
            _ if full => None,
            0 => self.relay.rings().may_grow().then_some(GROWTH),
            1..HEAVY => Some(PACE),
            _ => Some(Duration::ZERO),
        };
        let input = |fd| PollFd::from_borrowed_fd(fd, PollFlags::IN);
        let mut fds = vec![input(self.wake.as_fd()), input(self.signals.as_fd())];
        // Both of these stay readable.
        let asked = (!self.end_wanted).then(|| {
            fds.push(input(self.control.wants_end()));
            if let Watched::Process { process, .. } = &self.watched {
                fds.push(input(process.as_fd()));
            }
            fds.len()
        });
        if let Watched::Command(command) = &self.watched
            && !self.end_wanted
        {
            fds.push(input(command.as_fd()));
        }
        if self.last_pass == 0 && !full {
            let rings = self.relay.rings();
            fds.extend((0..rings.count()).map(|ring| input(rings.readable(ring))));
        }
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let waited = poll(&mut fds, timeout.as_ref());
        let asked = asked.is_some_and(|end| fds[2..end].iter().any(|fd| !fd.revents().is_empty()));
        self.end_wanted |= asked;
        self.wake.clear();
        if let Err(error) = waited
            && error != Errno::INTR
        {
            self.fail(Error::System { what: "wait for the session", source: error.into() });
        }
    }

    fn look_at_signals(&mut self) {
        self.interrupts += self.signals.arrived();
        let switches = signals::switches();
        if switches != self.switches {
            self.switches = switches;
            let mut batch = Batch::default();
            batch.add_switch();
            self.writer.push(batch);
        }
        self.end_wanted |= self.interrupts > 0;
    }

    fn look_at_command(&mut self) {
        if let Watched::Command(command) = &mut self.watched {
            match command.ended() {
                Ok(end) => self.end_wanted |= end.is_some(),
                Err(error) => self.fail(Error::Command(error)),
            }
        }
    }

    fn look_at_order(&mut self) {
        let Some(result) = self.order.as_ref().and_then(Given::done) else { return };
        self.order = None;
        match (self.phase, result) {
            (Phase::Starting, Ok(())) => {
                self.phase = Phase::Running;
                self.take_input();
                self.release_command();
            }
            (Phase::Starting, Err(error)) => {
                self.start_failure = Some(error);
                self.phase = Phase::Stopped;
            }
            (_, result) => {
                if let Err(source) = result {
                    self.fail(Error::System { what: "stop the session", source });
                }
                self.phase = Phase::Stopped;
            }
        }
    }

    /// Gives the script what comes on the standard input, if it asks for that.
    fn take_input(&mut self) {
        let Some(file) = self.control.input() else { return };
        self.keyboard = Some(Keyboard::take());
        if let Err(source) = keyboard::feed(file) {
            self.fail(Error::System { what: "start a thread", source });
        }
    }

    /// The probes are armed: the command may run, unless a begin probe said exit().
    fn release_command(&mut self) {
        if let Watched::Command(command) = &mut self.watched
            && !self.end_wanted
            && let Err(error) = command.release()
        {
            self.fail(Error::Command(error));
        }
    }

    fn look_at_rings(&mut self) {
        if self.writer.is_full() || matches!(self.failure, Some(Error::Corrupt)) {
            self.last_pass = 0;
            return;
        }
        let grown = if self.last_pass == 0 { self.relay.grow() } else { Ok(()) };
        match grown.and_then(|()| self.relay.pass(&self.writer)) {
            Ok(taken) => self.last_pass = taken,
            Err(error) => {
                self.last_pass = 0;
                self.fail(error);
            }
        }
    }

    /// From there to the end: the last output, unloading, the command, what there is to say.
    fn end(mut self, door: &dyn Door, name: &str) -> Result<Outcome, Error> {
        let missing_records = self.drain();
        let status =
            self.control.status().map(|text| Status::parse(&text)).unwrap_or_else(|source| {
                self.fail(Error::Session {
                    what: "read the counts",
                    name: name.to_owned(),
                    source,
                });
                Status::default()
            });
        let Self { control, relay, writer, wake, signals, watched, interrupts, .. } = self;
        drop((control, relay));
        let mut batch = Batch::default();
        if let Err(error) = unload(door, name) {
            batch.add_message(format!("WARNING: the module {name} could not be unloaded ({error}); `stapd --cleanup` does it once nobody uses it").as_bytes());
        }
        let mut ending = Ending { writer, wake, signals, interrupts };
        let command = ending.end_command(watched, &mut batch);
        let exit_code = i32::from(status.exit_code != 0 || self.start_failure.is_some());
        let outcome = Outcome { exit_code, status, missing_records, command };
        for line in summary::lines(&outcome) {
            batch.add_message(line.as_bytes());
        }
        ending.write(batch);
        let failure = self.failure.or(ending.writer.take_failure().map(Error::Output));
        // A start that failed for a reason which the module has told is told.
        let start = self.start_failure.filter(|_| status.errors == 0).map(Error::Start);
        failure.or(start).map_or(Ok(outcome), Err)
    }

    /// Reads what is left in the rings: how many records never came.
    fn drain(&mut self) -> u64 {
        loop {
            if self.writer.is_full() && self.interrupts < 2 {
                self.last_pass = 0;
                self.wait_for_writer();
                continue;
            }
            self.last_pass = 0;
            self.look_at_rings();
            if self.last_pass == 0 {
                break;
            }
        }
        self.relay.finish(&self.writer).unwrap_or(0)
    }

    fn wait_for_writer(&mut self) {
        self.end_wanted = true;
        self.wait();
        self.look_at_signals();
    }
}
