//! Constants, integers and conditions. Integers are computed in 128 bits and cut.

use stapc_ir::{Immediate, Opcode};

use crate::{
    code::{Inst, Op},
    error::{Done, bug},
    hit::Kind,
    machine::Machine,
};

/// What executes an opcode of this family.
pub fn op(opcode: Opcode) -> Option<Op> {
    integers(opcode).or_else(|| conditions(opcode))
}

fn integers(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::Iconst => iconst,
        Opcode::Iadd => |m, i| m.wide(i, |a, b| a + b),
        Opcode::Isub => |m, i| m.wide(i, |a, b| a - b),
        Opcode::Imul => |m, i| m.wide(i, |a, b| a * b),
        Opcode::Idiv => |m, i| m.divide(i, |a, b| a / b),
        Opcode::Irem => |m, i| m.divide(i, |a, b| a % b),
        Opcode::IdivNz => |m, i| m.divide_nonzero(i, |a, b| a / b),
        Opcode::IremNz => |m, i| m.divide_nonzero(i, |a, b| a % b),
        Opcode::Iand => |m, i| m.wide(i, |a, b| a & b),
        Opcode::Ior => |m, i| m.wide(i, |a, b| a | b),
        Opcode::Ixor => |m, i| m.wide(i, |a, b| a ^ b),
        Opcode::Ishl => |m, i| m.shift(i, |a, by| a << by),
        Opcode::Isshr => |m, i| m.shift(i, |a, by| a >> by),
        Opcode::Iushr => |m, i| m.shift(i, |a, by| i128::from(a as u64) >> by),
        Opcode::Ineg => |m, i| m.single(i, |a| -a),
        Opcode::Inot => |m, i| m.single(i, |a| -a - 1),
        _ => return None,
    };
    Some(op)
}

fn conditions(opcode: Opcode) -> Option<Op> {
    let op: Op = match opcode {
        Opcode::Bconst => bconst,
        Opcode::IcmpEq => |m, i| m.compare(i, |a, b| a == b),
        Opcode::IcmpNe => |m, i| m.compare(i, |a, b| a != b),
        Opcode::IcmpLt => |m, i| m.compare(i, |a, b| a < b),
        Opcode::IcmpLe => |m, i| m.compare(i, |a, b| a <= b),
        Opcode::IcmpGt => |m, i| m.compare(i, |a, b| a > b),
        Opcode::IcmpGe => |m, i| m.compare(i, |a, b| a >= b),
        Opcode::B2i => |m, i| {
            let condition = m.condition(i, 0)?;
            m.give_int(i, condition.into())
        },
        Opcode::Bnot => |m, i| {
            let condition = m.condition(i, 0)?;
            m.give_bool(i, !condition)
        },
        _ => return None,
    };
    Some(op)
}

fn iconst<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    match inst.data.immediate {
        Immediate::Int(value) => machine.give_int(inst, value),
        _ => Err(bug("no integer")),
    }
}

fn bconst<'m>(machine: &mut Machine<'m>, inst: &'m Inst<'m>) -> Done {
    match inst.data.immediate {
        Immediate::Index(value) => machine.give_bool(inst, value != 0),
        _ => Err(bug("no number")),
    }
}

impl<'m> Machine<'m> {
    fn wide(&mut self, inst: &Inst<'_>, compute: impl Fn(i128, i128) -> i128) -> Done {
        let (a, b) = (self.int(inst, 0)?, self.int(inst, 1)?);
        self.give_int(inst, compute(a.into(), b.into()) as i64)
    }

    fn single(&mut self, inst: &Inst<'_>, compute: impl Fn(i128) -> i128) -> Done {
        let a = self.int(inst, 0)?;
        self.give_int(inst, compute(a.into()) as i64)
    }

    fn divide(&mut self, inst: &'m Inst<'m>, compute: impl Fn(i128, i128) -> i128) -> Done {
        if self.int(inst, 1)? == 0 {
            return Err(self.fault(Kind::Division, inst.data));
        }
        self.wide(inst, compute)
    }

    fn divide_nonzero(&mut self, inst: &Inst<'_>, compute: impl Fn(i128, i128) -> i128) -> Done {
        if self.int(inst, 1)? == 0 {
            return Err(bug("the divisor is 0"));
        }
        self.wide(inst, compute)
    }

    fn shift(&mut self, inst: &Inst<'_>, compute: impl Fn(i128, u32) -> i128) -> Done {
        let (a, by) = (self.int(inst, 0)?, self.int(inst, 1)?.rem_euclid(64));
        self.give_int(inst, compute(a.into(), by as u32) as i64)
    }

    fn compare(&mut self, inst: &Inst<'_>, holds: impl Fn(i64, i64) -> bool) -> Done {
        let (a, b) = (self.int(inst, 0)?, self.int(inst, 1)?);
        self.give_bool(inst, holds(a, b))
    }
}
