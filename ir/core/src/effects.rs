//! What instructions do beside computing their results, and what functions write, those they call included.

use std::collections::HashSet;

use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};

use crate::{
    entity::{FuncId, GlobalId},
    function::{Function, Immediate, InstData},
    module::Module,
    opcode::Opcode,
};

/// What an instruction does beside computing its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effects(u16);

impl Effects {
    /// Nothing: may be merged, moved and removed.
    pub const PURE: Self = Self(0);
    /// Its result is the same throughout one hit, and differs between hits.
    pub const CONTEXT: Self = Self(1);
    /// Its result may differ at each execution.
    pub const VOLATILE: Self = Self(2);
    /// May fault: control then goes to the block's handler.
    pub const FAULT: Self = Self(4);
    /// Reads the global.
    pub const READ: Self = Self(8);
    /// Changes the global.
    pub const WRITE: Self = Self(16);
    /// Writes output.
    pub const OUTPUT: Self = Self(32);
    /// Takes or gives back locks.
    pub const LOCK: Self = Self(64);
    /// Changes the state of the session or of the handler's budget.
    pub const CONTROL: Self = Self(128);
    /// Whatever the called function does.
    pub const CALL: Self = Self(256);
    /// Needs storage for its string result.
    pub const SLOT: Self = Self(512);
    /// Its string result may also be used where it lies, in the global or element, without storage.
    pub const BORROW: Self = Self(1024);
    /// Changes memory of the kernel or of the current task.
    pub const STORE: Self = Self(2048);

    /// Reads memory of the kernel or of the current task, some time during the hit.
    pub const LOAD: Self = Self(4096);

    /// Each effect by itself: its name, and what it says of an instruction that has it.
    #[rustfmt::skip] // A table.
    pub const NAMED: [(&str, Self, &str); 13] = [
        ("context", Self::CONTEXT, "Its result is the same throughout one hit, and differs between hits."),
        ("volatile", Self::VOLATILE, "Its result may differ at each execution."),
        ("fault", Self::FAULT, "May fault: control then goes to the block's handler."),
        ("read", Self::READ, "Reads the global, or the map of the iteration or element."),
        ("write", Self::WRITE, "Changes the global."),
        ("load", Self::LOAD, "Reads memory of the kernel or of the current task, some time during the hit."),
        ("store", Self::STORE, "Changes memory of the kernel or of the current task."),
        ("output", Self::OUTPUT, "Writes output, or a message that will be reported."),
        ("lock", Self::LOCK, "Takes or gives back locks."),
        ("control", Self::CONTROL, "Changes the state of the session, of the handler's budget, of a fault or of an iteration."),
        ("call", Self::CALL, "Does whatever the called function does."),
        ("slot", Self::SLOT, "Needs storage for its result if that is a string."),
        ("borrow", Self::BORROW, "Its string result may also be used where it lies, in the global or element, without storage."),
    ];

    /// The names of all that is in it, in one order everywhere.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMED
            .into_iter()
            .filter(move |(_, effect, _)| self.has(*effect))
            .map(|(name, ..)| name)
    }

    /// Both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in it.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it may be removed when its result is not used.
    ///
    /// A fault is an effect: it must happen or not happen as written.
    pub const fn removable(self) -> bool {
        let kept = Self::FAULT.0
            | Self::WRITE.0
            | Self::OUTPUT.0
            | Self::LOCK.0
            | Self::CONTROL.0
            | Self::CALL.0
            | Self::STORE.0;
        self.0 & kept == 0
    }
}

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
                Opcode::Share => true,
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
