//! Printing a tree and parsing what was printed gives the same tree, for every script at hand.
#![expect(clippy::disallowed_methods, reason = "tests read the scripts of the repository")]

use std::{fs, path::Path};

use stapc_diagnostics::FileId;
use stapc_syntax::{ast::File, parse, print};

/// All of a tree but where its parts stand. Parts are numbered in the order of parsing, which does
/// not depend on parentheses, so that equal trees have equal arenas.
fn shape(file: &File) -> String {
    let text = format!("{:#?}\n{:#?}\n{:#?}", file.items, file.exprs, file.stmts);
    let mut shape = String::new();
    for (position, part) in text.split("Span {").enumerate() {
        let rest =
            if position == 0 { Some(part) } else { part.split_once('}').map(|(_, rest)| rest) };
        shape.push_str(rest.unwrap_or(""));
    }
    shape
}

fn check(name: &str, text: &str) -> bool {
    let (tree, diagnostics) = parse(FileId(0), text);
    if !diagnostics.is_empty() {
        return false;
    }
    let printed = print(&tree);
    let (again, diagnostics) = parse(FileId(0), &printed);
    assert!(diagnostics.is_empty(), "{name}: {diagnostics:?}\n{printed}");
    assert_eq!(shape(&tree), shape(&again), "{name}:\n{printed}");
    assert_eq!(print(&again), printed, "{name}");
    true
}

fn check_folder(folder: &Path) -> usize {
    let mut checked = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            checked += check_folder(&path);
        } else if path.extension().is_some_and(|extension| extension == "stp") {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned();
            checked += usize::from(check(&path.display().to_string(), &text));
        }
    }
    checked
}

#[test]
fn scripts_of_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let checked: usize =
        ["examples", "tests"].iter().map(|folder| check_folder(&root.join(folder))).sum();
    assert!(checked >= 30, "only {checked} scripts were found");
}

/// Input of other people's making, where it is installed; many of them use what is not supported.
#[test]
fn scripts_of_the_system() {
    let folder = Path::new("/usr/share/systemtap/examples");
    let checked = check_folder(folder);
    if folder.exists() {
        assert!(checked >= 20, "only {checked} scripts were parsed");
    } else {
        eprintln!("skipped: no scripts in {}", folder.display());
    }
}

#[test]
fn corners() {
    for text in [
        "global a = -5, b% [3], c = \"\\x01\" \"2\\\"\\\\\\n\\t\\177é\", d[4]%, e = 0xffffffffffffffff",
        "probe begin { if (a) if (b) x = 1; else y = 2; else z = 3 }",
        "probe begin { if (a) { if (b) x = 1 } else if (c) ; else { ; } }",
        "probe begin { if (a) while (b) for (;;) foreach (k in m) if (c) x = 1; else y = 2 }",
        "probe begin { {} {{}} ; foreach (v- = [a, b] in m) next; foreach (v = a in m @avg+ limit n - 1) break }",
        "probe begin { x = -(-1) - -1 - (1 - 1); y = ! ~+-z--; ++m[1, \"a\"]; return }",
        "probe timer.ms(-5)?, kernel.function(\"a\\\"b\")!, a*b.c**.return, begin(1) { a = [1, b] in c && (d in e) in f }",
        "probe begin { a = (b = c) ? (d ? e : f) : (g) }",
        "probe begin { a = (b ? c : d) ? e : f = g; (a = b) = c }",
    ] {
        assert!(check(text, text), "{text}");
    }
}
