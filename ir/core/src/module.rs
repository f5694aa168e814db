//! A module: all of a compiled script.

use std::collections::HashSet;

use la_arena::Arena;

use crate::{
    entity::{FuncId, GlobalId},
    events::Event,
    external::External,
    function::Function,
    processes::{ProcessEvent, Processes},
    types::GlobalKind,
};

/// All of a script: its globals, functions and probes, and the limits its handlers run under.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// The names of the script files, for [`crate::Location::file`].
    pub files: Vec<String>,
    /// Bounds of what a handler may do.
    pub limits: Limits,
    /// Its global variables.
    pub globals: Arena<Global>,
    /// Its functions, handlers of probes among them.
    pub functions: Arena<Function>,
    /// Its probes, in the order of the script.
    pub probes: Vec<Probe>,
    /// The C that it brings along.
    pub externals: Vec<External>,
}

/// A global variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Global {
    /// What the script calls it; unique in its module.
    pub name: String,
    /// What it is.
    pub kind: GlobalKind,
    /// Whether each processor has a part of its own, which handlers add to without a lock.
    pub percpu: bool,
}

impl Global {
    /// A global that all processors share.
    pub fn new(name: impl Into<String>, kind: GlobalKind) -> Self {
        Self { name: name.into(), kind, percpu: false }
    }
}

/// A probe: where, and the function that handles it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Where.
    pub attach: Attach,
    /// The point, aliases replaced.
    pub point: String,
    /// The alias that the script wrote for it, if it wrote one.
    pub alias: Option<String>,
    /// The number of the condition that it is armed by, if it is not always armed. Backends may leave it armed: its
    /// handler does nothing while the condition does not hold.
    pub condition: Option<u32>,
    /// A function without parameters or result.
    pub handler: FuncId,
}

impl Probe {
    /// A probe that the script calls by its point.
    pub fn new(attach: Attach, point: impl Into<String>, handler: FuncId) -> Self {
        Self { attach, point: point.into(), alias: None, condition: None, handler }
    }

    /// What the script calls it.
    pub fn name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.point)
    }
}

/// Where a probe is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attach {
    /// When the session begins; lower orders first.
    Begin(i64),
    /// When it ends; lower orders first.
    End(i64),
    /// When it ends by an error; lower orders first.
    Error(i64),
    /// Nowhere.
    Never,
    /// Again and again, after so many nanoseconds; each time more or fewer by chance, by at most as
    /// many as the second number says.
    TimerNs(u64, u64),
    /// Likewise, after so many ticks of the kernel.
    TimerJiffies(u64, u64),
    /// Where a function is entered.
    Entry(Code),
    /// Where a function is called whose return the next probe is at: what it keeps is there for that.
    Call(Code),
    /// Where a function returns; as many calls as this may be under way at once, or 0 for the
    /// runtime's own bound.
    Return(Code, u32),
    /// Before an instruction is executed.
    Statement(Code),
    /// Where the kernel calls the tracepoint of this name; its arguments are those of the handler.
    Trace(Code),
    /// Where something happens to processes that run programs.
    Process(ProcessEvent, Processes),
    /// When something happens that is at no place in code.
    Event(Event),
    /// Before the session begins, and when something has been written that its handler reads: this says by `arm`
    /// whether the probes with the condition of this number are armed.
    Condition(u32),
}

/// A place in code: the kernel's, or that of a program.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Code {
    /// What the function is called, for `probefunc`.
    pub function: String,
    /// Where it is found.
    pub base: Base,
    /// Bytes from there.
    pub offset: u64,
}

/// What the address of a place in code is counted from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Base {
    /// A symbol of the kernel; of a module behind its name and a colon.
    Symbol(String),
    /// The start of a file that processes run.
    Program(Program),
    /// Nothing: it is the address in the running kernel.
    Nothing,
}

/// A program or shared library, as probes are put into it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Program {
    /// The file.
    pub path: String,
    /// Where the file has the counter (16 bits) of those who watch the place, if it has one: the program
    /// looks at it to learn whether anybody does. 0 if not.
    pub semaphore: u64,
    /// Whose hits count.
    pub processes: Processes,
}

