//! What there is to probe and to call: probe points with what can be seen there, the library's aliases
//! and functions, each in the peer's form.

use std::collections::BTreeMap;

use stapc_debuginfo::{Objects, Variable};
use stapc_diagnostics::{Diagnostic, Severity, Span};
use stapc_ir::{Base, Code, ProcessEvent, Type};
use stapc_syntax::{
    Session,
    ast::{FunctionBody, ItemKind, Presence, ProbePoint, Tree},
};

use crate::{
    Options,
    elaborate::{self, Elaborated, function_of},
    hir::Site,
    infer,
    intrinsics::intrinsics,
    library::Library,
    points::{Probed, Walk},
    symbols::Symbols,
    target::{event_names, names, visible},
    unify::TypeVar,
};

/// The kinds of probe points that are of no code.
const PLAIN: [&str; 59] = [
    "begin",
    "begin(number)",
    "end",
    "end(number)",
    "error",
    "error(number)",
    "never",
    "kernel.data(number).length(number).rw",
    "kernel.data(number).length(number).write",
    "kernel.data(number).rw",
    "kernel.data(number).write",
    "kernel.data(string).rw",
    "kernel.data(string).write",
    "perf.type(number).config(number)",
    "perf.type(number).config(number).counter(string)",
    "perf.type(number).config(number).hz(number)",
    "perf.type(number).config(number).process",
    "perf.type(number).config(number).process.counter(string)",
    "perf.type(number).config(number).process(string)",
    "perf.type(number).config(number).process(string).counter(string)",
    "perf.type(number).config(number).sample(number)",
    "netfilter.hook(string).pf(string)",
    "netfilter.hook(string).pf(string).priority(string)",
    "netfilter.pf(string).hook(string)",
    "netfilter.pf(string).hook(string).priority(string)",
    "procfs.read",
    "procfs.read.maxsize(number)",
    "procfs.write",
    "procfs.umask(number).read",
    "procfs.umask(number).read.maxsize(number)",
    "procfs.umask(number).write",
    "procfs(string).read",
    "procfs(string).read.maxsize(number)",
    "procfs(string).write",
    "procfs(string).umask(number).read",
    "procfs(string).umask(number).read.maxsize(number)",
    "procfs(string).umask(number).write",
    "timer.hz(number)",
    "timer.jiffies(number)",
    "timer.jiffies(number).randomize(number)",
    "timer.ms(number)",
    "timer.ms(number).randomize(number)",
    "timer.msec(number)",
    "timer.msec(number).randomize(number)",
    "timer.ns(number)",
    "timer.ns(number).randomize(number)",
    "timer.nsec(number)",
    "timer.nsec(number).randomize(number)",
    "timer.profile",
    "timer.profile.freq.hz(number)",
    "timer.profile.tick",
    "timer.s(number)",
    "timer.s(number).randomize(number)",
    "timer.sec(number)",
    "timer.sec(number).randomize(number)",
    "timer.us(number)",
    "timer.us(number).randomize(number)",
    "timer.usec(number)",
    "timer.usec(number).randomize(number)",
];

/// Those of functions by their symbols, and of tracepoints.
const BY_NAME: [&str; 5] = [
    "kernel.trace(string)",
    "kprobe.function(string)",
    "kprobe.function(string).call",
    "kprobe.function(string).return",
    "kprobe.function(string).return.maxactive(number)",
];

/// What can stand behind the name of an object.
const OF_CODE: [&str; 12] = [
    "function(string)",
    "function(string).call",
    "function(string).callee(string)",
    "function(string).callees",
    "function(string).callees(number)",
    "function(string).exported",
    "function(string).inline",
    "function(string).label(string)",
    "function(string).return",
    "function(string).return.maxactive(number)",
    "statement(string)",
    "statement(string).nearest",
];

/// And behind that of a program or shared library.
const OF_PROGRAMS: [&str; 6] = [
    "mark(string)",
    "plt",
    "plt.return",
    "plt(string)",
    "plt(string).return",
    "provider(string).mark(string)",
];

