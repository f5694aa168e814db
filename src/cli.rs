//! The command line: options, and what they are called.

mod interp;
mod machine;
mod opt;
mod reduce;
mod root;

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use stapc_diagnostics::Colours;
use stapd::SessionArgs;

pub use interp::InterpOptions;
pub use machine::MachineOptions;
pub use opt::{OptOptions, StageName};
pub use reduce::ReduceOptions;
pub use root::{RootOptions, variable};

/// stapc's command line.
#[derive(Debug, Parser)]
#[command(
    name = "stapc",
    version,
    about,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What stapc can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile a script and run it in the live kernel, until exit() or Ctrl-C
    Run(RunOptions),
    /// Check a script: say what is wrong with it, and do nothing else
    Check(CheckOptions),
    /// Compile a script and print one of its forms, without running it
    Compile(CompileOptions),
    /// Run passes over a file of IR, and print what they make of it
    Opt(OptOptions),
    /// Load a module that `compile --emit=ko` made, and show its output until exit() or Ctrl-C
    Load(LoadOptions),
    /// Run a script, or a module of the IR, in this process: no kernel is needed
    Interp(InterpOptions),
    /// Make a file for which a command fails smaller, for as long as it fails in the same way
    Reduce(ReduceOptions),
    /// List probe points that are there, or what the script library has
    List(ListOptions),
    /// Format scripts, keeping their comments
    Fmt(FormatOptions),
    /// Explain a kind of error or warning, such as E0201
    Explain(ExplainOptions),
}

/// Options of `stapc run`.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// What is compiled, and for which kernel.
    #[command(flatten)]
    pub input: Input,
    /// How the session is run.
    #[command(flatten)]
    pub session: SessionArgs,
    /// Where it is run.
    #[command(flatten)]
    pub machine: MachineOptions,
}

/// Options of `stapc check`.
#[derive(Debug, Args)]
pub struct CheckOptions {
    /// What is checked.
    #[command(flatten)]
    pub input: Input,
    /// The command whose program `process` means
    #[arg(short = 'c', value_name = "COMMAND")]
    pub command: Option<String>,
    /// Believe probe points and $ variables instead of looking them up: needs no debug information
    #[arg(long)]
    pub no_points: bool,
}

/// Options of `stapc list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// The probe point, with wildcards perhaps
    #[arg(value_name = "POINT", required_unless_present = "what")]
    pub point: Option<String>,
    /// With each point, what its handler can use: variables and their types. Given twice: of every
    /// place that has the point's name
    #[arg(short = 'L', long, requires = "point", action = clap::ArgAction::Count)]
    pub variables: u8,
    /// List something else
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with = "point")]
    pub what: Option<Listing>,
    /// A folder of script library files, added behind the library that is built in
    #[arg(short = 'I', value_name = "DIR")]
    pub library: Vec<PathBuf>,
    /// The kernel: a release (as `uname -r` says it), or a directory with its build tree
    #[arg(short = 'r', long, value_name = "RELEASE|DIR")]
    pub kernel: Option<String>,
    /// Where the files are.
    #[command(flatten)]
    pub root: RootOptions,
    /// Where to look up functions, parameters and types
    #[arg(long, value_enum, value_name = "SOURCE", default_value = "auto")]
    pub debuginfo: DebugInfo,
}

/// What else can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    /// The kinds of probe points
    Types,
    /// The probe aliases of the script library
    Aliases,
    /// The functions that scripts can call
    Functions,
}

