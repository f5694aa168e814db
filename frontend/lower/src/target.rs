//! `$` variables: registers, memory and bits.

use stapc_ir::{Immediate, Opcode, Type, Value};
use stapc_sema::hir::{Target, TargetRoot, TargetStep};

use crate::body::Lower;

impl Lower<'_> {
    /// The value of a `$` variable.
    pub fn target(&mut self, target: &Target) -> Value {
        let register = match target.root {
            TargetRoot::Argument(position) => {
                self.value(Opcode::Arg, Immediate::Index(position.into()), Vec::new(), Type::I64)
            }
            TargetRoot::Return => self.integer(Opcode::Ret, Vec::new()),
        };
        let (bytes, signed) = target.width;
        let mut value = self.bits(register, 0, bytes * 8, signed);
        let name = target.text.split("->").next().unwrap_or_default();
        // Offsets go into the load behind them.
        let mut offset = 0_i64;
        for step in &target.steps {
            match *step {
                TargetStep::Offset(bytes) => offset = offset.wrapping_add(bytes as i64),
                TargetStep::Load(bytes, signed) => {
                    let opcode = load(bytes, signed);
                    value = self.value(
                        opcode,
                        Immediate::Int(std::mem::take(&mut offset)),
                        vec![value],
                        Type::I64,
                    );
                    self.near(value, format!("identifier '{name}'"));
                }
                TargetStep::Bits { start, bits, signed } => {
                    value = self.bits(value, start, bits, signed)
                }
            }
        }
        if offset != 0 {
            let offset = self.int(offset);
            value = self.integer(Opcode::Iadd, vec![value, offset]);
        }
        value
    }

    /// Some bits of an integer, extended to all of one.
    fn bits(&mut self, value: Value, start: u32, bits: u32, signed: bool) -> Value {
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

fn load(bytes: u32, signed: bool) -> Opcode {
    match (bytes, signed) {
        (1, false) => Opcode::LoadU8,
        (1, true) => Opcode::LoadS8,
        (2, false) => Opcode::LoadU16,
        (2, true) => Opcode::LoadS16,
        (4, false) => Opcode::LoadU32,
        (4, true) => Opcode::LoadS32,
        _ => Opcode::LoadU64,
    }
}
