//! Block parameters that are given the same value by every edge become that value.

use std::collections::HashMap;

use stapc_ir::{Block, Function, Module, Value, cfg::Dominance};

use crate::common::{each_function, replace_uses};

pub fn run(module: &mut Module) -> usize {
    each_function(module, |function| {
        std::iter::from_fn(|| Some(propagate(function))).take_while(|&gone| gone > 0).sum()
    })
}

/// One round; how many parameters it replaced.
fn propagate(function: &mut Function) -> usize {
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
        return 0;
    }
    remove_params(function, |value| replacements.contains_key(&value));
    replace_uses(function, &replacements);
    replacements.len()
}

/// Removes parameters of blocks, and what edges give for them; gives how many.
pub fn remove_params(function: &mut Function, mut remove: impl FnMut(Value) -> bool) -> usize {
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
    kept.values().flatten().filter(|&&keep| !keep).count()
}
