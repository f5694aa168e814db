//! The handlers of probes: which of them are functions of their own, and the C of each.

use std::{
    collections::{HashMap, HashSet},
    mem::{Discriminant, discriminant},
};

use stapc_backend_api::BackendError;
use stapc_ir::{Attach, FuncId, Module, Probe};

use crate::{Emit, frames::uses_fuel, function::FunctionEmitter, locks::adding, text::comment};

/// Of more handlers than this all share the code that begins and ends a hit.
const MANY_HANDLERS: usize = 100;

/// Which C handles each probe. Probes of one handler of the IR that are attached in the same way share
/// one function, which learns from its caller whose hit it handles.
pub struct Handlers {
    /// By the probes' numbers: the number of the first that shares its function.
    first: Vec<usize>,
    /// Where each probe stands among those that the runtime gets.
    positions: Vec<usize>,
    /// How many functions there are.
    count: usize,
    /// The first ones of several.
    shared: HashSet<usize>,
    /// Those with handlers that set a budget, and those with handlers that add to parts.
    fuel: HashSet<FuncId>,
    adding: HashSet<FuncId>,
}

impl Handlers {
    /// `order` has the probes' numbers in the order in which the runtime gets them.
    pub fn of(module: &Module, order: &[usize]) -> Self {
        let mut positions = vec![0; order.len()];
        for (position, &number) in order.iter().enumerate() {
            positions[number] = position;
        }
        let mut known: HashMap<(FuncId, Discriminant<Attach>), usize> = HashMap::new();
        let mut first = Vec::new();
        let mut shared = HashSet::new();
        for (number, probe) in module.probes.iter().enumerate() {
            let key = (probe.handler, discriminant(&probe.attach));
            let own =
                if can_share(&probe.attach) { *known.entry(key).or_insert(number) } else { number };
            if own != number {
                shared.insert(own);
            }
            first.push(own);
        }
        let own = |&(number, &first): &(usize, &usize)| number == first;
        let count = first.iter().enumerate().filter(own).count();
        Self { first, positions, count, shared, fuel: uses_fuel(module), adding: adding(module) }
    }

    /// The number of the probe whose function handles this one.
    pub fn of_probe(&self, number: usize) -> usize {
        self.first[number]
    }

    pub fn is_shared(&self, number: usize) -> bool {
        self.shared.contains(&number)
    }

    /// The probes with a function of their own, or that others share.
    pub fn emitted(&self) -> impl Iterator<Item = usize> {
        self.first
            .iter()
            .enumerate()
            .filter(|&(number, &first)| number == first)
            .map(|(number, _)| number)
    }
}

/// Whether what calls the handler says whose hit it is.
fn can_share(attach: &Attach) -> bool {
    match attach {
        Attach::Begin(_) | Attach::End(_) | Attach::Error(_) | Attach::Never => false,
        Attach::Condition(_) => false,
        Attach::Event(_) | Attach::TimerNs(..) | Attach::TimerJiffies(..) => false,
        Attach::Entry(_) | Attach::Call(_) | Attach::Return(..) | Attach::Statement(_) => true,
        Attach::Process(..) | Attach::Trace(_) => true,
    }
}

impl<'e, 'a> FunctionEmitter<'e, 'a> {
    /// The C of a probe's handler, which sets its budget if it uses any, and lets no timer collect
    /// parts that it adds to.
    pub fn handler(emit: &'e mut Emit<'a>, number: usize) -> Result<String, BackendError> {
        let module = emit.module;
        let probe = &module.probes[number];
        let function = module.function(probe.handler);
        let mut emitter = Self::new(emit, function, Some(probe));
        emitter.is_shared = emitter.emit.handlers.is_shared(number);
        let registers = emitter.registers(probe)?;
        let body = emitter.body()?;
        let sort = emitter.sort(probe);
        let mut out = format!(
            "\n/* probe {}{} */\nstatic void probe_{number}(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *fregs)\n{{\n",
            comment(&probe.point),
            if emitter.is_shared { ", …" } else { "" },
        );
        if let Some(registers) = registers {
            out += &format!("\tconst struct stapc_regs *regs = {registers};\n");
        }
        if emitter.has_kept() {
            out += "\tchar *kept = (char *)ip;\n";
        }
        let whose = emitter.whose(number);
        out += &format!("\tstruct stapc_cpu *c = stapc_enter{sort}({whose});\n");
        let frame = function.slots > 0 || function.callees().next().is_some();
        if frame {
            out += "\tchar *frame;\n";
        }
        out += &emitter.params();
        out.push('\n');
        if !probe.attach.is_session() {
            out += "\tif (unlikely(!c))\n\t\treturn;\n";
        }
        if frame {
            out += "\tframe = c->frames;\n";
        }
        out += &emitter.budget(probe);
        out += &emitter.noted(probe);
        if emitter.emit.usage.keeps_matches() {
            out += "\tparts(c)->match.found = false;\n";
        }
        out += &body;
        if emitter.leaves {
            out += "leave:\n";
        }
        if emitter.changes_conditions(probe) {
            out += "\tstapc_reconsider();\n";
        }
        Ok(out + &format!("\tstapc_leave{sort}(c);\n}}\n"))
    }

    /// Which way of beginning and ending a hit it takes, as the end of a name.
    fn sort(&self, probe: &Probe) -> &'static str {
        let handlers = &self.emit.handlers;
        match &probe.attach {
            attach if attach.is_session() => "_session",
            Attach::Condition(_) => "_condition",
            _ if handlers.adding.contains(&probe.handler) => "_adding",
            _ if handlers.count > MANY_HANDLERS => "_far",
            _ => "",
        }
    }

    /// Whether behind its hits other probes may be armed than before. The runtime asks behind begin points anyway.
    fn changes_conditions(&self, probe: &Probe) -> bool {
        let written = self.emit.writes.function(probe.handler);
        !probe.attach.is_session() && self.emit.conditions.read(written)
    }

    /// The probe that was hit, in C.
    fn whose(&self, number: usize) -> String {
        if self.is_shared {
            return "stapc_probe_of(ops)".to_owned();
        }
        format!("&probes[{}]", self.emit.handlers.positions[number])
    }

    fn budget(&self, probe: &Probe) -> String {
        if !self.emit.handlers.fuel.contains(&probe.handler) {
            return String::new();
        }
        let limits = &self.emit.module.limits;
        let session = probe.attach.is_session();
        let limit = if session { limits.max_action_session } else { limits.max_action };
        format!("\tstapc_fuel_start(c, {});\n", limit.min(i32::MAX as u32))
    }
}
