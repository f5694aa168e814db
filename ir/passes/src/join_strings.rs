//! Chains of `sconcat` and `sprint` become one `sprint`, which writes each piece once.
//!
//! Every string is cut at the same length, so that it does not matter how often. Only what is made in
//! the same block and used once is taken in; `%c` and `%b` are not, since a NUL that they write ends their own string and no other.

use std::collections::HashSet;

use stapc_ir::{
    Function, Immediate, Inst, InstData, Module, Opcode, Value,
    format::{Conversion, ConversionKind, Format, Piece},
};

use crate::common::{each_function, use_counts};

/// No more pieces than this are joined.
const MOST: usize = 24;

pub fn run(module: &mut Module) -> usize {
    let string_max = module.limits.string_max as usize;
    each_function(module, |function| {
        let uses = use_counts(function);
        let mut joined = 0;
        for block in function.layout.clone() {
            let insts = function.block(block).insts.clone();
            // Elsewhere it may be made less often than it is used.
            let made_here = insts.iter().filter_map(|&inst| function.inst(inst).result);
            let once: HashSet<Value> =
                made_here.filter(|value| uses.get(value) == Some(&1)).collect();
            for inst in insts {
                joined += usize::from(join(function, inst, &once, string_max));
            }
        }
        joined
    })
}

/// A format while it is put together, and its operands.
#[derive(Default)]
struct Joined {
    format: Format,
    args: Vec<Value>,
    /// Whether anything was taken in.
    grew: bool,
}

/// Takes in what an instruction is made of; whether there was any.
fn join(function: &mut Function, inst: Inst, once: &HashSet<Value>, string_max: usize) -> bool {
    let data = function.inst(inst);
    let mut joined = Joined::default();
    if !splice(function, data, once, string_max, &mut joined)
        || !joined.grew
        || joined.format.pieces.len() > MOST
    {
        return false;
    }
    let data = &mut function.insts[inst.0];
    data.opcode = Opcode::Sprint;
    data.immediate = Immediate::Format(joined.format);
    data.args = joined.args;
    true
}

/// Adds what an instruction makes; whether it is one that can be added.
///
/// What is taken in was joined itself before: no chain is followed further than one step.
fn splice(
    function: &Function,
    inst: &InstData,
    once: &HashSet<Value>,
    string_max: usize,
    joined: &mut Joined,
) -> bool {
    match (inst.opcode, &inst.immediate) {
        (Opcode::Sconcat, _) => {
            for &arg in &inst.args {
                string(function, arg, once, string_max, joined);
            }
        }
        (Opcode::Sprint, Immediate::Format(format)) if !format.may_write_nul() => {
            let mut args = inst.args.iter().copied();
            for piece in &format.pieces {
                match piece {
                    Piece::Literal(text) => joined.format.push_literal(text),
                    Piece::Convert(conversion)
                        if *conversion == Conversion::plain(ConversionKind::String) =>
                    {
                        if let Some(arg) = args.next() {
                            string(function, arg, once, string_max, joined);
                        }
                    }
                    Piece::Convert(conversion) => {
                        joined.format.push(*conversion);
                        joined.args.extend(args.by_ref().take(conversion.operands().count()));
                    }
                }
            }
        }
        _ => return false,
    }
    true
}

/// Adds a string: its pieces if it is made of some and used nowhere else, else itself.
fn string(
    function: &Function,
    value: Value,
    once: &HashSet<Value>,
    string_max: usize,
    joined: &mut Joined,
) {
    let pieces = function.def(value).filter(|_| once.contains(&value));
    match pieces.map(|inst| (inst.opcode, &inst.immediate, &inst.args)) {
        Some((Opcode::Sprint, Immediate::Format(format), args)) if !format.may_write_nul() => {
            format.pieces.iter().for_each(|piece| match piece {
                Piece::Literal(text) => joined.format.push_literal(text),
                Piece::Convert(conversion) => joined.format.push(*conversion),
            });
            joined.args.extend(args);
            joined.grew = true;
        }
        Some((Opcode::Sconcat, _, args)) => {
            for &arg in args {
                joined.format.push(Conversion::plain(ConversionKind::String));
                joined.args.push(arg);
            }
            joined.grew = true;
        }
        _ => match function.def(value).map(|inst| &inst.immediate) {
            Some(Immediate::Text(text)) if text.len() < string_max => {
                joined.format.push_literal(text)
            }
            _ => {
                joined.format.push(Conversion::plain(ConversionKind::String));
                joined.args.push(value);
            }
        },
    }
}
