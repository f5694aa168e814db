//! How much longer a script with C takes than that C alone does.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::{
    build::{CACHE, compile},
    median, verdict,
};

/// Scripts with C: little of it, and more.
const SCRIPTS: [&str; 3] =
    ["tests/e2e/kernel-memory.stp", "tests/e2e/probe-names.stp", "tests/e2e/embedded.stp"];

/// A script of about their size without C.
const PLAIN: &str = "examples/reads-by-process.stp";

/// How many times as long as the compiler alone, beyond what a script without C takes.
const LIMIT: f64 = 1.2;

/// Numbers of scripts that no other benchmark of the folder compiles.
const FIRST: u32 = 100_000_000;

/// Compiles each script, its C alone and a script without C in turn, and prints a table; whether each is within what is
/// promised.
pub fn perform(stapc: &Path, scratch: &Path, runs: u32) -> Result<bool> {
    println!(
        "\n{:<44} {:>9} {:>9} {:>9} {:>9}",
        "script with C, cache warm, script new", "whole", "C alone", "without C", "whole/C"
    );
    let mut is_within = true;
    for (index, script) in (0..).zip(SCRIPTS) {
        let number = |run: u32| FIRST + index * 1_000_000 + 2 * run;
        let alone = Alone::of(stapc, scratch, script, number(runs))?;
        let (mut whole, mut compiler, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for run in 0..runs {
            whole.push(compile(stapc, scratch, script, &["-g"], number(run))?.wall);
            compiler.push(alone.time()?);
            plain.push(compile(stapc, scratch, PLAIN, &[], number(run) + 1)?.wall);
        }
        let (whole, compiler, plain) = (median(&whole), median(&compiler), median(&plain));
        println!(
            "{script:<44} {whole:>6.0} ms {compiler:>6.0} ms {plain:>6.0} ms {:>9.2}",
            whole / compiler
        );
        is_within &= whole <= LIMIT * compiler + plain;
    }
    println!(
        "each whole at most {LIMIT} times what gcc takes for its C alone, and what a script without C takes: {}",
        verdict(is_within)
    );
    Ok(is_within)
}

/// The compiler's command for a script's C, which lies in a folder of its own.
struct Alone {
    folder: PathBuf,
    words: Vec<String>,
}

impl Alone {
    /// Learns it from a compilation: in the recipe of the runtime that the cache has, a program that keeps what it is
    /// called with stands for the compiler.
    fn of(stapc: &Path, scratch: &Path, script: &str, unique: u32) -> Result<Self> {
        let kept = tempfile::tempdir_in(scratch)?.keep();
        let path = recipe(&scratch.join(CACHE))?;
        let text = fs::read_to_string(&path)?;
        let mut recipe: Value = serde_json::from_str(&text)?;
        let compiler = recipe["embedded"][0].as_str().context("the recipe has no compiler")?;
        let program = kept.join("cc");
        let keeps = format!(
            "#!/bin/sh\ncd_to=$PWD\ncd '{}' || exit 1\nprintf '%s\\n' \"$cd_to\" {compiler} \"$@\" > words\n\
             for last; do :; done\ncp \"$last\" embedded.c\ncd \"$cd_to\" || exit 1\nexec {compiler} \"$@\"\n",
            kept.display()
        );
        fs::write(&program, keeps)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        recipe["embedded"][0] = Value::from(program.to_string_lossy());
        fs::write(&path, recipe.to_string())?;
        let made = compile(stapc, scratch, script, &["-g"], unique);
        fs::write(&path, text)?;
        made?;
        let words = fs::read_to_string(kept.join("words"))
            .with_context(|| format!("{script} has no C that was compiled"))?;
        let mut words = words.lines().map(str::to_owned);
        let folder = PathBuf::from(words.next().unwrap_or_default());
        let mut words: Vec<String> = words.collect();
        let file = |name: &str| kept.join(name).to_string_lossy().into_owned();
        let output = words.iter().position(|word| word == "-o").context("no output is said")?;
        words[output + 1] = file("embedded.o");
        *words.last_mut().context("the command is empty")? = file("embedded.c");
        Ok(Self { folder, words })
    }

    /// Milliseconds that it takes.
    fn time(&self) -> Result<f64> {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).current_dir(&self.folder).env("LC_ALL", "C");
        let start = Instant::now();
        let output = command.output().context("cannot run the compiler")?;
        if !output.status.success() {
            bail!("the C alone: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(start.elapsed().as_secs_f64() * 1e3)
    }
}

/// The recipe of the only runtime in a cache.
fn recipe(cache: &Path) -> Result<PathBuf> {
    let mut folders = fs::read_dir(cache.join("runtime"))?;
    let folder = folders.next().context("the cache has no runtime")??;
    Ok(folder.path().join("recipe.json"))
}
