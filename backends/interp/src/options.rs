//! How a module is interpreted, and what came of it.

use std::collections::BTreeMap;

use bstr::BString;
use stapc_ir::{OPCODES, Opcode, Stage};

/// How a module is interpreted.
#[derive(Debug, Clone)]
pub struct Options {
    /// How far the module has come. From [`Stage::Placed`] on shared globals must be locked where they
    /// are used; at [`Stage::Final`] strings lie in their slots, or in the global that they were
    /// borrowed from.
    pub stage: Stage,
    /// What bounds handlers.
    pub bounds: Bounds,
    /// Steps after which all is given up: instructions and ends of blocks.
    pub max_steps: u64,
    /// What made-up context and memory are made of.
    pub seed: u64,
    /// Whether context and memory that no event gives are made up, instead of those of an idle process
    /// and of no memory at all.
    pub made_up: bool,
    /// Processors that there are at least; [`crate::run_each`] runs handlers on these, one after the
    /// other. Timers and the session's own probes are on the first.
    pub cpus: u32,
    /// The first moment, in nanoseconds since 1970.
    pub epoch: i64,
    /// Nanoseconds that pass each time a handler asks for the time. With none the time stands still in
    /// a handler, so that it is the same before and behind passes.
    pub tick: i64,
    /// Ticks of the kernel in a second, for timers that count them.
    pub hz: u64,
    /// Nanoseconds after which the session ends, if nothing ends it before.
    pub duration: Option<u64>,
    /// The process that the session is about.
    pub target: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stage: Stage::Lowered,
            bounds: Bounds::Kernel,
            max_steps: 100_000_000,
            seed: 0,
            made_up: false,
            cpus: 1,
            epoch: 1_700_000_000_000_000_000,
            tick: 0,
            hz: 250,
            duration: None,
            target: 0,
        }
    }
}

impl Options {
    /// To compare a module with what passes make of it: context and memory are made up, and nothing
    /// counts that passes may change.
    pub fn to_compare(stage: Stage, seed: u64) -> Self {
        Self { stage, seed, made_up: true, bounds: Bounds::Comparable, ..Self::default() }
    }
}

/// What bounds handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounds {
    /// The module's limits, as in the kernel.
    Kernel,
    /// No fuel is spent, only calls of functions that are running already count as nesting, and where
    /// that is too deep all is given up: so that neither placing fuel nor inlining nor making loops of
    /// calls makes a difference.
    Comparable,
    /// As [`Bounds::Comparable`], but what nests too deep faults: no loops are made of calls.
    Nesting,
    /// As [`Bounds::Comparable`], but with so much fuel for each handler.
    Fuel(i64),
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What handlers printed.
    pub output: BString,
    /// Warnings and errors, as the tool shows them.
    pub messages: Vec<Message>,
    /// Each global and what it was at the end: a number, a quoted string, an aggregate's figures, or a
    /// line for each element of a map, sorted by its keys.
    pub globals: BTreeMap<String, String>,
    /// The session's exit status: 1 if errors ended it.
    pub status: i32,
    /// Whether [`Options::max_steps`] ran out; then the rest says how far it came.
    pub gave_up: bool,
    /// Whether a handler asked for the end.
    pub exited: bool,
    /// Times that a probed event happened; `begin`, `end` and `error` do not count.
    pub hits: u64,
    /// Hits whose handler ran.
    pub handled: u64,
    /// Hits that could not have a lock.
    pub skipped: u64,
    /// Handlers that a fault ended.
    pub errors: u64,
    /// Instructions and ends of blocks that were executed.
    pub steps: u64,
    /// What the handlers did.
    pub effects: Counts,
    /// How often each kind of fault happened (`division`, `full map`, `nesting`, …), if it did.
    pub fault_kinds: BTreeMap<&'static str, u64>,
    /// How often each opcode was executed, in the order of the table.
    pub per_opcode: Vec<u64>,
}

impl Outcome {
    /// Opcodes that were executed, and how often.
    pub fn executed(&self) -> impl Iterator<Item = (Opcode, u64)> {
        let counted = OPCODES.iter().zip(&self.per_opcode);
        counted.filter(|(_, count)| **count > 0).map(|(info, count)| (info.opcode, *count))
    }

    /// Output and messages in their order, then globals, as one text: what two runs are compared by.
    pub fn text(&self) -> String {
        let mut text = BString::default();
        let mut written = 0;
        for Message { after, line } in &self.messages {
            text.extend(&self.output[written..*after]);
            text.extend(&**line);
            text.push(b'\n');
            written = *after;
        }
        text.extend(&self.output[written..]);
        let globals = self.globals.iter().map(|(name, value)| format!("{name} = {value}\n"));
        text.to_string() + &globals.collect::<String>()
    }
}

/// A line for whoever runs a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Bytes of output before it.
    pub after: usize,
    /// The line, without its end.
    pub line: BString,
}

/// What handlers did beside computing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Blocks that came to their end.
    pub block_ends: u64,
    /// Locks taken, each global's for itself.
    pub locks: u64,
    /// Searches of maps for keys.
    pub lookups: u64,
    /// Reads of globals and elements.
    pub reads: u64,
    /// Writes of globals and elements.
    pub writes: u64,
    /// Pieces of output.
    pub outputs: u64,
    /// Faults, those that were caught included.
    pub faults: u64,
    /// Calls of functions.
    pub calls: u64,
    /// Iterations begun.
    pub iterations: u64,
    /// Strings copied to storage.
    pub string_copies: u64,
    /// Reads of memory.
    pub loads: u64,
    /// Writes of memory.
    pub stores: u64,
    /// Fuel charged.
    pub fuel: u64,
}

impl Counts {
    /// Each count and what it is called.
    pub fn named(&self) -> [(&'static str, u64); 13] {
        [
            ("ends of blocks", self.block_ends),
            ("locks taken", self.locks),
            ("searches of maps", self.lookups),
            ("reads of globals", self.reads),
            ("writes of globals", self.writes),
            ("pieces of output", self.outputs),
            ("faults", self.faults),
            ("calls", self.calls),
            ("iterations", self.iterations),
            ("strings copied", self.string_copies),
            ("reads of memory", self.loads),
            ("writes of memory", self.stores),
            ("fuel", self.fuel),
        ]
    }
}
