//! The machine: frames of functions, their values and string slots, and the loop that executes.

use std::collections::{BTreeMap, HashMap};

use stapc_ir::{
    Automaton, Block, Edge, FuncId, GlobalId, LockMode, Module, OPCODES, SearchProgram, Stage,
    Terminator, Value, shared_globals,
};

use crate::{
    code::{Body, Code, Inst},
    error::{Done, InterpError, Stop, bug},
    hit::Hit,
    iteration::Iteration,
    options::{Counts, Message, Options},
    store::Store,
    value::{Datum, Text},
};

/// The state of a session.
pub struct Machine<'m> {
    pub module: &'m Module,
    pub options: &'m Options,
    code: &'m Code<'m>,
    pub stores: Vec<Store<'m>>,
    /// The parts of globals that are per CPU: of each processor that has added anything.
    pub parts: BTreeMap<(GlobalId, u32), Store<'m>>,
    /// The globals that must be locked, and how each is held.
    pub shared: Vec<bool>,
    pub held: Vec<Option<LockMode>>,
    /// The values of all frames; those of the running one begin at `base`.
    pub values: Vec<Datum>,
    pub base: usize,
    pub frames: Vec<Frame<'m>>,
    pub slots: Vec<Slot>,
    /// Another one for each string put into a slot.
    pub stamp: u32,
    pub iterations: Vec<Iteration>,
    /// The iterations begun so far.
    pub iterations_begun: u32,
    /// What the running handler was hit by, and what became of it so far.
    pub hit: Hit<'m>,
    pub output: Vec<u8>,
    pub messages: Vec<Message>,
    /// Of the regular expressions that were searched for.
    pub automata: HashMap<&'m [u8], Automaton>,
    pub searches: HashMap<&'m [u8], SearchProgram>,
    pub exit_wanted: bool,
    pub steps: u64,
    pub counts: Counts,
    /// Faults of each kind.
    pub fault_kinds: BTreeMap<&'static str, u64>,
    pub per_opcode: Vec<u64>,
    /// Keys of an element that is looked for.
    pub name: Vec<u8>,
    moves: Vec<Datum>,
}

/// A call that is running.
pub struct Frame<'m> {
    pub id: FuncId,
    pub body: &'m Body<'m>,
    block: Block,
    /// The next instruction.
    at: usize,
    values: usize,
    pub slots: usize,
    iterations: usize,
}

/// Storage of a string.
#[derive(Debug, Clone)]
pub struct Slot {
    pub text: Text,
    pub stamp: u32,
}

impl<'m> Machine<'m> {
    pub fn new(module: &'m Module, code: &'m Code<'m>, options: &'m Options, cpus: u32) -> Self {
        let longest = module.limits.string_max as usize - 1;
        let stores = module.globals.values().map(|global| {
            let parts = if global.percpu { cpus.max(1) } else { 0 };
            Store::new(&global.kind, longest).with_parts(parts)
        });
        let placed = options.stage >= Stage::Placed;
        let shared = if placed { shared_globals(module) } else { Default::default() };
        Self {
            module,
            options,
            code,
            stores: stores.collect(),
            parts: BTreeMap::new(),
            shared: module.global_ids().map(|id| shared.contains(&id)).collect(),
            held: vec![None; module.globals.len()],
            values: Vec::new(),
            base: 0,
            frames: Vec::new(),
            slots: Vec::new(),
            stamp: 0,
            iterations: Vec::new(),
            iterations_begun: 0,
            hit: Hit::default(),
            output: Vec::new(),
            messages: Vec::new(),
            automata: HashMap::new(),
            searches: HashMap::new(),
            exit_wanted: false,
            steps: 0,
            counts: Counts::default(),
            fault_kinds: BTreeMap::new(),
            per_opcode: vec![0; OPCODES.len()],
            name: Vec::new(),
            moves: Vec::new(),
        }
    }

    /// Executes a function to its end: whether a fault ended it, which [`Hit::fault`] is then.
    pub fn execute(&mut self, function: FuncId) -> Result<bool, Failure> {
        self.frames.clear();
        self.values.clear();
        self.slots.clear();
        self.iterations.clear();
        self.push_frame(function).map_err(|stop| self.failure(stop, None))?;
        loop {
            // Also where blocks handle their own faults for ever.
            self.check_steps().map_err(|stop| self.failure(stop, None))?;
            match self.straight() {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err((Stop::Fault, _)) => {
                    if !self.unwind() {
                        return Ok(true);
                    }
                }
                Err((Stop::Leave, _)) => {
                    self.hit.skipped = self.hit.fault.is_none();
                    return Ok(!self.hit.skipped);
                }
                Err((stop, inst)) => return Err(self.failure(stop, inst)),
            }
        }
    }

    /// Makes a frame for a function, with no values yet.
    pub fn push_frame(&mut self, id: FuncId) -> Done {
        let body = self.code.bodies.get(id.index()).ok_or_else(|| bug("no such function"))?;
        let function = body.function;
        self.base = self.values.len();
        self.values.resize(self.base + function.values.len(), Datum::Unset);
        let slots = self.slots.len();
        let empty = Slot { text: Text::from([]), stamp: 0 };
        self.slots.resize(slots + function.slots as usize, empty);
        self.frames.push(Frame {
            id,
            body,
            block: function.entry(),
            at: 0,
            values: self.base,
            slots,
            iterations: self.iterations.len(),
        });
        Ok(())
    }

