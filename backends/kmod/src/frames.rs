//! How much memory a handler may need at most, the functions it calls included.

use std::collections::{HashMap, HashSet};

use stapc_ir::{FuncId, Function, GlobalKind, Immediate, Module, Opcode};

/// More elements than this are not set aside for loops: running out of them is a fault.
const ITERATE_MAX: u64 = 1 << 20;

/// What the program must tell the runtime to set aside, and whether calls must be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frames {
    /// String slots of the deepest chain of calls.
    pub slots: u64,
    /// Elements of the loops that may be nested.
    pub iterate: u64,
    /// Whether a chain of calls may be longer than `max_nesting`.
    pub count_calls: bool,
}

/// A function's own needs, and whom it calls.
struct Node {
    slots: u64,
    iterate: u64,
    callees: Vec<FuncId>,
}

impl Frames {
    /// Of all the module's handlers.
    pub fn of(module: &Module) -> Self {
        let nodes: Vec<Node> =
            module.function_ids().map(|id| node(module, module.function(id))).collect();
        let handlers: HashSet<FuncId> = module.probes.iter().map(|probe| probe.handler).collect();
        // The needs of each function for chains of 0, 1, … further calls.
        let mut needs: Vec<(u64, u64)> =
            nodes.iter().map(|node| (node.slots, node.iterate)).collect();
        for _ in 0..module.limits.max_nesting {
            let next = step(&nodes, &needs);
            if next == needs {
                break;
            }
            needs = next;
        }
        let most = |pick: fn(&(u64, u64)) -> u64| {
            handlers.iter().map(|id| pick(&needs[id.index()])).max().unwrap_or(0)
        };
        Self {
            slots: most(|need| need.0),
            iterate: most(|need| need.1).min(ITERATE_MAX),
            count_calls: calls_are_deep(&nodes, &handlers, module.limits.max_nesting),
        }
    }
}

fn step(nodes: &[Node], needs: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let with_callees = |node: &Node| {
        let callees = node.callees.iter().map(|callee| needs[callee.index()]);
        let deepest = callees.fold((0, 0), |deepest: (u64, u64), need| {
            (deepest.0.max(need.0), deepest.1.max(need.1))
        });
        (node.slots.saturating_add(deepest.0), node.iterate.saturating_add(deepest.1))
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
    let mut node =
        Node { slots: function.slots.into(), iterate: 0, callees: function.callees().collect() };
    for inst in function.placed_insts() {
        if let (Immediate::Iterate(global, _), Opcode::IterBegin) = (&inst.immediate, inst.opcode)
            && let GlobalKind::Map { capacity, .. } = module.global(*global).kind
        {
            let limit = inst.args.first().and_then(|&limit| constant(function, limit));
            let elements = u64::from(capacity).min(limit.unwrap_or(i64::MAX).max(0) as u64);
            node.iterate = node.iterate.saturating_add(elements);
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
    let mut callers: HashMap<FuncId, Vec<FuncId>> = HashMap::new();
    let mut work = Vec::new();
    for id in module.function_ids() {
        let function = module.function(id);
        for callee in function.callees() {
            callers.entry(callee).or_default().push(id);
        }
        let asks = |opcode| matches!(opcode, Opcode::Fuel | Opcode::FaultEnd);
        if function.placed_insts().any(|inst| asks(inst.opcode)) {
            work.push(id);
        }
    }
    let mut uses: HashSet<FuncId> = work.iter().copied().collect();
    while let Some(id) = work.pop() {
        work.extend(
            callers.get(&id).into_iter().flatten().copied().filter(|&caller| uses.insert(caller)),
        );
    }
    uses
}
