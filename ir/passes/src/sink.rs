//! What is used only on one way out of a block is computed there: guards come before what they guard.
//!
//! Only what could be removed if it were not used is moved, never into a loop that it was not in, and
//! never behind a write of what it reads.

use std::collections::{HashMap, HashSet};

use stapc_ir::{
    Block, Effects, Function, GlobalId, Inst, InstData, Module, Opcode, Terminator, Value, Writes,
    cfg::{Dominance, reverse_postorder},
};

use crate::{
    common::{each_function, predecessor_counts, read_by},
    loops::Loops,
};

/// How many blocks further down something is moved at most.
const MOST_STEPS: usize = 8;

pub fn run(module: &mut Module) -> usize {
    let writes = Writes::of(module);
    each_function(module, |function| {
        let mut sinker = Sinker::new(function, &writes);
        let order = reverse_postorder(function);
        order.into_iter().map(|block| sinker.sink(function, block)).sum()
    })
}

/// What uses a value: an instruction or the end of a block.
#[derive(Clone, Copy)]
enum User {
    Inst(Inst),
    End(Block),
}

struct Sinker<'w> {
    writes: &'w Writes,
    dominance: Dominance,
    loops: Loops,
    counts: HashMap<Block, usize>,
    users: HashMap<Value, Vec<User>>,
    /// Where each instruction stands, and how often it was moved.
    places: HashMap<Inst, (Block, usize)>,
}

impl<'w> Sinker<'w> {
    fn new(function: &Function, writes: &'w Writes) -> Self {
        let dominance = Dominance::of(function);
        let loops = Loops::of(function, &dominance);
        let mut users: HashMap<Value, Vec<User>> = HashMap::new();
        let mut places = HashMap::new();
        for &block in &function.layout {
            let data = function.block(block);
            for &inst in &data.insts {
                places.insert(inst, (block, 0));
                for &arg in &function.inst(inst).args {
                    users.entry(arg).or_default().push(User::Inst(inst));
                }
            }
            for value in data.terminator.iter().flat_map(|terminator| terminator.uses()) {
                users.entry(value).or_default().push(User::End(block));
            }
        }
        let counts = predecessor_counts(function);
        Self { writes, dominance, loops, counts, users, places }
    }

    /// Moves what can be moved out of a block, the last first, so that what only it uses follows.
    fn sink(&mut self, function: &mut Function, block: Block) -> usize {
        let Some(Terminator::Branch(_, then, otherwise)) = &function.block(block).terminator else {
            return 0;
        };
        let ways: Vec<Block> = [then.block, otherwise.block]
            .into_iter()
            .filter(|way| self.counts.get(way) == Some(&1) && self.loops.same(*way, block))
            .collect();
        if ways.is_empty() {
            return 0;
        }
        let mut written: HashSet<GlobalId> = HashSet::new();
        let mut moved: HashMap<Block, Vec<Inst>> = HashMap::new();
        let insts = std::mem::take(&mut function.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts.into_iter().rev() {
            let data = function.inst(inst);
            written.extend(self.writes.written(data));
            let to = may_move(function, data, &written)
                .then(|| ways.iter().find(|&&way| self.is_used_only_behind(data, block, way)))
                .flatten();
            match (to, self.places.get_mut(&inst)) {
                (Some(&way), Some(place)) if place.1 < MOST_STEPS => {
                    *place = (way, place.1 + 1);
                    moved.entry(way).or_default().push(inst);
                }
                _ => kept.push(inst),
            }
        }
        kept.reverse();
        function.block_mut(block).insts = kept;
        let mut count = 0;
        for (way, mut insts) in moved {
            count += insts.len();
            insts.reverse();
            function.block_mut(way).insts.splice(0..0, insts);
        }
        count
    }

    /// Whether all uses of what an instruction gives are in a block or where that has run to its end.
    fn is_used_only_behind(&self, inst: &InstData, from: Block, way: Block) -> bool {
        let Some(users) = inst.result.and_then(|result| self.users.get(&result)) else {
            return false;
        };
        users.iter().all(|user| {
            let block = match user {
                User::Inst(inst) => self.places.get(inst).map_or(from, |place| place.0),
                User::End(block) => *block,
            };
            block == way || self.dominance.available_from_end(way, block)
        })
    }
}

/// Whether an instruction gives the same at the block's end, and does nothing else. Constants cost
/// nothing where they are.
fn may_move(function: &Function, inst: &InstData, written: &HashSet<GlobalId>) -> bool {
    let effects = inst.opcode.effects();
    let constant = matches!(inst.opcode, Opcode::Iconst | Opcode::Sconst | Opcode::Bconst);
    if constant || !effects.removable() || effects.has(Effects::VOLATILE) {
        return false;
    }
    !effects.has(Effects::READ)
        || read_by(function, inst).is_some_and(|global| !written.contains(&global))
}
