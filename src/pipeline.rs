//! The compiler's stages in a row: syntax, sema, lowering, passes, backend, build.

use std::{path::PathBuf, rc::Rc};

use anyhow::{Result, anyhow};
use stapc_backend_api::{Artifact, Backend as _, Context};
use stapc_diagnostics::{Diagnostic, FileId, SourceMap};
use stapc_ir::{Module, Verified};
use stapc_kmod::Kmod;
use stapc_passes::{Plan, Statistics};
use stapc_sema::{
    hir,
    listing::{self, Detail, Listed},
};
use stapc_syntax::{Session, ast::Tree};
use stapd::SessionArgs;

use crate::{
    build::{self, Runtime},
    cache::Cache,
    cli::Input,
    defines::{self, Defines},
    environment::Environment,
    kernel::Kernel,
    knowledge::Knowledge,
    library::Library,
    programs::Taken,
    report,
    script::Script,
    timing::Timings,
    virtual_machine::Needs,
};

/// A compilation under way.
pub struct Pipeline<'a> {
    input: &'a Input,
    script: Script,
    cache: &'a Cache,
    knowledge: Rc<Knowledge<'a>>,
    library: Library<'a>,
    /// The arguments that no script uses, counted from 1; and no file of the library, behind sema.
    unused: Vec<usize>,
    /// Whether probe points and `$` variables are believed instead of looked up.
    pub assume_points: bool,
    /// How long each stage took.
    pub timings: Timings,
    /// What each pass did.
    pub statistics: Vec<Statistics>,
    /// The scripts' own C; known with the C of the module.
    embedded: Option<build::Embedded>,
    /// What a session needs beside the module; known with the IR.
    pub needs: Needs,
    taken: Taken,
}

impl<'a> Pipeline<'a> {
    /// A compilation of scripts for the kernel that the command line names.
    pub fn new(input: &'a Input, script: Script, cache: &'a Cache) -> Self {
        let knowledge = Rc::new(Knowledge::new(input, cache));
        let library = Library::new(&input.library, Rc::clone(&knowledge), cache);
        Self {
            input,
            script,
            cache,
            knowledge,
            library,
            unused: Vec::new(),
            assume_points: false,
            timings: Timings::default(),
            statistics: Vec::new(),
            embedded: None,
            needs: Needs::default(),
            taken: Taken::default(),
        }
    }

    /// Has scripts that are about the session's program (`process.…`) know it.
    ///
    /// # Errors
    /// When that is a process, and the programs are another machine's.
    pub fn aim(&self, session: &SessionArgs) -> Result<()> {
        self.knowledge.aim(session)
    }

    /// The kernel that the scripts are compiled for.
    ///
    /// # Errors
    /// When there is none.
    pub fn kernel(&self) -> Result<&Kernel> {
        self.knowledge.kernel()
    }

    /// The release of that kernel, or of the one that would be it if anything could be built for it.
    pub fn release(&self) -> String {
        self.knowledge.release()
    }

    /// The scripts, and the files of the library that have been parsed.
    pub fn sources(&self) -> &SourceMap {
        &self.script.sources
    }

    /// The scripts in [`Pipeline::sources`], the main one first.
    pub fn scripts(&self) -> &[FileId] {
        &self.script.files
    }

