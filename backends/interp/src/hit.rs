//! A hit of a probe: what it finds, and how it ends.

use std::collections::HashMap;

use stapc_ir::{GlobalId, InstData, Probe, Slots};

use crate::{
    error::Stop,
    event::Event,
    machine::{Failure, Machine},
    options::{Bounds, Message},
};

/// Bytes of a message that a script makes.
const MESSAGE: usize = 511;
/// Bytes of a record of output.
const RECORD: usize = 8192;

/// A hit that is being handled.
#[derive(Debug, Default)]
pub struct Hit<'m> {
    pub probe: Option<&'m Probe>,
    pub event: Option<&'m Event>,
    pub cpu: u32,
    /// Nanoseconds since the session began.
    pub now: u64,
    /// How often the time was asked for.
    pub asked: i64,
    /// Which hit it is, counted from 1.
    pub serial: u64,
    /// The fault that lasts.
    pub fault: Option<Fault<'m>>,
    pub skipped: bool,
    pub fuel: i64,
    /// Bytes stored into the kernel's memory and into the task's, at least until the hit ends.
    pub stored: [HashMap<u64, u8>; 2],
    /// The search that was kept last, if it found anything: what of which string its groups matched.
    pub matched: Option<Match>,
    /// What this call keeps, by position.
    pub keeps: HashMap<u32, Kept>,
    /// What the call kept that this is the return of.
    pub kept: HashMap<u32, Kept>,
}

/// What a search has matched.
#[derive(Debug, Clone)]
pub struct Match {
    pub text: Vec<u8>,
    pub slots: Slots,
    pub groups: usize,
}

/// Something that a call keeps for its return.
#[derive(Debug, Clone)]
pub enum Kept {
    Int(i64),
    Text(Vec<u8>),
}

/// What a fault is.
#[derive(Debug, Clone)]
pub enum Kind {
    Division,
    /// Of memory at an address.
    Read(u64),
    Write(u64),
    MapFull,
    /// Of a map when its parts were collected.
    Collected(GlobalId),
    EmptyStat,
    /// Of a match that was not, or that has no such group.
    Group,
    Actions,
    Nesting,
    Iterate,
    /// `error`, with this text.
    Script(Vec<u8>),
    /// `abort`, which is neither ended nor reported.
    Abort,
}

impl Kind {
    /// As [`crate::Outcome::fault_kinds`] calls it.
    fn name(&self) -> &'static str {
        match self {
            Self::Division => "division",
            Self::Read(_) => "read",
            Self::Write(_) => "write",
            Self::MapFull => "full map",
            Self::Collected(_) => "collected map",
            Self::Group => "group",
            Self::EmptyStat => "empty aggregate",
            Self::Actions => "fuel",
            Self::Nesting => "nesting",
            Self::Iterate => "iteration",
            Self::Script(_) => "error",
            Self::Abort => "abort",
        }
    }
}

/// A fault, and the instruction that met it, if it is one's.
#[derive(Debug, Clone)]
pub struct Fault<'m> {
    pub kind: Kind,
    pub inst: Option<&'m InstData>,
}

impl<'m> Machine<'m> {
    /// Notes a fault.
    pub fn fault(&mut self, kind: Kind, inst: &'m InstData) -> Stop {
        self.note_fault(kind, Some(inst));
        Stop::Fault
    }

    /// Notes a fault, of an instruction or of none.
    pub fn note_fault(&mut self, kind: Kind, inst: Option<&'m InstData>) {
        self.counts.faults += 1;
        *self.fault_kinds.entry(kind.name()).or_default() += 1;
        self.hit.fault = Some(Fault { kind, inst });
    }

    /// What the lasting fault is called.
    pub fn fault_text(&self) -> Vec<u8> {
        let Some(Fault { kind, inst }) = &self.hit.fault else { return Vec::new() };
        let mut text = match kind {
            Kind::Division => b"division by 0".to_vec(),
            Kind::Read(address) => {
                format!("read fault [man error::fault] at 0x{address:016x}").into_bytes()
            }
            Kind::Write(address) => {
                format!("write fault [man error::fault] at 0x{address:016x}").into_bytes()
            }
            Kind::MapFull => b"Array overflow, check MAXMAPENTRIES".to_vec(),
            Kind::Collected(global) => {
                let name = &self.module.global(*global).name;
                format!("Array overflow, check MAXMAPENTRIES near identifier '{name}'").into_bytes()
            }
            Kind::Group => b"no such group in the last match".to_vec(),
            Kind::EmptyStat => b"empty aggregate".to_vec(),
            Kind::Actions => b"MAXACTION exceeded".to_vec(),
            Kind::Nesting => b"MAXNESTING exceeded".to_vec(),
            Kind::Iterate => b"foreach loops nested too deep".to_vec(),
            Kind::Abort => b"aborted".to_vec(),
            Kind::Script(text) => text[..text.len().min(MESSAGE)].to_vec(),
        };
        let Some(inst) = inst else { return text };
        if let Some(near) = &inst.near {
            text.extend(format!(" near {near}").into_bytes());
        }
        let location = inst.location;
        let file = self.module.files.get(location.file as usize);
        if let Some(file) = file.filter(|_| location.line > 0) {
            text.extend(format!(" at {file}:{}:{}", location.line, location.column).into_bytes());
        }
        text
    }

    /// Runs a probe's handler, hit by what is in `self.hit`; whether a fault ended it that is reported.
    pub fn handle(&mut self, probe: &'m Probe) -> Result<bool, Failure> {
        let limits = &self.module.limits;
        self.hit.probe = Some(probe);
        self.hit.fuel = match self.options.bounds {
            Bounds::Kernel if probe.attach.is_session() => limits.max_action_session.into(),
            Bounds::Kernel => limits.max_action.into(),
            Bounds::Comparable | Bounds::Nesting => i64::MAX,
            Bounds::Fuel(fuel) => fuel,
        };
        let faulted = self.execute(probe.handler)?;
        self.check_locks()?;
        Ok(faulted && !matches!(&self.hit.fault, Some(Fault { kind: Kind::Abort, .. })))
    }

    fn check_locks(&self) -> Result<(), Failure> {
        let held = self.held.iter().position(Option::is_some);
        let Some((_, global)) = held.and_then(|at| self.module.globals.iter().nth(at)) else {
            return Ok(());
        };
        let probe = self.hit.probe.map(|probe| probe.point.clone()).unwrap_or_default();
        let message = format!("the handler of {probe} ends with the lock of @{}", global.name);
        Err(Failure::Bug(crate::InterpError {
            function: String::new(),
            place: String::new(),
            message,
        }))
    }

    /// Reports the fault that ended the handler.
    pub fn report_fault(&mut self) {
        let mut line = b"ERROR: ".to_vec();
        line.extend(self.fault_text());
        self.report(line, RECORD - 1);
    }

    /// A warning of the script's.
    pub fn warn(&mut self, text: &[u8]) {
        self.report([b"WARNING: ", text].concat(), RECORD);
    }

    /// A line for whoever runs the session, cut to what a record holds.
    pub fn report(&mut self, mut line: Vec<u8>, most: usize) {
        line.truncate(most);
        self.messages.push(Message { after: self.output.len(), line: line.into() });
    }
}
