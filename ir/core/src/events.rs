//! Events of the kernel that are at no place in its code, as probes are attached to them.

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event {
    /// Something that the kernel counts, on each processor or in each task of a program: after so many of it.
    Perf {
        /// What sort of thing, as `perf_event_open` numbers it.
        sort: i64,
        /// Which of that sort; its 64 bits.
        config: i64,
        /// How many, or how often.
        every: Every,
        /// The file of the program whose tasks count; empty for processors.
        program: String,
    },
    /// Something that the kernel counts likewise, for handlers to read: it has no hits of its own.
    Counter {
        /// What sort of thing, as `perf_event_open` numbers it.
        sort: i64,
        /// Which of that sort; its 64 bits.
        config: i64,
        /// By which number handlers read it; those of several programs may share one.
        number: i64,
        /// The file of the program whose tasks count; empty for processors.
        program: String,
    },
    /// An access to memory of the kernel.
    Data {
        /// The symbol that it is counted from; empty for an address by itself.
        symbol: String,
        /// The address, or the bytes behind the symbol; its 64 bits.
        offset: i64,
        /// How many bytes are watched.
        length: i64,
        /// Whether it may be read only, too.
        reads: bool,
    },
    /// A file of the session that is read or written.
    File {
        /// Its path below the session's folder.
        path: String,
        /// Whether it is written, and not read.
        written: bool,
        /// The permissions that it has not.
        umask: i64,
        /// The most bytes that it can be read to have; 0 for those of a string.
        most: i64,
    },
    /// A packet of the network that passes a hook.
    Packet {
        /// The protocol family, as the kernel numbers it.
        family: i64,
        /// The hook, likewise.
        hook: i64,
        /// Its turn among all that look at packets there; lower ones first.
        priority: i64,
    },
}

/// When a counted event is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Every {
    /// After so many.
    Events(i64),
    /// So many times in a second.
    Hertz(i64),
    /// After so many nanoseconds as this many ticks of the kernel take.
    Ticks(i64),
}

/// A detail of an event, as the text and JSON have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl Event {
    /// What each sort is called, in the text syntax and in JSON.
    pub const NAMES: [&'static str; 6] =
        ["perf", "counter", "data", "file.read", "file.write", "packet"];

    /// Whether it is what comes on the session's standard input: that is written to a file of this name.
    pub fn is_input(&self) -> bool {
        matches!(self, Self::File { path, written: true, .. } if path == "__stdin")
    }

    /// The file of the program whose tasks count, if only those do.
    pub fn program(&self) -> Option<&str> {
        match self {
            Self::Perf { program, .. } | Self::Counter { program, .. } if !program.is_empty() => {
                Some(program)
            }
            _ => None,
        }
    }

    /// What its sort is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Perf { .. } => "perf",
            Self::Counter { .. } => "counter",
            Self::Data { .. } => "data",
            Self::File { written: false, .. } => "file.read",
            Self::File { written: true, .. } => "file.write",
            Self::Packet { .. } => "packet",
        }
    }

    /// Its details, in their order.
    pub fn fields(&self) -> Vec<Field> {
        use Field::{Number, Text};
        match self {
            Self::Perf { sort, config, every, program } => {
                let (unit, count) = every.parts();
                let unit = Text(unit.to_owned());
                let mut fields = vec![Number(*sort), Number(*config), unit, Number(count)];
                fields.extend((!program.is_empty()).then(|| Text(program.clone())));
                fields
            }
            Self::Counter { sort, config, number, program } => {
                let mut fields = vec![Number(*sort), Number(*config), Number(*number)];
                fields.extend((!program.is_empty()).then(|| Text(program.clone())));
                fields
            }
            Self::Data { symbol, offset, length, reads } => vec![
                Text(symbol.clone()),
                Number(*offset),
                Number(*length),
                Text(if *reads { "rw" } else { "write" }.to_owned()),
            ],
            Self::File { path, umask, most, .. } => {
                vec![Text(path.clone()), Number(*umask), Number(*most)]
            }
            Self::Packet { family, hook, priority } => {
                vec![Number(*family), Number(*hook), Number(*priority)]
            }
        }
    }

    /// The event of a sort with these details; none if there is no such.
    pub fn of(name: &str, fields: &[Field]) -> Option<Self> {
        use Field::{Number, Text};
        Some(match (name, fields) {
            ("perf", [Number(sort), Number(config), Text(unit), Number(count), rest @ ..]) => {
                let (every, program) = (Every::of(unit, *count)?, program(rest)?);
                Self::Perf { sort: *sort, config: *config, every, program }
            }
            ("counter", [Number(sort), Number(config), Number(number), rest @ ..]) => {
                let program = program(rest)?;
                Self::Counter { sort: *sort, config: *config, number: *number, program }
            }
            ("data", [Text(symbol), Number(offset), Number(length), Text(access)]) => Self::Data {
                symbol: symbol.clone(),
                offset: *offset,
                length: *length,
                reads: match access.as_str() {
                    "rw" => true,
                    "write" => false,
                    _ => return None,
                },
            },
            ("file.read" | "file.write", [Text(path), Number(umask), Number(most)]) => Self::File {
                path: path.clone(),
                written: name == "file.write",
                umask: *umask,
                most: *most,
            },
            ("packet", [Number(family), Number(hook), Number(priority)]) => {
                Self::Packet { family: *family, hook: *hook, priority: *priority }
            }
            _ => return None,
        })
    }
}

/// The program that may end the details of what is counted; none if something else does.
fn program(rest: &[Field]) -> Option<String> {
    match rest {
        [] => Some(String::new()),
        [Field::Text(program)] if !program.is_empty() => Some(program.clone()),
        _ => None,
    }
}

impl Every {
    /// Its unit, and how many of them.
    pub fn parts(self) -> (&'static str, i64) {
        match self {
            Self::Events(count) => ("events", count),
            Self::Hertz(count) => ("hertz", count),
            Self::Ticks(count) => ("ticks", count),
        }
    }

    /// So many of a unit.
    fn of(unit: &str, count: i64) -> Option<Self> {
        Some(match unit {
            "events" => Self::Events(count),
            "hertz" => Self::Hertz(count),
            "ticks" => Self::Ticks(count),
            _ => return None,
        })
    }
}
