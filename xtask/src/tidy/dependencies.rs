//! Data flows one way: `syntax → sema → lower → ir → passes → backends`, over `diagnostics`; and only
//! crates that may touch the machine depend on libraries for it.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::tree::{Finding, is_under};
use crate::process::output;

/// What a crate may depend on: folders of crates, and the folders of those that are allowed. The
/// first line that a crate is under counts. Dependencies of tests are free.
const ALLOWED: &[(&str, &[&str])] = &[
    ("diagnostics", &[]),
    ("frontend/syntax", &["diagnostics"]),
    ("frontend/debuginfo", &["diagnostics"]),
    // The table of intrinsics names the IR's instructions and effects.
    ("frontend/sema", &["diagnostics", "frontend/syntax", "frontend/debuginfo", "ir/core"]),
    ("frontend/lower", &["diagnostics", "frontend", "ir/core"]),
    ("ir/core", &["diagnostics"]),
    ("ir/text", &["diagnostics", "ir/core"]),
    ("ir/passes", &["diagnostics", "ir/core"]),
    ("backends/api", &["diagnostics", "ir"]),
    ("backends", &["diagnostics", "ir", "backends/api"]),
    ("runtime", &[]),
    // The pages that it writes are made by what they are about.
    ("xtask", &["runtime", "ir"]),
    ("fuzz", EVERYTHING),
    ("tests", EVERYTHING),
    ("src", EVERYTHING),
];

const EVERYTHING: &[&str] = &[""];

/// The crates that may touch files, environment and processes.
pub const DOERS: &[&str] = &["src", "runtime/stapd", "runtime/vm", "xtask", "fuzz"];

/// Libraries that are of no use to others.
const FOR_DOERS: &[&str] = &["libc", "memmap2", "rustix", "tempfile"];

/// A crate of the workspace.
#[derive(Debug)]
pub struct Package {
    name: String,
    /// Where it is, from the root; `src` for the package at the root.
    folder: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug)]
struct Dependency {
    name: String,
    /// Its folder, where it is of the workspace.
    folder: Option<String>,
    is_for_tests: bool,
}

/// The crates of the workspace at `root`, as cargo reads it.
pub fn packages(root: &Path) -> Result<Vec<Package>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--no-deps", "--format-version=1", "--offline"]).current_dir(root);
    let metadata: Value =
        serde_json::from_str(&output(&mut cargo)?).context("cargo metadata's output")?;
    let list = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    list.iter().map(|package| package_of(package, root)).collect()
}

