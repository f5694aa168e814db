//! Faults that scripts make and handle, and the end of the session.

use stapc_ir::Opcode;

use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    hit::Kind,
    machine::Machine,
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::Error => |m, i| {
            let text = m.string(i, 0)?;
            let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
            Err(m.fault(Kind::Script(text[..end].to_vec()), i.data))
        },
        Opcode::FaultText => text,
        Opcode::FaultEnd => end,
        Opcode::Exit => |m, _| {
            m.exit_wanted = true;
            Ok(())
        },
        Opcode::Abort => |m, i| {
            m.exit_wanted = true;
            m.hit.fuel = -1;
            Err(m.fault(Kind::Abort, i.data))
        },
        _ => return None,
    };
    Some(op)
}

fn text<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    if machine.hit.fault.is_none() {
        return Err(bug("no fault lasts"));
    }
    let text = machine.fault_text();
    machine.give_text(inst, text)
}

/// The fault of fuel, or of what took it, is not ended: it goes on.
fn end<'m>(machine: &mut Machine<'m>, _: &'m Inst<'m>) -> Done {
    if machine.hit.fault.is_none() {
        return Err(bug("no fault lasts"));
    }
    if machine.hit.fuel < 0 {
        return Err(Stop::Fault);
    }
    machine.hit.fault = None;
    Ok(())
}
