//! Output and messages.

use stapc_ir::Opcode;

use crate::{
    code::{Inst, Op},
    error::Done,
    histogram::draw,
    hit::Kind,
    machine::Machine,
    stat::Stat,
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::Print => |m, i| {
            let text = m.formatted(i)?;
            m.print(&text)
        },
        Opcode::Log => |m, i| {
            let text = m.string(i, 0)?;
            m.print(&[&text, b"\n".as_slice()].concat())
        },
        Opcode::Warn => |m, i| {
            let text = m.string(i, 0)?;
            m.counts.outputs += 1;
            m.warn(&text);
            Ok(())
        },
        Opcode::PrintHist => histogram,
        _ => return None,
    };
    Some(op)
}

fn histogram<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    let global = machine.global(inst)?;
    let histogram = machine.stores[global.index()].histogram();
    let drawing = machine.stat(inst)?.and_then(|stat: &Stat| draw(stat, histogram));
    match drawing {
        Some(text) => machine.print(text.as_bytes()),
        None => Err(machine.fault(Kind::EmptyStat, inst.data)),
    }
}

impl Machine<'_> {
    pub fn print(&mut self, text: &[u8]) -> Done {
        self.counts.outputs += 1;
        self.output.extend_from_slice(text);
        Ok(())
    }
}
