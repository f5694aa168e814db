//! Within a block, what was stored in a global or read from it is not read again.
//!
//! What other processors store meanwhile need not be seen: a handler holds the locks of what it
//! uses, and a reader cannot tell when exactly it reads.

use std::collections::HashMap;

use stapc_ir::{
    Block, Effects, Function, GlobalId, GlobalKind, Immediate, InstData, Module, Opcode, Value,
    Writes,
};

use crate::common::{each_function, replace_uses, resolve};

/// What is known to be read, by opcode, global and keys.
type Known = HashMap<(Opcode, GlobalId, Vec<Value>), Value>;

pub fn run(module: &mut Module) -> usize {
    let writes = Writes::of(module);
    let keys: Vec<usize> = module.globals.values().map(|global| global.kind.keys().len()).collect();
    let scalars: Vec<bool> = module
        .globals
        .values()
        .map(|global| matches!(global.kind, GlobalKind::I64(_) | GlobalKind::Str(_)))
        .collect();
    each_function(module, |function| {
        let mut replacements = HashMap::new();
        for block in function.layout.clone() {
            forward(function, block, &writes, (&keys, &scalars), &mut replacements);
        }
        replace_uses(function, &replacements);
        replacements.len()
    })
}

fn forward(
    function: &Function,
    block: Block,
    writes: &Writes,
    (keys, scalars): (&[usize], &[bool]),
    replacements: &mut HashMap<Value, Value>,
) {
    let mut known = Known::new();
    for &inst in &function.block(block).insts {
        let inst = function.inst(inst);
        let args: Vec<Value> = inst.args.iter().map(|&arg| resolve(replacements, arg)).collect();
        known.retain(|(_, global, _), _| !writes.may_write(inst, *global));
        let Immediate::Global(global) = inst.immediate else { continue };
        match (inst.opcode, inst.result) {
            (Opcode::Gstore | Opcode::Mset, _) => {
                let read = if scalars[global.index()] { Opcode::Gload } else { Opcode::Mget };
                let (keys, value) = args.split_at(keys[global.index()]);
                known.extend(value.first().map(|&value| ((read, global, keys.to_vec()), value)));
            }
            (opcode, Some(result)) if only_reads(inst) => {
                match known.get(&(opcode, global, args.clone())) {
                    Some(&value) => {
                        replacements.insert(result, value);
                    }
                    None => {
                        known.insert((opcode, global, args), result);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether it does nothing but read: its equal behind it gives the same.
fn only_reads(inst: &InstData) -> bool {
    let effects = inst.opcode.effects();
    effects.has(Effects::READ) && effects.removable()
}
