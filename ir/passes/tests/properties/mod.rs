//! Every pass keeps what a module means, and the verifier content.

use proptest::prelude::*;
use stapc_ir::{Stage, print, verify};
use stapc_passes::{PASSES, run};

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
        let expected = machine::run(&module, false, 2);
        for level in 0..=2 {
            let verified = match run(module.clone(), level, |_, _| {}) {
                Ok(verified) => verified,
                Err(error) => return Err(TestCaseError::fail(format!("-O{level}: {error}\n{}", error.errors[0].text))),
            };
            let done = verified.module();
            if let Some(expected) = &expected {
                prop_assert_eq!(&machine::run(done, true, 2).unwrap_or_default(), expected, "-O{}\n{}\n{}", level, print(&module), print(done));
            }
            prop_assert!(machine::ends(done, 40), "-O{level} does not end\n{}", print(done));
        }
    }

    /// Each pass of the first stage alone, in whatever order.
    #[test]
    fn passes_keep_the_meaning_in_any_order(bytes in bytes(), order in prop::collection::vec(any::<prop::sample::Index>(), 1..6)) {
        let mut module = generate::module(&bytes);
        let expected = machine::run(&module, false, 2);
        let passes: Vec<_> = PASSES.iter().take_while(|pass| pass.name != "place-fuel").collect();
        for pass in order.iter().map(|index| passes[index.index(passes.len())]) {
            let before = print(&module);
            pass.apply(&mut module);
            if let Err(errors) = verify(&module, Stage::Lowered) {
                return Err(TestCaseError::fail(format!("{}: {}\n{before}\n{}", pass.name, errors[0], print(&module))));
            }
            if let Some(expected) = &expected {
                prop_assert_eq!(&machine::run(&module, false, 2).unwrap_or_default(), expected, "{}\n{}\n{}", pass.name, before, print(&module));
            }
        }
    }
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
        if let Some(output) = machine::run(&generate::module(&bytes), false, 2) {
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
