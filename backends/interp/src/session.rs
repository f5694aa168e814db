//! A session: begin probes, events and timers, end or error probes.

use std::collections::HashMap;

use stapc_ir::{Attach, Module, Probe};

use crate::{
    InterpError,
    check::check,
    code::Code,
    event::Event,
    hit::{Hit, Kept},
    machine::{Failure, Machine},
    options::{Message, Options, Outcome},
};

/// Shorter intervals of timers count as this one.
const SHORTEST_TIMER_NS: u64 = 50_000;

/// Runs a session: begin probes, then events and timers by their time, then end or error probes.
///
/// It ends when a handler says so, when errors or skipped hits are more than the limits allow, when
/// [`Options::duration`] is over, or when nothing can happen any more. Time is virtual: nothing waits.
///
/// # Errors
/// When the module does what the IR forbids.
pub fn run(module: &Module, events: &[Event], options: &Options) -> Result<Outcome, InterpError> {
    check(module)?;
    let code = Code::of(module);
    let cpus = events.iter().map(|event| event.cpu.saturating_add(1));
    let cpus = cpus.max().unwrap_or(0).max(options.cpus);
    let mut session = Session::new(Machine::new(module, &code, options, cpus));
    let end = session.run(events);
    session.outcome(end)
}

/// Runs each probe's handler in the order of the module, all of them `times` times, without the life
/// of a session: neither `exit` nor errors end anything.
///
/// # Errors
/// When the module does what the IR forbids.
pub fn run_each(module: &Module, times: usize, options: &Options) -> Result<Outcome, InterpError> {
    check(module)?;
    let code = Code::of(module);
    let mut session = Session::new(Machine::new(module, &code, options, options.cpus));
    session.endless = true;
    let end = session.run_each(times);
    session.outcome(end)
}

struct Session<'m> {
    machine: Machine<'m>,
    /// Nanoseconds since it began.
    now: u64,
    serial: u64,
    /// Whether nothing ends it.
    endless: bool,
    failed: bool,
    hits: u64,
    handled: u64,
    skipped: u64,
    errors: u64,
    /// What calls kept whose returns are to come: of a probe and a task, the outermost first.
    waiting: HashMap<(usize, Option<i64>), Vec<Keeps>>,
    /// What is kept for the next hit.
    kept: Keeps,
}

/// What a call keeps, by position.
type Keeps = HashMap<u32, Kept>;

/// A timer and when it comes next.
struct Timer<'m> {
    probe: &'m Probe,
    interval: u64,
    /// By how much that varies at most, in nanoseconds; and what chance made last.
    spread: u64,
    chance: u64,
    next: u64,
}

impl Timer<'_> {
    /// When it comes again (xorshift).
    fn advance(&mut self) {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        let more = self.chance % (2 * self.spread + 1);
        let interval = (self.interval.saturating_add(more) - self.spread).max(SHORTEST_TIMER_NS);
        self.next = self.next.saturating_add(interval);
    }
}

impl<'m> Session<'m> {
    fn new(machine: Machine<'m>) -> Self {
        let (now, serial, endless, failed) = (0, 0, false, false);
        let (hits, handled, skipped, errors) = (0, 0, 0, 0);
        let (waiting, kept) = (HashMap::new(), HashMap::new());
        Self {
            machine,
            now,
            serial,
            endless,
            failed,
            hits,
            handled,
            skipped,
            errors,
            waiting,
            kept,
        }
    }

    fn run(&mut self, events: &'m [Event]) -> Result<(), Failure> {
        self.ask_conditions()?;
        self.run_session(|attach| matches!(attach, Attach::Begin(_)))?;
        if !self.machine.exit_wanted {
            self.ask_conditions()?;
            self.live(events)?;
        }
        if self.failed {
            self.run_session(|attach| matches!(attach, Attach::Error(_)))
        } else {
            self.run_session(|attach| matches!(attach, Attach::End(_)))
        }
    }

