//! What the generator of IR makes: modules in order, that do something, of every instruction.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;

use stapc_gen::ir::{Recipe, program};
use stapc_interp::{Options, run};
use stapc_ir::{OPCODES, Stage, print, verify};

#[test]
fn programs_are_in_order() {
    for seed in 0..1500 {
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
        let options = Options { max_steps: 20_000, duration: Some(3_500_000), ..Options::to_compare(Stage::Lowered, seed) };
        let outcome = run(&program.module, &program.events, &options).unwrap_or_else(|error| panic!("{seed}: {error}\n{}", print(&program.module)));
        whole += i32::from(!outcome.gave_up);
        quiet += i32::from(outcome.errors == 0);
        faults += i32::from(outcome.effects.faults > 0);
        long += i32::from(outcome.output.len() > 250);
    }
    eprintln!("{whole} {quiet} {faults} {long}");
    assert!(whole > 250 && quiet > 60 && faults > 60 && long > 100, "{whole} {quiet} {faults} {long}");
}
#[test]
fn every_instruction_is_made() {
    let mut seen = HashSet::new();
    for seed in 0..300 {
        let program = program(&Recipe::of_seed(seed));
        seen.extend(program.module.functions.values().flat_map(|f| f.placed_insts()).map(|i| i.opcode));
    }
    let missing: Vec<&str> = OPCODES.iter().filter(|info| !seen.contains(&info.opcode)).map(|info| info.name).collect();
    eprintln!("{missing:?}");
}
