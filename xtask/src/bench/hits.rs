//! What one hit of a probe costs, in instructions of the guest.
//!
//! The machine has one processor and counts instructions: a nanosecond of the guest is one
//! instruction, on every host. A program there reads one byte many times, first unprobed, then with
//! each module; the difference is what the probe on `vfs_read` costs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use stapc_vm::{Kernel, Vm};

use super::{
    floors::{self, Floor},
    profile::{self, Profiler},
};
use crate::{
    process,
    programs::{Profile, build_stapc},
    root::root,
    setup,
};

/// A script, and what is known of it.
struct Body {
    /// Its file in `tests/bench/hits`.
    file: &'static str,
    /// What its handler does.
    text: &'static str,
    /// How the kernel calls its probes.
    floors: &'static [Floor],
    /// What SystemTap 5.6 takes for it (DESIGN §5; the figure for strings is with a match of a
    /// regular expression).
    systemtap: Option<u32>,
    /// What it may take.
    limit: u32,
}

const BODIES: &[Body] = &[
    body("1-increment", "n++", 488, 95),
    body("2-aggregate", "s <<< $count", 522, 105),
    body("3-map-by-pid", "m[pid()]++", 612, 170),
    body("4-map-by-name", "m[execname()] <<< $count", 782, 230),
    body("5-two-maps", "two maps by name and pid, a time stamp", 1477, 450),
    body("6-pointers", "four dereferences, two assignments", 996, 150),
    Body {
        floors: &[Floor::Ftrace, Floor::Kretprobe],
        ..body("7-latency", "latency by tid, entry and return", 1820, 780)
    },
    body("8-strings", "., sprint, substr, strlen", 1307, 400),
    body("9-loop-and-recursion", "a loop of 20 and fib(6)", 3461, 450),
    Body { systemtap: None, ..body("10-print", "one line by printf", 0, 700) },
];

/// An entry probe.
const fn body(file: &'static str, text: &'static str, systemtap: u32, limit: u32) -> Body {
    let floors = &[Floor::Ftrace];
    Body { file, text, floors, systemtap: Some(systemtap), limit }
}

/// Options of `cargo xtask bench hits`.
#[derive(Args)]
pub struct Options {
    /// How many reads are measured at a time
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    reads: u32,
    /// Say in which functions the instructions are
    #[arg(long)]
    profile: bool,
}

/// Where the guest has what it needs.
const WORKLOAD: &str = "/bin/workload";
const STAPC: &str = "/usr/bin/stapc";
const RESULT: &str = "/tmp/nanoseconds";

/// Measures floors and scripts in one boot and prints a table; whether each script is within its
/// limit.
pub fn perform(options: &Options) -> Result<bool> {
    setup::ensure()?;
    let stapc = build_stapc(Profile::Release)?;
    let scratch = tempfile::tempdir()?;
    let release = setup::kernel_release()?;
    let floor_modules = floors::build(&release, scratch.path())?;
    let workload = floors::build_workload(scratch.path())?;
    let compile = |body| (body, compile(&stapc, &release, body, 2, scratch.path()));
    let modules: Vec<(&Body, Result<PathBuf>)> = BODIES.iter().map(compile).collect();
    let mut builder = Vm::builder(Kernel::installed(&release)?).icount(true);
    builder = builder.program_at(&stapc, STAPC).program_at(workload, WORKLOAD);
    let compiled = modules.iter().filter_map(|(_, module)| module.as_ref().ok());
    for path in floor_modules.iter().map(|(_, path)| path).chain(compiled) {
        builder = builder.file(path, in_guest(path));
    }
    let profiler = Profiler::new(scratch.path())?;
    let mut guest = Guest { vm: builder.boot()?, reads: options.reads, unprobed: 0.0 };
    guest.unprobed = guest.measure(WORKLOAD)?;
    println!(
        "kernel {release}, vfs_read of one byte: {:.1} instructions without a probe\n",
        guest.unprobed
    );
    let floors = floor_modules
        .iter()
        .map(|(floor, path)| Ok((*floor, guest.measure_floor(*floor, path)?)))
        .collect::<Result<Vec<_>>>()?;
    print_floors(&floors);
    let mut holds = true;
    for (body, module) in &modules {
        let cost = match module {
            Ok(module) => guest.measure_session(module),
            Err(error) => Err(anyhow!("{error:#}")),
        };
        holds &= print_body(body, cost, &floors);
    }
    guest.check_drift()?;
    if options.profile {
        guest.print_profiles(&profiler, &modules)?;
    }
    drop(guest);
    let together = together(&profiler, &stapc, &release, &modules)?;
    Ok(holds && together)
}

