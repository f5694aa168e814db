//! How far something has come that takes long, on a terminal.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less than this is not shown.
const LONG: Duration = Duration::from_secs(1);

/// The bar, and when what it is about began.
pub struct Progress {
    begun: Instant,
    target: fn() -> ProgressDrawTarget,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// Of something that begins now. The bar is on the standard error, if that is a terminal.
    pub fn begin() -> Self {
        Self::since(Instant::now(), ProgressDrawTarget::stderr)
    }

    fn since(begun: Instant, target: fn() -> ProgressDrawTarget) -> Self {
        Self { begun, target, bar: OnceLock::new() }
    }

    /// So much of so much is done. Any thread may say so.
    pub fn tell(&self, done: usize, all: usize) {
        if self.begun.elapsed() >= LONG {
            let bar = self.bar.get_or_init(|| {
                let bar = ProgressBar::with_draw_target(Some(all as u64), (self.target)());
                bar.with_style(style())
            });
            bar.set_position(done as u64);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} %");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_there_once_it_takes_long() {
        let progress = Progress::since(Instant::now(), ProgressDrawTarget::hidden);
        progress.tell(1, 10);
        assert!(progress.bar.get().is_none());
        let before = Instant::now().checked_sub(LONG).unwrap();
        let progress = Progress::since(before, ProgressDrawTarget::hidden);
        progress.tell(3, 10);
        let bar = progress.bar.get().unwrap().clone();
        assert_eq!((bar.position(), bar.length()), (3, Some(10)));
        drop(progress);
        assert!(bar.is_finished());
    }

    #[test]
    fn the_form_of_the_bar_is_understood() {
        assert!(ProgressStyle::with_template("{bar:40} {percent:>3} %").is_ok());
    }
}
