//! Functions: graphs of blocks over values in static single assignment form.

use std::collections::HashSet;

use bstr::BString;
use la_arena::Arena;

use crate::{
    entity::{Block, FuncId, GlobalId, Inst, Value},
    format::Format,
    helpers::Helper,
    opcode::Opcode,
    terminator::Terminator,
    types::Type,
};

/// A function. What exists (values, instructions, blocks) is kept apart from where it stands
/// ([`Function::layout`], and the list of instructions of each block).
#[derive(Debug, Clone, Default)]
pub struct Function {
    /// What it is called; unique in its module.
    pub name: String,
    /// The type of what it returns.
    pub returns: Option<Type>,
    /// All values.
    pub values: Arena<ValueData>,
    /// All instructions.
    pub insts: Arena<InstData>,
    /// All blocks.
    pub blocks: Arena<BlockData>,
    /// The blocks that are part of the function, the entry first. Its parameters are the function's.
    pub layout: Vec<Block>,
    /// The locks that callers must hold.
    pub requires: Vec<(GlobalId, LockMode)>,
    /// How many strings its own frame has room for.
    pub slots: u32,
}

/// A value: where it is defined, and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueData {
    /// Its type.
    pub ty: Type,
    /// Where it comes from.
    pub def: ValueDef,
    /// The script's name for it, to help readers.
    pub name: Option<Box<str>>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueDef {
    /// It is an instruction's result.
    Result(Inst),
    /// It is a parameter of a block.
    Param(Block),
}

/// An instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstData {
    /// What it does.
    pub opcode: Opcode,
    /// What it carries; of the kind the opcode's row says.
    pub immediate: Immediate,
    /// What it takes.
    pub args: Vec<Value>,
    /// What it gives.
    pub result: Option<Value>,
    /// Where the script says it.
    pub location: Location,
    /// What of the script it stands for, as messages call it: `operator '/'`.
    pub near: Option<Box<str>>,
    /// The storage of its string result, once assigned.
    pub slot: Option<u32>,
}

/// A place in a script; line 0 stands for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Location {
    /// Index of the module's files.
    pub file: u32,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1.
    pub column: u32,
}

/// What an instruction carries beside operands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Immediate {
    /// Nothing.
    None,
    /// An integer.
    Int(i64),
    /// A string.
    Text(BString),
    /// A position or amount.
    Index(u32),
    /// A global.
    Global(GlobalId),
    /// A function.
    Func(FuncId),
    /// A helper.
    Helper(Helper),
    /// A format.
    Format(Format),
    /// A map and the order it is visited in.
    Iterate(GlobalId, Order),
    /// Globals and how each is locked, by ascending number.
    Locks(Vec<(GlobalId, LockMode)>),
}

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LockMode {
    /// Shared with other readers.
    Read,
    /// Alone.
    Write,
}

impl LockMode {
    /// As the text syntax writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// The order in which the elements of a map are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    /// What is compared.
    pub by: OrderBy,
    /// From the largest on.
    pub descending: bool,
}

/// What the order of elements goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderBy {
    /// Nothing: the order is not specified.
    Unsorted,
    /// The key at this position.
    Key(u32),
    /// The value.
    Value,
    /// How many samples the aggregate has.
    Count,
    /// Their sum.
    Sum,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Their mean.
    Avg,
}

impl OrderBy {
    /// Those written as a bare name in the text syntax.
    pub const NAMED: [(&'static str, Self); 7] = [
        ("unsorted", Self::Unsorted),
        ("value", Self::Value),
        ("count", Self::Count),
        ("sum", Self::Sum),
        ("min", Self::Min),
        ("max", Self::Max),
        ("avg", Self::Avg),
    ];
}

/// A block: parameters, instructions, and where control goes then.
#[derive(Debug, Clone, Default)]
pub struct BlockData {
    /// Defined when control enters it.
    pub params: Vec<Value>,
    /// In order of execution.
    pub insts: Vec<Inst>,
    /// Where control goes behind them; `None` only while the function is being built.
    pub terminator: Option<Terminator>,
    /// Where a fault in it goes; `None`: out of the function, to the caller's handler or the
    /// probe's end. Such a block has no parameters, and nothing else leads to it.
    pub catch: Option<Block>,
}

impl Function {
    /// A function of one empty block.
    pub fn new(name: impl Into<String>) -> Self {
        let mut function = Self { name: name.into(), ..Self::default() };
        function.add_block();
        function
    }

    /// The block where it begins.
    pub fn entry(&self) -> Block {
        self.layout.first().copied().unwrap_or_else(|| Block::from_u32(0))
    }

    /// Its parameters.
    pub fn params(&self) -> &[Value] {
        self.layout
            .first()
            .filter(|entry| entry.index() < self.blocks.len())
            .map_or(&[], |&entry| &self.block(entry).params)
    }

