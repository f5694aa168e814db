//! `cargo xtask bench`: measures what is promised of speed.

mod build;
mod elaborate;
mod embedded;
pub mod floors;
mod frontend;
mod hits;
mod opt;
mod profile;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

/// What to measure.
#[derive(Subcommand)]
pub enum Bench {
    /// From script to loadable module, whole process, with a warm cache and with none
    Build(build::Options),
    /// From script to IR, whole process, beside the peer's passes 1 and 2; the index of a kernel's DWARF
    Elaborate(elaborate::Options),
    /// Instructions of the guest for one hit of a probe, beside those of hand-written modules
    Hits(hits::Options),
    /// Instructions and interpreted steps at each level of optimisation, and what each pass is worth
    Opt(opt::Options),
    /// Text to syntax trees, and the check of a small script beside the peer's
    Frontend,
}

/// Measures; the exit code says whether all that is promised holds.
pub fn perform(bench: &Bench) -> Result<ExitCode> {
    let holds = match bench {
        Bench::Build(options) => build::perform(options)?,
        Bench::Elaborate(options) => elaborate::perform(options)?,
        Bench::Hits(options) => hits::perform(options)?,
        Bench::Opt(options) => opt::perform(options)?,
        Bench::Frontend => frontend::perform()?,
    };
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is said of a promise.
fn verdict(is_held: bool) -> &'static str {
    if is_held { "held" } else { "NOT HELD" }
}

/// The middle one of some numbers, or the mean of the two in the middle; 0 where there is none.
fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 100.0]), 3.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 100.0]), 3.0);
    }
}
