//! Wrong rewrites of what computes.

use stapc_ir::{
    Immediate, Module, Opcode, Terminator, Type,
    format::{ConversionKind, Piece},
};

use super::{Place, Planted, change, exchange, insert_behind, pick, pick_opcode, replace, swap};
use crate::Random;

#[rustfmt::skip] // A table.
pub(super) static TABLE: &[Planted] = &[
    Planted { name: "a sum becomes a difference", plant: |m, r| exchange(m, r, Opcode::Iadd, Opcode::Isub) },
    Planted { name: "a difference becomes a sum", plant: |m, r| exchange(m, r, Opcode::Isub, Opcode::Iadd) },
    Planted { name: "operands of a difference swapped", plant: |m, r| swap(m, r, Opcode::Isub, 0, 1) },
    Planted { name: "a product becomes a sum", plant: |m, r| exchange(m, r, Opcode::Imul, Opcode::Iadd) },
    Planted { name: "operands of a division swapped", plant: |m, r| swap(m, r, Opcode::Idiv, 0, 1) },
    Planted { name: "a remainder becomes a quotient", plant: |m, r| exchange(m, r, Opcode::Irem, Opcode::Idiv) },
    Planted { name: "a division by zero is not looked for", plant: |m, r| exchange(m, r, Opcode::Idiv, Opcode::IdivNz) },
    Planted { name: "bitwise and becomes or", plant: |m, r| exchange(m, r, Opcode::Iand, Opcode::Ior) },
    Planted { name: "a shift goes the other way", plant: |m, r| exchange(m, r, Opcode::Ishl, Opcode::Isshr) },
    Planted { name: "a shift loses the sign", plant: |m, r| exchange(m, r, Opcode::Isshr, Opcode::Iushr) },
    Planted { name: "less becomes less or equal", plant: |m, r| exchange(m, r, Opcode::IcmpLt, Opcode::IcmpLe) },
    Planted { name: "equal becomes different", plant: |m, r| exchange(m, r, Opcode::IcmpEq, Opcode::IcmpNe) },
    Planted { name: "operands of greater swapped", plant: |m, r| swap(m, r, Opcode::IcmpGt, 0, 1) },
    Planted { name: "equal strings become different", plant: |m, r| exchange(m, r, Opcode::ScmpEq, Opcode::ScmpNe) },
    Planted { name: "order of strings swapped", plant: |m, r| swap(m, r, Opcode::ScmpLt, 0, 1) },
    Planted { name: "a condition as a number negated", plant: negated_condition },
    Planted { name: "ways of a branch swapped", plant: ways_swapped },
    Planted { name: "a branch always taken", plant: always_taken },
    Planted { name: "a constant one too large", plant: |m, r| change(m, r, Opcode::Iconst, |inst| {
        if let Immediate::Int(value) = &mut inst.immediate { *value = value.wrapping_add(1); }
    }) },
    Planted { name: "a constant string one byte longer", plant: |m, r| change(m, r, Opcode::Sconst, |inst| {
        if let Immediate::Text(text) = &mut inst.immediate { text.insert(0, b'!'); }
    }) },
    Planted { name: "concatenated the other way round", plant: |m, r| swap(m, r, Opcode::Sconcat, 0, 1) },
    Planted { name: "position and length of a part swapped", plant: |m, r| swap(m, r, Opcode::Ssubstr, 1, 2) },
    Planted { name: "a decimal number in hexadecimal", plant: hexadecimal },
    Planted { name: "literal text of a format changed", plant: literal_changed },
    Planted { name: "a process taken for a thread", plant: |m, r| exchange(m, r, Opcode::Pid, Opcode::Tid) },
    Planted { name: "the name of the probe taken for the function's", plant: |m, r| exchange(m, r, Opcode::ProbePoint, Opcode::ProbeFunc) },
    Planted { name: "an argument taken for the next", plant: |m, r| change(m, r, Opcode::Arg, |inst| {
        if let Immediate::Index(index) = &mut inst.immediate { *index = (*index + 1) % 6; }
    }) },
    Planted { name: "a load too narrow", plant: |m, r| exchange(m, r, Opcode::LoadU32, Opcode::LoadU16) },
    Planted { name: "a load with a sign", plant: |m, r| exchange(m, r, Opcode::LoadU8, Opcode::LoadS8) },
    Planted { name: "a load from behind", plant: |m, r| change(m, r, Opcode::LoadU64, |inst| {
        if let Immediate::Int(offset) = &mut inst.immediate { *offset = offset.wrapping_add(8); }
    }) },
    Planted { name: "arguments of a call swapped", plant: call_swapped },
    Planted { name: "a function returns something else", plant: returned_changed },
    Planted { name: "a parameter given another's value", plant: edge_swapped },
];

