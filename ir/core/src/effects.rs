//! What functions write, those they call included.

use std::collections::HashSet;

use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};

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
        // Callees come first; what may call each other writes the same.
        for group in call_groups(module) {
            let mut all = HashSet::new();
            for &id in &group {
                all.extend(&writes[id]);
                let callees = module.function(FuncId::from_u32(id as u32)).callees();
                for callee in callees.filter(|callee| callee.index() < writes.len()) {
                    all.extend(&writes[callee.index()]);
                }
            }
            for id in group {
                writes[id].clone_from(&all);
            }
        }
        Self(writes)
    }

    /// The globals that a function may write.
    pub fn function(&self, function: FuncId) -> &HashSet<GlobalId> {
        &self.0[function.index()]
    }

    /// The globals that an instruction may write, or give other handlers a chance to write.
    pub fn written<'a>(&'a self, inst: &'a InstData) -> impl Iterator<Item = GlobalId> + 'a {
        let (one, called, locks) = match &inst.immediate {
            Immediate::Global(global) if inst.opcode.effects().has(Effects::WRITE) => {
                (Some(*global), None, None)
            }
            Immediate::Func(callee) => (None, Some(self.function(*callee)), None),
            Immediate::Locks(locks) if inst.opcode == Opcode::Unlock => (None, None, Some(locks)),
            _ => (None, None, None),
        };
        let locks = locks.into_iter().flatten().map(|(global, _)| *global);
        one.into_iter().chain(called.into_iter().flatten().copied()).chain(locks)
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

/// The globals whose values something in a module reads. What the others hold at the end is no part of
/// what the module does: passes may leave out writes of them that cannot fault.
pub fn observed_globals(module: &Module) -> HashSet<GlobalId> {
    let mut observed = HashSet::new();
    for function in module.functions.values() {
        let uses = function.layout.iter().flat_map(|&block| {
            let data = function.block(block);
            let args = data.insts.iter().flat_map(|&inst| &function.inst(inst).args).copied();
            args.chain(data.terminator.iter().flat_map(|terminator| terminator.uses()))
        });
        let used: HashSet<_> = uses.collect();
        for inst in function.placed_insts() {
            let effects = inst.opcode.effects();
            let reads = match inst.opcode {
                // What adds to a global reads it for its own use.
                Opcode::Merge => false,
                _ if effects.has(Effects::WRITE) => {
                    inst.result.is_some_and(|result| used.contains(&result))
                }
                _ => effects.has(Effects::READ),
            };
            match inst.immediate {
                Immediate::Global(global) | Immediate::Iterate(global, _) if reads => {
                    observed.insert(global);
                }
                _ => {}
            }
        }
    }
    observed
}

fn own(function: &Function) -> HashSet<GlobalId> {
    let written = |inst: &InstData| match inst.immediate {
        Immediate::Global(global) if inst.opcode.effects().has(Effects::WRITE) => Some(global),
        _ => None,
    };
    function.placed_insts().filter_map(written).collect()
}

/// The numbers of functions, callees before callers; those that may call each other in one group.
fn call_groups(module: &Module) -> Vec<Vec<usize>> {
    let count = module.functions.len();
    let mut graph = DiGraph::<(), ()>::new();
    for _ in 0..count {
        graph.add_node(());
    }
    for id in module.function_ids() {
        for callee in module.function(id).callees().filter(|callee| callee.index() < count) {
            graph.add_edge(NodeIndex::new(id.index()), NodeIndex::new(callee.index()), ());
        }
    }
    let numbers = |group: Vec<NodeIndex>| group.into_iter().map(NodeIndex::index).collect();
    kosaraju_scc(&graph).into_iter().map(numbers).collect()
}
