//! Loop-invariant code motion: what a loop computes anew at each turn from what it does not change is
//! computed once before it.
//!
//! Nothing that may fault is moved. What is cheap is moved from anywhere in the loop; strings and
//! searches of maps only from where each turn comes by.

use std::collections::{HashMap, HashSet};

use stapc_ir::{
    Block, Edge, Effects, Function, GlobalId, InstData, Module, Opcode, Terminator, Type, Value,
    ValueDef, Writes,
    cfg::{Dominance, reverse_postorder},
};

use crate::{
    common::{drop_unused_handlers, each_function, read_by},
    loops::{Loop, Loops},
};

/// No more loops than this are left at once, but for what needs no operands.
const MOST_LEVELS: usize = 16;

pub fn run(module: &mut Module) -> usize {
    let writes = Writes::of(module);
    each_function(module, |function| {
        // Where nothing faults no handler is part of a loop.
        drop_unused_handlers(function);
        let dominance = Dominance::of(function);
        let loops = Loops::of(function, &dominance);
        if loops.all.is_empty() {
            return 0;
        }
        Mover::new(function, &loops, &dominance, &writes).hoist(function)
    })
}

struct Mover<'a> {
    loops: &'a Loops,
    dominance: &'a Dominance,
    /// The loops that write a global, those around them included.
    written: HashSet<(usize, GlobalId)>,
    /// The innermost loop that each value is made in.
    made_in: Vec<Option<usize>>,
    /// Whether something can be put before each loop.
    enterable: Vec<bool>,
}

impl<'a> Mover<'a> {
    fn new(
        function: &Function,
        loops: &'a Loops,
        dominance: &'a Dominance,
        writes: &Writes,
    ) -> Self {
        let mut written = HashSet::new();
        let mut made_in = vec![None; function.values.len()];
        for &block in &function.layout {
            let Some(innermost) = loops.innermost(block) else { continue };
            let data = function.block(block);
            data.params.iter().for_each(|param| made_in[param.index()] = Some(innermost));
            for &inst in &data.insts {
                let inst = function.inst(inst);
                inst.result.iter().for_each(|value| made_in[value.index()] = Some(innermost));
                for global in writes.written(inst) {
                    let mut at = Some(innermost);
                    while let Some(number) = at.filter(|&number| written.insert((number, global))) {
                        at = loops.all[number].parent;
                    }
                }
            }
        }
        let handlers = function.handlers();
        let enterable = loops.all.iter().map(|one| !handlers.contains(&one.head)).collect();
        Self { loops, dominance, written, made_in, enterable }
    }

    /// Moves everything that can be moved; gives how much.
    fn hoist(mut self, function: &mut Function) -> usize {
        let before = edges_to_heads(function, self.loops);
        let mut preheaders: HashMap<usize, Block> = HashMap::new();
        let mut moved = 0;
        // Definitions come before uses, so that what is made of what was moved follows.
        for block in reverse_postorder(function) {
            let Some(innermost) = self.loops.innermost(block) else { continue };
            let insts = std::mem::take(&mut function.block_mut(block).insts);
            let mut kept = Vec::with_capacity(insts.len());
            for inst in insts {
                let Some(target) = self.target(function, function.inst(inst), block, innermost)
                else {
                    kept.push(inst);
                    continue;
                };
                let into = *preheaders.entry(target).or_insert_with(|| {
                    let this = &self.loops.all[target];
                    preheader(function, this, before.get(&this.head).map_or(&[], Vec::as_slice))
                });
                if let Some(result) = function.inst(inst).result {
                    self.made_in[result.index()] = self.loops.all[target].parent;
                }
                function.block_mut(into).insts.push(inst);
                moved += 1;
            }
            function.block_mut(block).insts = kept;
        }
        if moved > 0 {
            function.layout = reverse_postorder(function);
        }
        moved
    }

