//! Equal computations are made once: a computation whose equal was made on every way to it takes
//! that one's value. Counts as equal: the same opcode, immediate and operands, where the result
//! depends on nothing else, or on what is the same throughout a hit (`pid`).

use std::collections::HashMap;

use stapc_ir::{Block, Effects, Function, Module, Opcode, Value, cfg::Dominance};

use crate::common::{each_function, replace_uses, resolve};

pub fn run(module: &mut Module) -> usize {
    each_function(module, number)
}

/// An opcode, its immediate and its operands.
type Computation = (Opcode, String, Vec<Value>);

/// Finds them, and gives how many computations are not needed any more.
fn number(function: &mut Function) -> usize {
    let dominance = Dominance::of(function);
    let mut known: HashMap<Computation, Vec<(Block, Value)>> = HashMap::new();
    let mut replacements = HashMap::new();
    // The layout of what lowering makes has definitions before uses; where it does not, less is found.
    for block in function.layout.clone() {
        for inst in function.block(block).insts.clone() {
            let data = function.inst(inst);
            let Some(result) = data.result else { continue };
            let effects = data.opcode.effects();
            let depends = [
                Effects::VOLATILE,
                Effects::FAULT,
                Effects::READ,
                Effects::WRITE,
                Effects::CONTROL,
                Effects::CALL,
            ];
            if depends.iter().any(|&effect| effects.has(effect)) {
                continue;
            }
            let args = data.args.iter().map(|&arg| resolve(&replacements, arg)).collect();
            let equals =
                known.entry((data.opcode, format!("{:?}", data.immediate), args)).or_default();
            match equals
                .iter()
                .find(|(by, _)| *by == block || dominance.available_from_end(*by, block))
            {
                Some(&(_, value)) => {
                    replacements.insert(result, value);
                }
                None => equals.push((block, result)),
            }
        }
    }
    replace_uses(function, &replacements);
    replacements.len()
}
