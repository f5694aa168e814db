//! Block parameters that are given the same value by every edge become that value.

use std::collections::HashMap;

use stapc_ir::{Block, Function, Module, Value, cfg::Dominance};

use crate::common::{each_function, replace_uses};

pub fn run(module: &mut Module) {
    each_function(module, |function| while propagate(function) {});
}

/// One round; whether there was anything to do.
fn propagate(function: &mut Function) -> bool {
    let entry = function.entry();
    // What comes from where control cannot be says nothing.
    let dominance = Dominance::of(function);
    let mut given: HashMap<Block, Vec<Option<Value>>> = HashMap::new();
    for &block in function.layout.iter().filter(|&&block| dominance.reaches(block)) {
        for edge in
            function.block(block).terminator.iter().flat_map(|terminator| terminator.edges())
        {
            let params = &function.block(edge.block).params;
            match given.get_mut(&edge.block) {
                None => {
                    // A parameter given to itself says nothing.
                    let first = edge
                        .args
                        .iter()
                        .zip(params)
                        .map(|(arg, param)| (arg != param).then_some(*arg))
                        .collect();
                    given.insert(edge.block, first);
                }
                Some(known) => {
                    for ((known, &arg), &param) in known.iter_mut().zip(&edge.args).zip(params) {
                        *known = match *known {
                            _ if arg == param => *known,
                            None => Some(arg),
                            Some(other) if other == arg => Some(other),
                            // The parameter itself stands for "different ones".
                            Some(_) => Some(param),
                        };
                    }
                }
            }
        }
    }
    let mut replacements = HashMap::new();
    for (&block, known) in &given {
        let params = &function.block(block).params;
        let same = params.iter().zip(known).filter_map(|(&param, known)| {
            known.filter(|&value| value != param).map(|value| (param, value))
        });
        if block != entry {
            replacements.extend(same);
        }
    }
    if replacements.is_empty() {
        return false;
    }
    remove_params(function, |value| replacements.contains_key(&value));
    replace_uses(function, &replacements);
    true
}

/// Removes parameters of blocks, and what edges give for them.
pub fn remove_params(function: &mut Function, mut remove: impl FnMut(Value) -> bool) {
    let mut kept: HashMap<Block, Vec<bool>> = HashMap::new();
    for &block in &function.layout {
        let keep: Vec<bool> =
            function.block(block).params.iter().map(|&param| !remove(param)).collect();
        if keep.contains(&false) {
            kept.insert(block, keep);
        }
    }
    for block in function.layout.clone() {
        let data = function.block_mut(block);
        if let Some(keep) = kept.get(&block) {
            let mut keep = keep.iter();
            data.params.retain(|_| keep.next().copied().unwrap_or(true));
        }
        for edge in data.terminator.iter_mut().flat_map(|terminator| terminator.edges_mut()) {
            if let Some(keep) = kept.get(&edge.block) {
                let mut keep = keep.iter();
                edge.args.retain(|_| keep.next().copied().unwrap_or(true));
            }
        }
    }
}
