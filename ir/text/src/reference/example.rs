//! An example of each instruction: found by trying places and globals until the verifier is content.

use stapc_ir::{
    Attach, Block, Code, Edge, External, Form, FuncId, Function, Global, GlobalId, GlobalKind,
    Helper, Histogram, Immediate, ImmediateKind, Inst, InstData, Location, LockMode, MapValue,
    Module, OPCODES, Opcode, Order, OrderBy, Probe, Stage, Terminator, Type, Value, ValueDef,
    format::Format, operand_types, print_function, result_type, verify,
};

/// A module in order with an instruction in it, and the line of its text that is the instruction.
#[derive(Debug, Clone)]
pub struct Example {
    /// The module.
    pub module: Module,
    /// Without indentation.
    pub line: String,
}

/// An example of an instruction; none if it stands in no place that this module tries.
pub fn example(opcode: Opcode) -> Option<Example> {
    let attaches = [Attach::TimerNs(1_000_000, 0), Attach::Begin(0)];
    let places = [Place::Plain, Place::Handler, Place::HandlerOfEnded, Place::Element];
    let ids = (0..globals().len() as u32).map(GlobalId::from_u32);
    let mut tries = ids.flat_map(|global| {
        let places = attaches.iter().flat_map(move |attach| places.map(|place| (attach, place)));
        places.map(move |(attach, place)| (global, attach.clone(), place))
    });
    tries.find_map(|(global, attach, place)| {
        let mut module = Module { files: vec!["example.stp".to_owned()], ..Module::default() };
        module.globals.extend(globals());
        module.externals.push(external());
        module.functions.alloc(callee());
        let mut writer = Writer { module: &module, function: Function::new("probe.0"), global };
        let inst = writer.example(opcode, place)?;
        let function = writer.function;
        let handler = FuncId(module.functions.alloc(function));
        match partner(&module, opcode) {
            Some(partner) => {
                let partner = FuncId(module.functions.alloc(partner));
                module.probes.extend(pair(opcode, handler, partner));
            }
            None => {
                let attach =
                    if opcode == Opcode::Arm { Attach::Condition(0) } else { attach.clone() };
                module.probes.push(Probe::new(attach, "example", handler));
            }
        }
        verify(&module, Stage::Lowered).ok()?;
        let line = line(&module, module.function(handler), inst)?;
        Some(Example { module, line })
    })
}

/// The handler that an instruction needs beside its own, if it needs one: that of a return which
/// reads nothing, or of a call which keeps what is read.
fn partner(module: &Module, opcode: Opcode) -> Option<Function> {
    let keeps = match opcode {
        Opcode::Keep | Opcode::KeepStr => None,
        Opcode::Kept => Some(Opcode::Keep),
        Opcode::KeptStr => Some(Opcode::KeepStr),
        _ => return None,
    };
    let global = GlobalId::from_u32(0);
    let mut writer = Writer { module, function: Function::new("probe.1"), global };
    let entry = writer.function.entry();
    if let Some(keep) = keeps {
        writer.write(entry, keep)?;
    }
    writer.end(entry, Terminator::Return(None));
    Some(writer.function)
}

/// The probes of a call and of its return, where the partner is one of their handlers.
fn pair(opcode: Opcode, handler: FuncId, partner: FuncId) -> [Probe; 2] {
    let code = Code::of("vfs_read");
    let keeps = matches!(opcode, Opcode::Keep | Opcode::KeepStr);
    let (call, back) = if keeps { (handler, partner) } else { (partner, handler) };
    [(Attach::Call(code.clone()), call), (Attach::Return(code, 0), back)]
        .map(|(attach, handler)| Probe::new(attach, "example", handler))
}

/// Where an instruction is tried.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the entry.
    Plain,
    /// In a block that handles a fault, which goes on.
    Handler,
    /// In one where it ends.
    HandlerOfEnded,
    /// Where an iteration is at an element.
    Element,
}

