//! Which passes are tried, and which of them spoilt a program.

use std::panic::{AssertUnwindSafe, catch_unwind};

use stapc_ir::{Module, Stage, print, verify};
use stapc_passes::{Options, PASSES, Pass, Plan, Properties};

use super::{
    Finding,
    compare::Difference,
    run::{self, Reference},
    told,
};
use crate::Random;

/// Of so many passes one is tried alone with each program.
const ALONE: u64 = 4;

/// The rows of passes that a program is tried with: each level, and some of those alone, without one
/// and in any order.
pub fn plans(random: &mut Random) -> Vec<Vec<&'static Pass>> {
    let mut plans: Vec<_> = (0..=2).filter_map(|level| level_without(level, &[])).collect();
    plans.extend(PASSES.iter().filter(|_| random.below(ALONE) == 0).filter_map(alone));
    let left_out = &PASSES[random.below(PASSES.len() as u64) as usize];
    plans.extend(level_without(2, &[left_out.name]));
    plans.extend(any_order(random));
    plans
}

/// The passes of a level without some, if they can be left out.
fn level_without(level: u8, skip: &[&str]) -> Option<Vec<&'static Pass>> {
    let skip = skip.iter().map(|&name| name.to_owned()).collect();
    let options = Options { level, verify_each: true, skip };
    Plan::of_level(&options).ok().map(|plan| plan.passes().to_vec())
}

/// A pass by itself, or behind those that every module needs.
fn alone(pass: &'static Pass) -> Option<Vec<&'static Pass>> {
    let needed = PASSES.iter().take_while(|other| other.name != pass.name);
    let needed: Vec<_> = needed.filter(|other| other.level == 0).collect();
    let behind = [needed, vec![pass]].concat();
    [vec![pass], behind].into_iter().find(|passes| is_right(passes))
}

fn is_right(passes: &[&'static Pass]) -> bool {
    Plan::new(passes.to_vec(), Properties::NONE).is_ok()
}

/// A few passes in any order, then what every module needs.
fn any_order(random: &mut Random) -> Option<Vec<&'static Pass>> {
    let mut passes: Vec<&'static Pass> = Vec::new();
    for _ in 0..4 + random.below(6) {
        let pass = &PASSES[random.below(PASSES.len() as u64) as usize];
        if pass.gives.both(Properties::LOCKS.and(Properties::FUEL)).is_empty() {
            passes.push(pass);
        }
    }
    passes.extend(level_without(0, &[])?);
    // Those that come too early or too late are left out.
    let mut right: Vec<&'static Pass> = Vec::new();
    for pass in passes {
        right.push(pass);
        if !is_right(&right) {
            right.pop();
        }
    }
    Some(right)
}

/// Runs passes on a module that is in order, and the verifier behind each.
pub fn apply(module: &Module, passes: &[&'static Pass]) -> Result<(Module, Stage), Box<Finding>> {
    let mut module = module.clone();
    let mut have = Properties::NONE;
    for (at, &pass) in passes.iter().enumerate() {
        let finding = |what: &str, detail| {
            let what = format!("{} {what}", pass.name);
            Box::new(Finding { what, pass: Some(pass.name), plan: passes[..=at].to_vec(), detail })
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| pass.apply(&mut module))) {
            return Err(finding("panics", super::text_of(&*panic)));
        }
        have = pass.behind(have);
        if let Some(problem) = problem(&module, have) {
            return Err(finding("leaves a module that is not in order", problem));
        }
    }
    Ok((module, have.stage()))
}

/// What is wrong with a module that should have these properties.
fn problem(module: &Module, have: Properties) -> Option<String> {
    if let Err(errors) = verify(module, have.stage()) {
        return Some(told(&errors));
    }
    let blocks = have.both(Properties::REACHED.and(Properties::ORDERED));
    if have.stage() == Stage::Final || blocks.is_empty() {
        return None;
    }
    let lacking = blocks.but(Properties::of_blocks(module));
    (!lacking.is_empty()).then(|| format!("it should have {lacking}\n{}", print(module)))
}

/// Finds the pass behind which a program does something else.
pub fn blame(reference: &Reference<'_>, passes: &[&'static Pass]) -> Finding {
    let mut module = reference.program.module.clone();
    let mut have = Properties::NONE;
    for (at, &pass) in passes.iter().enumerate() {
        let before = print(&module);
        pass.apply(&mut module);
        have = pass.behind(have);
        let difference = match run::compared(reference, &module, have.stage()) {
            Ok(Difference::Found(difference)) => difference,
            Ok(_) => continue,
            Err(error) => error.to_string(),
        };
        let behind = print(&module);
        return Finding {
            what: format!("{} changes what a program does", pass.name),
            pass: Some(pass.name),
            plan: passes[..=at].to_vec(),
            detail: format!("{difference}\n--- before\n{before}\n--- behind\n{behind}"),
        };
    }
    Finding { plan: passes.to_vec(), ..Finding::new("passes change what a program does", "") }
}
