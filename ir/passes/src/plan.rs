//! Passes in a row: their order is checked before they run, and what they did is told behind each.

use std::{
    fmt,
    time::{Duration, Instant},
};

use stapc_ir::{Module, Stage, Verified, VerifyError, verify};

use crate::{
    PASSES,
    pass::{Pass, by_names},
    properties::Properties,
};

/// How the passes of a level are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How much to optimise: 0 to 2.
    pub level: u8,
    /// Whether the verifier looks at the module behind each pass, and not only before and behind all.
    pub verify_each: bool,
    /// The names of passes that are left out.
    pub skip: Vec<String>,
}

impl From<u8> for Options {
    /// A whole level, verified behind each pass in builds with debug assertions.
    fn from(level: u8) -> Self {
        Self { level, verify_each: cfg!(debug_assertions), skip: Vec::new() }
    }
}

/// Passes in an order that is right.
#[derive(Debug, Clone)]
pub struct Plan {
    passes: Vec<&'static Pass>,
    start: Properties,
    verify_each: bool,
}

/// What a module is behind a pass.
#[derive(Debug)]
pub struct Step<'m> {
    /// The module.
    pub module: &'m Module,
    /// What the pass did.
    pub statistics: Statistics,
}

/// What a pass did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Its name.
    pub pass: &'static str,
    /// How many things it changed: instructions, edges, functions, by what the pass is about.
    pub changes: usize,
    /// How long it took.
    pub time: Duration,
    /// How many instructions stood in the module before it.
    pub before: usize,
    /// And behind it.
    pub after: usize,
}

impl Plan {
    /// The passes of a level, for what lowering makes.
    ///
    /// # Errors
    /// When a pass to be left out is none, or cannot be.
    pub fn of_level(options: &Options) -> Result<Self, PlanError> {
        let skip = by_names(options.skip.iter().map(String::as_str)).map_err(PlanError::Unknown)?;
        let left_out = |pass: &Pass| skip.iter().any(|skipped| skipped.name == pass.name);
        let passes = PASSES.iter().filter(|pass| pass.level <= options.level && !left_out(pass));
        let plan = Self::new(passes.collect(), Properties::NONE)?;
        let lacking = Properties::ALL.but(plan.end());
        if let Some(lacking) = lacking.each().next() {
            return Err(PlanError::Lacking("the backend", lacking));
        }
        Ok(plan.verify_each(options.verify_each))
    }

    /// Passes in the order given, for a module that has `start`; what is placed in it already must
    /// be among that.
    ///
    /// # Errors
    /// When one of them lacks what it needs, or comes too late.
    pub fn new(passes: Vec<&'static Pass>, start: Properties) -> Result<Self, PlanError> {
        check(&passes, start, Properties::NONE)?;
        Ok(Self { passes, start, verify_each: true })
    }

    /// Passes in the order given, for this module, which is in order at [`Stage::Lowered`].
    ///
    /// # Errors
    /// When one of them lacks what it needs, or comes too late.
    pub fn for_module(passes: Vec<&'static Pass>, module: &Module) -> Result<Self, PlanError> {
        let start = Properties::of(module);
        check(&passes, start, Properties::placed_in(module))?;
        Ok(Self { passes, start, verify_each: true })
    }

    /// Whether the verifier looks at the module behind each pass, and not only before and behind all.
    pub fn verify_each(mut self, verify_each: bool) -> Self {
        self.verify_each = verify_each;
        self
    }

    /// The passes.
    pub fn passes(&self) -> &[&'static Pass] {
        &self.passes
    }

    /// What a module has behind it.
    pub fn end(&self) -> Properties {
        self.passes.iter().fold(self.start, |have, pass| pass.behind(have))
    }

