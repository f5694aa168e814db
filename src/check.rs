//! `stapc check`: what is wrong with a script, and nothing else.

use anyhow::Result;
use stapd::SessionArgs;

use crate::{cache::Cache, cli::CheckOptions, pipeline::Pipeline, script::Script};

/// Goes through the front end; prints nothing about a script that is right.
///
/// # Errors
/// When the script is wrong, which has been shown, or something that it needs is missing.
pub fn run(options: &CheckOptions) -> Result<()> {
    let script = Script::read(&options.input)?;
    let cache = Cache::user();
    let mut pipeline = Pipeline::new(&options.input, script, &cache);
    pipeline.aim(&SessionArgs { command: options.command.clone(), ..SessionArgs::default() })?;
    pipeline.assume_points = options.no_points;
    pipeline.typed()?;
    if options.input.verbose {
        eprint!("{}", pipeline.timings.table());
    }
    Ok(())
}
