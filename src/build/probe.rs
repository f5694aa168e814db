//! One script's module: its emitted C compiled, checked by objtool, linked with the runtime, named.

use std::{
    collections::HashSet,
    fs,
    panic::resume_unwind,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _};
use sha2::{Digest as _, Sha256};

use super::{
    embedded::{self, Embedded},
    runtime::{PLACEHOLDER, Runtime},
};
use crate::{
    kernel::{Kernel, hex},
    timing::Timings,
};

/// A loadable module.
#[derive(Debug)]
pub struct Module {
    /// The name it will have in `/proc/modules`.
    pub name: String,
    /// The bytes of the `.ko` file.
    pub bytes: Vec<u8>,
}

/// What a module is made of, beside the runtime.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'p> {
    /// The emitted C.
    pub probe: &'p str,
    /// The script's own C.
    pub embedded: Option<&'p Embedded>,
    /// The tables of programs that it takes along; empty if there are none.
    pub tables: &'p [u8],
}

/// The C of what a module says of itself: the strings of a section, as the kernel's MODULE_INFO() makes them.
pub fn module_info(said: &[String]) -> String {
    let place = "__attribute__((used, section(\".modinfo\"), aligned(1)))";
    let string = |(number, text): (usize, &String)| {
        let literal = stapc_kmod::literal(text.as_bytes());
        format!("\nstatic const char modinfo_{number}[] {place} = {literal};\n")
    };
    said.iter().enumerate().map(string).collect()
}

/// Compiles and links the parts against the runtime of `kernel`.
///
/// # Errors
/// When gcc, objtool or the linker cannot be run or refuse the code, with what they said; and when
/// the module would need a symbol of the kernel that its loader would refuse to bind. [`Refused`](super::Refused)
/// when it is the script's C that is refused.
pub fn build(
    parts: &Parts<'_>,
    runtime: &Runtime,
    kernel: &Kernel,
    timings: &mut Timings,
) -> Result<Module> {
    let scratch = tempfile::Builder::new().prefix("stapc-build-").tempdir()?;
    let linked = scratch.path().join("probe.ko");
    let objects = compile_all(parts, scratch.path(), runtime, kernel, timings)?;
    timings.phase("link", || link(&objects, &linked, runtime, kernel))?;
    timings.phase("name", || {
        let mut bytes = fs::read(&linked)?;
        check_symbols(&bytes)?;
        let name = session_name();
        rename(&mut bytes, &name);
        Ok(Module { name, bytes })
    })
}

/// Compiles the parts, each to an object in the folder.
fn compile_all(
    parts: &Parts<'_>,
    folder: &Path,
    runtime: &Runtime,
    kernel: &Kernel,
    timings: &mut Timings,
) -> Result<Vec<PathBuf>> {
    let (source, object) = (folder.join("probe.c"), folder.join("probe.o"));
    let (own_source, own_object) = (folder.join("embedded.c"), folder.join("embedded.o"));
    fs::write(&source, parts.probe)?;
    timings.phase("gcc", || {
        let own = parts.embedded.map(|embedded| {
            || embedded::compile(embedded, &own_source, &own_object, runtime, kernel)
        });
        at_once(|| compile(&source, &object, runtime, kernel), own)
    })?;
    let imports = folder.join("imports.o");
    timings.phase("objtool", || {
        // As gcc wrote them: objtool writes to its own.
        let own = match parts.embedded {
            Some(embedded) => Some((embedded, fs::read(&own_object)?, fs::read(&object)?)),
            None => None,
        };
        let own = own.map(|(embedded, own, probe)| {
            let (own_object, imports) = (&own_object, &imports);
            move || {
                let text = imported([&own, &probe], embedded, runtime, kernel)?;
                if !text.is_empty() {
                    assemble(&text, imports, runtime)?;
                }
                check(own_object, runtime, kernel)
            }
        });
        at_once(|| check(&object, runtime, kernel), own)
    })?;
    let mut objects = vec![object];
    if !parts.tables.is_empty() {
        let object = folder.join("tables.o");
        fs::write(folder.join("tables"), parts.tables)?;
        timings.phase("gcc", || assemble(TABLES, &object, runtime))?;
        objects.push(object);
    }
    if parts.embedded.is_some() {
        objects.push(own_object);
        objects.extend(imports.exists().then_some(imports));
    }
    Ok(objects)
}

/// The assembly of what the loader asks for of what the script's own object, the first, takes from the kernel: what no
/// other has, and the runtime's module names no version of.
fn imported(
    [own, probe]: [&[u8]; 2],
    embedded: &Embedded,
    runtime: &Runtime,
    kernel: &Kernel,
) -> Result<String> {
    let module = fs::read(runtime.module_object())?;
    let mut missing = unversioned(own, &module)?;
    for object in [probe, &fs::read(runtime.object())?] {
        let object = parsed(object)?;
        let defined =
            object.symbols().filter(|symbol| symbol.is_global() && !symbol.is_undefined());
        let defined: HashSet<&str> = defined.filter_map(|symbol| symbol.name().ok()).collect();
        missing.symbols.retain(|symbol| !defined.contains(symbol.as_str()));
    }
    if missing.symbols.is_empty() {
        return Ok(String::new());
    }
    embedded::imports(&missing.symbols, missing.versions, embedded, kernel)
}

