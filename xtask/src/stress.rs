//! `cargo xtask stress`: sessions on hot functions, all at once, in kernels where processes, modules and processors come and go, memory is
//! short and daemons are killed (`tests/stress`).

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use stapc_vm::{Kernel, Stream, Vm};

use crate::{
    bench::floors,
    kbuild, process,
    programs::{Profile, build_stapc},
    root::{root, target},
    setup,
};

/// How long it takes where nobody says, all machines together.
const SECONDS: u64 = 1200;

/// How long a machine may take behind the time that it was given, before it counts as hung: for the round that it is in, and to look
/// for leaks.
const PATIENCE: Duration = Duration::from_secs(900);

/// Options of `cargo xtask stress`.
#[derive(Args)]
pub struct Options {
    /// How long, all machines together
    #[arg(long, value_name = "N", default_value_t = SECONDS)]
    seconds: u64,
    /// What chance is made of
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Only the machine with this number; can be said again
    #[arg(long = "machine", value_name = "N")]
    machines: Vec<usize>,
}

/// A machine: its kernel, and its processors.
#[derive(Clone, Copy)]
struct Machine {
    is_checking: bool,
    cpus: u32,
    takes_turns: bool,
}

/// The machines, by their numbers from 1 on.
const MACHINES: [Machine; 8] = [
    Machine { is_checking: false, cpus: 2, takes_turns: false },
    Machine { is_checking: true, cpus: 2, takes_turns: true },
    Machine { is_checking: false, cpus: 4, takes_turns: true },
    Machine { is_checking: true, cpus: 4, takes_turns: false },
    Machine { is_checking: false, cpus: 2, takes_turns: true },
    Machine { is_checking: true, cpus: 2, takes_turns: false },
    Machine { is_checking: false, cpus: 4, takes_turns: false },
    Machine { is_checking: true, cpus: 4, takes_turns: true },
];

/// A kernel, and how sessions for it are compiled.
struct Ground {
    name: &'static str,
    release: String,
    options: Vec<String>,
    kernel: Kernel,
    build_tree: PathBuf,
}

