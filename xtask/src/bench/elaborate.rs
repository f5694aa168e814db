//! How long it takes from a script to what it probes: probe points found, variables placed, the IR
//! made; the whole process, beside the peer's passes 1 and 2 in the same run.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::{median, verdict};
use crate::{
    programs::{Profile, build_stapc},
    setup,
};

/// Scripts of one line, the one with a limit of its own first.
const LINES: [&str; 4] = [
    "probe kernel.function(\"vfs_read\") { println($count) }",
    "probe kernel.function(\"vfs_*\") { println($$parms) }",
    "probe kernel.function(\"*@fs/read_write.c\") { println($$parms) }",
    "probe kernel.function(\"tcp_*\").return { println($$return) }",
];

/// All that can be probed by its name.
const ALL: &str = "kernel.function(\"*\")";

/// What functions of system calls are called before the call's name.
const CALL: &str = "__x64_sys_";

/// Milliseconds that the first script may take, cache warm.
const WARM_LIMIT: f64 = 30.0;
/// What part of the peer's time everything may take.
const PEER_RATIO: f64 = 0.1;
/// Milliseconds that the list of all functions may take.
const LIST_LIMIT: f64 = 1000.0;
/// Milliseconds that the first script may take with no index, and megabytes at its peak.
const INDEX_LIMIT: (f64, f64) = (2500.0, 500.0);
/// Milliseconds that the first script may take by BTF alone.
const BTF_LIMIT: f64 = 25.0;

/// How often ours and the peer are run, each behind one run that does not count.
const RUNS: (usize, usize) = (21, 5);
/// Likewise where it must be quick.
const QUICK_RUNS: (usize, usize) = (7, 1);

/// Options of `cargo xtask bench elaborate`.
#[derive(Args)]
pub struct Options {
    /// Fewer runs, and no list of all functions by the peer, which takes minutes
    #[arg(long)]
    quick: bool,
}

/// What is run.
struct Bench {
    stapc: PathBuf,
    release: String,
    scratch: tempfile::TempDir,
    /// How often ours and the peer are run; the peer not at all where it is not installed.
    runs: (usize, usize),
}

/// Prints what was measured; whether it is within what is promised.
pub fn perform(options: &Options) -> Result<bool> {
    setup::ensure()?;
    let is_peer_here = setup::missing_reference()?.is_empty();
    if !is_peer_here {
        println!("stap is not installed: `cargo xtask setup --reference` installs it");
    }
    let (ours, peer) = if options.quick { QUICK_RUNS } else { RUNS };
    let bench = Bench {
        stapc: build_stapc(Profile::Release)?,
        release: setup::kernel_release()?,
        scratch: tempfile::tempdir()?,
        runs: (ours, if is_peer_here { peer } else { 0 }),
    };
    let mut held = bench.index()?;
    println!("\n{:<68} {:>10} {:>12} {:>7}", "cache warm", "median", "peer", "ratio");
    for (number, line) in LINES.into_iter().enumerate() {
        let limit = (number == 0).then_some(WARM_LIMIT);
        held &= bench.script(line, &["-e", line], limit)?;
    }
    let (aliases, count) = bench.aliases()?;
    let name = format!("{count} aliases of system calls, $$parms");
    held &= bench.script(&name, &[&aliases], None)?;
    held &= bench.list(options.quick)?;
    held &= bench.btf()?;
    Ok(held)
}

