//! Prints that follow each other in a block become one, written where the last stood.
//!
//! Between them may stand only what does not fault, put anything out, or call.

use stapc_ir::{
    Block, Effects, Function, Immediate, Inst, InstData, Module, Opcode,
    format::{Format, Piece},
};

use crate::common::each_function;

/// The most bytes that a merged print may need: more is left in pieces.
const MOST: usize = 2048;

pub fn run(module: &mut Module) -> usize {
    let string_max = module.limits.string_max as usize;
    each_function(module, |function| {
        let blocks = function.layout.clone();
        blocks.into_iter().map(|block| merge(function, block, string_max)).sum()
    })
}

/// Merges those of a block; gives how many prints there are less.
fn merge(function: &mut Function, block: Block, string_max: usize) -> usize {
    let insts = function.block(block).insts.clone();
    let count = insts.len();
    let mut kept: Vec<Inst> = Vec::with_capacity(insts.len());
    // Where in `kept` the print stands that the next may take in.
    let mut open: Option<usize> = None;
    for inst in insts {
        let data = function.inst(inst);
        if let (Opcode::Print, Immediate::Format(format)) = (data.opcode, &data.immediate) {
            if format.pieces.is_empty() {
                continue;
            }
            if let Some(before) = open
                && let Some(merged) = joined(function.inst(kept[before]), data, string_max)
            {
                let before = kept.remove(before);
                let location = function.inst(before).location;
                let data = &mut function.insts[inst.0];
                data.location = location;
                (data.immediate, data.args) = merged;
            }
            open = Some(kept.len());
        } else if !passes_over(data) {
            open = None;
        }
        kept.push(inst);
    }
    let merged = count - kept.len();
    function.block_mut(block).insts = kept;
    merged
}

/// Whether a print may as well stand behind it.
fn passes_over(inst: &InstData) -> bool {
    let effects = inst.opcode.effects();
    effects.removable() || effects == Effects::WRITE
}

/// One print for two.
fn joined(
    first: &InstData,
    second: &InstData,
    string_max: usize,
) -> Option<(Immediate, Vec<stapc_ir::Value>)> {
    let (Immediate::Format(before), Immediate::Format(behind)) =
        (&first.immediate, &second.immediate)
    else {
        return None;
    };
    if size(before, string_max) + size(behind, string_max) > MOST {
        return None;
    }
    let mut format = before.clone();
    for piece in &behind.pieces {
        match piece {
            Piece::Literal(text) => format.push_literal(text),
            Piece::Convert(conversion) => format.push(*conversion),
        }
    }
    Some((Immediate::Format(format), [first.args.as_slice(), &second.args].concat()))
}

/// About how many bytes a format may give.
fn size(format: &Format, string_max: usize) -> usize {
    let piece = |piece: &Piece| match piece {
        Piece::Literal(text) => text.len(),
        Piece::Convert(conversion) if conversion.kind.operand() == stapc_ir::Type::Str => {
            string_max
        }
        Piece::Convert(_) => 24,
    };
    format.pieces.iter().map(piece).sum()
}
