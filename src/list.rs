//! `stapc list`, `stap -l` and its kin: what there is to probe and to call.

use std::process::ExitCode;

use anyhow::Result;
use stapc_diagnostics::bytes;
use stapc_sema::listing::{Detail, types};

use crate::{
    cache::Cache,
    cli::{Input, ListOptions, Listing},
    compile::print,
    pipeline::Pipeline,
    script::Script,
};

/// Does what `stapc list` is asked for.
///
/// # Errors
/// When the point is wrong, which has been shown, or something that it needs is missing.
pub fn run(options: &ListOptions) -> Result<ExitCode> {
    let ListOptions { point, kernel, root, debuginfo, .. } = options;
    let input = Input {
        expression: point.as_ref().map(|point| script(point).into()),
        library: options.library.clone(),
        kernel: kernel.clone(),
        root: root.clone(),
        debuginfo: *debuginfo,
        no_warnings: true,
        ..Input::default()
    };
    match (options.what, options.variables) {
        (Some(what), _) => library(what, &input),
        (None, 0) => points(&input, Detail::Names),
        (None, 1) => points(&input, Detail::Variables),
        (None, _) => points(&input, Detail::Places),
    }
}

/// The script that asks for a point.
pub fn script(point: &str) -> String {
    format!("probe {point} {{}}")
}

/// The points of a script's probes, sorted; the exit status is 1 if there are none.
///
/// # Errors
/// When the script is wrong, which has been shown, or something that it needs is missing.
pub fn points(input: &Input, detail: Detail) -> Result<ExitCode> {
    let cache = Cache::user();
    let mut pipeline = Pipeline::new(input, Script::read(input)?, &cache);
    let mut text = String::new();
    let listed = pipeline.points(detail)?;
    for point in &listed {
        text += &point.name;
        for variable in &point.variables {
            text += &format!(" {variable}");
        }
        text += "\n";
    }
    print(&bytes::encode(&text))?;
    Ok(if listed.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What can be listed without a point, a line each.
///
/// # Errors
/// When it cannot be printed.
pub fn library(what: Listing, input: &Input) -> Result<ExitCode> {
    let cache = Cache::user();
    let mut pipeline = Pipeline::new(input, Script::of("", ""), &cache);
    let lines = match what {
        Listing::Types => types(),
        Listing::Aliases => pipeline.aliases(),
        Listing::Functions => pipeline.functions(),
    };
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    print(&bytes::encode(&text))?;
    Ok(ExitCode::SUCCESS)
}
