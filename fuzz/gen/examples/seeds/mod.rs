//! Seeds, shared out to threads that each try one at a time.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Seeds that are tried one behind the other, in whatever thread is free.
pub struct Seeds {
    /// What is tried, as lines for people begin.
    name: &'static str,
    first: u64,
    count: u64,
    taken: AtomicU64,
    enough: AtomicBool,
}

impl Seeds {
    /// So many seeds from the first on.
    pub fn new(name: &'static str, first: u64, count: u64) -> Self {
        Self { name, first, count, taken: AtomicU64::new(0), enough: AtomicBool::new(false) }
    }

    /// Tries each, by so many threads, and says now and then how far it has come; how long all of it took.
    /// `attempt` gets the thread's number and the seed.
    pub fn try_all(&self, jobs: u64, attempt: impl Fn(u64, u64) + Sync) -> Duration {
        let start = Instant::now();
        let last = self.first + self.count.max(1) - 1;
        println!("{}: {} programs, seeds {} to {last}", self.name, self.count, self.first);
        thread::scope(|scope| {
            for job in 0..jobs.max(1) {
                let attempt = &attempt;
                scope.spawn(move || {
                    while let Some(seed) = self.next() {
                        attempt(job, seed);
                    }
                });
            }
            scope.spawn(|| self.progress(start));
        });
        start.elapsed()
    }

    /// No further ones are tried.
    pub fn stop(&self) {
        self.enough.store(true, Ordering::Relaxed);
    }

    /// How many were tried.
    pub fn tried(&self) -> u64 {
        self.taken.load(Ordering::Relaxed).min(self.count)
    }

    fn is_done(&self) -> bool {
        self.enough.load(Ordering::Relaxed) || self.taken.load(Ordering::Relaxed) >= self.count
    }

    fn next(&self) -> Option<u64> {
        if self.is_done() {
            return None;
        }
        let at = self.taken.fetch_add(1, Ordering::Relaxed);
        (at < self.count).then_some(self.first + at)
    }

    fn progress(&self, start: Instant) {
        let mut next = Duration::from_secs(10);
        while !self.is_done() {
            thread::sleep(Duration::from_millis(100));
            if start.elapsed() >= next {
                let done = self.taken.load(Ordering::Relaxed);
                let rate = done as f64 / start.elapsed().as_secs_f64();
                println!("{}: {done} of {} programs, {rate:.1} a second", self.name, self.count);
                next += Duration::from_secs(10);
            }
        }
    }
}