    /// A value's data.
    pub fn value(&self, value: Value) -> &ValueData {
        &self.values[value.0]
    }

    /// A value's type.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value.0].ty
    }

    /// An instruction's data.
    pub fn inst(&self, inst: Inst) -> &InstData {
        &self.insts[inst.0]
    }

    /// A block's data.
    pub fn block(&self, block: Block) -> &BlockData {
        &self.blocks[block.0]
    }

    /// A block's data, to change.
    pub fn block_mut(&mut self, block: Block) -> &mut BlockData {
        &mut self.blocks[block.0]
    }

    /// The instruction whose result a value is.
    pub fn def(&self, value: Value) -> Option<&InstData> {
        match self.value(value).def {
            ValueDef::Result(inst) => Some(self.inst(inst)),
            ValueDef::Param(_) => None,
        }
    }

    /// Every instruction of the blocks of the layout.
    pub fn placed_insts(&self) -> impl Iterator<Item = &InstData> {
        self.layout.iter().flat_map(|&block| &self.block(block).insts).map(|&inst| self.inst(inst))
    }

    /// The functions that it calls, once for each call.
    pub fn callees(&self) -> impl Iterator<Item = FuncId> {
        self.placed_insts().filter_map(|inst| match inst.immediate {
            Immediate::Func(callee) => Some(callee),
            _ => None,
        })
    }

    /// The map that an iteration visits, or that an element was found in.
    pub fn map_of(&self, value: Value) -> Option<GlobalId> {
        let inst = self.def(value)?;
        match inst.immediate {
            Immediate::Iterate(map, _) => Some(map),
            Immediate::Global(map) if inst.opcode == Opcode::Mfind => Some(map),
            _ => None,
        }
    }

    /// Adds a block behind the others.
    pub fn add_block(&mut self) -> Block {
        let block = Block(self.blocks.alloc(BlockData::default()));
        self.layout.push(block);
        block
    }

    /// Adds a parameter to a block.
    pub fn add_param(&mut self, block: Block, ty: Type, name: Option<&str>) -> Value {
        let name = name.map(Box::from);
        let value = Value(self.values.alloc(ValueData { ty, def: ValueDef::Param(block), name }));
        self.block_mut(block).params.push(value);
        value
    }

    /// Makes an instruction, with a result if it has a type for one, and places it nowhere yet.
    pub fn make_inst(
        &mut self,
        opcode: Opcode,
        immediate: Immediate,
        args: Vec<Value>,
        result: Option<Type>,
        location: Location,
    ) -> Inst {
        let data =
            InstData { opcode, immediate, args, result: None, location, near: None, slot: None };
        let inst = Inst(self.insts.alloc(data));
        if let Some(ty) = result {
            let value =
                Value(self.values.alloc(ValueData { ty, def: ValueDef::Result(inst), name: None }));
            self.insts[inst.0].result = Some(value);
        }
        inst
    }

    /// Makes an instruction at the end of a block.
    pub fn append(
        &mut self,
        block: Block,
        opcode: Opcode,
        immediate: Immediate,
        args: Vec<Value>,
        result: Option<Type>,
        location: Location,
    ) -> Inst {
        let inst = self.make_inst(opcode, immediate, args, result, location);
        self.block_mut(block).insts.push(inst);
        inst
    }

    /// Changes every use of values in the blocks of the layout.
    pub fn map_uses(&mut self, mut map: impl FnMut(Value) -> Value) {
        for index in 0..self.layout.len() {
            let data = &mut self.blocks[self.layout[index].0];
            for inst in &data.insts {
                for arg in &mut self.insts[inst.0].args {
                    *arg = map(*arg);
                }
            }
            if let Some(terminator) = &mut data.terminator {
                terminator.map_uses(&mut map);
            }
        }
    }

    /// The blocks control may go to from `block`: along its edges, then its handler if anything in
    /// it may fault.
    pub fn successors(&self, block: Block) -> Vec<Block> {
        let data = self.block(block);
        let mut successors: Vec<Block> =
            data.terminator.iter().flat_map(Terminator::edges).map(|edge| edge.block).collect();
        if let Some(catch) = data.catch
            && self.may_fault(block)
        {
            successors.push(catch);
        }
        successors
    }

    /// The blocks that handle the faults of others.
    pub fn handlers(&self) -> HashSet<Block> {
        self.layout.iter().filter_map(|&block| self.block(block).catch).collect()
    }

    /// Whether anything in the block may fault, or its end raises.
    pub fn may_fault(&self, block: Block) -> bool {
        let data = self.block(block);
        let faults = |inst: &Inst| self.inst(*inst).opcode.effects().has(crate::Effects::FAULT);
        data.terminator == Some(Terminator::Raise) || data.insts.iter().any(faults)
    }
}
