//! By what probes are armed: the numbers that the runtime knows conditions by, and which handlers may change whether
//! they hold.

use std::collections::{HashMap, HashSet};

use stapc_ir::{Attach, FuncId, GlobalId, Immediate, Module, Probe};

/// The conditions of a module. Those with one handler are one for the runtime.
pub struct Conditions {
    /// The runtime's numbers, from 1 on, by those of the IR.
    numbers: HashMap<u32, usize>,
    count: usize,
    /// What they read.
    watched: HashSet<GlobalId>,
}

impl Conditions {
    pub fn of(module: &Module) -> Self {
        let mut numbers = HashMap::new();
        let mut known: HashMap<FuncId, usize> = HashMap::new();
        for probe in &module.probes {
            if let Attach::Condition(number) = probe.attach {
                let next = known.len() + 1;
                numbers.insert(number, *known.entry(probe.handler).or_insert(next));
            }
        }
        let asked = module.reached_at(|attach| matches!(attach, Attach::Condition(_)));
        let insts = asked.iter().flat_map(|&id| module.function(id).placed_insts());
        let watched = insts.filter_map(|inst| match inst.immediate {
            Immediate::Global(global) | Immediate::Iterate(global, _) => Some(global),
            _ => None,
        });
        let watched = watched.collect();
        Self { numbers, count: known.len(), watched }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
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
        match number.and_then(|number| self.numbers.get(&number)) {
            Some(number) => format!(".condition = {number}, "),
            None => String::new(),
        }
    }
}
