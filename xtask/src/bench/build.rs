//! How long it takes from a script to its loadable module: the whole process, as a user waits for it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::{embedded, median, verdict};
use crate::{
    programs::{Profile, build_stapc},
    root::root,
    setup,
};

/// Scripts as users write them, and bodies as benchmarks have them.
const SCRIPTS: [&str; 10] = [
    "examples/hello.stp",
    "examples/open-flags.stp",
    "examples/read-latency.stp",
    "examples/reads-by-process.stp",
    "examples/wakeups-per-second.stp",
    "tests/bench/hits/2-aggregate.stp",
    "tests/bench/hits/5-two-maps.stp",
    "tests/bench/hits/6-pointers.stp",
    "tests/bench/hits/8-strings.stp",
    "tests/bench/hits/9-loop-and-recursion.stp",
];

/// The script for the cold run: it needs the kernel's types.
const COLD_SCRIPT: &str = "examples/reads-by-process.stp";

/// Milliseconds that the median of the scripts may take, cache warm and script new.
const WARM_LIMIT: f64 = 250.0;

/// Milliseconds that the first script of all may take, with no cache.
const COLD_LIMIT: f64 = 8000.0;

/// Options of `cargo xtask bench build`.
#[derive(Args)]
pub struct Options {
    /// How often each script is compiled
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

/// One compilation.
pub struct Run {
    /// Milliseconds, from the start of the process to its end.
    pub wall: f64,
    /// Milliseconds of its phases, in order, as it says itself.
    phases: Vec<(String, f64)>,
}

/// Milliseconds of a phase, for each run that has it.
type Phase = (String, Vec<f64>);

/// Compiles with an empty cache, then each script several times, and prints tables; whether the
/// times are within what is promised.
pub fn perform(options: &Options) -> Result<bool> {
    setup::ensure()?;
    let stapc = build_stapc(Profile::Release)?;
    let scratch = tempfile::tempdir()?;
    let compile = |script: &str, unique: u32| compile(&stapc, scratch.path(), script, &[], unique);
    let cold = compile(COLD_SCRIPT, 0)?;
    let mut phases = Vec::new();
    let mut medians = Vec::new();
    println!(
        "{:<44} {:>9} {:>9} {:>9}",
        "script to .ko, cache warm, script new", "median", "least", "most"
    );
    for (index, script) in (1..).zip(SCRIPTS) {
        let runs = (0..options.runs).map(|run| compile(script, index * 1_000_000 + run));
        match runs.collect::<Result<Vec<_>>>() {
            Ok(runs) => {
                medians.push(print_script(script, &runs));
                runs.iter().for_each(|run| collect(&mut phases, run));
            }
            Err(error) => println!("{script:<44} FAILED: {error:#}"),
        }
    }
    print_phases(&phases, &cold);
    let warm = median(&medians);
    let is_complete = medians.len() == SCRIPTS.len();
    let embedded_held = embedded::perform(&stapc, scratch.path(), options.runs)?;
    let (warm_held, cold_held) = (is_complete && warm <= WARM_LIMIT, cold.wall <= COLD_LIMIT);
    println!(
        "\nmedian of {} scripts: {warm:.0} ms, of at most {WARM_LIMIT:.0}: {}",
        medians.len(),
        verdict(warm_held)
    );
    println!(
        "without a cache: {:.0} ms, of at most {COLD_LIMIT:.0}: {}",
        cold.wall,
        verdict(cold_held)
    );
    Ok(warm_held && cold_held && embedded_held)
}

/// Prints a script's line; its median.
fn print_script(script: &str, runs: &[Run]) -> f64 {
    let walls: Vec<f64> = runs.iter().map(|run| run.wall).collect();
    let least = walls.iter().copied().fold(f64::MAX, f64::min);
    let most = walls.iter().copied().fold(0.0, f64::max);
    println!("{script:<44} {:>6.0} ms {least:>6.0} ms {most:>6.0} ms", median(&walls));
    median(&walls)
}

/// Where the cache of a benchmark is, in its folder.
pub const CACHE: &str = "cache";

/// Compiles a script that no cache can have seen: one more probe prints `unique`.
pub fn compile(
    stapc: &Path,
    scratch: &Path,
    script: &str,
    options: &[&str],
    unique: u32,
) -> Result<Run> {
    let text =
        fs::read_to_string(root().join(script)).with_context(|| format!("cannot read {script}"))?;
    let (source, module): (PathBuf, PathBuf) = (scratch.join("new.stp"), scratch.join("new.ko"));
    fs::write(&source, format!("{text}\nprobe error {{ println({unique}) }}\n"))?;
    let mut command = Command::new(stapc);
    command
        .args(["compile", "--emit=ko", "--time-passes"])
        .args(options)
        .arg("-o")
        .args([&module, &source])
        .env("STAPC_CACHE", scratch.join(CACHE))
        .stdin(Stdio::null());
    let start = Instant::now();
    let output = command.output().context("cannot run stapc")?;
    let wall = start.elapsed().as_secs_f64() * 1e3;
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || !module.exists() {
        bail!("{script} does not compile ({}):\n{stderr}", output.status);
    }
    fs::remove_file(&module)?;
    Ok(Run { wall, phases: phases(&stderr, wall) })
}

/// The phases in what `--time-passes` prints: lines of `time: MILLISECONDS ms  NAME`. The IR's passes
/// are taken together, and what the phases leave of the process's time is one more.
fn phases(text: &str, wall: f64) -> Vec<(String, f64)> {
    let mut phases: Vec<(String, f64)> = Vec::new();
    for line in text.lines() {
        let Some((time, name)) =
            line.strip_prefix("time:").and_then(|rest| rest.trim().split_once(" ms"))
        else {
            continue;
        };
        let (name, Ok(time)) = (name.trim(), time.trim().parse::<f64>()) else { continue };
        let name = if name.starts_with("pass ") { "passes" } else { name };
        match phases.iter_mut().find(|(known, _)| known == name) {
            _ if name == "total" => {}
            Some((_, sum)) => *sum += time,
            None => phases.push((name.to_owned(), time)),
        }
    }
    let sum: f64 = phases.iter().map(|(_, time)| time).sum();
    phases.push(("(process, files)".to_owned(), (wall - sum).max(0.0)));
    phases
}

/// Adds a run's phases to those of the runs before it.
fn collect(phases: &mut Vec<Phase>, run: &Run) {
    for (name, time) in &run.phases {
        match phases.iter_mut().find(|(known, _)| known == name) {
            Some((_, times)) => times.push(*time),
            None => phases.push((name.clone(), vec![*time])),
        }
    }
}

fn print_phases(warm: &[Phase], cold: &Run) {
    println!("\n{:<44} {:>9} {:>9}", "phase", "median", "cold");
    for (name, times) in warm {
        let cold =
            cold.phases.iter().find(|(known, _)| known == name).map_or(0.0, |(_, time)| *time);
        println!("{name:<44} {:>6.1} ms {cold:>6.0} ms", median(times));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_read_and_passes_summed() {
        let text = "warning: something\ntime:      1.500 ms  syntax\ntime:      0.250 ms  pass gvn\n\
                    time:      0.500 ms  pass dce\ntime:     10.000 ms  gcc\ntime:     12.250 ms  total\n";
        let expected =
            [("syntax", 1.5), ("passes", 0.75), ("gcc", 10.0), ("(process, files)", 2.75)];
        assert_eq!(phases(text, 15.0), expected.map(|(name, time)| (name.to_owned(), time)));
    }
}
