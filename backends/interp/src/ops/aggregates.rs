//! Aggregates: samples go in, figures come out.

use stapc_ir::Opcode;

use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    hit::Kind,
    machine::Machine,
    stat::Stat,
    value::Cell,
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::AggAdd => add,
        Opcode::AggCount => |m, i| {
            let count = m.stat(i)?.map_or(0, |stat| stat.count);
            m.give_int(i, count)
        },
        Opcode::AggSum => |m, i| {
            let sum = m.stat(i)?.map_or(0, |stat| stat.sum);
            m.give_int(i, sum)
        },
        Opcode::AggMin => |m, i| m.figure(i, |stat| stat.min),
        Opcode::AggMax => |m, i| m.figure(i, |stat| stat.max),
        Opcode::AggAvg => |m, i| m.figure(i, Stat::avg),
        Opcode::AggVariance => |m, i| m.figure(i, Stat::variance),
        Opcode::AggBucket => bucket,
        Opcode::AggClear => clear,
        _ => return None,
    };
    Some(op)
}

fn add<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    machine.write(global)?;
    let Cell::Int(sample) = machine.last(inst, global)? else { return Err(bug("no integer")) };
    let element = if machine.stores[global.index()].is_map() {
        Some(machine.find_or_insert(inst, global)?)
    } else {
        None
    };
    let store = &mut machine.stores[global.index()];
    let histogram = store.histogram();
    let cell = match element {
        Some(element) => &mut store.elements[element as usize].value,
        None => &mut store.scalar,
    };
    match cell {
        Cell::Stat(stat) => {
            stat.add(sample, histogram);
            Ok(())
        }
        _ => Err(bug("no aggregate")),
    }
}

fn bucket<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    let Cell::Int(at) = machine.last(inst, global)? else { return Err(bug("no integer")) };
    let stat = machine.stat(inst)?;
    let count = stat.and_then(|stat| stat.buckets.get(&at).copied());
    machine.give_int(inst, count.unwrap_or(0))
}

fn clear<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    machine.write(global)?;
    match &mut machine.stores[global.index()].scalar {
        Cell::Stat(stat) => {
            **stat = Stat::default();
            Ok(())
        }
        _ => Err(bug("no aggregate")),
    }
}

impl<'m> Machine<'m> {
    /// The aggregate that an instruction reads; none where the map has none.
    pub fn stat(&mut self, inst: &Inst<'_>) -> Result<Option<&Stat>, Stop> {
        let global = self.global(inst)?;
        self.read(global)?;
        let cell = if self.stores[global.index()].is_map() {
            let found = self.find(inst, global)?;
            found.map(|element| &self.stores[global.index()].elements[element as usize].value)
        } else {
            Some(&self.stores[global.index()].scalar)
        };
        match cell {
            Some(Cell::Stat(stat)) => Ok(Some(stat)),
            None => Ok(None),
            _ => Err(bug("no aggregate")),
        }
    }

    fn figure(&mut self, inst: &'m Inst<'m>, pick: impl Fn(&Stat) -> i64) -> Done {
        match self.stat(inst)?.filter(|stat| stat.count > 0).map(pick) {
            Some(figure) => self.give_int(inst, figure),
            None => Err(self.fault(Kind::EmptyStat, inst.data)),
        }
    }
}
