//! What instructions give when some or all of their operands are known: the arithmetic that passes
//! share. The reference interpreter has its own, so that comparing them finds mistakes in both.
//!
//! What would fault is left to fault when it runs.

use bstr::BString;
use stapc_ir::{
    Automaton, Function, Immediate, Inst, InstData, Opcode, Value,
    format::{Amount, Conversion, ConversionKind, Format, Piece},
};

/// A value known when the script is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    Int(i64),
    Bool(bool),
    Text(BString),
}

impl Constant {
    /// What an instruction that says a constant says.
    pub fn of(inst: &InstData) -> Option<Self> {
        match (inst.opcode, &inst.immediate) {
            (Opcode::Iconst, Immediate::Int(value)) => Some(Self::Int(*value)),
            (Opcode::Bconst, Immediate::Index(value)) => Some(Self::Bool(*value != 0)),
            (Opcode::Sconst, Immediate::Text(text)) => Some(Self::Text(text.clone())),
            _ => None,
        }
    }

    /// The constant that a value is defined as.
    pub fn defined(function: &Function, value: Value) -> Option<Self> {
        Self::of(function.def(value)?)
    }

    /// The instruction that says it.
    pub fn inst(self) -> (Opcode, Immediate) {
        match self {
            Self::Int(value) => (Opcode::Iconst, Immediate::Int(value)),
            Self::Bool(value) => (Opcode::Bconst, Immediate::Index(value.into())),
            Self::Text(text) => (Opcode::Sconst, Immediate::Text(text)),
        }
    }

    /// Makes an instruction say it instead of what it does.
    pub fn replace(self, inst: &mut InstData) {
        (inst.opcode, inst.immediate) = self.inst();
        inst.args.clear();
        inst.near = None;
    }
}

/// What an instruction gives, all of whose operands are these constants.
pub fn evaluate(inst: &InstData, args: &[Constant], string_max: usize) -> Option<Constant> {
    match args {
        _ if inst.opcode == Opcode::Sprint => sprint(inst, args, string_max),
        [Constant::Int(a)] => unary(inst.opcode, *a),
        [Constant::Int(a), Constant::Int(b)] => integers(inst.opcode, *a, *b),
        [Constant::Bool(a)] => match inst.opcode {
            Opcode::B2i => Some(Constant::Int((*a).into())),
            Opcode::Bnot => Some(Constant::Bool(!a)),
            _ => None,
        },
        [Constant::Text(a)] => match inst.opcode {
            Opcode::Slen => Some(Constant::Int(cut(a, string_max).len() as i64)),
            Opcode::Scopy => Some(args[0].clone()),
            Opcode::Smatch => {
                let Immediate::Text(pattern) = &inst.immediate else { return None };
                let automaton = Automaton::of(pattern).ok()?;
                Some(Constant::Bool(automaton.finds(cut(a, string_max))))
            }
            _ => None,
        },
        [Constant::Text(a), Constant::Int(from), Constant::Int(length)]
            if inst.opcode == Opcode::Ssubstr =>
        {
            Some(Constant::Text(substring(cut(a, string_max), *from, *length).into()))
        }
        [Constant::Text(a), Constant::Text(b)] => {
            strings(inst.opcode, cut(a, string_max), cut(b, string_max), string_max)
        }
        _ => None,
    }
}

/// The text of a format all of whose operands are constants, if all are decimal numbers and strings.
fn sprint(inst: &InstData, args: &[Constant], string_max: usize) -> Option<Constant> {
    let Immediate::Format(format) = &inst.immediate else { return None };
    let mut args = args.iter();
    let mut text = Vec::new();
    for piece in &format.pieces {
        match piece {
            Piece::Literal(literal) => text.extend_from_slice(literal),
            // Of one with more operands nothing is made.
            Piece::Convert(conversion) => {
                text.extend_from_slice(&converted(conversion, args.next()?, string_max)?);
            }
        }
    }
    Some(Constant::Text(cut(&text, string_max).into()))
}

