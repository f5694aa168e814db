//! A small machine that executes modules, to compare them before and behind passes.
//!
//! Strings live where the IR says: in slots, globals and elements, once they are placed
//! (`Stage::Final`), so that a slot written too early shows. Fuel is not spent here, unless a
//! budget is given.

mod globals;

use std::collections::HashMap;

use stapc_ir::{
    Block, Edge, Effects, FuncId, Function, GlobalId, GlobalKind, Immediate, InstData, Module,
    Opcode, Terminator, Value,
};

use super::text::{self, Argument};

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
enum Datum {
    Int(i64),
    Bool(bool),
    Str(Place),
    Iter(usize),
}

/// Where a string is.
#[derive(Debug, Clone, PartialEq)]
enum Place {
    Own(Vec<u8>),
    Slot(usize, u32),
    Scalar(GlobalId),
    Key(GlobalId, usize, usize),
    Element(GlobalId, usize),
}

#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Int(i64),
    Text(Vec<u8>),
    Samples(Vec<i64>),
}

#[derive(Debug, Clone, Default)]
struct Element {
    keys: Vec<Cell>,
    value: Option<Cell>,
    /// When it was made; 0: free.
    order: u64,
}

#[derive(Debug, Clone, Default)]
struct Store {
    scalar: Option<Cell>,
    elements: Vec<Element>,
    free: Vec<usize>,
    made: u64,
}

struct Iteration {
    map: GlobalId,
    list: Vec<usize>,
    at: usize,
}

/// Why execution does not go on.
#[derive(Debug)]
enum Stop {
    Fault(String),
    /// The machine gave up.
    Steps,
}

pub struct Machine<'m> {
    module: &'m Module,
    placed: bool,
    stores: Vec<Store>,
    frames: Vec<Vec<Vec<u8>>>,
    iterations: Vec<Iteration>,
    /// What was put out, faults that ended handlers among it.
    pub output: String,
    changes: usize,
    steps: usize,
    budget: Option<i64>,
    /// The functions that are running.
    active: Vec<FuncId>,
}

/// Runs each handler `times` times; what it puts out and leaves behind, or nothing if it takes too
/// long.
pub fn run(module: &Module, placed: bool, times: usize) -> Option<String> {
    let mut machine = Machine::new(module, placed, None);
    for _ in 0..times {
        for probe in &module.probes {
            machine.handle(probe.handler)?;
        }
    }
    Some(machine.dump())
}

/// Whether every handler ends by itself, within a budget of fuel.
pub fn ends(module: &Module, budget: i64) -> bool {
    module
        .probes
        .iter()
        .all(|probe| Machine::new(module, true, Some(budget)).handle(probe.handler).is_some())
}

impl<'m> Machine<'m> {
    fn new(module: &'m Module, placed: bool, budget: Option<i64>) -> Self {
        let store = |kind: &GlobalKind| Store {
            scalar: match kind {
                GlobalKind::I64(init) => Some(Cell::Int(*init)),
                GlobalKind::Str(init) => Some(Cell::Text(init.to_vec())),
                GlobalKind::Stat(_) => Some(Cell::Samples(Vec::new())),
                GlobalKind::Map { .. } => None,
            },
            ..Store::default()
        };
        let stores = module.globals.values().map(|global| store(&global.kind)).collect();
        Self {
            module,
            placed,
            stores,
            frames: Vec::new(),
            iterations: Vec::new(),
            output: String::new(),
            changes: 0,
            steps: 0,
            budget,
            active: Vec::new(),
        }
    }

    fn handle(&mut self, handler: FuncId) -> Option<()> {
        self.steps = 0;
        self.iterations.clear();
        self.active.clear();
        match self.call(handler, Vec::new()) {
            Ok(_) => Some(()),
            Err(Stop::Fault(message)) => {
                self.output += &format!("FAULT {message}\n");
                Some(())
            }
            Err(Stop::Steps) => None,
        }
    }

