//! `stapc list`, `stap -l` and its kin: what there is to probe and to call.

use std::process::ExitCode;

use anyhow::Result;
use stapc_diagnostics::bytes;
use stapc_sema::listing::{Detail, TYPES};

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
    let ListOptions { point, library, kernel, debuginfo, .. } = options;
    let input = Input {
        expression: point.as_ref().map(|point| format!("probe {point} {{}}").into()),
        library: library.clone(),
        kernel: kernel.clone(),
        debuginfo: *debuginfo,
        no_warnings: true,
        ..Input::default()
    };
    match options.what {
        None => {
            return points(
                &input,
                match options.variables {
                    0 => Detail::Names,
                    1 => Detail::Variables,
                    _ => Detail::Places,
                },
            );
        }
        Some(Listing::Types) => print(types().as_bytes())?,
        Some(Listing::Aliases) => aliases(&input)?,
        Some(Listing::Functions) => functions(&input)?,
    }
    Ok(ExitCode::SUCCESS)
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
        for variable in point.variables.iter() {
            text += &format!(" {variable}");
        }
        text += "\n";
    }
    print(&bytes::encode(&text))?;
    Ok(if listed.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The kinds of probe points that can be asked for.
pub fn types() -> String {
    TYPES.iter().map(|name| format!("{name}\n")).collect()
}

/// The probe aliases of the script library, and what each stands for.
///
/// # Errors
/// When they cannot be printed.
pub fn aliases(input: &Input) -> Result<()> {
    let cache = Cache::user();
    let lines = Pipeline::new(input, Script::of("", ""), &cache).aliases();
    print(&bytes::encode(&lines.iter().map(|line| format!("{line}\n")).collect::<String>()))
}

/// The functions that scripts can call, with their parameters and types.
///
/// # Errors
/// When they cannot be printed.
pub fn functions(input: &Input) -> Result<()> {
    let cache = Cache::user();
    let lines = Pipeline::new(input, Script::of("", ""), &cache).functions();
    print(&bytes::encode(&lines.iter().map(|line| format!("{line}\n")).collect::<String>()))
}
