//! The runtime for one kernel: compiled once by that kernel's own kbuild, then kept in the cache.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, anyhow, bail};
use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};

use super::{embedded, recipe::Recipe};
use crate::{
    cache::Cache,
    kernel::{Kernel, hex},
};

/// The runtime's C sources, as this tool was built with.
static SOURCES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/runtime/kernel");

/// The name that kbuild gives the module; each session's own name, of the same length, takes its
/// place in the linked file.
pub const PLACEHOLDER: &str = "stapc_0000000000000000";

/// The compiled runtime of one kernel, in the cache.
#[derive(Debug)]
pub struct Runtime {
    /// Where its files are.
    pub directory: PathBuf,
    /// How to compile and link against it.
    pub recipe: Recipe,
    /// Whether it had to be compiled now.
    pub fresh: bool,
}

impl Runtime {
    /// The runtime for `kernel`, compiled now if the cache has none for this version of both.
    pub fn for_kernel(kernel: &Kernel, cache: &Cache) -> Result<Self> {
        let key = format!("runtime/{}", key(kernel));
        let mut fresh = false;
        let directory = cache.directory::<anyhow::Error>(&key, |at| {
            fresh = true;
            compile(kernel, at)
        })?;
        let text = fs::read_to_string(directory.join("recipe.json"))?;
        let recipe = serde_json::from_str(&text)
            .ok()
            .and_then(|value| Recipe::from_json(&value))
            .ok_or_else(|| anyhow!("{} is damaged; remove it", directory.display()))?;
        Ok(Self { directory, recipe, fresh })
    }

    /// The runtime's own object.
    pub fn object(&self) -> PathBuf {
        self.directory.join("runtime.o")
    }

    /// What kbuild adds to a module: its `struct module`, version magic, symbol versions.
    pub fn module_object(&self) -> PathBuf {
        self.directory.join("module.o")
    }
}

/// Changes when what is kept of a runtime does.
const FORM: &str = "2";

/// Changes whenever what is kept of the runtime for `kernel` could.
fn key(kernel: &Kernel) -> String {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(FORM);
    hash.update(kernel.identity());
    hash_sources(&SOURCES, &mut hash);
    hex(&hash.finalize())
}

fn hash_sources(dir: &Dir<'_>, hash: &mut Sha256) {
    for file in dir.files() {
        hash.update(file.path().as_os_str().as_encoded_bytes());
        hash.update(file.contents());
    }
    for dir in dir.dirs() {
        hash_sources(dir, hash);
    }
}

/// Runs kbuild on the runtime's sources and keeps what later links need, in `entry`.
fn compile(kernel: &Kernel, entry: &Path) -> Result<()> {
    eprintln!("Compiling the runtime for kernel {} (once) …", kernel.release);
    let scratch = tempfile::Builder::new().prefix("stapc-runtime-").tempdir()?;
    let work = scratch.path();
    SOURCES.extract(work).context("cannot write the runtime's sources")?;
    run_kbuild(kernel, work)?;
    let module = work.join(format!("{PLACEHOLDER}.ko"));
    if !module.exists() {
        bail!("kbuild made no module of the runtime");
    }
    let cmd_file = |name: &str| {
        fs::read_to_string(work.join(format!(".{name}.cmd")))
            .with_context(|| format!("kbuild left no .{name}.cmd"))
    };
    let recipe =
        Recipe::from_cmd_files(&cmd_file("cold.o")?, &cmd_file(&format!("{PLACEHOLDER}.ko"))?)?;
    fs::write(entry.join("recipe.json"), recipe.to_json().to_string())?;
    strip(&work.join(format!("{PLACEHOLDER}.o")), &entry.join("runtime.o"))?;
    strip(&work.join(format!("{PLACEHOLDER}.mod.o")), &entry.join("module.o"))?;
    let profile = super::profile::header(&fs::read(entry.join("runtime.o"))?)?;
    fs::write(entry.join("profile.h"), profile)?;
    fs::copy(work.join("stapc.h"), entry.join("stapc.h"))?;
    fs::create_dir(entry.join("stapc"))?;
    for header in fs::read_dir(work.join("stapc"))?.flatten() {
        fs::copy(header.path(), entry.join("stapc").join(header.file_name()))?;
    }
    embedded::write_headers(entry, &recipe, kernel)?;
    Ok(())
}

/// Builds the runtime as an external module of `kernel`.
///
/// The symbols that a script's own object will define are missing then, so modpost may only warn;
/// BTF of modules needs a program (pahole) that few machines have, and nothing here uses it.
fn run_kbuild(kernel: &Kernel, work: &Path) -> Result<()> {
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let output = Command::new("make")
        .arg("-C")
        .arg(&kernel.build)
        .arg(format!("M={}", work.display()))
        .arg(format!("-j{jobs}"))
        .args(["CONFIG_DEBUG_INFO_BTF_MODULES=", "KBUILD_MODPOST_WARN=1", "modules"])
        .env_remove("MAKEFLAGS")
        .output()
        .context("cannot run make (is it installed?)")?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let errors: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("error") || line.contains("Error") || line.contains("***"))
        .take(12)
        .collect();
    bail!("the runtime does not compile for kernel {}:\n{}", kernel.release, errors.join("\n"))
}

/// Copies an object without its debug information, which would only slow the links.
fn strip(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("objcopy")
        .arg("--strip-debug")
        .arg(from)
        .arg(to)
        .status()
        .context("cannot run objcopy (is binutils installed?)")?;
    if status.success() { Ok(()) } else { bail!("objcopy failed on {}", from.display()) }
}