/// The kinds of probe points that can be probed, as the peer writes them; sorted.
pub fn types() -> Vec<String> {
    let mut types: Vec<String> =
        PLAIN.iter().chain(&BY_NAME).map(|&kind| kind.to_owned()).collect();
    for object in ["kernel", "module(string)"] {
        types.extend(OF_CODE.iter().map(|kind| format!("{object}.{kind}")));
    }
    for program in ["process", "process(number)", "process(string)"] {
        for object in [program.to_owned(), format!("{program}.library(string)")] {
            let kinds = OF_CODE.iter().chain(&OF_PROGRAMS);
            types.extend(kinds.map(|kind| format!("{object}.{kind}")));
        }
        let events = ProcessEvent::ALL.map(|event| event.name().replacen("process", program, 1));
        types.extend(events);
    }
    types.sort();
    types
}

/// A probe point that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is called: the alias by which it came about, or where it is.
    pub name: String,
    /// What its handler can use, as `name:type`: what the alias gives, then what can be seen.
    pub variables: Vec<String>,
}

/// How much is listed of each point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Its name.
    Names,
    /// What can be used wherever the name is.
    Variables,
    /// Every place of the name by itself, with what can be used there.
    Places,
}

/// The points of a tree's probes, by name. Without any, what is wrong is among the diagnostics;
/// points beside others that cannot be had are left out.
pub fn points(
    session: &mut Session<'_>,
    tree: &mut Tree,
    library: &dyn Library,
    objects: &dyn Objects,
    options: &Options,
    detail: Detail,
) -> (Vec<Listed>, Vec<Diagnostic>) {
    let guru = session.environment.guru();
    let (elaborated, walks, mut diagnostics) =
        crate::resolved(session, tree, library, objects, options);
    let (tree, sources) = (&*tree, &*session.sources);
    let given =
        infer::Given { sources, tree, elaborated: &elaborated, walks: &walks, guru, wrong: true };
    let (symbols, _) = infer::infer(given);
    let mut listed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (number, walk) in walks.iter().enumerate() {
        if !is_asked_for(tree, &elaborated, walk) {
            continue;
        }
        let locals = locals(&symbols, number);
        for point in &walk.points {
            let name = walk.alias.as_ref().unwrap_or(&point.text);
            if detail == Detail::Names {
                listed.entry(name.clone()).or_default();
                continue;
            }
            let seen = seen(objects, &point.probed, point.span);
            let variables: Vec<String> = locals.iter().cloned().chain(seen).collect();
            if detail == Detail::Places {
                let code = match &point.site {
                    Site::At(attach) => attach.code(),
                    Site::Foreign(..) => None,
                };
                let place = code.map(|code| format!(" /* pc={}+{:#x} */", base(code), code.offset));
                let place = place.unwrap_or_default();
                listed.insert(name.clone() + &place, variables);
                continue;
            }
            match listed.get_mut(name) {
                // What can be used is what all places of the name have.
                Some(known) => known.retain(|variable| variables.contains(variable)),
                None => drop(listed.insert(name.clone(), variables)),
            }
        }
    }
    let listed = listed.into_iter().map(|(name, variables)| Listed { name, variables });
    diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().map(|span| (span.file, span.start)));
    (listed.collect(), diagnostics)
}

/// What the address of a place in code is counted from.
fn base(code: &Code) -> &str {
    match &code.base {
        Base::Nothing => "",
        Base::Symbol(symbol) => symbol,
        Base::Program(program) => &program.path,
    }
}

/// Whether a probe is the user's, not one of the library's own.
fn is_asked_for(tree: &Tree, elaborated: &Elaborated, walk: &Walk) -> bool {
    tree.items.get(walk.item).is_some_and(|item| elaborated.is_user(item.file))
}

/// What aliases give their probes.
fn locals(symbols: &Symbols, walk: usize) -> Vec<String> {
    let locals = symbols.probe_locals.get(walk).into_iter().flat_map(|scope| &scope.locals);
    let written = locals.filter(|local| local.assigned);
    written.map(|local| format!("{}:{}", local.name, type_name(symbols, local.ty))).collect()
}

fn type_name(symbols: &Symbols, ty: TypeVar) -> &'static str {
    name_of(symbols.types.get(ty))
}

