//! Events that are at no place in code, as the runtime is told of them.

use stapc_ir::{Event, Every};

use crate::text::literal;

/// The event that a probe is at, in C.
pub fn event(event: &Event) -> String {
    match event {
        Event::Perf { sort, config, every, .. } => {
            let (unit, count) = match every {
                Every::Events(count) => ("EVENTS", count),
                Every::Hertz(count) => ("HERTZ", count),
                Every::Ticks(count) => ("TICKS", count),
            };
            format!(
                ".kind = STAPC_PERF, {}.perf = {{ .sort = {}u, .config = {}ull, .unit = STAPC_PERF_{unit}, .count = {}ull }}, ",
                executing(event),
                *sort as u32,
                *config as u64,
                *count as u64
            )
        }
        Event::Counter { sort, config, number, .. } => format!(
            ".kind = STAPC_COUNTER, {}.perf = {{ .sort = {}u, .config = {}ull, .count = {}ull }}, ",
            executing(event),
            *sort as u32,
            *config as u64,
            *number as u64
        ),
        Event::Data { symbol, offset, length, reads } => {
            let symbol = match symbol.as_str() {
                "" => String::new(),
                symbol => format!(".symbol = {}, ", literal(symbol.as_bytes())),
            };
            format!(
                ".kind = STAPC_DATA, {symbol}.offset = {:#x}ull, .data = {{ .length = {}u, .reads = {reads} }}, ",
                *offset as u64, *length as u32
            )
        }
        Event::File { path, written, umask, most } => format!(
            ".kind = STAPC_FILE, .file = {{ .name = {}, .written = {written}, .umask = {}u, .most = {}u }}, ",
            literal(path.as_bytes()),
            *umask as u32,
            *most as u32
        ),
        Event::Packet { family, hook, priority } => format!(
            ".kind = STAPC_PACKET, .packet = {{ .family = {}u, .hook = {}u, .priority = {} }}, ",
            *family as u32,
            *hook as u32,
            i64::from(*priority as i32)
        ),
    }
}

/// The program whose tasks count, in C.
fn executing(event: &Event) -> String {
    let program = event.program().map(|path| literal(path.as_bytes()));
    program.map_or_else(String::new, |path| format!(".executing = {path}, "))
}