/// One of each kind.
fn globals() -> [Global; 7] {
    let map = |keys: &[Type], value| GlobalKind::Map {
        keys: keys.to_vec(),
        value,
        capacity: 2048,
        wrap: false,
    };
    let percpu = |name, kind| Global { percpu: true, ..Global::new(name, kind) };
    [
        Global::new("n", GlobalKind::I64(0)),
        Global::new("counts", map(&[Type::I64, Type::Str], MapValue::I64)),
        Global::new("sizes", GlobalKind::Stat(Histogram::Log)),
        Global::new("name", GlobalKind::Str("".into())),
        percpu("hits", GlobalKind::I64(0)),
        percpu("hits_by", map(&[Type::I64], MapValue::I64)),
        percpu("times", GlobalKind::Stat(Histogram::None)),
    ]
}

/// What the example of `extern` calls.
fn external() -> External {
    External {
        name: "text".to_owned(),
        form: Form::Function,
        params: vec![("a".to_owned(), Type::I64)],
        returns: Some(Type::I64),
        globals: Vec::new(),
        code: "STAP_RETVALUE = STAP_ARG_a + 1;".into(),
        location: Location::default(),
    }
}

/// What the example of `call` calls.
fn callee() -> Function {
    let mut function = Function::new("half");
    let entry = function.entry();
    let param = function.add_param(entry, Type::I64, None);
    function.returns = Some(Type::I64);
    function.block_mut(entry).terminator = Some(Terminator::Return(Some(param)));
    function
}

/// The line that an instruction is: the one that only its function has with it.
fn line(module: &Module, function: &Function, inst: Inst) -> Option<String> {
    let mut marked = function.clone();
    marked.insts[inst.0].near = Some("this".into());
    let text = print_function(module, &marked);
    text.lines().find_map(|line| Some(line.trim().strip_suffix(" near \"this\"")?.to_owned()))
}

struct Writer<'a> {
    module: &'a Module,
    function: Function,
    /// What instructions on globals work on.
    global: GlobalId,
}

