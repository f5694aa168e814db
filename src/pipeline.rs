//! The compiler's stages in a row: syntax, sema, lowering, passes, backend, build.

use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use stapc_backend_api::{Artifact, Backend as _, Context};
use stapc_diagnostics::FileId;
use stapc_ir::{Limits, Module, Verified};
use stapc_kmod::Kmod;
use stapc_sema::hir;

use crate::{
    build::{self, Runtime},
    cache::Cache,
    cli::Input,
    kernel::Kernel,
    knowledge::Knowledge,
    report,
    script::Script,
    timing::Timings,
};

/// A compilation under way.
pub struct Pipeline<'a> {
    input: &'a Input,
    script: &'a Script,
    cache: &'a Cache,
    knowledge: Knowledge<'a>,
    /// How long each stage took.
    pub timings: Timings,
}

/// What `-D` sets.
#[derive(Debug, Clone, Copy)]
struct Defines {
    limits: Limits,
    map_entries: u32,
}

impl<'a> Pipeline<'a> {
    /// A compilation of a script for the kernel that the command line names.
    pub fn new(input: &'a Input, script: &'a Script, cache: &'a Cache) -> Self {
        let knowledge = Knowledge::new(input, cache);
        Self { input, script, cache, knowledge, timings: Timings::default() }
    }

    /// The kernel that the script is compiled for.
    ///
    /// # Errors
    /// When there is none.
    pub fn kernel(&self) -> Result<&Kernel> {
        self.knowledge.kernel()
    }

    /// The syntax tree, after its errors have been shown.
    ///
    /// # Errors
    /// When there were any.
    pub fn syntax(&mut self) -> Result<stapc_syntax::ast::File> {
        let script = self.script;
        let (file, diagnostics) =
            self.timings.phase("syntax", || stapc_syntax::parse(script.file, script.text()));
        report::diagnostics(&script.sources, &diagnostics)?;
        Ok(file)
    }

    /// The typed program.
    ///
    /// # Errors
    /// When the script is wrong, which has been shown.
    pub fn typed(&mut self) -> Result<hir::Program> {
        let file = self.syntax()?;
        let options = stapc_sema::Options { map_entries: self.defines()?.map_entries };
        let knowledge = &self.knowledge;
        let (program, diagnostics) =
            self.timings.phase("sema", || stapc_sema::analyze(&file, knowledge, options));
        if let Some(error) = self.knowledge.failure() {
            return Err(error);
        }
        report::diagnostics(&self.script.sources, &diagnostics)?;
        Ok(program)
    }

    /// The IR, through all passes; `observe` is told of each.
    ///
    /// # Errors
    /// When the script is wrong, which has been shown, or a pass is.
    pub fn ir(&mut self, mut observe: impl FnMut(&'static str, &Module)) -> Result<Verified> {
        let program = self.typed()?;
        let limits = self.defines()?.limits;
        let sources = &self.script.sources;
        let module = self.timings.phase("lower", || stapc_lower::lower(&program, sources, limits));
        let mut start = Instant::now();
        let timings = &mut self.timings;
        let result = stapc_passes::run(module, self.input.optimise, |pass, module| {
            timings.add(&format!("pass {pass}"), start.elapsed());
            observe(pass, module);
            start = Instant::now();
        });
        result.map_err(|error| {
            anyhow!("{error}\nthis is a bug in stapc; please report it with the script")
        })
    }

    /// The C of the module.
    ///
    /// # Errors
    /// As for the IR, and when the backend cannot do what it says.
    pub fn c(&mut self) -> Result<String> {
        let module = self.ir(|_, _| {})?;
        let sources = &self.script.sources;
        let line = |file: u32, line: u32| Some(sources.line(FileId(file), line).to_owned());
        let context = Context { source_line: &line };
        let Artifact::C(text) = self.timings.phase("emit", || Kmod.emit(&module, &context))?;
        Ok(text)
    }

    /// The loadable module.
    ///
    /// # Errors
    /// As for the C, and when the kernel's build tree is missing or refuses it.
    pub fn module(&mut self) -> Result<build::Module> {
        let text = self.c()?;
        let kernel = self.knowledge.kernel()?;
        let cache = self.cache;
        let runtime = self.timings.phase("runtime", || Runtime::for_kernel(kernel, cache))?;
        build::build(&text, &runtime, kernel, &mut self.timings)
    }

    /// The limits that the command line sets.
    fn defines(&self) -> Result<Defines> {
        let mut defines = Defines {
            limits: Limits::default(),
            map_entries: stapc_sema::Options::default().map_entries,
        };
        for define in &self.input.define {
            let Some((name, value)) = define.split_once('=') else {
                bail!("-D {define}: expected NAME=VALUE");
            };
            let limits = &mut defines.limits;
            let (limit, range) = match name {
                "MAXACTION" => (&mut limits.max_action, 1..=i32::MAX as u32),
                "MAXACTION_INTERRUPTIBLE" => (&mut limits.max_action_session, 1..=i32::MAX as u32),
                "MAXNESTING" => (&mut limits.max_nesting, 1..=1000),
                "MAXSTRINGLEN" => (&mut limits.string_max, 8..=65536),
                "MAXERRORS" => (&mut limits.max_errors, 0..=u32::MAX),
                "MAXSKIPPED" => (&mut limits.max_skipped, 0..=u32::MAX),
                "MAXMAPENTRIES" => (&mut defines.map_entries, 1..=1 << 28),
                _ => bail!(
                    "-D {name}: unsupported; known are MAXACTION, MAXACTION_INTERRUPTIBLE, MAXNESTING, MAXSTRINGLEN, MAXMAPENTRIES, MAXERRORS and MAXSKIPPED"
                ),
            };
            *limit = match value.parse() {
                Ok(number) if range.contains(&number) => number,
                _ => bail!(
                    "-D {define}: expected a number from {} to {}",
                    range.start(),
                    range.end()
                ),
            };
        }
        Ok(defines)
    }
}
