//! Puts the locks of a handler where its regions say.
//!
//! A fault where locks are held goes to a block that gives them back and passes it on, unless its
//! handler goes on with them: where something may fault before that, or behind, the block is cut.

use std::collections::HashMap;

use stapc_ir::{
    Block, BlockData, Edge, Effects, Function, GlobalId, Immediate, Inst, Location, LockMode,
    Opcode, Terminator,
};

use super::regions::{Regions, raises};
use crate::common::drop_unused_handlers;

pub fn place(function: &mut Function, locks: &[(GlobalId, LockMode)], regions: &Regions) {
    let old = function.layout.clone();
    let starts: HashMap<Block, bool> =
        old.iter().map(|&block| (block, regions.at_start(block))).collect();
    let mut placement = Placement { locks, starts, cleanups: HashMap::new(), layout: Vec::new() };
    for block in old {
        let held = regions.held(function, block);
        let last = placement.split(function, block, held, regions);
        placement.edges(function, last, regions.at_end(block));
    }
    let cleanups = placement.cleanups.values().copied();
    let mut layout = placement.layout;
    layout.extend(cleanups);
    // Blocks that give locks back are made in some order of a table.
    let mut rest = layout.split_off(layout.len() - placement.cleanups.len());
    rest.sort_unstable();
    layout.extend(rest);
    function.layout = layout;
    drop_unused_handlers(function);
}

struct Placement<'a> {
    locks: &'a [(GlobalId, LockMode)],
    /// Whether locks are held where each block starts.
    starts: HashMap<Block, bool>,
    /// The block that gives them back on the way to each handler, or out of the function.
    cleanups: HashMap<Option<Block>, Block>,
    layout: Vec<Block>,
}

impl Placement<'_> {
    /// Puts the locks of a block around what holds them; gives the last block that it is then. It is
    /// cut only where what may fault holds locks on one side and not on the other.
    fn split(
        &mut self,
        function: &mut Function,
        block: Block,
        held: std::ops::Range<usize>,
        regions: &Regions,
    ) -> Block {
        self.layout.push(block);
        let (at_start, at_end) = (regions.at_start(block), regions.at_end(block));
        let catch = function.block(block).catch;
        if held.is_empty() && !at_start {
            return block;
        }
        let insts = function.block(block).insts.clone();
        let mut start = if at_start { 0 } else { held.start };
        let mut end = if at_end { insts.len() } else { held.end };
        let raises = raises(function, block);
        let before = faults(function, &insts[..start]);
        let within = faults(function, &insts[start..end]) || (at_end && raises);
        let behind = !at_end && (faults(function, &insts[end..]) || raises);
        let mut last = block;
        if !at_start {
            if before && within {
                last = self.cut(function, block, start);
                (start, end) = (0, end - start);
            }
            let lock = self.make(function, Opcode::Lock);
            function.block_mut(last).insts.insert(start, lock);
            end += 1;
        }
        if within {
            function.block_mut(last).catch = self.catch(function, catch);
        }
        if at_end {
            return last;
        }
        // A handler that goes on with the locks is not to be thought to come from behind the unlock.
        if within && function.block(last).catch == catch {
            last = self.cut(function, last, end);
            end = 0;
        }
        let unlock = self.make(function, Opcode::Unlock);
        function.block_mut(last).insts.insert(end, unlock);
        if within && behind {
            last = if end > 0 { self.cut(function, last, end + 1) } else { last };
            function.block_mut(last).catch = catch;
        }
        last
    }

    /// Puts what stands in a block from a position on into one of its own behind it.
    fn cut(&mut self, function: &mut Function, block: Block, at: usize) -> Block {
        let behind = self.add(function);
        let data = function.block_mut(block);
        let (insts, terminator) = (data.insts.split_off(at), data.terminator.take());
        data.terminator = Some(Terminator::Jump(Edge::to(behind)));
        *function.block_mut(behind) =
            BlockData { params: Vec::new(), insts, terminator, catch: None };
        behind
    }

    /// A new block, behind those that have their place already.
    fn add(&mut self, function: &mut Function) -> Block {
        let added = function.add_block();
        self.layout.push(added);
        added
    }

    fn make(&self, function: &mut Function, opcode: Opcode) -> Inst {
        let immediate = Immediate::Locks(self.locks.to_vec());
        function.make_inst(opcode, immediate, Vec::new(), None, Location::default())
    }

    /// Where faults go that happen while locks are held, and otherwise go to `catch`.
    fn catch(&mut self, function: &mut Function, catch: Option<Block>) -> Option<Block> {
        if catch.is_some_and(|catch| self.starts.get(&catch) == Some(&true)) {
            return catch;
        }
        if let Some(&cleanup) = self.cleanups.get(&catch) {
            return Some(cleanup);
        }
        let cleanup = function.add_block();
        let unlock = self.make(function, Opcode::Unlock);
        let data = function.block_mut(cleanup);
        data.insts.push(unlock);
        data.terminator = Some(Terminator::Raise);
        data.catch = catch;
        self.cleanups.insert(catch, cleanup);
        Some(cleanup)
    }

    /// Takes locks, or gives them back, on edges between where they are held and where not.
    fn edges(&mut self, function: &mut Function, from: Block, held: bool) {
        let Some(mut terminator) = function.block_mut(from).terminator.take() else { return };
        for edge in terminator.edges_mut() {
            let opcode = match (held, self.starts.get(&edge.block)) {
                (true, Some(false)) => Opcode::Unlock,
                (false, Some(true)) => Opcode::Lock,
                _ => continue,
            };
            let inst = self.make(function, opcode);
            let between = self.add(function);
            let onward = std::mem::replace(edge, Edge::to(between));
            let data = function.block_mut(between);
            data.insts.push(inst);
            data.terminator = Some(Terminator::Jump(onward));
        }
        function.block_mut(from).terminator = Some(terminator);
    }
}

/// Whether any of these instructions may fault.
fn faults(function: &Function, insts: &[Inst]) -> bool {
    insts.iter().any(|&inst| function.inst(inst).opcode.effects().has(Effects::FAULT))
}
