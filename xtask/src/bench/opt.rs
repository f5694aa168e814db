//! What optimisation is worth: instructions and interpreted steps at each level, what each pass
//! contributes, and what a hit costs in the guest at -O0 and -O2.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use clap::Args;

use super::hits;
use crate::{
    process,
    programs::{Profile, build_example, build_stapc},
    root::root,
    setup,
};

/// Options of `cargo xtask bench opt`.
#[derive(Args)]
pub struct Options {
    /// Only interpret: boot no virtual machine
    #[arg(long)]
    no_vm: bool,
}

/// The scripts that must take no lock, by the starts of their names.
const WITHOUT_LOCKS: [&str; 3] = ["1-", "2-", "3-"];

/// The folder of scripts that are measured beside the others, for which nothing is promised.
const BESIDE: &str = "tests/e2e";

/// Measures and prints tables; whether all that is promised holds.
pub fn perform(options: &Options) -> Result<bool> {
    setup::ensure()?;
    let stapc = build_stapc(Profile::Release)?;
    let release = setup::kernel_release()?;
    let scratch = tempfile::tempdir()?;
    let (mut plain, mut without_locks, mut beside) = (Vec::new(), Vec::new(), Vec::new());
    for script in scripts()? {
        let lowered = lower(&stapc, &release, &script, scratch.path())?;
        let name = lowered.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if WITHOUT_LOCKS.iter().any(|start| name.starts_with(start)) {
            without_locks.push(lowered);
        } else if script.starts_with(root().join(BESIDE)) {
            beside.push(lowered);
        } else {
            plain.push(lowered);
        }
    }
    let mut steps = Command::new(build_example(Profile::Release, "steps")?);
    steps.current_dir(root());
    let holds = steps
        .args(plain)
        .arg("--no-locks")
        .args(without_locks)
        .arg("--beside")
        .args(beside)
        .status()
        .context("cannot count the steps of scripts")?
        .success();
    if !options.no_vm {
        println!();
        hits::compare_levels(&stapc, &release)?;
    }
    Ok(holds)
}

/// The bodies of `bench hits`, the examples, and the scripts of `tests/e2e` that are not about faults.
fn scripts() -> Result<Vec<PathBuf>> {
    let mut scripts = Vec::new();
    for folder in ["tests/bench/hits", "examples", BESIDE] {
        let folder = root().join(folder);
        let files = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot read {}", folder.display()))?;
        for file in files {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.ends_with(".stp") && !name.starts_with("fault-") {
                scripts.push(path);
            }
        }
    }
    scripts.sort();
    Ok(scripts)
}

/// The IR of a script, as lowering makes it; where that is.
fn lower(stapc: &Path, release: &str, script: &Path, scratch: &Path) -> Result<PathBuf> {
    let lowered = scratch.join(script.file_stem().unwrap_or_default()).with_extension("ir");
    let mut command = Command::new(stapc);
    command
        .args(["compile", "--emit=lowered", "-w", "-g", "-r", release, "-o"])
        .arg(&lowered)
        .arg(script);
    process::run(&mut command)?;
    Ok(lowered)
}
