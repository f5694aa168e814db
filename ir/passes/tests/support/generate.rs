//! Modules made of random bytes that the verifier accepts, in the shapes that lowering makes: locals
//! as values, joins with parameters, loops, iterations, handlers of faults, calls.

mod expressions;

use stapc_ir::{
    Attach, Block, Code, Edge, FuncId, Function, Global, GlobalId, GlobalKind, Histogram,
    Immediate, Location, MapValue, Module, Opcode, Order, OrderBy, Probe, Terminator, Type, Value,
    format::Format,
};

const SMALL: &str = "small";

/// The functions: three of the script's, of which one is small; two handlers.
const FUNCTIONS: [(&str, &[Type], Option<Type>); 5] = [
    ("text", &[Type::I64, Type::Str], Some(Type::Str)),
    ("number", &[Type::I64], Some(Type::I64)),
    (SMALL, &[Type::I64, Type::I64], Some(Type::I64)),
    ("probe.0", &[], None),
    ("probe.1", &[], None),
];

/// A module made of these bytes.
pub fn module(bytes: &[u8]) -> Module {
    let mut module = Module { files: vec!["g.stp".to_owned()], ..Module::default() };
    module.limits.string_max = 12;
    module.limits.max_nesting = 4;
    let map =
        |key, value, capacity, wrap| GlobalKind::Map { keys: vec![key], value, capacity, wrap };
    for (name, kind) in [
        ("n", GlobalKind::I64(3)),
        ("s", GlobalKind::Str("first".into())),
        ("a", GlobalKind::Stat(Histogram::Log)),
        ("m", map(Type::I64, MapValue::I64, 3, false)),
        ("w", map(Type::Str, MapValue::Str, 2, true)),
        ("b", map(Type::I64, MapValue::Stat(Histogram::None), 2, true)),
    ] {
        module.globals.alloc(Global::new(name, kind));
    }
    // Each gets its share of the bytes, handlers too.
    let share = bytes.len().div_ceil(FUNCTIONS.len()).max(1);
    let mut shares = bytes.chunks(share);
    for (name, params, returns) in FUNCTIONS {
        let bytes = shares.next().unwrap_or_default().iter().copied();
        let function = Maker::function(bytes, name, params, returns);
        module.functions.alloc(function);
    }
    for (number, attach) in [Attach::Begin(0), Attach::Entry(Code::of("f"))].into_iter().enumerate()
    {
        let handler = FuncId::from_u32(3 + number as u32);
        module.probes.push(Probe::new(attach, format!("point {number}"), handler));
    }
    module
}

fn global(number: u32) -> Immediate {
    Immediate::Global(GlobalId::from_u32(number))
}

type Bytes<'b> = std::iter::Copied<std::slice::Iter<'b, u8>>;

struct Maker<'b> {
    bytes: Bytes<'b>,
    function: Function,
    block: Block,
    /// Whether control comes to the end of `block`.
    open: bool,
    catch: Option<Block>,
    locals: Vec<Value>,
    /// Where `break` goes, and how many iterations are running there.
    exits: Vec<(Block, usize)>,
    iterations: Vec<Value>,
    depth: usize,
    column: u32,
}

