//! What the generator of IR makes: modules in order, that do something, of every instruction.

use std::collections::HashSet;

use stapc_gen::ir::{Recipe, program};
use stapc_interp::{Options, run};
use stapc_ir::{Function, Module, OPCODES, Opcode, Stage, print, verify};

#[test]
fn programs_are_in_order() {
    for seed in 0..600 {
        let program = program(&Recipe::of_seed(seed));
        if let Err(errors) = verify(&program.module, Stage::Lowered) {
            panic!("{seed}: {}\n{}", errors[0], errors[0].text);
        }
    }
}

#[test]
fn programs_do_something() {
    let (mut whole, mut quiet, mut faults, mut long) = (0, 0, 0, 0);
    for seed in 0..300 {
        let program = program(&Recipe::of_seed(seed));
        let compare = Options::to_compare(Stage::Lowered, seed);
        let options = Options { max_steps: 20_000, duration: Some(3_500_000), ..compare };
        let outcome = match run(&program.module, &program.events, &options) {
            Ok(outcome) => outcome,
            Err(error) => panic!("{seed}: {error}\n{}", print(&program.module)),
        };
        whole += i32::from(!outcome.gave_up);
        quiet += i32::from(outcome.errors == 0);
        faults += i32::from(outcome.effects.faults > 0);
        long += i32::from(outcome.output.len() > 250);
    }
    assert!(
        whole > 270 && quiet > 100 && faults > 100 && long > 60,
        "{whole} end, {quiet} without errors, {faults} with faults, {long} with much output"
    );
}

#[test]
fn every_instruction_is_made() {
    let mut made = HashSet::new();
    let mut see = |module: &Module| {
        made.extend(module.functions.values().flat_map(Function::placed_insts).map(|i| i.opcode));
    };
    for seed in 0..200 {
        let module = program(&Recipe::of_seed(seed)).module;
        see(&module);
        // Some instructions are the passes'.
        if !seed.is_multiple_of(8) {
            continue;
        }
        if let Err(error) = stapc_passes::run(module, 2, |_, behind| see(behind)) {
            panic!("{seed}: {error}");
        }
    }
    // C of scripts is nothing that the interpreter executes.
    let executed = |opcode| !matches!(opcode, Opcode::Extern | Opcode::Share);
    for info in OPCODES.iter().filter(|info| executed(info.opcode)) {
        assert!(
            made.contains(&info.opcode),
            "neither the generator nor a pass makes {}",
            info.name
        );
    }
}
