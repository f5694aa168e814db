//! What must hold of what passes make of a module: it does what the module did, however it was
//! optimised.
//!
//! For a program (a module, and what happens to it) this is checked:
//!
//! - the module is in order as it is lowered, and behind every pass;
//! - what the interpreter makes of it is the same at each level, behind each pass alone, and behind all
//!   passes but one: output, messages, globals, how the session ends ([`Difference`] says what is not
//!   compared);
//! - with little fuel, and where locks are not to be had, handlers end, and do nothing forbidden;
//! - text and JSON read back as the same module;
//! - the backend for kernel modules emits it, or says why not.
//!
//! That the interpreter refuses what a module does, and that anything panics, is a finding too.

mod compare;
mod plans;
mod reduce;
mod run;
mod source;

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use stapc_backend_api::{Artifact, Backend as _, Context};
use stapc_interp::Outcome;
use stapc_ir::{Module, Stage, Verified, print, verify};
use stapc_kmod::Kmod;
use stapc_passes::Pass;

pub use compare::{Difference, difference};
pub use reduce::reduced;
pub use run::{Reference, compared, ends, outcome};
pub use source::{Source, program};

use crate::{Random, ir::Program};

/// What does not hold of a program.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What, in a line.
    pub what: String,
    /// The pass that did it, if it is known.
    pub pass: Option<&'static str>,
    /// The passes that were run.
    pub plan: Vec<&'static Pass>,
    /// What was expected and what was found, or the module before and behind the pass.
    pub detail: String,
}

impl Finding {
    fn new(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { what: what.into(), pass: None, plan: Vec::new(), detail: detail.into() }
    }
}

/// What was done with a program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Runs that were compared with the module's as it was lowered.
    pub compared: u64,
    /// Runs that came to something else as they may.
    pub excused: u64,
    /// Programs that take too long to be compared.
    pub endless: u64,
    /// Programs that the backend refuses.
    pub refused: u64,
}

impl Report {
    /// Both.
    pub fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.excused += other.excused;
        self.endless += other.endless;
        self.refused += other.refused;
    }
}

/// Checks a program; `seed` decides which of the passes are tried alone and left out.
///
/// # Errors
/// The first thing that does not hold.
pub fn check(program: &Program, seed: u64) -> Result<Report, Box<Finding>> {
    let tried = catch_unwind(AssertUnwindSafe(|| check_all(program, seed)));
    tried.unwrap_or_else(|panic| Err(Box::new(Finding::new("panicked", text_of(&*panic)))))
}

/// What a panic said.
fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
}

fn check_all(program: &Program, seed: u64) -> Result<Report, Box<Finding>> {
    verify(&program.module, Stage::Lowered)
        .map_err(|errors| Finding::new("what is lowered is not in order", told(&errors)))?;
    reads_back(&program.module)?;
    let reference = Reference::of(program)?;
    let mut report = Report::default();
    report.endless += u64::from(reference.is_endless());
    for plan in plans::plans(&mut Random::new(seed)) {
        check_plan(program, &reference, &plan, &mut report)?;
    }
    Ok(report)
}

/// Checks what some passes make of a program.
///
/// # Errors
/// What does not hold of it.
pub fn check_plan(
    program: &Program,
    reference: &Reference<'_>,
    passes: &[&'static Pass],
    report: &mut Report,
) -> Result<(), Box<Finding>> {
    let (module, stage) = plans::apply(&program.module, passes)?;
    let found = compared(reference, &module, stage);
    match found {
        Ok(Difference::None) => report.compared += 1,
        Ok(Difference::Excused(_)) => report.excused += 1,
        Ok(Difference::Found(_)) | Err(_) => return Err(Box::new(plans::blame(reference, passes))),
    }
    if stage == Stage::Final {
        ends(program, &module).map_err(|mut finding| {
            finding.plan = passes.to_vec();
            finding
        })?;
        reads_back(&module)?;
        report.refused += u64::from(emitted(module)?.is_none());
    }
    Ok(())
}

/// The C of a module, if the backend can do it.
///
/// # Errors
/// Where it is not in order.
pub fn emitted(module: Module) -> Result<Option<String>, Box<Finding>> {
    let verified = Verified::new(module)
        .map_err(|errors| Finding::new("what passes made is not in order", told(&errors)))?;
    match Kmod.emit(&verified, &Context::NONE) {
        Ok(Artifact::C(text)) => Ok(Some(text)),
        Err(error) if error.message.is_empty() => {
            Err(Box::new(Finding::new("the backend does not say what it cannot do", "")))
        }
        Err(_) => Ok(None),
    }
}

/// The text of a module is that of a module that is the same.
fn reads_back(module: &Module) -> Result<(), Box<Finding>> {
    let text = print(module);
    let read = match stapc_ir_text::parse(&text) {
        Ok(read) => read,
        Err(errors) => {
            let detail = format!("{}\n{text}", errors[0]);
            return Err(Box::new(Finding::new("what is printed is not read", detail)));
        }
    };
    if print(&read) != text {
        return Err(Box::new(Finding::new("reads back as something else", text)));
    }
    match stapc_ir::from_json(&stapc_ir::to_json(module)) {
        Ok(read) if print(&read) == text => Ok(()),
        Ok(_) => Err(Box::new(Finding::new("JSON reads back as something else", text))),
        Err(error) => {
            let detail = format!("{error}\n{text}");
            Err(Box::new(Finding::new("JSON is not read", detail)))
        }
    }
}

fn told(errors: &[stapc_ir::VerifyError]) -> String {
    errors.iter().map(|error| format!("{error}\n{}\n", error.text)).collect()
}

/// What an outcome comes to, as one text.
fn shown(outcome: &Outcome) -> String {
    format!("{}status {}, exited {}\n", outcome.text(), outcome.status, outcome.exited)
}