/// Makes text of what a format says of constants: decimal numbers and strings, padded. Gives
/// whether it changed anything.
pub fn fold_format(
    function: &mut Function,
    inst: Inst,
    constant: impl Fn(&Function, Value) -> Option<Constant>,
    string_max: usize,
) -> bool {
    let data = function.inst(inst);
    let Immediate::Format(format) = &data.immediate else { return false };
    let mut args = data.args.iter().copied();
    let (mut folded, mut kept) = (Format::default(), Vec::new());
    for piece in &format.pieces {
        let conversion = match piece {
            Piece::Literal(text) => {
                folded.push_literal(text);
                continue;
            }
            Piece::Convert(conversion) => *conversion,
        };
        let own: Vec<Value> = args.by_ref().take(conversion.operands().count()).collect();
        let text = match own.as_slice() {
            &[value] => constant(function, value)
                .and_then(|value| converted(&conversion, &value, string_max)),
            _ => None,
        };
        match text {
            Some(text) => folded.push_literal(text),
            None => {
                folded.push(conversion);
                kept.extend(own);
            }
        }
    }
    let changes = kept.len() < data.args.len();
    let says_text = data.opcode == Opcode::Sprint && kept.is_empty();
    let data = &mut function.insts[inst.0];
    match folded.pieces.as_slice() {
        [] if says_text => Constant::Text(BString::default()).replace(data),
        [Piece::Literal(text)] if says_text => Constant::Text(text.clone()).replace(data),
        _ if changes => {
            data.immediate = Immediate::Format(folded);
            data.args = kept;
        }
        _ => return false,
    }
    true
}

/// The widest field that is made text of when the script is compiled.
const PAD_MOST: u32 = 256;

/// What a conversion makes of a constant: a decimal number or a string, padded with spaces.
fn converted(conversion: &Conversion, value: &Constant, string_max: usize) -> Option<BString> {
    let Conversion { kind, left, width, precision, .. } = *conversion;
    let padded = Conversion { left, width, precision, ..Conversion::plain(kind) };
    if *conversion != padded {
        return None;
    }
    let mut text: BString = match (kind, value, precision) {
        (ConversionKind::Decimal, Constant::Int(value), Amount::None) => value.to_string().into(),
        (ConversionKind::String, Constant::Text(text), Amount::None) => {
            cut(text, string_max).into()
        }
        (ConversionKind::String, Constant::Text(text), Amount::Constant(most)) => {
            let text = cut(text, string_max);
            text[..text.len().min(most as usize)].into()
        }
        _ => return None,
    };
    let spaces = match width {
        Amount::None => 0,
        Amount::Constant(width @ 0..=PAD_MOST) => (width as usize).saturating_sub(text.len()),
        _ => return None,
    };
    let at = if left { text.len() } else { 0 };
    text.splice(at..at, std::iter::repeat_n(b' ', spaces));
    Some(text)
}

/// The bytes of a string as the kernel has it.
fn cut(text: &[u8], string_max: usize) -> &[u8] {
    &text[..text.len().min(string_max - 1)]
}

fn substring(text: &[u8], from: i64, length: i64) -> &[u8] {
    match (usize::try_from(from), usize::try_from(length)) {
        (Ok(from), Ok(length)) if from < text.len() => {
            &text[from..from.saturating_add(length).min(text.len())]
        }
        _ => &[],
    }
}

fn unary(opcode: Opcode, a: i64) -> Option<Constant> {
    Some(Constant::Int(match opcode {
        Opcode::Ineg => a.wrapping_neg(),
        Opcode::Inot => !a,
        _ => return None,
    }))
}

fn integers(opcode: Opcode, a: i64, b: i64) -> Option<Constant> {
    let shift = (b & 63) as u32;
    let value = match opcode {
        Opcode::Iadd => a.wrapping_add(b),
        Opcode::Isub => a.wrapping_sub(b),
        Opcode::Imul => a.wrapping_mul(b),
        Opcode::Idiv | Opcode::IdivNz if b != 0 => a.wrapping_div(b),
        Opcode::Irem | Opcode::IremNz if b != 0 => a.wrapping_rem(b),
        Opcode::Iand => a & b,
        Opcode::Ior => a | b,
        Opcode::Ixor => a ^ b,
        Opcode::Ishl => a << shift,
        Opcode::Isshr => a >> shift,
        Opcode::Iushr => ((a as u64) >> shift) as i64,
        _ => {
            return Some(Constant::Bool(match opcode {
                Opcode::IcmpEq => a == b,
                Opcode::IcmpNe => a != b,
                Opcode::IcmpLt => a < b,
                Opcode::IcmpLe => a <= b,
                Opcode::IcmpGt => a > b,
                Opcode::IcmpGe => a >= b,
                _ => return None,
            }));
        }
    };
    Some(Constant::Int(value))
}

fn strings(opcode: Opcode, a: &[u8], b: &[u8], string_max: usize) -> Option<Constant> {
    Some(Constant::Bool(match opcode {
        Opcode::ScmpEq => a == b,
        Opcode::ScmpNe => a != b,
        Opcode::ScmpLt => a < b,
        Opcode::ScmpLe => a <= b,
        Opcode::ScmpGt => a > b,
        Opcode::ScmpGe => a >= b,
        Opcode::Sconcat => {
            return Some(Constant::Text(cut(&[a, b].concat(), string_max).into()));
        }
        _ => return None,
    }))
}
