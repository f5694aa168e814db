//! Maps: look-ups, insertion and deletion.

use stapc_ir::{GlobalId, Opcode, Type};

use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    hit::Kind,
    machine::Machine,
    store::{Full, push_key},
    value::Cell,
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::Mget => get,
        Opcode::Mset => set,
        Opcode::Madd => add,
        Opcode::Mhas => |m, i| {
            let global = m.global(i)?;
            m.read(global)?;
            let found = m.find(i, global)?;
            m.give_bool(i, found.is_some())
        },
        Opcode::Mdel => delete,
        Opcode::Mclear => clear,
        _ => return None,
    };
    Some(op)
}

fn get<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    machine.read(global)?;
    let found = machine.find(inst, global)?;
    machine.give_element(inst, global, found)
}

fn set<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    machine.write(global)?;
    let element = machine.find_or_insert(inst, global)?;
    let value = machine.last(inst, global)?;
    machine.set_element(global, element, value)
}

fn add<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    machine.read(global)?;
    machine.write(global)?;
    let Cell::Int(by) = machine.last(inst, global)? else { return Err(bug("no integer")) };
    let element = machine.find_or_insert(inst, global)?;
    let old = match machine.stores[global.index()].elements[element as usize].value {
        Cell::Int(old) => old,
        _ => return Err(bug("what the map holds is no integer")),
    };
    let sum = (i128::from(old) + i128::from(by)) as i64;
    machine.set_element(global, element, Cell::Int(sum))?;
    machine.give_int(inst, old)
}

fn delete<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    machine.write(global)?;
    if let Some(element) = machine.find(inst, global)? {
        machine.stores[global.index()].remove(element);
    }
    Ok(())
}

fn clear<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    machine.write(global)?;
    if !machine.stores[global.index()].is_map() {
        return Err(bug("no map"));
    }
    machine.stores[global.index()].clear();
    Ok(())
}

impl<'m> Machine<'m> {
    /// The element under the keys, if there is one.
    pub fn find(&mut self, inst: &Inst<'_>, global: GlobalId) -> Result<Option<u32>, Stop> {
        self.counts.lookups += 1;
        self.name_keys(inst, 0, global)?;
        Ok(self.stores[global.index()].find(&self.name))
    }

    /// Makes `self.name` of the keys, the first of which is the operand at `first`.
    pub fn name_keys(&mut self, inst: &Inst<'_>, first: usize, global: GlobalId) -> Done {
        let mut name = std::mem::take(&mut self.name);
        name.clear();
        let types = self.stores[global.index()].kind.keys();
        if types.is_empty() {
            return Err(bug("no map"));
        }
        for (at, ty) in types.iter().enumerate() {
            let key = self.cell(inst, first + at)?;
            if matches!(key, Cell::Int(_)) != (*ty == Type::I64) {
                return Err(bug(format!("key {at} is of another type")));
            }
            push_key(&mut name, &key);
        }
        self.name = name;
        Ok(())
    }

    /// The keys, the first of which is the operand at `first`.
    pub fn keys(&self, inst: &Inst<'_>, first: usize, global: GlobalId) -> Result<Vec<Cell>, Stop> {
        let count = self.stores[global.index()].kind.keys().len();
        (first..first + count).map(|at| self.cell(inst, at)).collect()
    }

    /// The element under the keys, made if it is not there.
    pub fn find_or_insert(&mut self, inst: &'m Inst<'m>, global: GlobalId) -> Result<u32, Stop> {
        if let Some(element) = self.find(inst, global)? {
            return Ok(element);
        }
        let keys = self.keys(inst, 0, global)?;
        let store = &mut self.stores[global.index()];
        store.insert(&self.name, keys).map_err(|Full| self.fault(Kind::MapFull, inst.data))
    }

    /// The operand behind the keys.
    pub fn last(&self, inst: &Inst<'_>, global: GlobalId) -> Result<Cell, Stop> {
        self.cell(inst, self.stores[global.index()].kind.keys().len())
    }

    /// Sets what an element holds.
    pub fn set_element(&mut self, global: GlobalId, element: u32, value: Cell) -> Done {
        let store = &mut self.stores[global.index()];
        match (&value, store.kind.value_type()) {
            (Cell::Int(_), Some(Type::I64)) | (Cell::Text(_), Some(Type::Str)) => {
                store.elements[element as usize].value = value;
                Ok(())
            }
            _ => Err(bug("what the map holds is of another type")),
        }
    }
}
