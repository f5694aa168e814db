//! `stapc run`: compiles a script and runs its session, here or in a virtual machine.

use std::process::ExitCode;

use anyhow::Result;
use stapd::SessionArgs;

use crate::{
    cache::Cache,
    cli::{MachineOptions, RunOptions},
    kernel::Kernel,
    load,
    pipeline::Pipeline,
    report,
    script::Script,
    virtual_machine,
};

/// Compiles the script and runs it to its end; the exit status is the session's.
///
/// # Errors
/// When the script is wrong, which has been shown, or something that it needs is missing.
pub fn run(options: &RunOptions) -> Result<ExitCode> {
    let script = Script::read(&options.input)?;
    let cache = Cache::user();
    let mut pipeline = Pipeline::new(&options.input, script, &cache);
    pipeline.aim(&options.session)?;
    let module = pipeline.module()?;
    if options.input.verbose {
        eprint!("{}", pipeline.timings.table());
    }
    let machine = MachineOptions { needs: pipeline.needs.clone(), ..options.machine.clone() };
    session(pipeline.kernel()?, module.bytes, &options.session, &machine)
}

/// Runs the session of a module for `kernel`, here if that can be; the exit status is the session's.
///
/// # Errors
/// When the session could not be started, or its output could not be written.
pub fn session(
    kernel: &Kernel,
    module: Vec<u8>,
    options: &SessionArgs,
    machine: &MachineOptions,
) -> Result<ExitCode> {
    if !machine.vm {
        match not_here(kernel) {
            None => return load::session(module, options),
            Some(why) => report::note(&format!("{why}; running in a virtual machine instead")),
        }
    }
    virtual_machine::session(options, machine, kernel, &module)
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
