//! Scripts in the interpreter. Those of `tests/filetests/lower` do the same at each level.
//!
//! Those of `tests/e2e`: what they print and how they end must be what live
//! kernels are held to, by the same files.
//!
//! A script that says `# run:` in its header watches a process, and one with probes of the kernel waits for
//! what happens there. It runs here if that stands in a file of its name that ends in `.events`, whose first
//! line may say `# target: PID`; else it is for live kernels only. Such scripts need a kernel's debug information.
#![expect(clippy::disallowed_methods, reason = "tests read files")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path};

use clap::Parser as _;
use stapc::{
    cache::Cache,
    cli::{Cli, Command, Input},
    kernel::Kernel,
    pipeline::Pipeline,
    script::Script,
};
use stapc_interp::{Options, parse_events, run_each};
use stapc_ir::{Module, Stage};

/// The address that the events give where a script follows one of the process's.
const USER_ADDRESS: &str = "0x00007ffd12345678";

/// A script that needs nothing of a kernel.
struct Case {
    name: String,
    text: String,
    status: i32,
    options: Vec<String>,
    /// What happens to the kernel's probes; none if the script has none.
    events: Option<String>,
}

impl Case {
    fn read(path: &Path) -> Option<Self> {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(path).unwrap();
        let header = text.lines().map_while(|line| line.strip_prefix("# "));
        let keys: Vec<(&str, &str)> = header.filter_map(|line| line.split_once(": ")).collect();
        let values =
            |key| keys.iter().filter(move |(name, _)| *name == key).map(|(_, value)| *value);
        let events = fs::read_to_string(path.with_extension("events")).ok();
        let needs_kernel = ["run", "needs"].into_iter().any(|key| values(key).next().is_some());
        let needs_events = needs_kernel || text.contains("kernel.function");
        if needs_events && events.is_none() {
            return None;
        }
        if events.is_some()
            && Kernel::select(None, &stapc_vm::Root::default(), &Cache::user()).is_err()
        {
            eprintln!("skipped: {name} needs a kernel; run `cargo xtask setup`");
            return None;
        }
        let status = values("status").next().map_or(0, |status| status.parse().unwrap());
        let options = values("compile").map(str::to_owned).collect();
        Some(Self { name, text: text.clone(), status, options, events })
    }

    fn module(&self, level: u8) -> Module {
        let words =
            ["stapc", "compile", "-w", &self.name, &format!("-O{level}")].map(str::to_owned);
        let words = words.into_iter().chain(self.options.iter().cloned());
        let Command::Compile(options) = Cli::try_parse_from(words).unwrap().command else {
            unreachable!("that was a compile command")
        };
        let input: Input = options.input;
        let cache = Cache::user();
        let mut pipeline = Pipeline::new(&input, Script::of(&self.name, &self.text), &cache);
        let module =
            pipeline.ir(|_, _| {}).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        module.module().clone()
    }

    /// What is wrong with what it does.
    fn check(&self, level: u8) -> String {
        let events = self.events.as_deref().unwrap_or_default();
        let target = events.lines().next().and_then(|line| line.strip_prefix("# target: "));
        let target = target.map_or(0, |target| target.parse().unwrap());
        let options = Options { stage: Stage::Final, tick: 100, target, ..Options::default() };
        let events = parse_events(events).unwrap();
        let outcome = match stapc_interp::run(&self.module(level), &events, &options) {
            Ok(outcome) => outcome,
            Err(error) => return format!("{} -O{level}: {error}\n", self.name),
        };
        let messages: String =
            outcome.messages.iter().map(|message| format!("{}\n", message.line)).collect();
        let mut wrong = String::new();
        for (end, got) in [("out", outcome.output.to_string()), ("err", messages)] {
            let expected = fs::read_to_string(folder().join(&self.name).with_extension(end));
            let expected = expected.unwrap_or_default();
            // Addresses that differ from run to run are masked there.
            if got.replace(USER_ADDRESS, "ADDRESS") != expected {
                wrong +=
                    &format!("{} -O{level}: {end} is\n{got}\ninstead of\n{expected}\n", self.name);
            }
        }
        if outcome.status != self.status || outcome.gave_up {
            wrong += &format!("{} -O{level}: status {}\n", self.name, outcome.status);
        }
        wrong
    }
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e")
}

#[test]
fn scripts_do_what_they_do_in_a_kernel() {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let scripts = files.filter(|path| path.extension().is_some_and(|end| end == "stp"));
    let cases: Vec<Case> = scripts.filter_map(|path| Case::read(&path)).collect();
    assert!(cases.len() >= 20, "only {} scripts were found", cases.len());
    let wrong: String =
        (0..=2).flat_map(|level| cases.iter().map(move |case| case.check(level))).collect();
    assert!(wrong.is_empty(), "{wrong}");
}

/// A script's module.
fn module(path: &Path, level: u8) -> Module {
    let name = path.to_str().unwrap().to_owned();
    let words =
        ["stapc".to_owned(), "compile".to_owned(), "-w".to_owned(), format!("-O{level}"), name];
    let Command::Compile(options) = Cli::try_parse_from(words).unwrap().command else {
        unreachable!("that was a compile command")
    };
    let cache = Cache::user();
    let script = Script::read(&options.input).unwrap();
    let mut pipeline = Pipeline::new(&options.input, script, &cache);
    let module = pipeline.ir(|_, _| {});
    module.unwrap_or_else(|error| panic!("{}: {error}", path.display())).module().clone()
}

/// Output, messages and globals of a script at a level, each of its probes hit twice.
fn done(path: &Path, level: u8) -> String {
    let options = Options { max_steps: 1_000_000, ..Options::to_compare(Stage::Final, 7) };
    let module = module(path, level);
    let mut outcome = run_each(&module, 2, &options)
        .unwrap_or_else(|error| panic!("{} -O{level}: {error}", path.display()));
    // What nothing reads any more is gone at -O2: see the oracle of `stapc-gen` for the rest.
    outcome.globals.clear();
    outcome.text()
}

#[test]
fn scripts_do_the_same_at_each_level() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests/lower");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut count = 0;
    for path in files.filter(|path| path.extension().is_some_and(|end| end == "stp")) {
        let text = fs::read_to_string(&path).unwrap();
        // Some are refused, and the kernel of others is one that only the tests of lowering have.
        if !text.starts_with("# test: ir") || text.contains("kernel.") {
            continue;
        }
        let expected = done(&path, 0);
        for level in 1..=2 {
            assert_eq!(done(&path, level), expected, "{} -O{level}", path.display());
        }
        count += 1;
    }
    assert!(count >= 10, "only {count} scripts were found");
}
