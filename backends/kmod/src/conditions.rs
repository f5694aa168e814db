//! By what probes are armed: the numbers that the runtime knows conditions by, and which handlers may change whether
//! they hold.

use std::collections::HashSet;

use stapc_ir::{Attach, FuncId, GlobalId, Immediate, Module, Probe};

/// The conditions of a module. Those with one handler are one for the runtime.
pub struct Conditions {
    /// The numbers of the IR, each with its handler; the runtime's are the handlers' positions, from 1 on.
    numbers: Vec<(u32, FuncId)>,
    handlers: Vec<FuncId>,
    /// What they read.
    watched: HashSet<GlobalId>,
}

impl Conditions {
    pub fn of(module: &Module) -> Self {
        let number = |probe: &Probe| match probe.attach {
            Attach::Condition(number) => Some((number, probe.handler)),
            _ => None,
        };
        let numbers: Vec<_> = module.probes.iter().filter_map(number).collect();
        let mut handlers: Vec<FuncId> = numbers.iter().map(|(_, handler)| *handler).collect();
        handlers.sort_unstable();
        handlers.dedup();
        let asked = module.reached_at(|attach| matches!(attach, Attach::Condition(_)));
        let insts = asked.iter().flat_map(|&id| module.function(id).placed_insts());
        let watched = insts.filter_map(|inst| match inst.immediate {
            Immediate::Global(global) | Immediate::Iterate(global, _) => Some(global),
            _ => None,
        });
        let watched = watched.collect();
        Self { numbers, handlers, watched }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.handlers.len()
    }

    /// Whether some condition reads one of these globals.
    pub fn read(&self, globals: &HashSet<GlobalId>) -> bool {
        !self.watched.is_disjoint(globals)
    }

    /// The field of a probe that names its condition, in C.
    pub fn field(&self, probe: &Probe) -> String {
        let number = match probe.attach {
            Attach::Condition(number) => Some(number),
            _ => probe.condition,
        };
        let handler = |number| self.numbers.iter().find(|(other, _)| *other == number);
        let position = |number| {
            let (_, handler) = handler(number)?;
            self.handlers.binary_search(handler).ok()
        };
        match number.and_then(position) {
            Some(position) => format!(".condition = {}, ", position + 1),
            None => String::new(),
        }
    }
}
