//! SystemTap's options, and what each means here.

use std::{collections::VecDeque, path::PathBuf};

use rustix::process::Resource;
use stapd::SessionArgs;

use super::{
    getopt::{self, Word},
    known::KNOWN,
};
use crate::{
    cli::{Findings, Input, Listing, Privilege},
    defines::Defines,
    list,
    script::word_of,
};

/// What a command line asks for.
#[derive(Debug)]
pub struct Options {
    /// The scripts and how they are compiled.
    pub input: Input,
    /// How the session is run.
    pub session: SessionArgs,
    /// What to do.
    pub action: Action,
    /// The last pass, 1 to 5.
    pub last_pass: u8,
    /// How much is said of each pass.
    pub verbosity: [u32; 5],
    /// Whether the temporary directory is kept.
    pub keep: bool,
    /// The directory to use as the temporary one.
    pub temporary: Option<PathBuf>,
    /// The name of the module's file.
    pub module: Option<String>,
    /// After how many seconds the session ends.
    pub timeout: Option<u64>,
    /// Whether the cache is left alone.
    pub no_cache: bool,
    /// Bounds of this process and those it starts.
    pub resources: Vec<(Resource, u64)>,
    /// Whether handlers drop their errors.
    pub suppress_errors: bool,
    /// Whether findings are coloured.
    pub colour: Colour,
    /// What the user should know about the options.
    pub notes: Vec<String>,
}

/// Whether findings are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// They are.
    Always,
    /// They are not.
    Never,
    /// They are if a terminal shows them.
    Auto,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Pass by pass, up to the last.
    Passes,
    /// Say which probe points there are; with what can be used at each, if so.
    Points(bool),
    /// Say what else can be listed.
    Library(Listing),
    /// Say what options there are.
    Help,
    /// Say what program this is.
    Version,
    /// Nothing: what was asked for is done already.
    Nothing,
}

/// Understands a command line.
///
/// # Errors
/// Says what is wrong with it, in one line for each thing that is.
pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Options, Vec<String>> {
    let mut reader = Reader {
        options: Options::new(),
        operands: VecDeque::new(),
        no_time_limits: false,
        wrong: Vec::new(),
    };
    for word in getopt::parse(words, KNOWN) {
        match word {
            Word::Wrong(message) => reader.wrong.push(message),
            Word::Operand(text) => reader.operands.push_back(text),
            Word::Short(letter, argument) => reader.short(letter, argument.unwrap_or_default()),
            Word::Long(name, argument) => reader.long(name, argument),
        }
        if matches!(reader.options.action, Action::Help | Action::Version) {
            return Ok(reader.options);
        }
    }
    reader.finish()
}

impl Options {
    fn new() -> Self {
        let input = Input { diagnostics: Findings::Peer, ..Input::default() };
        let session = SessionArgs { outlives_target: true, ..SessionArgs::default() };
        Self {
            input,
            session,
            action: Action::Passes,
            last_pass: 5,
            verbosity: [0; 5],
            keep: false,
            temporary: None,
            module: None,
            timeout: None,
            no_cache: false,
            resources: Vec::new(),
            suppress_errors: false,
            colour: Colour::Auto,
            notes: Vec::new(),
        }
    }
}

/// Options as far as they have been read.
pub(super) struct Reader {
    pub(super) options: Options,
    operands: VecDeque<String>,
    no_time_limits: bool,
    /// What is to be said of options that are wrong.
    pub(super) wrong: Vec<String>,
}

impl Reader {
    fn short(&mut self, letter: char, argument: String) {
        let options = &mut self.options;
        match letter {
            'h' => options.action = Action::Help,
            'V' => options.action = Action::Version,
            'v' => options.verbosity.iter_mut().for_each(|level| *level += 1),
            'k' => options.keep = true,
            'g' => options.input.guru = true,
            't' => options.input.define.push("STP_TIMING".to_owned()),
            'u' => options.input.optimise = 0,
            'w' => options.input.no_warnings = true,
            'W' => options.input.strict = true,
            'p' => self.last_pass(&argument),
            's' => self.buffer(&argument),
            'x' => self.target(&argument),
            'T' => self.timeout(&argument),
            'm' => self.module(argument),
            'D' => self.define(argument),
            'G' => self.global(argument),
            'S' => self.split(&argument),
            'F' => options.session.background = true,
            'a' => self.arch(&argument),
            'I' => options.input.library.push(word_of(&argument).into()),
            'E' => options.input.additional.push(word_of(&argument)),
            'd' => options.input.symbols.push(argument),
            'r' => options.input.kernel = Some(argument),
            'c' => options.session.command = Some(argument),
            'o' => options.session.output = Some(word_of(&argument).into()),
            'l' | 'L' => self.list(letter, &argument),
            'e' => match options.input.expression.replace(word_of(&argument)) {
                None => {}
                Some(_) => {
                    self.wrong.push("-e: there is a script already; add others with -E".to_owned())
                }
            },
            _ => self.other_short(letter),
        }
    }

    /// The options of one letter that have no meaning here, or not yet.
    fn other_short(&mut self, letter: char) {
        match letter {
            'P' => self.note(
                "-P",
                "parameters are read where the function begins, which needs no prologue",
            ),
            'R' => self.note("-R", "the runtime is built in"),
            'B' => self.note("-B", "modules are not built by kbuild"),
            'b' => self.unsupported("-b", "output comes in one stream, in order"),
            'i' => self.unsupported("-i", "scripts are not written interactively"),
            'q' => self.unsupported("-q", "there is no account of the library's use"),
            _ => self.wrong.push(format!("there is no option -{letter}")),
        }
    }

