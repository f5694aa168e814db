//! What divides without a check is never 0, as the ranges of values show.

use super::Problems;
use crate::{function::Function, opcode::Opcode, ranges::Ranges};

pub(super) fn check(function: &Function, problems: &mut Problems) {
    let unchecked = |opcode| matches!(opcode, Opcode::IdivNz | Opcode::IremNz);
    if !function.placed_insts().any(|inst| unchecked(inst.opcode)) {
        return;
    }
    let ranges = Ranges::of(function);
    for &block in &function.layout {
        for &inst in &function.block(block).insts {
            let inst = function.inst(inst);
            if unchecked(inst.opcode)
                && inst.args.get(1).is_none_or(|&divisor| ranges.at(divisor, block).holds(0))
            {
                problems.add(format!("{} in {block} by what may be 0", inst.opcode.name()));
            }
        }
    }
}
