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

/// How many times as long as the compiler, which compiles the two one after the other and reads the kernel's headers.
const LIMIT: f64 = 1.2;

/// Numbers of scripts that no other benchmark of the folder compiles.
const FIRST: u32 = 100_000_000;

/// Compiles each script, its C alone and the C that is emitted for it alone in turn, and prints a table; whether each is
/// within what is promised.
pub fn perform(stapc: &Path, scratch: &Path, runs: u32) -> Result<bool> {
    println!(
        "\n{:<44} {:>9} {:>9} {:>9} {:>9}",
        "script with C, cache warm, script new", "whole", "its C", "emitted", "whole/gcc"
    );
    let mut is_within = true;
    for (index, script) in (0..).zip(SCRIPTS) {
        let number = |run: u32| FIRST + index * 1_000_000 + run;
        let [own, emitted] = compilations(stapc, scratch, script, number(runs))?;
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for run in 0..runs {
            times[0].push(compile(stapc, scratch, script, &["-g"], number(run))?.wall);
            times[1].push(own.time()?);
            times[2].push(emitted.time()?);
        }
        let [whole, own, emitted] = times.map(|times| median(&times));
        let ratio = whole / (own + emitted);
        println!("{script:<44} {whole:>6.0} ms {own:>6.0} ms {emitted:>6.0} ms {ratio:>9.2}");
        is_within &= ratio <= LIMIT;
    }
    println!(
        "each whole at most {LIMIT} times what gcc takes for its two files alone: {}",
        verdict(is_within)
    );
    Ok(is_within)
}

/// The command of a compilation, of a file that lies in a folder of its own.
struct Compilation {
    folder: PathBuf,
    words: Vec<String>,
}

/// How a script's own C, with no header compiled ahead, and the C that is emitted for it are compiled. That is learnt
/// from compiling it: in the recipe of the runtime that the cache has, a program that keeps what it is called with
/// stands for the compiler.
fn compilations(
    stapc: &Path,
    scratch: &Path,
    script: &str,
    unique: u32,
) -> Result<[Compilation; 2]> {
    let kept = tempfile::tempdir_in(scratch)?.keep();
    let path = recipe(&scratch.join(CACHE))?;
    let text = fs::read_to_string(&path)?;
    let mut recipe: Value = serde_json::from_str(&text)?;
    let compiler = recipe["embedded"][0].as_str().context("the recipe has no compiler")?;
    let program = kept.join("cc");
    let keeps = format!(
        "#!/bin/sh\nfor last; do :; done\nname=$(basename \"$last\")\n\
         printf '%s\\n' \"$PWD\" {compiler} \"$@\" > '{folder}'/\"$name.words\"\n\
         cp \"$last\" '{folder}'\nexec {compiler} \"$@\"\n",
        folder = kept.display()
    );
    fs::write(&program, keeps)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    for part in ["embedded", "compile"] {
        recipe[part][0] = Value::from(program.to_string_lossy());
    }
    fs::write(&path, recipe.to_string())?;
    let made = compile(stapc, scratch, script, &["-g"], unique);
    fs::write(&path, text)?;
    made?;
    let mut own = Compilation::of(&kept, "embedded.c")?;
    fs::copy(&*own.after("-include")?, kept.join("headers.h"))?;
    *own.after("-include")? = kept.join("headers.h").to_string_lossy().into_owned();
    Ok([own, Compilation::of(&kept, "probe.c")?])
}

impl Compilation {
    /// That of a file which is kept in a folder.
    fn of(kept: &Path, name: &str) -> Result<Self> {
        let words = fs::read_to_string(kept.join(name).with_extension("c.words"))
            .with_context(|| format!("no {name} was compiled"))?;
        let mut words = words.lines().map(str::to_owned);
        let folder = PathBuf::from(words.next().unwrap_or_default());
        let mut compilation = Self { folder, words: words.collect() };
        let file = |name: &str| kept.join(name).to_string_lossy().into_owned();
        *compilation.after("-o")? = file("made.o");
        *compilation.words.last_mut().context("the command is empty")? = file(name);
        Ok(compilation)
    }

    /// The word after the first one that is so.
    fn after(&mut self, option: &str) -> Result<&mut String> {
        let mut words = self.words.iter_mut().skip_while(|word| *word != option);
        words.nth(1).with_context(|| format!("the compiler is called without {option}"))
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
