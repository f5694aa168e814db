//! HIR to the probe IR.
//!
//! Control flow of scripts is structured, so static single assignment form needs no search: the
//! lowering carries the current value of every local (`body`), and where paths join, locals that
//! differ become parameters of the block. Locks, fuel and storage are placed later, by passes;
//! lowering only marks, by `fuel 1` with a place and a name, where loops and functions begin.
//!
//! What a program may say and nothing can run yet is refused here, each at its place.

mod attempts;
mod body;
mod conditions;
mod embedded;
mod expressions;
mod iterations;
mod memory;
mod nesting;
mod places;
mod statements;
mod told;
mod uses;

use std::collections::{BTreeMap, HashMap, HashSet};

use la_arena::{Arena, RawIdx};
use stapc_diagnostics::{Diagnostic, SourceMap};
use stapc_ir::{Attach, FuncId, Function, Global, Limits, Module, Probe};
use stapc_sema::hir::{self, FunctionBody, Program, Site};

use body::{Given, Lower};
use embedded::Called;
pub use nesting::nesting;
use places::Places;
pub use places::files;

/// Makes the module of a typed program. Functions keep their positions; handlers come behind them.
/// [`files`] says which its files are.
///
/// # Errors
/// What the program asks for and is not supported yet.
pub fn lower(
    program: &Program,
    sources: &SourceMap,
    limits: Limits,
) -> Result<Module, Vec<Diagnostic>> {
    let places = Places::of(sources);
    let given = Given { program, sources, places: &places };
    let mut found = Vec::new();
    let mut globals = Arena::new();
    let names = distinct_names(program.globals.iter().map(|global| global.name.as_str()));
    for (global, name) in program.globals.iter().zip(names) {
        globals.alloc(Global::new(name, global.kind.clone()));
    }
    let mut functions: Arena<Function> = Arena::new();
    let mut externals = embedded::declarations(given);
    let names = distinct_names(program.functions.iter().map(|function| function.name.as_str()));
    for (function, name) in program.functions.iter().zip(names) {
        functions.alloc(match &function.body {
            FunctionBody::Script(body) => Lower::function(given, name, function, body, &mut found),
            FunctionBody::Embedded(code, params) => {
                let called = Called { name: &name, code, params };
                let (made, external) = Lower::embedded(given, function, called, &mut found);
                externals.push(external);
                made
            }
        });
    }
    let mut probes = Vec::new();
    let mut conditions = BTreeMap::new();
    for (number, probe) in program.probes.iter().enumerate() {
        let condition = probe.condition.as_ref().filter(|_| can_rest(probe));
        if let Some(condition) = condition {
            conditions.entry(condition.number).or_insert(&condition.expr);
        }
        let condition = condition.map(|condition| condition.number);
        if let (Site::At(Attach::Return(code, _)), false) = (&probe.site, probe.kept.is_empty()) {
            let name = format!("probe.{number}.call");
            let handler = functions.alloc(Lower::keeper(given, name, probe, &mut found));
            let handler = FuncId::from_u32(RawIdx::into_u32(handler.into_raw()));
            let attach = Attach::Call(code.clone());
            probes.push(Probe {
                attach,
                point: probe.point.clone(),
                alias: probe.alias.clone(),
                condition,
                handler,
            });
        }
        // Scripts cannot have a function of this name.
        let handler = Lower::handler(given, format!("probe.{number}"), probe, &mut found);
        let handler = FuncId::from_u32(RawIdx::into_u32(functions.alloc(handler).into_raw()));
        let attach = match &probe.site {
            Site::At(attach) => attach.clone(),
            Site::Foreign(what, span) => {
                found.push(Diagnostic::unsupported(what, *span));
                Attach::Never
            }
        };
        probes.push(Probe {
            attach,
            point: probe.point.clone(),
            alias: probe.alias.clone(),
            condition,
            handler,
        });
    }
    for (number, expr) in conditions {
        let function = Lower::arming(given, format!("condition.{number}"), expr, &mut found);
        let handler = FuncId::from_u32(RawIdx::into_u32(functions.alloc(function).into_raw()));
        probes.push(Probe::new(Attach::Condition(number), "if", handler));
    }
    if !found.is_empty() {
        return Err(distinct(found));
    }
    let files = places.files().map(|file| sources.name(file).to_owned()).collect();
    externals.extend(embedded::inside(given, &functions));
    Ok(Module { files, limits, globals, functions, probes, externals })
}

/// Whether a probe can be disarmed while its condition does not hold.
fn can_rest(probe: &hir::Probe) -> bool {
    matches!(&probe.site, Site::At(attach) if attach.can_rest())
}

/// Names of which each stands once: overloads have one name in the script, and so may private
/// declarations of several files.
fn distinct_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let given: HashSet<&str> = names.clone().collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let distinct = |name: &'a str| {
        let count = counts.entry(name).or_default();
        *count += 1;
        // A backend may write the dot as a `_`.
        while *count > 1 && given.contains(format!("{name}_{count}").as_str()) {
            *count += 1;
        }
        if *count == 1 { name.to_owned() } else { format!("{name}.{count}") }
    };
    names.map(distinct).collect()
}

/// Each finding once, by its place: a function of several probes is lowered once, but what an alias
/// says is lowered for each of them.
fn distinct(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let place = |diagnostic: &Diagnostic| diagnostic.span().map(|span| (span.file, span.start));
    found.sort_by_key(place);
    let mut kept: Vec<Diagnostic> = Vec::new();
    for diagnostic in found {
        let same = kept.iter().rev().take_while(|other| place(other) == place(&diagnostic));
        if !same.clone().any(|other| *other == diagnostic) {
            kept.push(diagnostic);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_in_c_too() {
        let names = distinct_names(["a", "a", "a_2", "b", "a", "b"].into_iter());
        assert_eq!(names, ["a", "a.3", "a_2", "b", "a.4", "b.2"]);
    }
}