    /// The output and the globals.
    fn dump(&self) -> String {
        let mut out = self.output.clone();
        for (id, global) in self.module.globals.iter() {
            let store = &self.stores[id.into_raw().into_u32() as usize];
            let mut elements: Vec<&Element> =
                store.elements.iter().filter(|element| element.order > 0).collect();
            elements.sort_by_key(|element| element.order);
            let elements: Vec<_> =
                elements.iter().map(|element| (&element.keys, &element.value)).collect();
            out += &format!("{} = {:?} {elements:?}\n", global.name, store.scalar);
        }
        out
    }

    fn call(&mut self, id: FuncId, args: Vec<Datum>) -> Result<Option<Datum>, Stop> {
        let function = self.module.function(id);
        self.frames.push(vec![Vec::new(); function.slots as usize]);
        self.active.push(id);
        let result = self.body(function, args);
        // A string is copied to the caller before the frame goes.
        let result = result.map(|result| match result {
            Some(Datum::Str(place)) => Some(Datum::Str(Place::Own(self.text(&place)))),
            other => other,
        });
        self.active.pop();
        self.frames.pop();
        result
    }

    fn body(&mut self, function: &'m Function, args: Vec<Datum>) -> Result<Option<Datum>, Stop> {
        let mut values: HashMap<Value, Datum> =
            function.params().iter().copied().zip(args).collect();
        let mut block = function.entry();
        let mut fault = String::new();
        loop {
            self.steps += 1;
            if self.steps > 3000 {
                return Err(Stop::Steps);
            }
            let data = function.block(block);
            match self.block(function, block, &mut values, &fault) {
                Ok(Next::Go(edge)) => {
                    let given: Vec<Datum> =
                        edge.args.iter().map(|arg| values[arg].clone()).collect();
                    values.extend(function.block(edge.block).params.iter().copied().zip(given));
                    block = edge.block;
                }
                Ok(Next::Return(value)) => return Ok(value.map(|value| values[&value].clone())),
                Err(Stop::Fault(message)) => match data.catch {
                    Some(catch) => {
                        fault = message;
                        block = catch;
                    }
                    None => return Err(Stop::Fault(message)),
                },
                Err(Stop::Steps) => return Err(Stop::Steps),
            }
        }
    }