    fn pop_frame(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        self.values.truncate(frame.values);
        self.slots.truncate(frame.slots);
        self.iterations.truncate(frame.iterations);
        self.base = self.frames.last().map_or(0, |frame| frame.values);
    }

    /// Executes to the end of the block, or to a call; false where the handler is at its end.
    fn straight(&mut self) -> Result<bool, (Stop, Option<&'m Inst<'m>>)> {
        let Some(frame) = self.frames.last() else { return Ok(false) };
        let (body, mut at) = (frame.body, frame.at);
        let block = &body.blocks[frame.block.index()];
        while let Some(inst) = block.insts.get(at) {
            at += 1;
            self.steps += 1;
            self.per_opcode[inst.data.opcode as usize] += 1;
            if inst.is_call
                && let Some(frame) = self.frames.last_mut()
            {
                frame.at = at;
            }
            (inst.op)(self, inst).map_err(|stop| (stop, Some(inst)))?;
            if inst.is_call {
                return Ok(true);
            }
        }
        self.steps += 1;
        self.counts.block_ends += 1;
        let end = block.end.ok_or_else(|| (bug("a block without end"), None))?;
        self.end(end).map_err(|stop| (stop, None))
    }

    fn check_steps(&self) -> Done {
        if self.steps > self.options.max_steps { Err(Stop::Steps) } else { Ok(()) }
    }

    fn end(&mut self, end: &'m Terminator) -> Result<bool, Stop> {
        match end {
            Terminator::Jump(edge) => self.go(edge).map(|()| true),
            Terminator::Branch(condition, then, otherwise) => {
                let edge = if self.is_true(*condition)? { then } else { otherwise };
                self.go(edge).map(|()| true)
            }
            Terminator::Return(value) => self.leave(*value),
            Terminator::Raise if self.hit.fault.is_some() => Err(Stop::Fault),
            Terminator::Raise => Err(bug("`raise` where no fault lasts")),
        }
    }

    fn go(&mut self, edge: &'m Edge) -> Done {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        (frame.block, frame.at) = (edge.block, 0);
        let params = frame.body.blocks[edge.block.index()].params;
        if params.len() != edge.args.len() {
            return Err(bug(format!("{} takes another number of values", edge.block)));
        }
        // All are read before any is set.
        let mut moves = std::mem::take(&mut self.moves);
        for &arg in &edge.args {
            moves.push(self.value(arg)?.clone());
        }
        for (&param, datum) in params.iter().zip(moves.drain(..)) {
            self.set(param, datum);
        }
        self.moves = moves;
        Ok(())
    }

    /// Returns from a function; false where it was the handler.
    fn leave(&mut self, value: Option<Value>) -> Result<bool, Stop> {
        let mut result = match value {
            Some(value) => Some(self.value(value)?.clone()),
            None => None,
        };
        // A string is copied to the caller before the frame goes.
        if let Some(Datum::Str(place)) = &result {
            result = Some(Datum::Str(crate::value::Place::Own(self.text(place)?)));
        }
        self.pop_frame();
        let Some(frame) = self.frames.last() else { return Ok(false) };
        let call = &frame.body.blocks[frame.block.index()].insts[frame.at - 1];
        self.give_called(call, result)?;
        Ok(true)
    }

    /// Goes where the fault goes; false where that is out of the handler.
    fn unwind(&mut self) -> bool {
        while let Some(frame) = self.frames.last_mut() {
            let Some(catch) = frame.body.blocks[frame.block.index()].catch else {
                self.pop_frame();
                continue;
            };
            (frame.block, frame.at) = (catch, 0);
            let running = frame.body.blocks[catch.index()].running;
            let own = frame.iterations;
            if let Some(innermost) = running {
                self.end_iterations(innermost, own);
            }
            return true;
        }
        false
    }

    /// What a value is.
    pub fn value(&self, value: Value) -> Result<&Datum, Stop> {
        match self.values.get(self.base + value.index()) {
            Some(Datum::Unset) | None => Err(bug(format!("{value} is used before it is defined"))),
            Some(datum) => Ok(datum),
        }
    }

    /// Defines a value.
    pub fn set(&mut self, value: Value, datum: Datum) {
        self.values[self.base + value.index()] = datum;
    }

    fn is_true(&self, value: Value) -> Result<bool, Stop> {
        match self.value(value)? {
            Datum::Bool(condition) => Ok(*condition),
            other => Err(bug(format!("a branch by {}", other.kind()))),
        }
    }

    fn failure(&self, stop: Stop, inst: Option<&Inst<'_>>) -> Failure {
        let message = match stop {
            Stop::Bug(message) => message.into_string(),
            Stop::Fault | Stop::Leave | Stop::Steps => return Failure::Steps,
        };
        let (function, place) = match (self.frames.last(), inst) {
            (Some(frame), Some(inst)) => {
                let result = inst.data.result.map(|result| format!("{result} = "));
                let name = inst.data.opcode.name();
                let place = format!("{}, {}{name}", frame.block, result.unwrap_or_default());
                (frame.body.function.name.clone(), place)
            }
            (Some(frame), None) => {
                (frame.body.function.name.clone(), format!("the end of {}", frame.block))
            }
            (None, _) => (String::new(), String::new()),
        };
        Failure::Bug(InterpError { function, place, message })
    }
}

/// Why nothing more is executed at all.
#[derive(Debug)]
pub enum Failure {
    /// There have been enough steps.
    Steps,
    /// The module does what it must not.
    Bug(InterpError),
}
