//! Memory: what the event gives and handlers stored, or what is made up.

use stapc_ir::{Immediate, Opcode};

use super::context::mix;
use crate::{
    code::{Inst, Op},
    error::{Done, Stop, bug},
    event::Memory,
    hit::Kind,
    machine::Machine,
};

/// Whose memory it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Kernel,
    Task,
}

use Whose::{Kernel, Task};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    loads(opcode).or_else(|| stores(opcode))
}

fn loads(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::LoadU8 => |m, i| m.load(i, Kernel, 1, false),
        Opcode::LoadS8 => |m, i| m.load(i, Kernel, 1, true),
        Opcode::LoadU16 => |m, i| m.load(i, Kernel, 2, false),
        Opcode::LoadS16 => |m, i| m.load(i, Kernel, 2, true),
        Opcode::LoadU32 => |m, i| m.load(i, Kernel, 4, false),
        Opcode::LoadS32 => |m, i| m.load(i, Kernel, 4, true),
        Opcode::LoadU64 => |m, i| m.load(i, Kernel, 8, false),
        Opcode::LoadStr => |m, i| m.load_text(i, Kernel),
        Opcode::UloadU8 => |m, i| m.load(i, Task, 1, false),
        Opcode::UloadS8 => |m, i| m.load(i, Task, 1, true),
        Opcode::UloadU16 => |m, i| m.load(i, Task, 2, false),
        Opcode::UloadS16 => |m, i| m.load(i, Task, 2, true),
        Opcode::UloadU32 => |m, i| m.load(i, Task, 4, false),
        Opcode::UloadS32 => |m, i| m.load(i, Task, 4, true),
        Opcode::UloadU64 => |m, i| m.load(i, Task, 8, false),
        Opcode::UloadStr => |m, i| m.load_text(i, Task),
        _ => return None,
    };
    Some(op)
}

fn stores(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::Store8 => |m, i| m.store(i, Kernel, 1),
        Opcode::Store16 => |m, i| m.store(i, Kernel, 2),
        Opcode::Store32 => |m, i| m.store(i, Kernel, 4),
        Opcode::Store64 => |m, i| m.store(i, Kernel, 8),
        Opcode::Ustore8 => |m, i| m.store(i, Task, 1),
        Opcode::Ustore16 => |m, i| m.store(i, Task, 2),
        Opcode::Ustore32 => |m, i| m.store(i, Task, 4),
        Opcode::Ustore64 => |m, i| m.store(i, Task, 8),
        _ => return None,
    };
    Some(op)
}

impl<'m> Machine<'m> {
    fn load(&mut self, inst: &'m Inst<'m>, whose: Whose, bytes: u32, signed: bool) -> Done {
        let address = self.address(inst)?;
        self.counts.loads += 1;
        match self.bytes(whose, address, bytes) {
            Some(value) => {
                let unused = 64 - 8 * bytes;
                let value = value << unused;
                let value = if signed { value as i64 >> unused } else { (value >> unused) as i64 };
                self.give_int(inst, value)
            }
            None => Err(self.fault(Kind::Read(address), inst.data)),
        }
    }

    /// The bytes up to a NUL, or as many as there is room for; none may be missing.
    fn load_text(&mut self, inst: &'m Inst<'m>, whose: Whose) -> Done {
        let address = self.int(inst, 0)? as u64;
        self.counts.loads += 1;
        let mut text = Vec::new();
        while text.len() < self.module.limits.string_max as usize - 1 {
            let at = address.wrapping_add(text.len() as u64);
            match self.byte(whose, at) {
                Some(0) => break,
                Some(byte) => text.push(byte),
                None => return Err(self.fault(Kind::Read(at), inst.data)),
            }
        }
        self.give_text(inst, text)
    }

    fn store(&mut self, inst: &'m Inst<'m>, whose: Whose, bytes: u32) -> Done {
        let (address, value) = (self.address(inst)?, self.int(inst, 1)?);
        self.counts.stores += 1;
        if self.bytes(whose, address, bytes).is_none() {
            return Err(self.fault(Kind::Write(address), inst.data));
        }
        for at in 0..bytes {
            let byte = (value >> (8 * at)) as u8;
            self.hit.stored[whose as usize].insert(address.wrapping_add(at.into()), byte);
        }
        Ok(())
    }

    fn address(&self, inst: &Inst<'_>) -> Result<u64, Stop> {
        let Immediate::Int(offset) = inst.data.immediate else { return Err(bug("no offset")) };
        Ok(self.int(inst, 0)?.wrapping_add(offset) as u64)
    }

    /// Bytes of memory, the lowest first.
    fn bytes(&self, whose: Whose, address: u64, count: u32) -> Option<u64> {
        (0..count).rev().try_fold(0_u64, |value, at| {
            let byte = self.byte(whose, address.wrapping_add(at.into()))?;
            Some(value << 8 | u64::from(byte))
        })
    }

    fn byte(&self, whose: Whose, address: u64) -> Option<u8> {
        if let Some(byte) = self.hit.stored[whose as usize].get(&address) {
            return Some(*byte);
        }
        let given = self.hit.event.map_or(&[][..], |event| match whose {
            Kernel => &event.memory,
            Task => &event.user_memory,
        });
        let byte = given.iter().find_map(|memory| byte_of(memory, address));
        byte.or_else(|| self.made_up_byte(whose, address))
    }

    /// A fifth of all words is not there.
    fn made_up_byte(&self, whose: Whose, address: u64) -> Option<u8> {
        let word = mix(self.options.seed ^ mix(address >> 3) ^ whose as u64);
        let is_there = self.options.made_up && !word.is_multiple_of(5);
        is_there.then_some((word >> (8 + (address & 7) * 7)) as u8)
    }
}

fn byte_of(memory: &Memory, address: u64) -> Option<u8> {
    let at = address.checked_sub(memory.address)?;
    memory.bytes.get(usize::try_from(at).ok()?).copied()
}
