//! How much memory a handler may need at most, the functions it calls included.

use std::collections::HashSet;

use stapc_ir::{FuncId, Function, GlobalKind, Immediate, Module, Opcode};

use crate::calls::doing;

/// More elements than this are not set aside for loops: running out of them is a fault.
const ITERATE_MAX: u64 = 1 << 20;

/// What the program must tell the runtime to set aside, and whether calls must be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frames {
    /// String slots of the deepest chain of calls.
    pub slots: u64,
    /// Elements of the loops that may be nested, in handlers that run at once and in those that run
    /// alone.
    pub iterate: u64,
    pub session_iterate: u64,
    /// And what of the latter is as many for each processor.
    pub session_iterate_per_cpu: u64,
    /// Whether a chain of calls may be longer than `max_nesting`.
    pub count_calls: bool,
}

/// A function's own needs, and whom it calls.
struct Node {
    needs: Needs,
    callees: Vec<FuncId>,
}

/// What a function and those it calls need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Needs {
    slots: u64,
    iterate: u64,
    /// Elements of loops over per-CPU globals, for each processor.
    per_cpu: u64,
}

impl Needs {
    fn most(self, other: Self) -> Self {
        Self {
            slots: self.slots.max(other.slots),
            iterate: self.iterate.max(other.iterate),
            per_cpu: self.per_cpu.max(other.per_cpu),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            slots: self.slots.saturating_add(other.slots),
            iterate: self.iterate.saturating_add(other.iterate),
            per_cpu: self.per_cpu.saturating_add(other.per_cpu),
        }
    }
}

impl Frames {
    /// Whether anything iterates.
    pub fn iterates(&self) -> bool {
        (self.iterate, self.session_iterate, self.session_iterate_per_cpu) != (0, 0, 0)
    }

    /// Of all the module's handlers.
    pub fn of(module: &Module) -> Self {
        let nodes: Vec<Node> =
            module.function_ids().map(|id| node(module, module.function(id))).collect();
        let handlers: HashSet<FuncId> = module.probes.iter().map(|probe| probe.handler).collect();
        // The needs of each function for chains of 0, 1, … further calls.
        let mut needs: Vec<Needs> = nodes.iter().map(|node| node.needs).collect();
        for _ in 0..module.limits.max_nesting {
            let next = step(&nodes, &needs);
            if next == needs {
                break;
            }
            needs = next;
        }
        let most = |session: bool| {
            let probes = module.probes.iter().filter(|probe| probe.attach.is_session() == session);
            probes.map(|probe| needs[probe.handler.index()]).fold(Needs::default(), Needs::most)
        };
        let (at_once, alone) = (most(false), most(true));
        Self {
            slots: at_once.slots.max(alone.slots),
            // A map that a timer has collected is no larger than its part; one that what runs alone has
            // merged has room for all parts, and as much of its own.
            iterate: at_once.iterate.saturating_add(at_once.per_cpu).min(ITERATE_MAX),
            session_iterate: alone.iterate.saturating_add(alone.per_cpu).min(ITERATE_MAX),
            session_iterate_per_cpu: alone.per_cpu.min(ITERATE_MAX),
            count_calls: calls_are_deep(&nodes, &handlers, module.limits.max_nesting),
        }
    }
}

fn step(nodes: &[Node], needs: &[Needs]) -> Vec<Needs> {
    let with_callees = |node: &Node| {
        let callees = node.callees.iter().map(|callee| needs[callee.index()]);
        node.needs.and(callees.fold(Needs::default(), Needs::most))
    };
    nodes.iter().map(with_callees).collect()
}

/// Whether some chain of calls from a handler has more than `limit` calls.
fn calls_are_deep(nodes: &[Node], handlers: &HashSet<FuncId>, limit: u32) -> bool {
    let mut reached: HashSet<FuncId> = handlers.clone();
    for _ in 0..=limit {
        reached = reached.iter().flat_map(|id| nodes[id.index()].callees.iter().copied()).collect();
        if reached.is_empty() {
            return false;
        }
    }
    true
}

fn node(module: &Module, function: &Function) -> Node {
    let mut node = Node {
        needs: Needs { slots: function.slots.into(), ..Needs::default() },
        callees: function.callees().collect(),
    };
    for inst in function.placed_insts() {
        if let (Immediate::Iterate(global, _), Opcode::IterBegin) = (&inst.immediate, inst.opcode)
            && let GlobalKind::Map { capacity, .. } = module.global(*global).kind
        {
            let limit = inst.args.first().and_then(|&limit| constant(function, limit));
            let limit = limit.unwrap_or(i64::MAX).max(0) as u64;
            let elements = u64::from(capacity).min(limit);
            // A part has as much room as the map; a limit holds for all of them.
            let per_cpu = module.global(*global).percpu && limit > elements;
            let needs = Needs {
                iterate: if per_cpu { 0 } else { elements },
                per_cpu: if per_cpu { elements } else { 0 },
                ..Needs::default()
            };
            node.needs = node.needs.and(needs);
        }
    }
    node.callees.sort_unstable();
    node.callees.dedup();
    node
}

fn constant(function: &Function, value: stapc_ir::Value) -> Option<i64> {
    let inst = function.def(value).filter(|inst| inst.opcode == Opcode::Iconst)?;
    match inst.immediate {
        Immediate::Int(value) => Some(value),
        _ => None,
    }
}

/// The functions that use fuel or ask whether there is some left, or call one that does.
pub fn uses_fuel(module: &Module) -> HashSet<FuncId> {
    let asks = |opcode| matches!(opcode, Opcode::Fuel | Opcode::FaultEnd);
    doing(module, |function| function.placed_insts().any(|inst| asks(inst.opcode)))
}
