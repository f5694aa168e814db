//! The types of C headers: `@cast(…, "timeval", "<sys/time.h>")` has them compiled to a shared object of
//! nothing but debug information.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::{cache::Cache, kernel::hex};

/// The file with the types of headers, which are named in a row as `#include` has them: `<a.h><b.h>`.
///
/// # Errors
/// When the headers cannot be compiled: what the compiler said.
pub fn compiled(headers: &str, cache: &Cache) -> Result<String> {
    let source = source(headers)?;
    let preprocessed = gcc(&["-E", "-P"], source.as_bytes())?;
    // What the headers say may change under their names.
    let key = format!("headers/{}.so", hex(&Sha256::digest(&preprocessed)));
    let path = cache.path(&key);
    if !path.exists() {
        let scratch = cache.scratch()?;
        let made = scratch.path().join("types.so");
        let output = made.to_string_lossy().into_owned();
        let flags = ["-g", "-fno-eliminate-unused-debug-types", "-shared", "-fPIC", "-nostdlib"];
        gcc(&[&flags[..], &["-o", &output]].concat(), source.as_bytes())?;
        cache.write(&key, &std::fs::read(&made)?)?;
    }
    Ok(path.to_string_lossy().into_owned())
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

/// What gcc makes of a C file, on its standard output.
fn gcc(flags: &[&str], source: &[u8]) -> Result<Vec<u8>> {
    let mut command = Command::new("gcc");
    command.args(flags).args(["-x", "c", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context(
        "gcc, which compiles headers, cannot be run\n  help: install it (Debian: `apt-get install gcc`)",
    )?;
    // Who does not read all of a few lines has failed, and says why.
    let _ = child.stdin.take().map(|mut input| input.write_all(source));
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
