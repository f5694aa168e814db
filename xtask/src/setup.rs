//! `cargo xtask setup`: installs what stapc needs, with apt; does nothing where nothing is missing.

mod apt;
pub mod fuzz;
mod kernel;
mod needs;

use std::{fs, os::unix::fs::MetadataExt as _, path::Path, process::ExitCode};

use anyhow::{Result, bail};
use clap::Args;

use self::{
    apt::Apt,
    needs::{NEEDS, Need, REFERENCE, TESTS},
};

/// Options of `cargo xtask setup`.
#[derive(Args, Default)]
pub struct Options {
    /// Install the reference material as well: SystemTap, its tapset and its documentation
    #[arg(long)]
    reference: bool,
    /// Install what fuzzing needs as well: a nightly toolchain of Rust and cargo-fuzz
    #[arg(long)]
    fuzz: bool,
    /// Whether what only tests need is installed.
    #[arg(skip = true)]
    tests: bool,
}

/// The command: like [`ensure`], but says so where there is nothing to do.
pub fn perform(options: &Options) -> Result<ExitCode> {
    if options.fuzz {
        fuzz::ensure()?;
    }
    if !install_missing(options)? {
        println!("setup: everything is here; kernel {}", kernel::State::of(Path::new("/")));
    }
    Ok(ExitCode::SUCCESS)
}

/// Sees to it that everything is installed that running a script takes; says nothing where it is. What
/// runs a script or a virtual machine starts with it.
pub fn ensure() -> Result<()> {
    install_missing(&Options::default()).map(drop)
}

/// Those packages of the reference material that are not installed.
pub fn missing_reference() -> Result<Vec<&'static str>> {
    Ok(needs::missing(REFERENCE)?.iter().map(|need| need.package).collect())
}

/// The release of the kernel that the virtual machine boots.
pub fn kernel_release() -> Result<String> {
    match kernel::State::of(Path::new("/")) {
        kernel::State::Installed { release, .. } => Ok(release),
        kernel::State::Absent => bail!("no kernel for virtual machines is installed"),
    }
}

/// Whether something was missing, and so has been installed.
fn install_missing(options: &Options) -> Result<bool> {
    let missing = missing(options)?;
    let kernel = kernel::State::of(Path::new("/"));
    if missing.is_empty() && kernel.is_complete() {
        return Ok(false);
    }
    check_machine(&missing, &kernel)?;
    println!("setup: installing what is missing");
    let apt = Apt::new()?;
    apt.update()?;
    let kernel = apt.kernel_packages(&kernel)?;
    let wanted: Vec<(String, String)> = missing
        .iter()
        .map(|need| (need.package.to_owned(), need.why.to_owned()))
        .chain(kernel)
        .collect();
    apt.install(&wanted)?;
    check_result(options)?;
    Ok(true)
}

fn missing(options: &Options) -> Result<Vec<&'static Need>> {
    let mut missing = needs::missing(NEEDS)?;
    if options.tests {
        missing.extend(needs::missing(TESTS)?);
    }
    if options.reference {
        missing.extend(needs::missing(REFERENCE)?);
    }
    Ok(missing)
}

/// An error that says what the user can do, where this process cannot install.
fn check_machine(missing: &[&Need], kernel: &kernel::State) -> Result<()> {
    if !Apt::is_here() {
        bail!(
            "this machine has no apt; stapc needs, under whatever names it has them:\n{}",
            listed(missing, kernel)
        );
    }
    if !is_root() {
        let packages: Vec<String> = missing
            .iter()
            .map(|need| need.package.to_owned())
            .chain(Apt::kernel_packages_as_listed(kernel).into_iter().map(|(package, _)| package))
            .collect();
        bail!(
            "something is missing, and only root can install it:\n{}\nrun this, then try again:\n\n    \
             sudo apt-get update && sudo apt-get install --no-install-recommends {}\n",
            listed(missing, kernel),
            packages.join(" ")
        );
    }
    Ok(())
}

/// What is missing, a line for each.
fn listed(missing: &[&Need], kernel: &kernel::State) -> String {
    let mut lines: Vec<String> =
        missing.iter().map(|need| format!("  {:<18} {}", need.package, need.why)).collect();
    if !kernel.is_complete() {
        lines.push(format!("  {:<18} {kernel}", "a kernel"));
    }
    lines.join("\n")
}

/// What was installed is what was needed.
fn check_result(options: &Options) -> Result<()> {
    let missing = missing(options)?;
    let kernel = kernel::State::of(Path::new("/"));
    if !missing.is_empty() || !kernel.is_complete() {
        bail!(
            "apt has installed everything it was asked for, and yet there is missing\n{}",
            listed(&missing, &kernel)
        );
    }
    println!("setup: done; kernel {kernel}");
    Ok(())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