/// Measures the scripts that only count on several processors at once, and prints a table; whether a hit costs
/// no more there than on one.
fn together(
    profiler: &Profiler,
    stapc: &Path,
    release: &str,
    modules: &[(&Body, Result<PathBuf>)],
) -> Result<bool> {
    let scratch = tempfile::tempdir()?;
    let workload = floors::build_workload(scratch.path())?;
    let counting: Vec<_> = modules
        .iter()
        .take(2)
        .filter_map(|(body, module)| Some((body, module.as_ref().ok()?)))
        .collect();
    let mut builder = Vm::builder(Kernel::installed(release)?).cpus(4);
    builder = builder.program_at(stapc, STAPC).program_at(workload, WORKLOAD);
    for (_, path) in &counting {
        builder = builder.file(path, in_guest(path));
    }
    let mut vm = builder.boot()?;
    println!("\n{:<42} {:>8} {:>8} {:>8}", "handler and its entry, processors at once", 1, 2, 4);
    let mut holds = counting.len() == 2;
    for (body, path) in counting {
        let session = format!("{STAPC} load {} -c", in_guest(path));
        let cost = |cpus| profiler.hit(&mut vm, WORKLOAD, &session, cpus);
        let costs = [1, 2, 4].map(cost).into_iter().collect::<Result<Vec<f64>>>()?;
        // What timers and the daemon do now and then is in them too.
        let more = costs.iter().any(|cost| *cost > costs[0] * 1.05);
        let verdict = if more { " ABOVE" } else { "" };
        println!(
            "{:<42} {:>8.1} {:>8.1} {:>8.1}{verdict}",
            body.text, costs[0], costs[1], costs[2]
        );
        holds &= !more;
    }
    Ok(holds)
}

/// Measures each script at -O0 and at -O2, and prints a table.
pub fn compare_levels(stapc: &Path, release: &str) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let workload = floors::build_workload(scratch.path())?;
    let mut builder = Vm::builder(Kernel::installed(release)?).icount(true);
    builder = builder.program_at(stapc, STAPC).program_at(workload, WORKLOAD);
    let mut modules = Vec::new();
    for body in BODIES {
        let compile = |level| compile(stapc, release, body, level, scratch.path());
        let (plain, optimised) = (compile(0)?, compile(2)?);
        for path in [&plain, &optimised] {
            builder = builder.file(path, in_guest(path));
        }
        modules.push((body, plain, optimised));
    }
    let mut guest = Guest { vm: builder.boot()?, reads: 1000, unprobed: 0.0 };
    guest.unprobed = guest.measure(WORKLOAD)?;
    println!("{:<42} {:>8} {:>8} {:>6}", "guest instructions of a hit", "-O0", "-O2", "ratio");
    for (body, plain, optimised) in &modules {
        let (plain, optimised) = (guest.measure_session(plain)?, guest.measure_session(optimised)?);
        let (text, ratio) = (body.text, optimised / plain);
        println!("{text:<42} {plain:>8.1} {optimised:>8.1} {ratio:>6.2}");
    }
    Ok(())
}

/// Compiles a script for kernel `release`; where its module is.
fn compile(stapc: &Path, release: &str, body: &Body, level: u8, scratch: &Path) -> Result<PathBuf> {
    let module = scratch.join(format!("{}-O{level}.ko", body.file));
    let script = root().join("tests/bench/hits").join(body.file).with_extension("stp");
    let mut command = Command::new(stapc);
    command.args(["compile", "--emit=ko", "-r", release, &format!("-O{level}"), "-o"]);
    command.args([&module, &script]);
    process::run(&mut command)?;
    Ok(module)
}

/// Where the guest has a module.
fn in_guest(path: &Path) -> String {
    format!("/modules/{}", path.file_name().unwrap_or_default().to_string_lossy())
}

/// The virtual machine, and what it measures by.
struct Guest {
    vm: Vm,
    reads: u32,
    /// Instructions of a read without a probe.
    unprobed: f64,
}

impl Guest {
    /// Instructions of a read beyond an unprobed one, while a floor's module is loaded.
    fn measure_floor(&mut self, floor: Floor, module: &Path) -> Result<f64> {
        self.run(&format!("insmod {}", in_guest(module)))?;
        let total = self.measure(WORKLOAD)?;
        self.run(&format!("rmmod {}", floor.module()))?;
        Ok(total - self.unprobed)
    }

    /// Instructions of a read beyond an unprobed one, in a session of a script's module.
    fn measure_session(&mut self, module: &Path) -> Result<f64> {
        let command = format!("{WORKLOAD} {} >{RESULT}", self.reads);
        self.run(&format!("{STAPC} load {} -c '{command}'", in_guest(module)))?;
        Ok(self.result()? - self.unprobed)
    }

    /// Instructions of a read, as the workload says.
    fn measure(&mut self, workload: &str) -> Result<f64> {
        self.run(&format!("{workload} {} >{RESULT}", self.reads))?;
        self.result()
    }

    fn result(&mut self) -> Result<f64> {
        let text = self.run(&format!("cat {RESULT}; rm {RESULT}"))?;
        let total: f64 =
            text.trim().parse().with_context(|| format!("the workload printed {text:?}"))?;
        Ok(total / f64::from(self.reads))
    }

