//! Builds the guest's agent as a static program, for the library to embed: the guest has no
//! shared libraries of its own.
#![expect(clippy::disallowed_methods, reason = "a build script's work is files and processes")]

use std::{env, error::Error, path::PathBuf, process::Command};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/agent");
    println!("cargo::rerun-if-changed=src/wire.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?).join("agent");
    let status = Command::new(env::var("RUSTC")?)
        .args(["--edition=2024", "--crate-name=agent", "--target", &env::var("TARGET")?])
        .args(["-Ctarget-feature=+crt-static", "-Copt-level=2", "-Cpanic=abort", "-Cstrip=symbols"])
        .arg("-o")
        .arg(&out)
        .arg("src/agent/main.rs")
        .status()?;
    if !status.success() {
        return Err("the guest's agent does not compile: is libc6-dev installed?".into());
    }
    Ok(())
}
