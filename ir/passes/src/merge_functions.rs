//! Functions that do the same become one, and so do handlers of probes: what a probe is called, and
//! where it is, its handler asks when it runs.
//!
//! Handlers of what runs at the session's beginning and end are not merged with others, which have
//! another budget and run at once with each other.

use std::collections::HashMap;

use stapc_ir::{
    Block, Edge, Effects, FuncId, Function, GlobalId, Immediate, Location, LockMode, Module,
    Opcode, Terminator, Type, Value,
};

use crate::{common::call_groups, dead_functions};

pub fn run(module: &mut Module) -> usize {
    let mut known: HashMap<Body, FuncId> = HashMap::new();
    let mut same: HashMap<FuncId, FuncId> = HashMap::new();
    let kinds = kinds(module);
    // Callees come first, so that callers of equal functions are equal.
    for id in call_groups(module).into_iter().flat_map(|(group, _)| group) {
        let kind = kinds.get(&id).copied().unwrap_or(Kind::Called);
        let body = Body::of(module.function(id), id, kind, &same);
        let first = *known.entry(body).or_insert(id);
        if first != id {
            same.insert(id, first);
        }
    }
    if same.is_empty() {
        return 0;
    }
    let mut changes = 0;
    let mut replace = |id: &mut FuncId| {
        if let Some(&first) = same.get(id) {
            *id = first;
            changes += 1;
        }
    };
    for function in module.functions.values_mut() {
        for block in function.layout.clone() {
            for inst in function.block(block).insts.clone() {
                if let Immediate::Func(callee) = &mut function.insts[inst.0].immediate {
                    replace(callee);
                }
            }
        }
    }
    module.probes.iter_mut().for_each(|probe| replace(&mut probe.handler));
    // A handler that is no probe's any more may begin with what only handlers may do.
    dead_functions::run(module);
    changes
}

/// What runs a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Called,
    Session,
    Probe,
}

fn kinds(module: &Module) -> HashMap<FuncId, Kind> {
    let kind = |session| if session { Kind::Session } else { Kind::Probe };
    module.probes.iter().map(|probe| (probe.handler, kind(probe.attach.is_session()))).collect()
}

/// What a function does, whatever its values and blocks are called.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Body {
    kind: Kind,
    returns: Option<Type>,
    requires: Vec<(GlobalId, LockMode)>,
    blocks: Vec<BlockBody>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct BlockBody {
    params: Vec<Type>,
    insts: Vec<InstBody>,
    end: End,
    catch: Option<usize>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct InstBody {
    opcode: Opcode,
    immediate: Immediate,
    args: Vec<usize>,
    result: Option<Type>,
    slot: Option<u32>,
    /// What a fault of it says.
    says: Option<(Location, Option<Box<str>>)>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum End {
    None,
    Jump(EdgeBody),
    Branch(usize, EdgeBody, EdgeBody),
    Return(Option<usize>),
    Raise,
}

type EdgeBody = (usize, Vec<usize>);

impl Body {
    fn of(function: &Function, id: FuncId, kind: Kind, same: &HashMap<FuncId, FuncId>) -> Self {
        let names = Names::of(function);
        let inst = |inst: &stapc_ir::Inst| {
            let data = function.inst(*inst);
            let immediate = match data.immediate {
                // What calls itself does as what calls itself.
                Immediate::Func(callee) if callee == id => Immediate::None,
                Immediate::Func(callee) => {
                    Immediate::Func(same.get(&callee).copied().unwrap_or(callee))
                }
                _ => data.immediate.clone(),
            };
            let faults = data.opcode.effects().has(Effects::FAULT);
            InstBody {
                opcode: data.opcode,
                immediate,
                args: names.values(&data.args),
                result: data.result.map(|result| function.ty(result)),
                slot: data.slot,
                says: faults.then(|| (data.location, data.near.clone())),
            }
        };
        let block = |&block: &Block| {
            let data = function.block(block);
            BlockBody {
                params: data.params.iter().map(|&param| function.ty(param)).collect(),
                insts: data.insts.iter().map(inst).collect(),
                end: names.end(data.terminator.as_ref()),
                catch: data.catch.map(|catch| names.blocks[&catch]),
            }
        };
        Self {
            kind,
            returns: function.returns,
            requires: function.requires.clone(),
            blocks: function.layout.iter().map(block).collect(),
        }
    }
}

/// Blocks and values by where they stand.
struct Names {
    blocks: HashMap<Block, usize>,
    values: HashMap<Value, usize>,
}

impl Names {
    fn of(function: &Function) -> Self {
        let blocks = function.layout.iter().copied().zip(0..).collect();
        let defined = function.layout.iter().flat_map(|&block| {
            let data = function.block(block);
            let results = data.insts.iter().filter_map(|&inst| function.inst(inst).result);
            data.params.iter().copied().chain(results)
        });
        Self { blocks, values: defined.zip(0..).collect() }
    }

    /// What control cannot come to may use what is defined nowhere.
    fn value(&self, value: Value) -> usize {
        self.values.get(&value).copied().unwrap_or(usize::MAX)
    }

    fn values(&self, values: &[Value]) -> Vec<usize> {
        values.iter().map(|&value| self.value(value)).collect()
    }

    fn edge(&self, edge: &Edge) -> EdgeBody {
        (self.blocks[&edge.block], self.values(&edge.args))
    }

    fn end(&self, terminator: Option<&Terminator>) -> End {
        match terminator {
            None => End::None,
            Some(Terminator::Jump(edge)) => End::Jump(self.edge(edge)),
            Some(Terminator::Branch(condition, then, otherwise)) => {
                End::Branch(self.value(*condition), self.edge(then), self.edge(otherwise))
            }
            Some(Terminator::Return(value)) => End::Return(value.map(|value| self.value(value))),
            Some(Terminator::Raise) => End::Raise,
        }
    }
}
