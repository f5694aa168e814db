//! Elements that were found are used only while nothing has written their map since.

use std::collections::{BTreeSet, HashMap};

use super::Problems;
use crate::{
    cfg::reverse_postorder,
    effects::Writes,
    entity::{Block, GlobalId, Value},
    function::{Function, Immediate, InstData},
    opcode::Opcode,
    types::Type,
    versions::{Version, Versions},
};

pub(super) fn check(function: &Function, writes: &Writes, problems: &mut Problems) {
    let maps: BTreeSet<GlobalId> = function.placed_insts().filter_map(found_in).collect();
    if maps.is_empty() {
        // A use of an element is dominated by its finding.
        return;
    }
    let versions = Versions::of(function, writes, Vec::from_iter(maps));
    let mut walk = Walk { function, writes, versions, found: HashMap::new() };
    // A finding comes before its uses in this order.
    for block in reverse_postorder(function) {
        walk.block(block, problems);
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
    versions: Versions,
    /// The version that each element's map had when it was found.
    found: HashMap<Value, Version>,
}

impl Walk<'_> {
    fn block(&mut self, block: Block, problems: &mut Problems) {
        let Some(mut state) = self.versions.start(block).map(<[Version]>::to_vec) else { return };
        for (position, &inst) in self.function.block(block).insts.iter().enumerate() {
            let inst = self.function.inst(inst);
            if inst.args.iter().any(|&arg| self.is_stale(arg, &state)) {
                problems.add(format!(
                    "{block}: {} of an element whose map may have been written since",
                    inst.opcode.name()
                ));
            }
            self.versions.step(self.writes, &mut state, (block, position), inst);
            if let (Some(map), Some(result)) = (found_in(inst), inst.result)
                && let Some(at) = self.versions.position(map)
            {
                self.found.insert(result, state[at]);
            }
        }
    }

    fn is_stale(&self, value: Value, state: &[Version]) -> bool {
        self.function.ty(value) == Type::Elem
            && self
                .function
                .map_of(value)
                .and_then(|map| self.versions.position(map))
                .is_none_or(|at| self.found.get(&value) != Some(&state[at]))
    }
}
