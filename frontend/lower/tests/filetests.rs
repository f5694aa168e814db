//! Runs the scripts of `tests/filetests/{syntax,sema,lower}`: each says in its first lines what is
//! expected, `# test: errors`, and what is expected stands in a file beside it, `NAME.errors`.
//!
//! - `errors`: what is wrong, as a user sees it; `warnings`: what deserves attention.
//! - `tokens`, `ast`, `hir`, `ir`: the stages' own texts. The script must be in order as far as the
//!   stage has looked at it.
//!
//! `STAPC_BLESS=1` writes the expectations anew. A key or kind that is not known is an error.
#![expect(clippy::disallowed_methods, reason = "tests read the scripts of the repository")]

mod common;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use common::{Compiled, compile, root, scripts};
use stapc_diagnostics::{has_errors, render};

const FOLDERS: [&str; 3] = ["syntax", "sema", "lower"];

/// The kinds of test that a script's first lines name.
fn kinds(text: &str) -> Result<Vec<String>, String> {
    let mut kinds = Vec::new();
    for line in text.lines().take_while(|line| line.starts_with('#')) {
        let Some((key, value)) = line.trim_start_matches(['#', ' ']).split_once(':') else {
            continue;
        };
        match key {
            "test" => kinds.extend(value.split(',').map(|kind| kind.trim().to_owned())),
            // Sentences may have colons.
            key if !key.bytes().all(|byte| byte.is_ascii_lowercase()) => {}
            key => return Err(format!("the header has the key `{key}`, which is not known")),
        }
    }
    if kinds.is_empty() {
        Err("there is no `# test: KIND` in the first lines".to_owned())
    } else {
        Ok(kinds)
    }
}

/// What a test of some kind gives for a script.
fn outcome(kind: &str, compiled: &Compiled) -> Result<String, String> {
    let Compiled { sources, file, diagnostics, program, module, .. } = compiled;
    let shown = render(sources, diagnostics, false);
    match (kind, has_errors(diagnostics)) {
        ("errors", true) => return Ok(shown),
        ("ast", _) if compiled.parsed => return Ok(stapc_syntax::print(file)),
        ("tokens", _) => {
            return Ok(stapc_syntax::dump(
                sources,
                &stapc_syntax::lex(file.id, sources.text(file.id)).0,
            ));
        }
        ("errors", false) => return Err("nothing is wrong with the script".to_owned()),
        (_, true) => return Err(format!("the script is wrong:\n{shown}")),
        ("warnings", _) => return Ok(shown),
        _ if !diagnostics.is_empty() => return Err(format!("a warning is not expected:\n{shown}")),
        _ => {}
    }
    Ok(match kind {
        "hir" => stapc_sema::dump(program),
        "ir" => module.as_ref().map(stapc_ir::print).unwrap_or_default(),
        _ => return Err(format!("there is no kind of test `{kind}`")),
    })
}

fn check(path: &Path, bless: bool) -> Result<(), String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let compiled = compile(&name, &bytes);
    for kind in kinds(&String::from_utf8_lossy(&bytes))? {
        let actual = outcome(&kind, &compiled)?;
        let beside = path.with_extension(&kind);
        if bless {
            fs::write(&beside, &actual).map_err(|error| error.to_string())?;
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if actual != expected {
            return Err(format!("{kind}: expected\n{expected}\nbut it is\n{actual}"));
        }
    }
    Ok(())
}

/// Expectations that no script asks for.
fn strays(folder: &Path, scripts: &[PathBuf]) -> Vec<String> {
    let asked = |path: &Path| {
        let kind =
            path.extension().map(|kind| kind.to_string_lossy().into_owned()).unwrap_or_default();
        let script = path.with_extension("stp");
        let text = fs::read(&script).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        kind == "stp"
            || text.is_ok_and(|text| kinds(&text).is_ok_and(|kinds| kinds.contains(&kind)))
    };
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    files
        .filter(|path| !scripts.contains(path) && !asked(path))
        .map(|path| format!("{}: no script asks for this", path.display()))
        .collect()
}

#[test]
fn filetests() {
    let bless = env::var_os("STAPC_BLESS").is_some_and(|value| value == "1");
    let mut failures = Vec::new();
    let mut wrong = 0;
    for name in FOLDERS {
        let folder = root().join("tests/filetests").join(name);
        let scripts = scripts(&folder);
        assert!(!scripts.is_empty(), "no scripts in {}", folder.display());
        failures.extend(strays(&folder, &scripts));
        for path in &scripts {
            wrong += usize::from(path.with_extension("errors").exists());
            if let Err(message) = check(path, bless) {
                failures.push(format!("{}: {message}", path.display()));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{}\n(STAPC_BLESS=1 writes the expectations anew)",
        failures.join("\n\n")
    );
    assert!(wrong >= 30, "only {wrong} wrong scripts were found");
}

#[test]
fn headers_are_read_strictly() {
    assert_eq!(
        kinds("# test: hir, ir\n# A sentence: with a colon.\n\n# foo: bar\n"),
        Ok(vec!["hir".to_owned(), "ir".to_owned()])
    );
    assert!(kinds("# tset: hir\n").is_err());
    assert!(kinds("probe begin {}\n# test: ir\n").is_err());
    let compiled = compile("x.stp", b"probe begin {}");
    assert!(outcome("irr", &compiled).is_err());
    assert!(outcome("errors", &compiled).is_err());
}
