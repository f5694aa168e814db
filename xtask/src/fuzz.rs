//! `cargo xtask fuzz`: builds the targets in `fuzz/` and lets each look for a text, or for an object with
//! debug information, that breaks its property. What it finds belongs into `fuzz/gen/tests/found`, or
//! `found-objects`.

mod objects;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    thread,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::{
    process::{run, status},
    programs::{Profile, build_example},
    root::{root, target},
    setup,
    tidy::Tree,
};

/// The targets, of which each is a file in `fuzz/src`.
const TARGETS: [&str; 8] = ["tokens", "parse", "print", "format", "check", "dwarf", "btf", "split"];
/// Those of them that objects are for.
const OBJECTS: [&str; 3] = ["dwarf", "btf", "split"];

/// What libFuzzer is told: an input needs no more memory (MB) and time (s) than that.
const LIMITS: [&str; 2] = ["-rss_limit_mb=500", "-timeout=10"];
/// How many bytes a text and an object have, at most.
const LONGEST_TEXT: usize = 8192;
const LONGEST_OBJECT: usize = 65536;

/// Where seeds of texts are.
const SCRIPTS: &str = "scripts";

/// What inputs are, and the byte that they begin with.
const KINDS: [(&str, &[u8]); 4] =
    [("text", b""), ("generated", b"\x00"), ("mutated", b"\x01"), ("typed", b"\x02")];

/// How much of what a target says is shown where it finds something.
const SHOWN_LINES: usize = 60;

/// How long each target runs where nobody says.
const SECONDS: u64 = 5;

/// From how many seconds on targets are built optimised, which takes a minute more.
const LONG: u64 = 60;

/// How many programs the oracle tries where nobody says.
const PROGRAMS: u64 = 600;

/// How many programs it takes until an optimised build, which needs two minutes, has saved more than that.
const MANY: u64 = 2_000;

/// Options of `cargo xtask fuzz`.
#[derive(Args)]
pub struct Options {
    /// Only this target: tokens, parse, print, format, check, dwarf, btf or split; `oracle`: what passes make of programs is
    /// compared with the programs; `hosted`: what their C does is compared with the interpreter; `planted`: whether wrong passes would be found
    target: Option<String>,
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = SECONDS)]
    seconds: u64,
    /// How many targets run at a time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// Only make the seed corpus, of the repository's scripts and programs
    #[arg(long)]
    seed: bool,
    /// How many programs the oracle tries
    #[arg(long, value_name = "N", default_value_t = PROGRAMS)]
    count: u64,
    /// The seed of the first of them; each has the next one
    #[arg(long, value_name = "N", default_value_t = 1)]
    first: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { target: None, seconds: SECONDS, jobs: 2, seed: false, count: PROGRAMS, first: 1 }
    }
}

impl Options {
    /// To try so many programs.
    pub fn of_count(count: u64) -> Self {
        Self { count, ..Self::default() }
    }
}

/// Where things are while fuzzing: nothing of it is committed.
struct Places {
    /// What targets start from, a folder for texts and one for each target of objects.
    seeds: PathBuf,
    /// What a target has found worth keeping, a folder for each.
    corpus: PathBuf,
    /// What breaks a property, a folder for each target.
    findings: PathBuf,
    /// What a target says, a file for each.
    logs: PathBuf,
}