    /// The outermost loop that an instruction can be moved out of.
    fn target(
        &self,
        function: &Function,
        inst: &InstData,
        block: Block,
        innermost: usize,
    ) -> Option<usize> {
        let read = movable(function, inst)?;
        let costly = is_costly(function, inst);
        if inst.args.is_empty() && read.is_none() && !costly {
            let outermost = self.loops.all[innermost].outermost;
            return Some(outermost).filter(|&target| self.enterable[target]);
        }
        let mut target = None;
        let mut at = Some(innermost);
        for _ in 0..MOST_LEVELS {
            let Some(number) = at.filter(|&number| self.is_invariant(inst, read, number)) else {
                break;
            };
            let ends = &self.loops.all[number].ends;
            if costly && !ends.iter().all(|&end| self.dominance.dominates(block, end)) {
                break;
            }
            if self.enterable[number] {
                target = Some(number);
            }
            at = self.loops.all[number].parent;
        }
        target
    }

    /// Whether a loop makes none of the operands and does not write what is read.
    fn is_invariant(&self, inst: &InstData, read: Option<GlobalId>, number: usize) -> bool {
        let made_inside = |arg: &Value| {
            self.made_in[arg.index()].is_some_and(|inner| self.loops.contains(number, inner))
        };
        !inst.args.iter().any(made_inside)
            && read.is_none_or(|global| !self.written.contains(&(number, global)))
    }
}

/// Whether an instruction does nothing but compute, and what it reads for that.
fn movable(function: &Function, inst: &InstData) -> Option<Option<GlobalId>> {
    let effects = inst.opcode.effects();
    let result = function.ty(inst.result?);
    // What divides without a check stays where the divisor is known not to be 0.
    let stays = effects.has(Effects::VOLATILE)
        || effects.has(Effects::LOAD)
        || matches!(inst.opcode, Opcode::IdivNz | Opcode::IremNz)
        || matches!(result, Type::Iter | Type::Elem);
    if stays || !effects.removable() {
        return None;
    }
    match effects.has(Effects::READ) {
        true => Some(Some(read_by(function, inst)?)),
        false => Some(None),
    }
}

/// Whether it costs more than it is worth where few turns come by.
fn is_costly(function: &Function, inst: &InstData) -> bool {
    let effects = inst.opcode.effects();
    effects.has(Effects::SLOT) && inst.result.is_some_and(|result| function.ty(result) == Type::Str)
        || effects.has(Effects::READ) && inst.opcode != Opcode::Gload
        || inst.args.iter().any(|&arg| function.ty(arg) == Type::Str)
}

/// The blocks from which there are edges to the heads of loops.
fn edges_to_heads(function: &Function, loops: &Loops) -> HashMap<Block, Vec<Block>> {
    let heads: HashSet<Block> = loops.all.iter().map(|this| this.head).collect();
    let mut before: HashMap<Block, Vec<Block>> = HashMap::new();
    for &block in &function.layout {
        let terminator = function.block(block).terminator.iter();
        for edge in terminator.flat_map(|terminator| terminator.edges()) {
            if heads.contains(&edge.block) {
                before.entry(edge.block).or_default().push(block);
            }
        }
    }
    before
}

/// The block that a loop is entered from and nothing else is, made if there is none; `before` are the
/// blocks from which there are edges to its head.
fn preheader(function: &mut Function, this: &Loop, before: &[Block]) -> Block {
    let head = this.head;
    let outside: Vec<Block> =
        before.iter().copied().filter(|block| !this.ends.contains(block)).collect();
    if let [only] = outside.as_slice()
        && matches!(function.block(*only).terminator, Some(Terminator::Jump(_)))
    {
        return *only;
    }
    let before = function.add_block();
    let params: Vec<Value> = function.block(head).params.clone();
    let mut args = Vec::with_capacity(params.len());
    for param in params {
        let ty = function.ty(param);
        args.push(function.add_param(before, ty, None));
        debug_assert_eq!(function.value(param).def, ValueDef::Param(head));
    }
    // Nothing that may fault comes here: the head's handler may use the head's parameters.
    let data = function.block_mut(before);
    data.terminator = Some(Terminator::Jump(Edge { block: head, args }));
    for block in outside {
        let terminator = &mut function.block_mut(block).terminator;
        for edge in terminator.iter_mut().flat_map(|terminator| terminator.edges_mut()) {
            if edge.block == head {
                edge.block = before;
            }
        }
    }
    before
}
