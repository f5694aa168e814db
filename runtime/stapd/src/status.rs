//! A session's counts, as its status file says them.

/// What a session counted. `hits = handled + skipped_reentry + skipped_lock + skipped_stack +
/// skipped_missed`, exactly once it has stopped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Status {
    /// What the session's exit status should be.
    pub exit_code: u64,
    /// Handlers abandoned by an error.
    pub errors: u64,
    /// Times that a probed event happened.
    pub hits: u64,
    /// Hits whose handler ran.
    pub handled: u64,
    /// Hits inside of another handler on the same CPU.
    pub skipped_reentry: u64,
    /// Hits that could not have a global's lock in time.
    pub skipped_lock: u64,
    /// Hits that found too little of the kernel's stack left.
    pub skipped_stack: u64,
    /// Hits that the kernel did not pass on.
    pub skipped_missed: u64,
    /// Records of output for which a CPU's buffer had no room.
    pub lost_records: u64,
    /// The bytes in them.
    pub lost_bytes: u64,
}

impl Status {
    /// Reads lines of `key value`; keys that are not known are passed over, absent ones are 0.
    pub fn parse(text: &str) -> Self {
        let value = |key: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
            value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
        };
        Self {
            exit_code: value("exit_code"),
            errors: value("errors"),
            hits: value("hits"),
            handled: value("handled"),
            skipped_reentry: value("skipped_reentry"),
            skipped_lock: value("skipped_lock"),
            skipped_stack: value("skipped_stack"),
            skipped_missed: value("skipped_missed"),
            lost_records: value("lost_records"),
            lost_bytes: value("lost_bytes"),
        }
    }

    /// Hits without a handler's run, for whatever reason.
    pub fn skipped(&self) -> u64 {
        self.skipped_reentry + self.skipped_lock + self.skipped_stack + self.skipped_missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_in_any_order() {
        let text = "state stopped\nhits 12\nhandled 9\nlost_records 3\nskipped_lock 1\nskipped_stack 1\nskipped_missed 1\nnew_key 5\nerrors x\n";
        let status = Status::parse(text);
        assert_eq!((status.hits, status.handled, status.skipped()), (12, 9, 3));
        assert_eq!((status.lost_records, status.errors), (3, 0));
    }
}
