//! The types of C headers: `@cast(…, "timeval", "<sys/time.h>")` has them compiled to an object of nothing
//! but debug information.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};
use stapc_vm::Root;

use crate::{
    build::{Runtime, as_module},
    cache::Cache,
    kernel::{Kernel, hex},
};

/// What has the types of headers in the debug information, whether they are used or not.
const TYPES: [&str; 2] = ["-g", "-fno-eliminate-unused-debug-types"];

/// The file with the types of a machine's headers, which are named in a row as `#include` has them: `<a.h><b.h>`.
///
/// # Errors
/// When the headers cannot be compiled: what the compiler said.
pub fn compiled(headers: &str, root: &Root, cache: &Cache) -> Result<String> {
    let source = source(headers)?;
    let preprocessed = gcc(compiler(root).args(["-E", "-P"]), &source)?;
    // What the headers say may change under their names.
    let key = format!("headers/{}.so", hex(&Sha256::digest(&preprocessed)));
    kept(&key, cache, |made| {
        gcc(
            compiler(root).args(TYPES).args(["-shared", "-fPIC", "-nostdlib", "-o"]).arg(made),
            &source,
        )
    })
}

/// The file, as of a module, with the types of a kernel's headers, compiled as its modules are.
///
/// # Errors
/// When the headers cannot be compiled: what the compiler said.
pub fn of_kernel(headers: &str, kernel: &Kernel, cache: &Cache) -> Result<String> {
    let source = source(headers)?;
    let key = Sha256::digest(format!("{}\n{source}", kernel.identity()));
    kept(&format!("headers/{}.ko", hex(&key)), cache, |made| {
        let runtime = Runtime::for_kernel(kernel, cache)?;
        let headers = runtime.recipe.headers.iter().flat_map(|header| ["-include", header]);
        gcc(
            as_module(&runtime.recipe, kernel)?
                .args(headers)
                .args(TYPES)
                .args(["-c", "-o"])
                .arg(made),
            &source,
        )
    })
}

/// The path of a file of the cache, which is made first where it is not there.
fn kept(key: &str, cache: &Cache, make: impl FnOnce(&Path) -> Result<Vec<u8>>) -> Result<String> {
    let path = cache.path(key);
    if !path.exists() {
        let scratch = cache.scratch()?;
        let made = scratch.path().join("types");
        make(&made)?;
        cache.write(key, &fs::read(&made)?)?;
    }
    Ok(path.to_string_lossy().into_owned())
}

/// The compiler of a machine's programs.
fn compiler(root: &Root) -> Command {
    let mut gcc = Command::new("gcc");
    gcc.args(root.folder().map(|folder| format!("--sysroot={}", folder.display())));
    gcc
}

/// A file that includes the headers.
fn source(headers: &str) -> Result<String> {
    let mut text = String::new();
    for part in headers.split_inclusive('>').map(str::trim).filter(|part| !part.is_empty()) {
        let is_header = part.starts_with('<') && part.ends_with('>') && part.len() > 2;
        if !is_header || part.contains(['\n', '\r', '"']) {
            bail!("`{headers}` names no headers: write `<sys/time.h>`");
        }
        text += &format!("#include {part}\n");
    }
    Ok(text)
}

/// What gcc makes of a C text, on its standard output.
fn gcc(command: &mut Command, source: &str) -> Result<Vec<u8>> {
    command.args(["-x", "c", "-"]).env("LC_ALL", "C");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context(
        "gcc, which compiles headers, cannot be run\n  help: install it (Debian: `apt-get install gcc`)",
    )?;
    // Who does not read all of a few lines has failed, and says why.
    let _ = child.stdin.take().map(|mut input| input.write_all(source.as_bytes()));
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().find(|line| line.contains("error:")).unwrap_or("gcc failed");
    bail!("{}", first.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_named_in_a_row() {
        let text = source("<a.h><sys/b.h>").expect("two headers");
        assert_eq!(text, "#include <a.h>\n#include <sys/b.h>\n");
        for wrong in ["<>", "a.h", "<a.h>b", "<a\n.h>", "<a.h", "<\"x\">"] {
            assert!(source(wrong).is_err(), "{wrong}");
        }
    }
}
