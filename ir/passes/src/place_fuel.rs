//! Bounds every loop and every chain of calls, so that every handler ends.
//!
//! A turn of a loop costs one for the turn and one for each instruction with an effect in it; so
//! does an activation of a function that may call itself, or that is long. What else runs at most
//! once costs nothing: its length is bounded by the script's. A short loop that makes a known number of
//! turns at most pays for all of them before it. Fuel that is there already (lowering
//! marks by it where loops and functions start) gives its place and name to what is placed there.

use std::collections::{HashMap, HashSet};

use petgraph::graph::NodeIndex;
use stapc_ir::{
    Block, Edge, FuncId, Function, Immediate, Inst, Module, Opcode, Terminator,
    cfg::{Dominance, block_graph, blocks_in_loops, circles},
    counted::CountedLoop,
    loops_without_fuel,
};

use crate::{
    common::{call_groups, drop_unused_handlers, predecessor_counts},
    loops::{Loop, Loops},
};

/// Functions of more instructions, those they call included, use fuel.
const MOST_FOR_FREE: usize = 64;

pub fn run(module: &mut Module) -> usize {
    let paying = paying(module);
    for id in module.function_ids() {
        let function = module.function_mut(id);
        let marks = take_marks(function);
        place(function, &marks);
        if paying.contains(&id) {
            pay_on_entry(function, &marks);
        }
        cut_remaining(function);
        drop_unused_handlers(function);
    }
    let placed = module.functions.values().flat_map(Function::placed_insts);
    placed.filter(|inst| inst.opcode == Opcode::Fuel).count()
}

/// The first fuel of each block: what to say of the fuel that is placed there.
type Marks = HashMap<Block, Inst>;

/// Takes all fuel away that is there already. Lowering marks by it where a loop or a function starts.
fn take_marks(function: &mut Function) -> Marks {
    let mut marks = Marks::new();
    for block in function.layout.clone() {
        let mut insts = std::mem::take(&mut function.block_mut(block).insts);
        insts.retain(|&inst| {
            let fuel = function.inst(inst).opcode == Opcode::Fuel;
            if fuel {
                marks.entry(block).or_insert(inst);
            }
            !fuel
        });
        function.block_mut(block).insts = insts;
    }
    marks
}

fn place(function: &mut Function, marks: &Marks) {
    let loops = blocks_in_loops(function);
    let dominance = Dominance::of(function);
    let nested = Loops::of(function, &dominance);
    let heads: HashSet<Block> = nested.all.iter().map(|one| one.head).collect();
    let mut amounts: HashMap<Block, u32> = HashMap::new();
    let counted = counted(function);
    for &block in &function.layout {
        if heads.contains(&block) || loops.contains(&block) {
            amounts.insert(block, effects(function, block) + u32::from(heads.contains(&block)));
        }
    }
    pay_for_body(function, &nested, &mut amounts);
    for short in &counted {
        for block in &short.blocks {
            amounts.remove(block);
        }
    }
    for block in function.layout.clone() {
        if let Some(&amount) = amounts.get(&block).filter(|&&amount| amount > 0)
            && may_pay(function, block)
        {
            insert(function, block, amount, marks);
        }
    }
    for (before, amount, head) in prepaid(function, &counted) {
        let mark = marks.get(&head).map(|&mark| (before, mark)).into_iter().collect();
        insert(function, before, amount, &mark);
    }
}

/// The loops that are paid for before they are entered: from one block that does nothing else then.
fn counted(function: &Function) -> Vec<CountedLoop> {
    let mut loops = loops_without_fuel(function);
    let before = predecessors(function);
    loops.retain(|counted| {
        entry_of(function, &before, counted).is_some() && makes_all_turns(function, counted)
    });
    loops
}

type Predecessors = HashMap<Block, Vec<Block>>;

fn predecessors(function: &Function) -> Predecessors {
    let mut before = Predecessors::new();
    for &block in &function.layout {
        for next in function.successors(block) {
            before.entry(next).or_default().push(block);
        }
    }
    before
}

/// Whether nothing leaves a loop before all its turns are made: what is not used is not to be paid for.
fn makes_all_turns(function: &Function, counted: &CountedLoop) -> bool {
    counted.blocks.iter().all(|&block| {
        let next = function.successors(block);
        let left = next.iter().filter(|next| !counted.blocks.contains(next)).count();
        !next.is_empty() && left == usize::from(block == counted.head)
    })
}

fn entry_of(function: &Function, before: &Predecessors, counted: &CountedLoop) -> Option<Block> {
    let entries = before.get(&counted.head)?;
    let mut entries = entries.iter().filter(|&&block| block != counted.latch);
    let (&entry, None) = (entries.next()?, entries.next()) else { return None };
    let jumps = matches!(function.block(entry).terminator, Some(Terminator::Jump(_)));
    (jumps && may_pay(function, entry)).then_some(entry)
}

