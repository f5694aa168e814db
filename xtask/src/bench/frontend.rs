//! How fast the front end is: text to syntax trees, by criterion; and the check of a small script as
//! a whole process, beside the peer's.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};

use super::{median, verdict};
use crate::{
    process,
    programs::{Profile, build_stapc},
    root::{root, target},
    setup,
};

/// The script that is checked.
const SCRIPT: &str = "examples/hello.stp";

/// Where the peer's script library is, if it is installed.
const TAPSET: &str = "/usr/share/systemtap/tapset";

/// Megabytes a second that lexing and parsing must reach.
const THROUGHPUT: f64 = 25.0;

/// Milliseconds that a check may take.
const CHECK_LIMIT: f64 = 8.0;

/// Prints what was measured; whether it is within what is promised.
pub fn perform() -> Result<bool> {
    let parsed = throughput()?;
    let stapc = build_stapc(Profile::Release)?;
    let script = root().join(SCRIPT);
    let own = |library: bool| {
        let mut command = Command::new(&stapc);
        command.arg("check").arg(&script);
        if library {
            command.args(["-I", TAPSET]);
        }
        command
    };
    let alone = median_of(40, || own(false))?;
    println!("stapc check {SCRIPT}: {alone:.1} ms");
    let mut check = alone;
    if Path::new(TAPSET).exists() {
        let with = median_of(40, || own(true))?;
        println!("stapc check {SCRIPT} -I {TAPSET}: {with:.1} ms");
        check = check.max(with);
    }
    peer(&script, check)?;
    println!();
    let fast = parsed.is_none_or(|parsed| {
        println!(
            "lexing to trees: {parsed:.0} MB/s, of at least {THROUGHPUT:.0}: {}",
            verdict(parsed >= THROUGHPUT)
        );
        parsed >= THROUGHPUT
    });
    let quick = check <= CHECK_LIMIT;
    println!("check: {check:.1} ms, of at most {CHECK_LIMIT:.0}: {}", verdict(quick));
    Ok(fast && quick)
}

/// Megabytes of the peer's script library that are parsed in a second; none if it is not installed.
fn throughput() -> Result<Option<f64>> {
    if !Path::new(TAPSET).exists() {
        println!("{TAPSET} is not there: `cargo xtask setup --reference` installs it");
        return Ok(None);
    }
    let bench = ["bench", "-p", "stapc-syntax", "--bench", "frontend"];
    process::run(process::cargo().args(bench))?;
    let folder = target().join("criterion");
    let (benchmark, estimates) = (
        folder.join("frontend/parse/new/benchmark.json"),
        folder.join("frontend/parse/new/estimates.json"),
    );
    let bytes = number(&benchmark, &["throughput", "BytesDecimal"])?;
    let nanoseconds = number(&estimates, &["median", "point_estimate"])?;
    Ok(Some(bytes / nanoseconds * 1e3))
}

/// A number in a JSON file.
fn number(path: &Path, keys: &[&str]) -> Result<f64> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let value: serde_json::Value = serde_json::from_str(&text)?;
    let found = keys.iter().fold(&value, |value, key| &value[key]);
    found.as_f64().with_context(|| format!("{}: no number {}", path.display(), keys.join(".")))
}

/// The peer's times for its passes 1, and 1 and 2, and how many times as long they are.
fn peer(script: &Path, check: f64) -> Result<()> {
    let Ok(release) = setup::kernel_release() else { return Ok(()) };
    if Command::new("stap").arg("-V").stderr(Stdio::null()).output().is_err() {
        println!("stap is not installed: `cargo xtask setup --reference` installs it");
        return Ok(());
    }
    for pass in ["-p1", "-p2"] {
        let time = median_of(5, || {
            let mut command = Command::new("stap");
            command.args(["-r", &release, pass]).arg(script);
            command
        })?;
        println!("stap {pass} {SCRIPT}: {time:.1} ms, {:.0} times as long", time / check);
    }
    Ok(())
}

/// The median of the milliseconds that a command takes.
fn median_of(runs: usize, command: impl Fn() -> Command) -> Result<f64> {
    let mut times = Vec::new();
    // The first run reads files for the others.
    for _ in 0..=runs {
        let mut command = command();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if !status.success() {
            bail!("{command:?} failed: {status}");
        }
    }
    Ok(median(&times[1..]))
}
