//! Unloading what killed daemons left behind.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{Error, door::Door, live::Live};

/// A daemon that was just killed still has its files for a moment, while its end probes run.
const PATIENCE: Duration = Duration::from_millis(300);

/// What was unloaded, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cleaned {
    /// Modules that are gone.
    pub removed: Vec<String>,
    /// Modules of sessions that run, or whose files somebody else has open.
    pub in_use: Vec<String>,
}

/// Unloads every session's module that has no daemon. Sessions with one are not disturbed.
///
/// # Errors
/// As [`check`](crate::check) has them.
pub fn cleanup() -> Result<Cleaned, Error> {
    let live = Live::new()?;
    let mut removed = Vec::new();
    let end = Instant::now() + PATIENCE;
    loop {
        let cleaned = live.unload_stale()?;
        removed.extend(cleaned.removed);
        if cleaned.in_use.is_empty() || Instant::now() > end {
            return Ok(Cleaned { removed, in_use: cleaned.in_use });
        }
        thread::sleep(Duration::from_millis(50));
    }
}