/// Stresses the kernels that are here in one machine after the other; whether nothing went wrong.
pub fn perform(options: &Options) -> Result<ExitCode> {
    setup::ensure()?;
    let stapc = build_stapc(Profile::Tests)?;
    let grounds = grounds()?;
    let machines = chosen(&options.machines, grounds.len() > 1)?;
    let share = options.seconds / machines.len() as u64;
    let mut is_quiet = true;
    for (is_checking, ground) in [false, true].into_iter().zip(&grounds) {
        let here: Vec<_> =
            machines.iter().filter(|(_, machine)| machine.is_checking == is_checking).collect();
        if here.is_empty() {
            continue;
        }
        let scratch = tempfile::tempdir()?;
        let modules = ground.modules(&stapc, scratch.path())?;
        for (number, machine) in here {
            let how = if machine.takes_turns { "in turns" } else { "at once" };
            let what =
                format!("machine {number}, {} on {} processors {how}", ground.name, machine.cpus);
            println!("stress: {what}: {share} s");
            if let Err(error) = ground.stress(&stapc, &modules, *machine, share, options.seed) {
                println!("stress: {what}: WRONG: {error:#}");
                is_quiet = false;
            }
        }
    }
    println!("stress: {}", if is_quiet { "nothing went wrong" } else { "WRONG, see above" });
    Ok(if is_quiet { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Machines with their numbers: those that were asked for, or all that can be had.
fn chosen(asked: &[usize], has_checking: bool) -> Result<Vec<(usize, Machine)>> {
    if let Some(number) = asked.iter().find(|number| !(1..=MACHINES.len()).contains(number)) {
        bail!("there is no machine {number}: they are 1 to {}", MACHINES.len());
    }
    let machines: Vec<_> = (1..)
        .zip(MACHINES)
        .filter(|(number, _)| asked.is_empty() || asked.contains(number))
        .filter(|(_, machine)| has_checking || !machine.is_checking)
        .collect();
    if machines.is_empty() {
        bail!("the kernel of the machines that were asked for is not here");
    }
    Ok(machines)
}

/// Debian's kernel, and the one with checkers if it is here.
fn grounds() -> Result<Vec<Ground>> {
    let release = setup::kernel_release()?;
    let mut grounds = vec![Ground {
        name: "Debian's kernel",
        options: vec!["-r".to_owned(), release.clone()],
        kernel: Kernel::installed(&release)?,
        build_tree: Path::new("/lib/modules").join(&release).join("build"),
        release,
    }];
    let checking = root().join("../shared/debug-kernel");
    if checking.exists() {
        grounds.push(Ground {
            name: "the checking kernel",
            release: checking.display().to_string(),
            options: vec![
                "--debuginfo=btf".to_owned(),
                "-r".to_owned(),
                checking.display().to_string(),
            ],
            kernel: Kernel::dir(&checking)?,
            build_tree: unpacked(&checking)?,
        });
    } else {
        println!("stress: there is no {}: that kernel is skipped", checking.display());
    }
    Ok(grounds)
}

/// The build tree in a folder, unpacked first where it is an archive.
fn unpacked(folder: &Path) -> Result<PathBuf> {
    let archive = folder.join("build.tar.zst");
    if !archive.exists() {
        return Ok(folder.join("build"));
    }
    let changed = fs::metadata(&archive)?.modified()?.duration_since(UNIX_EPOCH)?.as_secs();
    let to = target().join(format!("stress/build-{changed}"));
    if !to.exists() {
        let parent = to.parent().context("the target folder has no parent")?;
        fs::create_dir_all(parent)?;
        let fresh = tempfile::tempdir_in(parent)?;
        process::run(Command::new("tar").arg("-C").arg(fresh.path()).arg("-xf").arg(&archive))?;
        fs::rename(fresh.keep(), &to)?;
    }
    Ok(to.join("build"))
}

impl Ground {
    /// The modules of the sessions, and the one that is probed; where they are, and where the guest has them.
    fn modules(&self, stapc: &Path, scratch: &Path) -> Result<Vec<(PathBuf, String)>> {
        let folder = root().join("tests/stress");
        let probed = self.probed(scratch)?;
        let mut modules = vec![(probed.clone(), "/run/to-probe.ko".to_owned())];
        let program = floors::build_workload(scratch)?;
        modules.push((program.clone(), program.display().to_string()));
        for file in
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let script = file?.path();
            if script.extension().is_none_or(|extension| extension != "stp") {
                continue;
            }
            let name = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let module = scratch.join(&name).with_extension("ko");
            // What is probed is said by its file, which is new each time.
            let text = fs::read_to_string(&script)?
                .replace("PROBED", &probed.to_string_lossy())
                .replace("PROGRAM", &program.to_string_lossy());
            let script = scratch.join(&name).with_extension("stp");
            fs::write(&script, text)?;
            let mut command = Command::new(stapc);
            command.args([
                "compile",
                "--emit=ko",
                "-DMAXERRORS=1000000",
                "-DMAXSKIPPED=1000000000",
                "-DSTP_NO_OVERLOAD",
            ]);
            command.args(&self.options).arg("-o").args([&module, &script]);
            process::run(&mut command).with_context(|| format!("{name}, for {}", self.release))?;
            let there = if name == "last" { "/run" } else { "/modules" };
            modules.push((module, format!("{there}/{name}.ko")));
        }
        Ok(modules)
    }

    /// Builds the module that is probed.
    fn probed(&self, scratch: &Path) -> Result<PathBuf> {
        let folder = scratch.join("probed");
        kbuild::build(&root().join("tests/modules"), &self.build_tree, &folder)?;
        Ok(folder.join("to-probe.ko"))
    }

    /// A machine of its own for `seconds`.
    fn stress(
        &self,
        stapc: &Path,
        modules: &[(PathBuf, String)],
        machine: Machine,
        seconds: u64,
        seed: u64,
    ) -> Result<()> {
        let Machine { is_checking, cpus, takes_turns } = machine;
        let limit = Duration::from_secs(seconds) + PATIENCE;
        // Whether loads rest while probes come and go, and all processors but one.
        let words = [seconds, cpus.into(), seed, is_checking.into(), (!takes_turns).into()];
        let mut words: Vec<String> = words.iter().map(u64::to_string).collect();
        let mut builder = Vm::builder(self.kernel.clone()).cpus(cpus).takes_turns(takes_turns);
        builder = builder.time_limit(limit).stripped_program_at(stapc, "/usr/bin/stapc");
        builder = builder.file(root().join("tests/stress/guest.sh"), "/run/guest.sh");
        // Emulated processors that run at the same time may hang where one changes code that another executes.
        let changes = |there: &str| there.ends_with("/conditions.ko");
        let modules = modules.iter().filter(|(_, there)| takes_turns || !changes(there));
        for (here, there) in modules {
            builder = if here.extension().is_some() {
                builder.file(here, there)
            } else {
                builder.program_at(here, there)
            };
            if here.extension().is_none() {
                words.push(there.clone());
            }
        }
        let mut vm = builder.boot()?;
        let start = Instant::now();
        let mut text = String::new();
        let command =
            vm.command(["sh", "/run/guest.sh"].into_iter().map(str::to_owned).chain(words));
        let status = command.time_limit(Some(limit)).stream(|stream, bytes| {
            let lines = String::from_utf8_lossy(bytes);
            if stream == Stream::Stdout {
                print!("{lines}");
            }
            text += &lines;
        })?;
        let wrong = text.lines().filter(|line| line.starts_with("WRONG")).count();
        if wrong > 0 || !status.success() || !text.contains("done: ") {
            bail!("{wrong} complaints, {status}, behind {} s", start.elapsed().as_secs());
        }
        Ok(())
    }
}
