//! Which functions come to do something, themselves or by what they call.

use std::collections::{HashMap, HashSet};

use stapc_ir::{FuncId, Function, Module};

/// The functions that do something, and those that call one that does, however far.
pub fn doing(module: &Module, does: impl Fn(&Function) -> bool) -> HashSet<FuncId> {
    let mut callers: HashMap<FuncId, Vec<FuncId>> = HashMap::new();
    let mut work = Vec::new();
    for id in module.function_ids() {
        let function = module.function(id);
        for callee in function.callees() {
            callers.entry(callee).or_default().push(id);
        }
        if does(function) {
            work.push(id);
        }
    }
    let mut doing = HashSet::new();
    while let Some(id) = work.pop() {
        if doing.insert(id) {
            work.extend(callers.remove(&id).unwrap_or_default());
        }
    }
    doing
}
