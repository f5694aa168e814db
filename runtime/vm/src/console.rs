//! What the guest prints on its serial console, kept line by line.

use std::{
    io::Read,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::report;

/// How many lines are shown where only the end of the console is.
const TAIL: usize = 25;

/// The longest line that is kept as one: what a program prints without an end is cut there.
const LINE_MAX: usize = 64 << 10;

/// The console of one virtual machine. One thread fills it, others look.
#[derive(Debug, Default)]
pub struct Console(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    /// The line that is not ended yet.
    open: Vec<u8>,
    /// When the first report that nobody has been told of began.
    report: Option<Instant>,
    /// How many lines have been looked through for reports.
    checked: usize,
    /// When something came last.
    spoke: Option<Instant>,
    ended: bool,
}

impl Console {
    /// Reads what the guest prints until the machine has ended.
    pub fn fill(&self, mut from: impl Read) {
        let mut buffer = [0; 4096];
        loop {
            match from.read(&mut buffer) {
                Ok(length @ 1..) => self.state().add(&buffer[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
            }
        }
        let mut state = self.state();
        if !state.open.is_empty() {
            state.end_line();
        }
        state.ended = true;
    }

    /// Whether the machine has ended; nothing comes any more.
    pub fn ended(&self) -> bool {
        self.state().ended
    }

    /// When something was printed last, if anything was.
    pub fn spoke(&self) -> Option<Instant> {
        self.state().spoke
    }

    /// How many lines there are before the one, of those not checked yet, that ends with `text`.
    pub fn before(&self, text: &str) -> Option<usize> {
        let state = self.state();
        let place = state.lines[state.checked..].iter().position(|line| line.ends_with(text))?;
        Some(state.checked + place)
    }

    /// When the kernel began to complain, if it has and this was not taken yet.
    pub fn complaint_began(&self) -> Option<Instant> {
        self.state().report
    }

    /// Counts the first `end` lines, or all up to now, as checked: the report in it.
    pub fn take_report(&self, end: Option<usize>) -> Option<String> {
        let mut state = self.state();
        let range = state.checked..end.unwrap_or(state.lines.len());
        state.checked = range.end;
        state.report = None;
        state.note_report(range.end);
        report::find(&state.lines[range])
    }

    /// All that was printed.
    pub fn text(&self) -> String {
        let state = self.state();
        let mut text = state.lines.join("\n");
        text.push('\n');
        text.push_str(&String::from_utf8_lossy(&state.open));
        text
    }

    /// The last lines.
    pub fn tail(&self) -> String {
        let state = self.state();
        let start = state.lines.len().saturating_sub(TAIL);
        state.lines[start..].join("\n")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, text: &[u8]) {
        self.spoke = Some(Instant::now());
        for &byte in text {
            match byte {
                b'\n' => self.end_line(),
                _ => self.open.push(byte),
            }
            if self.open.len() == LINE_MAX {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.open);
        let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
        self.lines.push(line);
        self.note_report(self.lines.len() - 1);
    }

    /// Takes note of a report that begins in line `from` or after it.
    fn note_report(&mut self, from: usize) {
        if self.report.is_none() && self.lines[from..].iter().any(|line| report::begins(line)) {
            self.report = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console(text: &str) -> Console {
        let console = Console::default();
        console.fill(text.as_bytes());
        console
    }

    #[test]
    fn lines_end_without_carriage_returns() {
        let console = console("a\r\nb\r\n\r\nc");
        assert_eq!(console.text(), "a\nb\n\nc\n");
        assert_eq!(console.tail(), "a\nb\n\nc");
        assert!(console.ended());
    }

    #[test]
    fn a_report_is_told_once_and_up_to_the_mark() {
        let console = console("one\n[1] BUG: a\ntrace\nmark 1\n[2] BUG: b\nmark 2\n");
        assert!(console.complaint_began().is_some());
        let end = console.before("mark 1");
        assert_eq!(end, Some(3));
        assert_eq!(console.take_report(end).unwrap(), "[1] BUG: a\ntrace");
        assert!(console.complaint_began().is_some(), "the second is still to be told");
        assert_eq!(console.before("mark 3"), None);
        assert_eq!(console.take_report(None).unwrap(), "[2] BUG: b\nmark 2");
        assert!(console.complaint_began().is_none());
        assert_eq!(console.take_report(None), None);
    }
}
