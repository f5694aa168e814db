//! Elements of maps, found once and used again.

use stapc_ir::{GlobalId, Opcode, Type};

use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    hit::Kind,
    machine::Machine,
    store::Full,
    value::{Cell, Datum, Found, NOTHING, Place},
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::Mfind => find,
        Opcode::ElemHas => |m, i| {
            let found = m.found(i)?;
            m.read(found.map)?;
            m.give_bool(i, found.element().is_some())
        },
        Opcode::ElemGet => get,
        Opcode::ElemSet => set,
        Opcode::ElemDel => delete,
        _ => return None,
    };
    Some(op)
}

fn find<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let map = machine.global(inst)?;
    machine.read(map)?;
    let element = machine.find(inst, map)?.unwrap_or(NOTHING);
    let stamp = machine.stores[map.index()].stamp;
    let keys = hash(&machine.name);
    machine.give(inst, Datum::Elem(Found { map, element, stamp, keys }))
}

fn get<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let found = machine.found(inst)?;
    machine.read(found.map)?;
    machine.give_element(inst, found.map, found.element())
}

/// The operands are the element, the keys that it was looked for under, and the value.
fn set<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    let found = machine.found(inst)?;
    machine.name_keys(inst, 1, global)?;
    if found.map != global || found.keys != hash(&machine.name) {
        return Err(bug("the element was looked for elsewhere"));
    }
    machine.write(global)?;
    let element = match found.element() {
        Some(element) => element,
        None => {
            let keys = machine.keys(inst, 1, global)?;
            let store = &mut machine.stores[global.index()];
            match store.insert(&machine.name, keys) {
                Ok(element) => element,
                Err(Full) => return Err(machine.fault(Kind::MapFull, inst.data)),
            }
        }
    };
    let keys = machine.stores[global.index()].kind.keys().len();
    let value: Cell = machine.cell(inst, 1 + keys)?;
    machine.set_element(global, element, value)
}

fn delete<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    let found = machine.found(inst)?;
    if found.map != global {
        return Err(bug("the element was looked for elsewhere"));
    }
    machine.write(global)?;
    if let Some(element) = found.element() {
        machine.stores[global.index()].remove(element);
    }
    Ok(())
}

fn hash(name: &[u8]) -> u32 {
    name.iter().fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl Machine<'_> {
    /// What was found, if nothing has written the map since.
    fn found(&self, inst: &Inst<'_>) -> Result<Found, Stop> {
        let Datum::Elem(found) = *self.arg(inst, 0)? else {
            return Err(self.wrong(inst, 0, "an element"));
        };
        if self.stores[found.map.index()].stamp != found.stamp {
            return Err(bug("the element's map was written since it was found"));
        }
        Ok(found)
    }

    /// Gives the value of an element, or what there is where there is none.
    pub fn give_element(&mut self, inst: &Inst<'_>, map: GlobalId, element: Option<u32>) -> Done {
        let store = &self.stores[map.index()];
        let value = element.map(|element| &store.elements[element as usize].value);
        match (store.kind.value_type(), value, element) {
            (Some(Type::Str), Some(Cell::Text(_)), Some(element)) => {
                let stamp = store.stamp;
                self.give_borrowed(inst, Place::Element { map, element, stamp })
            }
            (Some(Type::Str), None, _) => self.give_text(inst, b""),
            (Some(Type::I64), Some(Cell::Int(value)), _) => {
                let value = *value;
                self.give_int(inst, value)
            }
            (Some(Type::I64), None, _) => self.give_int(inst, 0),
            _ => Err(bug("an aggregate is read as a value")),
        }
    }
}
