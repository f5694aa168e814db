//! Points at no place in code: `perf.…`, `kernel.data(…)`, `procfs.…`, `netfilter.…`.

use std::slice::from_ref;

use bstr::ByteSlice as _;
use stapc_diagnostics::Diagnostic;
use stapc_ir::{Attach, Event, Every};
use stapc_syntax::ast::{self, Argument};

use super::{Absent, Found};
use crate::elaborate::points::Part;

/// Events of a counter that are one hit, if it is not said.
const EVERY: i64 = 1_000_000;

/// `perf.type(N).config(M)`, `.sample(N)` or `.hz(N)`
pub fn perf(parts: &[Part]) -> Result<Found, Absent> {
    let (mut sort, mut config, mut every) = (None, None, None);
    for part in parts {
        let name = part.name.text.as_str();
        match name {
            "process" | "counter" => {
                let what = format!("`.{name}` of `perf` probe points");
                return Ok(Found::Foreign(what, part.name.span));
            }
            "type" => once(&mut sort, natural(part)?, part)?,
            "config" => once(&mut config, number(part)?, part)?,
            "sample" => once(&mut every, Every::Events(positive(part)?), part)?,
            "hz" => once(&mut every, Every::Hertz(positive(part)?), part)?,
            _ => return Err(no_part("perf", part).into()),
        }
    }
    let (Some(sort), Some(config)) = (sort, config) else {
        return Err(incomplete("perf", "perf.type(1).config(0)", parts).into());
    };
    let every = every.unwrap_or(Every::Events(EVERY));
    Ok(Found::At(Attach::Event(Event::Perf { sort, config, every })))
}

/// `kernel.data("symbol").write`, `kernel.data(ADDRESS).length(N).rw`
pub fn data(part: &Part, rest: &[Part]) -> Result<Found, Absent> {
    let (symbol, offset) = match &part.argument {
        Some(Argument::String(text)) => (text.bytes.to_str_lossy().into_owned(), 0),
        Some(Argument::Number(address, _)) => (String::new(), *address),
        None => {
            return Err(incomplete(
                "kernel.data",
                "kernel.data(\"jiffies\").write",
                from_ref(part),
            )
            .into());
        }
    };
    let (mut length, mut reads) = (None, None);
    for part in rest {
        match part.name.text.as_str() {
            "length" if symbol.is_empty() => once(&mut length, positive(part)?, part)?,
            "length" => {
                let message = "`.length` needs an address, and no symbol";
                return Err(wrong(message).at(part.name.span, "").into());
            }
            "write" => once(&mut reads, false, part)?,
            "rw" => once(&mut reads, true, part)?,
            _ => return Err(no_part("kernel.data", part).into()),
        }
    }
    let Some(reads) = reads else {
        let mut all = vec![part.clone()];
        all.extend_from_slice(rest);
        return Err(incomplete("kernel.data", "kernel.data(\"jiffies\").write", &all).into());
    };
    let length = length.unwrap_or(1);
    Ok(Found::At(Attach::Event(Event::Data { symbol, offset, length, reads })))
}

fn wrong(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("probe-argument", message)
}

/// Sets what may be said once.
fn once<T>(to: &mut Option<T>, value: T, part: &Part) -> Result<(), Diagnostic> {
    match to.replace(value) {
        None => Ok(()),
        Some(_) => {
            let message = format!("`.{}` is said already", part.name.text);
            Err(Diagnostic::error("unknown-probe-point", message).at(part.name.span, "again"))
        }
    }
}

fn no_part(of: &str, part: &Part) -> Diagnostic {
    let message = format!("`{of}` has no `.{}`", part.name.text);
    Diagnostic::error("unknown-probe-point", message).at(part.name.span, "not known")
}

fn incomplete(of: &str, example: &str, parts: &[Part]) -> Diagnostic {
    let message = format!("this is no whole probe point of `{of}`");
    let diagnostic = Diagnostic::error("incomplete-probe-point", message);
    let diagnostic = match parts.last() {
        Some(last) => diagnostic.at(last.name.span, "something is missing"),
        None => diagnostic,
    };
    diagnostic.help(format!("write `{example}`"))
}

fn number(part: &Part) -> Result<i64, Diagnostic> {
    let name = &part.name.text;
    match &part.argument {
        Some(Argument::Number(number, _)) => Ok(*number),
        Some(Argument::String(ast::Text { span, .. })) => {
            Err(wrong(format!("`.{name}` takes a number")).at(*span, "a string"))
        }
        None => Err(wrong(format!("`.{name}` takes a number")).at(part.name.span, "which?")),
    }
}

fn at_least(part: &Part, least: i64) -> Result<i64, Diagnostic> {
    let number = number(part)?;
    if number >= least {
        return Ok(number);
    }
    let message = format!("`.{}({number})`", part.name.text);
    Err(wrong(message).at(part.name.span, format!("must be at least {least}")))
}

fn natural(part: &Part) -> Result<i64, Diagnostic> {
    at_least(part, 0)
}

fn positive(part: &Part) -> Result<i64, Diagnostic> {
    at_least(part, 1)
}