impl Writer<'_> {
    fn example(&mut self, opcode: Opcode, place: Place) -> Option<Inst> {
        let entry = self.function.entry();
        for value in [7, 3] {
            self.append(entry, Opcode::Iconst, Immediate::Int(value), Vec::new());
        }
        for text in ["one", "two"] {
            self.append(entry, Opcode::Sconst, Immediate::Text(text.into()), Vec::new());
        }
        match place {
            Place::Plain => {
                let inst = self.write(entry, opcode)?;
                self.end(entry, Terminator::Return(None));
                Some(inst)
            }
            Place::Handler => self.in_handler(opcode, Terminator::Raise),
            Place::HandlerOfEnded => self.in_handler(opcode, Terminator::Return(None)),
            Place::Element => self.at_element(opcode),
        }
    }

    fn in_handler(&mut self, opcode: Opcode, end: Terminator) -> Option<Inst> {
        let entry = self.function.entry();
        let handler = self.function.add_block();
        self.write(entry, Opcode::Error)?;
        self.function.block_mut(entry).catch = Some(handler);
        self.end(entry, Terminator::Return(None));
        let inst = self.write(handler, opcode)?;
        self.end(handler, end);
        Some(inst)
    }

    fn at_element(&mut self, opcode: Opcode) -> Option<Inst> {
        let entry = self.function.entry();
        let [head, body, out] = [(); 3].map(|()| self.function.add_block());
        let begin = self.write(entry, Opcode::IterBegin)?;
        let iteration = self.function.inst(begin).result?;
        self.end(entry, Terminator::Jump(Edge::to(head)));
        let next = self.append(head, Opcode::IterNext, Immediate::None, vec![iteration]);
        let found = self.function.inst(next?).result?;
        self.end(head, Terminator::Branch(found, Edge::to(body), Edge::to(out)));
        let inst = self.write(body, opcode)?;
        self.end(body, Terminator::Jump(Edge::to(head)));
        self.append(out, Opcode::IterEnd, Immediate::None, vec![iteration]);
        self.end(out, Terminator::Return(None));
        Some(inst)
    }

    /// An instruction with whatever it carries and takes.
    fn write(&mut self, block: Block, opcode: Opcode) -> Option<Inst> {
        let immediate = self.immediate(opcode);
        let types =
            operand_types(self.module, &data(opcode, immediate.clone(), Vec::new())).ok()?;
        let mut args = Vec::new();
        for (at, ty) in types.iter().enumerate() {
            let before = types[..at].iter().filter(|other| *other == ty).count();
            args.push(self.value(block, *ty, before)?);
        }
        self.append(block, opcode, immediate, args)
    }

    /// The value of a type at this position among them, from the start again behind the last; if there
    /// is none, the result of the first instruction that gives one.
    fn value(&mut self, block: Block, ty: Type, position: usize) -> Option<Value> {
        let there = |function: &Function| -> Vec<Value> {
            let values = function.values.iter().filter(|(_, data)| data.ty == ty);
            values.map(|(value, _)| Value(value)).collect()
        };
        let known = there(&self.function);
        if let Some(value) = known.get(position % known.len().max(1)) {
            return Some(*value);
        }
        let gives = |opcode: Opcode| opcode.info().result == stapc_ir::ResultKind::Type(ty);
        let maker = OPCODES.iter().map(|info| info.opcode).find(|&opcode| gives(opcode))?;
        let inst = self.write(block, maker)?;
        self.function.inst(inst).result
    }

    fn immediate(&self, opcode: Opcode) -> Immediate {
        let kind = opcode.info().immediate;
        match kind {
            ImmediateKind::Helper => Helper::all()
                .find(|helper| helper.info().class.opcode() == opcode)
                .map_or(Immediate::None, Immediate::Helper),
            ImmediateKind::None => Immediate::None,
            ImmediateKind::Int => Immediate::Int(16),
            ImmediateKind::Text => Immediate::Text("text".into()),
            ImmediateKind::Index => Immediate::Index(1),
            ImmediateKind::Global => Immediate::Global(self.global),
            ImmediateKind::Func => Immediate::Func(FuncId::from_u32(0)),
            ImmediateKind::Format => {
                Immediate::Format(Format::parse("%d: %s\n").unwrap_or_default())
            }
            ImmediateKind::Iterate => {
                let order = Order { by: OrderBy::Value, descending: true };
                Immediate::Iterate(self.global, order)
            }
            ImmediateKind::Locks => Immediate::Locks(vec![
                (GlobalId::from_u32(0), LockMode::Write),
                (GlobalId::from_u32(3), LockMode::Read),
            ]),
        }
    }

    fn append(
        &mut self,
        block: Block,
        opcode: Opcode,
        immediate: Immediate,
        args: Vec<Value>,
    ) -> Option<Inst> {
        let data = data(opcode, immediate.clone(), args.clone());
        let result = result_type(self.module, &self.function, &data).ok()?;
        Some(self.function.append(block, opcode, immediate, args, result, Location::default()))
    }

    /// Ends a block, and the iterations begun for an instruction in it.
    fn end(&mut self, block: Block, terminator: Terminator) {
        let begun = |value: &Value| {
            let of_entry = |inst| self.function.block(block).insts.contains(&inst);
            let data = self.function.value(*value);
            data.ty == Type::Iter
                && matches!(data.def, ValueDef::Result(inst) if of_entry(inst))
                && terminator == Terminator::Return(None)
                && !self.ends(*value)
        };
        let values = self.function.values.iter().map(|(value, _)| Value(value));
        for iteration in values.filter(begun).collect::<Vec<_>>() {
            self.append(block, Opcode::IterEnd, Immediate::None, vec![iteration]);
        }
        self.function.block_mut(block).terminator = Some(terminator);
    }

    fn ends(&self, iteration: Value) -> bool {
        let mut insts = self.function.placed_insts();
        insts.any(|inst| inst.opcode == Opcode::IterEnd && inst.args == [iteration])
    }
}

fn data(opcode: Opcode, immediate: Immediate, args: Vec<Value>) -> InstData {
    let location = Location::default();
    InstData { opcode, immediate, args, result: None, location, near: None, slot: None }
}
