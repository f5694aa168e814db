//! `cargo xtask tidy`: the rules of this repository that neither rustc nor clippy knows.
//!
//! A rule is a function from the repository's files to what it finds wrong in them; each has a file,
//! with tests that break it.

mod dependencies;
mod examples;
mod length;
mod manifests;
mod pages;
mod sources;
mod tree;

use std::process::ExitCode;

use anyhow::{Result, bail};

pub use self::tree::{Finding, Tree};
use crate::root::root;

/// The command.
pub fn perform() -> Result<ExitCode> {
    check()?;
    println!("tidy: nothing to mend");
    Ok(ExitCode::SUCCESS)
}

/// Checks every rule; an error where one is broken, after all that was found is printed.
pub fn check() -> Result<()> {
    let tree = Tree::read(&root())?;
    let mut findings = dependencies::check(&dependencies::packages(&root())?);
    findings.extend(rules(&tree));
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() { Ok(()) } else { bail!("tidy: {} to mend", findings.len()) }
}

/// All the rules about files.
fn rules(tree: &Tree) -> Vec<Finding> {
    [examples::check, length::check, manifests::check, pages::check, sources::check]
        .iter()
        .flat_map(|rule| rule(tree))
        .collect()
}
