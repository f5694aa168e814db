//! `timer.…`: intervals and their units.

use stapc_diagnostics::Diagnostic;
use stapc_ir::Attach;
use stapc_syntax::ast::{self, Argument};

use super::{Absent, Found};
use crate::elaborate::points::Part;

/// The longest interval of a timer, in nanoseconds: a year.
const MAX_INTERVAL: u64 = 365 * 24 * 3600 * 1_000_000_000;

/// The timer that the parts behind `timer` say.
pub fn timer(parts: &[Part]) -> Result<Found, Absent> {
    match parts {
        [unit] if unit.name.text == "profile" => {
            Ok(Found::Foreign("`timer.profile`".to_owned(), unit.name.span))
        }
        [unit] => Ok(Found::At(interval(unit)?)),
        [unit, option, ..]
            if matches!(option.name.text.as_str(), "randomize" | "tick" | "freq") =>
        {
            let name = &option.name.text;
            if name == "randomize" {
                interval(unit)?;
            }
            Ok(Found::Foreign(format!("timers with `.{name}`"), option.name.span))
        }
        [_, option, ..] => {
            let message = format!("a timer has no `.{}`", option.name.text);
            let diagnostic = Diagnostic::error("unknown-probe-point", message);
            Err(diagnostic.at(option.name.span, "not known").into())
        }
        [] => unreachable!("the caller has seen that something follows"),
    }
}

fn interval(unit: &Part) -> Result<Attach, Diagnostic> {
    let name = unit.name.text.as_str();
    let scale = match name {
        "s" | "sec" => 1_000_000_000,
        "ms" | "msec" => 1_000_000,
        "us" | "usec" => 1000,
        "ns" | "nsec" => 1,
        "hz" | "jiffies" => 0,
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
        Some(Argument::String(ast::Text { span, .. })) => {
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
