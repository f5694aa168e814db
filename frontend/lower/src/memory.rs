//! What is of the probed code: registers, memory and bits of integers.

use stapc_ir::{Immediate, Opcode, Type, Value};
use stapc_sema::hir::{Expr, Memory, Register, Space, Width};

use crate::body::Lower;

/// Where the kernel's structure of registers has those that code computes with, by their numbers in DWARF.
const PLACES: [i64; 16] = [80, 96, 88, 40, 104, 112, 32, 152, 72, 64, 56, 48, 24, 16, 8, 0];

/// The numbers of the registers of arguments, in order, and of a function's value.
const ARGUMENTS: [usize; 6] = [5, 4, 1, 2, 8, 9];
const RESULT: usize = 0;

/// Where the kernel's structure of registers has one.
fn place(register: Register) -> Option<i64> {
    let number = match register {
        Register::Argument(position) => *ARGUMENTS.get(usize::from(position))?,
        Register::Result => RESULT,
        Register::Number(number) => number.into(),
        Register::ProbedCode => return None,
    };
    PLACES.get(number).copied()
}

impl Lower<'_> {
    /// What a register holds.
    pub fn register(&mut self, register: Register) -> Value {
        if self.writes_registers
            && let Some(place) = place(register)
        {
            let place = self.int(place);
            let value = self.helped("_register", vec![place]);
            return value.unwrap_or_else(|| self.zero(Type::I64));
        }
        let (opcode, index) = match register {
            Register::Argument(position) => (Opcode::Arg, position.into()),
            Register::ProbedCode => return self.integer(Opcode::ProbeAddr, Vec::new()),
            Register::Result => return self.integer(Opcode::Ret, Vec::new()),
            Register::Number(number) => (Opcode::Reg, number.into()),
        };
        self.value(opcode, Immediate::Index(index), Vec::new(), Type::I64)
    }

    /// What a variable in a register holds.
    pub fn register_part(&mut self, register: Register, width: Width) -> Value {
        let value = self.register(register);
        self.bits(value, 0, width.bytes * 8, width.signed)
    }

    /// Makes a variable in a register hold a value. What is above it becomes 0.
    pub fn set_register(&mut self, register: Register, width: Width, value: Value) {
        let Some(place) = place(register) else { return };
        let place = self.int(place);
        let value = self.bits(value, 0, width.bytes * 8, false);
        self.helped("_set_register", vec![place, value]);
    }

    /// What is in memory at an address.
    pub fn load(&mut self, memory: &Memory, address: Value) -> Value {
        let Width { bytes, signed, bits } = memory.width;
        let opcode = load(memory.space, bytes, signed && bits.is_none());
        let offset = Immediate::Int(memory.offset);
        let value = self.value(opcode, offset, vec![address], Type::I64);
        self.near(value, memory.near.clone());
        match bits {
            Some((start, count)) => self.bits(value, start, count, signed),
            None => value,
        }
    }

    /// Puts an integer into memory.
    pub fn store_memory(&mut self, memory: &Memory, address: Value, value: Value) {
        let value = match memory.width.bits {
            Some((start, count)) => self.inserted(memory, address, value, (start, count)),
            None => value,
        };
        let opcode = store(memory.space, memory.width.bytes);
        let inst = self.effect(opcode, Immediate::Int(memory.offset), vec![address, value]);
        self.near_inst(inst, memory.near.clone());
    }

    /// What is in memory, with some of its bits replaced.
    fn inserted(
        &mut self,
        memory: &Memory,
        address: Value,
        value: Value,
        (start, count): (u32, u32),
    ) -> Value {
        let width = Width { signed: false, bits: None, ..memory.width };
        let near = memory.near.clone();
        let whole = Memory { width, near, address: memory.address.clone(), ..*memory };
        let old = self.load(&whole, address);
        let mask = if count >= 64 { u64::MAX } else { (1 << count) - 1 };
        let (keep, mask) = (self.int(!(mask << start) as i64), self.int(mask as i64));
        let old = self.integer(Opcode::Iand, vec![old, keep]);
        let mut value = self.integer(Opcode::Iand, vec![value, mask]);
        if start > 0 {
            let start = self.int(start.into());
            value = self.integer(Opcode::Ishl, vec![value, start]);
        }
        self.integer(Opcode::Ior, vec![old, value])
    }

    /// The string at an address.
    pub fn load_text(&mut self, space: Space, address: &Expr) -> Value {
        let value = self.operand(address);
        self.at(address.span);
        let opcode = if space == Space::Kernel { Opcode::LoadStr } else { Opcode::UloadStr };
        self.value(opcode, Immediate::None, vec![value], Type::Str)
    }

    /// Some bits of an integer, extended to all of one.
    pub fn bits(&mut self, value: Value, start: u32, bits: u32, signed: bool) -> Value {
        if bits == 0 || bits >= 64 {
            return value;
        }
        if start == 0 && !signed {
            let mask = self.int(((1_u64 << bits) - 1) as i64);
            return self.integer(Opcode::Iand, vec![value, mask]);
        }
        let left = self.int(i64::from(64_u32.saturating_sub(start + bits)));
        let value = self.integer(Opcode::Ishl, vec![value, left]);
        let right = self.int(i64::from(64 - bits));
        self.integer(if signed { Opcode::Isshr } else { Opcode::Iushr }, vec![value, right])
    }
}

fn load(space: Space, bytes: u32, signed: bool) -> Opcode {
    match (space, bytes, signed) {
        (Space::Kernel, 1, false) => Opcode::LoadU8,
        (Space::Kernel, 1, true) => Opcode::LoadS8,
        (Space::Kernel, 2, false) => Opcode::LoadU16,
        (Space::Kernel, 2, true) => Opcode::LoadS16,
        (Space::Kernel, 4, false) => Opcode::LoadU32,
        (Space::Kernel, 4, true) => Opcode::LoadS32,
        (Space::Kernel, ..) => Opcode::LoadU64,
        (Space::User, 1, false) => Opcode::UloadU8,
        (Space::User, 1, true) => Opcode::UloadS8,
        (Space::User, 2, false) => Opcode::UloadU16,
        (Space::User, 2, true) => Opcode::UloadS16,
        (Space::User, 4, false) => Opcode::UloadU32,
        (Space::User, 4, true) => Opcode::UloadS32,
        (Space::User, ..) => Opcode::UloadU64,
    }
}

fn store(space: Space, bytes: u32) -> Opcode {
    match (space, bytes) {
        (Space::Kernel, 1) => Opcode::Store8,
        (Space::Kernel, 2) => Opcode::Store16,
        (Space::Kernel, 4) => Opcode::Store32,
        (Space::Kernel, _) => Opcode::Store64,
        (Space::User, 1) => Opcode::Ustore8,
        (Space::User, 2) => Opcode::Ustore16,
        (Space::User, 4) => Opcode::Ustore32,
        (Space::User, _) => Opcode::Ustore64,
    }
}
