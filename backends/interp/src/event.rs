//! Events: what happens to a session from outside.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Something that a probe of the kernel is hit by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// A probe point as the script writes it, or the kernel's function: then the probes at its return
    /// are meant if the event has a `ret`, else those at its entry.
    pub probe: String,
    /// When, in nanoseconds since the session began. Events are taken in the order of their times, and
    /// those of one time as they stand.
    #[serde(default)]
    pub at: u64,
    /// The processor.
    #[serde(default)]
    pub cpu: u32,
    /// Whether another processor holds every lock for too long.
    #[serde(default)]
    pub contended: bool,
    /// The task, its registers and what they point to.
    #[serde(default)]
    pub context: Context,
    /// What is at addresses of the kernel.
    #[serde(default)]
    pub memory: Vec<Memory>,
    /// What is at addresses of the process.
    #[serde(default)]
    pub user_memory: Vec<Memory>,
}

/// What handlers may ask of the task that was running.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Context {
    /// The process.
    pub pid: Option<i64>,
    /// The task.
    pub tid: Option<i64>,
    /// The parent process.
    pub ppid: Option<i64>,
    /// The user.
    pub uid: Option<i64>,
    /// The effective user.
    pub euid: Option<i64>,
    /// The group.
    pub gid: Option<i64>,
    /// The effective group.
    pub egid: Option<i64>,
    /// What the task is called; the kernel keeps 15 bytes of it.
    pub execname: Option<String>,
    /// The function's integer arguments.
    #[serde(deserialize_with = "numbers")]
    pub args: Vec<i64>,
    /// Other registers where the probe was hit, by their numbers in DWARF.
    pub registers: BTreeMap<u32, i64>,
    /// The return addresses on the kernel's stack, from the innermost on.
    #[serde(deserialize_with = "numbers")]
    pub backtrace: Vec<i64>,
    /// Those on the task's own stack.
    #[serde(deserialize_with = "numbers")]
    pub user_backtrace: Vec<i64>,
    /// Where the code that is hit is; of a return, where its function is entered.
    #[serde(deserialize_with = "maybe_number")]
    pub address: Option<i64>,
    /// What helpers of the runtime give, by their names; 0 or empty where nothing is said.
    pub helpers: BTreeMap<String, Answer>,
    /// What the function returns.
    #[serde(deserialize_with = "maybe_number")]
    pub ret: Option<i64>,
}

/// Bytes in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Where they begin.
    #[serde(deserialize_with = "address")]
    pub address: u64,
    /// They themselves; two hexadecimal digits each in the file.
    #[serde(deserialize_with = "hexadecimal")]
    pub bytes: Vec<u8>,
}

/// What a helper gives.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// An integer.
    Int(i64),
    /// A string.
    Text(String),
}

/// A number as JSON or a string writes it: addresses are seldom decimal.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Signed(i64),
    Unsigned(u64),
    Text(String),
}

impl Number {
    fn value<E: serde::de::Error>(self) -> Result<i64, E> {
        match self {
            Self::Signed(value) => Ok(value),
            Self::Unsigned(value) => Ok(value as i64),
            Self::Text(text) => {
                let digits = text.strip_prefix("0x");
                let value = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
                value
                    .map(|value| value as i64)
                    .ok_or_else(|| E::custom(format!("`{text}` is no number: write 0x and digits")))
            }
        }
    }
}

fn address<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Number::deserialize(from)?.value().map(|value| value as u64)
}

fn maybe_number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Option::<Number>::deserialize(from)?.map(Number::value).transpose()
}

fn numbers<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<i64>, D::Error> {
    Vec::<Number>::deserialize(from)?.into_iter().map(Number::value).collect()
}

fn hexadecimal<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(from)?;
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    match digits {
        Some(digits) if digits.len() % 2 == 0 => {
            Ok(digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect())
        }
        _ => Err(serde::de::Error::custom(format!("`{text}` is not bytes of two digits each"))),
    }
}

/// What is wrong with a file of events, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventError {
    /// Counted from 1.
    pub line: usize,
    /// In bytes, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for EventError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for EventError {}

/// Reads events, one JSON object to a line. Empty lines and those that begin with `#` are passed over.
///
/// # Errors
/// The first line that is no event.
pub fn parse_events(text: &str) -> Result<Vec<Event>, EventError> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(index, line)| serde_json::from_str(line).map_err(|e| wrong(index + 1, &e)))
        .collect()
}

fn wrong(line: usize, error: &serde_json::Error) -> EventError {
    // What is read is one line: its place in itself is all of the place that the message has.
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    EventError { line, column: error.column(), message: message.to_owned() }
}
