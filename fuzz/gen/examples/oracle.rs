//! Tries the oracle on many programs: `cargo xtask fuzz oracle` runs it.
#![expect(clippy::disallowed_methods, reason = "it writes what it finds")]

mod seeds;

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use stapc_gen::oracle::{Finding, Report, Source, check, emitted, program, reduced};
use stapc_ir::print;

use seeds::Seeds;

/// gcc looks at the C of one in so many programs.
const COMPILED: u64 = 500;
/// Findings after which no further programs are tried.
const MOST_FINDINGS: usize = 10;

/// What is wrong with a program.
struct Found {
    seed: u64,
    source: Source,
    finding: Finding,
}

struct Work {
    seeds: Seeds,
    report: Mutex<Report>,
    scripts: AtomicU64,
    found: Mutex<Vec<Found>>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text: &String| text.parse::<u64>().ok());
    let (Some(count), Some(first), Some(jobs)) = (number(0), number(1), number(2)) else {
        eprintln!("usage: oracle COUNT FIRST-SEED JOBS [FOLDER]");
        return ExitCode::FAILURE;
    };
    // What panics is told with its program.
    std::panic::set_hook(Box::new(|_| {}));
    let work = Work {
        seeds: Seeds::new("oracle", first, count),
        report: Mutex::default(),
        scripts: AtomicU64::new(0),
        found: Mutex::default(),
    };
    let time = work.seeds.try_all(jobs, |_, seed| work.try_seed(seed));
    work.tell(time, arguments.get(3).map(Path::new))
}

impl Work {
    fn try_seed(&self, seed: u64) {
        let source = Source::of_seed(seed);
        match self.attempt(&source, seed) {
            Ok(report) => {
                if let Ok(mut sum) = self.report.lock() {
                    sum.add(report);
                }
            }
            Err(finding) => {
                println!("oracle: seed {seed}: {}", finding.what);
                if let Ok(mut found) = self.found.lock() {
                    found.push(Found { seed, source, finding: *finding });
                    if found.len() >= MOST_FINDINGS {
                        self.seeds.stop();
                    }
                }
            }
        }
    }

    fn attempt(&self, source: &Source, seed: u64) -> Result<Report, Box<Finding>> {
        let error = |what: &str, detail: String| Finding {
            what: what.to_owned(),
            pass: None,
            plan: Vec::new(),
            detail,
        };
        let Some(program) = program(source).map_err(|text| error("the front end", text))? else {
            return Ok(Report::default());
        };
        self.scripts.fetch_add(u64::from(source.text().is_some()), Ordering::Relaxed);
        let report = check(&program, seed)?;
        if seed.is_multiple_of(COMPILED)
            && let Ok(done) = stapc_passes::run(program.module, 2, |_, _| {})
            && let Some(text) = emitted(done.module().clone())?
        {
            let said = compile(&text);
            if !said.is_empty() {
                return Err(Box::new(error("gcc refuses what is emitted", said)));
            }
        }
        Ok(report)
    }

    fn tell(self, time: Duration, folder: Option<&Path>) -> ExitCode {
        let count = self.seeds.tried();
        let report = self.report.into_inner().unwrap_or_default();
        let found = self.found.into_inner().unwrap_or_default();
        let rate = count as f64 / time.as_secs_f64();
        let verdict = match found.len() {
            0 => "no difference".to_owned(),
            number => format!("{number} FINDINGS"),
        };
        println!(
            "oracle: {count} programs ({} of scripts), {} runs compared, {} excused, {} programs too \
             long, {} refused by the backend, {:.0} s, {rate:.0} programs a second: {verdict}",
            self.scripts.into_inner(),
            report.compared,
            report.excused,
            report.endless,
            report.refused,
            time.as_secs_f64(),
        );
        let is_quiet = found.is_empty();
        // Those of one kind are one finding.
        let mut told: Vec<String> = Vec::new();
        for found in found {
            if !told.contains(&found.finding.what) {
                told.push(found.finding.what.clone());
                show(found, folder);
            }
        }
        if is_quiet { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Reduces a finding, shows it and writes it down.
fn show(found: Found, folder: Option<&Path>) {
    let (source, finding) = reduced(found.source, found.finding);
    let plan: Vec<&str> = finding.plan.iter().map(|pass| pass.name).collect();
    let mut text =
        format!("; seed {}: {}\n; passes: {}\n", found.seed, finding.what, plan.join(","));
    if let Ok(Some(program)) = program(&source) {
        text += &print(&program.module);
        text += &format!("\n; ticks {}, events\n", program.ticks);
        text += &program.events.iter().map(|event| format!("; {event:?}\n")).collect::<String>();
    }
    if let Some(script) = source.text() {
        text += &format!("--- the script\n{script}\n");
    }
    text += &format!("--- what is wrong\n{}\n", finding.detail);
    println!("{text}");
    if let Some(folder) = folder {
        let path: PathBuf = folder.join(format!("{}.ir", found.seed));
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        match written {
            Ok(()) => println!("oracle: written to {}", path.display()),
            Err(error) => println!("oracle: cannot write {}: {error}", path.display()),
        }
    }
}

/// What gcc says of C; nothing if it takes it, or if there is no gcc.
fn compile(text: &str) -> String {
    let kernel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime/kernel");
    let mut gcc = Command::new("gcc");
    gcc.args(["-x", "c", "-std=gnu11", "-O2", "-ffreestanding", "-fsyntax-only", "-Wall"])
        .args(["-Werror", "-", "-Wno-unused-variable", "-Wno-unused-but-set-variable"])
        .args(["-Wno-unused-label", "-Wno-tautological-compare"])
        .arg("-I")
        .arg(&kernel)
        .arg("-I")
        .arg(kernel.join("example"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped());
    let Ok(mut child) = gcc.spawn() else { return String::new() };
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(text.as_bytes());
    }
    match child.wait_with_output() {
        Ok(output) if output.status.success() => String::new(),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    }
}
