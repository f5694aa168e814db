//! `stapc interp`: runs a script, or a module of the IR, in the interpreter.

use std::{io::Write as _, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, anyhow};
use stapc_interp::{Message, Options, Outcome, parse_events};
use stapc_ir::{Module, Stage, verify};

use crate::{cache::Cache, cli::InterpOptions, compile::print, opt, pipeline::Pipeline, script};

/// Runs the script or module; the exit status is the session's.
///
/// # Errors
/// When it, or the file of events, is wrong; when the steps run out; and when the module does what the
/// IR forbids, which is a bug of the compiler unless the module was written by hand.
pub fn run(options: &InterpOptions) -> Result<ExitCode> {
    let (module, stage) = module(options)?;
    let events = match &options.events {
        Some(path) => {
            let text = text(path)?;
            parse_events(&text).map_err(|error| anyhow!("{}:{error}", path.display()))?
        }
        None => Vec::new(),
    };
    let outcome = stapc_interp::run(&module, &events, &how(options, stage))
        .context("the module does what the IR forbids")?;
    write(&outcome)?;
    if options.globals {
        outcome.globals.iter().for_each(|(name, value)| eprintln!("{name} = {value}"));
    }
    if options.stats {
        eprint!("{}", stats(&outcome));
    }
    if outcome.gave_up {
        return Err(anyhow!("gave up after {} steps; --steps allows more", options.steps));
    }
    Ok(if outcome.status == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn how(options: &InterpOptions, stage: Stage) -> Options {
    Options {
        stage,
        max_steps: options.steps,
        seed: options.seed.unwrap_or(0),
        made_up: options.seed.is_some(),
        // Scripts that measure themselves see some time pass.
        tick: 100,
        duration: options.duration.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        target: options.target,
        ..Options::default()
    }
}

/// The module to run, and how far it has come.
fn module(options: &InterpOptions) -> Result<(Module, Stage)> {
    let input = &options.input;
    let path = input.script.as_deref().filter(|_| input.expression.is_none()).map(Path::new);
    if let Some(path) = path.filter(|path| is_module(path)) {
        return ir(path);
    }
    let cache = Cache::user();
    let mut pipeline = Pipeline::new(input, script::Script::read(input)?, &cache);
    let module = pipeline.ir(|_, _| {})?;
    if input.verbose {
        eprint!("{}", pipeline.timings.table());
    }
    Ok((module.module().clone(), Stage::Final))
}

fn is_module(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "ir" || end == "json")
}

/// A module in a file, at the highest stage whose rules it keeps.
fn ir(path: &Path) -> Result<(Module, Stage)> {
    let module = opt::read(path)?;
    let stages = [Stage::Final, Stage::Placed];
    if let Some(stage) = stages.into_iter().find(|&stage| verify(&module, stage).is_ok()) {
        return Ok((module, stage));
    }
    match verify(&module, Stage::Lowered) {
        Ok(()) => Ok((module, Stage::Lowered)),
        Err(errors) => Err(opt::refused(&format!("{} is not in order", path.display()), &errors)),
    }
}

fn text(path: &Path) -> Result<String> {
    String::from_utf8(script::read(path)?).with_context(|| format!("{} is no text", path.display()))
}

/// Writes output and messages in their order, each where it belongs.
fn write(outcome: &Outcome) -> Result<()> {
    let mut written = 0;
    for Message { after, line } in &outcome.messages {
        print(&outcome.output[written..*after])?;
        written = *after;
        std::io::stderr().write_all(&[line, b"\n".as_slice()].concat())?;
    }
    print(&outcome.output[written..])
}

fn stats(outcome: &Outcome) -> String {
    let Outcome { steps, hits, handled, skipped, errors, .. } = outcome;
    let mut text = format!(
        "{steps:>12}  steps\n{hits:>12}  hits\n{handled:>12}  handled\n{skipped:>12}  skipped\n{errors:>12}  errors\n"
    );
    for (name, count) in outcome.effects.named() {
        text += &format!("{count:>12}  {name}\n");
    }
    let mut executed: Vec<_> = outcome.executed().collect();
    executed.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (opcode, count) in executed {
        text += &format!("{count:>12}  {}\n", opcode.name());
    }
    text
}
