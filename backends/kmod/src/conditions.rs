//! By what probes are armed: the numbers that the runtime knows conditions by, and which handlers may change whether
//! they hold.

use std::collections::HashSet;

use stapc_ir::{Attach, GlobalId, Immediate, Module, Probe};

/// The conditions of a module.
pub struct Conditions {
    /// The numbers of the IR; the runtime's are their positions, from 1 on.
    numbers: Vec<u32>,
    /// What they read.
    watched: HashSet<GlobalId>,
}

impl Conditions {
    pub fn of(module: &Module) -> Self {
        let number = |probe: &Probe| match probe.attach {
            Attach::Condition(number) => Some(number),
            _ => None,
        };
        let handlers = module.reached_at(|attach| matches!(attach, Attach::Condition(_)));
        let insts = handlers.iter().flat_map(|&id| module.function(id).placed_insts());
        let watched = insts.filter_map(|inst| match inst.immediate {
            Immediate::Global(global) | Immediate::Iterate(global, _) => Some(global),
            _ => None,
        });
        Self {
            numbers: module.probes.iter().filter_map(number).collect(),
            watched: watched.collect(),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.numbers.len()
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
        let position = |number| self.numbers.iter().position(|&other| other == number);
        match number.and_then(position) {
            Some(position) => format!(".condition = {}, ", position + 1),
            None => String::new(),
        }
    }
}