    /// Asks what probes are armed by, for its faults: here all are always armed, and handlers see for themselves.
    fn ask_conditions(&mut self) -> Result<(), Failure> {
        self.run_session(|attach| matches!(attach, Attach::Condition(_)))
    }

    fn run_each(&mut self, times: usize) -> Result<(), Failure> {
        let module = self.machine.module;
        for _ in 0..times {
            for probe in &module.probes {
                self.hit(probe, None)?;
            }
        }
        Ok(())
    }

    /// Runs the probes of one kind by their order; begin probes only until the end is wanted.
    fn run_session(&mut self, kind: fn(&Attach) -> bool) -> Result<(), Failure> {
        let module = self.machine.module;
        let mut probes: Vec<&Probe> =
            module.probes.iter().filter(|probe| kind(&probe.attach)).collect();
        probes.sort_by_key(|probe| match probe.attach {
            Attach::Begin(order) | Attach::End(order) | Attach::Error(order) => order,
            _ => 0,
        });
        for probe in probes {
            if matches!(probe.attach, Attach::Begin(_)) && self.machine.exit_wanted {
                break;
            }
            self.hit(probe, None)?;
        }
        Ok(())
    }

    /// Events and timers, until the end is wanted or nothing is left.
    fn live(&mut self, events: &'m [Event]) -> Result<(), Failure> {
        let mut events: Vec<&Event> = events.iter().collect();
        events.sort_by_key(|event| event.at);
        let mut events = events.into_iter().peekable();
        let mut timers = self.timers();
        let duration = self.machine.options.duration.unwrap_or(u64::MAX);
        while !self.machine.exit_wanted {
            let timer = timers.iter_mut().min_by_key(|timer| timer.next);
            let next_event = events.peek().map_or(u64::MAX, |event| event.at);
            let next_timer = timer.as_ref().map_or(u64::MAX, |timer| timer.next);
            let next = next_event.min(next_timer);
            if next > duration || (timer.is_none() && events.peek().is_none()) {
                self.now = if duration == u64::MAX { self.now } else { duration };
                break;
            }
            self.now = next;
            match (timer, events.next_if(|event| event.at <= next_timer)) {
                (_, Some(event)) => self.event(event)?,
                (Some(timer), None) => {
                    timer.advance();
                    self.hit(timer.probe, None)?;
                }
                (None, None) => break,
            }
        }
        Ok(())
    }

