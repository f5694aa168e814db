//! What instructions come to that need not be computed: the value they pass on, or something simpler.
//! One instruction at a time; the passes that walk over a function use it.

use stapc_ir::{
    Function, Immediate, InstData, Opcode, Type, Value,
    format::{Conversion, ConversionKind, Piece},
};

use crate::fold::{Constant, evaluate};

/// What an instruction comes to.
#[derive(Debug, PartialEq)]
pub enum Simpler {
    /// A value that is there already.
    Value(Value),
    /// A constant.
    Constant(Constant),
    /// Another instruction without an immediate.
    Inst(Opcode, Vec<Value>),
}

/// What an instruction comes to, if it is simpler than itself; its operands are `args`.
pub fn simplify(
    function: &Function,
    inst: &InstData,
    args: &[Value],
    string_max: usize,
) -> Option<Simpler> {
    if Constant::of(inst).is_some() {
        return None;
    }
    let constants: Option<Vec<Constant>> =
        args.iter().map(|&arg| Constant::defined(function, arg)).collect();
    if let Some(constant) = constants.and_then(|args| evaluate(inst, &args, string_max)) {
        return Some(Simpler::Constant(constant));
    }
    match *args {
        [arg] => one(function, inst, arg),
        [first, second] => {
            let same = (first == second).then(|| same(inst.opcode, first)).flatten();
            same.or_else(|| two(function, inst.opcode, first, second))
        }
        _ => None,
    }
}

/// Of an instruction with one operand.
fn one(function: &Function, inst: &InstData, arg: Value) -> Option<Simpler> {
    let def = || function.def(arg);
    match (inst.opcode, &inst.immediate) {
        (Opcode::Bnot, _) => negation(function, arg),
        (Opcode::Ineg, _) if def()?.opcode == Opcode::Ineg => Some(Simpler::Value(def()?.args[0])),
        (Opcode::Inot, _) if def()?.opcode == Opcode::Inot => Some(Simpler::Value(def()?.args[0])),
        (Opcode::Sprint, Immediate::Format(format)) => match format.pieces.as_slice() {
            [Piece::Convert(conversion)]
                if *conversion == Conversion::plain(ConversionKind::String) =>
            {
                Some(Simpler::Value(arg))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Of a condition that is negated.
fn negation(function: &Function, condition: Value) -> Option<Simpler> {
    let inst = function.def(condition)?;
    if inst.opcode == Opcode::Bnot {
        return Some(Simpler::Value(inst.args[0]));
    }
    Some(Simpler::Inst(opposite(inst.opcode)?, inst.args.clone()))
}

/// The comparison that is true where this one is false.
fn opposite(opcode: Opcode) -> Option<Opcode> {
    Some(match opcode {
        Opcode::IcmpEq => Opcode::IcmpNe,
        Opcode::IcmpNe => Opcode::IcmpEq,
        Opcode::IcmpLt => Opcode::IcmpGe,
        Opcode::IcmpGe => Opcode::IcmpLt,
        Opcode::IcmpGt => Opcode::IcmpLe,
        Opcode::IcmpLe => Opcode::IcmpGt,
        Opcode::ScmpEq => Opcode::ScmpNe,
        Opcode::ScmpNe => Opcode::ScmpEq,
        Opcode::ScmpLt => Opcode::ScmpGe,
        Opcode::ScmpGe => Opcode::ScmpLt,
        Opcode::ScmpGt => Opcode::ScmpLe,
        Opcode::ScmpLe => Opcode::ScmpGt,
        _ => return None,
    })
}

/// Of an instruction with one operand twice.
fn same(opcode: Opcode, value: Value) -> Option<Simpler> {
    use Opcode::*;
    Some(match opcode {
        Iand | Ior => Simpler::Value(value),
        Isub | Ixor => Simpler::Constant(Constant::Int(0)),
        IcmpEq | IcmpLe | IcmpGe | ScmpEq | ScmpLe | ScmpGe => {
            Simpler::Constant(Constant::Bool(true))
        }
        IcmpNe | IcmpLt | IcmpGt | ScmpNe | ScmpLt | ScmpGt => {
            Simpler::Constant(Constant::Bool(false))
        }
        _ => return None,
    })
}

/// Of an instruction with two operands, of which one may be a constant.
fn two(function: &Function, opcode: Opcode, first: Value, second: Value) -> Option<Simpler> {
    use Opcode::*;
    let constants = [first, second].map(|value| Constant::defined(function, value));
    let value = match (opcode, &constants) {
        (Sconcat, [_, Some(Constant::Text(text))]) if text.is_empty() => first,
        (Sconcat, [Some(Constant::Text(text)), _]) if text.is_empty() => second,
        (_, [_, Some(Constant::Int(by))]) => {
            return by_constant(function, opcode, (first, second), *by);
        }
        (Iadd | Ior | Ixor, [Some(Constant::Int(0)), _]) => second,
        (Imul, [Some(Constant::Int(1)), _]) => second,
        (Imul | Iand, [Some(Constant::Int(0)), _]) => first,
        (Iand, [Some(Constant::Int(-1)), _]) => second,
        _ => return None,
    };
    Some(Simpler::Value(value))
}

/// Of an instruction whose second operand is a constant.
fn by_constant(
    function: &Function,
    opcode: Opcode,
    (first, second): (Value, Value),
    by: i64,
) -> Option<Simpler> {
    use Opcode::*;
    let value = match (opcode, by) {
        (Iadd | Isub | Ior | Ixor | Ishl | Isshr | Iushr, 0) => first,
        (Imul | Idiv | IdivNz, 1) | (Iand, -1) => first,
        (Imul | Iand, 0) => second,
        (Iand, mask) => {
            let same = same_bits(function, first, mask)?;
            return Some(Simpler::Inst(Iand, vec![same, second]));
        }
        (IcmpLt | IcmpGe, 0) => {
            // To shift it right leaves a number its sign.
            let shift = function.def(first).filter(|from| from.opcode == Isshr)?;
            return Some(Simpler::Inst(opcode, vec![*shift.args.first()?, second]));
        }
        (IcmpEq | IcmpNe, 0 | 1) => {
            // A condition made an integer and a condition again.
            let from = function.def(first).filter(|from| from.opcode == B2i)?;
            let condition = from.args.first().copied()?;
            if function.ty(condition) != Type::Bool {
                return None;
            }
            if (opcode == IcmpNe) == (by == 1) {
                let negated = negation(function, condition);
                return negated.or(Some(Simpler::Inst(Bnot, vec![condition])));
            }
            condition
        }
        _ => return None,
    };
    Some(Simpler::Value(value))
}

/// What a value was made of by masking or extending, if that has the same bits where the mask has any.
fn same_bits(function: &Function, value: Value, mask: i64) -> Option<Value> {
    let number = |value: &Value| match Constant::defined(function, *value) {
        Some(Constant::Int(number)) => Some(number),
        _ => None,
    };
    let inst = function.def(value)?;
    let [from, by] = inst.args.as_slice() else { return None };
    match inst.opcode {
        Opcode::Iand => (number(by)? & mask == mask).then_some(*from),
        Opcode::Isshr | Opcode::Iushr => {
            let left = function.def(*from).filter(|left| left.opcode == Opcode::Ishl)?;
            let by = number(by)? & 63;
            let same = number(left.args.get(1)?)? & 63 == by;
            let low = u64::MAX.checked_shr(by as u32)?;
            (same && mask as u64 & !low == 0).then_some(*left.args.first()?)
        }
        _ => None,
    }
}
