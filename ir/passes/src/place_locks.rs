//! Locks what handlers share.
//!
//! A handler takes all the locks it needs, those of the functions it calls included, at once before
//! the first thing that needs any, and gives them back behind the last; in between it keeps them, so
//! that what it does to globals happens as one. Functions say what they must be called with
//! ([`Function::requires`]). Handlers that run alone need no lock, and neither do globals that nothing
//! writes while others look.

mod placement;
mod regions;

use std::collections::{BTreeMap, HashSet};

use stapc_ir::{
    FuncId, Function, GlobalId, LockMode, Module, needed_lock, runs_alone, shared_globals,
};

use placement::place;
use regions::Regions;

type Locks = BTreeMap<GlobalId, LockMode>;

pub fn run(module: &mut Module) -> usize {
    let shared = shared_globals(module);
    let needs = needs(module, &shared);
    let handlers: HashSet<FuncId> = module.probes.iter().map(|probe| probe.handler).collect();
    let mut locked = 0;
    for (id, locks) in module.function_ids().zip(&needs) {
        let locks: Vec<(GlobalId, LockMode)> =
            locks.iter().map(|(&global, &mode)| (global, mode)).collect();
        if !handlers.contains(&id) {
            module.function_mut(id).requires = locks;
        } else if !locks.is_empty() {
            let calls = |callee: FuncId| !needs[callee.index()].is_empty();
            let regions = Regions::of(module, id, &shared, calls);
            place(module.function_mut(id), &locks, &regions);
            locked += 1;
        }
    }
    locked
}

/// What each function needs locked, by its own doing or that of functions it calls.
fn needs(module: &Module, shared: &HashSet<GlobalId>) -> Vec<Locks> {
    let alone = runs_alone(module);
    let own = |id: FuncId| match alone.contains(&id) {
        true => Locks::new(),
        false => own_needs(module, module.function(id), shared),
    };
    let mut needs: Vec<Locks> = module.function_ids().map(own).collect();
    // Calls may go in circles: until nothing is added any more.
    loop {
        let mut changed = false;
        for id in module.function_ids() {
            for callee in module.function(id).callees() {
                for (global, mode) in needs[callee.index()].clone() {
                    changed |= add(&mut needs[id.index()], global, mode);
                }
            }
        }
        if !changed {
            return needs;
        }
    }
}

fn own_needs(module: &Module, function: &Function, shared: &HashSet<GlobalId>) -> Locks {
    let mut locks = Locks::new();
    for inst in function.placed_insts() {
        if let Some((global, mode)) = needed_lock(module, shared, function, inst) {
            add(&mut locks, global, mode);
        }
    }
    locks
}

fn add(locks: &mut Locks, global: GlobalId, mode: LockMode) -> bool {
    let old = locks.get(&global).copied();
    if old.is_some_and(|old| old >= mode) {
        return false;
    }
    locks.insert(global, mode);
    true
}