    /// The script library.
    pub fn library(&self) -> &Library<'a> {
        &self.library
    }

    /// The scripts' tokens as they are written, one to a line.
    ///
    /// # Errors
    /// When some are no tokens, which has been shown.
    pub fn tokens(&mut self) -> Result<String> {
        let sources = &self.script.sources;
        let mut text = String::new();
        let mut found = Vec::new();
        for &file in &self.script.files {
            let (tokens, diagnostics) = stapc_syntax::scan(file, sources.text(file), false);
            text += &stapc_syntax::dump(sources, &tokens);
            found.extend(diagnostics);
        }
        report::diagnostics(sources, found, self.input)?;
        Ok(text)
    }

    /// The syntax tree of the scripts, after its errors have been shown.
    ///
    /// # Errors
    /// When there were any.
    pub fn syntax(&mut self) -> Result<Tree> {
        let mut tree = Tree::default();
        let Script { sources, files, arguments } = &mut self.script;
        let environment = Environment {
            input: self.input,
            arguments,
            knowledge: Rc::clone(&self.knowledge),
            library: &self.library,
        };
        let (found, unused) = self.timings.phase("syntax", || {
            let mut session = Session::new(sources, &environment);
            let mut found = Vec::new();
            for &file in &*files {
                let items = tree.items.len();
                let parsed = stapc_syntax::parse(&mut session, &mut tree, file);
                if parsed.is_empty() && tree.items.len() == items {
                    found.push(empty(session.sources, file));
                }
                found.extend(parsed);
            }
            (found, session.unused_arguments())
        });
        self.unused = unused;
        report::diagnostics(sources, found, self.input)?;
        Ok(tree)
    }

    /// The typed program.
    ///
    /// # Errors
    /// When the scripts are wrong, which has been shown.
    pub fn typed(&mut self) -> Result<hir::Program> {
        let mut tree = self.syntax()?;
        self.analyzed(&mut tree)
    }

    /// The probe points that the scripts' probes are at, with what their handlers can use.
    ///
    /// # Errors
    /// When the scripts are wrong, which has been shown, or the kernel's debug information is missing.
    pub fn points(&mut self, detail: Detail) -> Result<Vec<Listed>> {
        let mut tree = self.syntax()?;
        let options = self.options()?;
        let (listed, found) = self.in_session(|session, library, knowledge| {
            listing::points(session, &mut tree, library, knowledge, &options, detail)
        });
        if let Some(error) = self.knowledge.failure() {
            return Err(error);
        }
        if listed.is_empty() {
            report::diagnostics(&self.script.sources, found, self.input)?;
        }
        Ok(listed)
    }

    /// The library's probe aliases and what they stand for.
    pub fn aliases(&mut self) -> Vec<String> {
        let mut tree = Tree::default();
        self.in_session(|session, library, _| listing::aliases(session, &mut tree, library))
    }

    /// The functions that scripts can call.
    pub fn functions(&mut self) -> Vec<String> {
        let mut tree = Tree::default();
        self.in_session(|session, library, _| listing::functions(session, &mut tree, library))
    }

    fn in_session<R>(
        &mut self,
        ask: impl FnOnce(&mut Session<'_>, &Library<'_>, &Knowledge<'_>) -> R,
    ) -> R {
        let Script { sources, arguments, .. } = &mut self.script;
        let (library, knowledge) = (&self.library, Rc::clone(&self.knowledge));
        let environment = Environment { input: self.input, arguments, knowledge, library };
        let mut session = Session::new(sources, &environment);
        self.timings.phase("sema", || ask(&mut session, library, &environment.knowledge))
    }

    /// The typed program of a syntax tree, which takes the files of the library that it needs.
    ///
    /// # Errors
    /// When it is wrong, which has been shown.
    pub fn analyzed(&mut self, tree: &mut Tree) -> Result<hir::Program> {
        let options = self.options()?;
        let ((program, mut found), unused) = self.in_session(|session, library, knowledge| {
            let result = stapc_sema::analyze(session, tree, library, knowledge, &options);
            (result, session.unused_arguments())
        });
        self.unused.retain(|number| unused.contains(number));
        if let Some(error) = self.knowledge.failure() {
            return Err(error);
        }
        found.extend(unused_arguments(&self.unused));
        found.extend(Defines::parse(&self.input.define)?.warnings(self.input.guru));
        report::diagnostics(&self.script.sources, found, self.input)?;
        Ok(program)
    }

    /// The IR, through all passes; `observe` is told of each.
    ///
    /// # Errors
    /// When the script is wrong, which has been shown, or a pass is.
    pub fn ir(&mut self, observe: impl FnMut(&'static str, &Module)) -> Result<Verified> {
        let program = self.typed()?;
        self.lowered(&program, observe)
    }

    /// The IR as lowering makes it.
    ///
    /// # Errors
    /// When the script is wrong, or asks for what is not supported, which has been shown.
    pub fn unoptimised(&mut self) -> Result<Module> {
        let program = self.typed()?;
        self.lower(&program)
    }

    fn lower(&mut self, program: &hir::Program) -> Result<Module> {
        let Defines { limits, nesting, .. } = Defines::parse(&self.input.define)?;
        let sources = &self.script.sources;
        let lowered = self.timings.phase("lower", || stapc_lower::lower(program, sources, limits));
        match lowered {
            Ok(mut module) if !nesting => {
                module.limits.max_nesting = stapc_lower::nesting(&module);
                Ok(module)
            }
            Ok(module) => Ok(module),
            Err(found) => {
                report::diagnostics(sources, found, self.input)?;
                Err(anyhow!("the script could not be lowered"))
            }
        }
    }

    /// The IR of a typed program.
    ///
    /// # Errors
    /// When it asks for what is not supported, which has been shown, or a pass is wrong.
    pub fn lowered(
        &mut self,
        program: &hir::Program,
        mut observe: impl FnMut(&'static str, &Module),
    ) -> Result<Verified> {
        let module = self.lower(program)?;
        self.needs = Needs::of(&module, self.input.root.root());
        observe("lower", &module);
        let plan = Plan::of_level(&self.input.optimise.into())?;
        let result = plan.finish(module, |step| {
            self.timings.add(&format!("pass {}", step.statistics.pass), step.statistics.time);
            self.statistics.push(step.statistics);
            observe(step.statistics.pass, step.module);
        });
        let verified = result.map_err(|error| {
            anyhow!("{error}\nthis is a bug in stapc; please report it with the script")
        })?;
        self.taken = self.knowledge.known_programs().taken(verified.module(), self.input)?;
        self.needs.programs.extend(self.taken.files.iter().map(PathBuf::from));
        Ok(verified)
    }

    /// The C of the module.
    ///
    /// # Errors
    /// As for the IR, and when the backend cannot do what it says.
    pub fn c(&mut self) -> Result<String> {
        let program = self.typed()?;
        self.emitted(&program, |_, _| {})
    }

    /// The C of a typed program; `observe` is told of each pass.
    ///
    /// # Errors
    /// As for the IR, and when the backend cannot do what it says.
    pub fn emitted(
        &mut self,
        program: &hir::Program,
        observe: impl FnMut(&'static str, &Module),
    ) -> Result<String> {
        let module = self.lowered(program, observe)?;
        let sources = &self.script.sources;
        let files = stapc_lower::files(sources);
        let line = |file: u32, line: u32| {
            files.get(file as usize).map(|&file| sources.line(file, line).to_owned())
        };
        let limits = Defines::parse(&self.input.define)?.runtime;
        let context = Context { source_line: &line, limits: &limits };
        let Artifact::C(mut text) = self.timings.phase("emit", || Kmod.emit(&module, &context))?;
        text += &build::module_info(&self.input.modinfo);
        self.embedded = stapc_kmod::embedded(module.module())
            .map(|text| build::Embedded { text, macros: self.input.define.clone() });
        Ok(text)
    }

    /// The scripts' own C as it is compiled, if there is any; known with the C of the module.
    pub fn embedded(&self) -> Option<&str> {
        self.embedded.as_ref().map(|embedded| embedded.text.as_str())
    }

    /// The loadable module.
    ///
    /// # Errors
    /// As for the C, and when the kernel's build tree is missing or refuses it.
    pub fn module(&mut self) -> Result<build::Module> {
        let text = self.c()?;
        self.built(&text)
    }

    /// The loadable module of some C.
    ///
    /// # Errors
    /// When the kernel's build tree is missing or refuses it.
    pub fn built(&mut self, text: &str) -> Result<build::Module> {
        let kernel = self.knowledge.kernel()?;
        let cache = self.cache;
        let runtime = self.timings.phase("runtime", || Runtime::for_kernel(kernel, cache))?;
        let programs = self.knowledge.known_programs();
        let tables = self
            .timings
            .phase("tables", || programs.tables(&self.taken, kernel.vmlinux.as_deref()))?;
        let parts = build::Parts { probe: text, embedded: self.embedded.as_ref(), tables: &tables };
        let built = build::build(&parts, &runtime, kernel, &mut self.timings);
        let sources = &self.script.sources;
        built.or_else(|error| match error.downcast::<build::Refused>() {
            Ok(refused) => {
                report::diagnostics(sources, report::refused(sources, &refused), self.input)?;
                Err(refused.into())
            }
            Err(other) => Err(other),
        })
    }

    fn options(&self) -> Result<stapc_sema::Options> {
        let defines = Defines::parse(&self.input.define)?;
        let mut options = stapc_sema::Options {
            assume_points: self.assume_points,
            skip_missing: self.input.skip_badvars,
            any_caller: defines.any_caller,
            initial: defines::globals(&self.input.global)?,
            ..stapc_sema::Options::default()
        };
        if let Some(entries) = defines.map_entries {
            options.map_entries = entries;
        }
        Ok(options)
    }
}

/// The error of a script without declarations.
fn empty(sources: &SourceMap, file: FileId) -> Diagnostic {
    let name = sources.name(file);
    Diagnostic::error("empty-script", format!("there is nothing in `{name}`"))
        .note("comments, macros and branches that are not taken are nothing")
        .help("begin with `probe begin { … }`")
}

/// Warnings of arguments, counted from 1, that no file of a compilation uses.
fn unused_arguments(numbers: &[usize]) -> impl Iterator<Item = Diagnostic> {
    numbers.iter().map(|number| {
        let message = format!("nothing uses the script's argument ${number}/@{number}");
        Diagnostic::warning("unused-argument", message)
    })
}
