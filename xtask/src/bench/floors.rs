//! What a probe costs at the least: modules written by hand, with handlers that do nothing.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{kbuild, process, root::root};

/// A way for the kernel to call a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// Function entry by ftrace.
    Ftrace,
    /// Any instruction, by a breakpoint or what the kernel makes of it.
    Kprobe,
    /// Function return.
    Kretprobe,
}

impl Floor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ftrace, Self::Kprobe, Self::Kretprobe];

    /// Its name, as in the module's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ftrace => "ftrace",
            Self::Kprobe => "kprobe",
            Self::Kretprobe => "kretprobe",
        }
    }

    /// The module's name.
    pub fn module(self) -> String {
        format!("floor_{}", self.name())
    }
}

/// Builds the modules with the build tree of kernel `release`, in `scratch`; where they are.
pub fn build(release: &str, scratch: &Path) -> Result<Vec<(Floor, PathBuf)>> {
    let dir = scratch.join("floors");
    let tree = Path::new("/lib/modules").join(release).join("build");
    kbuild::build(&root().join("tests/bench/floors"), &tree, &dir)?;
    Ok(Floor::ALL
        .iter()
        .map(|&floor| (floor, dir.join(format!("{}.ko", floor.module()))))
        .collect())
}

/// Builds the program that hits the probes; where it is.
pub fn build_workload(scratch: &Path) -> Result<PathBuf> {
    let program = scratch.join("workload");
    let source = root().join("tests/bench/workload.c");
    process::run(Command::new("gcc").args(["-O2", "-static", "-o"]).args([&program, &source]))?;
    Ok(program)
}