/// The command.
pub fn perform(options: &Options) -> Result<ExitCode> {
    match options.target.as_deref() {
        Some("oracle") => return oracle(options),
        Some("hosted") => return hosted(options),
        Some("planted") => return planted(),
        _ => {}
    }
    let targets = match &options.target {
        None => TARGETS.to_vec(),
        Some(name) => vec![target_called(name)?],
    };
    let places = Places::make()?;
    let scripts = make_seeds(&Tree::read(&root())?, &folder_in(&places.seeds, SCRIPTS)?)?;
    let mut programs = 0;
    for name in targets.iter().filter(|name| OBJECTS.contains(name)) {
        programs += objects::make_seeds(name, &folder_in(&places.seeds, name)?)?;
    }
    println!("fuzz: {scripts} seeds of the repository's scripts, {programs} of its programs");
    if options.seed {
        return Ok(ExitCode::SUCCESS);
    }
    setup::fuzz::ensure()?;
    let folder = build(options.seconds >= LONG)?;
    let mut is_quiet = true;
    for group in targets.chunks(options.jobs.into()) {
        for result in fuzz_together(group, options.seconds, &folder, &places) {
            is_quiet &= result?;
        }
    }
    Ok(if is_quiet { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Compares what passes make of many programs with the programs, on all processors.
pub fn oracle(options: &Options) -> Result<ExitCode> {
    try_programs("oracle", options)
}

/// Compiles programs with sanitizers and runs them, and compares what they do with the interpreter.
pub fn hosted(options: &Options) -> Result<ExitCode> {
    try_programs("hosted", options)
}

/// Has a program of the generators' crate try many programs, on all processors.
fn try_programs(name: &str, options: &Options) -> Result<ExitCode> {
    let folder = folder_in(&target().join("fuzz"), name)?;
    let jobs = thread::available_parallelism().map_or(1, usize::from) as u64;
    let profile = if options.count < MANY { Profile::Tests } else { Profile::Release };
    let mut command = Command::new(build_example(profile, name)?);
    command.args([options.count, options.first, jobs].map(|number| number.to_string()));
    ended(command.arg(folder))
}

/// Plants wrong rewrites behind the passes, and says which are found.
fn planted() -> Result<ExitCode> {
    ended(&mut Command::new(build_example(Profile::Release, "planted")?))
}

/// Runs a command; whether it found nothing.
fn ended(command: &mut Command) -> Result<ExitCode> {
    Ok(if status(command)?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn target_called(name: &str) -> Result<&'static str> {
    match TARGETS.into_iter().find(|target| *target == name) {
        Some(target) => Ok(target),
        None => bail!("no target is called {name}; there are {}", TARGETS.join(", ")),
    }
}

impl Places {
    fn make() -> Result<Self> {
        let folder = |name: &str| folder_in(&target().join("fuzz"), name);
        Ok(Self {
            seeds: folder("seeds")?,
            corpus: folder("corpus")?,
            findings: folder("findings")?,
            logs: folder("logs")?,
        })
    }
}

fn folder_in(place: &Path, name: &str) -> Result<PathBuf> {
    let path = place.join(name);
    fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
    Ok(path)
}

/// Writes every script of the repository four times: as it is, as bytes that two sorts of scripts are
/// generated of, and to be mutated (see `fuzz/gen/src/input.rs`). Gives back how many files that makes.
fn make_seeds(tree: &Tree, folder: &Path) -> Result<usize> {
    let mut count = 0;
    for suffix in [".stp", ".stpm"] {
        for (path, text) in tree.with_suffix(suffix) {
            let name = path.replace('/', "-");
            for (kind, prefix) in KINDS {
                let bytes = [prefix, text.as_bytes()].concat();
                fs::write(folder.join(format!("{name}.{kind}")), bytes)?;
                count += 1;
            }
        }
    }
    Ok(count)
}

/// Builds all targets, with the checks of a debug build even if they are optimised; gives back the folder where
/// they are. Nothing in them is unsafe, so no sanitizer is needed, and memory counts as it is.
fn build(is_optimised: bool) -> Result<PathBuf> {
    let (option, folder) = if is_optimised { ("--release", "release") } else { ("--dev", "debug") };
    let mut cargo = setup::fuzz::cargo();
    cargo.args(["fuzz", "build", option, "--sanitizer", "none", "--debug-assertions"]);
    cargo.args(["--fuzz-dir", ".", "--target-dir"]).arg(target().join("fuzz"));
    run(cargo.current_dir(root().join("fuzz")))?;
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    Ok(target().join("fuzz").join(triple).join(folder))
}

/// Runs some targets at the same time; whether each found nothing.
fn fuzz_together(
    targets: &[&str],
    seconds: u64,
    folder: &Path,
    places: &Places,
) -> Vec<Result<bool>> {
    thread::scope(|scope| {
        let start = |name| scope.spawn(move || fuzz(name, seconds, folder, places));
        let threads: Vec<_> = targets.iter().copied().map(start).collect();
        let results = threads.into_iter().map(|thread| thread.join());
        results.map(|result| result.unwrap_or_else(|_| bail!("a thread has panicked"))).collect()
    })
}

/// Runs a target; whether it found nothing.
fn fuzz(name: &str, seconds: u64, folder: &Path, places: &Places) -> Result<bool> {
    let (corpus, findings) = (folder_in(&places.corpus, name)?, folder_in(&places.findings, name)?);
    let is_object = OBJECTS.contains(&name);
    let longest = if is_object { LONGEST_OBJECT } else { LONGEST_TEXT };
    let seeds = folder_in(&places.seeds, if is_object { name } else { SCRIPTS })?;
    let log = places.logs.join(format!("{name}.log"));
    let mut command = Command::new(folder.join(name));
    command
        .env("RUST_BACKTRACE", "0")
        .args(LIMITS)
        .arg(format!("-max_total_time={seconds}"))
        .arg("-print_final_stats=1")
        .arg(format!("-max_len={longest}"))
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .args([&corpus, &seeds])
        .stderr(File::create(&log).with_context(|| format!("cannot write {}", log.display()))?);
    if !is_object {
        command.arg(format!("-dict={}", root().join("fuzz/script.dict").display()));
    }
    let is_quiet = status(&mut command)?.success();
    let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    println!("fuzz: {name}: {}", summary(&said, is_quiet));
    if !is_quiet {
        println!("{}\n(all of it is in {})", finding(&said), log.display());
    }
    Ok(is_quiet)
}

/// What libFuzzer's closing numbers say.
fn summary(said: &str, is_quiet: bool) -> String {
    let number = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.map_or("?", |number| number.trim_start_matches(':').trim()).to_owned()
    };
    format!(
        "{} executions, {} a second, at most {} MB: {}",
        number("stat::number_of_executed_units"),
        number("stat::average_exec_per_sec"),
        number("stat::peak_rss_mb"),
        if is_quiet { "no finding" } else { "A FINDING" }
    )
}

/// What a target says of its finding: from the panic on, or else the end; not what it says of its
/// progress.
fn finding(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|line| !line.starts_with('#')).collect();
    let from = lines.iter().position(|line| line.contains("panicked at"));
    let from = from.unwrap_or(lines.len().saturating_sub(SHOWN_LINES));
    let to = lines.len().min(from + SHOWN_LINES);
    lines[from..to].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_numbers_and_the_panic_are_told() {
        let said = "#2 INITED\nthread panicked at a.rs:1:\nboom\n\
            stat::number_of_executed_units: 1234\nstat::average_exec_per_sec:     61\n\
            stat::peak_rss_mb:              77\n";
        assert_eq!(summary(said, false), "1234 executions, 61 a second, at most 77 MB: A FINDING");
        assert!(finding(said).starts_with("thread panicked at a.rs:1:\nboom\n"));
        let said = "#2 INITED\nALARM: working on the last Unit for 12 seconds\n#3 NEW\n";
        assert_eq!(finding(said), "ALARM: working on the last Unit for 12 seconds");
        assert_eq!(summary("", true), "? executions, ? a second, at most ? MB: no finding");
    }

    #[test]
    fn every_script_is_a_seed_in_four_ways() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::of(&[("a/b.stp", "probe"), ("c.stpm", ""), ("d.rs", "")]);
        assert_eq!(make_seeds(&tree, folder.path()).unwrap(), 8);
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert_eq!(read("a-b.stp.text"), b"probe");
        assert_eq!(read("a-b.stp.generated"), b"\0probe");
        assert_eq!(read("a-b.stp.mutated"), b"\x01probe");
        assert_eq!(read("a-b.stp.typed"), b"\x02probe");
    }

    #[test]
    fn every_target_has_its_file() {
        for name in TARGETS {
            let path = root().join("fuzz/src").join(format!("{name}.rs"));
            assert!(fs::read_to_string(path).unwrap().contains(&format!("\"{name}\"")));
        }
    }
}
