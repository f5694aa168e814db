//! C that a script brings along: compiled as the kernel's own modules are, and what it takes of the kernel.

use std::{collections::HashMap, fmt, fs, path::Path, process::Command};

use anyhow::{Context as _, Result, bail};

use super::{
    recipe::Recipe,
    runtime::{PLACEHOLDER, Runtime},
};
use crate::kernel::Kernel;

/// A script's C, and the macros that it is compiled with (`NAME=VALUE`).
#[derive(Debug, Clone)]
pub struct Embedded {
    /// The C, with the script's places in `#line`.
    pub text: String,
    /// What `-D` sets.
    pub macros: Vec<String>,
}

/// What the compiler has against a script's C.
#[derive(Debug)]
pub struct Refused {
    /// Each thing, at least one.
    pub findings: Vec<Finding>,
}

/// Something that is wrong with a script's C.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The number of the module's file, and the line there; none if it is in no file of the script.
    pub place: Option<(u32, u32)>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the C of the script cannot be compiled")
    }
}

impl std::error::Error for Refused {}

/// Compiles a script's C to `object`, by way of `source`.
///
/// # Errors
/// When the compiler cannot be run; [`Refused`] when it refuses the C.
pub fn compile(
    embedded: &Embedded,
    source: &Path,
    object: &Path,
    runtime: &Runtime,
    kernel: &Kernel,
) -> Result<()> {
    fs::write(source, &embedded.text)?;
    // The cache may be full, or another user's.
    let _ = compile_headers(runtime, kernel);
    let output = command(runtime, kernel)?
        .args(embedded.macros.iter().map(|one| format!("-D{one}")))
        .arg("-include")
        .arg(runtime.directory.join(HEADERS))
        .args(["-pipe", "-c", "-o"])
        .arg(object)
        .arg(source)
        .output()
        .context("cannot run the kernel's C compiler; is it installed?")?;
    if output.status.success() {
        return Ok(());
    }
    Err(Refused { findings: findings(&String::from_utf8_lossy(&output.stderr)) }.into())
}

/// The headers that a script's C finds, all in one, among the runtime's.
const HEADERS: &str = "headers.h";

/// What the compiler makes of it, which it takes instead where it is valid.
const COMPILED_HEADERS: &str = "headers.h.gch";

/// Writes that header into the folder of the runtime's.
///
/// # Errors
/// When it cannot be written.
pub fn write_headers(folder: &Path, recipe: &Recipe, kernel: &Kernel) -> std::io::Result<()> {
    let first = recipe.headers.iter().map(|header| kernel.build.join(header).display().to_string());
    let all = first.chain(["stapc/embedded.h".to_owned()]);
    let text: String = all.map(|path| format!("#include \"{path}\"\n")).collect();
    fs::write(folder.join(HEADERS), text)
}

/// Compiles that header, once. Where that fails it is read each time, and what is wrong with it is said of the script's C.
fn compile_headers(runtime: &Runtime, kernel: &Kernel) -> Result<()> {
    let compiled = runtime.directory.join(COMPILED_HEADERS);
    if compiled.exists() {
        return Ok(());
    }
    // Another compilation may do the same now.
    let made = tempfile::NamedTempFile::new_in(&runtime.directory)?;
    let output = command(runtime, kernel)?
        .args(["-x", "c-header", "-o"])
        .arg(made.path())
        .arg(runtime.directory.join(HEADERS))
        .output()?;
    if output.status.success() {
        made.persist(compiled)?;
    }
    Ok(())
}

/// The compiler of a script's C, with the flags that change what headers say.
fn command(runtime: &Runtime, kernel: &Kernel) -> Result<Command> {
    let mut command = as_module(&runtime.recipe, kernel)?;
    command.args(["-fwrapv", "-I"]).arg(&runtime.directory);
    Ok(command)
}

/// The kernel's compiler, as it compiles the files of modules; what to do with which is not said yet.
///
/// # Errors
/// When the kernel's build names no compiler.
pub fn as_module(recipe: &Recipe, kernel: &Kernel) -> Result<Command> {
    let Some((compiler, flags)) = recipe.embedded.split_first() else {
        bail!("the kernel's build names no compiler");
    };
    let mut command = Command::new(compiler);
    command
        .current_dir(&kernel.build)
        .env("LC_ALL", "C")
        .args(flags)
        .arg(format!("-DKBUILD_MODNAME=\"{PLACEHOLDER}\""))
        .arg(format!("-D__KBUILD_MODNAME=kmod_{PLACEHOLDER}"))
        .args(["-DKBUILD_BASENAME=\"embedded\"", "-DMODULE"]);
    Ok(command)
}

