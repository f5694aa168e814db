//! Global value numbering: what is computed again is the value that was computed before, wherever that
//! was made on every way. Two computations are one if opcode, immediate and operands are the same,
//! and, where they read a global, no write may have come between them; what a store put there is not
//! read again. What may fault counts too: if the first gave a value, its equal does not fault.
//!
//! Two loads of one address are one if the module stores nothing to memory.
//!
//! What other processors store meanwhile need not be seen: a handler holds the locks of what it
//! uses, and a reader cannot tell when exactly it reads.
//!
//! A walk over the tree of dominators also knows which way a branch went, and takes it again without
//! asking.

use std::collections::HashMap;

use stapc_ir::{
    Block, Effects, Function, GlobalId, Immediate, Inst, InstData, Module, Opcode, Terminator,
    Type, Value, Writes,
    cfg::{Dominance, Point, Step, reverse_postorder},
    versions::{Memory, Version, Versions},
};

use crate::{
    common::{Scopes, each_function, predecessor_counts, read_by, replace_uses, resolve},
    simplify::{Simpler, simplify},
};

pub fn run(module: &mut Module) -> usize {
    let writes = Writes::of(module);
    let string_max = module.limits.string_max as usize;
    let stores = |function: &Function| {
        function.placed_insts().any(|inst| inst.opcode.effects().has(Effects::STORE))
    };
    let stores = module.functions.values().any(stores);
    let keys: Vec<Option<usize>> = module
        .globals
        .values()
        .map(|global| global.kind.value_type().map(|_| global.kind.keys().len()))
        .collect();
    each_function(module, |function| {
        let changes = Numbering::new(function, &writes, &keys, string_max, stores).number();
        if changes > 0 {
            function.layout = reverse_postorder(function);
        }
        changes
    })
}

/// What makes computations equal; operands that may be swapped are in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    opcode: Opcode,
    immediate: Immediate,
    args: Vec<Value>,
    /// Of the global it reads, if it reads one.
    read: Option<(GlobalId, Version)>,
}

struct Numbering<'a> {
    function: &'a mut Function,
    writes: &'a Writes,
    /// Of each global that has plain values, how many keys they have.
    keys: &'a [Option<usize>],
    string_max: usize,
    /// Whether anything stores what loads may read.
    stores: bool,
    memory: Memory,
    known: Scopes<Key, Value>,
    conditions: Scopes<Value, bool>,
    replacements: HashMap<Value, Value>,
    changes: usize,
}

impl<'a> Numbering<'a> {
    fn new(
        function: &'a mut Function,
        writes: &'a Writes,
        keys: &'a [Option<usize>],
        string_max: usize,
        stores: bool,
    ) -> Self {
        Self {
            function,
            writes,
            keys,
            string_max,
            stores,
            memory: Memory::default(),
            known: Scopes::default(),
            conditions: Scopes::default(),
            replacements: HashMap::new(),
            changes: 0,
        }
    }

    fn number(mut self) -> usize {
        let dominance = Dominance::of(self.function);
        let versions = Versions::of(self.function, self.writes, &dominance, |_| true);
        let decided = decided(self.function);
        for step in dominance.walk() {
            match step {
                Step::Enter(point) => {
                    self.memory.enter(&versions, point);
                    self.known.enter();
                    self.conditions.enter();
                    match point {
                        Point::Start(block) => {
                            if let Some(&(condition, holds)) = decided.get(&block) {
                                let condition = resolve(&self.replacements, condition);
                                self.conditions.insert(condition, holds);
                            }
                        }
                        Point::End(block) => self.block(block),
                    }
                }
                Step::Leave(_) => {
                    self.memory.leave();
                    self.known.leave();
                    self.conditions.leave();
                }
            }
        }
        replace_uses(self.function, &self.replacements);
        self.changes
    }

    fn block(&mut self, block: Block) {
        let mut insts = std::mem::take(&mut self.function.block_mut(block).insts);
        let mut position = 0;
        insts.retain(|&inst| {
            let keep = self.inst((block, position), inst);
            position += 1;
            keep
        });
        self.function.block_mut(block).insts = insts;
        if let Some(Terminator::Branch(condition, then, otherwise)) =
            &self.function.block(block).terminator
            && let Some(&holds) = self.conditions.get(&resolve(&self.replacements, *condition))
        {
            let edge = if holds { then } else { otherwise }.clone();
            self.function.block_mut(block).terminator = Some(Terminator::Jump(edge));
            self.changes += 1;
        }
    }

