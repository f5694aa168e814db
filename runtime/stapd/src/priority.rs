//! Precedence for the threads that take the output: what is traced may keep every CPU busy, and what
//! is not taken in time is lost.

use rustix::process::{getpriority_process, setpriority_process};

/// By how much a thread's niceness is lowered: its share of a busy CPU is some nine times an
/// ordinary thread's.
const PRECEDENCE: i32 = 10;

/// While it lives, this thread takes precedence.
pub struct Precedence(Option<i32>);

impl Precedence {
    /// Takes it. Not being allowed to is no failure.
    pub fn take() -> Self {
        // Linux understands the calling process as the calling thread.
        let before = getpriority_process(None).ok();
        let set = |before: &i32| setpriority_process(None, before - PRECEDENCE).is_ok();
        Self(before.filter(set))
    }
}

impl Drop for Precedence {
    fn drop(&mut self) {
        if let Some(before) = self.0 {
            let _ = setpriority_process(None, before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_given_back() {
        let before = getpriority_process(None).unwrap();
        let precedence = Precedence::take();
        let during = getpriority_process(None).unwrap();
        assert!(during == before || during == (before - PRECEDENCE).max(-20));
        drop(precedence);
        assert_eq!(getpriority_process(None).unwrap(), before);
    }
}
