//! `stapc opt`: passes over a module in a file.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use stapc_ir::{Module, Stage, VerifyError, verify};
use stapc_passes::{PASSES, Pass, Plan, PlanError, by_names};

use crate::{
    cli::OptOptions,
    compile::{check_print_after, ir, print, print_after, write},
    report::{self, Reported},
    script, statistics,
    timing::Timings,
};

/// Reads the module, runs the passes, and prints what they made.
///
/// # Errors
/// When the module is wrong before, between or behind them, which has been shown, or cannot be read.
pub fn run(options: &OptOptions) -> Result<()> {
    let Some(file) = options.file.as_deref() else {
        return print(statistics::list().as_bytes());
    };
    check_print_after(options.print_after.as_deref())?;
    let passes = passes(options)?;
    let mut module = read(file)?;
    let name = name(file);
    let stage = options.stage.map_or(Stage::Lowered, Stage::from);
    verify(&module, stage)
        .map_err(|errors| refused(&format!("{name} is not {}", stage.name()), &errors))?;
    let plan = plan(options, passes, &module)?;
    let (mut timings, mut done) = (Timings::default(), Vec::new());
    let wanted = options.print_after.as_deref();
    print_after(wanted, "lower", &module);
    let result = plan.run(&mut module, |step| {
        let pass = step.statistics.pass;
        timings.add(&format!("pass {pass}"), step.statistics.time);
        done.push(step.statistics);
        print_after(wanted, pass, step.module);
    });
    if options.time_passes {
        eprint!("{}", timings.table());
    }
    if options.stats {
        eprint!("{}", statistics::table(&done));
    }
    result.map_err(|error| {
        let after = format!("{name} is not in order after {}", error.pass);
        refused(&after, &error.errors)
    })?;
    write(options.output.as_deref(), ir(&module, options.format)?.as_bytes())
}

fn plan(options: &OptOptions, passes: Vec<&'static Pass>, module: &Module) -> Result<Plan> {
    let plan = Plan::for_module(passes, module).map_err(|error| match &error {
        PlanError::Late(..) if options.passes.is_none() => anyhow!(
            "{error}\nthe levels are for what lowering makes (`stapc compile --emit=lowered`); \
             for a module that is further, name passes with --passes"
        ),
        _ => anyhow!(error),
    })?;
    Ok(plan.verify_each(options.verify_each))
}

fn passes(options: &OptOptions) -> Result<Vec<&'static Pass>> {
    if let Some(names) = &options.passes {
        let names = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
        return by_names(names).map_err(|error| anyhow!("--passes: {error}"));
    }
    let names = options.skip.iter().map(String::as_str);
    let skip = by_names(names).map_err(|error| anyhow!("--skip: {error}"))?;
    let left_out = |pass: &Pass| skip.iter().any(|skipped| skipped.name == pass.name);
    Ok(PASSES.iter().filter(|pass| pass.level <= options.level && !left_out(pass)).collect())
}

/// The module in a file of IR, text or JSON; `-` for the standard input.
///
/// # Errors
/// When it cannot be read, or is none, which has been shown.
pub fn read(file: &Path) -> Result<Module> {
    let bytes =
        if file == Path::new("-") { script::standard_input()? } else { script::read(file)? };
    let name = name(file);
    let text =
        std::str::from_utf8(&bytes).with_context(|| format!("{name} is no text in UTF-8"))?;
    stapc_ir_text::read_module(text).or_else(|error| {
        let errors = error.to_string();
        for error in errors.lines() {
            report::failure(&anyhow!("{name}:{error}"));
        }
        bail!(Reported { errors: errors.lines().count() })
    })
}

/// What messages call a file.
fn name(file: &Path) -> String {
    if file == Path::new("-") { "<input>".to_owned() } else { file.display().to_string() }
}

/// Shows what the verifier found: each error in a line, then inside the functions' text.
pub fn refused(what: &str, errors: &[VerifyError]) -> anyhow::Error {
    report::failure(&anyhow!("{what}"));
    for error in errors {
        eprintln!("  {error}");
    }
    eprint!("{}", stapc_ir::print_errors(errors));
    anyhow!(Reported { errors: errors.len() })
}