fn negated_condition(module: &mut Module, random: &mut Random) -> bool {
    let Some(place) = pick_opcode(module, random, Opcode::B2i) else { return false };
    let function = module.function_mut(place.function);
    let args = function.inst(place.inst).args.clone();
    let before = Place { at: place.at.wrapping_sub(1), ..place };
    let inst = function.make_inst(
        Opcode::Bnot,
        Immediate::None,
        args,
        Some(Type::Bool),
        stapc_ir::Location::default(),
    );
    function.block_mut(before.block).insts.insert(place.at, inst);
    let result = function.inst(inst).result;
    function.insts[place.inst.0].args = result.into_iter().collect();
    true
}

/// One of the branches with different ways: its function and block.
fn branch(module: &Module, random: &mut Random) -> Option<(stapc_ir::FuncId, stapc_ir::Block)> {
    let mut found = Vec::new();
    for id in module.function_ids() {
        let function = module.function(id);
        let branches = function.layout.iter().filter(|&&block| {
            matches!(&function.block(block).terminator, Some(Terminator::Branch(_, a, b)) if a != b)
        });
        found.extend(branches.map(|&block| (id, block)));
    }
    let count = found.len() as u64;
    (count > 0).then(|| found[random.below(count) as usize])
}

fn ways_swapped(module: &mut Module, random: &mut Random) -> bool {
    let Some((id, block)) = branch(module, random) else { return false };
    if let Some(Terminator::Branch(_, then, otherwise)) =
        &mut module.function_mut(id).block_mut(block).terminator
    {
        std::mem::swap(then, otherwise);
    }
    true
}

fn always_taken(module: &mut Module, random: &mut Random) -> bool {
    let Some((id, block)) = branch(module, random) else { return false };
    let function = module.function_mut(id);
    if let Some(Terminator::Branch(_, then, _)) = &function.block(block).terminator {
        function.block_mut(block).terminator = Some(Terminator::Jump(then.clone()));
    }
    // What nothing leads to any more would be found for that alone.
    function.layout = stapc_ir::cfg::reverse_postorder(function);
    true
}

fn hexadecimal(module: &mut Module, random: &mut Random) -> bool {
    change_format(module, random, |piece| match piece {
        Piece::Convert(conversion) if conversion.kind == ConversionKind::Decimal => {
            conversion.kind = ConversionKind::Hex;
            true
        }
        _ => false,
    })
}

fn literal_changed(module: &mut Module, random: &mut Random) -> bool {
    change_format(module, random, |piece| match piece {
        Piece::Literal(text) => {
            text.push(b'!');
            true
        }
        Piece::Convert(_) => false,
    })
}

/// Changes the first piece of a format that can be changed.
fn change_format(
    module: &mut Module,
    random: &mut Random,
    change: impl Fn(&mut Piece) -> bool,
) -> bool {
    let place = pick(module, random, |_, inst| match &inst.immediate {
        Immediate::Format(format) => format.clone().pieces.iter_mut().any(&change),
        _ => false,
    });
    let Some(place) = place else { return false };
    let inst = &mut module.function_mut(place.function).insts[place.inst.0];
    match &mut inst.immediate {
        Immediate::Format(format) => format.pieces.iter_mut().any(change),
        _ => false,
    }
}

fn call_swapped(module: &mut Module, random: &mut Random) -> bool {
    let place = pick(module, random, |function, inst| {
        inst.opcode == Opcode::CallFn
            && inst.args.len() > 1
            && function.ty(inst.args[0]) == function.ty(inst.args[1])
    });
    let Some(place) = place else { return false };
    module.function_mut(place.function).insts[place.inst.0].args.swap(0, 1);
    true
}

fn returned_changed(module: &mut Module, random: &mut Random) -> bool {
    let place = pick(module, random, |function, inst| {
        inst.opcode == Opcode::CallFn
            && inst.result.is_some_and(|result| function.ty(result) == Type::I64)
    });
    let Some(place) = place else { return false };
    let function = module.function_mut(place.function);
    let Some(result) = function.inst(place.inst).result else { return false };
    let negated = insert_behind(
        function,
        place,
        Opcode::Inot,
        Immediate::None,
        vec![result],
        Some(Type::I64),
    );
    let Some(negated) = negated else { return false };
    replace(function, result, negated);
    // The one use that is right.
    let inst = function.block(place.block).insts[place.at + 1];
    function.insts[inst.0].args = vec![result];
    true
}

fn edge_swapped(module: &mut Module, random: &mut Random) -> bool {
    let mut found = Vec::new();
    for id in module.function_ids() {
        let function = module.function(id);
        for &block in &function.layout {
            let edges = function.block(block).terminator.iter().flat_map(Terminator::edges);
            for (number, edge) in edges.enumerate() {
                for at in 1..edge.args.len() {
                    let (first, second) = (edge.args[0], edge.args[at]);
                    if first != second && function.ty(first) == function.ty(second) {
                        found.push((id, block, number, at));
                    }
                }
            }
        }
    }
    if found.is_empty() {
        return false;
    }
    let (id, block, number, at) = found[random.below(found.len() as u64) as usize];
    let terminator = module.function_mut(id).block_mut(block).terminator.as_mut();
    if let Some(edge) = terminator.and_then(|terminator| terminator.edges_mut().nth(number)) {
        edge.args.swap(0, at);
    }
    true
}
