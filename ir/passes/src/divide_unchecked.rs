//! Divisions whose divisor cannot be 0, as the ranges of values show, need not look.
//!
//! Behind all that moves code: before the branch that keeps 0 away it would not hold.

use stapc_ir::{Block, Function, Inst, Module, Opcode, ranges::Ranges};

use crate::common::each_function;

pub fn run(module: &mut Module) -> usize {
    each_function(module, |function| {
        let divisions = divisions(function);
        let ranges = Ranges::of(function);
        let safe = |&(block, inst): &(Block, Inst)| {
            function.inst(inst).args.get(1).is_some_and(|&by| !ranges.at(by, block).holds(0))
        };
        let safe: Vec<Inst> = divisions.into_iter().filter(safe).map(|(_, inst)| inst).collect();
        for &inst in &safe {
            let data = &mut function.insts[inst.0];
            data.opcode = if data.opcode == Opcode::Idiv { Opcode::IdivNz } else { Opcode::IremNz };
        }
        safe.len()
    })
}

fn divisions(function: &Function) -> Vec<(Block, Inst)> {
    let insts = |&block: &Block| {
        function.block(block).insts.iter().map(move |&inst| (block, inst)).collect::<Vec<_>>()
    };
    let divides = |&(_, inst): &(Block, Inst)| {
        matches!(function.inst(inst).opcode, Opcode::Idiv | Opcode::Irem)
    };
    function.layout.iter().flat_map(insts).filter(divides).collect()
}
