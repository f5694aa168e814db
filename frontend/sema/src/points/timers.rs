//! `timer.…`: intervals and their units.

use stapc_diagnostics::Diagnostic;
use stapc_ir::{Attach, Event, Every};
use stapc_syntax::ast::{self, Argument};

use super::{Absent, Found};
use crate::elaborate::points::Part;

/// The longest interval of a timer, in nanoseconds: a year.
const MAX_INTERVAL: u64 = 365 * 24 * 3600 * 1_000_000_000;

/// The timer that the parts behind `timer` say.
pub fn timer(parts: &[Part]) -> Result<Found, Absent> {
    match parts {
        [profile, rest @ ..] if profile.name.text == "profile" && profile.argument.is_none() => {
            Ok(Found::At(profiling(rest)?))
        }
        [unit] => Ok(Found::At(interval(unit, None)?)),
        [unit, spread] if spread.name.text == "randomize" => {
            Ok(Found::At(interval(unit, Some(spread))?))
        }
        [_, _, option] | [_, option, ..] => {
            let message = format!("a timer has no `.{}`", option.name.text);
            let diagnostic = Diagnostic::error("unknown-probe-point", message);
            Err(diagnostic.at(option.name.span, "not known").into())
        }
        [] => unreachable!("the caller has seen that something follows"),
    }
}

/// What comes on each processor, at each tick of the kernel or so many times in a second: the software
/// event of the processor's clock, which is the first of the second type.
fn profiling(parts: &[Part]) -> Result<Attach, Diagnostic> {
    let names: Vec<&str> = parts.iter().map(|part| part.name.text.as_str()).collect();
    let every = match (names.as_slice(), parts) {
        ([] | ["tick"], _) => Every::Ticks(1),
        (["freq", "hz"], [_, part]) => match &part.argument {
            Some(Argument::Number(hertz, _)) if (1..=1_000_000).contains(hertz) => {
                Every::Hertz(*hertz)
            }
            _ => {
                let message = "`timer.profile.freq.hz` takes how often in a second";
                let diagnostic = Diagnostic::error("probe-argument", message);
                return Err(diagnostic.at(part.name.span, "must be from 1 to 1000000"));
            }
        },
        (_, parts) => {
            let message = "`timer.profile` has only `.tick` and `.freq.hz(number)`";
            let diagnostic = Diagnostic::error("unknown-probe-point", message);
            return Err(match parts.first() {
                Some(part) => diagnostic.at(part.name.span, "not known"),
                None => diagnostic,
            });
        }
    };
    Ok(Attach::Event(Event::Perf { sort: 1, config: 0, every, program: String::new() }))
}

/// An interval, and by how much it varies at most.
fn interval(unit: &Part, spread: Option<&Part>) -> Result<Attach, Diagnostic> {
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
    let spread = match spread {
        None => 0,
        Some(part) if name == "hz" => {
            let diagnostic = wrong("a timer in `hz` cannot vary".to_owned());
            return Err(diagnostic.at(part.name.span, "").help("say how long it takes"));
        }
        Some(part) => match (&part.argument, &unit.argument) {
            (Some(Argument::Number(spread, _)), Some(Argument::Number(number, _)))
                if *spread >= 0 && spread < number =>
            {
                u64::try_from(*spread).unwrap_or_default()
            }
            _ => {
                let diagnostic = wrong("how much the interval varies".to_owned());
                return Err(diagnostic
                    .at(part.name.span, "takes a number from 0 to less than the interval"));
            }
        },
    };
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
        "jiffies" if number <= 1 << 40 => {
            return Ok(Attach::TimerJiffies(number, spread));
        }
        "hz" => (1_000_000_000_u64).checked_div(number).filter(|&interval| interval > 0),
        _ => number.checked_mul(scale).filter(|&interval| interval > 0 && interval <= MAX_INTERVAL),
    };
    let attach = |interval| Attach::TimerNs(interval, spread.saturating_mul(scale));
    interval.map(attach).ok_or_else(out_of_range)
}
