//! Whatever a module is, executing it ends, and says what is wrong instead of failing.

#[path = "../../../ir/text/tests/generate/mod.rs"]
mod generate;

use proptest::prelude::*;
use stapc_interp::{Bounds, Event, Options, run, run_each};
use stapc_ir::Stage;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    /// Modules whole in form, without sense.
    #[test]
    fn nonsense_is_refused_or_executed(bytes in prop::collection::vec(any::<u8>(), 0..800), seed in any::<u64>()) {
        let module = generate::module(&bytes, &["f".to_owned(), "vfs_read".to_owned()]);
        let events: Vec<Event> = module
            .probes
            .iter()
            .map(|probe| Event { probe: probe.point.clone(), ..Event::default() })
            .collect();
        for stage in [Stage::Lowered, Stage::Placed, Stage::Final] {
            for bounds in [Bounds::Kernel, Bounds::Comparable] {
                let options =
                    Options { bounds, max_steps: 2000, ..Options::to_compare(stage, seed) };
                // Twice the same, if it is executed.
                prop_assert_eq!(run(&module, &events, &options), run(&module, &events, &options));
                let _ = run_each(&module, 2, &options);
            }
        }
    }
}

/// The property above would hold of modules that are all refused at once, too.
#[test]
fn nonsense_is_executed_in_part() {
    let mut steps = 0;
    for seed in 0..2000_u32 {
        let bytes: Vec<u8> =
            (0..600_u32).map(|at| (seed.wrapping_mul(at * 7 + 13) >> 7) as u8).collect();
        let module = generate::module(&bytes, &["f".to_owned()]);
        let options = Options { max_steps: 2000, ..Options::to_compare(Stage::Lowered, 1) };
        steps += run_each(&module, 1, &options).map_or(0, |outcome| outcome.steps);
    }
    assert!(steps > 200, "{steps} steps");
}
