//! Compiles the documented examples, and holds what comes of them against the committed list.

mod list;
mod usage;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use clap::Args;
use rayon::prelude::*;

use crate::{
    conform::BLESS,
    examples::{self, Example},
};
use list::{List, Row};
use usage::Usage;

/// Where things are.
#[derive(Args)]
pub struct Options {
    /// The release of the kernel that scripts are compiled for
    #[arg(long)]
    release: String,
    /// The committed list
    #[arg(long)]
    list: PathBuf,
    /// The tool that compiles
    #[arg(long)]
    stapc: PathBuf,
    /// Make modules, instead of only their C
    #[arg(long)]
    modules: bool,
    /// A folder for files in between
    #[arg(long)]
    scratch: PathBuf,
    /// Only scripts whose path has this in it; the list is not written then
    #[arg(long)]
    only: Option<String>,
}

/// Compiles all, says what differs from the committed list; whether what compiled still does.
pub fn perform(options: &Options) -> Result<bool> {
    let wanted = |example: &Example| {
        let has = |part: &String| example.name.contains(part.as_str());
        example.path.is_some() && !example.is_library() && options.only.as_ref().is_none_or(has)
    };
    let groups = examples::all()?;
    let examples = groups.iter().flat_map(|group| &group.examples).filter(|one| wanted(one));
    let examples: Vec<&Example> = examples.collect();
    let committed = List::read(&options.list)?;
    let today = List { rows: compile_all(&examples, options)? };
    println!("examples: {} of {} compile", today.compiled(), today.rows.len());
    let worse = today.differences(&committed);
    for line in &worse {
        println!("examples: {line}");
    }
    if env::var_os(BLESS).is_some() && options.only.is_none() {
        today.with_notes(&committed).write(&options.list)?;
        println!("examples: written to {}", options.list.display());
        return Ok(true);
    }
    Ok(!worse.iter().any(|line| line.starts_with(list::WORSE)))
}

/// As many at once as there are processors.
fn compile_all(examples: &[&Example], options: &Options) -> Result<Vec<Row>> {
    let rows = examples.par_iter().map(|example| compile(example, options));
    let mut rows = rows.collect::<Result<Vec<Row>>>()?;
    rows.sort_by(|a, b| a.script.cmp(&b.script));
    Ok(rows)
}

fn compile(example: &Example, options: &Options) -> Result<Row> {
    let path = example.path.as_deref().unwrap_or(Path::new(""));
    let script = short(path);
    let form = if options.modules { "ko" } else { "c" };
    let out = options.scratch.join(format!("{}.{form}", script.replace('/', "-")));
    let mut command = Command::new(&options.stapc);
    command.args(["compile", "--guru", "--no-warnings", "-r", &options.release]);
    command.args(["--emit", form, "-o"]).arg(&out);
    if let Some(library) = example.library() {
        command.arg("-I").arg(library);
    }
    let usage = usage::usage(path)
        .unwrap_or_else(|| Usage { arguments: example.arguments.clone(), command: None });
    command.args(usage.command.iter().flat_map(|asked| ["-c", asked.as_str()]));
    command.arg(path).arg("--").args(usage.arguments);
    let output =
        command.output().with_context(|| format!("cannot run {}", options.stapc.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let error = match output.status.success() {
        true => None,
        false => Some(first_error(&said)),
    };
    Ok(Row { script, error, note: String::new() })
}

/// A script's folder and name.
fn short(path: &Path) -> String {
    let mut parts: Vec<_> = path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
    parts.reverse();
    parts.join("/")
}

/// What the first error says, without its number.
fn first_error(said: &str) -> String {
    let errors = said.lines().filter(|line| line.starts_with("error"));
    let mut messages = errors.filter_map(|line| line.split_once(": ").map(|(_, message)| message));
    messages.next().unwrap_or("it fails without an error").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_said_without_its_number() {
        let said = "warning: w\nerror[E0401]: there is `a`: b\n  at\nerror: c\n";
        assert_eq!(first_error(said), "there is `a`: b");
        assert_eq!(first_error("killed"), "it fails without an error");
        assert_eq!(short(Path::new("/a/b/c.stp")), "b/c.stp");
    }
}
