//! Globals, probes, limits and names.

use std::collections::HashSet;

use super::{Rule, VerifyError, parts};
use crate::{
    external::External,
    module::{Limits, Module, Probe},
    types::{GlobalKind, Histogram, Type},
};

/// The most keys that a map may have.
const MOST_KEYS: usize = 255;

/// The most buckets that a histogram may have, but for those at its ends.
const MOST_BUCKETS: i64 = 1 << 16;

pub(super) fn check(module: &Module, errors: &mut Vec<VerifyError>) {
    let mut names = HashSet::new();
    for (_, global) in module.globals.iter() {
        if !names.insert(("@", &global.name)) {
            let message = format!("the global @{} stands twice", global.name);
            errors.push(VerifyError::of_module(Rule::Names, message));
        }
        check_global(&global.name, &global.kind, errors);
        parts::check_global(global, errors);
    }
    for (_, function) in module.functions.iter() {
        if !names.insert(("%", &function.name)) {
            let message = format!("the function %{} stands twice", function.name);
            errors.push(VerifyError::of_module(Rule::Names, message));
        }
    }
    for external in &module.externals {
        if !names.insert(("external", &external.name)) {
            let message = format!("the external {} stands twice", external.name);
            errors.push(VerifyError::of_module(Rule::Names, message));
        }
        check_external(module, external, errors);
    }
    for probe in &module.probes {
        check_probe(module, probe, errors);
    }
    check_limits(&module.limits, errors);
}

fn check_external(module: &Module, external: &External, errors: &mut Vec<VerifyError>) {
    let mut wrong = |rule, what: &str| {
        errors.push(VerifyError::of_module(rule, format!("the external {} {what}", external.name)));
    };
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names = external.params.iter().map(|(name, _)| name).chain([&external.name]);
    if !names.into_iter().all(|text| !text.is_empty() && text.chars().all(name)) {
        wrong(Rule::Names, "or a parameter of it has a name that C cannot have");
    }
    let types = external.params.iter().map(|(_, ty)| *ty).chain(external.returns);
    if !types.into_iter().all(|ty| matches!(ty, Type::I64 | Type::Str)) {
        wrong(Rule::Signature, "takes or gives something else than i64 and str");
    }
    if external.globals.iter().any(|global| global.index() >= module.globals.len()) {
        wrong(Rule::Handles, "uses a global that does not exist");
    }
    if external.location.line > 0 && external.location.file as usize >= module.files.len() {
        wrong(Rule::Place, "stands in a file that does not exist");
    }
}

fn check_probe(module: &Module, probe: &Probe, errors: &mut Vec<VerifyError>) {
    let exists = probe.handler.index() < module.functions.len();
    let (rule, message) = match exists.then(|| module.function(probe.handler)) {
        None => (Rule::Handles, format!("the handler of {} does not exist", probe.point)),
        Some(handler)
            if !handler.params().is_empty()
                || handler.returns.is_some()
                || !handler.requires.is_empty() =>
        {
            let message =
                format!("the handler %{} takes, returns or requires something", handler.name);
            (Rule::HandlerSignature, message)
        }
        Some(_) => return,
    };
    errors.push(VerifyError::of_module(rule, message));
}

fn check_limits(limits: &Limits, errors: &mut Vec<VerifyError>) {
    if !(8..=65536).contains(&limits.string_max) || !(1..=1000).contains(&limits.max_nesting) {
        errors.push(VerifyError::of_module(
            Rule::Limits,
            "limits out of bounds: string_max 8 to 65536, max_nesting 1 to 1000",
        ));
    }
}

fn check_global(name: &str, kind: &GlobalKind, errors: &mut Vec<VerifyError>) {
    if let GlobalKind::Map { keys, capacity, .. } = kind
        && (!(1..=MOST_KEYS).contains(&keys.len())
            || *capacity == 0
            || keys.iter().any(|key| !matches!(key, Type::I64 | Type::Str)))
    {
        errors.push(VerifyError::of_module(
            Rule::MapShape,
            format!("the map @{name} has no room, no keys, too many, or keys of a wrong type"),
        ));
    }
    if matches!(kind, GlobalKind::Str(text) if text.contains(&0)) {
        errors
            .push(VerifyError::of_module(Rule::TextNul, format!("@{name} has a NUL in its text")));
    }
    if let Some(Histogram::Linear { low, high, width }) = kind.histogram()
        && !(width > 0
            && high > low
            && high.checked_sub(low).is_some_and(|all| all / width <= MOST_BUCKETS))
    {
        errors.push(VerifyError::of_module(
            Rule::HistogramShape,
            format!("the histogram of @{name} has no buckets or too many"),
        ));
    }
}
