//! Stores of a sum of what was there before: `n += x` and `m[k] -= x`.

use std::collections::HashMap;

use stapc_ir::{Block, Function, GlobalId, Immediate, Inst, InstData, Opcode, Type, Value, Writes};

/// How many additions are followed from what is stored to what was read.
const MOST_TERMS: usize = 8;

/// A store of a sum of what the global or the map's element held, which nothing else uses.
#[derive(Debug, Clone)]
pub struct Sum {
    pub set: Inst,
    pub read: Inst,
    pub global: GlobalId,
    /// None of a scalar.
    pub keys: Vec<Value>,
    /// What is added, or taken away if the second says so.
    pub terms: Vec<(Value, bool)>,
}

/// The sums that a block stores, in order.
pub fn sums(
    function: &Function,
    block: Block,
    writes: &Writes,
    uses: &HashMap<Value, usize>,
) -> Vec<Sum> {
    let mut found = Vec::new();
    // Where each value of the block is defined, and where each global is written last.
    let mut defined: HashMap<Value, usize> = HashMap::new();
    let insts = &function.block(block).insts;
    for (at, &set) in insts.iter().enumerate() {
        let data = function.inst(set);
        if let Some(sum) = sum(function, set, data, uses)
            && let Some(&read_at) =
                function.inst(sum.read).result.and_then(|read| defined.get(&read))
            && !insts[read_at..at]
                .iter()
                .any(|&inst| writes.may_write(function.inst(inst), sum.global))
        {
            found.push(sum);
        }
        defined.extend(data.result.map(|result| (result, at)));
    }
    found
}

fn sum(
    function: &Function,
    set: Inst,
    data: &InstData,
    uses: &HashMap<Value, usize>,
) -> Option<Sum> {
    let read = match data.opcode {
        Opcode::Gstore => Opcode::Gload,
        Opcode::Mset => Opcode::Mget,
        _ => return None,
    };
    let Immediate::Global(global) = data.immediate else { return None };
    let (&value, keys) = data.args.split_last()?;
    if function.ty(value) != Type::I64 {
        return None;
    }
    let once = |value: &Value| uses.get(value) == Some(&1);
    let is_read = |value: Value| {
        let inst = function.def(value).filter(|_| once(&value))?;
        let same = inst.opcode == read && inst.immediate == data.immediate && inst.args == keys;
        same.then_some(value)
    };
    let mut terms = Vec::new();
    let mut rest = value;
    for _ in 0..=MOST_TERMS {
        if is_read(rest).is_some() {
            let stapc_ir::ValueDef::Result(read) = function.value(rest).def else { return None };
            // As they are written: what is added first comes first.
            terms.reverse();
            return Some(Sum { set, read, global, keys: keys.to_vec(), terms });
        }
        let inst = function.def(rest).filter(|_| once(&rest))?;
        let (next, term) = match (inst.opcode, inst.args.as_slice()) {
            (Opcode::Iadd, &[first, second]) if is_read(second).is_some() => {
                (second, (first, false))
            }
            (Opcode::Iadd, &[first, second]) => (first, (second, false)),
            (Opcode::Isub, &[first, second]) => (first, (second, true)),
            _ => return None,
        };
        terms.push(term);
        rest = next;
    }
    None
}

impl Sum {
    /// Makes the instructions that add the terms, the last of which has this opcode and result.
    pub fn add(self, function: &mut Function, opcode: Opcode, result: Option<Type>) -> Vec<Inst> {
        let location = function.inst(self.set).location;
        let mut made = Vec::new();
        let mut by = None;
        for (term, negative) in self.terms {
            let (opcode, args) = match (by, negative) {
                (None, false) => {
                    by = Some(term);
                    continue;
                }
                (None, true) => (Opcode::Ineg, vec![term]),
                (Some(sum), false) => (Opcode::Iadd, vec![sum, term]),
                (Some(sum), true) => (Opcode::Isub, vec![sum, term]),
            };
            let inst = function.make_inst(opcode, Immediate::None, args, Some(Type::I64), location);
            by = function.inst(inst).result;
            made.push(inst);
        }
        if by.is_none() {
            let zero = Immediate::Int(0);
            let inst =
                function.make_inst(Opcode::Iconst, zero, Vec::new(), Some(Type::I64), location);
            by = function.inst(inst).result;
            made.push(inst);
        }
        let args = self.keys.into_iter().chain(by).collect();
        let add =
            function.make_inst(opcode, Immediate::Global(self.global), args, result, location);
        function.insts[add.0].near = function.inst(self.set).near.clone();
        made.push(add);
        made
    }
}
