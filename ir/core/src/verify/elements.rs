//! Elements that were found are used only while nothing has written their map since.

use std::collections::{HashMap, HashSet};

use super::{Entity, Problems, Rule};
use crate::{
    cfg::{Dominance, Point, Step},
    effects::Writes,
    entity::{Block, GlobalId, Value},
    function::{Function, Immediate, InstData},
    opcode::Opcode,
    types::Type,
    versions::{Memory, Version, Versions},
};

pub(super) fn check(function: &Function, writes: &Writes, problems: &mut Problems) {
    let maps: HashSet<GlobalId> = function.placed_insts().filter_map(found_in).collect();
    if maps.is_empty() {
        // A use of an element is dominated by its finding.
        return;
    }
    let dominance = Dominance::of(function);
    let versions = Versions::of(function, writes, &dominance, |global| maps.contains(&global));
    let mut walk = Walk { function, writes, memory: Memory::default(), found: HashMap::new() };
    for step in dominance.walk() {
        match step {
            Step::Enter(point) => {
                walk.memory.enter(&versions, point);
                if let Point::End(block) = point {
                    walk.block(block, problems);
                }
            }
            Step::Leave(_) => walk.memory.leave(),
        }
    }
}

/// The map that an instruction looks for an element in.
fn found_in(inst: &InstData) -> Option<GlobalId> {
    match inst.immediate {
        Immediate::Global(map) if inst.opcode == Opcode::Mfind => Some(map),
        _ => None,
    }
}

struct Walk<'a> {
    function: &'a Function,
    writes: &'a Writes,
    memory: Memory,
    /// The version that each element's map had when it was found.
    found: HashMap<Value, Version>,
}

impl Walk<'_> {
    fn block(&mut self, block: Block, problems: &mut Problems) {
        for (position, &inst) in self.function.block(block).insts.iter().enumerate() {
            let data = self.function.inst(inst);
            if data.args.iter().any(|&arg| self.is_stale(arg)) {
                let name = data.opcode.name();
                problems.add(
                    Rule::ElementStale,
                    Entity::Inst(inst),
                    format!("{block}: {name} of an element whose map may have been written since"),
                );
            }
            self.memory.step(self.writes, (block, position), data);
            if let (Some(map), Some(result)) = (found_in(data), data.result) {
                self.found.insert(result, self.memory.version(map));
            }
        }
    }

    fn is_stale(&self, value: Value) -> bool {
        self.function.ty(value) == Type::Elem
            && self
                .function
                .map_of(value)
                .is_none_or(|map| self.found.get(&value) != Some(&self.memory.version(map)))
    }
}
