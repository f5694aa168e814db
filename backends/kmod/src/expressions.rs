//! Instructions that are C expressions: without effects, and so written where they are used.

use stapc_ir::{Immediate, InstData, Opcode, Probe, Type, Value};

use crate::{
    function::FunctionEmitter, program::probed_function, registers::register, text::integer,
};

/// When an expression is to be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Wherever it is used: a constant.
    Anywhere,
    /// Where it is used, or before.
    Used,
    /// Where it is defined.
    Here,
}

/// A C expression and what it refers to.
#[derive(Debug, Clone)]
pub struct Expression {
    /// Its text.
    pub text: String,
    /// Whether it needs no parentheses inside another.
    pub atom: bool,
    /// The variables in it.
    pub refers: Vec<Value>,
}

impl Expression {
    pub fn atom(text: impl Into<String>) -> Self {
        Self { text: text.into(), atom: true, refers: Vec::new() }
    }

    /// The text, as an operand.
    pub fn operand(&self) -> String {
        if self.atom { self.text.clone() } else { format!("({})", self.text) }
    }
}

/// The function of the runtime that an instruction with operands is, if it is one.
fn function(opcode: Opcode) -> Option<&'static str> {
    Some(match opcode {
        Opcode::Iadd => "stapc_add",
        Opcode::Isub => "stapc_sub",
        Opcode::Imul => "stapc_mul",
        Opcode::IdivNz => "stapc_div_nonzero",
        Opcode::IremNz => "stapc_mod_nonzero",
        Opcode::Ineg => "stapc_neg",
        Opcode::Ishl => "stapc_shl",
        Opcode::Isshr => "stapc_sshr",
        Opcode::Iushr => "stapc_ushr",
        Opcode::Slen => "stapc_str_len",
        Opcode::ScmpEq => "stapc_str_equal",
        _ => return None,
    })
}

/// The operator of C that an instruction is, if it is one.
fn operator(opcode: Opcode) -> Option<&'static str> {
    Some(match opcode {
        Opcode::Iand => "&",
        Opcode::Ior => "|",
        Opcode::Ixor => "^",
        Opcode::IcmpEq => "==",
        Opcode::IcmpNe => "!=",
        Opcode::IcmpLt => "<",
        Opcode::IcmpLe => "<=",
        Opcode::IcmpGt => ">",
        Opcode::IcmpGe => ">=",
        _ => return None,
    })
}

/// The comparison of strings with 0 that an instruction is, if it is one.
fn string_order(opcode: Opcode) -> Option<&'static str> {
    Some(match opcode {
        Opcode::ScmpLt => "<",
        Opcode::ScmpLe => "<=",
        Opcode::ScmpGt => ">",
        Opcode::ScmpGe => ">=",
        _ => return None,
    })
}

/// What an instruction without operands is in C: something that the handler may ask about.
pub fn context(opcode: Opcode) -> Option<&'static str> {
    Some(match opcode {
        Opcode::Pid => "stapc_pid()",
        Opcode::Tid => "stapc_tid()",
        Opcode::Ppid => "stapc_ppid()",
        Opcode::Uid => "stapc_uid()",
        Opcode::Euid => "stapc_euid()",
        Opcode::Gid => "stapc_gid()",
        Opcode::Egid => "stapc_egid()",
        Opcode::Cpu => "stapc_cpu_number(c)",
        Opcode::Target => "stapc_target_pid()",
        Opcode::Ret => "stapc_return_value(regs)",
        _ => return None,
    })
}

