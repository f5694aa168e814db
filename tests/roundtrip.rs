//! The IR of every example and test, at every level: read back from its text, and from its JSON, it
//! is the same.
#![expect(clippy::disallowed_methods, reason = "tests read files and run the tool")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

fn stapc(arguments: &[&str], script: &Path) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_stapc"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .arg(script)
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Compiles a script at every level; the last one, which is the default, as JSON too.
fn check(path: &Path) {
    let mut text = String::new();
    for level in ["-O0", "-O1", "-O2"] {
        text = stapc(&["compile", "-g", "--emit=ir", level], path).unwrap();
        let module = stapc_ir_text::parse(&text)
            .unwrap_or_else(|errors| panic!("{}: {errors:?}", path.display()));
        assert_eq!(stapc_ir::print(&module), text, "{}", path.display());
    }
    let json = stapc(&["compile", "-g", "--emit=ir", "--format=json"], path).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let read = stapc_ir::from_json(&json).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(stapc_ir::print(&read), text, "{}", path.display());
}

#[test]
fn ir_survives_its_text_and_json() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !Path::new("/usr/lib/debug/boot").exists() {
        eprintln!("skipped: no kernel with debug information; run `cargo xtask setup`");
        return;
    }
    let folders = ["examples", "tests/e2e", "tests/bench/hits"].map(|name| root.join(name));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let files = files.map(|entry| entry.unwrap().path());
    let scripts: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end == "stp")).collect();
    assert!(scripts.len() >= 25, "{} scripts", scripts.len());
    let (some, others) = scripts.split_at(scripts.len() / 2);
    thread::scope(|scope| {
        for half in [some, others] {
            scope.spawn(|| half.iter().for_each(|script| check(script)));
        }
    });
}

#[test]
fn a_wrong_option_says_what_there_is() {
    let hello = Path::new("examples/hello.stp");
    let error = stapc(&["compile", "-g", "--emit=ir", "--print-after=nothing"], hello).unwrap_err();
    assert!(error.contains("no such pass") && error.contains("place-locks"), "{error}");
    let error = stapc(&["compile", "-g", "-D", "MAXNESTING=0"], hello).unwrap_err();
    assert!(error.contains("from 1 to 1000"), "{error}");
}
