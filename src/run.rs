//! `stapc run`: compiles a script and runs its session, here or in a virtual machine.

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    cache::Cache, cli::RunOptions, kernel::Kernel, load, pipeline::Pipeline, report,
    script::Script, virtual_machine,
};

/// Compiles the script and runs it to its end; the exit status is the session's.
///
/// # Errors
/// When the script is wrong, which has been shown, or something that it needs is missing.
pub fn run(options: &RunOptions) -> Result<ExitCode> {
    let script = Script::read(&options.input)?;
    let cache = Cache::user();
    let mut pipeline = Pipeline::new(&options.input, &script, &cache);
    let module = pipeline.module()?;
    if options.input.verbose {
        eprint!("{}", pipeline.timings.table());
    }
    let kernel = pipeline.kernel()?;
    if !options.vm {
        match not_here(kernel) {
            None => return load::session(module.bytes, &options.session),
            Some(why) => report::note(&format!("{why}; running in a virtual machine instead")),
        }
    }
    virtual_machine::session(options, kernel, &module.bytes)
}

/// Why a session for this kernel cannot run on this machine; none if it can.
fn not_here(kernel: &Kernel) -> Option<String> {
    if let Err(error) = stapd::check() {
        // The rest of the message says what to do about it, and that is done.
        let text = error.to_string();
        return Some(text.lines().next().unwrap_or_default().to_owned());
    }
    let running = rustix::system::uname().release().to_string_lossy().into_owned();
    (running != kernel.release).then(|| {
        format!("this machine runs kernel {running}, and the script is for {}", kernel.release)
    })
}