impl FunctionEmitter<'_, '_> {
    /// The expression that an instruction is, if it has no effect and needs no storage.
    pub fn expression(&mut self, inst: &InstData) -> Option<Expression> {
        let atom = |text: String| Some(Expression::atom(text));
        match (inst.opcode, &inst.immediate) {
            (Opcode::Iconst, Immediate::Int(value)) => {
                let text = integer(*value);
                Some(Expression { atom: *value >= 0, text, refers: Vec::new() })
            }
            (Opcode::Bconst, Immediate::Index(value)) => {
                atom(if *value == 0 { "false" } else { "true" }.to_owned())
            }
            (Opcode::Symbol, Immediate::Text(name)) => atom(self.emit.pools.symbol(name)),
            (Opcode::Sconst, Immediate::Text(text)) => {
                atom(self.emit.pools.string(text, self.emit.module))
            }
            (Opcode::Arg, Immediate::Index(position)) => {
                atom(format!("stapc_arg_{position}(regs)"))
            }
            (Opcode::ProbeAddr, _) => atom(self.probed_address()),
            (Opcode::Reg, Immediate::Index(number)) => atom(register(*number)?),
            (Opcode::Kept, _) => atom(format!("*{}", self.kept_at(inst, "const s64"))),
            (Opcode::ElemHas, _) => {
                let element = inst.args.first().map(|&arg| self.name(arg)).unwrap_or_default();
                Some(Expression {
                    text: format!("{element} != NULL"),
                    atom: false,
                    refers: Vec::new(),
                })
            }
            (Opcode::ProbeFunc, _) => atom(self.probe_name("functions", probed_function)),
            (Opcode::ProbePoint, _) => atom(self.probe_name("points", |probe| &probe.point)),
            (Opcode::ProbeName, _) => atom(self.probe_name("names", Probe::name)),
            (opcode, _) => match context(opcode) {
                Some(text) => atom(text.to_owned()),
                None => self.operation(inst),
            },
        }
    }

    fn operation(&mut self, inst: &InstData) -> Option<Expression> {
        let opcode = inst.opcode;
        let call = function(opcode);
        let known = call.is_some() || operator(opcode).is_some() || string_order(opcode).is_some();
        let other = matches!(
            opcode,
            Opcode::Inot | Opcode::ScmpNe | Opcode::B2i | Opcode::Bnot | Opcode::Smatch
        );
        if !known && !other {
            return None;
        }
        let args: Vec<Expression> = inst.args.iter().map(|&arg| self.use_of(arg)).collect();
        let refers = args.iter().flat_map(|arg| arg.refers.iter().copied()).collect();
        let list = || args.iter().map(|arg| arg.text.as_str()).collect::<Vec<_>>().join(", ");
        let (first, second) = (
            args.first().map(Expression::operand).unwrap_or_default(),
            args.get(1).map(Expression::operand).unwrap_or_default(),
        );
        let (text, atom) = match opcode {
            Opcode::Inot => (format!("~{first}"), true),
            Opcode::Bnot => (format!("!{first}"), true),
            Opcode::B2i => (format!("(s64){first}"), false),
            Opcode::Smatch => {
                let Immediate::Text(pattern) = &inst.immediate else { return None };
                let automaton = self.emit.pools.automaton(pattern);
                (format!("stapc_str_finds({}, {automaton})", list()), true)
            }
            Opcode::ScmpNe => (format!("!stapc_str_equal({})", list()), true),
            _ => match (call, operator(opcode), string_order(opcode)) {
                (Some(function), ..) => (format!("{function}({})", list()), true),
                (_, Some(operator), _) => (format!("{first} {operator} {second}"), false),
                (.., Some(order)) => (format!("stapc_str_compare({}) {order} 0", list()), false),
                _ => return None,
            },
        };
        Some(Expression { text, atom, refers })
    }

    /// A name of the probe that was hit: known in a handler of one, else looked up.
    fn probe_name(&mut self, table: &str, of: fn(&Probe) -> &str) -> String {
        match self.probe {
            Some(probe) if !self.is_shared => self.emit.pools.string(of(probe), self.emit.module),
            _ => format!("probe_{table}[c->probe - probes]"),
        }
    }
}

/// What a variable of this type is declared as.
pub fn declaration(ty: Type, name: &str) -> String {
    match ty {
        Type::I64 => format!("s64 {name}"),
        Type::Bool => format!("bool {name}"),
        Type::Str => format!("const struct stapc_str *{name}"),
        Type::Iter => format!("struct stapc_iterator {name}"),
        Type::Elem => format!("struct stapc_element *{name}"),
    }
}
