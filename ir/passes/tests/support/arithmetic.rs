//! Integers, computed in 128 bits and cut: not as the constant folder does it.

use stapc_ir::Opcode;

use super::text::Argument;

/// The result of an instruction on integers, or what it faults with; none for other instructions.
pub fn integers(
    opcode: Opcode,
    count: usize,
    int: impl Fn(usize) -> i64,
) -> Option<Result<Argument, &'static str>> {
    let wide = |at| i128::from(int(at));
    let shift = || (int(1) as u64 % 64) as u32;
    let cut = |value: i128| Some(Ok(Argument::Int(value as i64)));
    let is = |value| Some(Ok(Argument::Bool(value)));
    if count == 1 {
        return match opcode {
            Opcode::Ineg => cut(-wide(0)),
            Opcode::Inot => cut(-wide(0) - 1),
            _ => None,
        };
    }
    match opcode {
        Opcode::Iadd => cut(wide(0) + wide(1)),
        Opcode::Isub => cut(wide(0) - wide(1)),
        Opcode::Imul => cut(wide(0) * wide(1)),
        Opcode::Idiv | Opcode::Irem if int(1) == 0 => Some(Err("division by zero")),
        Opcode::Idiv => cut(wide(0) / wide(1)),
        Opcode::Irem => cut(wide(0) % wide(1)),
        Opcode::Iand => cut(wide(0) & wide(1)),
        Opcode::Ior => cut(wide(0) | wide(1)),
        Opcode::Ixor => cut(wide(0) ^ wide(1)),
        Opcode::Ishl => cut(wide(0) << shift()),
        Opcode::Isshr => cut(wide(0) >> shift()),
        Opcode::Iushr => cut(i128::from(int(0) as u64) >> shift()),
        Opcode::IcmpEq => is(int(0) == int(1)),
        Opcode::IcmpNe => is(int(0) != int(1)),
        Opcode::IcmpLt => is(int(0) < int(1)),
        Opcode::IcmpLe => is(int(0) <= int(1)),
        Opcode::IcmpGt => is(int(0) > int(1)),
        Opcode::IcmpGe => is(int(0) >= int(1)),
        _ => None,
    }
}