/// The errors among what the compiler said.
fn findings(said: &str) -> Vec<Finding> {
    let mut found: Vec<Finding> = said.lines().filter_map(finding).collect();
    // What is wrong in a header follows from what is wrong in the script, if anything is.
    if found.iter().any(|finding| finding.place.is_some()) {
        found.retain(|finding| finding.place.is_some());
    }
    if found.is_empty() {
        found.push(Finding { place: None, message: said.trim().to_owned() });
    }
    found
}

fn finding(line: &str) -> Option<Finding> {
    let (at, message) =
        line.split_once(": error: ").or_else(|| line.split_once(": fatal error: "))?;
    let place = at.strip_prefix(stapc_kmod::FILE).and_then(|at| {
        let mut numbers = at.split(':').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    });
    let message = match place {
        Some(_) => message.to_owned(),
        None => format!("{message} ({at})"),
    };
    Some(Finding { place, message })
}

/// The first line of a script's C that has a word: the number of the module's file, and the line there.
fn place_of(text: &str, word: &str) -> Option<(u32, u32)> {
    let mut place = None;
    for line in text.lines() {
        if let Some(at) = line.strip_prefix("#line ") {
            let (number, file) = at.split_once(' ')?;
            let file = file.trim_matches('"').strip_prefix(stapc_kmod::FILE);
            place = file.and_then(|file| Some((file.parse().ok()?, number.parse().ok()?)));
            continue;
        }
        let part = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        if place.is_some() && line.split(part).any(|part| part == word) {
            return place;
        }
        place = place.map(|(file, line): (u32, u32)| (file, line + 1));
    }
    None
}

/// The assembly of what the module's loader asks for of `symbols` that the runtime does not take of the
/// kernel: their versions, where `versions` says that it looks at them, and the names of their groups.
///
/// # Errors
/// [`Refused`] when the kernel exports one of them to no module.
pub fn imports(
    symbols: &[String],
    versions: bool,
    embedded: &Embedded,
    kernel: &Kernel,
) -> Result<String> {
    let path = kernel.build.join("Module.symvers");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("cannot read {} (what the kernel exports)", path.display()))?;
    let exports: HashMap<&str, Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter_map(|fields| Some((*fields.get(1)?, fields)))
        .collect();
    let mut out = String::new();
    let mut findings = Vec::new();
    for symbol in symbols {
        let Some(fields) = exports.get(symbol.as_str()) else {
            let message = format!("kernel {} exports no `{symbol}` to modules", kernel.release);
            findings.push(Finding { place: place_of(&embedded.text, symbol), message });
            continue;
        };
        if versions {
            out += &version(fields[0], symbol)?;
        }
        if let Some(group) = fields.get(4).filter(|group| !group.is_empty()) {
            out += &format!(".section .modinfo,\"a\",@progbits\n.asciz \"import_ns={group}\"\n");
        }
    }
    if findings.is_empty() { Ok(out) } else { Err(Refused { findings }.into()) }
}

/// An entry of `__versions`: a 64-bit checksum and a name, 64 bytes in all.
fn version(checksum: &str, symbol: &str) -> Result<String> {
    let Some(rest) = 55_usize.checked_sub(symbol.len()) else {
        bail!("the name of the kernel's symbol {symbol} is too long for its version");
    };
    Ok(format!(
        ".section __versions,\"a\",@progbits\n.quad {checksum}\n.asciz \"{symbol}\"\n.zero {rest}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_found_and_placed() {
        let said = "stapc-file-0: In function 'x':\nstapc-file-0:3:5: error: 'y' undeclared\nstapc-file-0:4:1: warning: unused\n/usr/include/a.h:1:1: error: no\n";
        let expected = Finding { place: Some((0, 3)), message: "'y' undeclared".to_owned() };
        assert_eq!(findings(said), [expected]);
        let fatal = findings("embedded.c:1:2: fatal error: a.h: No such file or directory\n");
        assert_eq!(fatal[0].place, None);
        assert_eq!(findings("odd\n")[0].message, "odd");
    }

    #[test]
    fn words_are_placed_by_the_script() {
        let text = "#include \"a\"\nfoo();\n#line 7 \"stapc-file-2\"\nxfoo();\n foo ();\n#line 1 \"embedded.c\"\nbar();\n";
        assert_eq!(place_of(text, "foo"), Some((2, 8)));
        assert_eq!(place_of(text, "bar"), None);
    }

    #[test]
    fn a_version_has_its_size() {
        let entry = version("0x1", "abc").unwrap();
        assert!(entry.ends_with(".zero 52\n"), "8 + 4 + 52 = 64: {entry}");
        assert!(version("0x1", &"a".repeat(56)).is_err());
    }
}
