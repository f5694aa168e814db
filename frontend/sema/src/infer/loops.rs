//! What bodies do to globals: a loop must not change the array that it goes over, neither itself
//! nor by a function that it calls.

use std::collections::HashSet;

use stapc_diagnostics::{Diagnostic, Span};

use super::Infer;

/// What a body does to globals, in the order in which it says so.
#[derive(Default)]
pub struct Effects {
    writes: Vec<(usize, Span)>,
    calls: Vec<(usize, Span)>,
    foreachs: Vec<Foreach>,
}

/// A loop over an array, and the ranges of what its body does.
struct Foreach {
    global: usize,
    span: Span,
    writes: std::ops::Range<usize>,
    calls: std::ops::Range<usize>,
}

/// A loop that calls functions: what those do is known when all of them have been walked.
pub struct LoopWithCalls {
    global: usize,
    span: Span,
    calls: Vec<(usize, Span)>,
}

impl Effects {
    /// How many writes and calls there are so far.
    pub fn position(&self) -> (usize, usize) {
        (self.writes.len(), self.calls.len())
    }

    /// Notes a loop whose body began at `position`.
    pub fn foreach(&mut self, global: usize, span: Span, position: (usize, usize)) {
        let (writes, calls) = self.position();
        self.foreachs.push(Foreach {
            global,
            span,
            writes: position.0..writes,
            calls: position.1..calls,
        });
    }
}

impl Infer<'_> {
    /// Notes that the body being walked changes a global.
    pub(super) fn write(&mut self, global: usize, span: Span) {
        self.effects.writes.push((global, span));
        self.symbols.globals[global].written = true;
    }

    /// Notes that it calls a function.
    pub(super) fn calls(&mut self, function: usize, span: Span) {
        self.effects.calls.push((function, span));
    }

    /// Checks what a body's loops change themselves; keeps those that call something for later.
    pub(super) fn loops_of(&mut self, mut effects: Effects) -> Effects {
        for foreach in std::mem::take(&mut effects.foreachs) {
            let changed =
                effects.writes[foreach.writes].iter().find(|(global, _)| *global == foreach.global);
            if let Some(&(global, at)) = changed {
                let message =
                    format!("`{}` is changed by a loop over it", self.symbols.globals[global].name);
                let diagnostic =
                    Diagnostic::error("changed-in-loop", message).at(at, "changed here");
                self.report(diagnostic.also(foreach.span, "while this goes over it").help(ADVICE));
            } else if !foreach.calls.is_empty() {
                let calls = effects.calls[foreach.calls].to_vec();
                self.loops_with_calls.push(LoopWithCalls {
                    global: foreach.global,
                    span: foreach.span,
                    calls,
                });
            }
        }
        effects
    }

    /// Checks what loops change by the functions that they call.
    pub(super) fn check_loops(&mut self) {
        for around in std::mem::take(&mut self.loops_with_calls) {
            let mut seen = HashSet::new();
            for (function, call) in around.calls {
                let Some(at) = self.changes(function, around.global, &mut seen) else { continue };
                let (name, array) = (
                    &self.symbols.functions[function].name,
                    &self.symbols.globals[around.global].name,
                );
                let message = format!("`{array}` is changed by a loop over it");
                let diagnostic = Diagnostic::error("changed-in-loop", message)
                    .at(call, format!("`{name}` changes it"));
                let diagnostic = diagnostic
                    .also(around.span, "while this goes over it")
                    .also(at, "changed here");
                self.report(diagnostic.help(ADVICE));
                break;
            }
        }
    }

    /// Where a function, or one that it calls, changes a global.
    fn changes(&self, function: usize, global: usize, seen: &mut HashSet<usize>) -> Option<Span> {
        let mut open = vec![function];
        while let Some(function) = open.pop() {
            if !seen.insert(function) {
                continue;
            }
            let effects = &self.function_effects[function];
            if let Some(&(_, at)) = effects.writes.iter().find(|(written, _)| *written == global) {
                return Some(at);
            }
            open.extend(effects.calls.iter().map(|(callee, _)| *callee));
        }
        None
    }
}

const ADVICE: &str = "note the keys in another array, and change this one behind the loop";
