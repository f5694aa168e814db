//! The catalogue against the code that uses it, and its pages against their form.
#![expect(clippy::disallowed_methods, reason = "tests read the sources of the repository")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use stapc_diagnostics::catalogue::{CATALOGUE, Class, by_slug, find};

/// The packages that make diagnostics, by the folder of each one's sources.
const SOURCES: [&str; 6] = [
    "src",
    "diagnostics/src",
    "frontend/syntax/src",
    "frontend/debuginfo/src",
    "frontend/sema/src",
    "frontend/lower/src",
];

/// The slug that a call gives, if it is a literal.
#[derive(Debug, PartialEq, Eq)]
struct Call<'a> {
    line: usize,
    warning: bool,
    slug: Option<&'a str>,
}

/// The text of a source file before its tests, which may invent slugs.
fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// All calls that make a diagnostic.
fn calls(text: &str) -> Vec<Call<'_>> {
    let mut found = Vec::new();
    let forms =
        [("Diagnostic::error(", false), ("Diagnostic::warning(", true), (".code = ", false)];
    for (call, warning) in forms {
        for (at, _) in text.match_indices(call) {
            let argument = text[at + call.len()..].trim_start();
            let literal = argument.strip_prefix('"').and_then(|rest| rest.split('"').next());
            let line = text[..at].matches('\n').count() + 1;
            found.push(Call { line, warning, slug: literal });
        }
    }
    found
}

/// The literals that look like slugs of two words or more.
fn kebabs(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    text.split('"').filter(move |part| part.contains('-') && part.split('-').all(is_word))
}

/// What is wrong with the slugs of a package; those that are right are added to `used`.
///
/// A package that passes slugs on in variables has them anywhere, and so all literals in it that
/// look like slugs must be some.
fn check<'a>(files: &'a [(String, String)], used: &mut BTreeSet<&'a str>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut passed_on = false;
    for (name, text) in files {
        for call in calls(before_tests(text)) {
            let Some(slug) = call.slug else {
                passed_on = true;
                continue;
            };
            let place = format!("{name}:{}", call.line);
            match by_slug(slug) {
                None => wrong.push(format!("{place}: `{slug}` is not in the catalogue")),
                Some(entry) if call.warning != (entry.class() == Class::Warning) => {
                    wrong.push(format!("{place}: `{slug}` is {}", entry.id));
                }
                Some(entry) => drop(used.insert(entry.slug)),
            }
        }
    }
    if passed_on {
        for (name, text) in files {
            for slug in kebabs(before_tests(text)) {
                match by_slug(slug) {
                    None => wrong.push(format!("{name}: `{slug}` is not in the catalogue")),
                    Some(entry) => drop(used.insert(entry.slug)),
                }
            }
        }
    }
    wrong
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust files in a folder and those in it; files of tests are left out.
fn rust_files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("tests.rs")
            && !path.ends_with("catalogue.rs")
        {
            let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            found.push((name, fs::read_to_string(&path).expect("a source file can be read")));
        }
    }
    found
}

#[test]
fn slugs_of_the_code_are_in_the_catalogue_and_the_other_way_round() {
    let packages: Vec<_> = SOURCES.map(|folder| rust_files(&root().join(folder))).into();
    let mut used = BTreeSet::from(["unsupported"]);
    let mut wrong = Vec::new();
    for (files, folder) in packages.iter().zip(SOURCES) {
        assert!(!files.is_empty(), "no sources in {folder}");
        wrong.extend(check(files, &mut used));
    }
    for entry in CATALOGUE.iter().filter(|entry| !used.contains(entry.slug)) {
        wrong.push(format!("{} `{}` is used nowhere", entry.id, entry.slug));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn wrong_slugs_are_found() {
    let file = |text: &str| vec![("f.rs".to_owned(), text.to_owned())];
    let wrong = |text: &str| check(&file(text), &mut BTreeSet::new());
    assert_eq!(wrong("Diagnostic::error(\n    \"no-probe\",\n)"), [""; 0]);
    assert_eq!(wrong("\nDiagnostic::error(\"nope\""), ["f.rs:2: `nope` is not in the catalogue"]);
    assert_eq!(wrong("Diagnostic::warning(\"no-probe\""), ["f.rs:1: `no-probe` is E0205"]);
    assert_eq!(
        wrong("Diagnostic::error(\"never-assigned\""),
        ["f.rs:1: `never-assigned` is W0201"]
    );
    assert_eq!(wrong("#[cfg(test)]\nDiagnostic::error(\"nope\""), [""; 0]);
    assert_eq!(wrong("f(\"no-such\", \"x86-64\")"), [""; 0]);
    let passed_on = "Diagnostic::error(slug, f(\"no-such\", \"x86-64\"))";
    assert_eq!(wrong(passed_on), ["f.rs: `no-such` is not in the catalogue"]);
    let files = file("Diagnostic::error(slug); f(\"no-loop\"); Diagnostic::error(\"no-probe\")");
    let mut used = BTreeSet::new();
    assert_eq!(check(&files, &mut used), [""; 0]);
    assert_eq!(used, BTreeSet::from(["no-loop", "no-probe"]));
}

#[test]
fn ids_and_slugs_are_in_order_and_of_one_form() {
    let ids: Vec<_> = CATALOGUE.iter().map(|entry| entry.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "by their ids, each once");
    let slugs: BTreeMap<_, _> = CATALOGUE.iter().map(|entry| (entry.slug, entry.id)).collect();
    assert_eq!(slugs.len(), CATALOGUE.len(), "a slug is there twice");
    for entry in CATALOGUE {
        let (letter, number) = entry.id.split_at(1);
        assert!(matches!(letter, "E" | "W"), "{}", entry.id);
        assert!(number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit()), "{}", entry.id);
        assert!(entry.slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", entry.slug);
        assert_eq!(find(&entry.id.to_lowercase()), Some(entry));
        assert_eq!(find(&entry.slug.to_uppercase()), Some(entry));
    }
    assert_eq!(find("E9999"), None);
}

#[test]
fn pages_have_a_heading_a_wrong_example_and_a_right_one() {
    for entry in CATALOGUE {
        let heading = format!("# {}: {}\n\n", entry.id, entry.title);
        let rest = entry.page.strip_prefix(&heading);
        let rest = rest.unwrap_or_else(|| panic!("{} does not begin with {heading}", entry.id));
        let fences: Vec<_> = rest.lines().filter(|line| line.starts_with("```")).collect();
        let (opening, closing): (Vec<_>, Vec<_>) =
            fences.chunks(2).map(|two| (two[0], two.get(1))).unzip();
        assert!(closing.iter().all(|fence| *fence == Some(&"```")), "{}: {fences:?}", entry.id);
        let kinds = opening.iter().map(|fence| fence.trim_start_matches("```stap,"));
        let kinds: Vec<_> = kinds.map(|fence| fence.split(',').next().unwrap_or("")).collect();
        assert!(
            kinds.iter().all(|kind| matches!(*kind, "wrong" | "right")),
            "{}: {kinds:?}",
            entry.id
        );
        assert!(kinds.contains(&"wrong") && kinds.contains(&"right"), "{}: {kinds:?}", entry.id);
        let widest = entry.page.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest <= 100, "{}: a line of {widest} characters", entry.id);
    }
}

#[test]
fn every_page_is_in_the_catalogue() {
    let folder = root().join("diagnostics/pages");
    for entry in fs::read_dir(folder).expect("the pages are there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let id = name.strip_suffix(".md").unwrap_or(&name);
        assert!(CATALOGUE.iter().any(|entry| entry.id == id), "{name}");
    }
}
