//! Every pass keeps what a module means, and the verifier content.

use proptest::prelude::*;
use stapc_ir::{Stage, print, verify};
use stapc_passes::{Options, PASSES, Plan};

use crate::support::{generate, machine};

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..500)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Each level gives a module that does the same, and that ends with however little fuel.
    #[test]
    fn levels_keep_the_meaning(bytes in bytes()) {
        let module = generate::module(&bytes);
        for (level, skip) in [(0, ""), (1, ""), (2, LOOPS_OF_CALLS), (2, "")] {
            let plan = plan(level, skip);
            let mut done = module.clone();
            if let Err(error) = plan.run(&mut done, |_| {}) {
                return Err(TestCaseError::fail(format!("-O{level}: {error}\n{}", error.errors[0].text)));
            }
            let nesting = level < 2 || !skip.is_empty();
            if let Some(expected) = machine::run(&module, false, 2, nesting) {
                let found = machine::run(&done, true, 2, nesting).unwrap_or_default();
                prop_assert_eq!(machine::text(&found, &done), machine::text(&expected, &done), "-O{}\n{}\n{}", level, print(&module), print(&done));
            }
            prop_assert!(machine::ends(&done, 40), "-O{level} does not end\n{}", print(&done));
        }
    }

    /// Each pass of the first stage alone, in whatever order.
    #[test]
    fn passes_keep_the_meaning_in_any_order(bytes in bytes(), order in prop::collection::vec(any::<prop::sample::Index>(), 1..6)) {
        let mut module = generate::module(&bytes);
        let passes: Vec<_> = PASSES.iter().take_while(|pass| pass.name != "place-fuel").collect();
        let passes: Vec<_> = order.iter().map(|index| passes[index.index(passes.len())]).collect();
        let nesting = passes.iter().all(|pass| pass.name != LOOPS_OF_CALLS);
        let expected = machine::run(&module, false, 2, nesting);
        for pass in passes {
            let before = print(&module);
            pass.apply(&mut module);
            if let Err(errors) = verify(&module, Stage::Lowered) {
                return Err(TestCaseError::fail(format!("{}: {}\n{before}\n{}", pass.name, errors[0], print(&module))));
            }
            if let Some(expected) = &expected {
                let found = machine::run_behind(&module, 2, nesting).unwrap_or_default();
                prop_assert_eq!(machine::text(&found, &module), machine::text(expected, &module), "{}\n{}\n{}", pass.name, before, print(&module));
            }
        }
    }
}

/// The pass behind which calls nest less deep.
const LOOPS_OF_CALLS: &str = "tail-calls";

/// The passes of a level without one, verified behind each.
fn plan(level: u8, skip: &str) -> Plan {
    let skip = skip.split_whitespace().map(str::to_owned).collect();
    Plan::of_level(&Options { level, verify_each: true, skip }).unwrap()
}

/// The properties above would hold of modules that do nothing, too.
#[test]
fn generated_modules_do_something() {
    let (mut run, mut whole, mut long) = (0, 0, 0);
    for seed in 0..300_u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut byte = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        let bytes: Vec<u8> = (0..400).map(|_| byte()).collect();
        if let Some(outcome) = machine::run(&generate::module(&bytes), false, 2, true) {
            let output = outcome.text();
            run += 1;
            whole += i32::from(!output.contains("ERROR"));
            long += i32::from(output.len() > 250);
        }
    }
    assert!(
        run > 200 && whole > 30 && long > 100,
        "{run} end, {whole} without a fault, {long} with much output"
    );
}
