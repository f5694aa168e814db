//! Probe points: from what the script writes to where it is attached.

use stapc_debuginfo::{Function, KernelInfo};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Attach;
use stapc_syntax::ast::{Argument, Component, File, Item, Probe, ProbePoint};

use crate::infer::MAX_FINDINGS;

/// The longest interval of a timer, in nanoseconds: a year.
const MAX_INTERVAL: u64 = 365 * 24 * 3600 * 1_000_000_000;

/// A point as the script wrote it, without what makes it optional.
pub fn text(point: &ProbePoint) -> String {
    let component = |component: &Component| match &component.argument {
        None => component.name.text.clone(),
        Some(Argument::Number(number, _)) => format!("{}({number})", component.name.text),
        Some(Argument::String(text, _)) => format!("{}(\"{text}\")", component.name.text),
    };
    point.components.iter().map(component).collect::<Vec<_>>().join(".")
}

/// A probe point that exists.
#[derive(Debug, Clone)]
pub struct Point {
    /// Where it is.
    pub attach: Attach,
    /// As the script wrote it.
    pub text: String,
    /// What is there.
    pub probed: Probed,
}

/// What a point is at.
#[derive(Debug, Clone)]
pub struct Probed {
    /// The kernel's function, if it is one.
    pub function: Option<Function>,
    /// Whether the point is where the function returns.
    pub at_return: bool,
}

/// The points of a probe.
#[derive(Debug, Clone, Default)]
pub struct Points {
    /// Those that exist.
    pub found: Vec<Point>,
    /// Whether there are others that are not supported, and may give variables that are not known.
    pub foreign: bool,
}

/// Why a point is not there.
enum Absent {
    /// There is no such thing in this kernel, which an optional point may say.
    Missing(Diagnostic),
    /// It cannot be asked for.
    Wrong(Diagnostic),
}

impl From<Diagnostic> for Absent {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Wrong(diagnostic)
    }
}

/// The points of every probe of a file, in order; what is wrong with them is reported.
pub fn resolve_all(file: &File, kernel: &dyn KernelInfo) -> (Vec<Points>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut all = Vec::new();
    for item in &file.items {
        if let Item::Probe(probe) = item {
            all.push(resolve_probe(probe, kernel, &mut diagnostics));
        }
    }
    diagnostics.truncate(MAX_FINDINGS);
    (all, diagnostics)
}

fn resolve_probe(
    probe: &Probe,
    kernel: &dyn KernelInfo,
    diagnostics: &mut Vec<Diagnostic>,
) -> Points {
    let mut points = Points::default();
    for point in &probe.points {
        match resolve(point, kernel) {
            Ok(found) => {
                let notes = found.probed.function.iter().flat_map(|function| &function.notes);
                diagnostics.extend(notes.map(|note| {
                    Diagnostic::warning("incomplete-probe", note.clone()).at(point.span, "")
                }));
                points.found.push(found);
                if point.optional == Some('!') {
                    break;
                }
            }
            Err(Absent::Missing(_)) if point.optional.is_some() => {}
            Err(Absent::Missing(diagnostic) | Absent::Wrong(diagnostic)) => {
                points.foreign = true;
                diagnostics.push(diagnostic);
            }
        }
    }
    points
}

fn resolve(point: &ProbePoint, kernel: &dyn KernelInfo) -> Result<Point, Absent> {
    let probed = || Probed { function: None, at_return: false };
    let (attach, probed) = match point.components.as_slice() {
        [first, rest @ ..] => match (first.name.text.as_str(), rest) {
            ("begin", []) => (Attach::Begin(order(first)?), probed()),
            ("end", []) => (Attach::End(order(first)?), probed()),
            ("error", []) => (Attach::Error(order(first)?), probed()),
            ("never", []) if first.argument.is_none() => (Attach::Never, probed()),
            ("timer", [unit]) => (timer(unit)?, probed()),
            ("timer", [_, option, ..]) => return Err(timer_option(option).into()),
            ("kernel", [function, variants @ ..]) => kernel_function(kernel, function, variants)?,
            _ => return Err(unknown(first, rest, point.span).into()),
        },
        [] => {
            return Err(Diagnostic::error("unknown-probe-point", "an empty probe point")
                .at(point.span, "")
                .into());
        }
    };
    Ok(Point { attach, text: text(point), probed })
}

