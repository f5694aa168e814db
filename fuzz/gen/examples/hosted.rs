//! Compares what programs do as C, under sanitizers, with what the interpreter makes of them: `cargo xtask fuzz
//! hosted` runs it.
#![expect(clippy::disallowed_methods, reason = "it compiles programs and runs them")]

mod seeds;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use stapc_gen::{
    hosted::{Hosted, hosted},
    oracle::{Source, program},
};

use seeds::Seeds;

/// Flags of the runtime and of programs.
const FLAGS: &str = "-std=gnu11 -pipe -O0 -fno-pie -fno-strict-aliasing -fwrapv -w -DSTAPC_HOSTED \
                     -DSTAPC_CALL_STACK=(1<<24) -fsanitize=address,undefined -fno-sanitize=alignment \
                     -fno-sanitize-recover=all";
/// Sanitizers that end a program and say little, and are compiled in half the time.
const SHORT: &str =
    "-fsanitize-undefined-trap-on-error --param asan-instrumentation-with-call-threshold=0";
/// Sanitizers that say what was wrong and where.
const TELLING: &str = "-g1";
/// The units of the runtime.
const UNITS: [&str; 3] = ["runtime", "kernel", "session"];
/// Findings after which no further programs are tried.
const MOST_FINDINGS: usize = 5;

struct Work {
    seeds: Seeds,
    compared: AtomicU64,
    found: Mutex<Vec<(u64, u8, String)>>,
    /// Where objects and programs are.
    scratch: PathBuf,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text: &String| text.parse::<u64>().ok());
    let (Some(count), Some(first), Some(jobs), Some(folder)) =
        (number(0), number(1), number(2), arguments.get(3))
    else {
        eprintln!("usage: hosted COUNT FIRST-SEED JOBS FOLDER");
        return ExitCode::FAILURE;
    };
    let work = Work {
        seeds: Seeds::new("hosted", first, count),
        compared: AtomicU64::new(0),
        found: Mutex::default(),
        scratch: PathBuf::from(folder),
    };
    if let Err(error) = work.build_runtime() {
        eprintln!("hosted: {error}");
        return ExitCode::FAILURE;
    }
    let time = work.seeds.try_all(jobs, |job, seed| work.try_seed(job, seed));
    work.tell(time)
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime")
}

fn gcc(flags: &str) -> Command {
    let mut gcc = Command::new("gcc");
    gcc.args(FLAGS.split_whitespace().chain(flags.split(' ')));
    gcc
}

fn done(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(output),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

impl Work {
    fn build_runtime(&self) -> Result<(), String> {
        let include = self.scratch.join("include");
        let write = |path: PathBuf, text: &str| {
            let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
            parent.and_then(|()| fs::write(&path, text)).map_err(|error| error.to_string())
        };
        // The kernel's headers that the runtime includes: each is `hosted.h` here.
        for folder in ["kernel", "kernel/stapc", "kernel/helpers"] {
            let folder =
                fs::read_dir(source_folder().join(folder)).map_err(|error| error.to_string())?;
            for file in folder.flatten().filter(|file| file.path().is_file()) {
                let text = fs::read_to_string(file.path()).map_err(|error| error.to_string())?;
                for line in text.lines() {
                    let name =
                        line.strip_prefix("#include <").and_then(|rest| rest.strip_suffix('>'));
                    if let Some(header) = name {
                        write(include.join(header), "#include \"hosted.h\"\n")?;
                    }
                }
            }
        }
        for unit in UNITS {
            let hosted = source_folder().join("hosted");
            let mut compile = gcc(TELLING);
            compile.arg("-DSTAPC_RUNTIME").arg("-I").arg(&include).arg("-I").arg(&hosted);
            compile.arg("-I").arg(source_folder().join("kernel")).arg("-c");
            compile.arg(hosted.join(unit).with_extension("c"));
            done(compile.arg("-o").arg(self.scratch.join(unit).with_extension("o")))?;
        }
        Ok(())
    }

    fn try_seed(&self, job: u64, seed: u64) {
        let level = if seed.is_multiple_of(3) { 0 } else { 2 };
        match self.attempt(seed, level, job) {
            Ok(compared) => {
                self.compared.fetch_add(compared.into(), Ordering::Relaxed);
            }
            Err(what) => {
                println!("hosted: seed {seed}, -O{level}: {}", what.lines().next().unwrap_or(""));
                if let Ok(mut found) = self.found.lock() {
                    found.push((seed, level, what));
                    if found.len() >= MOST_FINDINGS {
                        self.seeds.stop();
                    }
                }
            }
        }
    }

    /// Whether a program was compared, and did the same.
    fn attempt(&self, seed: u64, level: u8, job: u64) -> Result<bool, String> {
        let Some(program) = program(&Source::of_seed(seed))? else { return Ok(false) };
        let told = |finding: Box<stapc_gen::oracle::Finding>| {
            format!("{}\n{}", finding.what, finding.detail)
        };
        let Some(hosted) = hosted(&program, level, seed).map_err(told)? else { return Ok(false) };
        let output = self.run(&hosted, job, SHORT)?;
        if output.stdout == hosted.output && output.stderr == hosted.messages {
            return Ok(true);
        }
        let output = self.run(&hosted, job, TELLING)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Err(format!(
            "does something else ({})\n--- output\n{}\n--- instead of\n{}\n--- messages\n{}\n--- instead of\n{}\n--- the module\n{}\n--- its C\n{}",
            output.status,
            text(&output.stdout),
            text(&hosted.output),
            text(&output.stderr),
            text(&hosted.messages),
            hosted.module,
            hosted.c
        ))
    }

    /// Compiles a program and runs it.
    fn run(&self, hosted: &Hosted, job: u64, flags: &str) -> Result<Output, String> {
        let source = self.scratch.join(format!("program-{job}.c"));
        let binary = source.with_extension("");
        fs::write(&source, &hosted.c).map_err(|error| error.to_string())?;
        let runtime = source_folder();
        let mut compile = gcc(flags);
        compile.arg("-I").arg(runtime.join("kernel")).arg("-I").arg(runtime.join("hosted"));
        compile.arg("-no-pie").arg(&source);
        compile.args(UNITS.map(|unit| self.scratch.join(unit).with_extension("o")));
        // The runtime tells what is undefined, and gcc forgets that where the program only traps.
        done(compile.arg("-lubsan").arg("-o").arg(&binary))?;
        let mut run = Command::new("timeout");
        run.args(["20"]).arg(&binary).env("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0");
        run.output().map_err(|error| error.to_string())
    }

    fn tell(self, time: Duration) -> ExitCode {
        let (taken, compared) = (self.seeds.tried(), self.compared.into_inner());
        let found = self.found.into_inner().unwrap_or_default();
        let verdict = match found.len() {
            0 => "no difference".to_owned(),
            number => format!("{number} FINDINGS"),
        };
        let seconds = time.as_secs_f64();
        println!(
            "hosted: {taken} programs, {compared} compared, {} not to be compared, {seconds:.0} s, {:.1} programs a second: {verdict}",
            taken - compared - found.len() as u64,
            taken as f64 / seconds
        );
        for (seed, level, what) in &found {
            let path = self.scratch.join(format!("{seed}-O{level}.txt"));
            match fs::write(&path, what) {
                Ok(()) => println!("hosted: written to {}", path.display()),
                Err(error) => println!("hosted: cannot write {}: {error}", path.display()),
            }
        }
        if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