/// Before which block what each of these loops may cost is paid, and where the loop starts.
fn prepaid(function: &Function, loops: &[CountedLoop]) -> Vec<(Block, u32, Block)> {
    let amount = |counted: &CountedLoop| {
        let effects = |&block: &Block| u64::from(effects(function, block));
        let turn = 1 + counted.blocks.iter().map(effects).sum::<u64>();
        // So short a loop costs no more than fuel can be.
        u32::try_from(counted.turns.max(1) * turn).unwrap_or(u32::MAX)
    };
    let before = predecessors(function);
    let prepaid = |counted: &CountedLoop| {
        Some((entry_of(function, &before, counted)?, amount(counted), counted.head))
    };
    loops.iter().filter_map(prepaid).collect()
}

/// A loop's test pays for what follows it in each turn too. The last turn pays for nothing.
fn pay_for_body(function: &Function, loops: &Loops, amounts: &mut HashMap<Block, u32>) {
    let counts = predecessor_counts(function);
    for (number, Loop { head, .. }) in loops.all.iter().enumerate() {
        let Some(Terminator::Branch(_, then, otherwise)) = &function.block(*head).terminator else {
            continue;
        };
        let inside = |edge: &Edge| {
            loops.innermost(edge.block).is_some_and(|inner| loops.contains(number, inner))
        };
        let (inside, outside) = match (inside(then), inside(otherwise)) {
            (true, false) => (then.block, otherwise.block),
            (false, true) => (otherwise.block, then.block),
            _ => continue,
        };
        if inside != outside && inside != *head && counts.get(&inside) == Some(&1) {
            let amount = amounts.insert(inside, 0).unwrap_or(0);
            *amounts.entry(*head).or_insert(0) += amount;
        }
    }
}

fn effects(function: &Function, block: Block) -> u32 {
    let insts = function.block(block).insts.iter().map(|&inst| function.inst(inst).opcode);
    insts.filter(|&opcode| !opcode.effects().removable() && opcode != Opcode::Fuel).count() as u32
}

/// Puts fuel at the start of a block, behind what a fault that led there lasts for, and says of it
/// what its mark says, or else the block's first instruction.
fn insert(function: &mut Function, block: Block, amount: u32, marks: &Marks) {
    let (near, location) = match marks.get(&block) {
        Some(&mark) => (function.inst(mark).near.clone(), function.inst(mark).location),
        None => {
            let mut placed = function
                .block(block)
                .insts
                .iter()
                .map(|&inst| function.inst(inst))
                .filter(|inst| inst.location.line != 0);
            placed.next().map(|inst| (inst.near.clone(), inst.location)).unwrap_or_default()
        }
    };
    let fuel =
        function.make_inst(Opcode::Fuel, Immediate::Index(amount), Vec::new(), None, location);
    function.insts[fuel.0].near = near;
    let insts = &function.block(block).insts;
    let ends = insts.iter().position(|&inst| function.inst(inst).opcode == Opcode::FaultEnd);
    let at = ends.map_or(0, |ends| ends + 1);
    function.block_mut(block).insts.insert(at, fuel);
}

/// Whether fuel may be taken in a block: where a fault lasts to the end nothing else may fault.
fn may_pay(function: &Function, block: Block) -> bool {
    function.block(block).terminator != Some(Terminator::Raise)
}

/// Takes fuel before the function does anything.
fn pay_on_entry(function: &mut Function, marks: &Marks) {
    let entry = function.entry();
    let amount = 1 + effects(function, entry);
    insert(function, entry, amount, marks);
}

/// Loops that have no head, or one that cannot pay: the first block in them that can does.
fn cut_remaining(function: &mut Function) {
    while let Some(block) = endless(function) {
        insert(function, block, 1, &Marks::new());
    }
}

/// The first block that could pay in a circle where none does.
fn endless(function: &Function) -> Option<Block> {
    let mut free = block_graph(function, |block| {
        let insts = &function.block(block).insts;
        insts.iter().any(|&inst| function.inst(inst).opcode == Opcode::Fuel)
    });
    for counted in counted(function) {
        let node = |block: Block| NodeIndex::new(block.index());
        if let Some(back) = free.find_edge(node(counted.latch), node(counted.head)) {
            free.remove_edge(back);
        }
    }
    let circles: HashSet<usize> = circles(&free).flatten().map(NodeIndex::index).collect();
    let in_circle = |block: &&Block| circles.contains(&block.index());
    function.layout.iter().filter(in_circle).copied().find(|&block| may_pay(function, block))
}

/// The functions that use fuel at each activation: those that may call themselves, and long ones,
/// of which a chain of calls could otherwise make something endless.
fn paying(module: &Module) -> HashSet<FuncId> {
    let called: HashSet<FuncId> = module.functions.values().flat_map(Function::callees).collect();
    let mut paying = HashSet::new();
    let mut costs: HashMap<FuncId, usize> = HashMap::new();
    for (group, circle) in call_groups(module) {
        for id in group {
            let function = module.function(id);
            let cost = function
                .callees()
                .map(|callee| costs.get(&callee).copied().unwrap_or(1))
                .fold(function.placed_insts().count(), usize::saturating_add);
            let pays = circle || (cost > MOST_FOR_FREE && called.contains(&id));
            if pays {
                paying.insert(id);
            }
            costs.insert(id, if pays { 1 } else { cost });
        }
    }
    paying
}