fn name_of(ty: Option<Type>) -> &'static str {
    match ty {
        Some(Type::Str) => "string",
        Some(_) => "long",
        None => "unknown",
    }
}

/// The variables of the probed code that can be read at a point.
fn seen(objects: &dyn Objects, probed: &Probed, span: Span) -> Vec<String> {
    if let Some(mark) = &probed.mark {
        return names(mark).map(|name| format!("{name}:long")).collect();
    }
    if let Some(event) = probed.happens {
        return event_names(event).iter().map(|name| format!("{name}:long")).collect();
    }
    if probed.place.is_none() && probed.function.is_none() {
        return Vec::new();
    }
    let Ok(source) = objects.open(&probed.object) else { return Vec::new() };
    let said = |variable: Variable| {
        let ty = variable.ty.and_then(|ty| source.type_name(ty).ok());
        let ty = ty.unwrap_or_else(|| "unknown".to_owned());
        variable.location.is_ok().then(|| format!("${}:{ty}", variable.name))
    };
    let (returned, variables) = visible(source, probed, span);
    returned.into_iter().chain(variables).filter_map(said).collect()
}

/// The library's aliases, as `name = points`, sorted.
pub fn aliases(session: &mut Session<'_>, tree: &mut Tree, library: &dyn Library) -> Vec<String> {
    elaborate::whole(session, tree, library);
    let text = |point: &ProbePoint| {
        let text: Vec<&str> = session.sources.slice(point.span).split_whitespace().collect();
        let text = text.join(" ");
        let end = match point.presence {
            Presence::Optional if !text.ends_with('?') => "?",
            Presence::Sufficient if !text.ends_with('!') => "!",
            _ => "",
        };
        text + end
    };
    let mut lines = Vec::new();
    for item in &tree.items {
        let ItemKind::Alias(alias) = &item.kind else { continue };
        let points: Vec<String> = alias.points.iter().map(text).collect();
        let names = alias.names.iter().map(text);
        // What begins with `_` is for the library alone.
        let public = names.filter(|name| !name.starts_with('_'));
        lines.extend(public.map(|name| format!("{name} = {}", points.join(", "))));
    }
    lines.sort();
    lines.dedup();
    lines
}

/// The functions that scripts can call, as `name:type (parameter:type, …)`, sorted.
pub fn functions(session: &mut Session<'_>, tree: &mut Tree, library: &dyn Library) -> Vec<String> {
    let guru = session.environment.guru();
    let elaborated = elaborate::whole(session, tree, library);
    let (tree, sources) = (&*tree, &*session.sources);
    let given =
        infer::Given { sources, tree, elaborated: &elaborated, walks: &[], guru, wrong: true };
    let (symbols, _) = infer::infer(given);
    let mut lines: Vec<String> = intrinsics()
        .filter(|function| !function.name.starts_with('_'))
        .map(|function| {
            let params = function.params.iter().map(|&ty| name_of(Some(ty)));
            let params: Vec<String> =
                params.zip('a'..).map(|(ty, name)| format!("{name}:{ty}")).collect();
            format!("{}:{} ({})", function.name, name_of(function.returns), params.join(", "))
        })
        .collect();
    for (&item, symbol) in elaborated.functions.iter().zip(&symbols.functions) {
        let Some(function) = function_of(tree, item) else { continue };
        if function.private || function.name.text.starts_with('_') {
            continue;
        }
        let params = function.params.iter().zip(&symbol.params);
        let params: Vec<String> = params
            .map(|(param, &ty)| format!("{}:{}", param.name.text, type_name(&symbols, ty)))
            .collect();
        let returns =
            if symbol.has_value { type_name(&symbols, symbol.returns) } else { "unknown" };
        let mut line = format!("{}:{returns} ({})", function.name.text, params.join(", "));
        if let FunctionBody::Embedded(code) = &function.body {
            for mark in ["pure", "unprivileged"] {
                let mark = format!("/* {mark} */");
                if bstr::ByteSlice::contains_str(&**code.text, &mark) {
                    line += &format!(" {mark}");
                }
            }
        }
        lines.push(line);
    }
    lines.sort();
    lines.dedup();
    lines
}
