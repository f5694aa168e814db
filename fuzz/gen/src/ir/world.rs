//! What functions share: globals, probes, limits; and what hits the probes.

use stapc_interp::{Context, Event};
use stapc_ir::{
    Attach, Code, FuncId, Function, Global, GlobalKind, Histogram, Limits, MapValue, Module, Probe,
    Type,
};

use super::{Program, Recipe, maker::Maker};

/// Integers and strings.
pub const NUMBER: u32 = 0;
pub const TEXT: u32 = 1;
/// Aggregates: one for each sort of histogram.
pub const STATS: [u32; 3] = [2, 3, 4];
/// Maps of integers, of strings, of aggregates.
pub const INT_MAPS: [u32; 2] = [5, 6];
pub const STR_MAPS: [u32; 2] = [7, 8];
pub const STAT_MAPS: [u32; 2] = [9, 10];
/// What most handlers only add to: an integer, a map, an aggregate, a map of aggregates.
pub const COUNTER: u32 = 11;
pub const SUMS: u32 = 12;
pub const SAMPLES: u32 = 13;
pub const SAMPLES_BY: u32 = 14;
/// What nothing writes.
pub const CONSTANT: u32 = 15;

/// Which handler a function is, if one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// None.
    Function,
    /// What runs alone: of `begin`, `end`, `error`.
    Alone,
    /// Where a probed function begins.
    Entry,
    /// Likewise, where the next probe is at its return.
    Call,
    /// Where it returns.
    Return,
    /// Of a timer.
    Timer,
}

/// The functions: the script's, then the handlers.
pub const FUNCTIONS: [(&str, &[Type], Option<Type>, Role); 13] = [
    ("text", &[Type::I64, Type::Str], Some(Type::Str), Role::Function),
    ("number", &[Type::I64], Some(Type::I64), Role::Function),
    ("small", &[Type::I64, Type::I64], Some(Type::I64), Role::Function),
    ("effect", &[Type::Str], None, Role::Function),
    ("down", &[Type::I64, Type::I64], Some(Type::I64), Role::Function),
    ("probe.0", &[], None, Role::Alone),
    ("probe.1", &[], None, Role::Entry),
    ("probe.2", &[], None, Role::Entry),
    ("probe.3", &[], None, Role::Return),
    ("probe.4", &[], None, Role::Timer),
    ("probe.5", &[], None, Role::Alone),
    ("probe.6", &[], None, Role::Alone),
    ("call", &[], None, Role::Call),
];

/// The positions of the script's functions.
pub const GIVES_TEXT: u32 = 0;
pub const GIVES_NUMBER: u32 = 1;
pub const SMALL: u32 = 2;
pub const EFFECT: u32 = 3;
pub const DOWN: u32 = 4;
/// Where the handlers begin.
const HANDLERS: u32 = 5;
const CALL: u32 = 12;

/// Parts of a recipe: one for each function, one for the rest.
pub const PARTS: usize = FUNCTIONS.len() + 1;

/// What is decided once for a program.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Whether time passes in handlers, and is only asked for where that makes no difference.
    pub ticks: bool,
    /// Whether functions call each other in circles.
    pub recursion: bool,
    /// Whether other handlers than those that run alone read what is added to.
    pub reads_sums: bool,
}

struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % bound
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

pub fn program(recipe: &Recipe) -> Program {
    let part = |at: usize| recipe.0.get(at).map_or(&[][..], Vec::as_slice);
    let mut bytes = Bytes(part(0));
    let shape = Shape {
        ticks: bytes.below(4) == 1,
        recursion: bytes.below(6) == 1,
        reads_sums: bytes.below(6) == 1,
    };
    let mut module = Module { files: vec!["g.stp".to_owned()], ..Module::default() };
    module.limits = limits(&mut bytes);
    for global in globals(&mut bytes) {
        module.globals.alloc(global);
    }
    for (at, (name, params, returns, role)) in FUNCTIONS.into_iter().enumerate() {
        let maker = Maker::new(&module, shape, role, part(at + 1), name, returns);
        let function = maker.function(params);
        module.functions.alloc(function);
    }
    module.probes = probes(&mut bytes);
    if bytes.below(4) == 1 {
        return_alike(&mut module);
    }
    if bytes.below(4) == 1 {
        conditions(&mut module, shape, &bytes);
    }
    let events = (0..2 + bytes.below(6)).map(|at| event(&mut bytes, at as u64)).collect();
    Program { module, events, target: 1, ticks: shape.ticks }
}

fn limits(bytes: &mut Bytes<'_>) -> Limits {
    Limits {
        string_max: bytes.pick(&[12, 9, 30, 128]),
        max_nesting: bytes.pick(&[4, 10, 30]),
        max_errors: bytes.pick(&[1000, 1000, 1000, 0, 2]),
        max_action: bytes.pick(&[1000, 30]),
        ..Limits::default()
    }
}