    fn timers(&self) -> Vec<Timer<'m>> {
        let module = self.machine.module;
        let hz = self.machine.options.hz.max(1);
        let interval = |probe: &'m Probe| {
            let tick = 1_000_000_000 / hz;
            let (interval, spread) = match probe.attach {
                Attach::TimerNs(interval, spread) => (interval, spread),
                Attach::TimerJiffies(ticks, spread) => {
                    (ticks.saturating_mul(tick), spread.saturating_mul(tick))
                }
                _ => return None,
            };
            let spread = spread.min(interval).min(u64::MAX / 4);
            let mut timer = Timer { probe, interval, spread, chance: interval | 1, next: self.now };
            timer.advance();
            Some(timer)
        };
        module.probes.iter().filter_map(interval).collect()
    }

    fn event(&mut self, event: &'m Event) -> Result<(), Failure> {
        let module = self.machine.module;
        for (number, probe) in module.probes.iter().enumerate() {
            let returns = event.context.ret.is_some();
            let (side, call) = match &probe.attach {
                Attach::Return(..) => (returns, number.checked_sub(1)),
                Attach::Call(_) => (!returns, Some(number)),
                Attach::Entry(_) | Attach::Trace(_) => (!returns, None),
                _ => (true, None),
            };
            let function = probe.attach.code().map(|code| &code.function);
            let meant = probe.point == event.probe || (side && function == Some(&event.probe));
            if !meant || !probe.attach.is_hit() || self.machine.exit_wanted {
                continue;
            }
            let is_call = |number: &usize| matches!(module.probes[*number].attach, Attach::Call(_));
            match (call.filter(is_call), &probe.attach) {
                (Some(call), Attach::Call(_)) if !returns => self.call(call, event)?,
                (Some(call), Attach::Return(..)) => self.return_of(call, probe, event)?,
                (Some(_), _) => {}
                (None, _) => self.hit(probe, Some(event))?,
            }
        }
        Ok(())
    }

    /// A call whose return is probed: what it keeps waits for the return, by task.
    fn call(&mut self, call: usize, event: &'m Event) -> Result<(), Failure> {
        let errors = self.errors;
        self.hit(&self.machine.module.probes[call], Some(event))?;
        if self.errors == errors && !self.machine.hit.skipped {
            let kept = std::mem::take(&mut self.machine.hit.keeps);
            self.waiting.entry((call, event.context.tid)).or_default().push(kept);
        }
        Ok(())
    }

    /// A return whose call was probed; of one that was not, nothing is seen.
    fn return_of(
        &mut self,
        call: usize,
        probe: &'m Probe,
        event: &'m Event,
    ) -> Result<(), Failure> {
        let waiting = self.waiting.get_mut(&(call, event.context.tid));
        if let Some(kept) = waiting.and_then(Vec::pop) {
            self.kept = kept;
            self.hit(probe, Some(event))?;
        }
        Ok(())
    }

    fn hit(&mut self, probe: &'m Probe, event: Option<&'m Event>) -> Result<(), Failure> {
        self.serial += 1;
        let cpus = self.machine.options.cpus;
        let cpu = match event {
            Some(event) => event.cpu,
            None if self.endless => (self.serial % u64::from(cpus.max(1))) as u32,
            None => 0,
        };
        let kept = std::mem::take(&mut self.kept);
        let (now, serial) = (self.now, self.serial);
        self.machine.hit = Hit { event, cpu, now, serial, kept, ..Hit::default() };
        let counted = u64::from(probe.attach.is_hit());
        self.hits += counted;
        let faulted = self.machine.handle(probe)?;
        if self.machine.hit.skipped {
            self.skip();
        } else {
            self.handled += counted;
        }
        if faulted && !self.machine.hit.skipped {
            self.machine.report_fault();
            self.errors += 1;
            self.end_if(self.errors > u64::from(self.machine.module.limits.max_errors));
        }
        if self.endless {
            self.machine.exit_wanted = false;
        }
        Ok(())
    }

    fn skip(&mut self) {
        self.skipped += 1;
        let most = self.machine.module.limits.max_skipped;
        if self.skipped > u64::from(most) && !self.machine.exit_wanted {
            let line = format!("ERROR: Skipped too many probes, check MAXSKIPPED: {most}");
            self.machine.report(line.into_bytes(), usize::MAX);
            self.errors += 1;
            self.end_if(true);
        }
    }

    fn end_if(&mut self, failed: bool) {
        self.failed |= failed && !self.endless;
        self.machine.exit_wanted |= self.failed;
    }

    fn outcome(self, end: Result<(), Failure>) -> Result<Outcome, InterpError> {
        let gave_up = match end {
            Ok(()) => false,
            Err(Failure::Steps) => true,
            Err(Failure::Bug(error)) => return Err(error),
        };
        let Self { mut machine, failed, hits, handled, skipped, errors, endless, .. } = self;
        // What no handler has merged is part of a global all the same.
        machine.module.global_ids().for_each(|global| machine.merge(global));
        let names = machine.module.globals.values().map(|global| global.name.clone());
        let mut messages = machine.messages;
        if errors + skipped > 0 && !endless {
            let line = format!("WARNING: Number of errors: {errors}, skipped probes: {skipped}");
            messages.push(Message { after: machine.output.len(), line: line.into() });
        }
        Ok(Outcome {
            output: machine.output.into(),
            messages,
            globals: names.zip(machine.stores.iter().map(|store| store.show())).collect(),
            status: i32::from(failed),
            gave_up,
            exited: machine.exit_wanted,
            hits,
            handled,
            skipped,
            errors,
            steps: machine.steps,
            effects: machine.counts,
            fault_kinds: machine.fault_kinds,
            per_opcode: machine.per_opcode,
        })
    }
}
