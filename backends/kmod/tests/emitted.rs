//! Every module of the IR's file tests that the verifier takes is emitted, and gcc takes what is.
#![expect(clippy::disallowed_methods, reason = "tests read files and run the compiler")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use stapc_backend_api::{Artifact, Backend as _, Context};
use stapc_kmod::Kmod;

/// The files of a folder of `tests/filetests`.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/filetests").join(folder);
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "ir"));
    files.sort();
    files
}

/// What gcc says of a file; nothing if it takes it.
fn compile(text: &str) -> String {
    let kernel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime/kernel");
    let mut gcc = Command::new("gcc")
        .args([
            "-x",
            "c",
            "-std=gnu11",
            "-O2",
            "-ffreestanding",
            "-fsyntax-only",
            "-Wall",
            "-Werror",
            "-",
        ])
        .args([
            "-Wno-unused-variable",
            "-Wno-unused-but-set-variable",
            "-Wno-unused-label",
            "-Wno-tautological-compare",
        ])
        .arg("-I")
        .arg(&kernel)
        .arg("-I")
        .arg(kernel.join("example"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    gcc.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = gcc.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { String::new() } else { message }
}

#[test]
fn gcc_takes_what_is_emitted_of_every_module() {
    let (mut emitted, mut refused, mut wrong) = (0, 0, String::new());
    for path in files("ir").into_iter().chain(files("opt")) {
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("; expect:").next().unwrap();
        let Ok(module) = stapc_ir_text::parse(text) else { continue };
        for level in [0, 2] {
            let Ok(module) = stapc_passes::run(module.clone(), level, |_, _| {}) else { continue };
            match Kmod.emit(&module, &Context::NONE) {
                Ok(Artifact::C(text)) => {
                    emitted += 1;
                    let message = compile(&text);
                    if !message.is_empty() {
                        wrong += &format!("{} at -O{level}:\n{message}\n", path.display());
                    }
                }
                // `arg` in a handler of no function, say: an error, and not C that would crash.
                Err(error) => {
                    refused += 1;
                    // An instruction that is not known at all is one that was forgotten.
                    if error.message.starts_with("the instruction ") {
                        wrong += &format!("{} at -O{level}: {}\n", path.display(), error.message);
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(emitted > 50, "{emitted} modules were emitted, {refused} refused");
}

#[test]
fn every_instruction_is_known() {
    let unknown = |info: &&stapc_ir::OpcodeInfo| {
        let example = stapc_ir_text::reference::example(info.opcode).unwrap();
        // What passes place stands alone in its example, and is in the files of the other test.
        let Ok(module) = stapc_passes::run(example.module, 0, |_, _| {}) else { return false };
        let emitted = Kmod.emit(&module, &Context::NONE);
        emitted.is_err_and(|error| error.message.starts_with("the instruction "))
    };
    let unknown: Vec<&str> =
        stapc_ir::OPCODES.iter().filter(unknown).map(|info| info.name).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
