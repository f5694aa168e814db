//! Expressions.

use stapc_ir::{FuncId, Helper, HelperClass, Immediate, Opcode, Type, Value};

use super::{
    formats::format,
    maker::{Maker, global},
    world::{self, Role},
};

/// Of two integers, without a fault.
const CALCULATIONS: [Opcode; 9] = [
    Opcode::Iadd,
    Opcode::Isub,
    Opcode::Imul,
    Opcode::Iand,
    Opcode::Ior,
    Opcode::Ixor,
    Opcode::Ishl,
    Opcode::Isshr,
    Opcode::Iushr,
];

const COMPARISONS: [Opcode; 6] = [
    Opcode::IcmpEq,
    Opcode::IcmpNe,
    Opcode::IcmpLt,
    Opcode::IcmpLe,
    Opcode::IcmpGt,
    Opcode::IcmpGe,
];

const STRING_COMPARISONS: [Opcode; 6] = [
    Opcode::ScmpEq,
    Opcode::ScmpNe,
    Opcode::ScmpLt,
    Opcode::ScmpLe,
    Opcode::ScmpGt,
    Opcode::ScmpGe,
];

const PATTERNS: [&str; 6] = ["a", "^[a-c]+$", "(ab|b)*c", "x?$", "[^0-9]{2,}", "^(-?[0-9]+)$"];

const CONTEXT: [Opcode; 9] = [
    Opcode::Pid,
    Opcode::Tid,
    Opcode::Ppid,
    Opcode::Uid,
    Opcode::Euid,
    Opcode::Gid,
    Opcode::Egid,
    Opcode::Cpu,
    Opcode::Target,
];

const STRING_CONTEXT: [Opcode; 6] = [
    Opcode::Execname,
    Opcode::ProbeFunc,
    Opcode::ProbePoint,
    Opcode::ProbeName,
    Opcode::Backtrace,
    Opcode::Ubacktrace,
];

/// Reads of memory.
const LOADS: [Opcode; 14] = [
    Opcode::LoadU8,
    Opcode::LoadS8,
    Opcode::LoadU16,
    Opcode::LoadS16,
    Opcode::LoadU32,
    Opcode::LoadS32,
    Opcode::LoadU64,
    Opcode::UloadU8,
    Opcode::UloadS8,
    Opcode::UloadU16,
    Opcode::UloadS16,
    Opcode::UloadU32,
    Opcode::UloadS32,
    Opcode::UloadU64,
];

