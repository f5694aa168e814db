//! Locks what handlers share.
//!
//! A handler takes all the locks it needs, those of the functions it calls included, at once at its
//! start, and gives them back at each end. Faults go to a block that gives them back and passes the
//! fault on. Functions say what they need ([`Function::requires`]). Globals that nothing writes
//! need no lock.

use std::collections::{BTreeMap, HashSet};

use stapc_ir::{
    Block, Edge, Effects, FuncId, Function, GlobalId, Immediate, Location, LockMode, Module,
    Opcode, Terminator, shared_globals,
};

type Locks = BTreeMap<GlobalId, LockMode>;

pub fn run(module: &mut Module) -> usize {
    let needs = needs(module);
    let handlers: HashSet<FuncId> = module.probes.iter().map(|probe| probe.handler).collect();
    let mut locked = 0;
    for (id, locks) in module.function_ids().zip(needs) {
        let locks: Vec<(GlobalId, LockMode)> = locks.into_iter().collect();
        if handlers.contains(&id) && !locks.is_empty() {
            lock(module.function_mut(id), &locks);
            locked += 1;
        } else {
            module.function_mut(id).requires = locks;
        }
    }
    locked
}

/// What each function needs locked, by its own doing or that of functions it calls.
fn needs(module: &Module) -> Vec<Locks> {
    let shared = shared_globals(module);
    let mut needs: Vec<Locks> =
        module.function_ids().map(|id| own_needs(module.function(id), &shared)).collect();
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

fn own_needs(function: &Function, shared: &HashSet<GlobalId>) -> Locks {
    let mut locks = Locks::new();
    for inst in function.placed_insts() {
        let effects = inst.opcode.effects();
        if let Immediate::Global(global) | Immediate::Iterate(global, _) = inst.immediate
            && shared.contains(&global)
        {
            let mode = if effects.has(Effects::WRITE) { LockMode::Write } else { LockMode::Read };
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

fn lock(function: &mut Function, locks: &[(GlobalId, LockMode)]) {
    let body = function.entry();
    let blocks = function.layout.clone();
    let immediate = || Immediate::Locks(locks.to_vec());

    let cleanup = function.add_block();
    function.append(cleanup, Opcode::Unlock, immediate(), Vec::new(), None, Location::default());
    function.block_mut(cleanup).terminator = Some(Terminator::Raise);
    let mut used = false;
    for block in blocks {
        if matches!(function.block(block).terminator, Some(Terminator::Return(_))) {
            function.append(
                block,
                Opcode::Unlock,
                immediate(),
                Vec::new(),
                None,
                Location::default(),
            );
        }
        if function.may_fault(block) && function.block(block).catch.is_none() {
            function.block_mut(block).catch = Some(cleanup);
            used = true;
        }
    }
    if !used {
        function.layout.retain(|&block| block != cleanup);
    }

    let entry: Block = function.add_block();
    function.append(entry, Opcode::Lock, immediate(), Vec::new(), None, Location::default());
    function.block_mut(entry).terminator = Some(Terminator::Jump(Edge::to(body)));
    function.layout.pop();
    function.layout.insert(0, entry);
}