fn package_of(package: &Value, root: &Path) -> Result<Package> {
    let manifest = package["manifest_path"].as_str().context("a package has no path")?;
    let directory = Path::new(manifest).parent().unwrap_or(root);
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    Ok(Package {
        name: text(&package["name"]),
        folder: folder_of(directory, root),
        dependencies: dependencies
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                folder: dependency["path"].as_str().map(|path| folder_of(Path::new(path), root)),
                is_for_tests: dependency["kind"] == "dev",
            })
            .collect(),
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn folder_of(directory: &Path, root: &Path) -> String {
    let folder = directory.strip_prefix(root).unwrap_or(directory).to_string_lossy().into_owned();
    if folder.is_empty() { "src".to_owned() } else { folder }
}

/// Finds the dependencies that are not allowed.
pub fn check(packages: &[Package]) -> Vec<Finding> {
    packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Finding> {
    let manifest = match package.folder.as_str() {
        "src" => "Cargo.toml".to_owned(),
        folder => format!("{folder}/Cargo.toml"),
    };
    let find = |message: String| Finding::in_file(&manifest, message);
    let Some((_, allowed)) = ALLOWED.iter().find(|(folder, _)| is_under(&package.folder, folder))
    else {
        return vec![find(format!(
            "crate {} is in no layer: say in xtask/src/tidy/dependencies.rs what it may depend on",
            package.name
        ))];
    };
    let is_doer = is_in(&package.folder, DOERS);
    let dependencies = package.dependencies.iter().filter(|dependency| !dependency.is_for_tests);
    dependencies
        .filter_map(|dependency| match &dependency.folder {
            Some(folder) if !is_in(folder, allowed) => Some(find(format!(
                "{} depends on {} ({folder}), which is against the flow of data; it may depend on: {}",
                package.name,
                dependency.name,
                if allowed.is_empty() { "no crate of the workspace".to_owned() } else { allowed.join(", ") }
            ))),
            None if !is_doer && FOR_DOERS.contains(&dependency.name.as_str()) => Some(find(format!(
                "{} depends on {}, but only {} touch the machine",
                package.name,
                dependency.name,
                DOERS.join(", ")
            ))),
            _ => None,
        })
        .collect()
}

fn is_in(folder: &str, folders: &[&str]) -> bool {
    folders.iter().any(|outer| is_under(folder, outer))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What is found in a workspace, read through cargo, with these lines of `[dependencies]` in
    /// these crates' manifests.
    fn found(crates: &[(&str, &str)]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let members: Vec<&str> = crates.iter().map(|(folder, _)| *folder).collect();
        fs::write(
            root.join("Cargo.toml"),
            format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n"),
        )
        .unwrap();
        for (folder, dependencies) in crates {
            let manifest =
                format!("[package]\nname = \"{}\"\n{dependencies}", folder.replace('/', "-"));
            fs::create_dir_all(root.join(folder).join("src")).unwrap();
            fs::write(root.join(folder).join("Cargo.toml"), manifest).unwrap();
            fs::write(root.join(folder).join("src/lib.rs"), "").unwrap();
        }
        check(&packages(&root).unwrap()).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn the_ir_may_not_see_the_front_end() {
        let found = found(&[
            ("frontend/syntax", ""),
            ("ir/core", "[dependencies]\nfrontend-syntax = { path = \"../../frontend/syntax\" }"),
        ]);
        assert_eq!(
            found,
            [
                "ir/core/Cargo.toml:1: ir-core depends on frontend-syntax (frontend/syntax), which is against the flow \
              of data; it may depend on: diagnostics"
            ]
        );
    }

    #[test]
    fn neither_back_end_nor_front_end_may_see_the_other() {
        let found = found(&[
            ("frontend/lower", "[dependencies]\nbackends-api = { path = \"../../backends/api\" }"),
            ("frontend/sema", ""),
            ("backends/api", ""),
            (
                "backends/kmod",
                "[build-dependencies]\nfrontend-sema = { path = \"../../frontend/sema\" }",
            ),
        ]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("frontend-lower depends on backends-api"), "{found:?}");
        assert!(found[1].contains("backends-kmod depends on frontend-sema"), "{found:?}");
    }

    #[test]
    fn the_flow_of_data_and_tests_are_free() {
        let found = found(&[
            ("frontend/syntax", ""),
            ("frontend/sema", "[dependencies]\nfrontend-syntax = { path = \"../syntax\" }"),
            (
                "ir/core",
                "[dev-dependencies]\nfrontend-syntax = { path = \"../../frontend/syntax\" }\ntempfile = \"3\"",
            ),
            ("backends/kmod", "[dependencies]\nir-core = { path = \"../../ir/core\" }"),
            ("runtime/vm", "[dependencies]\nrustix = \"1\""),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn pure_crates_may_not_touch_the_machine() {
        let found = found(&[("backends/kmod", "[dependencies]\ntempfile = \"3\"")]);
        assert_eq!(
            found,
            [
                "backends/kmod/Cargo.toml:1: backends-kmod depends on tempfile, but only src, runtime/stapd, runtime/vm, \
              xtask, fuzz touch the machine"
            ]
        );
    }

    #[test]
    fn a_crate_outside_the_house_is_found() {
        let found = found(&[("utils", "")]);
        assert!(found[0].contains("crate utils is in no layer"), "{found:?}");
    }
}
