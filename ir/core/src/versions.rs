//! Which writes of a global an instruction may see: the versions of what is stored.
//!
//! Where two places have one version of a global, nothing has written it on any way between them.

use std::collections::{HashMap, HashSet};

use crate::{
    cfg::{Dominance, Point},
    effects::Writes,
    entity::{Block, GlobalId},
    function::{Function, InstData},
};

/// What made a version: the instruction at this position of the block, counted from 1, or at 0
/// different versions that meet at the block's start. None: nothing in the function has.
pub type Version = Option<(Block, u32)>;

/// Where different versions of globals meet in a function.
#[derive(Debug)]
pub struct Versions {
    meetings: HashMap<Block, Vec<GlobalId>>,
}

impl Versions {
    /// Of the globals for which `of` holds, in a function in order.
    pub fn of(
        function: &Function,
        writes: &Writes,
        dominance: &Dominance,
        of: impl Fn(GlobalId) -> bool,
    ) -> Self {
        let mut written: HashMap<GlobalId, HashSet<Point>> = HashMap::new();
        let mut versions = Self { meetings: HashMap::new() };
        for &block in &function.layout {
            let data = function.block(block);
            for &inst in &data.insts {
                for global in writes.written(function.inst(inst)).filter(|&global| of(global)) {
                    let points = written.entry(global).or_default();
                    // What leads to a handler may have written before the fault.
                    let new = points.insert(Point::End(block));
                    if let Some(catch) = data.catch.filter(|_| new)
                        && points.insert(Point::Start(catch))
                    {
                        versions.meetings.entry(catch).or_default().push(global);
                    }
                }
            }
        }
        if written.is_empty() {
            return versions;
        }
        let meetings = dominance.meetings(function);
        for (global, points) in written {
            for block in meetings.of(points.into_iter()) {
                versions.meetings.entry(block).or_default().push(global);
            }
        }
        versions
    }

    fn meetings(&self, block: Block) -> &[GlobalId] {
        self.meetings.get(&block).map_or(&[], Vec::as_slice)
    }
}

/// The versions at a place of a walk over the tree of dominators ([`Dominance::walk`]).
#[derive(Debug, Default)]
pub struct Memory {
    current: HashMap<GlobalId, (Block, u32)>,
    /// What was there before, and where each step of the walk began.
    replaced: Vec<(GlobalId, Version)>,
    marks: Vec<usize>,
}

impl Memory {
    /// The version that a global has here.
    pub fn version(&self, global: GlobalId) -> Version {
        self.current.get(&global).copied()
    }

    /// To a point of the function, before any instruction of the block.
    pub fn enter(&mut self, versions: &Versions, point: Point) {
        self.marks.push(self.replaced.len());
        if let Point::Start(block) = point {
            for &global in versions.meetings(block) {
                self.set(global, (block, 0));
            }
        }
    }

    /// Over the instruction at a position of a block, counted from 0.
    pub fn step(&mut self, writes: &Writes, (block, position): (Block, usize), inst: &InstData) {
        for global in writes.written(inst) {
            self.set(global, (block, position as u32 + 1));
        }
    }

    /// Back from the point that was entered last.
    pub fn leave(&mut self) {
        let mark = self.marks.pop().unwrap_or(0);
        for (global, version) in self.replaced.drain(mark..).rev() {
            match version {
                Some(version) => self.current.insert(global, version),
                None => self.current.remove(&global),
            };
        }
    }

    fn set(&mut self, global: GlobalId, version: (Block, u32)) {
        let before = self.current.insert(global, version);
        self.replaced.push((global, before));
    }
}
