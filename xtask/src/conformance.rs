//! `cargo xtask conformance`: how much of the installed SystemTap's tapset and examples the front end
//! understands. The work is done by `tests/conformance`, so that this tool builds without the front
//! end.

use std::{
    fs,
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::{
    process::{output, status},
    programs::{Profile, build, build_stapc},
    root::{root, target},
    setup,
};

/// Where the peer's package has its tapset.
pub const TAPSET: &str = "/usr/share/systemtap/tapset";

/// What does the work.
const PROGRAM: &str = "stapc-conformance";

/// Options of `cargo xtask conformance`.
#[derive(Args, Default)]
pub struct Options {
    /// Compile the documented examples, and hold the outcome against docs/examples.md
    #[arg(long)]
    examples: bool,
    /// Make kernel modules of them, instead of only C
    #[arg(long, requires = "examples")]
    modules: bool,
    /// Only those that have this in their paths
    #[arg(long, value_name = "TEXT", requires = "examples")]
    only: Option<String>,
}

/// Does what is asked for.
pub fn perform(options: &Options) -> Result<ExitCode> {
    if options.examples { examples(options) } else { count() }
}

/// Compiles the documented examples; says so where there are none.
pub fn examples(options: &Options) -> Result<ExitCode> {
    if is_skipped("examples")? {
        return Ok(ExitCode::SUCCESS);
    }
    let stapc = build_stapc(Profile::Tests)?;
    let mut command = bare("examples")?;
    command.arg("--list").arg(root().join("docs/examples.md")).arg("--stapc").arg(stapc);
    command.arg("--scratch").arg(scratch()?);
    if options.modules {
        command.arg("--modules");
    }
    if let Some(only) = &options.only {
        command.args(["--only", only]);
    }
    let is_held = status(&mut command)?.success();
    Ok(if is_held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Counts, and compares with the committed totals; says so where there is nothing to count.
pub fn count() -> Result<ExitCode> {
    if is_skipped("conformance")? {
        return Ok(ExitCode::SUCCESS);
    }
    let stapc = build_stapc(Profile::Tests)?;
    let version =
        output(Command::new("dpkg-query").args(["-W", "-f=${Version}", "systemtap-common"]))?;
    let mut command = program("conform")?;
    command
        .args(["--version", version.trim()])
        .arg("--totals")
        .arg(root().join("tests/conformance/totals.txt"))
        .arg("--stapc")
        .arg(stapc);
    let is_held = status(&mut command)?.success();
    Ok(if is_held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether what is compared with is not installed, which is said.
pub fn is_skipped(task: &str) -> Result<bool> {
    let missing = setup::missing_reference()?;
    if !missing.is_empty() {
        println!(
            "{task}: skipped: {} not installed (cargo xtask setup --reference)",
            missing.join(", ")
        );
    }
    Ok(!missing.is_empty())
}

/// The program that does one of the comparisons, told where everything is that they all need.
pub fn program(comparison: &str) -> Result<Command> {
    let mut command = bare(comparison)?;
    command.args(["--tapset", TAPSET, "--scratch"]).arg(scratch()?);
    Ok(command)
}

/// The program that does a comparison, told which kernel it is about.
pub fn bare(comparison: &str) -> Result<Command> {
    let mut command = Command::new(build(Profile::Tests, &["--bin", PROGRAM])?.join(PROGRAM));
    command.arg(comparison).current_dir(root());
    command.args(["--release", &setup::kernel_release()?]);
    Ok(command)
}

fn scratch() -> Result<PathBuf> {
    let folder = target().join("conformance");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
