//! How long each phase of a compilation took.

use std::time::{Duration, Instant};

/// Phases in the order they ran, with the wall-clock time of each.
#[derive(Debug, Default)]
pub struct Timings {
    phases: Vec<(String, Duration)>,
}

impl Timings {
    /// Runs `work` and notes its time under `name`.
    pub fn phase<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.add(name, start.elapsed());
        result
    }

    /// Notes a phase that was timed elsewhere.
    pub fn add(&mut self, name: &str, time: Duration) {
        self.phases.push((name.to_owned(), time));
    }

    /// The phases and their times.
    pub fn phases(&self) -> &[(String, Duration)] {
        &self.phases
    }

    /// A line for each phase, and the sum: `time:`, milliseconds, the name.
    pub fn table(&self) -> String {
        let line = |name: &str, time: Duration| {
            format!("time: {:>10.3} ms  {name}\n", time.as_secs_f64() * 1e3)
        };
        let total = self.phases.iter().map(|(_, time)| *time).sum();
        let lines: String = self.phases.iter().map(|(name, time)| line(name, *time)).collect();
        lines + &line("total", total)
    }
}