/// Names that probe points of SystemTap begin with, those of its script library among them.
const LATER: [&str; 37] = [
    "module",
    "process",
    "syscall",
    "nd_syscall",
    "dw_syscall",
    "perf",
    "netfilter",
    "procfs",
    "oneshot",
    "vm",
    "syscall_any",
    "kprobe",
    "java",
    "python2",
    "python3",
    "scheduler",
    "signal",
    "kprocess",
    "ioblock",
    "ioblock_trace",
    "ioscheduler",
    "netdev",
    "socket",
    "tcp",
    "udp",
    "tty",
    "nfs",
    "nfsd",
    "scsi",
    "irq_handler",
    "softirq",
    "workqueue",
    "vfs",
    "generic",
    "stap",
    "sunrpc",
    "input",
];

fn unknown(first: &Component, rest: &[Component], span: Span) -> Diagnostic {
    let name = first.name.text.as_str();
    if LATER.contains(&name) || name.contains('*') || name == "{}" {
        return Diagnostic::unsupported(format!("probe points of `{name}`"), span);
    }
    if name == "timer" || name == "kernel" {
        let message = format!("`{name}` alone is no probe point");
        let help = if name == "timer" {
            "write `timer.s(1)`"
        } else {
            "write `kernel.function(\"vfs_read\")`"
        };
        return Diagnostic::error("unknown-probe-point", message)
            .at(span, "something is missing behind it")
            .help(help);
    }
    if let ("begin" | "end" | "error" | "never", Some(part)) = (name, rest.first()) {
        let message = format!("`{name}` has no `.{}`", part.name.text);
        return Diagnostic::error("unknown-probe-point", message).at(part.name.span, "not known");
    }
    if name == "never" {
        return Diagnostic::error("probe-argument", "`never` takes no argument").at(span, "");
    }
    Diagnostic::error("unknown-probe-point", format!("there is no probe point `{name}`"))
        .at(span, "not known")
        .suggest(name, ["begin", "end", "error", "never", "timer", "kernel"])
}

fn timer_option(option: &Component) -> Diagnostic {
    let name = &option.name.text;
    if name == "randomize" || name == "tick" {
        return Diagnostic::unsupported(format!("timers with `.{name}`"), option.name.span);
    }
    let message = format!("a timer has no `.{name}`");
    Diagnostic::error("unknown-probe-point", message).at(option.name.span, "not known")
}

/// The number of `begin(N)` and its kin.
fn order(component: &Component) -> Result<i64, Diagnostic> {
    match &component.argument {
        None => Ok(0),
        Some(Argument::Number(number, _)) => Ok(*number),
        Some(Argument::String(_, span)) => Err(Diagnostic::error(
            "probe-argument",
            format!("`{}` takes a number", component.name.text),
        )
        .at(*span, "a string")),
    }
}

fn timer(unit: &Component) -> Result<Attach, Diagnostic> {
    let name = unit.name.text.as_str();
    let scale = match name {
        "s" | "sec" => 1_000_000_000,
        "ms" | "msec" => 1_000_000,
        "us" | "usec" => 1000,
        "ns" | "nsec" => 1,
        "hz" | "jiffies" => 0,
        "profile" => return Err(Diagnostic::unsupported("`timer.profile`", unit.name.span)),
        _ => {
            let diagnostic =
                Diagnostic::error("unknown-probe-point", format!("there is no timer in `{name}`"));
            return Err(diagnostic
                .at(unit.name.span, "not a unit of time")
                .help("use `s`, `ms`, `us`, `ns`, `hz` or `jiffies`"));
        }
    };
    let wrong = |message: String| Diagnostic::error("probe-argument", message);
    let (number, span) = match &unit.argument {
        Some(Argument::Number(number, span)) => (*number, *span),
        Some(Argument::String(_, span)) => {
            return Err(wrong(format!("`timer.{name}` takes a number")).at(*span, "a string"));
        }
        None => {
            let diagnostic = wrong(format!("`timer.{name}` without an interval"))
                .at(unit.name.span, "how long is it?");
            return Err(diagnostic.help(format!("write `timer.{name}(10)`")));
        }
    };
    let limits = if name == "hz" {
        "must be from 1 to 1000000000"
    } else {
        "must be positive, and at most a year"
    };
    let out_of_range = || wrong(format!("a timer of {number} {name}")).at(span, limits);
    let number =
        u64::try_from(number).ok().filter(|&number| number > 0).ok_or_else(out_of_range)?;
    let interval = match name {
        "jiffies" if number <= 1 << 40 => return Ok(Attach::TimerJiffies(number)),
        "hz" => (1_000_000_000_u64).checked_div(number).filter(|&interval| interval > 0),
        _ => number.checked_mul(scale).filter(|&interval| interval > 0 && interval <= MAX_INTERVAL),
    };
    interval.map(Attach::TimerNs).ok_or_else(out_of_range)
}