    fn block(
        &mut self,
        function: &'m Function,
        block: Block,
        values: &mut HashMap<Value, Datum>,
        fault: &str,
    ) -> Result<Next<'m>, Stop> {
        let data = function.block(block);
        for &inst in &data.insts {
            let inst = function.inst(inst);
            let args: Vec<Datum> = inst.args.iter().map(|arg| values[arg].clone()).collect();
            let result = match inst.opcode {
                Opcode::FaultText => Some(self.cut(fault.as_bytes().to_vec())),
                // What used the fuel up goes on.
                Opcode::FaultEnd if self.budget.is_some_and(|budget| budget < 0) => {
                    return Err(Stop::Fault(fault.to_owned()));
                }
                Opcode::FaultEnd => None,
                _ => self.inst(function, inst, &args)?,
            };
            if let (Some(value), Some(datum)) = (inst.result, result) {
                let datum = self.keep(inst, datum);
                values.insert(value, datum);
            }
        }
        match data.terminator.as_ref().unwrap() {
            Terminator::Jump(edge) => Ok(Next::Go(edge)),
            Terminator::Branch(condition, then, otherwise) => {
                Ok(Next::Go(if values[condition] == Datum::Bool(true) { then } else { otherwise }))
            }
            Terminator::Return(value) => Ok(Next::Return(*value)),
            Terminator::Raise => Err(Stop::Fault(fault.to_owned())),
        }
    }

    /// Puts a string result where the instruction says.
    fn keep(&mut self, inst: &InstData, datum: Datum) -> Datum {
        let Datum::Str(place) = &datum else { return datum };
        let text = self.text(place);
        match inst.slot {
            Some(slot) => {
                let frame = self.frames.len() - 1;
                self.frames[frame][slot as usize] = text;
                Datum::Str(Place::Slot(frame, slot))
            }
            None if self.placed && inst.opcode.effects().has(Effects::BORROW) => datum,
            None => Datum::Str(Place::Own(text)),
        }
    }

    fn text(&self, place: &Place) -> Vec<u8> {
        let cell = match place {
            Place::Own(text) => return text.clone(),
            Place::Slot(frame, slot) => return self.frames[*frame][*slot as usize].clone(),
            Place::Scalar(global) => self.stores[global.index()].scalar.as_ref(),
            Place::Key(map, element, key) => {
                self.stores[map.index()].elements[*element].keys.get(*key)
            }
            Place::Element(map, element) => {
                self.stores[map.index()].elements[*element].value.as_ref()
            }
        };
        match cell {
            Some(Cell::Text(text)) => text.clone(),
            other => panic!("no string but {other:?}"),
        }
    }

    fn cut(&self, mut text: Vec<u8>) -> Datum {
        text.truncate(self.module.limits.string_max as usize - 1);
        Datum::Str(Place::Own(text))
    }

    fn inst(
        &mut self,
        function: &Function,
        inst: &InstData,
        args: &[Datum],
    ) -> Result<Option<Datum>, Stop> {
        let fault = |what: &str| {
            Stop::Fault(format!(
                "{what} near {:?} at {}:{}",
                inst.near, inst.location.line, inst.location.column
            ))
        };
        let int = |at: usize| {
            if let Some(Datum::Int(value)) = args.get(at) {
                *value
            } else {
                panic!("{} of {args:?}", inst.opcode.name())
            }
        };
        let string = |at: usize| {
            if let Some(Datum::Str(place)) = args.get(at) {
                self.text(place)
            } else {
                panic!("no string")
            }
        };
        if let Some(result) = super::arithmetic::integers(inst.opcode, args.len(), int) {
            return match result {
                Ok(Argument::Int(value)) => Ok(Some(Datum::Int(value))),
                Ok(Argument::Bool(value)) => Ok(Some(Datum::Bool(value))),
                Ok(Argument::Text(_)) => unreachable!("of integers"),
                Err(what) => Err(fault(what)),
            };
        }
        let time = self.changes as i64 * 31;
        Ok(Some(match (inst.opcode, &inst.immediate) {
            (Opcode::Iconst, Immediate::Int(value)) => Datum::Int(*value),
            (Opcode::Bconst, Immediate::Index(value)) => Datum::Bool(*value != 0),
            (Opcode::Sconst, Immediate::Text(text)) => self.cut(text.to_vec()),
            (Opcode::B2i, _) => Datum::Int((args[0] == Datum::Bool(true)).into()),
            (Opcode::Bnot, _) => Datum::Bool(args[0] != Datum::Bool(true)),
            (Opcode::ScmpEq, _) => Datum::Bool(string(0) == string(1)),
            (Opcode::ScmpNe, _) => Datum::Bool(string(0) != string(1)),
            (Opcode::ScmpLt, _) => Datum::Bool(string(0) < string(1)),
            (Opcode::ScmpLe, _) => Datum::Bool(string(0) <= string(1)),
            (Opcode::ScmpGt, _) => Datum::Bool(string(0) > string(1)),
            (Opcode::ScmpGe, _) => Datum::Bool(string(0) >= string(1)),
            (Opcode::Slen, _) => Datum::Int(string(0).len() as i64),
            (Opcode::Scopy, _) => Datum::Str(Place::Own(string(0))),
            (Opcode::Sconcat, _) => {
                // As the runtime does it: the slot takes the first, then the second behind it.
                let second = string(1);
                if let (Some(slot), Some(Datum::Str(Place::Slot(frame, other)))) =
                    (inst.slot, args.get(1))
                {
                    assert!(
                        (*frame, *other) != (self.frames.len() - 1, slot),
                        "sconcat onto its second operand"
                    );
                }
                self.cut([string(0), second].concat())
            }
            (Opcode::Ssubstr, _) => {
                let text = string(0);
                let (from, length) = (int(1), int(2));
                if from < 0 || length < 0 || from as usize >= text.len() {
                    Datum::Str(Place::Own(Vec::new()))
                } else {
                    let end = (from as usize).saturating_add(length as usize).min(text.len());
                    Datum::Str(Place::Own(text[from as usize..end].to_vec()))
                }
            }
            (Opcode::Sprint, Immediate::Format(format)) => {
                let text = text::format(format, &self.arguments(args));
                self.cut(text)
            }
            (Opcode::Print, Immediate::Format(format)) => {
                self.output +=
                    &String::from_utf8_lossy(&text::format(format, &self.arguments(args)));
                return Ok(None);
            }
            (Opcode::Log | Opcode::Warn, _) => {
                self.output +=
                    &format!("{} {}\n", inst.opcode.name(), String::from_utf8_lossy(&string(0)));
                return Ok(None);
            }
            (Opcode::Error, _) => {
                return Err(fault(&format!("error {}", String::from_utf8_lossy(&string(0)))));
            }
            (Opcode::Execname, _) => Datum::Str(Place::Own(b"machine".to_vec())),
            (Opcode::ProbeFunc | Opcode::ProbePoint, _) => {
                Datum::Str(Place::Own(inst.opcode.name().into()))
            }
            (Opcode::TimeNs | Opcode::Cycles, _) => Datum::Int(time),
            (Opcode::Arg, Immediate::Index(index)) => Datum::Int(i64::from(*index) * 3),
            (opcode, _) if opcode.effects() == Effects::CONTEXT => Datum::Int(opcode as i64),
            (opcode, Immediate::Int(offset)) if opcode.name().starts_with("load.") => {
                let address = int(0).wrapping_add(*offset);
                if address % 7 == 0 {
                    return Err(fault("bad address"));
                }
                Datum::Int(address.wrapping_mul(17).wrapping_add(time))
            }
            (Opcode::CallFn, Immediate::Func(callee)) => {
                // Only recursion counts here, so that inlining changes nothing.
                if self.active.iter().filter(|active| *active == callee).count()
                    > self.module.limits.max_nesting as usize
                {
                    return Err(fault("nesting"));
                }
                return self.call(*callee, args.to_vec());
            }
            (Opcode::Fuel, Immediate::Index(amount)) => {
                if let Some(budget) = &mut self.budget {
                    *budget -= i64::from(*amount);
                    if *budget < 0 {
                        return Err(fault("fuel"));
                    }
                }
                return Ok(None);
            }
            (Opcode::Exit | Opcode::Lock | Opcode::Unlock, _) => return Ok(None),
            _ => return self.global(function, inst, args).map_err(|what| fault(&what)),
        }))
    }

    fn arguments(&self, args: &[Datum]) -> Vec<Argument> {
        let argument = |arg: &Datum| match arg {
            Datum::Int(value) => Argument::Int(*value),
            Datum::Bool(value) => Argument::Bool(*value),
            Datum::Str(place) => Argument::Text(self.text(place)),
            Datum::Iter(_) => panic!("an iteration is printed"),
        };
        args.iter().map(argument).collect()
    }

    fn cells(&self, args: &[Datum]) -> Vec<Cell> {
        let cell = |argument| match argument {
            Argument::Int(value) => Cell::Int(value),
            Argument::Bool(value) => Cell::Int(value.into()),
            Argument::Text(text) => Cell::Text(text),
        };
        self.arguments(args).into_iter().map(cell).collect()
    }
}

enum Next<'m> {
    Go(&'m Edge),
    Return(Option<Value>),
}
