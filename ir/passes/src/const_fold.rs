//! Computes what depends on constants only, and takes branches whose condition is known.
//!
//! What would fault is left to fault when it runs.

use std::collections::{HashMap, HashSet};

use bstr::BString;
use stapc_ir::{
    Function, Immediate, Inst, InstData, Module, Opcode, Terminator, Type, Value,
    format::{Conversion, ConversionKind, Format, Piece},
};

use crate::common::{each_function, replace_uses};

pub fn run(module: &mut Module) -> usize {
    let string_max = module.limits.string_max as usize;
    each_function(module, |function| {
        // A folded value may make others foldable; the layout has most of them in order.
        let rounds = std::iter::from_fn(|| Some(fold(function, string_max)));
        let folded: usize = rounds.take_while(|&changes| changes > 0).sum();
        folded + take_known_branches(function)
    })
}

/// A value known when the script is compiled.
#[derive(Debug, Clone, PartialEq)]
enum Constant {
    Int(i64),
    Bool(bool),
    Text(BString),
}

fn constant(function: &Function, value: Value) -> Option<Constant> {
    let inst = function.def(value)?;
    match (inst.opcode, &inst.immediate) {
        (Opcode::Iconst, Immediate::Int(value)) => Some(Constant::Int(*value)),
        (Opcode::Bconst, Immediate::Index(value)) => Some(Constant::Bool(*value != 0)),
        (Opcode::Sconst, Immediate::Text(text)) => Some(Constant::Text(text.clone())),
        _ => None,
    }
}

/// One round; how many instructions it changed or made unused.
fn fold(function: &mut Function, string_max: usize) -> usize {
    let mut changes = 0;
    let mut replacements = HashMap::new();
    for block in function.layout.clone() {
        for inst in function.block(block).insts.clone() {
            fold_format(function, inst, string_max);
            let data = function.inst(inst);
            if matches!(data.opcode, Opcode::Iconst | Opcode::Bconst | Opcode::Sconst) {
                continue;
            }
            if let Some(value) = evaluate(function, data, string_max) {
                let (opcode, immediate) = match value {
                    Constant::Int(value) => (Opcode::Iconst, Immediate::Int(value)),
                    Constant::Bool(value) => (Opcode::Bconst, Immediate::Index(value.into())),
                    Constant::Text(text) => (Opcode::Sconst, Immediate::Text(text)),
                };
                let data = &mut function.insts[inst.0];
                data.opcode = opcode;
                data.immediate = immediate;
                data.args.clear();
                data.near = None;
                changes += 1;
            } else if let Some(result) = data.result
                && let Some(same) = identity(function, data)
                && same != result
                && !replacements.contains_key(&result)
            {
                replacements.insert(result, same);
            }
        }
    }
    // What an identity is replaced in remains, unused; it is then no change any more.
    let mut used = HashSet::new();
    for &block in &function.layout {
        let data = function.block(block);
        let uses = data.insts.iter().flat_map(|&inst| function.inst(inst).args.clone());
        let ends = data.terminator.iter().flat_map(|terminator| terminator.uses());
        used.extend(uses.chain(ends).filter(|value| replacements.contains_key(value)));
    }
    replace_uses(function, &replacements);
    changes + used.len()
}

fn evaluate(function: &Function, inst: &InstData, string_max: usize) -> Option<Constant> {
    let args: Vec<Constant> =
        inst.args.iter().map(|&arg| constant(function, arg)).collect::<Option<_>>()?;
    match args.as_slice() {
        [Constant::Int(a)] => unary(inst.opcode, *a),
        [Constant::Int(a), Constant::Int(b)] => integers(inst.opcode, *a, *b),
        [Constant::Bool(a)] => match inst.opcode {
            Opcode::B2i => Some(Constant::Int((*a).into())),
            Opcode::Bnot => Some(Constant::Bool(!a)),
            _ => None,
        },
        [Constant::Text(a)] if inst.opcode == Opcode::Slen => {
            Some(Constant::Int(cut(a, string_max).len() as i64))
        }
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

/// Makes text of what a format says of constants: decimal numbers and strings, as they are.
fn fold_format(function: &mut Function, inst: Inst, string_max: usize) {
    let data = function.inst(inst);
    let Immediate::Format(format) = &data.immediate else { return };
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
        let text = match (own.as_slice(), conversion == Conversion::plain(conversion.kind)) {
            (&[value], true) => constant(function, value)
                .and_then(|value| plain_text(conversion.kind, value, string_max)),
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
    let data = &mut function.insts[inst.0];
    match folded.pieces.as_slice() {
        [] if data.opcode == Opcode::Sprint => {
            (data.opcode, data.immediate) = (Opcode::Sconst, Immediate::Text(BString::default()))
        }
        [Piece::Literal(text)] if data.opcode == Opcode::Sprint => {
            (data.opcode, data.immediate) = (Opcode::Sconst, Immediate::Text(text.clone()))
        }
        _ => data.immediate = Immediate::Format(folded),
    }
    data.args = kept;
}

fn plain_text(kind: ConversionKind, value: Constant, string_max: usize) -> Option<BString> {
    match (kind, value) {
        (ConversionKind::Decimal, Constant::Int(value)) => Some(value.to_string().into()),
        (ConversionKind::String, Constant::Text(text)) => Some(cut(&text, string_max).into()),
        _ => None,
    }
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
        Opcode::Idiv if b != 0 => a.wrapping_div(b),
        Opcode::Irem if b != 0 => a.wrapping_rem(b),
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

/// The operand that an instruction only passes on.
fn identity(function: &Function, inst: &InstData) -> Option<Value> {
    let int = |value| match constant(function, value) {
        Some(Constant::Int(value)) => Some(value),
        _ => None,
    };
    let &[first, second] = inst.args.as_slice() else { return None };
    match (inst.opcode, int(first), int(second)) {
        (
            Opcode::Iadd
            | Opcode::Isub
            | Opcode::Ior
            | Opcode::Ixor
            | Opcode::Ishl
            | Opcode::Isshr
            | Opcode::Iushr,
            _,
            Some(0),
        ) => Some(first),
        (Opcode::Imul | Opcode::Idiv, _, Some(1)) => Some(first),
        (Opcode::Iadd | Opcode::Ior | Opcode::Ixor, Some(0), _) => Some(second),
        (Opcode::Imul, Some(1), _) => Some(second),
        (Opcode::Imul | Opcode::Iand, _, Some(0)) => Some(second),
        (Opcode::Imul | Opcode::Iand, Some(0), _) => Some(first),
        (Opcode::Iand | Opcode::Ior, ..) if first == second => Some(first),
        // A condition made an integer and a condition again.
        (Opcode::IcmpNe, _, Some(0)) => {
            let from = function.def(first)?;
            (from.opcode == Opcode::B2i)
                .then(|| from.args.first().copied())?
                .filter(|&value| function.ty(value) == Type::Bool)
        }
        _ => None,
    }
}

fn take_known_branches(function: &mut Function) -> usize {
    let mut taken = 0;
    for block in function.layout.clone() {
        let Some(Terminator::Branch(condition, then, otherwise)) =
            function.block(block).terminator.clone()
        else {
            continue;
        };
        if let Some(Constant::Bool(known)) = constant(function, condition) {
            function.block_mut(block).terminator =
                Some(Terminator::Jump(if known { then } else { otherwise }));
            taken += 1;
        }
    }
    taken
}
