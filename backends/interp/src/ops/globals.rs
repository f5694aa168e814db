//! Scalar globals.

use stapc_ir::{Opcode, Type};

use crate::{
    code::{Inst, Op},
    error::{Done, bug},
    machine::Machine,
    value::{Cell, Place},
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::Gload => load,
        Opcode::Gstore => store,
        _ => return None,
    };
    Some(op)
}

fn load<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    machine.read(global)?;
    let store = &machine.stores[global.index()];
    match &store.scalar {
        _ if store.is_map() => Err(bug("a map is read as a scalar")),
        Cell::Int(value) => {
            let value = *value;
            machine.give_int(inst, value)
        }
        Cell::Text(_) => {
            let stamp = store.stamp;
            machine.give_borrowed(inst, Place::Global { global, stamp })
        }
        Cell::Stat(_) => Err(bug("an aggregate is read as a scalar")),
    }
}

/// A string may be stored to where it was borrowed from: it is read before.
fn store<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    let value = machine.cell(inst, 0)?;
    machine.write(global)?;
    let store = &mut machine.stores[global.index()];
    match (&value, store.kind.value_type()) {
        _ if store.is_map() => Err(bug("a map is written as a scalar")),
        (Cell::Int(_), Some(Type::I64)) | (Cell::Text(_), Some(Type::Str)) => {
            store.scalar = value;
            Ok(())
        }
        _ => Err(bug("the global is of another type")),
    }
}
