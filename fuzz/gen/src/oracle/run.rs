//! Executes programs.

use std::{borrow::Cow, cell::OnceCell, collections::BTreeSet};

use stapc_interp::{Bounds, Event, InterpError, Options, Outcome, run};
use stapc_ir::{Module, Stage, print};

use super::{
    Finding,
    compare::{Difference, difference, has_parts, readable},
};
use crate::ir::Program;

/// Steps of a program as it was lowered; behind passes there may be more.
const MOST_STEPS: u64 = 20_000;
const MOST_BEHIND: u64 = 10 * MOST_STEPS;

/// When a session ends, in nanoseconds.
const DURATION: u64 = 3_500_000;

/// What a program does as it was lowered.
#[derive(Debug)]
pub struct Reference<'p> {
    /// The program.
    pub program: &'p Program,
    outcome: Outcome,
    /// With all events on one processor.
    on_one: OnceCell<Result<Outcome, InterpError>>,
    readable: BTreeSet<String>,
}

impl<'p> Reference<'p> {
    /// Runs a program whose module is in order.
    ///
    /// # Errors
    /// When it does what the IR forbids.
    pub fn of(program: &'p Program) -> Result<Self, Box<Finding>> {
        let outcome = outcome(program, &program.module, Stage::Lowered).map_err(|error| {
            let detail = format!("{error}\n{}", print(&program.module));
            Finding::new("what is lowered does what is forbidden", detail)
        })?;
        let readable = readable(&program.module);
        Ok(Self { program, outcome, on_one: OnceCell::new(), readable })
    }

    /// Whether it takes so long that nothing can be compared.
    pub fn is_endless(&self) -> bool {
        self.outcome.gave_up
    }

    /// The module's outcome.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    fn on_one(&self) -> Result<&Outcome, InterpError> {
        let run = || outcome_on_one(self.program, &self.program.module, Stage::Lowered);
        self.on_one.get_or_init(run).as_ref().map_err(Clone::clone)
    }
}

fn options(program: &Program, stage: Stage, bounds: Bounds) -> Options {
    Options {
        bounds,
        max_steps: if stage == Stage::Lowered { MOST_STEPS } else { MOST_BEHIND },
        duration: Some(DURATION),
        target: program.target,
        tick: i64::from(program.ticks),
        ..Options::to_compare(stage, 1)
    }
}

/// What a program does with a module that was made of its own.
///
/// # Errors
/// When it does what the IR forbids.
pub fn outcome(program: &Program, module: &Module, stage: Stage) -> Result<Outcome, InterpError> {
    run(module, &program.events, &options(program, stage, Bounds::Comparable))
}

fn outcome_on_one(
    program: &Program,
    module: &Module,
    stage: Stage,
) -> Result<Outcome, InterpError> {
    let moved = |event: &Event| Event { cpu: 0, ..event.clone() };
    let events: Vec<Event> = program.events.iter().map(moved).collect();
    run(module, &events, &options(program, stage, Bounds::Comparable))
}

/// Compares what a module does that passes made of a program's.
///
/// # Errors
/// When it does what the IR forbids.
pub fn compared(
    reference: &Reference<'_>,
    module: &Module,
    stage: Stage,
) -> Result<Difference, InterpError> {
    let program = reference.program;
    // What was cut short says nothing of what would have followed.
    if reference.is_endless() {
        outcome(program, module, stage)?;
        return Ok(Difference::Excused("takes too many steps"));
    }
    let (expected, found) = if has_parts(module) {
        let found = outcome_on_one(program, module, stage)?;
        outcome(program, module, stage)?;
        (Cow::Borrowed(reference.on_one()?), found)
    } else {
        (Cow::Borrowed(&reference.outcome), outcome(program, module, stage)?)
    };
    if expected.gave_up {
        return Ok(Difference::Excused("takes too many steps"));
    }
    let before = (&program.module, &*expected);
    Ok(difference(before, (module, &found), &reference.readable))
}

/// Handlers end with the fuel that they have, or if locks are not to be had, and do nothing forbidden.
pub fn ends(program: &Program, module: &Module) -> Result<(), Box<Finding>> {
    let contended =
        |(at, event): (usize, &Event)| Event { contended: at % 2 == 0, ..event.clone() };
    let events: Vec<Event> = program.events.iter().enumerate().map(contended).collect();
    for bounds in [Bounds::Kernel, Bounds::Fuel(40)] {
        let options = Options { max_steps: 1_000_000, ..options(program, Stage::Final, bounds) };
        match run(module, &events, &options) {
            Ok(outcome) if outcome.gave_up => {
                return Err(Box::new(Finding::new("does not end", print(module))));
            }
            Ok(_) => {}
            Err(error) => {
                let detail = format!("{error}\n{}", print(module));
                return Err(Box::new(Finding::new(
                    "does what is forbidden with little fuel",
                    detail,
                )));
            }
        }
    }
    Ok(())
}
