//! Tracepoints, by the functions that call their probes.

use crate::{
    info::{Function, Location, Param, Source},
    symbols::Symbols,
};

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

/// What symbols begin with of the events that tracepoints make.
const EVENT: &str = "event_";

/// So few symbols are searched for one by one: all are read for more.
const FEW: usize = 8;

/// How many bytes the name of a system has, at most.
const LONGEST: usize = 64;

/// Names the systems that tracepoints' events say, where that is known. (A header may be called otherwise
/// than its system.)
pub(crate) fn correct_systems(source: &impl Source, symbols: &Symbols<'_>, found: &mut [Traced]) {
    let Some(systems) = Systems::of(source) else { return };
    let all = (found.len() > FEW).then(|| symbols.all_data(EVENT));
    for (system, name) in found {
        let event = match &all {
            Some(all) => all.get(name.as_str()).copied(),
            None => symbols.data(&format!("{EVENT}{name}")),
        };
        *system = event.and_then(|event| systems.system(event)).or(system.take());
    }
}

/// The names of the systems that events belong to, as the data of the kernel's file has them: an event, a
/// `struct trace_event_call`, leads to its class, and that to the name.
struct Systems<'k, K> {
    source: &'k K,
    /// Where an event has its class, and a class the name.
    class: u64,
    name: u64,
}

impl<'k, K: Source> Systems<'k, K> {
    /// None if the source does not know the types, or no data.
    fn of(source: &'k K) -> Option<Self> {
        let offset = |structure: &str, member: &str| {
            let ty = source.named(structure).ok()??;
            Some(source.member(ty, member).ok()??.offset)
        };
        let class = offset("struct trace_event_call", "class")?;
        let name = offset("struct trace_event_class", "system")?;
        Some(Self { source, class, name })
    }

    /// The system of the event at an address.
    fn system(&self, event: u64) -> Option<String> {
        let pointer = |address: u64| {
            let bytes = self.source.bytes(address)?;
            Some(u64::from_le_bytes(*bytes.first_chunk()?))
        };
        let class = pointer(event.checked_add(self.class)?)?;
        let name = pointer(class.checked_add(self.name)?)?;
        let bytes = self.source.bytes(name)?;
        let end = bytes.iter().take(LONGEST).position(|&byte| byte == 0)?;
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
        let text = bytes[..end].iter().all(is_word).then_some(&bytes[..end])?;
        String::from_utf8(text.to_vec()).ok().filter(|text| !text.is_empty())
    }
}
