//! `perf.…`: what the kernel counts, as hits or for handlers to read.

use bstr::ByteSlice as _;
use stapc_debuginfo::Objects;
use stapc_diagnostics::Diagnostic;
use stapc_ir::{Attach, Event, Every};
use stapc_syntax::ast::Argument;

use super::{
    Absent, Found,
    events::{incomplete, natural, no_part, number, once, positive, text, wrong},
    programs::absent,
    text_behind,
};
use crate::elaborate::points::Part;

/// Events that are one hit, if it is not said.
const EVERY: i64 = 1_000_000;

/// The points that one of `perf` stands for; none if it is no such. Without `objects` programs are as they are written.
pub fn perf(parts: &[Part], objects: Option<&dyn Objects>) -> Option<Result<Vec<Found>, Absent>> {
    match parts {
        [first, rest @ ..] if first.name.text == "perf" && first.argument.is_none() => {
            (!rest.is_empty()).then(|| points(rest, objects))
        }
        _ => None,
    }
}

/// `.type(N).config(M)`, with `.sample(N)` or `.hz(N)`, or `.counter("name")`; and `.process("path")`, which may name
/// several programs.
fn points(parts: &[Part], objects: Option<&dyn Objects>) -> Result<Vec<Found>, Absent> {
    let (mut sort, mut config, mut every, mut name) = (None, None, None, None);
    let mut programs = None;
    for part in parts {
        match part.name.text.as_str() {
            "type" => once(&mut sort, natural(part)?, part)?,
            "config" => once(&mut config, number(part)?, part)?,
            "sample" => once(&mut every, Every::Events(positive(part)?), part)?,
            "hz" => once(&mut every, Every::Hertz(positive(part)?), part)?,
            "counter" => once(&mut name, (text(part)?, part), part)?,
            "process" => once(&mut programs, self::programs(part, objects)?, part)?,
            _ => return Err(no_part("perf", part).into()),
        }
    }
    let (Some(sort), Some(config)) = (sort, config) else {
        return Err(incomplete("perf", "perf.type(1).config(0)", parts).into());
    };
    if let (Some(_), Some((_, part))) = (every, &name) {
        let message = "a counter that is read has no hits of its own";
        let diagnostic = Diagnostic::error("probe-option", message);
        return Err(diagnostic.at(part.name.span, "and so no `.sample` and no `.hz`").into());
    }
    let found = |program: String| {
        let point = named(parts, &program);
        match &name {
            Some((name, part)) => {
                let event = Event::Counter { sort, config, number: 0, program };
                Found::Counter(event, point, (name.clone(), part.name.span))
            }
            None => {
                let every = every.unwrap_or(Every::Events(EVERY));
                Found::Named(Attach::Event(Event::Perf { sort, config, every, program }), point)
            }
        }
    };
    Ok(programs.unwrap_or_else(|| vec![String::new()]).into_iter().map(found).collect())
}

/// The point's name, with the program that is meant.
fn named(parts: &[Part], program: &str) -> String {
    let text = |part: &Part| match part.name.text.as_str() {
        "process" => format!(".process(\"{program}\")"),
        _ => text_behind(std::slice::from_ref(part)),
    };
    format!("perf{}", parts.iter().map(text).collect::<String>())
}

/// The programs whose tasks count.
fn programs(part: &Part, objects: Option<&dyn Objects>) -> Result<Vec<String>, Absent> {
    match (&part.argument, objects) {
        (Some(Argument::String(text)), None) => Ok(vec![text.bytes.to_str_lossy().into_owned()]),
        (None, None) => Ok(vec![String::new()]),
        (Some(Argument::String(text)), Some(objects)) => {
            let path = text.bytes.to_str_lossy();
            let found = objects.programs(&path);
            found.map_err(|error| absent((&path, "program"), text.span, error))
        }
        (None, Some(objects)) => {
            let command = objects.command().map(|path| vec![path]);
            command.ok_or_else(|| {
                let diagnostic =
                    wrong("`.process` without a program is that of the session's command");
                let diagnostic = diagnostic.at(part.name.span, "the session runs none");
                let help = "name the program: `.process(\"/bin/ls\")`, or give the option -c";
                diagnostic.help(help).into()
            })
        }
        (Some(Argument::Number(_, span)), _) => {
            let diagnostic = wrong("`.process` takes the path of a program here");
            Err(diagnostic.at(*span, "a number").into())
        }
    }
}