    /// Prints for each script where its instructions are.
    fn print_profiles(
        &mut self,
        profiler: &Profiler,
        modules: &[(&Body, Result<PathBuf>)],
    ) -> Result<()> {
        let unprobed = profiler.measure(&mut self.vm, WORKLOAD, None)?;
        for (body, module) in modules {
            if let Ok(module) = module {
                let session = format!("{STAPC} load {} -c", in_guest(module));
                println!("\n{}", body.text);
                profile::print(
                    &profiler.measure(&mut self.vm, WORKLOAD, Some(&session))?,
                    &unprobed,
                );
            }
        }
        Ok(())
    }

    /// Whether an unprobed read costs what it did at the start: nothing is left behind.
    fn check_drift(&mut self) -> Result<()> {
        let now = self.measure(WORKLOAD)?;
        if (now - self.unprobed).abs() > self.unprobed / 100.0 {
            bail!(
                "an unprobed read takes {now:.1} instructions now, and took {:.1} before",
                self.unprobed
            );
        }
        Ok(())
    }

    fn run(&mut self, command: &str) -> Result<String> {
        let output = self.vm.run(["sh", "-c", command])?;
        if !output.status.success() {
            bail!(
                "`{command}` in the virtual machine: {}\n{}",
                output.status,
                output.stderr_text()
            );
        }
        // A session that skipped hits or failed in them did not do all the work.
        if let Some(line) = output.stderr_text().lines().find(|line| is_complaint(line)) {
            bail!("`{command}` in the virtual machine: {line}");
        }
        Ok(output.stdout_text().into_owned())
    }
}

fn is_complaint(line: &str) -> bool {
    ["WARNING", "ERROR"].iter().any(|word| line.starts_with(word))
}

fn print_floors(floors: &[(Floor, f64)]) {
    println!("{:<42} {:>12}", "hand-written module, empty handler", "instructions");
    for (floor, cost) in floors {
        println!("{:<42} {cost:>12.1}", floor.name());
    }
    println!(
        "\n{:<42} {:>12} {:>8} {:>7} {:>10} {:>6}",
        "script", "instructions", "floor", "ratio", "SystemTap", "limit"
    );
}

/// Prints a script's line; whether it is within its limit.
fn print_body(body: &Body, cost: Result<f64>, floors: &[(Floor, f64)]) -> bool {
    let floor = floor_of(body, floors);
    let cost = match cost {
        Ok(cost) => cost,
        Err(error) => {
            println!("{:<42} FAILED: {error:#}", body.text);
            return false;
        }
    };
    // What costs less than an empty handler was not called.
    let verdict = match cost {
        _ if cost < floor => "NOT HIT",
        _ if cost > f64::from(body.limit) => "ABOVE",
        _ => "",
    };
    let systemtap = body.systemtap.map_or_else(|| "-".to_owned(), |cost| cost.to_string());
    let (text, ratio, limit) = (body.text, cost / floor, body.limit);
    let line = format!(
        "{text:<42} {cost:>12.1} {floor:>8.1} {ratio:>7.2} {systemtap:>10} {limit:>6} {verdict}"
    );
    println!("{}", line.trim_end());
    verdict.is_empty()
}

/// What hand-written probes at the same places cost.
fn floor_of(body: &Body, floors: &[(Floor, f64)]) -> f64 {
    floors.iter().filter(|(floor, _)| body.floors.contains(floor)).map(|(_, cost)| cost).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOORS: [(Floor, f64); 3] =
        [(Floor::Ftrace, 60.0), (Floor::Kprobe, 150.0), (Floor::Kretprobe, 400.0)];

    #[test]
    fn a_body_with_entry_and_return_has_the_floor_of_both() {
        let latency = BODIES.iter().find(|body| body.file == "7-latency").unwrap();
        assert_eq!(floor_of(latency, &FLOORS), 460.0);
        assert_eq!(floor_of(&BODIES[0], &FLOORS), 60.0);
    }

    #[test]
    fn a_body_above_its_limit_and_one_that_was_not_hit_do_not_hold() {
        assert!(print_body(&BODIES[0], Ok(95.0), &FLOORS));
        assert!(!print_body(&BODIES[0], Ok(95.5), &FLOORS));
        assert!(!print_body(&BODIES[0], Ok(0.0), &FLOORS));
        assert!(!print_body(&BODIES[0], Err(anyhow::anyhow!("no")), &FLOORS));
    }

    #[test]
    fn a_session_that_warns_is_no_measurement() {
        assert!(is_complaint("WARNING: 3 hits were skipped"));
        assert!(!is_complaint("10+0 records in"));
    }

    #[test]
    fn every_script_is_there() {
        for body in BODIES {
            let path = root().join("tests/bench/hits").join(body.file).with_extension("stp");
            assert!(path.exists(), "{}", path.display());
        }
    }
}
