//! Block parameters that are given the same value by every edge become that value; those round a loop
//! too that are only given each other beside it.

use std::collections::{HashMap, VecDeque};

use stapc_ir::{Block, Function, Module, Value, cfg::reverse_postorder};

use crate::common::{each_function, replace_uses};

pub fn run(module: &mut Module) -> usize {
    each_function(module, propagate)
}

/// Replaces them, and gives how many.
fn propagate(function: &mut Function) -> usize {
    let copies = copies(function);
    if copies.is_empty() {
        return 0;
    }
    remove_params(function, |value| copies.contains_key(&value));
    replace_uses(function, &copies);
    copies.len()
}

/// What the parameters are that are always another value.
///
/// Each is taken for unknown at first, and then for what it is given, until that differs: then it is
/// a value of its own. What comes from where control cannot be says nothing.
fn copies(function: &Function) -> HashMap<Value, Value> {
    let mut given: HashMap<Value, Vec<Value>> = HashMap::new();
    let mut users: HashMap<Value, Vec<Value>> = HashMap::new();
    // First the definitions that come first.
    let mut work = VecDeque::new();
    for block in reverse_postorder(function) {
        for edge in
            function.block(block).terminator.iter().flat_map(|terminator| terminator.edges())
        {
            for (&param, &arg) in function.block(edge.block).params.iter().zip(&edge.args) {
                given.entry(param).or_default().push(arg);
                users.entry(arg).or_default().push(param);
                work.push_back(param);
            }
        }
    }
    let mut known: HashMap<Value, Value> = HashMap::new();
    while let Some(param) = work.pop_front() {
        if known.get(&param) == Some(&param) {
            continue;
        }
        let values = given[&param].iter().filter_map(|arg| match given.contains_key(arg) {
            true => known.get(arg).copied(),
            false => Some(*arg),
        });
        let met = values.reduce(|one, other| if one == other { one } else { param });
        if let Some(met) = met
            && known.insert(param, met) != Some(met)
        {
            work.extend(users.get(&param).into_iter().flatten());
        }
    }
    known.retain(|param, value| param != value);
    known
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