fn globals(bytes: &mut Bytes<'_>) -> Vec<Global> {
    let linear = Histogram::Linear { low: -2, high: 8, width: 3 };
    let (int, text) = (Type::I64, Type::Str);
    let mut map = |keys: &[Type], value, most: u32, wrap| GlobalKind::Map {
        keys: keys.to_vec(),
        value,
        capacity: 1 + bytes.below(most as usize) as u32,
        wrap: wrap && bytes.below(3) > 0,
    };
    let kinds = [
        ("n", GlobalKind::I64(3)),
        ("s", GlobalKind::Str("first".into())),
        ("plain", GlobalKind::Stat(Histogram::None)),
        ("log", GlobalKind::Stat(Histogram::Log)),
        ("linear", GlobalKind::Stat(linear)),
        ("ints", map(&[int], MapValue::I64, 5, false)),
        ("pairs", map(&[int, text], MapValue::I64, 4, true)),
        ("texts", map(&[text], MapValue::Str, 3, true)),
        ("names", map(&[text, int], MapValue::Str, 5, false)),
        ("stats", map(&[int], MapValue::Stat(Histogram::None), 3, true)),
        ("logs", map(&[text], MapValue::Stat(Histogram::Log), 4, false)),
        ("counter", GlobalKind::I64(0)),
        ("sums", map(&[int], MapValue::I64, 8, false)),
        ("samples", GlobalKind::Stat(Histogram::Log)),
        ("samples_by", map(&[text], MapValue::Stat(linear), 8, false)),
        ("constant", GlobalKind::I64(5)),
    ];
    kinds.into_iter().map(|(name, kind)| Global::new(name, kind)).collect()
}

fn probes(bytes: &mut Bytes<'_>) -> Vec<Probe> {
    let all = [
        Attach::Begin(0),
        Attach::Entry(Code::of("f")),
        Attach::Entry(Code::of("g")),
        Attach::Return(Code::of("f"), 0),
        Attach::TimerNs(1_000_000, 0),
        Attach::End(0),
        Attach::Error(0),
    ];
    let mut probes = Vec::new();
    for (number, attach) in all.into_iter().enumerate() {
        // Which of them there are is another matter from program to program.
        let always = number == 1 || matches!(attach, Attach::Return(..));
        if always || bytes.below(4) < 3 {
            let point = format!("point {number}");
            if let Attach::Return(code, _) = &attach {
                let (attach, point) = (Attach::Call(code.clone()), "the call".to_owned());
                probes.push(Probe::new(attach, point, FuncId::from_u32(CALL)));
            }
            let handler = FuncId::from_u32(HANDLERS + number as u32);
            let alias = (number % 2 == 0).then(|| format!("alias {number}"));
            probes.push(Probe { attach, point, alias, condition: None, handler });
        }
    }
    if bytes.below(4) == 1 {
        // Two probes of one handler, and one that is never hit.
        let handler = FuncId::from_u32(HANDLERS + 1);
        let attach = bytes.pick(&[0, 1, 2]);
        let attach = match attach {
            0 => Attach::Begin(-1),
            1 => Attach::Never,
            _ => Attach::TimerJiffies(1, 0),
        };
        probes.push(Probe::new(attach, "another", handler));
    }
    probes
}

/// Has another function's return handled as the one that is, call and all, by functions of its own.
fn return_alike(module: &mut Module) {
    let (code, point) = (Code::of("g"), "alike");
    let returns = |probe: &&Probe| matches!(probe.attach, Attach::Return(..));
    let Some(handler) = module.probes.iter().find(returns).map(|probe| probe.handler) else {
        return;
    };
    let [call, handler] = [FuncId::from_u32(CALL), handler].map(|id| {
        let function = module.function(id).clone();
        let name = format!("{}.alike", function.name);
        module.functions.alloc(Function { name, ..function });
        FuncId::from_u32(module.functions.len() as u32 - 1)
    });
    let attach = Attach::Call(code.clone());
    module.probes.push(Probe::new(attach, point, call));
    module.probes.push(Probe::new(Attach::Return(code, 0), point, handler));
}

/// Has the probes that can rest armed by conditions. Their handlers do not look: nothing here disarms.
fn conditions(module: &mut Module, shape: Shape, bytes: &Bytes<'_>) {
    for number in 0..2 {
        let from = bytes.0.get(number..).unwrap_or_default();
        let name = format!("condition.{number}");
        let maker = Maker::new(module, shape, Role::Alone, from, &name, None);
        let function = maker.arming();
        module.functions.alloc(function);
        let handler = FuncId::from_u32(module.functions.len() as u32 - 1);
        module.probes.push(Probe::new(Attach::Condition(number as u32), "if", handler));
    }
    let rest = module.probes.iter_mut().filter(|probe| probe.attach.can_rest());
    for (probe, number) in rest.zip([0, 1].into_iter().cycle()) {
        probe.condition = Some(number);
    }
}

fn event(bytes: &mut Bytes<'_>, at: u64) -> Event {
    let returns = bytes.below(3) == 1;
    let number = |bytes: &mut Bytes<'_>, bound| Some(bytes.below(bound) as i64);
    Event {
        probe: bytes.pick(&["f", "f", "g"]).to_owned(),
        at: at * 700_000,
        cpu: bytes.below(2) as u32,
        context: Context {
            pid: number(bytes, 3),
            tid: number(bytes, 9),
            execname: Some(bytes.pick(&["cat", "sh", "a long task's name"]).to_owned()),
            ret: if returns { number(bytes, 4) } else { None },
            ..Context::default()
        },
        ..Event::default()
    }
}
