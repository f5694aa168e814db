//! A body being lowered: the block control is in, and the value of each local there.

use stapc_diagnostics::{Diagnostic, SourceMap, Span};
use stapc_ir::{
    Block, Edge, Effects, Function, Immediate, Inst, Location, Opcode, Terminator, Type, Value,
};
use stapc_sema::hir;

use crate::{attempts::Attempt, places::Places, uses};

/// What all bodies are lowered with.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub program: &'a hir::Program,
    pub sources: &'a SourceMap,
    pub places: &'a Places,
}

/// The state of lowering one body.
pub struct Lower<'a> {
    pub given: Given<'a>,
    pub function: Function,
    /// Where control is; `None` behind a `return`, `break` and the like.
    pub block: Option<Block>,
    /// What each local is now; of those that nothing reads, what it was at the start.
    pub locals: Vec<Value>,
    /// Whether anything reads a local.
    pub read: Vec<bool>,
    /// Whether it writes to registers, so that they may differ at each look.
    pub writes_registers: bool,
    pub names: Vec<hir::Local>,
    pub loops: Vec<Loop>,
    /// The iterations that are running, the innermost last.
    pub iterations: Vec<Value>,
    /// The `try` bodies around what is being lowered, the innermost last.
    pub attempts: Vec<Attempt>,
    /// The place of what is being lowered.
    pub location: Location,
    /// What is not supported.
    found: &'a mut Vec<Diagnostic>,
}

/// A loop around what is being lowered.
pub struct Loop {
    /// Where `continue` goes.
    pub next: Join,
    /// Where `break` goes.
    pub exit: Join,
}

/// A block that several paths lead to, with a parameter for each of these locals.
#[derive(Clone)]
pub struct Join {
    pub block: Block,
    pub locals: Vec<usize>,
}

/// The end of a path of control.
pub struct End {
    pub block: Block,
    pub locals: Vec<Value>,
    /// What the path gives, if it is a part of an expression.
    pub value: Option<Value>,
}

static NOTHING: hir::Body = hir::Body { locals: Vec::new(), statements: Vec::new() };

impl<'a> Lower<'a> {
    /// The function of a script function.
    pub fn function(
        given: Given<'a>,
        name: String,
        function: &'a hir::Function,
        body: &'a hir::Body,
        found: &'a mut Vec<Diagnostic>,
    ) -> Function {
        let mut lower = Self::new(given, name, body, found);
        lower.function.returns = function.returns;
        lower.at(function.span);
        let entry = lower.function.entry();
        let (params, others) = body.locals.split_at(function.params);
        for param in params {
            let value = lower.function.add_param(entry, param.ty, Some(&param.name));
            lower.locals.push(value);
        }
        lower.fuel(format!("identifier '{}'", function.name));
        lower.finish(others, &body.statements)
    }

    /// The function that handles a probe.
    pub fn handler(
        given: Given<'a>,
        name: String,
        probe: &'a hir::Probe,
        found: &'a mut Vec<Diagnostic>,
    ) -> Function {
        let mut lower = Self::new(given, name, &probe.body, found);
        if let Some(condition) = &probe.condition {
            let (then, otherwise) = lower.branch_on(&condition.expr);
            lower.block = Some(otherwise);
            lower.end(Terminator::Return(None));
            lower.block = Some(then);
        }
        lower.finish(&probe.body.locals, &probe.body.statements)
    }

    /// The function that says whether a condition holds.
    pub fn arming(
        given: Given<'a>,
        name: String,
        condition: &'a hir::Expr,
        found: &'a mut Vec<Diagnostic>,
    ) -> Function {
        let mut lower = Self::new(given, name, &NOTHING, found);
        let holds = lower.condition(condition);
        lower.effect(Opcode::Arm, Immediate::None, vec![holds]);
        lower.finish(&[], &[])
    }

    /// The function that keeps what a probe of a return needs of the call.
    pub fn keeper(
        given: Given<'a>,
        name: String,
        probe: &'a hir::Probe,
        found: &'a mut Vec<Diagnostic>,
    ) -> Function {
        let mut lower = Self::new(given, name, &NOTHING, found);
        for (position, kept) in probe.kept.iter().enumerate() {
            let value = lower.operand(kept);
            lower.at(kept.span);
            let opcode = if kept.ty == Some(Type::Str) { Opcode::KeepStr } else { Opcode::Keep };
            lower.effect(opcode, Immediate::Index(position as u32), vec![value]);
        }
        lower.finish(&[], &[])
    }

