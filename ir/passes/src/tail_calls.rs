//! A function whose last act is to call itself goes back to its start instead: a loop needs no frame
//! for each turn, and does not count as nesting.

use stapc_ir::{
    Block, Edge, FuncId, Function, Immediate, Inst, Module, Opcode, Terminator, Value, ValueDef,
};

pub fn run(module: &mut Module) -> usize {
    module.function_ids().map(|id| loop_calls(module.function_mut(id), id)).sum()
}

/// Makes jumps of a function's calls of itself that it ends by; gives how many.
fn loop_calls(function: &mut Function, id: FuncId) -> usize {
    let calls: Vec<(Block, Inst)> = function
        .layout
        .iter()
        .filter_map(|&block| Some((block, last_call(function, block, id)?)))
        .collect();
    if calls.is_empty() {
        return 0;
    }
    let head = function.entry();
    add_entry(function, head);
    for &(block, call) in &calls {
        let args = function.inst(call).args.clone();
        let data = function.block_mut(block);
        data.insts.pop();
        data.terminator = Some(Terminator::Jump(Edge { block: head, args }));
    }
    calls.len()
}

/// The call of itself that a function does last in a block, if its result is what is returned. A
/// fault of the call must leave the function as one of the loop would.
fn last_call(function: &Function, block: Block, id: FuncId) -> Option<Inst> {
    let data = function.block(block);
    let &call = data.insts.last()?;
    let inst = function.inst(call);
    (data.catch.is_none()
        && inst.immediate == Immediate::Func(id)
        && returns(function, data.terminator.as_ref()?, inst.result))
    .then_some(call)
}

/// Whether an end of a block returns this, directly or by a block that does nothing else.
fn returns(function: &Function, terminator: &Terminator, value: Option<Value>) -> bool {
    match terminator {
        Terminator::Return(returned) => *returned == value,
        Terminator::Jump(edge) => {
            let data = function.block(edge.block);
            let Some(Terminator::Return(returned)) = &data.terminator else { return false };
            let given = returned.map(|returned| {
                let position = data.params.iter().position(|&param| param == returned);
                position.map_or(returned, |position| edge.args[position])
            });
            data.insts.is_empty() && given == value
        }
        _ => false,
    }
}

/// Puts a block before the first one, which then may be jumped to. What fuel says of the function's
/// start is said in both: one names the loop, the other the calls that stay.
fn add_entry(function: &mut Function, head: Block) {
    let entry = function.add_block();
    function.layout.pop();
    function.layout.insert(0, entry);
    let params = function.block(head).params.clone();
    let mut args = Vec::with_capacity(params.len());
    for param in params {
        let data = function.value(param).clone();
        args.push(function.add_param(entry, data.ty, data.name.as_deref()));
        debug_assert_eq!(data.def, ValueDef::Param(head));
    }
    let marks: Vec<Inst> = function
        .block(head)
        .insts
        .iter()
        .copied()
        .filter(|&inst| function.inst(inst).opcode == Opcode::Fuel)
        .take(1)
        .collect();
    for mark in marks {
        let data = function.inst(mark).clone();
        let copy =
            function.append(entry, data.opcode, data.immediate, Vec::new(), None, data.location);
        function.insts[copy.0].near = data.near;
    }
    function.block_mut(entry).terminator = Some(Terminator::Jump(Edge { block: head, args }));
}
