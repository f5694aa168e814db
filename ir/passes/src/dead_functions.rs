//! Removes functions that no probe's handler calls, directly or not.

use std::collections::{BTreeSet, HashMap};

use stapc_ir::{FuncId, Immediate, Module};

pub fn run(module: &mut Module) -> usize {
    let mut used: BTreeSet<FuncId> = module.probes.iter().map(|probe| probe.handler).collect();
    let mut work: Vec<FuncId> = used.iter().copied().collect();
    while let Some(id) = work.pop() {
        work.extend(module.function(id).callees().filter(|&callee| used.insert(callee)));
    }
    if used.len() == module.functions.len() {
        return 0;
    }
    let unused = module.functions.len() - used.len();
    let numbers: HashMap<FuncId, FuncId> =
        used.iter().copied().zip((0..).map(FuncId::from_u32)).collect();
    let kept = used.iter().map(|&id| std::mem::take(module.function_mut(id))).collect();
    module.functions = kept;
    for inst in module.functions.values_mut().flat_map(|function| function.insts.values_mut()) {
        if let Immediate::Func(callee) = &mut inst.immediate {
            // Instructions that stand nowhere may call what is gone.
            *callee = numbers.get(callee).copied().unwrap_or(*callee);
        }
    }
    for probe in &mut module.probes {
        probe.handler = numbers[&probe.handler];
    }
    unused
}
