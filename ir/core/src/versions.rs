//! Which writes of a global an instruction may see: the versions of what is stored.
//!
//! Where two places have one version of a global, nothing has written it on any way between them.

use std::collections::{HashMap, HashSet};

use crate::{
    cfg::{Dominance, reverse_postorder},
    effects::Writes,
    entity::{Block, GlobalId},
    function::{Function, InstData},
};

/// What made a version: the instruction at this position of the block, counted from 1, or at 0
/// different versions that meet at the block's start.
pub type Version = (Block, u32);

/// The versions of some globals at the start of each block of a function.
#[derive(Debug)]
pub struct Versions {
    globals: Vec<GlobalId>,
    starts: HashMap<Block, Vec<Version>>,
}

impl Versions {
    /// Of these globals, in ascending order, in a function in order.
    pub fn of(function: &Function, writes: &Writes, globals: Vec<GlobalId>) -> Self {
        let dominance = Dominance::of(function);
        let order = reverse_postorder(function);
        let last = last_writes(function, writes, &order, &globals);
        // What leads to a handler may have written before the fault.
        let mut meets: HashSet<(Block, usize)> = HashSet::new();
        let entry_and_handlers = function.handlers().into_iter().chain([function.entry()]);
        for block in entry_and_handlers {
            meets.extend((0..globals.len()).map(|at| (block, at)));
        }
        let mut versions = Self { globals, starts: HashMap::new() };
        loop {
            versions.propagate(&order, &dominance, &last, &meets);
            let before = meets.len();
            for &block in &order {
                let end = versions.end(block, &last);
                let edges = function.block(block).terminator.iter();
                for edge in edges.flat_map(|terminator| terminator.edges()) {
                    let start = &versions.starts[&edge.block];
                    let differ = (0..end.len()).filter(|&at| start[at] != end[at]);
                    meets.extend(differ.map(|at| (edge.block, at)));
                }
            }
            if meets.len() == before {
                return versions;
            }
        }
    }

    /// The versions at a block's start, in the order of the globals; none where control cannot come.
    pub fn start(&self, block: Block) -> Option<&[Version]> {
        self.starts.get(&block).map(Vec::as_slice)
    }

    /// Where a global stands in their order.
    pub fn position(&self, global: GlobalId) -> Option<usize> {
        self.globals.binary_search(&global).ok()
    }

    /// Goes over the instruction at a position of a block, counted from 0.
    pub fn step(
        &self,
        writes: &Writes,
        state: &mut [Version],
        (block, position): (Block, usize),
        inst: &InstData,
    ) {
        for (version, &global) in state.iter_mut().zip(&self.globals) {
            if writes.may_write(inst, global) {
                *version = (block, position as u32 + 1);
            }
        }
    }

    /// From each block to those it dominates, but for where different versions meet.
    fn propagate(
        &mut self,
        order: &[Block],
        dominance: &Dominance,
        last: &HashMap<(Block, usize), u32>,
        meets: &HashSet<(Block, usize)>,
    ) {
        self.starts.clear();
        for &block in order {
            let above = dominance
                .parent(block)
                .map(|parent| self.end(parent, last))
                .unwrap_or_else(|| vec![(block, 0); self.globals.len()]);
            let version = |(at, version)| {
                if meets.contains(&(block, at)) { (block, 0) } else { version }
            };
            self.starts.insert(block, above.into_iter().enumerate().map(version).collect());
        }
    }

    fn end(&self, block: Block, last: &HashMap<(Block, usize), u32>) -> Vec<Version> {
        let start = self.starts.get(&block).map_or(&[][..], Vec::as_slice);
        let version = |(at, &start): (usize, &Version)| {
            last.get(&(block, at)).map_or(start, |&position| (block, position))
        };
        start.iter().enumerate().map(version).collect()
    }
}

/// The last write in each block, if there is one.
fn last_writes(
    function: &Function,
    writes: &Writes,
    order: &[Block],
    globals: &[GlobalId],
) -> HashMap<(Block, usize), u32> {
    let mut last = HashMap::new();
    for &block in order {
        for (position, &inst) in function.block(block).insts.iter().enumerate() {
            let inst = function.inst(inst);
            for (at, &global) in globals.iter().enumerate() {
                if writes.may_write(inst, global) {
                    last.insert((block, at), position as u32 + 1);
                }
            }
        }
    }
    last
}