    fn long(&mut self, name: &'static str, argument: Option<String>) {
        let text = argument.clone().unwrap_or_default();
        let options = &mut self.options;
        match name {
            "help" => options.action = Action::Help,
            "version" => options.action = Action::Version,
            "dump-functions" => options.action = Action::Library(Listing::Functions),
            "dump-probe-aliases" => options.action = Action::Library(Listing::Aliases),
            "dump-probe-types" => options.action = Action::Library(Listing::Types),
            "ldd" => options.input.ldd = true,
            "skip-badvars" => options.input.skip_badvars = true,
            "suppress-handler-errors" => options.suppress_errors = true,
            "disable-cache" => options.no_cache = true,
            "tmpdir" => options.temporary = Some(word_of(&text).into()),
            "unprivileged" => options.input.privilege = Privilege::Usr,
            "vp" => self.verbosity(&text),
            "compatible" => self.compatible(text),
            "privilege" => self.privilege(&text),
            "runtime" => self.runtime(&text),
            "color" | "colour" => self.colour(&text),
            "suppress-time-limits" => self.no_time_limits = true,
            "modinfo" => self.modinfo(text),
            "sysroot" => self.sysroot(&text),
            "sysenv" => self.sysenv(&text),
            "clean-cache" => {
                self.note("--clean-cache", "the cache holds nothing that grows stale");
                self.options.action = Action::Nothing;
            }
            _ => self.other_long(name, &text),
        }
    }

    /// The options of whole words that have no meaning here, or not yet.
    fn other_long(&mut self, name: &str, argument: &str) {
        let option = format!("--{name}");
        match name {
            "no-global-var-display" | "remote-prefix" => {}
            "use-server-on-error" | "download-debuginfo" if argument == "no" => {}
            "prologue-searching" if argument == "never" => {}
            "prologue-searching" => {
                self.note(
                    &option,
                    "parameters are read where the function begins, which needs no prologue",
                );
            }
            "all-modules" => {
                self.note(&option, "the kernel knows the symbols of its modules");
            }
            "check-version" => {
                self.note(&option, "what depends on the version is warned of anyway")
            }
            "download-debuginfo" => {
                self.note(&option, "debug information is taken from this machine")
            }
            "poison-cache" => self.note(&option, "entries of the cache are never written to again"),
            "save-uprobes" => {
                self.note(&option, "kernels with uprobes of their own need no module for it")
            }
            "use-server-on-error" => self.note(&option, "scripts are compiled on this machine"),
            "rlimit-as" => self.resource(&option, Resource::As, argument),
            "rlimit-cpu" => self.resource(&option, Resource::Cpu, argument),
            "rlimit-fsize" => self.resource(&option, Resource::Fsize, argument),
            "rlimit-nproc" => self.resource(&option, Resource::Nproc, argument),
            "rlimit-stack" => self.resource(&option, Resource::Stack, argument),
            "bpf" | "dyninst" => self.runtime(name),
            "use-server" | "list-servers" | "trust-servers" => {
                self.unsupported(&option, "scripts are compiled on this machine");
            }
            "remote" => self.unsupported(&option, "sessions run on this machine"),
            "sign-module" => self.unsupported(&option, "modules are not signed"),
            "monitor" => self.unsupported(&option, "a session cannot be watched yet"),
            "example" => self.unsupported(&option, "there are no examples to look in"),
            "interactive" => self.unsupported(&option, "scripts are not written interactively"),
            "target-namespaces" => self.unsupported(&option, "the library knows no namespaces yet"),
            _ => self.unsupported(&option, "it has no meaning here"),
        }
    }

    /// Lists the points of a probe without a handler.
    fn list(&mut self, letter: char, point: &str) {
        self.options.action = Action::Points(letter == 'L');
        self.options.input.no_warnings = true;
        let script = word_of(&list::script(point));
        if self.options.input.expression.replace(script).is_some() {
            self.wrong.push(format!("-{letter}: there is a script already; add others with -E"));
        }
    }

    pub(super) fn note(&mut self, option: &str, why: &str) {
        self.options.notes.push(format!("{option} changes nothing: {why}"));
    }

    pub(super) fn unsupported(&mut self, option: &str, why: &str) {
        self.wrong.push(format!("{option} is not supported: {why}"));
    }

    /// The scripts and their arguments, and what does not go together.
    fn finish(mut self) -> Result<Options, Vec<String>> {
        let input = &mut self.options.input;
        if input.expression.is_none() {
            input.script = self.operands.pop_front().map(|text| word_of(&text));
        }
        input.arguments = self.operands.iter().map(|text| word_of(text)).collect();
        let script = input.expression.is_some() || input.script.is_some();
        if self.no_time_limits {
            self.suppress_time_limits();
        }
        if self.options.suppress_errors {
            let limits = ["MAXERRORS", "MAXSKIPPED"];
            let boundless = limits.map(|name| format!("{name}={}", u32::MAX));
            self.options.input.define.extend(boundless);
        }
        if let Err(error) = Defines::parse(&self.options.input.define) {
            self.wrong.push(error.to_string());
        }
        let session = &self.options.session;
        if session.output.is_none() && session.split.is_some() {
            self.wrong.push("-S needs -o FILE".to_owned());
        }
        if session.output.is_none() && session.background {
            self.unsupported("-F", "without -o FILE, nobody would keep the output");
        }
        if self.options.session.command.is_some() && self.options.session.target.is_some() {
            self.wrong.push("-c and -x do not go together".to_owned());
        }
        if self.wrong.is_empty() && !script && self.options.action == Action::Passes {
            self.wrong.push("no script: name a file, or give its text with -e".to_owned());
        }
        if self.wrong.is_empty() { Ok(self.options) } else { Err(self.wrong) }
    }
}
