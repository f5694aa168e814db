//! `stapc compile`: a script's forms, printed.

use std::{
    io::{IsTerminal as _, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use stapc_diagnostics::bytes;
use stapc_ir::Module;
use stapd::SessionArgs;

use crate::{
    cache::{Cache, write_atomically},
    cli::{CompileOptions, Emit, Format},
    pipeline::Pipeline,
    script::Script,
    statistics,
    view::{
        self, dot,
        html::{self, Behind, Page},
    },
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
    pipeline.aim(&SessionArgs { command: options.command.clone(), ..SessionArgs::default() })?;
    let bytes = form(options, &mut pipeline)?;
    if options.time_passes || options.input.verbose {
        eprint!("{}", pipeline.timings.table());
    }
    if options.stats {
        eprint!("{}", statistics::table(&pipeline.statistics));
    }
    write(options.output.as_deref(), &bytes)
}

fn check(options: &CompileOptions) -> Result<()> {
    if options.format == Format::Json && !matches!(options.emit, Emit::Lowered | Emit::Ir) {
        bail!("--format=json is for --emit=lowered and --emit=ir");
    }
    if options.stats && matches!(options.emit, Emit::Tokens | Emit::Ast | Emit::Hir | Emit::Lowered)
    {
        bail!("--stats is about passes, and no pass runs for this form; ask for --emit=ir");
    }
    check_print_after(options.print_after.as_deref())?;
    if options.emit == Emit::Ko && options.output.is_none() && std::io::stdout().is_terminal() {
        bail!("a module is not for a terminal: name a file with -o");
    }
    Ok(())
}

/// Whether there is a pass of the name that `--print-after` has.
///
/// # Errors
/// When there is none; they are listed.
pub fn check_print_after(pass: Option<&str>) -> Result<()> {
    let known =
        || ["all", "lower"].into_iter().chain(stapc_passes::PASSES.iter().map(|pass| pass.name));
    match pass {
        Some(pass) if !known().any(|name| name == pass) => bail!(
            "--print-after={pass}: no such pass; there are {}",
            known().collect::<Vec<_>>().join(", ")
        ),
        _ => Ok(()),
    }
}

fn form(options: &CompileOptions, pipeline: &mut Pipeline<'_>) -> Result<Vec<u8>> {
    let text = match options.emit {
        Emit::Tokens => pipeline.tokens()?,
        Emit::Ast => {
            let tree = pipeline.syntax()?;
            stapc_syntax::print(&tree, &tree.items)
        }
        Emit::Hir => stapc_sema::dump(&pipeline.typed()?),
        Emit::Lowered => ir(&pipeline.unoptimised()?, options.format)?,
        Emit::Ir => {
            let wanted = options.print_after.as_deref();
            let module = pipeline.ir(|pass, module| print_after(wanted, pass, module))?;
            ir(module.module(), options.format)?
        }
        Emit::Cfg => {
            let wanted = options.print_after.as_deref();
            let module = pipeline.ir(|pass, module| print_after(wanted, pass, module))?;
            dot::dot(&view::graphs(module.module()))
        }
        Emit::C => {
            let text = pipeline.c()?;
            text + pipeline.embedded().unwrap_or_default()
        }
        Emit::Html => return Ok(page(pipeline)?.into_bytes()),
        Emit::Ko => return Ok(pipeline.module()?.bytes),
    };
    Ok(bytes::encode(&text).into_owned())
}

/// The page that shows a compilation.
fn page(pipeline: &mut Pipeline<'_>) -> Result<String> {
    let program = pipeline.typed()?;
    let mut passes = Vec::new();
    let c = pipeline.emitted(&program, |pass, module| {
        let (text, graphs) = (stapc_ir::print(module), view::graphs(module));
        passes.push(Behind { pass, text, graphs });
    })?;
    let sources = pipeline.sources();
    let files: Vec<(String, String)> = stapc_lower::files(sources)
        .into_iter()
        .map(|file| (sources.name(file).to_owned(), sources.text(file).to_owned()))
        .collect();
    let title = files.first().map_or("", |(name, _)| name);
    Ok(html::page(&Page { title, files: &files, passes: &passes, c: &c }))
}

/// A module in one of its forms.
///
/// # Errors
/// When it has none as JSON.
pub fn ir(module: &Module, format: Format) -> Result<String> {
    Ok(match format {
        Format::Text => stapc_ir::print(module),
        Format::Json => serde_json::to_string_pretty(&stapc_ir::to_json(module))? + "\n",
    })
}

/// Prints the module to the standard error if it is to be printed behind this pass.
pub fn print_after(wanted: Option<&str>, pass: &str, module: &Module) {
    if wanted.is_some_and(|wanted| wanted == "all" || wanted == pass) {
        eprintln!("; after {pass}\n{}", stapc_ir::print(module));
    }
}

/// Writes to a file, whole or not at all, or else to the standard output.
///
/// # Errors
/// When that fails, unless whoever reads it has seen enough.
pub fn write(output: Option<&Path>, bytes: &[u8]) -> Result<()> {
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
