//! The properties of the fuzz targets, on the repository's scripts, on mutants of them, on random
//! scripts, and on everything that fuzzing ever found.
#![expect(clippy::disallowed_methods, reason = "the scripts are files")]

use std::{
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};

use stapc_diagnostics::bytes;
use stapc_gen::{Random, input, mutate, properties, script, typed_script};

/// How many random scripts are tried, and how many mutants of each script of the repository.
const RANDOM: u64 = 400;
const MUTANTS: u64 = 2;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, suffixes: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, suffixes));
        } else if suffixes.iter().any(|suffix| path.to_string_lossy().ends_with(suffix)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every script of the repository.
fn scripts() -> Vec<(String, String)> {
    let folders = ["examples", "tapset", "tests"].map(|folder| root().join(folder));
    let paths = folders.iter().flat_map(|folder| files(folder, &[".stp", ".stpm"]));
    let read = |path: PathBuf| {
        let text = bytes::decode(&fs::read(&path).expect("a file that is there")).into_owned();
        (path.display().to_string(), text)
    };
    let scripts: Vec<_> = paths.map(read).collect();
    assert!(scripts.len() > 100, "the repository's scripts are somewhere else");
    scripts
}

/// Tries every property on every text, and tells all that do not hold.
fn try_all(texts: impl Iterator<Item = (String, String)>) {
    let mut findings = Vec::new();
    for (name, text) in texts {
        for (property, holds) in properties::ALL {
            match catch_unwind(|| holds(&text)) {
                Ok(Ok(())) => {}
                Ok(Err(finding)) => findings.push(format!("{name}: {property}: {finding}")),
                Err(_) => findings.push(format!("{name}: {property}: panicked")),
            }
        }
    }
    let shown = findings.iter().take(5).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(findings.is_empty(), "{} findings:\n{shown}", findings.len());
}

#[test]
fn hold_for_the_repositorys_scripts() {
    try_all(scripts().into_iter());
}

#[test]
fn hold_for_mutants_of_them() {
    let mutants = scripts().into_iter().enumerate().flat_map(|(number, (name, text))| {
        let mut random = Random::new(number as u64);
        let mutants = (0..MUTANTS).filter_map(|_| mutate(&text, &mut random)).collect::<Vec<_>>();
        mutants.into_iter().map(move |(text, mutation)| (format!("{name}:{mutation}"), text))
    });
    try_all(mutants);
}

#[test]
fn hold_for_random_scripts() {
    try_all((0..RANDOM).map(|seed| {
        let mut random = Random::new(seed);
        let length = 20 + random.below(400);
        let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        let text = if seed % 2 == 0 { script(&bytes) } else { typed_script(&bytes) };
        (format!("seed {seed}:\n{text}"), text)
    }));
}

/// What fuzzing found once stands in `found`, each in a file of its own, as the target was given it.
#[test]
fn hold_for_what_was_found() {
    let found = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/found"), &[""]);
    assert!(!found.is_empty(), "the findings of the past are somewhere else");
    try_all(found.into_iter().map(|path| {
        let data = fs::read(&path).expect("a file that is there");
        (path.display().to_string(), input::text(&data).into_owned())
    }));
}
