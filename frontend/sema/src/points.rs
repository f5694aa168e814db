//! Probe points: from what the script writes to where it is attached.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Attach;
use stapc_syntax::ast::{Argument, Component, ProbePoint};

use crate::build::{Build, Probed};

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

/// Where a point is, and what is there. `None`: nowhere, which has been reported unless the point
/// is optional.
pub fn resolve(build: &mut Build<'_>, point: &ProbePoint) -> Option<(Attach, Probed)> {
    let nothing = || Probed { function: None, at_return: false };
    let result = match point.components.as_slice() {
        [first, rest @ ..] => match (first.name.text.as_str(), rest) {
            ("begin", []) => order(first).map(|order| (Attach::Begin(order), nothing())),
            ("end", []) => order(first).map(|order| (Attach::End(order), nothing())),
            ("error", []) => order(first).map(|order| (Attach::Error(order), nothing())),
            ("never", []) => Ok((Attach::Never, nothing())),
            ("timer", [unit]) => timer(unit).map(|attach| (attach, nothing())),
            ("timer", [unit, ..]) if unit.name.text != "profile" => Err(Diagnostic::unsupported("timers with options (`.randomize`)", point.span)),
            ("kernel", [function, variants @ ..]) => return kernel(build, point, function, variants),
            _ => Err(unknown(first, point.span)),
        },
        [] => return None,
    };
    match result {
        Ok(resolved) => Some(resolved),
        Err(diagnostic) => {
            if point.optional.is_none() {
                build.report(diagnostic);
            }
            None
        }
    }
}

fn unknown(first: &Component, span: Span) -> Diagnostic {
    const LATER: [&str; 9] = ["module", "process", "syscall", "nd_syscall", "perf", "netfilter", "procfs", "oneshot", "vm"];
    if LATER.contains(&first.name.text.as_str()) || first.name.text == "timer" {
        return Diagnostic::unsupported(format!("probe points of `{}`", first.name.text), span);
    }
    Diagnostic::error("unknown-probe-point", format!("there is no probe point `{}`", first.name.text))
        .at(span, "not known")
        .suggest(&first.name.text, ["begin", "end", "error", "never", "timer", "kernel"])
}

/// The number of `begin(N)` and its kin.
fn order(component: &Component) -> Result<i64, Diagnostic> {
    match &component.argument {
        None => Ok(0),
        Some(Argument::Number(number, _)) => Ok(*number),
        Some(Argument::String(_, span)) => Err(Diagnostic::error("probe-argument", format!("`{}` takes a number", component.name.text)).at(*span, "a string")),
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
            return Err(Diagnostic::error("unknown-probe-point", format!("there is no timer in `{name}`"))
                .at(unit.name.span, "not a unit of time")
                .help("use `s`, `ms`, `us`, `ns`, `hz` or `jiffies`"));
        }
    };
    let (number, span) = match &unit.argument {
        Some(Argument::Number(number, span)) => (*number, *span),
        Some(Argument::String(_, span)) => return Err(Diagnostic::error("probe-argument", format!("`timer.{name}` takes a number")).at(*span, "a string")),
        None => return Err(Diagnostic::error("probe-argument", format!("`timer.{name}` without an interval")).at(unit.name.span, "").help(format!("write `timer.{name}(10)`"))),
    };
    let out_of_range = || Diagnostic::error("probe-argument", format!("a timer of {number} {name}")).at(span, "must be positive, and at most a year");
    let number = u64::try_from(number).ok().filter(|&number| number > 0).ok_or_else(out_of_range)?;
    let interval = match name {
        "jiffies" if number <= 1 << 40 => return Ok(Attach::TimerJiffies(number)),
        "hz" => (1_000_000_000_u64).checked_div(number).filter(|&interval| interval > 0),
        _ => number.checked_mul(scale).filter(|&interval| interval > 0 && interval <= MAX_INTERVAL),
    };
    interval.map(Attach::TimerNs).ok_or_else(out_of_range)
}

/// `kernel.function("name")` and its variants.
fn kernel(build: &mut Build<'_>, point: &ProbePoint, function: &Component, variants: &[Component]) -> Option<(Attach, Probed)> {
    let result = kernel_function(build, function, variants, point.span);
    match result {
        Ok(resolved) => Some(resolved),
        Err(diagnostic) => {
            if point.optional.is_none() {
                build.report(diagnostic);
            }
            None
        }
    }
}

fn kernel_function(build: &Build<'_>, function: &Component, variants: &[Component], whole: Span) -> Result<(Attach, Probed), Diagnostic> {
    if function.name.text != "function" {
        return Err(match function.name.text.as_str() {
            "statement" | "trace" | "mark" | "data" => Diagnostic::unsupported(format!("`kernel.{}`", function.name.text), function.name.span),
            name => Diagnostic::error("unknown-probe-point", format!("there is no probe point `kernel.{name}`")).at(function.name.span, "not known").suggest(name, ["function"]),
        });
    }
    let Some(Argument::String(name, span)) = &function.argument else {
        return Err(Diagnostic::error("probe-argument", "`kernel.function` takes the name of a function").at(function.name.span, "").help("write `kernel.function(\"vfs_read\")`"));
    };
    let at_return = match variants {
        [] => false,
        [call] if call.name.text == "call" && call.argument.is_none() => false,
        [ret] if ret.name.text == "return" && ret.argument.is_none() => true,
        [other, ..] => {
            let known = ["inline", "callee", "callees", "exported", "label", "maxactive", "return", "call"];
            return Err(if known.contains(&other.name.text.as_str()) {
                Diagnostic::unsupported(format!("`.{}` of a function", other.name.text), other.name.span)
            } else {
                Diagnostic::error("unknown-probe-point", format!("a function has no `.{}`", other.name.text)).at(other.name.span, "not known").suggest(&other.name.text, ["call", "return"])
            });
        }
    };
    if name.contains(['*', '?', '[']) {
        return Err(Diagnostic::unsupported("wildcards in names of functions", *span));
    }
    if name.contains(['@', ':', '{']) {
        return Err(Diagnostic::unsupported("places in source files (`function@file:line`)", *span));
    }
    let found = build.kernel.function(name).map_err(|error| Diagnostic::error("debuginfo", format!("`{name}` cannot be probed: {}", error.0)).at(*span, ""))?;
    let Some(found) = found else {
        let like = build.kernel.functions_like(name);
        return Err(Diagnostic::error("unknown-function", format!("the kernel has no function `{name}` that can be probed"))
            .at(*span, format!("not in the kernel's {}", build.kernel.source()))
            .suggest(name, like.iter().map(String::as_str)));
    };
    let _ = whole;
    let attach = if at_return { Attach::Return(found.name.clone()) } else { Attach::Entry(found.name.clone()) };
    Ok((attach, Probed { function: Some(found), at_return }))
}
