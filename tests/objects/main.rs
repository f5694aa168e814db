//! Variables of programs that are compiled here: what is read (`values`), and how (`locations`).
#![expect(clippy::disallowed_methods, reason = "tests read files and run compilers")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod locations;
mod values;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use stapc_debuginfo::Objects;
use stapc_diagnostics::{Diagnostic, SourceMap, has_errors, render};
use stapc_ir::{Limits, Module};
use stapc_sema::NoLibrary;
use stapc_syntax::{Plain, Session, ast::Tree};

/// Where what is linked as a kernel begins: where the interpreter has every symbol of the kernel.
const KERNEL: u64 = 0xffff_ffff_8100_0000;

/// What makes code shaped as a kernel's, and without a library.
const KERNEL_FLAGS: &str = "-mcmodel=kernel -fno-pie -ffreestanding -fno-stack-protector";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/objects")
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether one of some tools is missing, which is said.
fn missing_tool(tools: &[&str]) -> bool {
    let missing = |tool: &&&str| Command::new(tool).arg("--version").output().is_err();
    let found = tools.iter().find(missing);
    if let Some(tool) = found {
        eprintln!("skipped: there is no {tool}; run `cargo xtask setup`");
    }
    found.is_some()
}

/// Links an object as a kernel is, from an address on.
fn link_as_kernel(object: &Path, start: u64, linked: &Path) {
    let mut link = Command::new("ld");
    link.args(["-static".to_owned(), format!("-Ttext-segment={start:#x}")]);
    link.arg(format!("--defsym=_stext={start:#x}"));
    succeed(link.arg(object).arg("-o").arg(linked));
}

/// A script with the lines of a program for their marks: `<NAME>` for the one that ends with `/* at: NAME */`.
fn marked(script: &str, program: &str) -> String {
    let mut text = script.to_owned();
    for (number, line) in program.lines().enumerate() {
        let mark = line.split_once("/* at: ").and_then(|(_, rest)| rest.strip_suffix(" */"));
        if let Some(mark) = mark {
            text = text.replace(&format!("<{mark}>"), &(number + 1).to_string());
        }
    }
    text
}

/// The IR of a script as it is lowered; or what is wrong.
fn compile(name: &str, text: &str, objects: &dyn Objects) -> Result<Module, String> {
    let environment = Plain::default();
    let mut sources = SourceMap::new();
    let file = sources.add(name, text);
    let mut tree = Tree::default();
    let mut session = Session::new(&mut sources, &environment);
    let shown = |sources: &SourceMap, found: &[Diagnostic]| render(sources, found, false);
    let found = stapc_syntax::parse(&mut session, &mut tree, file);
    if has_errors(&found) {
        return Err(shown(&sources, &found));
    }
    let options = stapc_sema::Options::default();
    let (program, found) =
        stapc_sema::analyze(&mut session, &mut tree, &NoLibrary, objects, &options);
    if has_errors(&found) {
        return Err(shown(&sources, &found));
    }
    stapc_lower::lower(&program, &sources, Limits::default())
        .map_err(|found| shown(&sources, &found))
}
