//! A function that is being made: its blocks, its locals, and the bytes that decide.

use stapc_ir::{
    Block, Edge, Function, GlobalId, Immediate, Location, Module, Opcode, ResultKind, Terminator,
    Type, Value,
};

use super::world::{self, Role, Shape};

/// The locals of a function: integers and strings by turns.
const LOCALS: usize = 5;

pub struct Maker<'m> {
    bytes: &'m [u8],
    pub module: &'m Module,
    pub shape: Shape,
    pub role: Role,
    pub function: Function,
    pub block: Block,
    /// Whether control comes to the end of `block`.
    pub open: bool,
    pub catch: Option<Block>,
    pub locals: Vec<Value>,
    /// Where `break` goes, and how many iterations are running there.
    pub exits: Vec<(Block, usize)>,
    pub iterations: Vec<Value>,
    pub depth: usize,
    column: u32,
}

/// A global as an immediate.
pub fn global(number: u32) -> Immediate {
    Immediate::Global(GlobalId::from_u32(number))
}

impl<'m> Maker<'m> {
    pub fn new(
        module: &'m Module,
        shape: Shape,
        role: Role,
        bytes: &'m [u8],
        name: &str,
        returns: Option<Type>,
    ) -> Self {
        let mut function = Function::new(name);
        function.returns = returns;
        let block = function.entry();
        Self {
            bytes,
            module,
            shape,
            role,
            function,
            block,
            open: true,
            catch: None,
            locals: Vec::new(),
            exits: Vec::new(),
            iterations: Vec::new(),
            depth: 0,
            column: 0,
        }
    }

    /// The whole function.
    pub fn function(mut self, params: &[Type]) -> Function {
        let entry = self.function.entry();
        for &ty in params {
            let param = self.function.add_param(entry, ty, Some("p"));
            self.locals.push(param);
        }
        if self.role == Role::Function {
            self.effect(Opcode::Fuel, Immediate::Index(1), vec![]);
        }
        self.first_locals();
        if self.role == Role::Call {
            self.keep();
        }
        let small = self.is(world::SMALL);
        if small {
            let args = vec![self.local(Type::I64), self.local(Type::I64)];
            self.locals[0] = self.op(Opcode::Irem, args);
        } else if self.is(world::DOWN) {
            self.turn_back();
        } else if self.role != Role::Function {
            self.guard();
        }
        for _ in 0..2 {
            if self.open && !small {
                self.statements();
            }
        }
        self.leave();
        self.function
    }

    /// The function of a condition: whether something that handlers write is more than a number, perhaps divided by
    /// something else that they write.
    pub fn arming(mut self) -> Function {
        let what = self.pick(&[world::NUMBER, world::COUNTER, world::CONSTANT]);
        let mut value = self.on(Opcode::Gload, global(what), vec![]);
        if self.below(3) == 1 {
            let by = self.on(Opcode::Gload, global(world::NUMBER), vec![]);
            value = self.op(Opcode::Idiv, vec![value, by]);
        }
        let most = self.below(5) as i64;
        let most = self.number(most);
        let holds = self.op(Opcode::IcmpGt, vec![value, most]);
        self.effect(Opcode::Arm, Immediate::None, vec![holds]);
        self.end(Terminator::Return(None));
        self.function
    }

    fn first_locals(&mut self) {
        while self.locals.len() < LOCALS {
            let number = self.below(5);
            let local = if self.locals.len().is_multiple_of(2) {
                self.number(number as i64)
            } else {
                self.string(&"abcde"[number..])
            };
            self.locals.push(local);
        }
    }

    /// Whether this is the script's function at a position.
    pub fn is(&self, function: u32) -> bool {
        self.function.name == world::FUNCTIONS[function as usize].0
    }

    pub fn below(&mut self, bound: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first) % bound
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn place(&mut self) -> Location {
        self.column += 1;
        Location { file: 0, line: 1, column: self.column }
    }

    /// An instruction that gives something.
    pub fn value(
        &mut self,
        opcode: Opcode,
        immediate: Immediate,
        args: Vec<Value>,
        ty: Type,
    ) -> Value {
        let location = self.place();
        let inst = self.function.append(self.block, opcode, immediate, args, Some(ty), location);
        if matches!(opcode, Opcode::Idiv | Opcode::Irem) {
            self.function.insts[inst.0].near = Some("operator '/'".into());
        }
        self.function.inst(inst).result.unwrap_or_else(|| Value::from_u32(0))
    }

    /// An instruction of operands only.
    pub fn op(&mut self, opcode: Opcode, args: Vec<Value>) -> Value {
        self.on(opcode, Immediate::None, args)
    }

    /// An instruction whose result the table gives.
    pub fn on(&mut self, opcode: Opcode, immediate: Immediate, args: Vec<Value>) -> Value {
        let ty = match (opcode.info().result, &immediate) {
            (ResultKind::Type(ty), _) => ty,
            (ResultKind::GlobalValue, Immediate::Global(id)) => {
                self.module.global(*id).kind.value_type().unwrap_or(Type::I64)
            }
            (ResultKind::Helper, Immediate::Helper(helper)) => {
                helper.info().returns.unwrap_or(Type::I64)
            }
            _ => Type::I64,
        };
        self.value(opcode, immediate, args, ty)
    }

    pub fn effect(&mut self, opcode: Opcode, immediate: Immediate, args: Vec<Value>) {
        let location = self.place();
        self.function.append(self.block, opcode, immediate, args, None, location);
    }

    pub fn number(&mut self, value: i64) -> Value {
        self.on(Opcode::Iconst, Immediate::Int(value), vec![])
    }

    pub fn string(&mut self, text: &str) -> Value {
        self.on(Opcode::Sconst, Immediate::Text(text.into()), vec![])
    }

    pub fn new_block(&mut self) -> Block {
        let block = self.function.add_block();
        self.function.block_mut(block).catch = self.catch;
        block
    }

    /// A block with a parameter for each local.
    pub fn join(&mut self) -> Block {
        let block = self.new_block();
        for local in self.locals.clone() {
            let ty = self.function.ty(local);
            self.function.add_param(block, ty, Some("j"));
        }
        block
    }

    pub fn end(&mut self, terminator: Terminator) {
        if self.open {
            self.function.block_mut(self.block).terminator = Some(terminator);
            self.open = false;
        }
    }

    /// To a join, or to the head of a loop.
    pub fn go(&mut self, block: Block) {
        let args = self.locals.clone();
        self.end(Terminator::Jump(Edge { block, args }));
    }

    pub fn enter(&mut self, block: Block) {
        self.block = block;
        self.open = true;
        let params = self.function.block(block).params.clone();
        if !params.is_empty() {
            self.locals = params;
        }
    }

    /// Two blocks to go to by a condition.
    pub fn split(&mut self, condition: Value) -> (Block, Block) {
        let (then, otherwise) = (self.new_block(), self.new_block());
        self.end(Terminator::Branch(condition, Edge::to(then), Edge::to(otherwise)));
        (then, otherwise)
    }

    pub fn leave(&mut self) {
        if !self.open {
            return;
        }
        self.print_locals();
        let value = match self.function.returns {
            Some(Type::Str) => Some(self.text(1)),
            Some(_) => Some(self.int(1)),
            None => None,
        };
        for iteration in self.iterations.clone().into_iter().rev() {
            self.effect(Opcode::IterEnd, Immediate::None, vec![iteration]);
        }
        self.end(Terminator::Return(value));
    }
}
