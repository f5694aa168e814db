//! Memory of the kernel: what the event gives, or what is made up.

use stapc_ir::{Immediate, Opcode};

use super::context::mix;
use crate::{
    code::{Inst, Op},
    error::{Done, bug},
    event::Memory,
    hit::Kind,
    machine::Machine,
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::LoadU8 => |m, i| m.load(i, 1, false),
        Opcode::LoadS8 => |m, i| m.load(i, 1, true),
        Opcode::LoadU16 => |m, i| m.load(i, 2, false),
        Opcode::LoadS16 => |m, i| m.load(i, 2, true),
        Opcode::LoadU32 => |m, i| m.load(i, 4, false),
        Opcode::LoadS32 => |m, i| m.load(i, 4, true),
        Opcode::LoadU64 => |m, i| m.load(i, 8, false),
        _ => return None,
    };
    Some(op)
}

impl<'m> Machine<'m> {
    fn load(&mut self, inst: &'m Inst<'m>, bytes: u32, signed: bool) -> Done {
        let Immediate::Int(offset) = inst.data.immediate else { return Err(bug("no offset")) };
        let address = self.int(inst, 0)?.wrapping_add(offset) as u64;
        self.counts.loads += 1;
        match self.bytes(address, bytes) {
            Some(value) => {
                let unused = 64 - 8 * bytes;
                let value = value << unused;
                let value = if signed { value as i64 >> unused } else { (value >> unused) as i64 };
                self.give_int(inst, value)
            }
            None => Err(self.fault(Kind::Read(address), inst.data)),
        }
    }

    /// Bytes of memory, the lowest first.
    fn bytes(&self, address: u64, count: u32) -> Option<u64> {
        (0..count).rev().try_fold(0_u64, |value, at| {
            let byte = self.byte(address.wrapping_add(at.into()))?;
            Some(value << 8 | u64::from(byte))
        })
    }

    fn byte(&self, address: u64) -> Option<u8> {
        if let Some(byte) = self.hit.stored.get(&address) {
            return Some(*byte);
        }
        let given = self.hit.event.map_or(&[][..], |event| &event.memory);
        given
            .iter()
            .find_map(|memory| byte_of(memory, address))
            .or_else(|| self.made_up_byte(address))
    }

    /// A fifth of all words is not there.
    fn made_up_byte(&self, address: u64) -> Option<u8> {
        let word = mix(self.options.seed ^ mix(address >> 3));
        let is_there = self.options.made_up && !word.is_multiple_of(5);
        is_there.then_some((word >> (8 + (address & 7) * 7)) as u8)
    }
}

fn byte_of(memory: &Memory, address: u64) -> Option<u8> {
    let at = address.checked_sub(memory.address)?;
    memory.bytes.get(usize::try_from(at).ok()?).copied()
}
