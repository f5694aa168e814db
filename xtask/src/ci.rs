//! `cargo xtask ci`: what continuous integration runs, all of it.

use std::{
    fmt::Write as _,
    io::IsTerminal as _,
    process::{Command, ExitCode},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, bail};

use crate::{conformance, fuzz, process, tidy};

/// A step: its heading, and what it does. Its output goes straight to this terminal, the tests'
/// closing lines included.
type Step = (&'static str, fn() -> Result<()>);

/// Steps, one after the other, and a command of this program that runs beside them: what it says comes behind them.
struct Group {
    steps: &'static [Step],
    beside: Option<(&'static str, &'static [&'static str])>,
}

const GROUPS: &[Group] = &[
    Group {
        steps: &[("formatting", formatting), ("lints", lints), ("tidy", tidy::check)],
        // What is unpacked and installed takes one processor, and lints need none of it.
        beside: Some(("setup", &["setup"])),
    },
    Group {
        steps: &[
            // Unit tests, file tests, and scripts in the virtual machine.
            ("tests", || cargo(&["test", "--workspace", "--no-fail-fast"])),
            // What is compared with has to be installed; where it is not, this says so.
            ("conformance", || passed(conformance::count()?)),
            ("examples", || passed(conformance::examples(&conformance::Options::default())?)),
        ],
        beside: None,
    },
    Group {
        steps: &[
            ("oracle", || passed(fuzz::oracle(&fuzz::Options::default())?)),
            ("hosted", || passed(fuzz::hosted(&fuzz::Options::of_count(HOSTED))?)),
            ("fuzzing", || passed(fuzz::perform(&fuzz::Options::default())?)),
        ],
        // A minute, on Debian's kernel with two processors that take turns, and so leave one of this machine's.
        beside: Some(("stress", &["stress", "--seconds=60", "--machine=5"])),
    },
];

/// Programs of the generator that are compiled and run under sanitizers.
const HOSTED: u64 = 150;

/// How a step ended.
struct Outcome {
    name: &'static str,
    error: Option<String>,
    time: Duration,
}

/// Runs every step, failed ones before it or not, and sums up.
pub fn perform() -> Result<ExitCode> {
    let start = Instant::now();
    let outcomes: Vec<Outcome> = GROUPS.iter().flat_map(perform_group).collect();
    print!("{}", summary(&outcomes, start.elapsed()));
    let is_green = outcomes.iter().all(|outcome| outcome.error.is_none());
    Ok(if is_green { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn perform_group(group: &Group) -> Vec<Outcome> {
    let perform_steps = || group.steps.iter().map(perform_step).collect();
    let Some((name, words)) = group.beside else { return perform_steps() };
    thread::scope(|scope| {
        let beside = scope.spawn(|| own_command(words));
        let mut outcomes: Vec<Outcome> = perform_steps();
        println!("\n=== {name}, which ran beside these");
        let panicked = |_| (String::new(), Duration::ZERO, Err(anyhow!("its thread panicked")));
        let (said, time, result) = beside.join().unwrap_or_else(panicked);
        print!("{said}");
        outcomes.push(ended(name, result, time));
        outcomes
    })
}

fn perform_step(&(name, step): &Step) -> Outcome {
    println!("\n=== {name}");
    let start = Instant::now();
    let result = step();
    ended(name, result, start.elapsed())
}

/// Says how a step ended.
fn ended(name: &'static str, result: Result<()>, time: Duration) -> Outcome {
    let error = result.err().map(|error| format!("{error:#}"));
    match &error {
        None => println!("=== {name}: passed in {}", shown(time)),
        Some(error) => println!("{error}\n=== {name}: FAILED in {}", shown(time)),
    }
    Outcome { name, error, time }
}

/// What a command of this program says, the whole of it at once; how long it took, and whether it passed.
fn own_command(words: &[&str]) -> (String, Duration, Result<()>) {
    let start = Instant::now();
    // This program, even where another has been built in its place since.
    let output = Command::new("/proc/self/exe").args(words).output();
    let (said, result) = match output {
        Ok(output) => (
            String::from_utf8_lossy(&[output.stderr, output.stdout].concat()).into_owned(),
            if output.status.success() { Ok(()) } else { Err(anyhow!("see above")) },
        ),
        Err(error) => (String::new(), Err(anyhow!("cannot run this program again: {error}"))),
    };
    (said, start.elapsed(), result)
}

/// An error where a task has not held what it checks, which it has told.
fn passed(code: ExitCode) -> Result<()> {
    if code == ExitCode::SUCCESS { Ok(()) } else { bail!("see above") }
}

/// rustfmt has its own mind about colours.
fn formatting() -> Result<()> {
    let color = if std::io::stdout().is_terminal() { "always" } else { "never" };
    cargo(&["fmt", "--all", "--check", "--", "--color", color])
}

fn lints() -> Result<()> {
    cargo(&["clippy", "--workspace", "--all-targets", "--keep-going", "--", "-D", "warnings"])
}

fn cargo(arguments: &[&str]) -> Result<()> {
    let mut command: Command = process::cargo();
    command.args(arguments);
    if !std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "never");
    }
    process::run(&mut command)
}

/// A line for each step, and one for the whole.
fn summary(outcomes: &[Outcome], whole: Duration) -> String {
    let mut text = String::from("\n=== summary\n");
    for outcome in outcomes {
        let word = if outcome.error.is_none() { "passed" } else { "FAILED" };
        let _ = writeln!(text, "{:<12} {word}  {:>7}", outcome.name, shown(outcome.time));
    }
    let failed = outcomes.iter().filter(|outcome| outcome.error.is_some()).count();
    let total = shown(whole);
    let _ = match failed {
        0 => writeln!(text, "ci: all {} steps passed in {total}", outcomes.len()),
        _ => writeln!(text, "ci: {failed} of {} steps FAILED, in {total}", outcomes.len()),
    };
    text
}

fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_step_fails_the_whole_and_is_named() {
        let outcome = |name, error: Option<&str>, seconds| Outcome {
            name,
            error: error.map(str::to_owned),
            time: Duration::from_secs(seconds),
        };
        let outcomes = [outcome("lints", None, 3), outcome("tests", Some("no"), 125)];
        let text = summary(&outcomes, Duration::from_secs(127));
        assert_eq!(
            text,
            "\n=== summary\nlints        passed    3.0 s\ntests        FAILED  2 min 05 s\n\
             ci: 1 of 2 steps FAILED, in 2 min 07 s\n"
        );
    }
}