impl<'b> Maker<'b> {
    fn function(bytes: Bytes<'b>, name: &str, params: &[Type], returns: Option<Type>) -> Function {
        let mut function = Function::new(name);
        function.returns = returns;
        let entry = function.entry();
        let mut locals: Vec<Value> =
            params.iter().map(|&ty| function.add_param(entry, ty, Some("p"))).collect();
        let mut maker = Maker {
            bytes,
            function,
            block: entry,
            open: true,
            catch: None,
            locals: Vec::new(),
            exits: Vec::new(),
            iterations: Vec::new(),
            depth: 0,
            column: 0,
        };
        while locals.len() < 5 {
            let ty = if locals.len().is_multiple_of(2) { Type::I64 } else { Type::Str };
            let first = maker.first(ty);
            locals.push(first);
        }
        maker.locals = locals;
        if !params.is_empty() {
            maker.effect(Opcode::Fuel, Immediate::Index(1), vec![]);
        }
        if name == SMALL {
            let args = vec![maker.local(Type::I64), maker.local(Type::I64)];
            maker.locals[0] = maker.value(Opcode::Irem, Immediate::None, args, Type::I64);
        }
        for _ in 0..2 {
            if maker.open && name != SMALL {
                maker.statements();
            }
        }
        maker.leave();
        maker.function
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.bytes.next().unwrap_or(0)) % bound
    }

    fn zero(&mut self, ty: Type) -> Value {
        if ty == Type::Str {
            self.value(Opcode::Sconst, Immediate::Text("".into()), vec![], ty)
        } else {
            self.value(Opcode::Iconst, Immediate::Int(0), vec![], ty)
        }
    }

    /// What a local is at first.
    fn first(&mut self, ty: Type) -> Value {
        let number = self.below(5);
        match ty {
            Type::Str => {
                let text = Immediate::Text("abcde"[number..].into());
                self.value(Opcode::Sconst, text, vec![], ty)
            }
            _ => self.value(Opcode::Iconst, Immediate::Int(number as i64), vec![], ty),
        }
    }

    fn place(&mut self) -> Location {
        self.column += 1;
        Location { file: 0, line: 1, column: self.column }
    }

    fn value(&mut self, opcode: Opcode, immediate: Immediate, args: Vec<Value>, ty: Type) -> Value {
        let location = self.place();
        let inst = self.function.append(self.block, opcode, immediate, args, Some(ty), location);
        self.function.inst(inst).result.unwrap()
    }

    fn effect(&mut self, opcode: Opcode, immediate: Immediate, args: Vec<Value>) {
        let location = self.place();
        self.function.append(self.block, opcode, immediate, args, None, location);
    }

    fn new_block(&mut self) -> Block {
        let block = self.function.add_block();
        self.function.block_mut(block).catch = self.catch;
        block
    }

    /// A block with a parameter for each local.
    fn join(&mut self) -> Block {
        let block = self.new_block();
        for local in self.locals.clone() {
            let ty = self.function.ty(local);
            self.function.add_param(block, ty, Some("j"));
        }
        block
    }

    fn end(&mut self, terminator: Terminator) {
        if self.open {
            self.function.block_mut(self.block).terminator = Some(terminator);
            self.open = false;
        }
    }

    fn go(&mut self, block: Block) {
        let args = self.locals.clone();
        self.end(Terminator::Jump(Edge { block, args }));
    }

    fn enter(&mut self, block: Block) {
        self.block = block;
        self.open = true;
        let params = self.function.block(block).params.clone();
        if !params.is_empty() {
            self.locals = params;
        }
    }

    fn leave(&mut self) {
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

    fn statements(&mut self) {
        self.depth += 1;
        for _ in 0..1 + self.below(4) {
            if self.open {
                self.statement();
            }
        }
        self.depth -= 1;
    }

    fn statement(&mut self) {
        let simple = self.depth > 3;
        match self.below(if simple { 8 } else { 13 }) {
            0 | 1 => self.assign(),
            2 => self.assign(),
            3 => self.print(),
            4 | 5 => self.store(),
            6 => self.call(),
            7 => self.escape(),
            8 => self.branch(),
            9 | 10 => self.turn(),
            11 => self.each(),
            _ => self.attempt(),
        }
    }

    fn assign(&mut self) {
        let at = self.below(self.locals.len());
        self.locals[at] =
            if self.function.ty(self.locals[at]) == Type::Str { self.text(2) } else { self.int(2) };
    }

    /// Makes what locals are visible.
    fn print_locals(&mut self) {
        let args = self.locals.clone();
        let letters =
            args.iter().map(|&arg| if self.function.ty(arg) == Type::Str { "%s," } else { "%d," });
        let format = Format::parse(&letters.collect::<String>()).unwrap();
        self.effect(Opcode::Print, Immediate::Format(format), args);
    }

    fn print(&mut self) {
        let (format, args) = match self.below(4) {
            0 => ("plain 100%%\n", vec![]),
            1 => ("%d,", vec![self.int(2)]),
            2 => ("<%s>%5d", vec![self.text(2), self.int(1)]),
            _ => ("%s", vec![self.text(1)]),
        };
        self.effect(Opcode::Print, Immediate::Format(Format::parse(format).unwrap()), args);
    }

    fn store(&mut self) {
        match self.below(10) {
            0 => {
                let value = self.int(2);
                self.effect(Opcode::Gstore, global(0), vec![value]);
            }
            1 => {
                let value = self.text(2);
                self.effect(Opcode::Gstore, global(1), vec![value]);
            }
            2 => {
                let args = vec![self.int(1), self.int(1)];
                self.effect(Opcode::Mset, global(3), args);
            }
            3 | 4 => {
                let args = vec![self.text(1), self.text(2)];
                self.effect(Opcode::Mset, global(4), args);
            }
            5 => {
                let key = self.int(1);
                self.effect(Opcode::Mdel, global(3), vec![key]);
            }
            6 => {
                let number = 3 + self.below(3) as u32;
                self.effect(Opcode::Mclear, global(number), vec![]);
            }
            7 => {
                let value = self.int(1);
                self.effect(Opcode::AggAdd, global(2), vec![value]);
            }
            8 => {
                let key = self.int(1);
                let old = self.value(Opcode::Mget, global(3), vec![key], Type::I64);
                let by = self.int(1);
                let sum = self.value(Opcode::Iadd, Immediate::None, vec![old, by], Type::I64);
                self.effect(Opcode::Mset, global(3), vec![key, sum]);
            }
            _ => {
                let args = vec![self.int(1), self.int(1)];
                self.effect(Opcode::AggAdd, global(5), args);
            }
        }
    }

    /// A way out: `return`, `break` or `error`.
    fn escape(&mut self) {
        match (self.below(6), self.exits.last().copied()) {
            (0, _) if self.depth > 1 => self.leave(),
            (1, _) if self.catch.is_some() || self.below(4) == 0 => {
                let text = self.text(1);
                self.effect(Opcode::Error, Immediate::None, vec![text]);
            }
            (2 | 3, Some((exit, running))) if running == self.iterations.len() => self.go(exit),
            _ => self.assign(),
        }
    }

    fn branch(&mut self) {
        let condition = self.condition(2);
        let (then, otherwise, join) = (self.new_block(), self.new_block(), self.join());
        self.end(Terminator::Branch(condition, Edge::to(then), Edge::to(otherwise)));
        let before = self.locals.clone();
        self.enter(then);
        self.statements();
        self.go(join);
        self.enter(otherwise);
        self.locals = before;
        if self.below(2) == 0 {
            self.statements();
        }
        self.go(join);
        self.enter(join);
    }

    /// A loop of a few turns.
    fn turn(&mut self) {
        let turns = self.value(Opcode::Iconst, Immediate::Int(3), vec![], Type::I64);
        let (head, exit) = (self.join(), self.join());
        let left = self.function.add_param(head, Type::I64, Some("left"));
        let mut args = self.locals.clone();
        args.push(turns);
        self.end(Terminator::Jump(Edge { block: head, args }));
        self.enter(head);
        self.locals.pop();
        self.effect(Opcode::Fuel, Immediate::Index(1), vec![]);
        let zero = self.zero(Type::I64);
        let more = self.value(Opcode::IcmpGt, Immediate::None, vec![left, zero], Type::Bool);
        let body = self.new_block();
        let at_test = self.locals.clone();
        self.end(Terminator::Branch(more, Edge::to(body), Edge { block: exit, args: at_test }));
        self.enter(body);
        self.exits.push((exit, self.iterations.len()));
        self.statements();
        self.exits.pop();
        if self.open {
            let one = self.value(Opcode::Iconst, Immediate::Int(1), vec![], Type::I64);
            let less = self.value(Opcode::Isub, Immediate::None, vec![left, one], Type::I64);
            let mut args = self.locals.clone();
            args.push(less);
            self.end(Terminator::Jump(Edge { block: head, args }));
        }
        self.enter(exit);
    }

    /// A loop over a map.
    fn each(&mut self) {
        let texts = self.below(2) == 0;
        let map = GlobalId::from_u32(if texts { 4 } else { 3 });
        let limit = self.value(Opcode::Iconst, Immediate::Int(2), vec![], Type::I64);
        let order = Order { by: OrderBy::Value, descending: texts };
        let iteration =
            self.value(Opcode::IterBegin, Immediate::Iterate(map, order), vec![limit], Type::Iter);
        let (head, exit) = (self.join(), self.join());
        self.go(head);
        self.iterations.push(iteration);
        self.enter(head);
        self.effect(Opcode::Fuel, Immediate::Index(1), vec![]);
        let more = self.value(Opcode::IterNext, Immediate::None, vec![iteration], Type::Bool);
        let body = self.new_block();
        let args = self.locals.clone();
        self.end(Terminator::Branch(more, Edge::to(body), Edge { block: exit, args }));
        self.enter(body);
        let ty = if texts { Type::Str } else { Type::I64 };
        let at = usize::from(texts);
        self.locals[at] = self.value(Opcode::IterKey, Immediate::Index(0), vec![iteration], ty);
        self.locals[at + 2] = self.value(Opcode::IterValue, Immediate::None, vec![iteration], ty);
        self.exits.push((exit, self.iterations.len()));
        self.statements();
        self.exits.pop();
        self.go(head);
        self.iterations.pop();
        self.enter(exit);
        self.effect(Opcode::IterEnd, Immediate::None, vec![iteration]);
    }

    /// Statements whose faults are handled.
    fn attempt(&mut self) {
        let (handler, join) = (self.new_block(), self.join());
        let at = self.locals.iter().position(|&local| self.function.ty(local) == Type::Str);
        let outer = self.catch.replace(handler);
        let body = self.new_block();
        self.end(Terminator::Jump(Edge::to(body)));
        let before = self.locals.clone();
        self.enter(body);
        self.statements();
        self.catch = outer;
        self.go(join);
        self.enter(handler);
        self.locals = before;
        if self.below(4) == 0 {
            self.end(Terminator::Raise);
        } else {
            if let Some(at) = at.filter(|_| self.below(2) == 0) {
                self.locals[at] = self.value(Opcode::FaultText, Immediate::None, vec![], Type::Str);
            }
            self.effect(Opcode::FaultEnd, Immediate::None, vec![]);
            self.statements();
            self.go(join);
        }
        self.enter(join);
    }
}