impl Maker<'_> {
    pub fn local(&mut self, ty: Type) -> Value {
        let fits = |local: &Value| self.function.ty(*local) == ty;
        let fitting: Vec<Value> = self.locals.iter().copied().filter(fits).collect();
        self.pick(&fitting)
    }

    fn constant(&mut self) -> Value {
        let value = self.pick(&[0, 1, -1, 2, 7, 3, 64, 63, 4096, i64::MIN, i64::MAX]);
        self.number(value)
    }

    /// An integer of which there are few: a key that is met again.
    pub fn small_int(&mut self) -> Value {
        if self.below(2) == 0 {
            let value = self.below(4) as i64;
            return self.number(value);
        }
        let (value, mask) = (self.local(Type::I64), self.number(3));
        self.op(Opcode::Iand, vec![value, mask])
    }

    /// A string of which there are few.
    pub fn small_text(&mut self) -> Value {
        match self.below(3) {
            0 => self.local(Type::Str),
            1 => self.on(Opcode::Execname, Immediate::None, vec![]),
            _ => {
                let text = self.pick(&["", "a", "bc"]);
                self.string(text)
            }
        }
    }

    /// Keys of a map.
    pub fn keys(&mut self, map: u32) -> Vec<Value> {
        let types = self.module.global(stapc_ir::GlobalId::from_u32(map)).kind.keys();
        let keys = types.iter().map(|ty| match ty {
            Type::Str => self.small_text(),
            _ => self.small_int(),
        });
        keys.collect()
    }

    pub fn int(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 5 } else { 18 }) {
            0 | 1 => self.local(Type::I64),
            2 => self.constant(),
            3 => self.on(Opcode::Gload, global(world::NUMBER), vec![]),
            4 => self.context(),
            5 => self.division(depth - 1),
            6..=8 => {
                let opcode = self.pick(&CALCULATIONS);
                let args = vec![self.int(depth - 1), self.int(depth - 1)];
                self.op(opcode, args)
            }
            9 => {
                let text = self.text(depth - 1);
                self.op(Opcode::Slen, vec![text])
            }
            10 => self.load(depth - 1),
            11 => {
                let map = self.pick(&world::INT_MAPS);
                let keys = self.keys(map);
                self.on(Opcode::Mget, global(map), keys)
            }
            12 => {
                let condition = self.condition(depth - 1);
                self.op(Opcode::B2i, vec![condition])
            }
            13 => self.number_call(),
            14 => {
                let opcode = self.pick(&[Opcode::Ineg, Opcode::Inot, Opcode::Stack]);
                let arg = self.int(depth - 1);
                self.op(opcode, vec![arg])
            }
            15 if self.below(4) == 0 => self.helper(Some(Type::I64)),
            15 => self.figure(),
            16 if self.below(2) == 0 => self.on(Opcode::Groups, Immediate::None, vec![]),
            16 => self.on(Opcode::Gload, global(world::CONSTANT), vec![]),
            _ => {
                let map = self.pick(&world::INT_MAPS);
                let mut args = self.keys(map);
                args.push(self.int(depth - 1));
                self.on(Opcode::Madd, global(map), args)
            }
        }
    }

    /// What a handler knows of where it runs.
    fn context(&mut self) -> Value {
        let none = Immediate::None;
        match (self.below(4), self.role) {
            (0, Role::Entry | Role::Call) if self.below(8) == 0 => {
                self.on(Opcode::ProbeAddr, none, vec![])
            }
            (0, Role::Entry | Role::Call) => {
                let position = self.below(6) as u32;
                let opcode = self.pick(&[Opcode::Arg, Opcode::Reg]);
                self.on(opcode, Immediate::Index(position), vec![])
            }
            (0, Role::Return) => match self.below(3) {
                0 => self.on(Opcode::Ret, none, vec![]),
                1 => self.on(Opcode::Kept, Immediate::Index(0), vec![]),
                _ => {
                    let kept = self.on(Opcode::KeptStr, Immediate::Index(1), vec![]);
                    self.op(Opcode::Slen, vec![kept])
                }
            },
            (2, _) if self.below(6) == 1 => {
                self.on(Opcode::Symbol, Immediate::Text("_stext".into()), vec![])
            }
            (1, _) if !self.shape.ticks => {
                let opcode = self.pick(&[Opcode::TimeNs, Opcode::Cycles]);
                self.on(opcode, none, vec![])
            }
            _ => {
                let opcode = self.pick(&CONTEXT);
                self.on(opcode, none, vec![])
            }
        }
    }

    /// Seldom by zero.
    fn division(&mut self, depth: usize) -> Value {
        let opcode = self.pick(&[Opcode::Idiv, Opcode::Irem]);
        let (first, mut second) = (self.int(depth), self.int(depth));
        match self.below(6) {
            0 => {}
            1 | 2 => {
                let value = self.pick(&[1, 2, 3, -1, 8, 1000, -4, i64::MIN]);
                second = self.number(value);
                if self.below(4) == 1 {
                    let opcode = self.pick(&[Opcode::IdivNz, Opcode::IremNz]);
                    return self.op(opcode, vec![first, second]);
                }
            }
            _ => {
                let one = self.number(1);
                second = self.op(Opcode::Ior, vec![second, one]);
            }
        }
        self.op(opcode, vec![first, second])
    }

    fn load(&mut self, depth: usize) -> Value {
        let opcode = self.pick(&LOADS);
        let address = self.int(depth);
        self.on(opcode, Immediate::Int(4), vec![address])
    }

    pub fn text(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 5 } else { 13 }) {
            0..=2 => self.local(Type::Str),
            3 => {
                let text = self.pick(&["", "a", "bc", "long text, cut", "éé"]);
                self.string(text)
            }
            4 => self.on(Opcode::Gload, global(world::TEXT), vec![]),
            5 | 6 => {
                let args = vec![self.text(depth - 1), self.text(depth - 1)];
                self.op(Opcode::Sconcat, args)
            }
            7 if self.below(4) == 1 => {
                let number = self.small_int();
                self.op(Opcode::Group, vec![number])
            }
            7 => {
                let args = vec![self.text(depth - 1), self.small_int(), self.int(0)];
                self.op(Opcode::Ssubstr, args)
            }
            8 => {
                let (text, args) = self.formatted(depth - 1);
                self.on(Opcode::Sprint, format(&text), args)
            }
            9 => {
                let map = self.pick(&world::STR_MAPS);
                let keys = self.keys(map);
                self.on(Opcode::Mget, global(map), keys)
            }
            10 => {
                let opcode = self.pick(&STRING_CONTEXT);
                self.on(opcode, Immediate::None, vec![])
            }
            11 if self.below(4) == 0 => self.helper(Some(Type::Str)),
            11 if self.below(2) == 0 => {
                let text = self.text(depth - 1);
                self.op(Opcode::Scopy, vec![text])
            }
            11 => {
                let of = [Opcode::LoadStr, Opcode::UloadStr, Opcode::Symname, Opcode::Symdata];
                let opcode = self.pick(&of);
                let address = self.int(0);
                self.op(opcode, vec![address])
            }
            _ => self.text_call(),
        }
    }

    /// A helper that gives this; one that gives nothing is called for what it does.
    pub fn helper(&mut self, gives: Option<Type>) -> Value {
        // What differs from call to call is made where time may pass, and so may not be compared.
        let ticks = self.shape.ticks;
        let fits = |helper: &Helper| {
            let info = helper.info();
            info.returns == gives && (ticks || info.class != HelperClass::Read)
        };
        let fitting: Vec<Helper> = Helper::all().filter(fits).collect();
        let helper = self.pick(&fitting);
        let args = helper.info().params.iter().map(|ty| match ty {
            Type::Str => self.small_text(),
            _ => self.small_int(),
        });
        let args = args.collect();
        let (opcode, immediate) = (helper.info().class.opcode(), Immediate::Helper(helper));
        match gives {
            Some(_) => self.on(opcode, immediate, args),
            None => {
                self.effect(opcode, immediate, args);
                self.number(0)
            }
        }
    }

    pub fn condition(&mut self, depth: usize) -> Value {
        match self.below(7) {
            0 | 1 => {
                let opcode = self.pick(&COMPARISONS);
                let args = vec![self.int(depth.min(1)), self.int(0)];
                self.op(opcode, args)
            }
            2 if self.below(3) == 1 => {
                let pattern = Immediate::Text(self.pick(&PATTERNS).into());
                let text = self.text(1);
                let opcode = self.pick(&[Opcode::Smatch, Opcode::SmatchKeep]);
                self.on(opcode, pattern, vec![text])
            }
            2 => {
                let opcode = self.pick(&STRING_COMPARISONS);
                let args = vec![self.text(1), self.text(0)];
                self.op(opcode, args)
            }
            3 => {
                let map = self.pick(&[5, 6, 7, 8, 9, 10]);
                let keys = self.keys(map);
                self.on(Opcode::Mhas, global(map), keys)
            }
            4 => {
                let (value, zero) = (self.int(depth), self.number(0));
                self.op(Opcode::IcmpNe, vec![value, zero])
            }
            5 => {
                let value = self.below(2) as u32;
                self.on(Opcode::Bconst, Immediate::Index(value), vec![])
            }
            _ => {
                let args = vec![self.int(0), self.int(0)];
                let value = self.op(Opcode::IcmpGe, args);
                self.op(Opcode::Bnot, vec![value])
            }
        }
    }

    fn called(&mut self, function: u32, args: Vec<Value>) -> Value {
        let returns = world::FUNCTIONS[function as usize].2.unwrap_or(Type::I64);
        self.value(Opcode::CallFn, Immediate::Func(FuncId::from_u32(function)), args, returns)
    }

    /// Whether a function may be called from here: those before it in the table, unless functions call
    /// each other in circles.
    fn may_call(&self, function: u32) -> bool {
        let own = world::FUNCTIONS.iter().position(|(name, ..)| *name == self.function.name);
        self.role != Role::Function
            || self.shape.recursion
            || own.is_some_and(|own| own > function as usize && function != world::DOWN)
    }

    pub fn text_call(&mut self) -> Value {
        if !self.may_call(world::GIVES_TEXT) {
            return self.local(Type::Str);
        }
        let args = vec![self.int(1), self.text(1)];
        self.called(world::GIVES_TEXT, args)
    }

    pub fn number_call(&mut self) -> Value {
        let function = self.pick(&[world::SMALL, world::GIVES_NUMBER, world::DOWN]);
        if !self.may_call(function) {
            return self.local(Type::I64);
        }
        let args = match function {
            world::SMALL => vec![self.int(1), self.int(0)],
            world::DOWN => vec![self.small_int(), self.int(0)],
            _ => vec![self.int(1)],
        };
        self.called(function, args)
    }

    pub fn effect_call(&mut self) {
        if self.may_call(world::EFFECT) {
            let args = vec![self.text(1)];
            let function = FuncId::from_u32(world::EFFECT);
            self.effect(Opcode::CallFn, Immediate::Func(function), args);
        } else {
            self.print();
        }
    }
}
