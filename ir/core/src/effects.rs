//! What functions write, those they call included.

use std::collections::{BTreeSet, HashSet};

use crate::{
    entity::{FuncId, GlobalId},
    function::{Function, Immediate, InstData},
    module::Module,
    opcode::{Effects, Opcode},
};

/// The globals that each function of a module may write.
#[derive(Debug, Clone)]
pub struct Writes(Vec<HashSet<GlobalId>>);

impl Writes {
    /// Of a module whose handles exist.
    pub fn of(module: &Module) -> Self {
        let mut writes: Vec<HashSet<GlobalId>> = module.functions.values().map(own).collect();
        let callees: Vec<BTreeSet<FuncId>> =
            module.functions.values().map(|function| function.callees().collect()).collect();
        // Calls may go in circles: until nothing is added any more.
        let mut changed = true;
        while changed {
            changed = false;
            for (caller, callees) in callees.iter().enumerate().rev() {
                for callee in callees.iter().filter(|callee| {
                    callee.index() < module.functions.len() && callee.index() != caller
                }) {
                    let added: Vec<GlobalId> =
                        writes[callee.index()].difference(&writes[caller]).copied().collect();
                    changed |= !added.is_empty();
                    writes[caller].extend(added);
                }
            }
        }
        Self(writes)
    }

    /// The globals that a function may write.
    pub fn function(&self, function: FuncId) -> &HashSet<GlobalId> {
        &self.0[function.index()]
    }

    /// Whether an instruction may write a global, or give other handlers a chance to.
    pub fn may_write(&self, inst: &InstData, global: GlobalId) -> bool {
        match &inst.immediate {
            Immediate::Global(written) => {
                *written == global && inst.opcode.effects().has(Effects::WRITE)
            }
            Immediate::Func(callee) => self.function(*callee).contains(&global),
            Immediate::Locks(locks) => {
                inst.opcode == Opcode::Unlock && locks.iter().any(|(locked, _)| *locked == global)
            }
            _ => false,
        }
    }
}

fn own(function: &Function) -> HashSet<GlobalId> {
    let written = |inst: &InstData| match inst.immediate {
        Immediate::Global(global) if inst.opcode.effects().has(Effects::WRITE) => Some(global),
        _ => None,
    };
    function.placed_insts().filter_map(written).collect()
}