    /// Numbers an instruction; whether it is to stay.
    fn inst(&mut self, place: (Block, usize), inst: Inst) -> bool {
        let mut args = std::mem::take(&mut self.function.insts[inst.0].args);
        for arg in &mut args {
            *arg = resolve(&self.replacements, *arg);
        }
        let data = self.function.inst(inst);
        let simpler = simplify(self.function, data, &args, self.string_max);
        self.function.insts[inst.0].args = args;
        match simpler {
            Some(Simpler::Value(value)) => return self.replace(inst, value),
            Some(Simpler::Constant(constant)) => {
                constant.replace(&mut self.function.insts[inst.0]);
                self.changes += 1;
            }
            Some(Simpler::Inst(opcode, args)) => {
                let data = &mut self.function.insts[inst.0];
                (data.opcode, data.immediate, data.args) = (opcode, Immediate::None, args);
                self.changes += 1;
            }
            None => {}
        }
        if self.stores_what_is_there(inst) {
            self.changes += 1;
            return false;
        }
        let data = self.function.inst(inst);
        self.memory.step(self.writes, place, data);
        self.remember_store(inst);
        let data = self.function.inst(inst);
        let (Some(result), Some(key)) = (data.result, self.key(data)) else { return true };
        match self.known.get(&key) {
            Some(&value) => self.replace(inst, value),
            None => {
                self.known.insert(key, result);
                true
            }
        }
    }

    /// A value is to be used instead of what an instruction gives, which goes.
    fn replace(&mut self, inst: Inst, value: Value) -> bool {
        self.replacements.extend(self.function.inst(inst).result.map(|result| (result, value)));
        self.changes += 1;
        false
    }

    /// What an instruction is equal to; none if it does more than compute, or is never the same.
    fn key(&self, inst: &InstData) -> Option<Key> {
        let effects = inst.opcode.effects();
        let others =
            [Effects::FAULT, Effects::READ, Effects::CONTEXT, Effects::SLOT, Effects::BORROW];
        let loads = if self.stores { Effects::PURE } else { Effects::LOAD };
        let counts = others.into_iter().fold(loads, Effects::and);
        if !counts.has(effects) {
            return None;
        }
        let read = match effects.has(Effects::READ) {
            true => {
                let global = read_by(self.function, inst)?;
                Some((global, self.memory.version(global)))
            }
            false => None,
        };
        let mut args = inst.args.clone();
        let opcode = ordered(inst.opcode, &mut args);
        Some(Key { opcode, immediate: inst.immediate.clone(), args, read })
    }

    /// The read that would give what a store puts there, and the value.
    fn stored(&self, inst: &InstData) -> Option<(Key, Value)> {
        let Immediate::Global(global) = inst.immediate else { return None };
        let opcode = match inst.opcode {
            Opcode::Gstore => Opcode::Gload,
            Opcode::Mset => Opcode::Mget,
            _ => return None,
        };
        let (keys, value) = inst.args.split_at_checked(self.keys[global.index()]?)?;
        let read = Some((global, self.memory.version(global)));
        let key = Key { opcode, immediate: inst.immediate.clone(), args: keys.to_vec(), read };
        Some((key, *value.first()?))
    }

    /// Whether it stores in a scalar what is known to be there. In a map there may be no element.
    fn stores_what_is_there(&self, inst: Inst) -> bool {
        let data = self.function.inst(inst);
        data.opcode == Opcode::Gstore
            && self.stored(data).is_some_and(|(key, value)| self.known.get(&key) == Some(&value))
    }

    fn remember_store(&mut self, inst: Inst) {
        if let Some((key, value)) = self.stored(self.function.inst(inst)) {
            self.known.insert(key, value);
        }
    }
}

/// Puts operands that may be swapped in order.
fn ordered(opcode: Opcode, args: &mut [Value]) -> Opcode {
    use Opcode::*;
    match opcode {
        Iadd | Imul | Iand | Ior | Ixor | IcmpEq | IcmpNe | ScmpEq | ScmpNe => args.sort(),
        IcmpGt | IcmpGe | ScmpGt | ScmpGe => args.reverse(),
        _ => {}
    }
    match opcode {
        IcmpGt => IcmpLt,
        IcmpGe => IcmpLe,
        ScmpGt => ScmpLt,
        ScmpGe => ScmpLe,
        other => other,
    }
}

/// The blocks that only one way of a branch leads to: the condition, and whether it holds there.
fn decided(function: &Function) -> HashMap<Block, (Value, bool)> {
    let counts = predecessor_counts(function);
    let mut decided = HashMap::new();
    for &block in &function.layout {
        if let Some(Terminator::Branch(condition, then, otherwise)) =
            &function.block(block).terminator
        {
            for (edge, holds) in [(then, true), (otherwise, false)] {
                if counts.get(&edge.block) == Some(&1) && function.ty(*condition) == Type::Bool {
                    decided.insert(edge.block, (*condition, holds));
                }
            }
        }
    }
    decided
}