impl Bench {
    /// Our command, with the bench's own cache.
    fn stapc(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.stapc);
        command.args(arguments).args(["-r", &self.release]).env("STAPC_CACHE", self.cache());
        command
    }

    fn cache(&self) -> PathBuf {
        self.scratch.path().join("cache")
    }

    fn compile(&self, arguments: &[&str]) -> Command {
        let mut command = self.stapc(&["compile", "--emit=ir", "-w"]);
        command.args(arguments);
        command
    }

    fn peer(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", "600", "stap", "-w", "-r", &self.release]).args(arguments);
        command
    }

    /// The first run with no cache: it makes the index of the kernel's DWARF.
    fn index(&self) -> Result<bool> {
        let mut runs = Vec::new();
        for _ in 0..3 {
            let _ = fs::remove_dir_all(self.cache());
            runs.push(measured(self.compile(&["--debuginfo=dwarf", "-e", LINES[0]]))?);
        }
        let time = median(&runs.iter().map(|run| run.0).collect::<Vec<_>>());
        let peak = runs.iter().map(|run| run.1).fold(0.0, f64::max);
        let (most_time, most) = INDEX_LIMIT;
        let held = time <= most_time && peak <= most;
        println!(
            "first index, no cache: {time:.0} ms, of at most {most_time:.0}; {peak:.0} MB at its peak, of at most {most:.0}: {}",
            verdict(held)
        );
        Ok(held)
    }

    /// Ours and the peer on a script.
    fn script(&self, name: &str, script: &[&str], limit: Option<f64>) -> Result<bool> {
        let ours = median_of(self.runs.0, || self.compile(script))?;
        let peer = match self.runs.1 {
            0 => None,
            runs => Some(median_of(runs, || self.peer(&[&["-p2"], script].concat()))?),
        };
        Ok(told(name, ours, peer, limit))
    }

    fn list(&self, quick: bool) -> Result<bool> {
        let ours = median_of(self.runs.0.div_ceil(3), || self.stapc(&["list", ALL]))?;
        let is_asked = self.runs.1 > 0 && !quick;
        let peer = is_asked.then(|| measured(self.peer(&["-l", ALL]))).transpose()?;
        Ok(told(&format!("-l {ALL}"), ours, peer.map(|(time, _)| time), Some(LIST_LIMIT)))
    }

    /// Without DWARF and its index.
    fn btf(&self) -> Result<bool> {
        fs::remove_dir_all(self.cache()).context("cannot empty the cache")?;
        let time = median_of(self.runs.0, || self.compile(&["--debuginfo=btf", "-e", LINES[0]]))?;
        let held = time <= BTF_LIMIT;
        println!("\nBTF alone: {time:.1} ms, of at most {BTF_LIMIT:.0}: {}", verdict(held));
        Ok(held)
    }

    /// A script with an alias for each system call, and how many there are.
    fn aliases(&self) -> Result<(String, usize)> {
        let map = format!("/usr/lib/debug/boot/System.map-{}", self.release);
        let map = fs::read_to_string(&map).with_context(|| format!("cannot read {map}"))?;
        let names = map.lines().filter_map(|line| line.split_once(" T ")?.1.strip_prefix(CALL));
        let (mut text, mut count) = (String::new(), 0);
        for name in names {
            writeln!(
                text,
                "probe our.{name} = kernel.function(\"{CALL}{name}\")? {{ name = \"{name}\" }}"
            )?;
            count += 1;
        }
        text += "probe our.* { println(name, $$parms) }\n";
        let file = self.scratch.path().join("aliases.stp");
        fs::write(&file, text)?;
        Ok((file.display().to_string(), count))
    }
}

/// Prints a line; whether it is within what is promised: so many milliseconds, if any, and a part of the
/// peer's time, if that is known.
fn told(name: &str, ours: f64, peer: Option<f64>, limit: Option<f64>) -> bool {
    let is_soon = limit.is_none_or(|limit| ours <= limit);
    let is_faster = peer.is_none_or(|peer| ours <= peer * PEER_RATIO);
    let (beside, ratio) = match peer {
        Some(peer) => (format!("{peer:.0} ms"), format!("1/{:.0}", peer / ours)),
        None => ("–".to_owned(), "–".to_owned()),
    };
    let limit = limit.map(|limit| format!("of at most {limit:.0} ms"));
    let part = peer.map(|_| format!("1/{:.0} of the peer's", 1.0 / PEER_RATIO));
    let promise: Vec<String> = limit.into_iter().chain(part).collect();
    let held = is_soon && is_faster;
    println!(
        "{name:<68} {ours:>7.1} ms {beside:>12} {ratio:>7}  {}: {}",
        promise.join(" and "),
        verdict(held)
    );
    held
}

/// The median of the milliseconds that a command takes, behind one run that reads files for the others.
fn median_of(runs: usize, command: impl Fn() -> Command) -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..=runs {
        let mut command = command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if !status.success() {
            bail!("{command:?} failed: {status}");
        }
    }
    Ok(median(&times[1..]))
}

/// How many milliseconds a command takes, and how many megabytes it has at its peak.
fn measured(mut command: Command) -> Result<(f64, f64)> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
    let file = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak: f64 = 0.0;
    // The kernel keeps the peak; the last look at it counts.
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak.max(high_water(&file).unwrap_or(0.0));
        thread::sleep(Duration::from_millis(1));
    };
    let time = start.elapsed().as_secs_f64() * 1e3;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok((time, peak))
}

/// The megabytes that a process has had at most.
fn high_water(file: &Path) -> Option<f64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_held_against_the_limit_and_the_peer() {
        assert!(told("", 20.0, Some(1000.0), Some(30.0)));
        assert!(!told("", 40.0, Some(1000.0), Some(30.0)));
        assert!(!told("", 20.0, Some(100.0), Some(30.0)));
        assert!(told("", 20.0, None, None));
    }

    #[test]
    fn the_peak_of_a_process_is_known() {
        assert!(high_water(Path::new("/proc/self/status")).is_some_and(|peak| peak > 0.1));
        assert_eq!(high_water(Path::new("/nowhere")), None);
    }
}
