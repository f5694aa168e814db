//! Runs the scripts of `tests/filetests/{syntax,sema,lower}`: each says in its first lines what is
//! expected, `# test: errors`, and what is expected stands in a file beside it, `NAME.errors`.
//!
//! - `errors`: what is wrong, as a user sees it; `warnings`: what deserves attention.
//! - `tokens`, `ast`, `hir`, `ir`: the stages' own texts. The script must be in order as far as the
//!   stage has looked at it; `errors` has what lowering refuses too, and `hir` does not mind that.
//!
//! `# guru: yes` and `# arguments: A B` say how it is compiled.
//!
//! `STAPC_BLESS=1` writes the expectations anew. A key or kind that is not known is an error.
#![expect(clippy::disallowed_methods, reason = "tests read the scripts of the repository")]

mod common;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use common::{Compiled, compile, compile_in, root, scripts};
use stapc_diagnostics::{FileId, has_errors, render};
use stapc_syntax::Plain;

const FOLDERS: [&str; 3] = ["syntax", "sema", "lower"];

/// What a script's first lines say.
#[derive(Debug, Default, PartialEq)]
struct Header {
    kinds: Vec<String>,
    guru: bool,
    arguments: Vec<String>,
}

fn header(text: &str) -> Result<Header, String> {
    let mut header = Header::default();
    for line in text.lines().take_while(|line| line.starts_with('#')) {
        let Some((key, value)) = line.trim_start_matches(['#', ' ']).split_once(':') else {
            continue;
        };
        match key {
            "test" => header.kinds.extend(value.split(',').map(|kind| kind.trim().to_owned())),
            "guru" if value.trim() == "yes" => header.guru = true,
            "arguments" => header.arguments = value.split_whitespace().map(str::to_owned).collect(),
            // Sentences may have colons.
            key if !key.bytes().all(|byte| byte.is_ascii_lowercase()) => {}
            key => return Err(format!("the header has the key `{key}`, which is not known")),
        }
    }
    if header.kinds.is_empty() {
        Err("there is no `# test: KIND` in the first lines".to_owned())
    } else {
        Ok(header)
    }
}

/// What a test of some kind gives for a script.
fn outcome(kind: &str, compiled: &Compiled) -> Result<String, String> {
    let Compiled { sources, tree, diagnostics, program, refused, module, .. } = compiled;
    let found: Vec<_> = diagnostics.iter().chain(refused).cloned().collect();
    let shown = render(sources, &found, false);
    match (kind, has_errors(diagnostics)) {
        ("errors", _) if has_errors(&found) => return Ok(shown),
        ("errors", _) => return Err("nothing is wrong with the script".to_owned()),
        ("ast", _) if compiled.parsed => return Ok(stapc_syntax::print(tree, &tree.items)),
        ("tokens", _) => {
            let file = FileId(0);
            let (tokens, _) = stapc_syntax::scan(file, sources.text(file), false);
            return Ok(stapc_syntax::dump(sources, &tokens));
        }
        (_, true) => return Err(format!("the script is wrong:\n{shown}")),
        ("warnings", _) => return Ok(shown),
        ("hir", false) if !diagnostics.is_empty() => {
            return Err(format!("a warning is not expected:\n{shown}"));
        }
        _ => {}
    }
    match (kind, module) {
        ("hir", _) => Ok(stapc_sema::dump(program)),
        ("ir", Some(module)) => Ok(stapc_ir::print(module)),
        ("ir", None) => Err(format!("the script is not supported:\n{shown}")),
        _ => Err(format!("there is no kind of test `{kind}`")),
    }
}

fn check(path: &Path, bless: bool) -> Result<(), String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Header { kinds, guru, arguments } = header(&String::from_utf8_lossy(&bytes))?;
    let environment = Plain { guru, arguments, ..Plain::default() };
    let compiled = compile_in(&environment, &name, &bytes);
    for kind in kinds {
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
            || text.is_ok_and(|text| header(&text).is_ok_and(|header| header.kinds.contains(&kind)))
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
    assert!(wrong >= 180, "only {wrong} wrong scripts were found");
}

#[test]
fn headers_are_read_strictly() {
    let good = "# test: hir, ir\n# guru: yes\n# A sentence: with a colon.\n\n# foo: bar\n";
    let kinds = vec!["hir".to_owned(), "ir".to_owned()];
    assert_eq!(header(good), Ok(Header { kinds, guru: true, arguments: Vec::new() }));
    assert!(header("# tset: hir\n").is_err());
    assert!(header("# test: hir\n# guru: no\n").is_err());
    assert!(header("probe begin {}\n# test: ir\n").is_err());
    let compiled = compile("x.stp", b"probe begin {}");
    assert!(outcome("irr", &compiled).is_err());
    assert!(outcome("errors", &compiled).is_err());
}