/// Does one thing, and meanwhile the other if there is one; the first's error comes first.
fn at_once(
    one: impl FnOnce() -> Result<()>,
    other: Option<impl FnOnce() -> Result<()> + Send>,
) -> Result<()> {
    thread::scope(|scope| {
        let other = other.map(|other| scope.spawn(other));
        let one = one();
        let other = other.map_or(Ok(Ok(())), thread::ScopedJoinHandle::join);
        one.and(other.unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

fn compile(source: &Path, object: &Path, runtime: &Runtime, kernel: &Kernel) -> Result<()> {
    let Some((compiler, flags)) = runtime.recipe.compile.split_first() else {
        bail!("the kernel's build names no compiler");
    };
    let mut command = Command::new(compiler);
    command
        .current_dir(&kernel.build)
        .args(flags)
        .args(["-ffreestanding", "-fno-stack-protector", "-fwrapv", "-nostdinc", "-pipe", "-c"])
        .arg("-I")
        .arg(&runtime.directory)
        .arg("-o")
        .arg(object)
        .arg(source);
    run(command, "the C compiler")
}

fn check(object: &Path, runtime: &Runtime, kernel: &Kernel) -> Result<()> {
    let Some((program, flags)) = runtime.recipe.objtool.split_first() else {
        return Ok(());
    };
    let mut command = Command::new(kernel.build.join(program));
    command.current_dir(&kernel.build).args(flags).arg(object);
    run(command, "objtool")
}

/// The bytes of the file `tables`, as the runtime calls them.
const TABLES: &str = "\
\t.section .rodata
\t.balign 8
\t.globl stapc_objects
\t.type stapc_objects, @object
stapc_objects:
\t.incbin \"tables\"
\t.size stapc_objects, . - stapc_objects
\t.section .note.GNU-stack,\"\",@progbits
";

/// Assembles a text without code, which finds files beside the object.
fn assemble(text: &str, object: &Path, runtime: &Runtime) -> Result<()> {
    let source = object.with_extension("s");
    fs::write(&source, text)?;
    let compiler = runtime.recipe.compile.first().map_or("gcc", String::as_str);
    let mut command = Command::new(compiler);
    if let Some(folder) = object.parent() {
        command.current_dir(folder);
    }
    command.arg("-c").arg("-o").arg(object).arg(source);
    run(command, "the assembler")
}

fn link(objects: &[PathBuf], linked: &Path, runtime: &Runtime, kernel: &Kernel) -> Result<()> {
    let Some((linker, flags)) = runtime.recipe.link.split_first() else {
        bail!("the kernel's build names no linker");
    };
    let mut command = Command::new(linker);
    command
        .current_dir(&kernel.build)
        .args(flags)
        .arg("-o")
        .arg(linked)
        .arg(runtime.object())
        .args(objects)
        .arg(runtime.module_object());
    run(command, "the linker")
}

/// Runs a build step; what it printed becomes the error if it fails.
fn run(mut command: Command, what: &str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot run {program} ({what}); is it installed?"))?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "{what} refused the emitted code; this is a bug in stapc, please report it with the script\n{}",
        String::from_utf8_lossy(&output.stderr).trim_end()
    )
}

/// What a module takes from the kernel and says no version of.
struct Unversioned {
    symbols: Vec<String>,
    /// Whether it says any: the kernel's loader looks at them then.
    versions: bool,
}

fn parsed(bytes: &[u8]) -> Result<object::File<'_>> {
    object::File::parse(bytes).context("a build step wrote no ELF file")
}

/// What an object takes of which `module` says no version.
fn unversioned(object: &[u8], module: &[u8]) -> Result<Unversioned> {
    let (file, module) = (parsed(object)?, parsed(module)?);
    let section = module.section_by_name("__versions");
    // An entry is a 64-bit checksum and a NUL-terminated name, 64 bytes in all.
    let versions = section.as_ref().map_or(Ok(&[][..]), |section| section.data())?;
    let known = |name: &[u8]| {
        versions
            .chunks_exact(64)
            .any(|entry| entry[8..].split(|&byte| byte == 0).next() == Some(name))
    };
    let mut symbols = Vec::new();
    for symbol in file.symbols().filter(|symbol| symbol.is_undefined()) {
        let name = symbol.name_bytes()?;
        if !name.is_empty() && !known(name) {
            symbols.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(Unversioned { symbols, versions: section.is_some() })
}

/// Checks that each symbol the module takes from the kernel has the version its loader asks for.
///
/// The runtime's own build records the versions of what it and emitted code use; of what else a script's
/// C uses, [`embedded::imports`] adds them.
fn check_symbols(bytes: &[u8]) -> Result<()> {
    let missing = unversioned(bytes, bytes)?;
    match missing.symbols.first() {
        Some(name) if missing.versions => {
            bail!("the module uses the symbol {name}, which this kernel does not export")
        }
        _ => Ok(()),
    }
}

/// A name that no other session has: `stapc_` and 16 hexadecimal digits.
fn session_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = format!("{}:{}:{:p}", std::process::id(), now.as_nanos(), &now);
    format!("stapc_{}", &hex(&Sha256::digest(seed))[..16])
}

/// Puts a session's name wherever the placeholder, of the same length, stands.
fn rename(bytes: &mut [u8], name: &str) {
    let placeholder = PLACEHOLDER.as_bytes();
    debug_assert_eq!(name.len(), placeholder.len());
    let mut at = 0;
    while let Some(found) =
        bytes[at..].windows(placeholder.len()).position(|window| window == placeholder)
    {
        at += found;
        bytes[at..at + placeholder.len()].copy_from_slice(name.as_bytes());
        at += placeholder.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_renamed() {
        let mut bytes = format!("x{PLACEHOLDER}{PLACEHOLDER}y stapc_00 {PLACEHOLDER}").into_bytes();
        let name = session_name();
        rename(&mut bytes, &name);
        assert_eq!(String::from_utf8(bytes).unwrap(), format!("x{name}{name}y stapc_00 {name}"));
    }

    #[test]
    fn session_names_differ() {
        assert_ne!(session_name(), session_name());
        assert_eq!(session_name().len(), PLACEHOLDER.len());
    }
}
