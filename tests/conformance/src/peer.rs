//! The peer's parser, as a process.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context as _, Result};
use stapc_diagnostics::bytes;

/// How many run at a time.
pub const PROCESSES: usize = 2;

/// What it is run by: a macro that uses itself makes it take all memory, and it does not heed the
/// signal that ends others.
const LIMITS: [&str; 5] = ["timeout", "--signal=KILL", "10", "prlimit", "--as=2147483648"];

/// What the peer says of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It parses. An empty script does too.
    Accepts,
    /// It does not, and this is the first thing said of it.
    Rejects(String),
    /// No answer came in time, or it crashed.
    Fails(String),
}

/// Asks for all of these scripts, in their order.
pub fn ask(texts: &[&str], release: &str, scratch: &Path) -> Result<Vec<Answer>> {
    in_parallel(texts, PROCESSES, |text, process| {
        ask_one(text, release, &scratch.join(format!("mutant{process}.stp")))
    })
}

/// Does something to each of a list, so many at a time, and gives the results in its order; `work` is
/// told which of the workers it is.
pub fn in_parallel<T: Sync, R: Send>(
    list: &[T],
    workers: usize,
    work: impl Fn(&T, usize) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let run = |worker: usize| -> Result<()> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = list.get(index) else { return Ok(()) };
            let result = work(item, worker)?;
            if let Ok(mut done) = done.lock() {
                done.push((index, result));
            }
        }
    };
    thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(move || run(worker))).collect();
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(result) => result,
            Err(_) => anyhow::bail!("a thread that asks the peer has panicked"),
        })
    })?;
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

fn ask_one(text: &str, release: &str, file: &Path) -> Result<Answer> {
    fs::write(file, bytes::encode(text))
        .with_context(|| format!("cannot write {}", file.display()))?;
    let output = Command::new(LIMITS[0])
        .args(&LIMITS[1..])
        .args(["/usr/bin/stap", "-r", release, "-g", "-p1"])
        .arg(file)
        .env("LC_ALL", "C")
        .stdout(Stdio::null())
        .output()
        .context("cannot run stap")?;
    Ok(answer(output.status.code(), &String::from_utf8_lossy(&output.stderr)))
}

/// Only what is wrong with the grammar counts: a script that is empty behind the preprocessor is
/// refused by the peer, but is no wrong one.
fn answer(code: Option<i32>, said: &str) -> Answer {
    let error = said.lines().skip_while(|line| !line.starts_with("parse error:"));
    let told: Vec<&str> = error.take(2).map(str::trim).collect();
    match code {
        Some(0) => Answer::Accepts,
        Some(1) if !told.is_empty() => Answer::Rejects(told.join(", ")),
        Some(1) if said.contains("is empty") => Answer::Accepts,
        _ => Answer::Fails(format!("status {code:?}: {said}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parse_errors_are_rejections() {
        let said = "WARNING: x\nparse error: expected y\n\tsaw: z at a.stp:1:2\n  source: z\n";
        let rejects = Answer::Rejects("parse error: expected y, saw: z at a.stp:1:2".to_owned());
        assert_eq!(answer(Some(1), said), rejects);
        assert_eq!(answer(Some(0), "WARNING: x\n"), Answer::Accepts);
        let empty = "Input file 'a.stp' is empty after preprocessing.\nPass 1: parse failed.\n";
        assert_eq!(answer(Some(1), empty), Answer::Accepts);
        assert!(matches!(answer(Some(124), ""), Answer::Fails(_)));
    }
}
