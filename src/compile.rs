//! `stapc compile`: a script's forms, printed.

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
};

use anyhow::{Context as _, Result, bail};
use stapc_diagnostics::bytes;
use stapc_ir::Module;

use crate::{
    cache::{Cache, write_atomically},
    cli::{CompileOptions, Emit, Format},
    pipeline::Pipeline,
    script::Script,
};

/// Compiles as far as asked, and prints what came of it.
///
/// # Errors
/// When the script is wrong, or something it needs is missing.
pub fn run(options: &CompileOptions) -> Result<()> {
    check(options)?;
    let script = Script::read(&options.input)?;
    let cache = Cache::user();
    let mut pipeline = Pipeline::new(&options.input, script, &cache);
    let bytes = form(options, &mut pipeline)?;
    if options.time_passes || options.input.verbose {
        eprint!("{}", pipeline.timings.table());
    }
    write(options.output.as_ref(), &bytes)
}

fn check(options: &CompileOptions) -> Result<()> {
    if options.format == Format::Json && options.emit != Emit::Ir {
        bail!("--format=json is for --emit=ir");
    }
    if let Some(pass) = &options.print_after {
        let known =
            || std::iter::once("lower").chain(stapc_passes::PASSES.iter().map(|pass| pass.name));
        if pass != "all" && !known().any(|name| name == pass) {
            bail!(
                "--print-after={pass}: no such pass; there are all, {}",
                known().collect::<Vec<_>>().join(", ")
            );
        }
    }
    if options.emit == Emit::Ko && options.output.is_none() && std::io::stdout().is_terminal() {
        bail!("a module is not for a terminal: name a file with -o");
    }
    Ok(())
}

fn form(options: &CompileOptions, pipeline: &mut Pipeline<'_>) -> Result<Vec<u8>> {
    let text = match options.emit {
        Emit::Tokens => pipeline.tokens()?,
        Emit::Ast => {
            let tree = pipeline.syntax()?;
            stapc_syntax::print(&tree, &tree.items)
        }
        Emit::Hir => stapc_sema::dump(&pipeline.typed()?),
        Emit::Ir => {
            let module = pipeline.ir(|pass, module| print_after(options, pass, module))?;
            match options.format {
                Format::Text => stapc_ir::print(module.module()),
                Format::Json => {
                    serde_json::to_string_pretty(&stapc_ir::to_json(module.module()))? + "\n"
                }
            }
        }
        Emit::C => pipeline.c()?,
        Emit::Ko => return Ok(pipeline.module()?.bytes),
    };
    Ok(bytes::encode(&text).into_owned())
}

fn print_after(options: &CompileOptions, pass: &str, module: &Module) {
    if options.print_after.as_deref().is_some_and(|wanted| wanted == "all" || wanted == pass) {
        eprintln!("; after {pass}\n{}", stapc_ir::print(module));
    }
}

fn write(output: Option<&PathBuf>, bytes: &[u8]) -> Result<()> {
    match output {
        Some(path) => write_atomically(path, bytes)
            .with_context(|| format!("cannot write {}", path.display())),
        None => print(bytes),
    }
}

/// Writes to the standard output.
///
/// # Errors
/// When that fails, unless whoever reads it has seen enough.
pub fn print(bytes: &[u8]) -> Result<()> {
    match std::io::stdout().write_all(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to the standard output"),
    }
}
