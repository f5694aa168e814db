//! Printing a tree and parsing what was printed gives the same tree, for every script at hand.
#![expect(clippy::disallowed_methods, reason = "tests read the scripts of the repository")]

use std::{fs, path::Path};

use stapc_diagnostics::{SourceMap, bytes, render};
use stapc_syntax::{Plain, Session, ast::Tree, parse, print, same};

/// The tree of a text, or what is wrong with it.
fn parsed(text: &str) -> Result<Tree, String> {
    let mut sources = SourceMap::new();
    let file = sources.add("t.stp", text);
    let environment = library();
    let mut tree = Tree::default();
    let mut session = Session::new(&mut sources, &environment);
    let diagnostics = parse(&mut session, &mut tree, file);
    if diagnostics.is_empty() { Ok(tree) } else { Err(render(&sources, &diagnostics, false)) }
}

/// The macros that other files define for all, where the script library is installed.
fn library() -> Plain {
    static MACROS: std::sync::OnceLock<Vec<(String, String, std::sync::Arc<str>)>> =
        std::sync::OnceLock::new();
    let macros = MACROS.get_or_init(|| {
        let mut macros = Vec::new();
        for (name, text) in scripts(Path::new(TAPSET), &["stpm"]) {
            let text: std::sync::Arc<str> = text.into();
            for declared in stapc_syntax::declared(&text) {
                if declared.kind == stapc_syntax::Kind::Macro {
                    macros.push((declared.name, name.clone(), std::sync::Arc::clone(&text)));
                }
            }
        }
        macros
    });
    let arguments = ["1".to_owned(), "2".to_owned(), "3".to_owned()].into();
    Plain { macro_files: macros.clone(), guru: true, arguments, ..Plain::default() }
}

const TAPSET: &str = "/usr/share/systemtap/tapset";

/// The names and texts of the files below a folder that end so.
fn scripts(folder: &Path, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(scripts(&path, endings));
        } else if endings.iter().any(|ending| path.extension().is_some_and(|it| it == *ending)) {
            let text = bytes::decode(&fs::read(&path).unwrap_or_default()).into_owned();
            found.push((path.display().to_string(), text));
        }
    }
    found
}

/// That a script prints and parses to the same; what is wrong with it otherwise.
fn check(name: &str, text: &str) -> Result<(), String> {
    let tree = parsed(text).map_err(|errors| format!("{name}: {errors}"))?;
    let printed = print(&tree, &tree.items);
    let again = parsed(&printed).map_err(|errors| format!("{name}, printed: {errors}"))?;
    if !same((&tree, &tree.items), (&again, &again.items)) {
        return Err(format!("{name} is not the same when it is printed:\n{printed}"));
    }
    if print(&again, &again.items) != printed {
        return Err(format!("{name} prints differently again:\n{printed}"));
    }
    Ok(())
}

#[test]
fn scripts_of_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let scripts = ["examples", "tests"].map(|folder| scripts(&root.join(folder), &["stp"]));
    let right = scripts.concat().into_iter().filter(|(name, text)| match parsed(text) {
        Ok(_) => {
            assert_eq!(check(name, text), Ok(()));
            true
        }
        Err(_) => false,
    });
    let right = right.count();
    assert!(right >= 30, "only {right} scripts were found");
}

/// Every file of the script library, where it is installed.
#[test]
fn scripts_of_the_library() {
    let scripts = scripts(Path::new(TAPSET), &["stp", "stpm"]);
    if scripts.is_empty() {
        eprintln!("skipped: no scripts in {TAPSET}");
        return;
    }
    let wrong: Vec<String> =
        scripts.iter().filter_map(|(name, text)| check(name, text).err()).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), scripts.len(), wrong.join("\n"));
}