impl Code {
    /// The start of the function of this symbol.
    pub fn of(symbol: impl Into<String>) -> Self {
        let symbol = symbol.into();
        Self { function: symbol.clone(), base: Base::Symbol(symbol), offset: 0 }
    }

    /// Whether it is the start of the function that has the symbol.
    pub fn is_plain(&self) -> bool {
        self.offset == 0 && matches!(&self.base, Base::Symbol(symbol) if *symbol == self.function)
    }

    /// The program that it is in, if it is in one.
    pub fn program(&self) -> Option<&Program> {
        match &self.base {
            Base::Symbol(_) | Base::Nothing => None,
            Base::Program(program) => Some(program),
        }
    }
}

/// Bounds of what a handler may do; the names are those of the `-D` options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// MAXACTION: statements in one handler.
    pub max_action: u32,
    /// MAXACTION_INTERRUPTIBLE: statements in a begin, end or error handler.
    pub max_action_session: u32,
    /// MAXNESTING: depth of calls.
    pub max_nesting: u32,
    /// MAXSTRINGLEN: bytes of a string, with its end.
    pub string_max: u32,
    /// MAXERRORS: errors that the session survives.
    pub max_errors: u32,
    /// MAXSKIPPED: skipped hits that the session survives.
    pub max_skipped: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_action: 1000,
            max_action_session: 10_000,
            max_nesting: 10,
            string_max: 128,
            max_errors: 0,
            max_skipped: 100,
        }
    }
}

impl Limits {
    /// Each limit and its name, in one order everywhere.
    pub fn named(&self) -> [(&'static str, u32); 6] {
        [
            ("max_action", self.max_action),
            ("max_action_session", self.max_action_session),
            ("max_nesting", self.max_nesting),
            ("string_max", self.string_max),
            ("max_errors", self.max_errors),
            ("max_skipped", self.max_skipped),
        ]
    }

    /// The limit of this name, to change.
    pub fn by_name(&mut self, name: &str) -> Option<&mut u32> {
        Some(match name {
            "max_action" => &mut self.max_action,
            "max_action_session" => &mut self.max_action_session,
            "max_nesting" => &mut self.max_nesting,
            "string_max" => &mut self.string_max,
            "max_errors" => &mut self.max_errors,
            "max_skipped" => &mut self.max_skipped,
            _ => return None,
        })
    }
}

impl Attach {
    /// What each sort is called, in the text syntax and in JSON.
    pub const NAMES: [&'static str; 24] = [
        "begin",
        "end",
        "error",
        "never",
        "timer.ns",
        "timer.jiffies",
        "entry",
        "call",
        "return",
        "statement",
        "trace",
        "process.begin",
        "process.end",
        "process.thread.begin",
        "process.thread.end",
        "process.syscall",
        "process.syscall.return",
        Event::NAMES[0],
        Event::NAMES[1],
        Event::NAMES[2],
        Event::NAMES[3],
        Event::NAMES[4],
        Event::NAMES[5],
        "condition",
    ];

