//! Modules made of random bytes: whole in form, without sense. Every kind of thing that can be
//! printed comes out of some bytes.

use bstr::BString;
use stapc_ir::{
    Attach, Base, Block, Code, Edge, Event, Every, External, Form, FuncId, Function, Global,
    GlobalId, GlobalKind, Helper, Histogram, Immediate, ImmediateKind, Location, LockMode,
    MapValue, Module, OPCODES, Order, OrderBy, Probe, ProcessEvent, Processes, Program, Terminator,
    Type, Value,
    format::{Amount, Conversion, ConversionKind, Format, MAX_WIDTH},
};

/// A module made of these bytes, whose things have these names or such with a number behind.
pub fn module(bytes: &[u8], names: &[String]) -> Module {
    let mut maker = Maker { bytes: bytes.iter().copied(), names };
    let mut module = Module { files: maker.list(3, Maker::text), ..Module::default() };
    module.limits.max_action = maker.number() as u32;
    for number in 0..1 + maker.below(4) {
        let (name, kind) = (format!("{}{number}", maker.text()), maker.global());
        let percpu = maker.flag();
        module.globals.alloc(Global { name, kind, percpu });
    }
    let functions = 1 + maker.below(3);
    for number in 0..functions {
        let function = maker.function(number, module.globals.len(), functions);
        module.functions.alloc(function);
    }
    for _ in 0..maker.below(3) {
        let external = maker.external(module.globals.len());
        module.externals.push(external);
    }
    for _ in 0..maker.below(4) {
        let (attach, point, handler) = (maker.attach(), maker.text(), maker.below(functions));
        module.probes.push(Probe::new(attach, point, FuncId::from_u32(handler as u32)));
    }
    module
}

struct Maker<'a> {
    bytes: std::iter::Copied<std::slice::Iter<'a, u8>>,
    names: &'a [String],
}