/// `kernel.function("name")` and its variants.
fn kernel_function(
    kernel: &dyn KernelInfo,
    function: &Component,
    variants: &[Component],
) -> Result<(Attach, Probed), Absent> {
    let (name, span) = function_name(function)?;
    let at_return = variant(variants)?;
    if name.contains(['*', '?', '[']) {
        return Err(Diagnostic::unsupported("wildcards in names of functions", span).into());
    }
    if name.contains(['@', ':', '{']) {
        return Err(
            Diagnostic::unsupported("places in source files (`function@file:line`)", span).into()
        );
    }
    let broken = |error: stapc_debuginfo::Error| {
        let diagnostic = Diagnostic::error("debuginfo", format!("`{name}` cannot be probed"));
        Absent::Missing(diagnostic.at(span, "").note(error.0))
    };
    let Some(found) = kernel.function(name).map_err(broken)? else {
        let like = kernel.functions_like(name);
        let diagnostic = Diagnostic::error(
            "unknown-function",
            format!("the kernel has no function `{name}` that can be probed"),
        );
        let diagnostic = diagnostic.at(span, format!("not found in {}", kernel.source()));
        let mut diagnostic = diagnostic.suggest(name, like.iter().map(String::as_str));
        if diagnostic.help.is_none() && !like.is_empty() {
            let names: Vec<String> = like.iter().take(3).map(|name| format!("`{name}`")).collect();
            diagnostic = diagnostic.help(format!("similar names are {}", names.join(", ")));
        }
        return Err(Absent::Missing(diagnostic));
    };
    let attach = if at_return {
        Attach::Return(found.name.clone())
    } else {
        Attach::Entry(found.name.clone())
    };
    Ok((attach, Probed { function: Some(found), at_return }))
}

/// The name that `kernel.function` is given.
fn function_name(function: &Component) -> Result<(&str, Span), Diagnostic> {
    let (part, place) = (function.name.text.as_str(), function.name.span);
    match (part, &function.argument) {
        ("function", Some(Argument::String(name, span))) => Ok((name, *span)),
        ("function", Some(Argument::Number(_, span))) => {
            Err(Diagnostic::unsupported("functions by address", *span))
        }
        ("function", None) => {
            let diagnostic = Diagnostic::error(
                "probe-argument",
                "`kernel.function` takes the name of a function",
            );
            Err(diagnostic.at(place, "which one?").help("write `kernel.function(\"vfs_read\")`"))
        }
        ("statement" | "trace" | "mark" | "data" | "{}", _) => {
            Err(Diagnostic::unsupported(format!("`kernel.{part}`"), place))
        }
        _ => {
            let diagnostic = Diagnostic::error(
                "unknown-probe-point",
                format!("there is no probe point `kernel.{part}`"),
            );
            Err(diagnostic.at(place, "not known").suggest(part, ["function"]))
        }
    }
}

/// Whether the point is at the function's return, by what follows its name.
fn variant(variants: &[Component]) -> Result<bool, Diagnostic> {
    const LATER: [&str; 10] = [
        "inline",
        "callee",
        "callees",
        "exported",
        "label",
        "maxactive",
        "statement",
        "nearest",
        "absolute",
        "{}",
    ];
    let mut parts =
        variants.iter().map(|part| (part, part.name.text.as_str(), part.argument.is_none()));
    match (parts.next(), parts.next()) {
        (None, _) | (Some((_, "call", true)), None) => Ok(false),
        (Some((_, "return", true)), None) => Ok(true),
        (Some((_, "call" | "return", true)), Some((other, name, _)))
        | (Some((other, name, _)), _) => Err(if LATER.contains(&name) {
            Diagnostic::unsupported(format!("`.{name}` of a function"), other.name.span)
        } else if matches!(name, "call" | "return") {
            Diagnostic::error("unknown-probe-point", format!("`.{name}` cannot stand like this"))
                .at(other.name.span, "")
        } else {
            let diagnostic =
                Diagnostic::error("unknown-probe-point", format!("a function has no `.{name}`"));
            diagnostic.at(other.name.span, "not known").suggest(name, ["call", "return"])
        }),
    }
}