    pub fn new(
        given: Given<'a>,
        name: String,
        body: &'a hir::Body,
        found: &'a mut Vec<Diagnostic>,
    ) -> Self {
        let function = Function::new(name);
        let block = Some(function.entry());
        Self {
            given,
            function,
            block,
            locals: Vec::new(),
            read: uses::read(body),
            writes_registers: uses::writes_registers(body),
            names: body.locals.clone(),
            loops: Vec::new(),
            iterations: Vec::new(),
            attempts: Vec::new(),
            location: Location::default(),
            found,
        }
    }

    fn finish(mut self, others: &[hir::Local], statements: &[hir::Stmt]) -> Function {
        for local in others {
            let value = self.zero(local.ty);
            self.locals.push(value);
        }
        self.statements(statements);
        if self.block.is_some() {
            let value = self.function.returns.map(|ty| self.zero(ty));
            self.end(Terminator::Return(value));
        }
        self.function
    }

    /// 0 or the empty string.
    pub fn zero(&mut self, ty: Type) -> Value {
        if ty == Type::Str { self.text(b"") } else { self.int(0) }
    }

    pub fn int(&mut self, value: i64) -> Value {
        self.value(Opcode::Iconst, Immediate::Int(value), Vec::new(), Type::I64)
    }

    pub fn text(&mut self, text: &[u8]) -> Value {
        self.value(Opcode::Sconst, Immediate::Text(text.into()), Vec::new(), Type::Str)
    }

    pub fn bool(&mut self, value: bool) -> Value {
        self.value(Opcode::Bconst, Immediate::Index(value.into()), Vec::new(), Type::Bool)
    }

    /// Says that something is not supported; 0 or the empty string stands for it.
    pub fn unsupported(&mut self, what: &str, span: Span, ty: Option<Type>) -> Value {
        self.refuse(what, span);
        self.zero(ty.unwrap_or(Type::I64))
    }

    /// Says that something is not supported.
    pub fn refuse(&mut self, what: &str, span: Span) {
        self.found.push(Diagnostic::unsupported(what, span));
    }

    /// An instruction whose result is of this type.
    pub fn value(
        &mut self,
        opcode: Opcode,
        immediate: Immediate,
        args: Vec<Value>,
        ty: Type,
    ) -> Value {
        let block = self.block_for(opcode);
        let inst = self.function.append(block, opcode, immediate, args, Some(ty), self.location);
        self.result(inst)
    }

    /// The place for the cost of a loop or of a call, to be told and moved by later passes; messages
    /// call it `near`.
    pub fn fuel(&mut self, near: String) {
        let inst = self.effect(Opcode::Fuel, Immediate::Index(1), Vec::new());
        self.near_inst(inst, near);
    }

    /// An instruction without operands beside these, of the integer type.
    pub fn integer(&mut self, opcode: Opcode, args: Vec<Value>) -> Value {
        self.value(opcode, Immediate::None, args, Type::I64)
    }

    /// An instruction without a result.
    pub fn effect(&mut self, opcode: Opcode, immediate: Immediate, args: Vec<Value>) -> Inst {
        let block = self.block_for(opcode);
        self.function.append(block, opcode, immediate, args, None, self.location)
    }

    /// The block that an instruction goes to.
    fn block_for(&mut self, opcode: Opcode) -> Block {
        if opcode.effects().has(Effects::FAULT) {
            self.guard();
        }
        self.current()
    }

    /// The result of an instruction that has one.
    fn result(&self, inst: Inst) -> Value {
        // `make_inst` gives a result to what it is told a type for.
        self.function.inst(inst).result.unwrap_or_else(|| Value::from_u32(0))
    }

    /// Says how messages call what the instruction of this value, or this instruction, stands for.
    pub fn near_inst(&mut self, inst: Inst, near: String) {
        self.function.insts[inst.0].near = Some(near.into());
    }

    pub fn near(&mut self, value: Value, near: String) -> Value {
        if let stapc_ir::ValueDef::Result(inst) = self.function.value(value).def {
            self.near_inst(inst, near);
        }
        value
    }