impl Maker<'_> {
    /// Less than `bound`; 0 once the bytes are used up.
    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.bytes.next().unwrap_or(0)) % bound
    }

    fn external(&mut self, globals: usize) -> External {
        let globals = self.list(2, |maker| GlobalId::from_u32(maker.below(globals) as u32));
        External {
            name: self.text(),
            form: Form::ALL[self.below(Form::ALL.len())],
            params: self.list(2, |maker| (maker.text(), Type::Str)),
            returns: self.flag().then_some(Type::I64),
            globals,
            code: self.text().into(),
            location: Location { file: 0, line: 1 + self.below(3) as u32, column: 1 },
        }
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    fn list<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())]
    }

    fn text(&mut self) -> String {
        let at = self.below(self.names.len());
        self.names[at].clone()
    }

    /// Text, or what is none.
    fn bytes(&mut self) -> BString {
        let mut bytes = BString::from(self.text());
        if self.flag() {
            bytes.push(self.below(256) as u8);
        }
        bytes
    }

    fn number(&mut self) -> i64 {
        let small = self.below(256) as i64 - 100;
        self.pick(&[small, i64::MIN, i64::MAX, small << 40])
    }

    fn ty(&mut self) -> Type {
        self.pick(&[Type::I64, Type::Str, Type::Bool, Type::Iter])
    }

    fn histogram(&mut self) -> Histogram {
        let linear =
            Histogram::Linear { low: self.number(), high: self.number(), width: self.number() };
        self.pick(&[Histogram::None, Histogram::Log, linear])
    }

    fn global(&mut self) -> GlobalKind {
        match self.below(4) {
            0 => GlobalKind::I64(self.number()),
            1 => GlobalKind::Str(self.bytes()),
            2 => GlobalKind::Stat(self.histogram()),
            _ => {
                let stat = MapValue::Stat(self.histogram());
                let value = self.pick(&[MapValue::I64, MapValue::Str, stat]);
                GlobalKind::Map {
                    keys: self.list(3, Self::ty),
                    value,
                    capacity: self.number() as u32,
                    wrap: self.flag(),
                }
            }
        }
    }

    fn code(&mut self, function: String) -> Code {
        let base = if self.below(8) == 0 {
            Base::Nothing
        } else if self.flag() {
            Base::Symbol(self.text())
        } else {
            let processes = self.processes();
            let semaphore = self.number().unsigned_abs();
            Base::Program(Program { path: self.text(), semaphore, processes })
        };
        Code { function, base, offset: self.number().unsigned_abs() }
    }

    fn processes(&mut self) -> Processes {
        match self.below(3) {
            0 => Processes::All,
            1 => Processes::Executing(self.text()),
            _ => Processes::One(self.number() as u32),
        }
    }

    fn attach(&mut self) -> Attach {
        let (number, text) = (self.number(), self.text());
        match self.below(16) {
            0 => Attach::Begin(number),
            1 => Attach::End(number),
            2 => Attach::Error(number),
            3 => Attach::Never,
            4 => Attach::TimerNs(number as u64, self.number() as u64),
            5 => Attach::TimerJiffies(number as u64, 0),
            6 => Attach::Entry(Code::of(text)),
            7 => Attach::Return(Code::of(text), number as u32),
            8 => Attach::Call(self.code(text)),
            13 => Attach::Process(self.pick(&ProcessEvent::ALL), self.processes()),
            9 => Attach::Event(Event::Perf {
                sort: number,
                config: self.number(),
                every: self.pick(&[Every::Events(1), Every::Hertz(number), Every::Ticks(-1)]),
                program: text,
            }),
            14 => Attach::Event(Event::Counter {
                sort: number,
                config: self.number(),
                number: self.number(),
                program: text,
            }),
            10 => Attach::Event(Event::Data {
                symbol: text,
                offset: number,
                length: self.number(),
                reads: self.flag(),
            }),
            11 => Attach::Event(Event::File {
                path: text,
                written: self.flag(),
                umask: number,
                most: self.number(),
            }),
            12 => Attach::Event(Event::Packet {
                family: number,
                hook: self.number(),
                priority: self.number(),
            }),
            _ => Attach::Statement(self.code(text)),
        }
    }

    fn locks(&mut self, globals: usize) -> Vec<(GlobalId, LockMode)> {
        self.list(3, |maker| {
            (
                GlobalId::from_u32(maker.below(globals) as u32),
                maker.pick(&[LockMode::Read, LockMode::Write]),
            )
        })
    }

    fn function(&mut self, number: usize, globals: usize, functions: usize) -> Function {
        let mut function = Function::new(format!("{}{number}", self.text()));
        function.returns = if self.flag() { Some(self.ty()) } else { None };
        function.requires = self.locks(globals);
        function.slots = self.below(3) as u32;
        for _ in 0..self.below(3) {
            function.add_block();
        }
        for block in function.layout.clone() {
            for _ in 0..self.below(3) {
                let (ty, name) = (self.ty(), if self.flag() { Some(self.text()) } else { None });
                function.add_param(block, ty, name.as_deref());
            }
            for _ in 0..self.below(12) {
                let row = &OPCODES[self.below(OPCODES.len())];
                let immediate = self.immediate(row.immediate, globals, functions);
                let result = if self.flag() { Some(self.ty()) } else { None };
                let location =
                    Location { file: self.below(3) as u32, line: self.below(3) as u32, column: 7 };
                let inst =
                    function.append(block, row.opcode, immediate, Vec::new(), result, location);
                let data = &mut function.insts[inst.0];
                data.near = if self.flag() { Some(self.text().into()) } else { None };
                data.slot = if self.flag() { Some(self.below(200) as u32) } else { None };
            }
        }
        self.uses(&mut function);
        function
    }

    /// Operands and ends, once all values are there.
    fn uses(&mut self, function: &mut Function) {
        let values = function.values.len();
        for inst in function.insts.values_mut() {
            inst.args = self.values(values);
        }
        for block in function.layout.clone() {
            let blocks = function.layout.len();
            let value = self.values(values).pop();
            let data = function.block_mut(block);
            data.catch =
                if self.flag() { Some(Block::from_u32(self.below(blocks) as u32)) } else { None };
            data.terminator = match (self.below(5), value) {
                (0, Some(condition)) => Some(Terminator::Branch(
                    condition,
                    self.edge(blocks, values),
                    self.edge(blocks, values),
                )),
                (1, value) => Some(Terminator::Return(value)),
                (2, _) => Some(Terminator::Raise),
                (3, _) => None,
                _ => Some(Terminator::Jump(self.edge(blocks, values))),
            };
        }
    }

    fn values(&mut self, values: usize) -> Vec<Value> {
        if values == 0 {
            Vec::new()
        } else {
            self.list(3, |maker| Value::from_u32(maker.below(values) as u32))
        }
    }

    fn edge(&mut self, blocks: usize, values: usize) -> Edge {
        Edge { block: Block::from_u32(self.below(blocks) as u32), args: self.values(values) }
    }

    fn immediate(&mut self, kind: ImmediateKind, globals: usize, functions: usize) -> Immediate {
        let global = GlobalId::from_u32(self.below(globals) as u32);
        match kind {
            ImmediateKind::None => Immediate::None,
            ImmediateKind::Int => Immediate::Int(self.number()),
            ImmediateKind::Text => Immediate::Text(self.bytes()),
            ImmediateKind::Index => Immediate::Index(self.number() as u32),
            ImmediateKind::Global => Immediate::Global(global),
            ImmediateKind::Func => Immediate::Func(FuncId::from_u32(self.below(functions) as u32)),
            ImmediateKind::Helper => {
                let all: Vec<_> = Helper::all().collect();
                Immediate::Helper(self.pick(&all))
            }
            ImmediateKind::Format => Immediate::Format(self.format()),
            ImmediateKind::Iterate => {
                let named = OrderBy::NAMED.map(|(_, by)| by);
                let by = if self.flag() {
                    OrderBy::Key(self.below(4) as u32)
                } else {
                    self.pick(&named)
                };
                Immediate::Iterate(global, Order { by, descending: self.flag() })
            }
            ImmediateKind::Locks => Immediate::Locks(self.locks(globals)),
        }
    }

    fn format(&mut self) -> Format {
        let mut format = Format::default();
        for _ in 0..self.below(4) {
            let text = self.bytes();
            format.push_literal(text);
            let letters = [
                ConversionKind::Decimal,
                ConversionKind::Unsigned,
                ConversionKind::Octal,
                ConversionKind::Hex,
                ConversionKind::UpperHex,
                ConversionKind::Pointer,
                ConversionKind::Character,
                ConversionKind::String,
                ConversionKind::Bytes,
            ];
            let conversion = Conversion {
                kind: self.pick(&letters),
                left: self.flag(),
                zero: self.flag(),
                plus: self.flag(),
                space: self.flag(),
                alternate: self.flag(),
                width: self.pick(&[
                    Amount::None,
                    Amount::Constant(1),
                    Amount::Constant(MAX_WIDTH),
                    Amount::Argument,
                ]),
                precision: self.pick(&[
                    Amount::None,
                    Amount::Constant(0),
                    Amount::Constant(MAX_WIDTH),
                    Amount::Argument,
                ]),
            };
            format.push(conversion);
        }
        format
    }
}
