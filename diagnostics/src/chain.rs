//! The uses by which the text of a place came about.

use crate::{Expansion, SourceMap, Span};

/// Of a longer chain, so many uses at each end are shown.
pub const SHOWN: usize = 4;

/// The uses that are worth showing, the innermost one first, and how many are left out behind the
/// first half of them.
pub fn steps(sources: &SourceMap, span: Span) -> (Vec<&Expansion>, usize) {
    let mut uses: Vec<&Expansion> = sources.expansions(span.file).collect();
    let left_out = uses.len().saturating_sub(2 * SHOWN);
    if left_out > 0 {
        uses.drain(SHOWN..SHOWN + left_out);
    }
    (uses, left_out)
}
