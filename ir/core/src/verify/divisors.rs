//! What divides without a check is never 0, as the ranges of values show.

use super::{Entity, Problems, Rule};
use crate::{cfg::reverse_postorder, function::Function, opcode::Opcode, ranges::Ranges};

pub(super) fn check(function: &Function, problems: &mut Problems) {
    let unchecked = |opcode| matches!(opcode, Opcode::IdivNz | Opcode::IremNz);
    if !function.placed_insts().any(|inst| unchecked(inst.opcode)) {
        return;
    }
    let ranges = Ranges::of(function);
    // Where control cannot come, nothing divides.
    for block in reverse_postorder(function) {
        for &inst in &function.block(block).insts {
            let data = function.inst(inst);
            if unchecked(data.opcode)
                && data.args.get(1).is_none_or(|&divisor| ranges.at(divisor, block).holds(0))
            {
                problems.add(
                    Rule::Divisor,
                    Entity::Inst(inst),
                    format!("{} in {block} by what may be 0", data.opcode.name()),
                );
            }
        }
    }
}
