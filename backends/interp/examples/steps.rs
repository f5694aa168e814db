//! What passes are worth, in instructions: for `cargo xtask bench opt`.
//!
//! Takes files of lowered IR, and prints for each how many instructions it has and how many steps the
//! interpreter takes for the same events, at each level of optimisation; then what each pass
//! contributes, by leaving it out. Behind `--no-locks` stand files that must take no lock in a hit,
//! behind `--beside` those that the promise is not of.
//!
//! The events are made up: each probe of the kernel is hit by turns, by four tasks.
#![expect(clippy::disallowed_methods, reason = "reads its files")]

use std::{collections::BTreeMap, error::Error, fs, path::Path, process::ExitCode};

use stapc_interp::{Bounds, Context, Event, Memory, Options, Outcome};
use stapc_ir::{Attach, Module, Stage};
use stapc_passes::{PASSES, Plan};

/// How often each probe is hit.
const TURNS: u64 = 200;
/// The most that -O2 may take of the steps of -O0, in the geometric mean.
const LIMIT: f64 = 0.6;

/// What is promised of a file.
#[derive(Clone, Copy, PartialEq)]
enum Promise {
    /// Its steps count.
    Steps,
    /// And it takes no lock.
    NoLocks,
    /// Nothing.
    Nothing,
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match measure(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("steps: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the tables; whether all that is promised holds.
fn measure(args: impl Iterator<Item = String>) -> Result<bool> {
    let mut modules = Vec::new();
    let mut promise = Promise::Steps;
    for arg in args {
        match arg.as_str() {
            "--no-locks" => promise = Promise::NoLocks,
            "--beside" => promise = Promise::Nothing,
            _ => modules.push(read(&arg, promise)?),
        }
    }
    let levels = levels(&modules)?;
    contributions(&modules)?;
    Ok(levels)
}

fn read(file: &str, promise: Promise) -> Result<(String, Module, Promise)> {
    let module = stapc_ir_text::parse(&fs::read_to_string(file)?)
        .map_err(|errors| format!("{file}: {}", errors[0]))?;
    let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((name, module, promise))
}

fn levels(modules: &[(String, Module, Promise)]) -> Result<bool> {
    println!(
        "{:<24} {:>20} {:>26} {:>6} {:>6}",
        "", "IR instructions", "interpreted steps", "", "locks"
    );
    println!(
        "{:<24} {:>6} {:>6} {:>6} {:>8} {:>8} {:>8} {:>6} {:>6}",
        "script", "-O0", "-O1", "-O2", "-O0", "-O1", "-O2", "ratio", "a hit"
    );
    let mut holds = true;
    let (mut ratios, mut beside) = (Vec::new(), Vec::new());
    for (name, module, promise) in modules {
        let runs = [0, 1, 2].map(|level| run(module, level, &[]));
        let [plain, some, all] = runs;
        let (plain, some, all) = (plain?, some?, all?);
        let ratio = all.1.steps as f64 / plain.1.steps as f64;
        let locks = all.1.effects.locks as f64 / all.1.hits.max(1) as f64;
        if *promise == Promise::Nothing { &mut beside } else { &mut ratios }.push(ratio);
        let verdict = if *promise == Promise::NoLocks && all.1.effects.locks > 0 {
            " TAKES LOCKS"
        } else {
            ""
        };
        holds &= verdict.is_empty();
        println!(
            "{name:<24} {:>6} {:>6} {:>6} {:>8} {:>8} {:>8} {ratio:>6.2} {locks:>6.2}{verdict}",
            plain.0, some.0, all.0, plain.1.steps, some.1.steps, all.1.steps
        );
    }
    let mean = geometric_mean(&ratios);
    let verdict = if mean <= LIMIT { "held" } else { "NOT HELD" };
    println!(
        "\n-O2 takes {mean:.4} of the steps of -O0, in the geometric mean of bodies and examples; at most {LIMIT}: {verdict}"
    );
    beside.extend(ratios);
    println!("With the scripts beside them: {:.3}", geometric_mean(&beside));
    Ok(holds && mean <= LIMIT)
}

/// How much more is executed without each pass.
fn contributions(modules: &[(String, Module, Promise)]) -> Result<()> {
    println!("\n{:<20} {:>14} {:>16} {:>10}", "without the pass", "steps", "at most", "scripts");
    let mut all = BTreeMap::new();
    for (name, module, _) in modules {
        all.insert(name, run(module, 2, &[])?.1.steps as f64);
    }
    for pass in PASSES {
        let skip = vec![pass.name.to_owned()];
        let mut ratios = Vec::new();
        for (name, module, _) in modules {
            match run(module, 2, &skip) {
                Ok((_, outcome)) => ratios.push((outcome.steps as f64 / all[name], name)),
                // What nothing works without is not left out.
                Err(_) => break,
            }
        }
        if ratios.len() < modules.len() {
            continue;
        }
        let mean = geometric_mean(&ratios.iter().map(|(ratio, _)| *ratio).collect::<Vec<_>>());
        let changed = ratios.iter().filter(|(ratio, _)| *ratio != 1.0).count();
        let most = ratios.iter().max_by(|a, b| a.0.total_cmp(&b.0));
        let (most, name) = most.map_or((1.0, ""), |(ratio, name)| (*ratio, name.as_str()));
        let name = if most > 1.0 { name } else { "" };
        println!(
            "{:<20} {:>13.2}% {:>15.2}% {changed:>10} {name}",
            pass.name,
            (mean - 1.0) * 100.0,
            (most - 1.0) * 100.0
        );
    }
    Ok(())
}

/// A module's instructions behind a level's passes, and what comes of its events.
fn run(module: &Module, level: u8, skip: &[String]) -> Result<(usize, Outcome)> {
    let options = stapc_passes::Options { level, verify_each: false, skip: skip.to_vec() };
    let plan = Plan::of_level(&options)?;
    let verified = plan.finish(module.clone(), |_| {})?;
    let options = Options {
        stage: Stage::Final,
        made_up: true,
        bounds: Bounds::Kernel,
        tick: 100,
        cpus: 4,
        duration: Some(3_000_000_000),
        ..Options::default()
    };
    let outcome = stapc_interp::run(verified.module(), &events(module), &options)?;
    Ok((stapc_passes::size(verified.module()), outcome))
}

/// Each probe of the kernel is hit by turns.
fn events(module: &Module) -> Vec<Event> {
    let mut events = Vec::new();
    for turn in 0..TURNS {
        for (number, probe) in module.probes.iter().enumerate() {
            let (symbol, ret) = match &probe.attach {
                Attach::Entry(code) | Attach::Call(code) => (&code.function, None),
                Attach::Return(code, _) => (&code.function, Some(turn as i64 % 5 - 1)),
                _ => continue,
            };
            let task = turn as i64 % 4;
            let context = Context {
                pid: Some(100 + task),
                tid: Some(200 + task),
                uid: Some(task % 2),
                execname: Some(["cat", "dd", "sh", "cat"][task as usize].to_owned()),
                args: vec![0x1000, 0x2000, 512 + turn as i64, 7, 8, 9],
                ret,
                ..Context::default()
            };
            let at = (turn * 100 + number as u64) * 10_000;
            let cpu = task as u32;
            let memory = vec![memory()];
            events.push(Event {
                probe: symbol.clone(),
                at,
                cpu,
                context,
                memory,
                ..Event::default()
            });
        }
    }
    events
}

/// Memory in which every pointer leads to more of it.
fn memory() -> Memory {
    let bytes = 0x2000_u64.to_le_bytes().into_iter().cycle().take(0x4000).collect();
    Memory { address: 0x1000, bytes }
}

fn geometric_mean(numbers: &[f64]) -> f64 {
    let sum: f64 = numbers.iter().map(|number| number.ln()).sum();
    (sum / numbers.len().max(1) as f64).exp()
}
