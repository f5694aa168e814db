//! Additions to one integer's part that follow each other in a block become one, where the last stood.
//!
//! Nobody sees a part before it is merged, so that only what may leave the handler in between keeps
//! them apart.

use std::collections::{BTreeMap, HashMap, HashSet};

use stapc_ir::{
    Block, Effects, Function, GlobalId, Immediate, Inst, InstData, Module, Opcode, Type,
};

use crate::common::each_function;

pub fn run(module: &mut Module) -> usize {
    each_function(module, |function| {
        let mut merged = 0;
        for block in function.layout.clone() {
            merged += merge(function, block);
        }
        merged
    })
}

/// The addition before each that is to take it in.
fn followers(function: &Function, block: Block) -> HashMap<Inst, Inst> {
    let mut open: BTreeMap<GlobalId, Inst> = BTreeMap::new();
    let mut followers = HashMap::new();
    for &inst in &function.block(block).insts {
        let data = function.inst(inst);
        match (data.opcode, &data.immediate) {
            (Opcode::PartAdd, Immediate::Global(global)) => {
                followers.extend(open.insert(*global, inst).map(|before| (inst, before)));
            }
            _ if may_leave(data) => open.clear(),
            _ => {}
        }
    }
    followers
}

/// Whether a handler may end at an instruction, or something else may look at parts.
fn may_leave(inst: &InstData) -> bool {
    let effects = inst.opcode.effects();
    effects.has(Effects::FAULT) || effects.has(Effects::CALL)
}

fn merge(function: &mut Function, block: Block) -> usize {
    let followers = followers(function, block);
    if followers.is_empty() {
        return 0;
    }
    let gone: HashSet<Inst> = followers.values().copied().collect();
    let insts = std::mem::take(&mut function.block_mut(block).insts);
    let mut kept = Vec::with_capacity(insts.len());
    for inst in insts {
        if let Some(&before) = followers.get(&inst) {
            // What was taken in before has its sum already.
            let args = vec![function.inst(before).args[0], function.inst(inst).args[0]];
            let location = function.inst(inst).location;
            let sum =
                function.make_inst(Opcode::Iadd, Immediate::None, args, Some(Type::I64), location);
            let result = function.inst(sum).result;
            function.insts[inst.0].args = result.into_iter().collect();
            kept.push(sum);
        }
        if !gone.contains(&inst) {
            kept.push(inst);
        }
    }
    function.block_mut(block).insts = kept;
    followers.len()
}
