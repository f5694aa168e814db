//! Runs of the command.

use std::{
    ffi::{OsStr, OsString},
    fmt, fs,
    io::Read as _,
    os::unix::{
        ffi::{OsStrExt as _, OsStringExt as _},
        process::{CommandExt as _, ExitStatusExt as _},
    },
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use stapc_diagnostics::bytes;
use tempfile::TempDir;

use crate::cli::ReduceOptions;

/// So much of what the command prints is looked at.
const OUTPUT_MAX: u64 = 16 << 20;

/// Runs a command for one text after another.
pub struct Runner {
    command: Vec<OsString>,
    matching: Option<String>,
    timeout: Duration,
    folder: TempDir,
    candidate: PathBuf,
    /// How often it has been run.
    pub runs: usize,
}

/// How a command ended, and whether it printed what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    pub how: How,
    pub matches: bool,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// With an exit status.
    Status(i32),
    /// By a signal.
    Signal(i32),
    /// Not in time.
    Late,
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Late => f.write_str("nothing in time"),
        }
    }
}

impl Runner {
    /// Runs the command of the options; the files that it is given have this extension.
    pub fn new(options: &ReduceOptions, extension: String) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder for what is tried")?;
        let candidate = folder.path().join(format!("candidate{extension}"));
        Ok(Self {
            command: command(&options.command, candidate.as_os_str()),
            matching: options.matching.clone(),
            timeout: Duration::from_secs_f64(options.timeout),
            folder,
            candidate,
            runs: 0,
        })
    }

    /// Runs the command for a text.
    ///
    /// # Errors
    /// When it cannot be run at all.
    pub fn run(&mut self, text: &str) -> Result<Ending> {
        self.runs += 1;
        fs::write(&self.candidate, bytes::encode(text))
            .context("cannot write what is to be tried")?;
        let printed = self.folder.path().join("output");
        let output = fs::File::create(&printed).context("cannot keep what the command prints")?;
        let (program, arguments) = self.command.split_first().context("there is no command")?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).process_group(0);
        match &self.matching {
            Some(_) => command.stdout(output.try_clone()?).stderr(output),
            None => command.stdout(Stdio::null()).stderr(Stdio::null()),
        };
        let mut child =
            command.spawn().with_context(|| format!("cannot run {}", program.to_string_lossy()))?;
        let how = match self.wait(&mut child)? {
            None => How::Late,
            Some(status) => match (status.code(), status.signal()) {
                (Some(code), _) => How::Status(code),
                (None, signal) => How::Signal(signal.unwrap_or_default()),
            },
        };
        let matches = match &self.matching {
            None => true,
            Some(text) => {
                let mut bytes = Vec::new();
                fs::File::open(&printed)?.take(OUTPUT_MAX).read_to_end(&mut bytes)?;
                String::from_utf8_lossy(&bytes).contains(text.as_str())
            }
        };
        Ok(Ending { how, matches })
    }

    /// Waits for the command, and ends it with all that it has started if it takes too long.
    fn wait(&self, child: &mut Child) -> Result<Option<ExitStatus>> {
        let start = Instant::now();
        let mut pause = Duration::from_micros(500);
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if start.elapsed() >= self.timeout {
                // It may have ended just now.
                let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
                child.wait()?;
                return Ok(None);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }
}

/// The command's words for a candidate's file.
fn command(words: &[OsString], candidate: &OsStr) -> Vec<OsString> {
    let holds = |word: &OsString| word.as_bytes().windows(2).any(|pair| pair == b"{}");
    let mut command: Vec<OsString> = words.iter().map(|word| replaced(word, candidate)).collect();
    if !words.iter().any(holds) {
        command.push(candidate.to_owned());
    }
    command
}

fn replaced(word: &OsStr, candidate: &OsStr) -> OsString {
    let mut rest = word.as_bytes();
    let mut out = Vec::new();
    while let Some(at) = rest.windows(2).position(|pair| pair == b"{}") {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(candidate.as_bytes());
        rest = &rest[at + 2..];
    }
    out.extend_from_slice(rest);
    OsString::from_vec(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_candidate_stands_where_it_is_asked_for() {
        let made = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            command(&words, OsStr::new("/c")).join(OsStr::new(" ")).into_string().unwrap()
        };
        assert_eq!(made(&["stapc", "opt"]), "stapc opt /c");
        assert_eq!(made(&["sh", "-c", "a {} < {}", "x{}"]), "sh -c a /c < /c x/c");
    }
}
