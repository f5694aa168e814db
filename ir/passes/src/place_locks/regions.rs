//! Where a handler holds its locks: from the first thing that needs them to the last, on every path.

use std::collections::{HashMap, HashSet};

use stapc_ir::{
    Block, Effects, FuncId, Function, GlobalId, Immediate, Inst, Module, Opcode, Terminator, Type,
    Value, needed_lock,
};

/// Where locks are held.
pub struct Regions {
    /// The instructions that need them.
    needy: HashSet<Inst>,
    /// The blocks before whose start some path has needed them.
    before: HashSet<Block>,
    /// The blocks from whose start on some path will need them,
    wanting: HashSet<Block>,
    /// and those from whose end on.
    behind: HashSet<Block>,
    /// The blocks in which something needs them.
    needing: HashSet<Block>,
    /// The blocks all of which needs them: what raises to where they are held.
    whole: HashSet<Block>,
}

impl Regions {
    /// Of a handler. `calls` says of a function whether it must be called with locks.
    pub fn of(
        module: &Module,
        handler: FuncId,
        shared: &HashSet<GlobalId>,
        calls: impl Fn(FuncId) -> bool,
    ) -> Self {
        let function = module.function(handler);
        let mut regions = Self {
            needy: needy(module, function, shared, calls),
            before: HashSet::new(),
            wanting: HashSet::new(),
            behind: HashSet::new(),
            needing: HashSet::new(),
            whole: HashSet::new(),
        };
        let handlers = handlers(function);
        loop {
            regions.spread(function);
            // What goes to a handler with the locks must have them wherever it goes there from.
            let mut added = false;
            for (&handler, sources) in &handlers {
                if regions.at_start(handler) || regions.needs_while_fault_lasts(function, handler) {
                    for &block in sources {
                        for &inst in &function.block(block).insts {
                            let faults = function.inst(inst).opcode.effects().has(Effects::FAULT);
                            added |= faults && regions.needy.insert(inst);
                        }
                        added |= raises(function, block) && regions.whole.insert(block);
                    }
                }
            }
            if !added {
                return regions;
            }
        }
    }

    /// Whether locks are held where a block starts.
    pub fn at_start(&self, block: Block) -> bool {
        self.whole.contains(&block)
            || (self.before.contains(&block) && self.wanting.contains(&block))
    }

    /// Whether they are held where it ends.
    pub fn at_end(&self, block: Block) -> bool {
        self.behind.contains(&block)
            && (self.needing.contains(&block) || self.before.contains(&block))
    }

    /// The instructions of a block that hold the locks, from the first to before the last.
    pub fn held(&self, function: &Function, block: Block) -> std::ops::Range<usize> {
        let insts = &function.block(block).insts;
        let needs = |inst: &Inst| self.needy.contains(inst);
        let first = if self.at_start(block) { Some(0) } else { insts.iter().position(needs) };
        let last = match self.at_end(block) {
            true => Some(insts.len()),
            false => insts.iter().rposition(needs).map(|at| at + 1),
        };
        match (first, last) {
            (Some(first), Some(last)) => first..last,
            (Some(first), None) => first..first,
            _ => 0..0,
        }
    }

    fn spread(&mut self, function: &Function) {
        self.needing = function
            .layout
            .iter()
            .copied()
            .filter(|&block| {
                function.block(block).insts.iter().any(|inst| self.needy.contains(inst))
            })
            .collect();
        self.needing.extend(&self.whole);
        let mut onward: HashMap<Block, Vec<Block>> = HashMap::new();
        let mut back: HashMap<Block, Vec<Block>> = HashMap::new();
        for &block in &function.layout {
            for next in function.successors(block) {
                onward.entry(block).or_default().push(next);
                back.entry(next).or_default().push(block);
            }
        }
        self.before = reached(&self.needing, &onward);
        self.wanting = reached(&self.needing, &back);
        self.wanting.extend(&self.needing);
        let behind = |block: &Block| {
            let data = function.block(*block);
            let edges = data.terminator.iter().flat_map(Terminator::edges).map(|edge| edge.block);
            let raised = data.catch.filter(|_| raises(function, *block));
            edges.chain(raised).any(|next| self.wanting.contains(&next))
        };
        self.behind = function.layout.iter().copied().filter(behind).collect();
    }

    /// Whether a handler of faults needs locks before its fault is ended: it cannot take them there.
    fn needs_while_fault_lasts(&self, function: &Function, handler: Block) -> bool {
        let insts = &function.block(handler).insts;
        let ends = insts.iter().position(|&inst| function.inst(inst).opcode == Opcode::FaultEnd);
        // To end a fault may fault itself.
        let lasting = &insts[..ends.map_or(insts.len(), |ends| ends + 1)];
        lasting.iter().any(|inst| self.needy.contains(inst))
    }
}

/// What is behind some blocks along these edges; those themselves only if they are in a circle.
fn reached(from: &HashSet<Block>, edges: &HashMap<Block, Vec<Block>>) -> HashSet<Block> {
    let mut work: Vec<Block> = from.iter().copied().collect();
    let mut reached = HashSet::new();
    while let Some(block) = work.pop() {
        for &next in edges.get(&block).into_iter().flatten() {
            if reached.insert(next) {
                work.push(next);
            }
        }
    }
    reached
}

/// The blocks that handle faults, with those whose faults each handles.
fn handlers(function: &Function) -> HashMap<Block, Vec<Block>> {
    let mut handlers: HashMap<Block, Vec<Block>> = HashMap::new();
    for &block in &function.layout {
        if let Some(catch) = function.block(block).catch
            && function.may_fault(block)
        {
            handlers.entry(catch).or_default().push(block);
        }
    }
    handlers
}

/// The instructions that need locks: what accesses a global that is shared, what calls for that, and
/// what uses a string that lies in such a global, so that it need not be copied.
fn needy(
    module: &Module,
    function: &Function,
    shared: &HashSet<GlobalId>,
    calls: impl Fn(FuncId) -> bool,
) -> HashSet<Inst> {
    let mut needy = HashSet::new();
    let mut lying: HashSet<Value> = HashSet::new();
    let insts = function.layout.iter().flat_map(|&block| &function.block(block).insts);
    for &inst in insts.clone() {
        let data = function.inst(inst);
        let needs = match data.immediate {
            Immediate::Func(callee) => calls(callee),
            _ => needed_lock(module, shared, function, data).is_some(),
        };
        if needs {
            needy.insert(inst);
            let string = data.result.filter(|&result| function.ty(result) == Type::Str);
            lying.extend(string.filter(|_| data.opcode.effects().has(Effects::BORROW)));
        }
    }
    for &inst in insts {
        if function.inst(inst).args.iter().any(|arg| lying.contains(arg)) {
            needy.insert(inst);
        }
    }
    needy
}

/// Whether a block's end raises.
pub fn raises(function: &Function, block: Block) -> bool {
    function.block(block).terminator == Some(Terminator::Raise)
}
