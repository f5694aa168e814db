//! The five passes: parse, elaborate, translate, compile, run.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Error, Result};
use rustix::process::{Rlimit, setrlimit};
use stapc_diagnostics::bytes;
use stapc_sema::hir;
use stapc_syntax::ast::Tree;

use super::{dump, options::Options, resources::Meter, suppress};
use crate::{
    build::Module,
    cache::{Cache, write_atomically},
    cli::MachineOptions,
    compile::print,
    defines::Defines,
    pipeline::Pipeline,
    report,
    script::Script,
};

/// A pass that failed: what is said of it, and why, unless that has been said.
struct Failed {
    pass: u8,
    what: &'static str,
    why: Error,
}

/// A row of passes under way.
struct Passes<'a, 'p> {
    options: &'a Options,
    pipeline: Pipeline<'p>,
    /// The temporary directory, if it is one that can be seen.
    directory: Option<PathBuf>,
}

/// Goes through the passes, up to the last that is asked for; the exit status is 0, 1 for an error,
/// or the session's.
///
/// # Errors
/// When something fails that belongs to no pass.
pub fn run(options: &Options) -> Result<ExitCode> {
    for (resource, most) in &options.resources {
        let limit = Rlimit { current: Some(*most), maximum: Some(*most) };
        setrlimit(*resource, limit)
            .with_context(|| format!("cannot bound {resource:?} to {most}"))?;
    }
    let scratch = options.no_cache.then(tempfile::tempdir).transpose()?;
    let cache = scratch.as_ref().map_or_else(Cache::user, |directory| Cache::at(directory.path()));
    let directory = directory(options)?;
    let result = passes(options, &cache, directory.clone());
    if let Some(directory) = directory.filter(|_| options.keep) {
        eprintln!("Keeping temporary directory \"{}\"", directory.display());
    }
    Ok(result.unwrap_or_else(|Failed { pass, what, why }| {
        report::failure(&why);
        eprintln!("Pass {pass}: {what} failed.  [man error::pass{pass}]");
        ExitCode::FAILURE
    }))
}

/// The temporary directory, for who wants to see it: named by the user, or kept for him.
fn directory(options: &Options) -> Result<Option<PathBuf>> {
    if let Some(directory) = &options.temporary {
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot make the directory {}", directory.display()))?;
        return Ok(Some(directory.clone()));
    }
    if !options.keep {
        return Ok(None);
    }
    let made = tempfile::Builder::new().prefix("stap").tempdir();
    Ok(Some(made.context("cannot make a temporary directory")?.keep()))
}

fn passes(
    options: &Options,
    cache: &Cache,
    directory: Option<PathBuf>,
) -> Result<ExitCode, Failed> {
    let failed = |pass, what| move |why| Failed { pass, what, why };
    let meter = Meter::start();
    let script = script(options).map_err(failed(1, "parse"))?;
    let pipeline = Pipeline::new(&options.input, script, cache);
    pipeline.aim(&options.session).map_err(failed(1, "parse"))?;
    let mut passes = Passes { options, pipeline, directory };
    passes.introduce();
    let mut tree = passes.parse(&meter).map_err(failed(1, "parse"))?;
    if options.last_pass == 1 {
        return Ok(ExitCode::SUCCESS);
    }
    let program = passes.elaborate(&mut tree).map_err(failed(2, "analysis"))?;
    if options.last_pass == 2 {
        return Ok(ExitCode::SUCCESS);
    }
    let text = passes.translate(&program).map_err(failed(3, "translation"))?;
    if options.last_pass == 3 {
        return Ok(ExitCode::SUCCESS);
    }
    let module = passes.compile(&text).map_err(failed(4, "compilation"))?;
    if options.last_pass == 4 {
        return Ok(ExitCode::SUCCESS);
    }
    passes.run(module).map_err(failed(5, "run"))
}

/// The scripts, and the probe that ends the session when its time is over.
fn script(options: &Options) -> Result<Script> {
    let mut script = Script::read(&options.input)?;
    if let Some(seconds) = options.timeout.filter(|_| options.last_pass == 5) {
        let text = format!("probe timer.s({seconds}) {{ exit() }}\n");
        script.files.push(script.sources.add("<timeout>", text));
    }
    Ok(script)
}

impl Passes<'_, '_> {
    fn says(&self, pass: usize, level: u32) -> bool {
        self.options.verbosity.get(pass - 1).is_some_and(|verbosity| *verbosity >= level)
    }

