//! `m[k] += x`, which looks the key up to read and again to write, becomes one `madd`.

use std::collections::HashMap;

use stapc_ir::{Block, Function, GlobalId, Immediate, Inst, Module, Opcode, Type, Value, Writes};

use crate::common::{each_function, use_counts};

pub fn run(module: &mut Module) -> usize {
    let writes = Writes::of(module);
    each_function(module, |function| {
        let mut replaced = 0;
        let uses = use_counts(function);
        for block in function.layout.clone() {
            while let Some(sum) = find(function, block, &writes, &uses) {
                replace(function, block, sum);
                replaced += 1;
            }
        }
        replaced
    })
}

/// An `mset` of a sum of what the map holds there.
struct Sum {
    set: Inst,
    map: GlobalId,
    keys: Vec<Value>,
    /// What is added, or taken away.
    by: Value,
    negative: bool,
}

fn find(
    function: &Function,
    block: Block,
    writes: &Writes,
    uses: &HashMap<Value, usize>,
) -> Option<Sum> {
    let insts = &function.block(block).insts;
    insts.iter().enumerate().find_map(|(at, &set)| {
        let data = function.inst(set);
        let (Opcode::Mset, Immediate::Global(map)) = (data.opcode, &data.immediate) else {
            return None;
        };
        let (&value, keys) = data.args.split_last()?;
        let sum = function.def(value).filter(|_| uses.get(&value) == Some(&1))?;
        let is_read = |value: Value| {
            let read = function.def(value).filter(|_| uses.get(&value) == Some(&1));
            read.is_some_and(|read| {
                read.opcode == Opcode::Mget && read.immediate == data.immediate && read.args == keys
            })
        };
        let (read, by, negative) = match (sum.opcode, sum.args.as_slice()) {
            (Opcode::Iadd, &[first, second]) if is_read(first) => (first, second, false),
            (Opcode::Iadd, &[first, second]) if is_read(second) => (second, first, false),
            (Opcode::Isub, &[first, second]) if is_read(first) => (first, second, true),
            _ => return None,
        };
        // Read in this block, and nothing has written the map since.
        let read_at =
            insts[..at].iter().position(|&inst| function.inst(inst).result == Some(read))?;
        let written =
            insts[read_at..at].iter().any(|&inst| writes.may_write(function.inst(inst), *map));
        (!written).then(|| Sum { set, map: *map, keys: keys.to_vec(), by, negative })
    })
}

/// The read and the addition remain, unused.
fn replace(function: &mut Function, block: Block, sum: Sum) {
    let Sum { set, map, keys, mut by, negative } = sum;
    let location = function.inst(set).location;
    let mut added = Vec::new();
    if negative {
        let negation =
            function.make_inst(Opcode::Ineg, Immediate::None, vec![by], Some(Type::I64), location);
        by = function.inst(negation).result.unwrap_or(by);
        added.push(negation);
    }
    let args = keys.into_iter().chain([by]).collect();
    let add =
        function.make_inst(Opcode::Madd, Immediate::Global(map), args, Some(Type::I64), location);
    function.insts[add.0].near = function.inst(set).near.clone();
    added.push(add);
    let insts = &mut function.block_mut(block).insts;
    if let Some(at) = insts.iter().position(|&inst| inst == set) {
        insts.splice(at..=at, added);
    }
}
