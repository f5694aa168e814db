//! `m[k] += x`, which looks the key up to read and again to write, becomes one `madd`.

use std::collections::BTreeMap;

use stapc_ir::{Inst, Module, Opcode, Type, Writes};

use crate::{
    common::{each_function, use_counts},
    sums::{Sum, sums},
};

/// The reads and the additions remain, unused.
pub fn run(module: &mut Module) -> usize {
    let writes = Writes::of(module);
    each_function(module, |function| {
        let mut replaced = 0;
        let uses = use_counts(function);
        for block in function.layout.clone() {
            let mut sums: BTreeMap<Inst, Sum> = sums(function, block, &writes, &uses)
                .into_iter()
                .filter(|sum| !sum.keys.is_empty())
                .map(|sum| (sum.set, sum))
                .collect();
            if sums.is_empty() {
                continue;
            }
            replaced += sums.len();
            let insts = std::mem::take(&mut function.block_mut(block).insts);
            let mut kept = Vec::with_capacity(insts.len());
            for inst in insts {
                match sums.remove(&inst) {
                    Some(sum) => kept.extend(sum.add(function, Opcode::Madd, Some(Type::I64))),
                    None => kept.push(inst),
                }
            }
            function.block_mut(block).insts = kept;
        }
        replaced
    })
}
