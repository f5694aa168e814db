//! The resolved and typed program: every name has a meaning, every expression a type.

mod operands;

use bstr::BString;
use stapc_diagnostics::Span;
use stapc_ir::{Attach, GlobalKind, OrderBy, Type, format::Format};
use stapc_syntax::ast::{BinaryOp, Code, UnaryOp};

use crate::{embedded::says, intrinsics::Intrinsic};

/// A whole script.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// Its global variables.
    pub globals: Vec<Global>,
    /// Its functions that something calls.
    pub functions: Vec<Function>,
    /// Its probes, one for each point.
    pub probes: Vec<Probe>,
    /// The C outside of functions.
    pub declarations: Vec<Code>,
    /// Whether anything asks what the last search has matched.
    pub asks_for_matches: bool,
}

/// A global variable; referred to by its position.
#[derive(Debug, Clone)]
pub struct Global {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: GlobalKind,
}

/// A function; referred to by its position. Its first locals are its parameters.
#[derive(Debug, Clone)]
pub struct Function {
    /// What it is called.
    pub name: String,
    /// How many parameters it has.
    pub params: usize,
    /// The type of its value.
    pub returns: Option<Type>,
    /// Where its name is declared.
    pub span: Span,
    /// What it does.
    pub body: FunctionBody,
}

/// C of the script, and the globals that it may read and write.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// The C.
    pub code: Code,
    /// Positions of globals.
    pub globals: Vec<usize>,
}

impl Embedded {
    /// Whether a comment of it says that it does nothing beside giving a value.
    pub fn is_pure(&self) -> bool {
        says(&self.code, "pure") && self.globals.is_empty()
    }
}

/// What a function does.
#[derive(Debug, Clone)]
pub enum FunctionBody {
    /// Statements.
    Script(Body),
    /// C, and the parameters that it takes.
    Embedded(Embedded, Vec<Local>),
}

/// A probe at one point.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Where.
    pub site: Site,
    /// As the script wrote it, aliases replaced.
    pub point: String,
    /// The alias that it wrote for it, if it wrote one.
    pub alias: Option<String>,
    /// Where it stands in the script.
    pub span: Span,
    /// The handler does nothing while this does not hold.
    pub condition: Option<Condition>,
    /// What a probe of a return keeps when the function is entered.
    pub kept: Vec<Expr>,
    /// What it does.
    pub body: Body,
}

/// What is written behind a probe point, and those around it, by `if`.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Probes of one number have the same condition.
    pub number: u32,
    /// It holds unless this is 0; of globals, which it does not change.
    pub expr: Expr,
}

/// Where a probe is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Site {
    /// A place that can be attached to.
    At(Attach),
    /// A probe point that is understood, and has no runtime yet: what messages call it, and where it
    /// stands.
    Foreign(String, Span),
}

/// Local variables and what is done with them.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// The local variables.
    pub locals: Vec<Local>,
    /// In order.
    pub statements: Vec<Stmt>,
}

/// A local variable; starts as 0 or empty.
#[derive(Debug, Clone)]
pub struct Local {
    /// What it is called.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// A typed expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The type of its value; none for calls that have none, which stand for 0 where they are used.
    pub ty: Option<Type>,
    /// Its place.
    pub span: Span,
}

/// What can be assigned to.
#[derive(Debug, Clone)]
pub enum Place {
    /// A local variable.
    Local(usize),
    /// A global scalar.
    Global(usize),
    /// An element of a global array, and where the array's name stands.
    Element(usize, Vec<Expr>, Span),
    /// Memory of the probed code.
    Memory(Box<Memory>),
    /// A register of the probed code, as wide as the variable in it.
    Register(Register, Width),
    /// A variable of the event.
    Told(Told),
}

/// A variable of an event that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// What is read of a file, or was written to it.
    Content,
    /// What becomes of a packet.
    Verdict,
}

/// An aggregate: a global, with keys if it is an array of them.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// The global.
    pub global: usize,
    /// The keys.
    pub keys: Vec<Expr>,
    /// Where its name stands.
    pub span: Span,
}

/// What is read from an aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named like the operators of the language")]
pub enum Statistic {
    Count,
    Sum,
    Min,
    Max,
    Avg,
    /// Of the samples shifted left by so many bits, 0 to 62, for the precision of its mean.
    Variance(u8),
}

