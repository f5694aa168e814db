//! Iterations over maps.

use std::cmp::Ordering;

use stapc_ir::{GlobalId, Immediate, Opcode, Order, OrderBy};

use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    hit::Kind,
    iteration::Iteration,
    machine::Machine,
    options::Bounds,
    stat::Stat,
    store::{Element, Store},
    value::{Cell, Datum, Place},
};

/// Elements of all iterations that may run at once.
const MOST_ELEMENTS: usize = 1 << 20;

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::IterBegin => begin,
        Opcode::IterNext => next,
        Opcode::IterKey => key,
        Opcode::IterValue => value,
        Opcode::IterEnd => end,
        _ => return None,
    };
    Some(op)
}

fn begin<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let Immediate::Iterate(map, order) = inst.data.immediate else { return Err(bug("no map")) };
    if !machine.stores.get(map.index()).is_some_and(Store::is_map) {
        return Err(bug("no map"));
    }
    machine.read(map)?;
    let limit = machine.int(inst, 0)?.max(0);
    let elements = sorted(&machine.stores[map.index()], order, limit);
    let running: usize = machine.iterations.iter().map(|running| running.elements.len()).sum();
    if machine.options.bounds == Bounds::Kernel && running + elements.len() > MOST_ELEMENTS {
        return Err(machine.fault(Kind::Iterate, inst.data));
    }
    machine.counts.iterations += 1;
    machine.iterations_begun = machine.iterations_begun.wrapping_add(1);
    let serial = machine.iterations_begun;
    let at = machine.iterations.len() as u32;
    machine.iterations.push(Iteration { serial, map, elements, at: 0, current: None });
    machine.give(inst, Datum::Iter(at, serial))
}

fn next<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let at = machine.iteration(inst)?;
    machine.read(machine.iterations[at].map)?;
    let iteration = &mut machine.iterations[at];
    let store = &machine.stores[iteration.map.index()];
    iteration.current = None;
    while let Some(&(element, made)) = iteration.elements.get(iteration.at) {
        iteration.at += 1;
        // Neither deleted nor another one in its place.
        if store.elements[element as usize].made == made {
            iteration.current = Some((element, store.stamp));
            break;
        }
    }
    let found = iteration.current.is_some();
    machine.give_bool(inst, found)
}

fn key<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let Immediate::Index(key) = inst.data.immediate else { return Err(bug("no position")) };
    let (map, element, stamp) = machine.element(inst)?;
    let keys = &machine.stores[map.index()].elements[element as usize].keys;
    match keys.get(key as usize) {
        Some(Cell::Int(value)) => {
            let value = *value;
            machine.give_int(inst, value)
        }
        Some(Cell::Text(_)) => machine.give_borrowed(inst, Place::Key { map, element, key, stamp }),
        _ => Err(bug("there is no such key")),
    }
}

fn value<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let (map, element, stamp) = machine.element(inst)?;
    match &machine.stores[map.index()].elements[element as usize].value {
        Cell::Int(value) => {
            let value = *value;
            machine.give_int(inst, value)
        }
        Cell::Text(_) => machine.give_borrowed(inst, Place::Element { map, element, stamp }),
        Cell::Stat(_) => Err(bug("an aggregate is read as a value")),
    }
}

fn end<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let at = machine.iteration(inst)?;
    if at + 1 != machine.iterations.len() {
        return Err(bug("the iteration is not the innermost one"));
    }
    machine.iterations.pop();
    Ok(())
}

impl Machine<'_> {
    /// The running iteration that an instruction is about.
    fn iteration(&self, inst: &Inst<'_>) -> Result<usize, Stop> {
        let Datum::Iter(at, serial) = self.arg(inst, 0)? else {
            return Err(self.wrong(inst, 0, "an iteration"));
        };
        match self.iterations.get(*at as usize) {
            Some(iteration) if iteration.serial == *serial => Ok(*at as usize),
            _ => Err(bug("the iteration has ended")),
        }
    }

    /// The element that an iteration is at, and its map's stamp.
    fn element(&mut self, inst: &Inst<'_>) -> Result<(GlobalId, u32, u32), Stop> {
        let iteration = &self.iterations[self.iteration(inst)?];
        let (map, current) = (iteration.map, iteration.current);
        self.read(map)?;
        match current {
            Some((element, stamp)) if stamp == self.stores[map.index()].stamp => {
                Ok((map, element, stamp))
            }
            Some(_) => Err(bug("the map was written since the iteration went to its element")),
            None => Err(bug("the iteration is at no element")),
        }
    }
}

/// The first elements of a map in an order; those that are equal in it by their age.
fn sorted(store: &Store<'_>, order: Order, limit: i64) -> Vec<(u32, u64)> {
    let element = |at: u32| &store.elements[at as usize];
    let mut list: Vec<u32> = store.in_order().collect();
    if order.by != OrderBy::Unsorted {
        list.sort_by(|&a, &b| {
            let by = compare(element(a), element(b), order.by);
            if order.descending { by.reverse() } else { by }
        });
    }
    list.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    list.into_iter().map(|at| (at, element(at).made)).collect()
}

fn compare(a: &Element, b: &Element, by: OrderBy) -> Ordering {
    let cells = match by {
        OrderBy::Key(key) => (a.keys.get(key as usize), b.keys.get(key as usize)),
        _ => (Some(&a.value), Some(&b.value)),
    };
    match cells {
        (Some(Cell::Int(a)), Some(Cell::Int(b))) => a.cmp(b),
        (Some(Cell::Text(a)), Some(Cell::Text(b))) => a.cmp(b),
        (Some(Cell::Stat(a)), Some(Cell::Stat(b))) => figure(a, by).cmp(&figure(b, by)),
        _ => Ordering::Equal,
    }
}

fn figure(stat: &Stat, by: OrderBy) -> i64 {
    match by {
        OrderBy::Sum => stat.sum,
        OrderBy::Min => stat.min,
        OrderBy::Max => stat.max,
        OrderBy::Avg => stat.avg(),
        _ => stat.count,
    }
}
