//! Tracepoints, by the functions that call their probes.

use crate::info::{Function, Location, Param};

/// A tracepoint's name, behind that of its system.
pub type Traced = (Option<String>, String);

/// What the functions' names begin with that call a tracepoint's probes.
pub(crate) const TRACE_CALLER: &str = "__traceiter_";

/// The tracepoint of a function that calls its probes: the first parameter is each probe's own.
pub(crate) fn traced(name: &str, caller: Function) -> Function {
    let param = |param: Param| {
        let location = match param.location {
            Location::Register(position @ 1..=5) => Location::Register(position - 1),
            Location::Registers(first @ 1..=5, count) => Location::Registers(first - 1, count),
            _ => Location::Unavailable("it is not passed in a register".to_owned()),
        };
        Param { location, ..param }
    };
    let params = caller.params.into_iter().skip(1).map(param).collect();
    Function { name: name.to_owned(), params, returns: None, notes: Vec::new() }
}