    /// From now on, what is lowered stands here.
    pub fn at(&mut self, span: Span) {
        self.location = self.given.places.location(self.given.sources, span);
    }

    /// The block control is in; behind the end of all paths, a new one that nothing leads to.
    pub fn current(&mut self) -> Block {
        match self.block {
            Some(block) => block,
            None => {
                let block = self.function.add_block();
                self.block = Some(block);
                block
            }
        }
    }

    /// Ends the block.
    pub fn end(&mut self, terminator: Terminator) {
        let block = self.current();
        self.function.block_mut(block).terminator = Some(terminator);
        self.block = None;
    }

    /// Goes on in a new block.
    pub fn in_new_block(&mut self) {
        if self.block.is_some() {
            let block = self.function.add_block();
            self.end(Terminator::Jump(Edge::to(block)));
            self.block = Some(block);
        }
    }

    /// Branches to two new blocks.
    pub fn branch(&mut self, condition: Value) -> (Block, Block) {
        let (then, otherwise) = (self.function.add_block(), self.function.add_block());
        self.end(Terminator::Branch(condition, Edge::to(then), Edge::to(otherwise)));
        (then, otherwise)
    }

    /// A new block with a parameter for each of the locals that something reads.
    pub fn join(&mut self, mut locals: Vec<usize>) -> Join {
        let block = self.function.add_block();
        locals.retain(|&local| self.read[local]);
        for &local in &locals {
            let hir::Local { name, ty } = &self.names[local];
            self.function.add_param(block, *ty, Some(name));
        }
        Join { block, locals }
    }

    /// Goes to a join with the locals as they are.
    pub fn go(&mut self, join: &Join) {
        if self.block.is_some() {
            let args = join.locals.iter().map(|&local| self.locals[local]).collect();
            self.end(Terminator::Jump(Edge { block: join.block, args }));
        }
    }

    /// Continues in a join; `others` is what locals are that it has no parameters for.
    pub fn enter(&mut self, join: &Join, others: &[Value]) {
        self.block = Some(join.block);
        self.locals = others.to_vec();
        for (index, &local) in join.locals.iter().enumerate() {
            self.locals[local] = self.function.block(join.block).params[index];
        }
    }

    /// The end of a path, if control comes to it; control is nowhere then.
    pub fn leave(&mut self, value: Option<Value>) -> Option<End> {
        let block = self.block.take()?;
        Some(End { block, locals: self.locals.clone(), value })
    }

    /// Continues where several paths join. If each gives a value, the join's is given.
    pub fn meet(&mut self, mut ends: Vec<End>) -> Option<Value> {
        let last = ends.pop()?;
        if ends.is_empty() {
            (self.block, self.locals) = (Some(last.block), last.locals);
            return last.value;
        }
        let differs =
            |&local: &usize| ends.iter().any(|end| end.locals[local] != last.locals[local]);
        let join = self.join((0..last.locals.len()).filter(differs).collect());
        let given = last.value.filter(|_| ends.iter().all(|end| end.value.is_some()));
        let value =
            given.map(|value| self.function.add_param(join.block, self.function.ty(value), None));
        for end in ends.iter().chain([&last]) {
            let mut args: Vec<Value> = join.locals.iter().map(|&local| end.locals[local]).collect();
            args.extend(value.and(end.value));
            let jump = Terminator::Jump(Edge { block: join.block, args });
            self.function.block_mut(end.block).terminator = Some(jump);
        }
        self.enter(&join, &last.locals);
        value
    }

    /// Lowers two paths that start in these blocks, and continues where they join. Each may give a
    /// value; if both do, the join's is given.
    pub fn either(
        &mut self,
        (first, second): (Block, Block),
        then: impl FnOnce(&mut Self) -> Option<Value>,
        otherwise: impl FnOnce(&mut Self) -> Option<Value>,
    ) -> Option<Value> {
        let before = self.locals.clone();
        self.block = Some(first);
        let value = then(self);
        let first_end = self.leave(value);
        self.locals = before;
        self.block = Some(second);
        let value = otherwise(self);
        let second_end = self.leave(value);
        self.meet(first_end.into_iter().chain(second_end).collect())
    }
}
