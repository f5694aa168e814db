//! Programs of the workspace, built for tasks.

use std::path::PathBuf;

use anyhow::Result;

use crate::{process, root::target};

/// How programs are built.
#[derive(Clone, Copy)]
pub enum Profile {
    /// Soon.
    Debug,
    /// Soon after tests, with the features that those have, so that nothing is built again.
    Tests,
    /// As users have it.
    Release,
}

/// An example of the workspace, the smallest. What is built beside one may use what only tests and examples need.
const EXAMPLE: &str = "try";

/// Builds the tool and its daemon; gives back where the tool is.
pub fn build_stapc(profile: Profile) -> Result<PathBuf> {
    let programs = ["--bin", "stapc", "--bin", "stap", "--bin", "stapd"];
    Ok(build(profile, &programs)?.join("stapc"))
}

/// Builds an example of one of the workspace's packages; gives back where it is.
pub fn build_example(profile: Profile, name: &str) -> Result<PathBuf> {
    Ok(build(profile, &["--example", name])?.join("examples").join(name))
}

/// Builds programs, as cargo's options call them; gives back the folder of the profile. They have the features
/// that all of the workspace asks for.
pub fn build(profile: Profile, programs: &[&str]) -> Result<PathBuf> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--workspace"]).args(programs);
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Tests => {
            cargo.args(["--example", EXAMPLE]);
            "debug"
        }
        Profile::Release => {
            cargo.arg("--release");
            "release"
        }
    };
    process::run(&mut cargo)?;
    Ok(target().join(folder))
}