    /// Runs the passes, and tells `observe` of each behind it.
    ///
    /// # Errors
    /// What the verifier finds before them, behind a pass or behind all.
    pub fn run(
        &self,
        module: &mut Module,
        observe: impl FnMut(&Step<'_>),
    ) -> Result<(), PassError> {
        self.check_start(module)?;
        self.run_checked(module, observe)?;
        satisfies(module, self.end()).map_err(|errors| PassError { pass: "all passes", errors })
    }

    /// Runs the passes on a module to which they give all that a backend needs ([`Plan::of_level`]).
    ///
    /// # Errors
    /// What the verifier finds before them, behind a pass or behind all.
    pub fn finish(
        &self,
        mut module: Module,
        observe: impl FnMut(&Step<'_>),
    ) -> Result<Verified, PassError> {
        self.check_start(&module)?;
        self.run_checked(&mut module, observe)?;
        Verified::new(module).map_err(|errors| PassError { pass: "all passes", errors })
    }

    /// Whether the module is in order for the first pass.
    pub(crate) fn check_start(&self, module: &Module) -> Result<(), PassError> {
        verify(module, self.start.stage()).map_err(|errors| PassError { pass: "lower", errors })
    }

    /// Runs the passes on a module that is in order; what is behind the last is for the caller to check.
    pub(crate) fn run_checked(
        &self,
        module: &mut Module,
        mut observe: impl FnMut(&Step<'_>),
    ) -> Result<(), PassError> {
        let mut have = self.start;
        for pass in &self.passes {
            let before = size(module);
            let start = Instant::now();
            let changes = pass.apply(module);
            let time = start.elapsed();
            have = pass.behind(have);
            if self.verify_each {
                satisfies(module, have).map_err(|errors| PassError { pass: pass.name, errors })?;
            }
            let after = size(module);
            let statistics = Statistics { pass: pass.name, changes, time, before, after };
            observe(&Step { module, statistics });
        }
        Ok(())
    }
}

/// How many instructions stand in a module's functions, ends of blocks among them.
pub fn size(module: &Module) -> usize {
    let functions = module.functions.values();
    functions.map(|function| function.placed_insts().count() + function.layout.len()).sum()
}

/// Whether passes may run in this order on a module that has `have`, in which there is `placed`.
fn check(
    passes: &[&'static Pass],
    mut have: Properties,
    mut placed: Properties,
) -> Result<(), PlanError> {
    for pass in passes {
        if let Some(lacking) = pass.needs.but(have).each().next() {
            return Err(PlanError::Lacking(pass.name, lacking));
        }
        if let Some(late) = pass.refuses.both(placed).each().next() {
            return Err(PlanError::Late(pass.name, late));
        }
        have = pass.behind(have);
        placed = placed.but(pass.loses).and(pass.gives);
    }
    Ok(())
}

/// Whether a module has what passes say.
fn satisfies(module: &Module, have: Properties) -> Result<(), Vec<VerifyError>> {
    verify(module, have.stage())?;
    // The last stage asks for the order of blocks itself.
    let blocks = Properties::REACHED.and(Properties::ORDERED);
    let lacking = match have.stage() {
        Stage::Final => Properties::NONE,
        _ => have.both(blocks).but(Properties::of_blocks(module)),
    };
    if lacking.is_empty() {
        return Ok(());
    }
    let message = format!("it should have {lacking}, and has not");
    Err(vec![VerifyError::other(message, stapc_ir::print(module))])
}

/// A list of passes that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanError {
    /// There is no pass of this name.
    Unknown(crate::UnknownPass),
    /// A pass, or the backend, needs what nothing before it gives.
    Lacking(&'static str, Properties),
    /// A pass must come before something that is placed already.
    Late(&'static str, Properties),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(error) => error.fmt(f),
            Self::Lacking(pass, lacking) => {
                let giving = PASSES.iter().filter(|pass| pass.gives.has(*lacking));
                let names: Vec<&str> = giving.map(|pass| pass.name).collect();
                write!(
                    f,
                    "{pass} needs {lacking}, and no pass before it gives that; there are {}",
                    names.join(", ")
                )
            }
            Self::Late(pass, late) => {
                write!(f, "{pass} must run before there are {late}")
            }
        }
    }
}

impl std::error::Error for PlanError {}

/// A pass that left a module the verifier refuses: a defect of the compiler.
#[derive(Debug)]
pub struct PassError {
    /// The pass; `lower` for the module given.
    pub pass: &'static str,
    /// What is wrong.
    pub errors: Vec<VerifyError>,
}

impl PassError {
    /// A level of passes that is in no right order: the tests of this crate find that first.
    pub(crate) fn of_plan(error: PlanError) -> Self {
        let error = VerifyError::other(error.to_string(), "");
        Self { pass: "lower", errors: vec![error] }
    }
}

impl fmt::Display for PassError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the IR is not in order after {}", self.pass)?;
        self.errors.iter().try_for_each(|error| write!(f, "\n  {error}\n{}", error.text))
    }
}

impl std::error::Error for PassError {}
