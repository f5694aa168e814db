//! Handlers of about so many instructions, each of one shape.

use stapc_ir::{
    Attach, Block, Edge, FuncId, Function, Global, GlobalId, GlobalKind, Immediate, Location,
    MapValue, Module, Opcode, Probe, Terminator, Type, Value, format::Format,
};

/// A shape, and how a handler of it is made.
pub type Shape = (&'static str, fn(usize) -> Module);

/// Every shape.
pub const SHAPES: [Shape; 8] = [
    ("straight", straight),
    ("ifs", ifs),
    ("loops", loops),
    ("nested ifs", nested_ifs),
    ("nested loops", nested_loops),
    ("strings", strings),
    ("maps", maps),
    ("tries", tries),
];

/// Globals that a shape uses in turn, for each so many instructions.
const INSTRUCTIONS_PER_GLOBAL: usize = 50;

/// A handler while it is made: a block that is open at its end.
struct Maker {
    module: Module,
    function: Function,
    block: Block,
    catch: Option<Block>,
}

impl Maker {
    fn new() -> Self {
        let function = Function::new("probe.0");
        let block = function.entry();
        Self { module: Module::default(), function, block, catch: None }
    }

    fn global(&mut self, kind: GlobalKind) -> Immediate {
        let number = self.module.globals.len() as u32;
        self.module.globals.alloc(Global::new(format!("g{number}"), kind));
        Immediate::Global(GlobalId::from_u32(number))
    }

    fn inst(
        &mut self,
        opcode: Opcode,
        immediate: Immediate,
        args: Vec<Value>,
        ty: Option<Type>,
    ) -> Option<Value> {
        let location = Location { file: 0, line: 1, column: 1 };
        let inst = self.function.append(self.block, opcode, immediate, args, ty, location);
        self.function.inst(inst).result
    }

    fn value(&mut self, opcode: Opcode, immediate: Immediate, args: Vec<Value>, ty: Type) -> Value {
        self.inst(opcode, immediate, args, Some(ty)).unwrap_or_else(|| Value::from_u32(0))
    }

    fn int(&mut self, value: i64) -> Value {
        self.value(Opcode::Iconst, Immediate::Int(value), Vec::new(), Type::I64)
    }

    fn binary(&mut self, opcode: Opcode, first: Value, second: Value) -> Value {
        self.value(opcode, Immediate::None, vec![first, second], Type::I64)
    }

    fn load(&mut self, global: &Immediate) -> Value {
        self.value(Opcode::Gload, global.clone(), Vec::new(), Type::I64)
    }

    fn less(&mut self, first: Value, second: Value) -> Value {
        self.value(Opcode::IcmpLt, Immediate::None, vec![first, second], Type::Bool)
    }

    fn new_block(&mut self) -> Block {
        let block = self.function.add_block();
        self.function.block_mut(block).catch = self.catch;
        block
    }

    fn end(&mut self, terminator: Terminator, next: Block) {
        self.function.block_mut(self.block).terminator = Some(terminator);
        self.block = next;
    }

    fn finish(mut self) -> Module {
        self.function.block_mut(self.block).terminator = Some(Terminator::Return(None));
        self.module.files.push("a.stp".to_owned());
        self.module.functions.alloc(self.function);
        self.module.probes.push(Probe::new(Attach::Begin(0), "begin", FuncId::from_u32(0)));
        self.module
    }
}

fn straight(size: usize) -> Module {
    let mut maker = Maker::new();
    let globals: Vec<Immediate> =
        (0..8).map(|number| maker.global(GlobalKind::I64(number))).collect();
    for turn in 0..size / 5 {
        let global = &globals[turn % 8];
        let (old, by) = (maker.load(global), maker.int(turn as i64 % 100));
        let product = maker.binary(Opcode::Imul, old, by);
        let sum = maker.binary(Opcode::Iadd, product, old);
        maker.inst(Opcode::Gstore, global.clone(), vec![sum], None);
    }
    maker.finish()
}

/// `if (a < b) n += 1`, with locals that go through each join.
fn ifs(size: usize) -> Module {
    let mut maker = Maker::new();
    let globals: Vec<Immediate> = (0..size.div_ceil(INSTRUCTIONS_PER_GLOBAL))
        .map(|_| maker.global(GlobalKind::I64(0)))
        .collect();
    let mut local = maker.int(0);
    for turn in 0..size / 7 {
        let global = globals[turn % globals.len()].clone();
        let old = maker.load(&global);
        let bound = maker.int(turn as i64);
        let condition = maker.less(old, bound);
        let (then, join) = (maker.new_block(), maker.new_block());
        let kept = Edge { block: join, args: vec![local] };
        maker.end(Terminator::Branch(condition, Edge::to(then), kept), then);
        let one = maker.int(1);
        let sum = maker.binary(Opcode::Iadd, local, one);
        maker.inst(Opcode::Gstore, global, vec![sum], None);
        maker.end(Terminator::Jump(Edge { block: join, args: vec![sum] }), join);
        local = maker.function.add_param(join, Type::I64, Some("local"));
    }
    let global = maker.global(GlobalKind::I64(0));
    maker.inst(Opcode::Gstore, global, vec![local], None);
    maker.finish()
}

/// `for (i = 0; i < n; i++) m += i`.
fn loops(size: usize) -> Module {
    let mut maker = Maker::new();
    let globals = [0, 1].map(|number| maker.global(GlobalKind::I64(number)));
    for _ in 0..size / 10 {
        let exit = open_loop(&mut maker, &globals);
        close_loop(&mut maker, exit);
    }
    maker.finish()
}

/// What closes a loop: its head, the block behind it, what it counts.
type OpenLoop = (Block, Block, Value);

fn open_loop(maker: &mut Maker, globals: &[Immediate; 2]) -> OpenLoop {
    let start = maker.int(0);
    let (head, body, exit) = (maker.new_block(), maker.new_block(), maker.new_block());
    maker.end(Terminator::Jump(Edge { block: head, args: vec![start] }), head);
    let count = maker.function.add_param(head, Type::I64, Some("i"));
    maker.inst(Opcode::Fuel, Immediate::Index(1), Vec::new(), None);
    let bound = maker.load(&globals[0]);
    let more = maker.less(count, bound);
    maker.end(Terminator::Branch(more, Edge::to(body), Edge::to(exit)), body);
    let old = maker.load(&globals[1]);
    let sum = maker.binary(Opcode::Iadd, old, count);
    maker.inst(Opcode::Gstore, globals[1].clone(), vec![sum], None);
    (head, exit, count)
}

fn close_loop(maker: &mut Maker, (head, exit, count): OpenLoop) {
    let one = maker.int(1);
    let next = maker.binary(Opcode::Iadd, count, one);
    maker.end(Terminator::Jump(Edge { block: head, args: vec![next] }), exit);
}

/// Ifs in ifs, a tenth as deep as there are instructions.
fn nested_ifs(size: usize) -> Module {
    let mut maker = Maker::new();
    let global = maker.global(GlobalKind::I64(0));
    let depth = size / 10;
    let mut joins = Vec::new();
    let mut local = maker.int(1);
    for level in 0..depth {
        let (old, bound) = (maker.load(&global), maker.int(level as i64));
        let condition = maker.less(old, bound);
        let (then, join) = (maker.new_block(), maker.new_block());
        let kept = Edge { block: join, args: vec![local] };
        maker.end(Terminator::Branch(condition, Edge::to(then), kept), then);
        local = maker.binary(Opcode::Iadd, local, bound);
        joins.push(join);
    }
    while let Some(join) = joins.pop() {
        maker.end(Terminator::Jump(Edge { block: join, args: vec![local] }), join);
        local = maker.function.add_param(join, Type::I64, Some("local"));
        let five = maker.int(5);
        let less = maker.binary(Opcode::Isub, local, five);
        maker.inst(Opcode::Gstore, global.clone(), vec![less], None);
    }
    maker.finish()
}

/// Loops in loops, a tenth as deep as there are instructions.
fn nested_loops(size: usize) -> Module {
    let mut maker = Maker::new();
    let globals = [0, 1].map(|number| maker.global(GlobalKind::I64(number)));
    let mut open: Vec<OpenLoop> = (0..size / 10).map(|_| open_loop(&mut maker, &globals)).collect();
    while let Some(exit) = open.pop() {
        close_loop(&mut maker, exit);
    }
    maker.finish()
}

/// Strings made of strings, kept in locals through joins, and printed.
fn strings(size: usize) -> Module {
    let mut maker = Maker::new();
    let globals: Vec<Immediate> = (0..size.div_ceil(INSTRUCTIONS_PER_GLOBAL))
        .map(|_| maker.global(GlobalKind::Str("a".into())))
        .collect();
    let name = maker.value(Opcode::Execname, Immediate::None, Vec::new(), Type::Str);
    let mut local = name;
    for turn in 0..size / 8 {
        let global = globals[turn % globals.len()].clone();
        let old = maker.value(Opcode::Gload, global.clone(), Vec::new(), Type::Str);
        let text = maker.value(Opcode::Sconst, Immediate::Text("-".into()), Vec::new(), Type::Str);
        let both = maker.value(Opcode::Sconcat, Immediate::None, vec![old, text], Type::Str);
        let condition = maker.value(Opcode::ScmpEq, Immediate::None, vec![both, local], Type::Bool);
        let (then, join) = (maker.new_block(), maker.new_block());
        let kept = Edge { block: join, args: vec![local] };
        maker.end(Terminator::Branch(condition, Edge::to(then), kept), then);
        let longer = maker.value(Opcode::Sconcat, Immediate::None, vec![both, name], Type::Str);
        maker.inst(Opcode::Gstore, global, vec![longer], None);
        if let Ok(format) = Format::parse("%s %s\n") {
            maker.inst(Opcode::Print, Immediate::Format(format), vec![old, longer], None);
        }
        maker.end(Terminator::Jump(Edge { block: join, args: vec![both] }), join);
        local = maker.function.add_param(join, Type::Str, Some("text"));
    }
    maker.inst(Opcode::Log, Immediate::None, vec![local], None);
    maker.finish()
}

/// `m[pid()] += n; if (tid() in m) delete m[tid()]` of many maps.
fn maps(size: usize) -> Module {
    let mut maker = Maker::new();
    let map =
        |wrap| GlobalKind::Map { keys: vec![Type::I64], value: MapValue::I64, capacity: 16, wrap };
    let globals: Vec<Immediate> = (0..size.div_ceil(INSTRUCTIONS_PER_GLOBAL))
        .map(|number| maker.global(map(number % 2 == 0)))
        .collect();
    for turn in 0..size / 9 {
        let global = globals[turn % globals.len()].clone();
        let key = maker.value(Opcode::Pid, Immediate::None, Vec::new(), Type::I64);
        let old = maker.value(Opcode::Mget, global.clone(), vec![key], Type::I64);
        let by = maker.int(turn as i64);
        let sum = maker.binary(Opcode::Iadd, old, by);
        maker.inst(Opcode::Mset, global.clone(), vec![key, sum], None);
        let other = maker.value(Opcode::Tid, Immediate::None, Vec::new(), Type::I64);
        let there = maker.value(Opcode::Mhas, global.clone(), vec![other], Type::Bool);
        let (then, join) = (maker.new_block(), maker.new_block());
        maker.end(Terminator::Branch(there, Edge::to(then), Edge::to(join)), then);
        maker.inst(Opcode::Mdel, global, vec![other], None);
        maker.end(Terminator::Jump(Edge::to(join)), join);
    }
    maker.finish()
}

/// `try { n = a / n } catch { log(…) }`, every tenth of them around the next ones.
fn tries(size: usize) -> Module {
    let mut maker = Maker::new();
    let globals = [0, 1].map(|number| maker.global(GlobalKind::I64(number)));
    for turn in 0..size / 8 {
        if turn % 10 == 0 {
            // What follows is handled by a block of its own, up to the next of these.
            let next = maker.new_block();
            let outer = maker.function.add_block();
            maker.catch = Some(outer);
            maker.function.block_mut(outer).insts = Vec::new();
            let here = std::mem::replace(&mut maker.block, outer);
            maker.inst(Opcode::FaultEnd, Immediate::None, Vec::new(), None);
            maker.end(Terminator::Return(None), here);
            maker.end(Terminator::Jump(Edge::to(next)), next);
            maker.function.block_mut(next).catch = Some(outer);
        }
        let (outer, handler) = (maker.catch, maker.new_block());
        let (body, join) = (maker.function.add_block(), maker.new_block());
        maker.function.block_mut(body).catch = Some(handler);
        maker.end(Terminator::Jump(Edge::to(body)), body);
        let (first, second) = (maker.load(&globals[0]), maker.load(&globals[1]));
        let quotient = maker.binary(Opcode::Idiv, first, second);
        maker.inst(Opcode::Gstore, globals[turn % 2].clone(), vec![quotient], None);
        maker.end(Terminator::Jump(Edge::to(join)), handler);
        let text = maker.value(Opcode::FaultText, Immediate::None, Vec::new(), Type::Str);
        maker.inst(Opcode::FaultEnd, Immediate::None, Vec::new(), None);
        maker.inst(Opcode::Log, Immediate::None, vec![text], None);
        maker.end(Terminator::Jump(Edge::to(join)), join);
        maker.catch = outer;
    }
    maker.finish()
}
