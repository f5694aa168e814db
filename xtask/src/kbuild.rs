//! Modules of the repository's own, built by a kernel's build tree.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, bail};

/// Builds the modules whose sources are in a folder, with a kernel's build tree, in a copy of that folder.
///
/// # Errors
/// When the copy cannot be made, or kbuild fails: what it said.
pub fn build(sources: &Path, tree: &Path, copy: &Path) -> Result<()> {
    fs::create_dir(copy)?;
    let files = fs::read_dir(sources);
    for file in files.with_context(|| format!("cannot read {}", sources.display()))? {
        let file = file?;
        fs::copy(file.path(), copy.join(file.file_name()))?;
    }
    let output = Command::new("make")
        .arg("-C")
        .arg(tree)
        .arg(format!("M={}", copy.display()))
        // BTF of modules takes a program that few machines have, and is not read here.
        .args(["CONFIG_DEBUG_INFO_BTF_MODULES=", "modules"])
        .env_remove("MAKEFLAGS")
        .output()
        .context("cannot run make")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("kbuild of {} failed:\n{said}", sources.display());
    }
    Ok(())
}