/// What an expression is.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// An integer.
    Int(i64),
    /// A string.
    Str(BString),
    /// The value of a variable or element.
    Read(Place),
    /// Whether an array has something under the keys; none stands for any.
    Has(usize, Vec<Option<Expr>>),
    /// An operator before its operand; of integers.
    Unary(UnaryOp, Box<Expr>),
    /// An operator between operands of one type; with the operator's place.
    Binary(BinaryOp, Span, Box<Expr>, Box<Expr>),
    /// One of two by a condition.
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `place = value` or `place op= value`; gives the new value.
    Assign(Place, Option<(BinaryOp, Span)>, Box<Expr>),
    /// Adds a constant; gives the value after it, or the one before.
    Increment {
        /// What is changed.
        place: Place,
        /// 1 or -1.
        by: i64,
        /// Whether the value is the one after.
        before: bool,
    },
    /// Adds a sample; gives it.
    Accumulate(Aggregate, Box<Expr>),
    /// Something of an aggregate.
    Statistic(Statistic, Aggregate),
    /// How many samples the bucket at a position of a histogram has.
    Bucket(Aggregate, Box<Expr>),
    /// A script function.
    Call(usize, Vec<Expr>),
    /// A function that the compiler knows.
    Intrinsic(Intrinsic, Vec<Expr>),
    /// What a register holds.
    Register(Register),
    /// So many bytes behind a symbol of the kernel, where that is now.
    Address(String, i64),
    /// Bits of an integer, extended to all of one: the lowest, how many, and whether with sign.
    Bits(Box<Expr>, u32, u32, bool),
    /// The string at an address.
    Text(Space, Box<Expr>),
    /// The first, or where it faults the second.
    Attempt(Box<Expr>, Box<Expr>),
    /// What the probe kept at this position where its function was entered.
    Kept(usize),
    /// Whether a string has a part that matches a regular expression.
    Match {
        /// The opposite.
        negated: bool,
        /// What is looked through.
        value: Box<Expr>,
        /// The regular expression.
        pattern: BString,
    },
    /// C.
    Embedded(Embedded),
    /// What needs a runtime or debug information that is not there yet: what messages call it, and
    /// the values that it takes.
    Foreign(String, Vec<Expr>),
    /// Formatted text as a string.
    Format(Format, Vec<Expr>),
    /// Formatted text and histograms, to the output.
    Print(Vec<Output>),
}

/// A part of what a print writes.
#[derive(Debug, Clone)]
pub enum Output {
    /// Formatted text.
    Text(Format, Vec<Expr>),
    /// A drawing of an aggregate's histogram.
    Histogram(Aggregate),
}

/// Some bytes of memory, as an integer.
#[derive(Debug, Clone)]
pub struct Memory {
    /// Whose memory it is.
    pub space: Space,
    /// Where it begins, but for the offset.
    pub address: Expr,
    /// Bytes from the address.
    pub offset: i64,
    /// What is read or written there.
    pub width: Width,
    /// As messages call what is there: `identifier '$file'`.
    pub near: String,
}

/// Whose memory an address is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// The kernel's.
    Kernel,
    /// The current task's.
    User,
}

/// How an integer lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Width {
    /// 1, 2, 4 or 8.
    pub bytes: u32,
    /// Whether it has a sign.
    pub signed: bool,
    /// The lowest bit and how many, if it is not all of them.
    pub bits: Option<(u32, u32)>,
}

/// A register where the probe was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// The function's integer argument at this position, at its entry.
    Argument(u8),
    /// The function's value, at its return.
    Result,
    /// The one of this number in DWARF.
    Number(u16),
    /// Where the probed code is now: of a return, where its function is entered.
    ProbedCode,
}

impl Register {
    /// Whether it is one that code computes with.
    pub fn is_general(self) -> bool {
        !matches!(self, Self::ProbedCode | Self::Number(16..))
    }
}

/// A statement and its place.
#[derive(Debug, Clone)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Its place.
    pub span: Span,
}

/// What a statement is.
#[derive(Debug, Clone)]
pub enum StmtKind {
    /// An expression for its effect.
    Expr(Expr),
    /// What belongs to the first condition that is true, or what is done otherwise.
    If(Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
    /// As long as the condition (always, if there is none); the step is done after each round.
    Loop {
        /// As the script writes it: `while` or `for`.
        keyword: &'static str,
        /// Tested before each round.
        condition: Option<Expr>,
        /// Done after each round, `continue` included.
        step: Option<Expr>,
        /// The round.
        body: Vec<Stmt>,
    },
    /// For each element of an array.
    Foreach(Foreach),
    /// Out of the innermost loop.
    Break,
    /// To the next round of the innermost loop.
    Continue,
    /// Out of the function, or of the probe.
    Return(Option<Expr>),
    /// Empties an array or aggregate, or resets a scalar.
    Clear(usize),
    /// Removes the elements under these keys; none stands for any.
    Delete(usize, Vec<Option<Expr>>),
    /// A fault in the body leads to the handler.
    Try {
        /// What may fault.
        body: Vec<Stmt>,
        /// The local that takes the fault's text.
        message: Option<usize>,
        /// What is done then.
        handler: Vec<Stmt>,
    },
    /// What needs a runtime that is not there yet: what messages call it.
    Foreign(String),
}

/// A loop over the elements of an array.
#[derive(Debug, Clone)]
pub struct Foreach {
    /// The array.
    pub global: usize,
    /// The keys of the elements to go over, evaluated before the loop, where not all are; none stands
    /// for any.
    pub slice: Vec<Option<Expr>>,
    /// The locals that take the keys.
    pub keys: Vec<usize>,
    /// The local that takes the value.
    pub value: Option<usize>,
    /// What the order goes by.
    pub by: OrderBy,
    /// From the largest on.
    pub descending: bool,
    /// At most so many elements.
    pub limit: Option<Expr>,
    /// What is done with each.
    pub body: Vec<Stmt>,
}