    /// What its sort is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Begin(_) => "begin",
            Self::End(_) => "end",
            Self::Error(_) => "error",
            Self::Never => "never",
            Self::TimerNs(..) => "timer.ns",
            Self::TimerJiffies(..) => "timer.jiffies",
            Self::Entry(_) => "entry",
            Self::Call(_) => "call",
            Self::Return(..) => "return",
            Self::Statement(_) => "statement",
            Self::Trace(_) => "trace",
            Self::Process(event, _) => event.name(),
            Self::Event(event) => event.name(),
            Self::Condition(_) => "condition",
        }
    }

    /// The place in code that it is at, if it is at one.
    pub fn code(&self) -> Option<&Code> {
        match self {
            Self::Entry(code)
            | Self::Call(code)
            | Self::Return(code, _)
            | Self::Statement(code)
            | Self::Trace(code) => Some(code),
            _ => None,
        }
    }

    /// What happens to a process there, if that is where it is.
    pub fn process_event(&self) -> Option<ProcessEvent> {
        match self {
            Self::Process(event, _) => Some(*event),
            _ => None,
        }
    }

    /// Whether what its handler handles is a hit, which is counted: not what the session does itself.
    pub fn is_hit(&self) -> bool {
        !self.is_session() && !matches!(self, Self::Condition(_))
    }

    /// Whether it can be disarmed and armed again while the session runs.
    pub fn can_rest(&self) -> bool {
        match self {
            Self::Entry(_) | Self::Call(_) | Self::Return(..) | Self::Statement(_) => true,
            Self::Trace(_) | Self::TimerNs(..) | Self::TimerJiffies(..) => true,
            Self::Begin(_) | Self::End(_) | Self::Error(_) | Self::Never => false,
            Self::Process(..) | Self::Event(_) | Self::Condition(_) => false,
        }
    }

    /// Whether it runs as the session's own doing, in a process, with the larger budget, and while no
    /// other handler does.
    pub fn is_session(&self) -> bool {
        matches!(self, Self::Begin(_) | Self::End(_) | Self::Error(_))
    }
}

/// The shortest interval of a timer that may collect the parts of per-CPU globals, in nanoseconds.
const COLLECT_SHORTEST_NS: u64 = 1_000_000;

impl Attach {
    /// Whether its handler may lock per-CPU globals, which collects their parts: it comes seldom.
    pub fn may_collect(&self) -> bool {
        match self {
            Self::TimerNs(interval, spread) => {
                interval.saturating_sub(*spread) >= COLLECT_SHORTEST_NS
            }
            Self::TimerJiffies(..) | Self::Condition(_) => true,
            _ => false,
        }
    }
}

impl Module {
    /// A global's data.
    pub fn global(&self, global: GlobalId) -> &Global {
        &self.globals[global.0]
    }

    /// A function's data.
    pub fn function(&self, function: FuncId) -> &Function {
        &self.functions[function.0]
    }

    /// A function's data, to change.
    pub fn function_mut(&mut self, function: FuncId) -> &mut Function {
        &mut self.functions[function.0]
    }

    /// The files of the programs and libraries that probes are in, or must be run for them to be hit.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        self.probes.iter().flat_map(|probe| {
            let program = probe.attach.code().and_then(Code::program);
            let processes = match &probe.attach {
                Attach::Process(_, processes) => Some(processes),
                _ => program.map(|program| &program.processes),
            };
            let path = program.map(|program| program.path.as_str());
            let executed = match &probe.attach {
                Attach::Event(event) => event.program(),
                _ => processes.and_then(Processes::executing),
            };
            path.into_iter().chain(executed)
        })
    }

    /// Whether a probe has what comes on the session's standard input.
    pub fn reads_input(&self) -> bool {
        let reads = |attach: &Attach| matches!(attach, Attach::Event(event) if event.is_input());
        self.probes.iter().any(|probe| reads(&probe.attach))
    }

    /// The functions that are called from some, those included.
    pub fn reached(&self, from: impl IntoIterator<Item = FuncId>) -> HashSet<FuncId> {
        let mut work: Vec<FuncId> = from.into_iter().collect();
        let mut reached = HashSet::new();
        while let Some(id) = work.pop() {
            if reached.insert(id) {
                work.extend(self.function(id).callees());
            }
        }
        reached
    }

    /// The functions that handlers of some points call, those handlers included.
    pub fn reached_at(&self, pick: impl Fn(&Attach) -> bool) -> HashSet<FuncId> {
        let probes = self.probes.iter().filter(|probe| pick(&probe.attach));
        self.reached(probes.map(|probe| probe.handler))
    }

    /// Every function.
    pub fn function_ids(&self) -> impl Iterator<Item = FuncId> + use<> {
        (0..self.functions.len() as u32).map(FuncId::from_u32)
    }

    /// Every global.
    pub fn global_ids(&self) -> impl Iterator<Item = GlobalId> + use<> {
        (0..self.globals.len() as u32).map(GlobalId::from_u32)
    }
}