/// Options of `stapc load`.
#[derive(Debug, Args)]
pub struct LoadOptions {
    /// The module's file
    #[arg(value_name = "MODULE.ko")]
    pub module: PathBuf,
    /// How the session is run.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// Options of `stapc compile`.
#[derive(Debug, Args)]
pub struct CompileOptions {
    /// What is compiled, and for which kernel.
    #[command(flatten)]
    pub input: Input,
    /// The command that the session will be about: `process` means its program
    #[arg(short = 'c', value_name = "COMMAND")]
    pub command: Option<String>,
    /// The form to print
    #[arg(long, value_enum, value_name = "FORM", default_value = "c")]
    pub emit: Emit,
    /// How to print the IR
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Write to FILE instead of the standard output
    #[arg(short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print the IR as it is after a pass (to the standard error); `all` for each
    #[arg(long, value_name = "PASS")]
    pub print_after: Option<String>,
    /// Print how long each pass and phase took (to the standard error)
    #[arg(long)]
    pub time_passes: bool,
    /// Print what each pass changed, and how many instructions there are before and behind it (to the standard error)
    #[arg(long)]
    pub stats: bool,
}

/// Options of `stapc fmt`.
#[derive(Debug, Args)]
pub struct FormatOptions {
    /// The scripts' files, written in place; `-` for the standard input, written to the standard output
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Write nothing, name the files that are not formatted, and fail if there are any
    #[arg(long)]
    pub check: bool,
}

/// Options of `stapc explain`.
#[derive(Debug, Args)]
pub struct ExplainOptions {
    /// The id or name of the kind; without one, all are listed
    #[arg(value_name = "ID")]
    pub what: Option<String>,
}

/// The script and the kernel it is for.
#[derive(Debug, Args)]
pub struct Input {
    /// The script's file; `-` for the standard input
    #[arg(value_name = "SCRIPT", required_unless_present = "expression")]
    pub script: Option<OsString>,
    /// The script's arguments: $1, @1 and so on (behind `--` if they begin with a dash)
    #[arg(value_name = "ARGUMENT")]
    pub arguments: Vec<OsString>,
    /// The script's text, instead of a file
    #[arg(short = 'e', value_name = "TEXT")]
    pub expression: Option<OsString>,
    /// The text of a script to be compiled with it
    #[arg(short = 'E', value_name = "TEXT")]
    pub additional: Vec<OsString>,
    /// A folder of script library files, added behind the library that is built in
    #[arg(short = 'I', value_name = "DIR")]
    pub library: Vec<PathBuf>,
    /// The kernel: a release (as `uname -r` says it), or a directory with its build tree
    #[arg(short = 'r', long = "kernel", value_name = "RELEASE|DIR")]
    pub kernel: Option<String>,
    /// Where the files are.
    #[command(flatten)]
    pub root: RootOptions,
    /// Set a limit, such as MAXACTION or MAXMAPENTRIES; another name is a macro that C in the script sees
    #[arg(short = 'D', value_name = "NAME=VALUE")]
    pub define: Vec<String>,
    /// Start a global variable with another value
    #[arg(short = 'G', value_name = "NAME=VALUE")]
    pub global: Vec<String>,
    /// Let the script hold C and write to the kernel's memory
    #[arg(short = 'g', long)]
    pub guru: bool,
    /// Take `$` variables that are not there for 0, with a warning, instead of an error
    #[arg(long)]
    pub skip_badvars: bool,
    /// Take the symbols of a program or library along, for addresses in processes that are not probed
    #[arg(short = 'd', value_name = "FILE")]
    pub symbols: Vec<String>,
    /// Likewise those of all libraries that the programs are linked with
    #[arg(long)]
    pub ldd: bool,
    /// Show no warnings
    #[arg(short = 'w', long, conflicts_with = "strict")]
    pub no_warnings: bool,
    /// Take warnings for errors
    #[arg(short = 'W', long)]
    pub strict: bool,
    /// How errors and warnings are written
    #[arg(long, value_enum, value_name = "FORM", default_value = "human")]
    pub diagnostics: Findings,
    /// The version of SystemTap whose language it is
    #[arg(long, value_name = "VERSION", default_value = LANGUAGE)]
    pub compatible: String,
    /// Where types and functions of the kernel are looked up
    #[arg(long, value_enum, default_value = "auto")]
    pub debuginfo: DebugInfo,
    /// How much to optimise: 0, 1 or 2
    #[arg(short = 'O', value_name = "LEVEL", default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=2))]
    pub optimise: u8,
    /// Say what is being done, and how long it took
    #[arg(short, long)]
    pub verbose: bool,
    /// How findings are coloured in the peer's shape.
    #[arg(skip)]
    pub colours: Colours,
    /// What else the module says of itself (`NAME=VALUE`); only `stap` has an option for it.
    #[arg(skip)]
    pub modinfo: Vec<String>,
    /// What the script's user may do; only `stap` asks for less than all.
    #[arg(skip)]
    pub privilege: Privilege,
}

/// The version of the language that is built.
pub const LANGUAGE: &str = "5.2";

impl Default for Input {
    fn default() -> Self {
        Self {
            script: None,
            arguments: Vec::new(),
            expression: None,
            additional: Vec::new(),
            library: Vec::new(),
            kernel: None,
            root: RootOptions::default(),
            define: Vec::new(),
            global: Vec::new(),
            guru: false,
            skip_badvars: false,
            symbols: Vec::new(),
            ldd: false,
            no_warnings: false,
            strict: false,
            diagnostics: Findings::Human,
            compatible: LANGUAGE.to_owned(),
            debuginfo: DebugInfo::Auto,
            optimise: 2,
            verbose: false,
            colours: Colours::default(),
            modinfo: Vec::new(),
            privilege: Privilege::default(),
        }
    }
}

/// How errors and warnings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Findings {
    /// For people, with the source underlined
    Human,
    /// One JSON object to a line
    Json,
    /// As SystemTap does: for `stap`.
    #[value(skip)]
    Peer,
}

/// What a script's user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Privilege {
    /// Everything.
    #[default]
    Dev,
    /// What harms no kernel.
    Sys,
    /// What concerns his own processes.
    Usr,
}

impl Privilege {
    /// As scripts and command lines name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "stapdev",
            Self::Sys => "stapsys",
            Self::Usr => "stapusr",
        }
    }
}

/// The forms a script has on its way to a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// The lexer's tokens, one to a line
    Tokens,
    /// The syntax tree, printed as script
    Ast,
    /// Resolved and typed
    Hir,
    /// The probe IR as lowering makes it, before all passes; `stapc opt` takes it
    Lowered,
    /// The probe IR, as the backend gets it
    Ir,
    /// The control-flow graph of each function, as the backend gets it, in the language of Graphviz
    Cfg,
    /// The C of the kernel module
    C,
    /// A page for a browser: script, IR behind each pass, control flow and C, a line lit in all of them
    Html,
    /// The loadable kernel module
    Ko,
}

/// How the IR is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The IR's text syntax
    Text,
    /// Versioned JSON
    Json,
}

/// Sources of knowledge about the kernel's types and functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DebugInfo {
    /// The kernel's BTF if it has it, else DWARF
    Auto,
    /// BTF only
    Btf,
    /// DWARF only
    Dwarf,
}
