//! `cargo xtask bless`: what the file tests get becomes what they expect.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    process::{cargo, run},
    root::root,
    tidy::Tree,
};

/// What tells a test to write its expectations.
const VARIABLE: &str = "STAPC_BLESS";

/// Options of `cargo xtask bless`.
#[derive(Args)]
pub struct Options {
    /// Only this file of tests, such as `filetests`
    test: Option<String>,
}

/// Runs the tests that know of it with the variable set.
pub fn perform(options: &Options) -> Result<ExitCode> {
    let mut tests = tests(&Tree::read(&root())?);
    if let Some(name) = &options.test {
        if !tests.contains(name) {
            bail!("no tests/{name}.rs looks at {VARIABLE}; these do: {}", tests.join(", "));
        }
        tests = vec![name.clone()];
    }
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).env(VARIABLE, "1");
    for name in &tests {
        command.args(["--test", name]);
    }
    run(&mut command)?;
    println!("bless: done; read what changed before it is committed (git diff)");
    Ok(ExitCode::SUCCESS)
}

/// The names of the test programs that look at the variable.
fn tests(tree: &Tree) -> Vec<String> {
    let mut names: Vec<String> = tree
        .with_suffix(".rs")
        .filter(|(_, text)| text.contains(VARIABLE))
        .filter_map(|(path, _)| {
            let path =
                path.strip_suffix(".rs")?.strip_suffix("/main").or(path.strip_suffix(".rs"))?;
            let (folder, name) = path.rsplit_once('/')?;
            (folder == "tests" || folder.ends_with("/tests")).then(|| name.to_owned())
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_programs_that_look_at_the_variable_are_found() {
        let tree = Tree::of(&[
            ("a/tests/filetests.rs", VARIABLE),
            ("b/tests/filetests.rs", VARIABLE),
            ("b/tests/plain.rs", "assert!(true)"),
            ("b/src/lib.rs", VARIABLE),
            ("tests/e2e/main.rs", VARIABLE),
            ("tests/common/mod.rs", VARIABLE),
        ]);
        assert_eq!(tests(&tree), ["e2e", "filetests"]);
    }
}
