//! How the time of all passes grows with a handler's length, for handlers of several shapes: no faster
//! than n log n. Prints a table of it, with the pass that takes longest, then measures.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its arguments")]

mod shapes;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use shapes::SHAPES;
use stapc_ir::{Module, Stage, verify};
use stapc_passes::{Options, Plan};

const SIZES: [usize; 4] = [100, 1000, 10_000, 100_000];

fn plan() -> Plan {
    let options = Options { verify_each: false, ..2.into() };
    match Plan::of_level(&options) {
        Ok(plan) => plan,
        Err(error) => panic!("{error}"),
    }
}

/// All passes, and verified before and behind them; the slowest of them.
fn optimise(plan: &Plan, module: &mut Module) -> (&'static str, Duration) {
    let mut slowest = ("", Duration::ZERO);
    let done = plan.run(module, |step| {
        if step.statistics.time > slowest.1 {
            slowest = (step.statistics.pass, step.statistics.time);
        }
    });
    if let Err(error) = done {
        panic!("{error}");
    }
    slowest
}

fn table() {
    let plan = plan();
    println!(
        "{:<14} {:>8} {:>10} {:>9} {:>10}  slowest pass",
        "shape", "n", "all ms", "ns/n", "verify ms"
    );
    for (name, shape) in SHAPES {
        for size in SIZES {
            let mut module = shape(size);
            let start = Instant::now();
            let slowest = optimise(&plan, &mut module);
            let all = start.elapsed();
            let start = Instant::now();
            if let Err(errors) = verify(&module, Stage::Final) {
                panic!("{}", errors[0]);
            }
            println!(
                "{name:<14} {size:>8} {:>10.2} {:>9.0} {:>10.2}  {} {:.2}",
                all.as_secs_f64() * 1e3,
                all.as_secs_f64() * 1e9 / size as f64,
                start.elapsed().as_secs_f64() * 1e3,
                slowest.0,
                slowest.1.as_secs_f64() * 1e3
            );
        }
    }
}

fn passes(criterion: &mut Criterion) {
    let plan = plan();
    let mut group = criterion.benchmark_group("passes");
    group.sample_size(10).measurement_time(Duration::from_secs(1));
    for (name, shape) in SHAPES {
        for size in SIZES {
            let module = shape(size);
            group.throughput(Throughput::Elements(size as u64));
            group.bench_with_input(BenchmarkId::new(name, size), &module, |bencher, module| {
                bencher.iter_batched_ref(
                    || module.clone(),
                    |module| black_box(optimise(&plan, module)),
                    criterion::BatchSize::LargeInput,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, passes);

fn main() {
    table();
    if !std::env::args().any(|argument| argument == "--table") {
        benches();
        Criterion::default().configure_from_args().final_summary();
    }
}
