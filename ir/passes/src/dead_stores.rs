//! Stores that nothing can see go: on every way from there the global is overwritten, before anything
//! reads it, a fault, a call, a lock or the function's end could show it.
//!
//! One walk over the blocks from the last to the first: round a loop nothing is taken for overwritten.

use std::collections::{HashMap, HashSet};

use stapc_ir::{
    Block, Effects, Function, GlobalId, GlobalKind, Immediate, Inst, InstData, Module, Opcode,
    cfg::reverse_postorder,
};

use crate::common::{each_function, read_by};

/// No more globals than this are followed from block to block.
const MOST: usize = 64;

/// The globals that are overwritten before anything sees them.
type Overwritten = HashSet<GlobalId>;

pub fn run(module: &mut Module) -> usize {
    let scalars: Vec<bool> = module
        .globals
        .values()
        .map(|global| !matches!(global.kind, GlobalKind::Map { .. }))
        .collect();
    each_function(module, |function| {
        let mut removed = 0;
        let mut starts: HashMap<Block, Overwritten> = HashMap::new();
        for block in reverse_postorder(function).into_iter().rev() {
            let mut overwritten = at_end(function, block, &starts);
            let catch = function.block(block).catch.and_then(|catch| starts.get(&catch));
            let mut insts = std::mem::take(&mut function.block_mut(block).insts);
            let before = insts.len();
            insts.reverse();
            insts.retain(|&inst| go_before(function, inst, &scalars, catch, &mut overwritten));
            insts.reverse();
            removed += before - insts.len();
            function.block_mut(block).insts = insts;
            if !overwritten.is_empty() && overwritten.len() <= MOST {
                starts.insert(block, overwritten);
            }
        }
        removed
    })
}

/// What is overwritten behind a block, whichever way control goes.
fn at_end(function: &Function, block: Block, starts: &HashMap<Block, Overwritten>) -> Overwritten {
    let terminator = function.block(block).terminator.iter();
    let mut ways = terminator.flat_map(|terminator| terminator.edges());
    let Some(first) = ways.next().and_then(|edge| starts.get(&edge.block)) else {
        return Overwritten::new();
    };
    let mut overwritten = first.clone();
    for edge in ways {
        overwritten
            .retain(|global| starts.get(&edge.block).is_some_and(|set| set.contains(global)));
    }
    overwritten
}

/// Goes before an instruction; whether it is to stay.
fn go_before(
    function: &Function,
    inst: Inst,
    scalars: &[bool],
    catch: Option<&Overwritten>,
    overwritten: &mut Overwritten,
) -> bool {
    let inst = function.inst(inst);
    let store = store(inst, scalars);
    if let Some((global, whole)) = store {
        let stays = !overwritten.contains(&global);
        if whole {
            overwritten.insert(global);
        }
        return stays;
    }
    let effects = inst.opcode.effects();
    if effects.has(Effects::CALL) || effects.has(Effects::LOCK) {
        overwritten.clear();
    }
    if effects.has(Effects::FAULT) {
        overwritten.retain(|global| catch.is_some_and(|catch| catch.contains(global)));
    }
    // Whether a write faults depends on what is there.
    if effects.has(Effects::READ) || effects.has(Effects::WRITE) {
        match read_by(function, inst) {
            Some(global) => drop(overwritten.remove(&global)),
            None => overwritten.clear(),
        }
    }
    true
}

/// The global that an instruction writes, if it does nothing else and cannot fault, and whether it
/// writes all of it.
fn store(inst: &InstData, scalars: &[bool]) -> Option<(GlobalId, bool)> {
    let Immediate::Global(global) = inst.immediate else { return None };
    let scalar = *scalars.get(global.index())?;
    Some(match inst.opcode {
        Opcode::Gstore | Opcode::AggClear | Opcode::Mclear => (global, true),
        Opcode::Mdel => (global, false),
        Opcode::AggAdd if scalar => (global, false),
        _ => return None,
    })
}
