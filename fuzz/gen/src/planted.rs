//! Wrong rewrites, planted one at a time behind all passes, as a pass with a defect would make them: to
//! see whether the verifier or the oracle would find it.

mod effects;
mod placed;
mod values;

use stapc_ir::{
    Block, FuncId, Function, Immediate, Inst, InstData, Location, Module, Opcode, Stage, Type,
    Value, verify,
};

use crate::{
    Random,
    ir::Program,
    oracle::{Difference, Reference, Source, compared, ends, program},
};

/// A wrong rewrite.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    /// What it does, in a few words.
    pub name: &'static str,
    plant: fn(&mut Module, &mut Random) -> bool,
}

/// Who found that something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The verifier.
    Verifier,
    /// The module does something else, or what is forbidden.
    Oracle,
    /// A handler does not end, or does what is forbidden with little fuel or without locks.
    Ends,
}

impl By {
    /// As the table of `cargo xtask fuzz planted` says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verifier => "verifier",
            Self::Oracle => "oracle",
            Self::Ends => "oracle, little fuel",
        }
    }
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Planted> {
    values::TABLE.iter().chain(effects::TABLE).chain(placed::TABLE)
}

/// Plants a rewrite into what -O2 made of a program, and says who finds it; none if it could not be
/// planted there, or nobody does.
pub fn try_one(
    planted: &Planted,
    reference: &Reference<'_>,
    optimised: &Module,
    random: &mut Random,
) -> Option<By> {
    let mut module = optimised.clone();
    if !(planted.plant)(&mut module, random) {
        return None;
    }
    if verify(&module, Stage::Final).is_err() {
        return Some(By::Verifier);
    }
    match compared(reference, &module, Stage::Final) {
        Ok(Difference::Found(_)) | Err(_) => return Some(By::Oracle),
        Ok(_) => {}
    }
    ends(reference.program, &module).is_err().then_some(By::Ends)
}

/// What -O2 makes of a program.
pub fn optimised(program: &Program) -> Option<Module> {
    let verified = stapc_passes::run(program.module.clone(), 2, |_, _| {}).ok()?;
    Some(verified.module().clone())
}

/// Where an instruction stands.
#[derive(Clone, Copy)]
struct Place {
    function: FuncId,
    block: Block,
    at: usize,
    inst: Inst,
}

/// One of the instructions for which `fits` holds.
fn pick(
    module: &Module,
    random: &mut Random,
    fits: impl Fn(&Function, &InstData) -> bool,
) -> Option<Place> {
    let mut places = Vec::new();
    for id in module.function_ids() {
        let function = module.function(id);
        for &block in &function.layout {
            for (at, &inst) in function.block(block).insts.iter().enumerate() {
                if fits(function, function.inst(inst)) {
                    places.push(Place { function: id, block, at, inst });
                }
            }
        }
    }
    let count = places.len() as u64;
    (count > 0).then(|| places[random.below(count) as usize])
}

/// One of the instructions of an opcode.
fn pick_opcode(module: &Module, random: &mut Random, opcode: Opcode) -> Option<Place> {
    pick(module, random, |_, inst| inst.opcode == opcode)
}

/// Changes an instruction of an opcode.
fn change(
    module: &mut Module,
    random: &mut Random,
    opcode: Opcode,
    change: impl Fn(&mut InstData),
) -> bool {
    let Some(place) = pick_opcode(module, random, opcode) else { return false };
    change(&mut module.function_mut(place.function).insts[place.inst.0]);
    true
}

/// Makes another opcode of one.
fn exchange(module: &mut Module, random: &mut Random, from: Opcode, to: Opcode) -> bool {
    change(module, random, from, |inst| inst.opcode = to)
}

/// Swaps two operands.
fn swap(module: &mut Module, random: &mut Random, opcode: Opcode, a: usize, b: usize) -> bool {
    change(module, random, opcode, |inst| inst.args.swap(a, b))
}

/// Removes an instruction without a result.
fn drop_one(module: &mut Module, random: &mut Random, opcode: Opcode) -> bool {
    let Some(place) = pick_opcode(module, random, opcode) else { return false };
    module.function_mut(place.function).block_mut(place.block).insts.remove(place.at);
    true
}

/// Executes an instruction without a result once more.
fn double(module: &mut Module, random: &mut Random, opcode: Opcode) -> bool {
    let Some(place) = pick_opcode(module, random, opcode) else { return false };
    let block = module.function_mut(place.function).block_mut(place.block);
    block.insts.insert(place.at, place.inst);
    true
}

/// Uses another value wherever one is used.
fn replace(function: &mut Function, old: Value, new: Value) {
    function.map_uses(|value| if value == old { new } else { value });
}

/// Puts an instruction behind a place; what it gives.
fn insert_behind(
    function: &mut Function,
    place: Place,
    opcode: Opcode,
    immediate: Immediate,
    args: Vec<Value>,
    ty: Option<Type>,
) -> Option<Value> {
    let inst = function.make_inst(opcode, immediate, args, ty, Location::default());
    function.block_mut(place.block).insts.insert(place.at + 1, inst);
    function.inst(inst).result
}

/// Programs that each is tried with.
pub const MOST_PROGRAMS: u64 = 400;
/// How many may stay unfound.
pub const MOST_MISSED: usize = 3;

/// What came of a wrong rewrite.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// What it does.
    pub name: &'static str,
    /// The first who found it.
    pub by: Option<By>,
    /// How many programs it took.
    pub programs: u64,
}

/// Tries each of them with programs until it is found.
pub fn search() -> Vec<Found> {
    let mut open: Vec<&Planted> = all().collect();
    let mut found: Vec<Found> =
        open.iter().map(|planted| Found { name: planted.name, by: None, programs: 0 }).collect();
    for seed in 0..MOST_PROGRAMS {
        let source = Source::of_seed(seed);
        let Ok(Some(program)) = program(&source) else { continue };
        let (Ok(reference), Some(module)) = (Reference::of(&program), optimised(&program)) else {
            continue;
        };
        let mut random = Random::new(seed);
        open.retain(|planted| {
            let by = try_one(planted, &reference, &module, &mut random);
            if let Some(found) = found.iter_mut().find(|found| found.name == planted.name) {
                (found.by, found.programs) = (by, seed + 1);
            }
            by.is_none()
        });
        if open.is_empty() {
            break;
        }
    }
    found
}
