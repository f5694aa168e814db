//! Every crate takes the workspace's lints, and says first what it is for.

use super::tree::{Finding, Tree};

/// Checks manifests and the roots of crates.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree
        .files()
        .filter(|(path, text)| file_name(path) == "Cargo.toml" && text.contains("[package]"))
        .filter(|(_, text)| !takes_lints(text))
        .map(|(path, _)| Finding::in_file(path, "no `[lints]` with `workspace = true`"));
    let roots = tree
        .files()
        .filter(|(path, _)| is_crate_root(path))
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| {
            Finding::in_file(path, "does not begin with `//!` and what the crate is for")
        });
    manifests.chain(roots).collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_crate_root(path: &str) -> bool {
    ["src/lib.rs", "src/main.rs", "build.rs"]
        .iter()
        .any(|name| path == *name || path.ends_with(&format!("/{name}")))
}

fn takes_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.next() == Some("workspace = true")
}

#[cfg(test)]
mod tests {
    use super::super::tree::found;
    use super::*;

    #[test]
    fn a_crate_without_the_workspaces_lints_is_found() {
        let files = [
            ("good/Cargo.toml", "[package]\nname = \"good\"\n\n[lints]\nworkspace = true\n"),
            ("own/Cargo.toml", "[package]\n[lints.clippy]\nall = \"allow\"\n"),
            ("Cargo.toml", "[workspace]\nmembers = []\n"),
        ];
        assert_eq!(
            found(check, &files),
            ["own/Cargo.toml:1: no `[lints]` with `workspace = true`"]
        );
    }

    #[test]
    fn a_crate_that_does_not_say_what_it_is_for_is_found() {
        let files = [
            ("a/src/lib.rs", "//! The A.\n"),
            ("b/src/lib.rs", "use a;\n"),
            ("b/src/b.rs", "use a;\n"),
        ];
        let expected = "b/src/lib.rs:1: does not begin with `//!` and what the crate is for";
        assert_eq!(found(check, &files), [expected]);
    }
}