    /// What is known before the first pass, for who wants to know a lot.
    fn introduce(&self) {
        if !self.says(1, 2) {
            return;
        }
        eprint!("{}", super::help::version());
        if let Some(directory) = &self.directory {
            eprintln!("Using temporary directory \"{}\"", directory.display());
        }
        let arch = crate::library::kernel_arch(std::env::consts::ARCH);
        eprintln!("Session arch: {arch} release: {}", self.pipeline.release());
        if let Ok(kernel) = self.pipeline.kernel() {
            eprintln!("Build tree: \"{}\"", kernel.build.display());
        }
        for searched in self.pipeline.library().searched() {
            eprintln!("Searched: \"{}\", found: {}", searched.folder, searched.files);
        }
    }

    fn parse(&mut self, meter: &Meter) -> Result<Tree> {
        let mut tree = self.pipeline.syntax()?;
        if self.says(1, 1) {
            let library = self.pipeline.library().files_read();
            eprintln!(
                "Pass 1: parsed user script and {library} library scripts {}",
                meter.memory_and_time()
            );
        }
        if self.options.last_pass == 1 {
            print(&bytes::encode(&dump::tree(&self.pipeline, &tree)))?;
        }
        if self.options.suppress_errors {
            suppress::handler_errors(&mut tree);
        }
        Ok(tree)
    }

    fn elaborate(&mut self, tree: &mut Tree) -> Result<hir::Program> {
        let meter = Meter::start();
        let program = self.pipeline.analyzed(tree)?;
        if self.says(2, 1) {
            let counts = dump::counts(&program, tree);
            eprintln!("Pass 2: analyzed script: {counts} {}", meter.memory_and_time());
        }
        if self.options.last_pass == 2 {
            let usual = stapc_sema::Options::default().map_entries;
            let capacity = Defines::parse(&self.options.input.define)?.map_entries.unwrap_or(usual);
            let mut text = dump::program(&program, capacity);
            if self.says(2, 1) {
                text += &stapc_sema::dump(&program);
            }
            print(&bytes::encode(&text))?;
        }
        Ok(program)
    }

    fn translate(&mut self, program: &hir::Program) -> Result<String> {
        let meter = Meter::start();
        let text = self.pipeline.emitted(program, |_, _| {})?;
        let directory = self.directory.as_ref();
        let kept =
            directory.map(|directory| directory.join(format!("{}_src.c", self.module_name())));
        if let Some(path) = &kept {
            write_atomically(path, text.as_bytes())
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        if self.says(3, 1) {
            let into = kept.map(|path| format!(" into \"{}\"", path.display())).unwrap_or_default();
            eprintln!("Pass 3: translated to C{into} {}", meter.memory_and_time());
        }
        if self.options.last_pass == 3 {
            print(text.as_bytes())?;
        }
        Ok(text)
    }

    fn compile(&mut self, text: &str) -> Result<Module> {
        let meter = Meter::start();
        let module = self.pipeline.built(text)?;
        let name = self.options.module.clone().unwrap_or_else(|| module.name.clone());
        let path = match (&self.options.module, &self.directory) {
            (Some(_), _) => Some(PathBuf::from(format!("{name}.ko"))),
            (None, Some(directory)) => Some(directory.join(format!("{name}.ko"))),
            (None, None) if self.options.last_pass == 4 => Some(kept_module(&name)?),
            (None, None) => None,
        };
        if let Some(path) = &path {
            write_atomically(path, &module.bytes)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        if self.says(4, 1) {
            eprintln!("Pass 4: compiled C into \"{name}.ko\" {}", meter.time());
        }
        if let (4, Some(path)) = (self.options.last_pass, path) {
            print(format!("{}\n", path.display()).as_bytes())?;
        }
        Ok(module)
    }

    fn run(&mut self, module: Module) -> Result<ExitCode> {
        if self.says(5, 1) {
            eprintln!("Pass 5: starting run.");
        }
        let meter = Meter::start();
        let session = super::output::session(&self.options.session);
        let needs = self.pipeline.needs.clone();
        let machine = MachineOptions { needs, ..MachineOptions::default() };
        let kernel = self.pipeline.kernel()?;
        let status = crate::run::session(kernel, module.bytes, &session, &machine)?;
        if self.says(5, 1) {
            eprintln!("Pass 5: run completed {}", meter.time());
        }
        Ok(status)
    }

    /// What the files in the temporary directory are called.
    fn module_name(&self) -> String {
        self.options.module.clone().unwrap_or_else(|| format!("stap_{}", std::process::id()))
    }
}

/// Where a module is put that nobody has named a place for: in the user's cache.
fn kept_module(name: &str) -> Result<PathBuf> {
    let path = Cache::user().path(&format!("modules/{name}.ko"));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)
            .with_context(|| format!("cannot make the directory {}", parent.display()))?;
    }
    Ok(path)
}
