//! Iterations that are running.

use stapc_ir::{GlobalId, Value};

use crate::{machine::Machine, value::Datum};

/// A running iteration.
#[derive(Debug)]
pub struct Iteration {
    /// Which of all that were begun.
    pub serial: u32,
    pub map: GlobalId,
    /// The elements, and when each was made.
    pub elements: Vec<(u32, u64)>,
    pub at: usize,
    /// The element that it is at, and the map's stamp when it came there.
    pub current: Option<(u32, u32)>,
}

impl Machine<'_> {
    /// A fault has ended: so have the iterations inside of `innermost`, or all but the `own` of callers.
    pub fn end_iterations(&mut self, innermost: Option<Value>, own: usize) {
        let kept = match innermost.map(|value| self.value(value)) {
            Some(Ok(Datum::Iter(at, _))) => *at as usize + 1,
            _ => own,
        };
        self.iterations.truncate(kept);
    }
}
