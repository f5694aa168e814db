//! Globals of which each processor has a part of its own.

use stapc_ir::{GlobalId, Opcode, Stage};

use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    hit::Kind,
    machine::Machine,
    store::{Full, Store},
    value::Cell,
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::PartAdd | Opcode::PartMadd | Opcode::PartAgg => add,
        Opcode::Merge => merge,
        _ => return None,
    };
    Some(op)
}

fn add<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    machine.counts.writes += 1;
    let Cell::Int(amount) = machine.last(inst, global)? else { return Err(bug("no integer")) };
    let element = match machine.stores[global.index()].is_map() {
        true => Some(machine.part_element(inst, global)?),
        false => None,
    };
    let part = machine.part(global)?;
    let histogram = part.histogram();
    let cell = match element {
        Some(element) => &mut part.elements[element as usize].value,
        None => &mut part.scalar,
    };
    match (cell, inst.data.opcode) {
        (Cell::Stat(stat), Opcode::PartAgg) => stat.add(amount, histogram),
        (Cell::Int(sum), Opcode::PartAdd | Opcode::PartMadd) => {
            *sum = (i128::from(*sum) + i128::from(amount)) as i64;
        }
        _ => return Err(bug("the part is of another type")),
    }
    Ok(())
}

fn merge<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    machine.merge(global);
    machine.read(global)?;
    machine.write(global)
}

impl<'m> Machine<'m> {
    /// Adds all parts of a global to it.
    pub fn merge(&mut self, global: GlobalId) {
        let parts = self.parts.range_mut((global, 0)..=(global, u32::MAX));
        for (_, part) in parts {
            self.stores[global.index()].merge(part);
        }
    }

    /// The end of a handler that cannot collect a map.
    pub fn overflow(&mut self, global: GlobalId) -> Stop {
        self.note_fault(Kind::Collected(global), None);
        Stop::Leave
    }

    /// This processor's part of a global.
    fn part(&mut self, global: GlobalId) -> Result<&mut Store<'m>, Stop> {
        let data = self.module.global(global);
        if !data.percpu {
            return Err(bug(format!("@{} has no parts", data.name)));
        }
        Ok(self.parts.entry((global, self.hit.cpu)).or_insert_with(|| Store::part(&data.kind)))
    }

    fn part_element(&mut self, inst: &'m Inst<'m>, global: GlobalId) -> Result<u32, Stop> {
        self.counts.lookups += 1;
        self.name_keys(inst, 0, global)?;
        let name = std::mem::take(&mut self.name);
        let found = self.part(global)?.find(&name);
        let result = match found {
            Some(element) => Ok(element),
            None => {
                let keys = self.keys(inst, 0, global)?;
                self.part(global)?.insert(&name, keys)
            }
        };
        self.name = name;
        result.map_err(|Full| self.fault(Kind::MapFull, inst.data))
    }

    /// Adds all parts of a global to it, as whoever locks it does: false if there are too many
    /// elements, those for which there was no room being left in their parts.
    pub fn collect(&mut self, global: GlobalId) -> bool {
        let mut parts = self.parts.range_mut((global, 0)..=(global, u32::MAX));
        let store = &mut self.stores[global.index()];
        parts.all(|(_, part)| {
            // What was borrowed is gone if there is anything to add.
            store.stamp = store.stamp.wrapping_add(u32::from(!part.is_empty()));
            store.collect(part)
        })
    }

    /// Refuses what is not all of a global, since parts are not merged. Before locks are placed,
    /// whatever looks at it collects them.
    pub fn check_merged(&mut self, global: GlobalId) -> Done {
        if !self.module.global(global).percpu {
            return Ok(());
        }
        let alone = self.hit.probe.is_some_and(|probe| probe.attach.is_session());
        if self.options.stage < Stage::Placed && !alone {
            return if self.collect(global) { Ok(()) } else { Err(self.overflow(global)) };
        }
        let mut parts = self.parts.range((global, 0)..=(global, u32::MAX));
        if parts.all(|(_, part)| part.is_empty()) {
            return Ok(());
        }
        Err(bug(format!("@{} has parts that are not merged", self.module.global(global).name)))
    }
}
