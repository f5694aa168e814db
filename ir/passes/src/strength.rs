//! Cheaper instructions for what the ranges of values allow: comparisons that are always true or
//! false, multiplication and division by powers of two, remainders that change nothing.

use std::collections::HashMap;

use stapc_ir::{
    Block, Function, Immediate, Inst, InstData, Module, Opcode, Type, Value,
    ranges::{Range, Ranges},
};

use crate::common::{each_function, replace_uses};

pub fn run(module: &mut Module) -> usize {
    each_function(module, |function| {
        let changes = changes(function);
        let count = changes.len();
        apply(function, changes);
        count
    })
}

/// What becomes of an instruction.
enum Change {
    /// Its result is this one.
    Value(Value),
    /// It is this constant.
    Int(i64),
    Bool(bool),
    /// It does this to its first operand, with this constant.
    With(Opcode, i64),
}

fn changes(function: &Function) -> HashMap<Inst, Change> {
    let ranges = Ranges::of(function);
    let mut changes = HashMap::new();
    for &block in &function.layout {
        for &inst in &function.block(block).insts {
            if let Some(change) = change(&ranges, function.inst(inst), block) {
                changes.insert(inst, change);
            }
        }
    }
    changes
}

fn change(ranges: &Ranges<'_>, inst: &InstData, block: Block) -> Option<Change> {
    let &[left, right] = inst.args.as_slice() else { return None };
    let operands = matches!(
        inst.opcode,
        Opcode::IcmpEq
            | Opcode::IcmpNe
            | Opcode::IcmpLt
            | Opcode::IcmpLe
            | Opcode::IcmpGt
            | Opcode::IcmpGe
            | Opcode::Imul
            | Opcode::Idiv
            | Opcode::Irem
            | Opcode::Iand
    );
    if !operands {
        return None;
    }
    let (a, b) = (ranges.at(left, block), ranges.at(right, block));
    if let Some(result) = compared(inst.opcode, a, b) {
        return Some(Change::Bool(result));
    }
    let power = b.constant().filter(|&by| by > 1 && by & (by - 1) == 0);
    match (inst.opcode, power) {
        // Nothing is left over, or everything.
        (Opcode::Irem, _) if a.low >= 0 && a.high < b.low => Some(Change::Value(left)),
        (Opcode::Idiv, _) if a.low >= 0 && a.high < b.low => Some(Change::Int(0)),
        (Opcode::Imul, Some(by)) => Some(Change::With(Opcode::Ishl, by.trailing_zeros().into())),
        (Opcode::Idiv, Some(by)) if a.low >= 0 => {
            Some(Change::With(Opcode::Iushr, by.trailing_zeros().into()))
        }
        (Opcode::Irem, Some(by)) if a.low >= 0 => Some(Change::With(Opcode::Iand, by - 1)),
        (Opcode::Iand, _) if a.low >= 0 && ones(b).is_some_and(|ones| a.high <= ones) => {
            Some(Change::Value(left))
        }
        _ => None,
    }
}

/// A constant whose lowest bits are all set, and no other.
fn ones(range: Range) -> Option<i64> {
    range.constant().filter(|&value| value >= 0 && value & value.wrapping_add(1) == 0)
}

/// What a comparison always gives.
fn compared(opcode: Opcode, a: Range, b: Range) -> Option<bool> {
    let less = (a.high < b.low).then_some(true).or((a.low >= b.high).then_some(false));
    let less_or_equal = (a.high <= b.low).then_some(true).or((a.low > b.high).then_some(false));
    let apart = a.high < b.low
        || a.low > b.high
        || (a.constant() == Some(0) && b.nonzero)
        || (b.constant() == Some(0) && a.nonzero);
    let equal = match (a.constant(), b.constant()) {
        (Some(a), Some(b)) => Some(a == b),
        _ => apart.then_some(false),
    };
    match opcode {
        Opcode::IcmpEq => equal,
        Opcode::IcmpNe => equal.map(|equal| !equal),
        Opcode::IcmpLt => less,
        Opcode::IcmpLe => less_or_equal,
        Opcode::IcmpGt => less_or_equal.map(|less| !less),
        Opcode::IcmpGe => less.map(|less| !less),
        _ => None,
    }
}

fn apply(function: &mut Function, mut changes: HashMap<Inst, Change>) {
    let mut replacements = HashMap::new();
    for block in function.layout.clone() {
        let insts = std::mem::take(&mut function.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts {
            match changes.remove(&inst) {
                Some(Change::Value(value)) => {
                    replacements.extend(function.inst(inst).result.map(|result| (result, value)));
                    continue;
                }
                Some(Change::Int(value)) => {
                    constant(function, inst, Opcode::Iconst, Immediate::Int(value));
                }
                Some(Change::Bool(value)) => {
                    constant(function, inst, Opcode::Bconst, Immediate::Index(value.into()));
                }
                Some(Change::With(opcode, by)) => {
                    let location = function.inst(inst).location;
                    let by = Immediate::Int(by);
                    let made = function.make_inst(
                        Opcode::Iconst,
                        by,
                        Vec::new(),
                        Some(Type::I64),
                        location,
                    );
                    kept.push(made);
                    let by = function.inst(made).result;
                    let data = &mut function.insts[inst.0];
                    data.opcode = opcode;
                    data.args.truncate(1);
                    data.args.extend(by);
                    data.near = None;
                }
                None => {}
            }
            kept.push(inst);
        }
        function.block_mut(block).insts = kept;
    }
    replace_uses(function, &replacements);
}

fn constant(function: &mut Function, inst: Inst, opcode: Opcode, immediate: Immediate) {
    let data = &mut function.insts[inst.0];
    data.opcode = opcode;
    data.immediate = immediate;
    data.args.clear();
    data.near = None;
}
