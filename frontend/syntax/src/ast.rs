//! The abstract syntax tree: what a script says, before any name has a meaning.

use la_arena::{Arena, Idx};
use stapc_diagnostics::{FileId, Span};

/// A handle of an expression.
pub type ExprId = Idx<Expr>;
/// A handle of a statement.
pub type StmtId = Idx<Stmt>;

/// A parsed script file.
#[derive(Debug, Clone)]
pub struct File {
    /// Which file.
    pub id: FileId,
    /// Its text.
    pub text: String,
    /// Its declarations, in order.
    pub items: Vec<Item>,
    /// All expressions.
    pub exprs: Arena<Expr>,
    /// All statements.
    pub stmts: Arena<Stmt>,
}

/// A declaration.
#[derive(Debug, Clone)]
pub enum Item {
    /// `global a, b[10] = …`
    Global(Vec<Global>),
    /// `function f (…) { … }`
    Function(Function),
    /// `probe … { … }`
    Probe(Probe),
}

/// A name where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The identifier.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// A global variable.
#[derive(Debug, Clone)]
pub struct Global {
    /// What it is called.
    pub name: Name,
    /// `%`: a full array drops its oldest element instead of failing.
    pub wrap: bool,
    /// `[N]`: how many elements an array has room for.
    pub size: Option<(i64, Span)>,
    /// `= …`
    pub init: Option<ExprId>,
}

/// The types that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeName {
    /// `:long`
    Long,
    /// `:string`
    String,
}

/// A script function.
#[derive(Debug, Clone)]
pub struct Function {
    /// What it is called.
    pub name: Name,
    /// The declared type of its value.
    pub returns: Option<TypeName>,
    /// Its parameters.
    pub params: Vec<Param>,
    /// A block.
    pub body: StmtId,
}

/// A parameter of a function.
#[derive(Debug, Clone)]
pub struct Param {
    /// What it is called.
    pub name: Name,
    /// Its declared type.
    pub ty: Option<TypeName>,
}

/// A probe: where, and what to do there.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Where; at least one.
    pub points: Vec<ProbePoint>,
    /// A block.
    pub body: StmtId,
    /// From `probe` to the closing brace.
    pub span: Span,
}

/// A dotted probe point, such as `kernel.function("x").return`.
#[derive(Debug, Clone)]
pub struct ProbePoint {
    /// Its parts; at least one.
    pub components: Vec<Component>,
    /// `?`: nothing happens if it does not exist. `!`: likewise, and the first that exists is enough.
    pub optional: Option<char>,
    /// All of it.
    pub span: Span,
}

/// A part of a probe point.
#[derive(Debug, Clone)]
pub struct Component {
    /// Its name, perhaps with wildcards.
    pub name: Name,
    /// Its argument.
    pub argument: Option<Argument>,
}

/// The argument of a part of a probe point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// An integer.
    Number(i64, Span),
    /// A string.
    String(String, Span),
}

/// An expression and its place.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// An integer literal.
    Number(i64),
    /// A string literal, unescaped.
    String(String),
    /// A variable.
    Name(String),
    /// `$name->member->member`.
    Target {
        /// Without the `$`.
        name: String,
        /// The members followed.
        members: Vec<Name>,
    },
    /// `array[key, …]`
    Index {
        /// The array.
        array: Name,
        /// At least one.
        keys: Vec<ExprId>,
    },
    /// `f(…)`, including print and its kin.
    Call {
        /// The function.
        function: Name,
        /// Its arguments.
        args: Vec<ExprId>,
    },
    /// `@count(…)`, `@hist_log(…)`, …
    Statistic {
        /// Without the `@`.
        operator: Name,
        /// What is in the parentheses.
        args: Vec<ExprId>,
    },
    /// `-x`, `!x`, `~x`, `+x`
    Unary(UnaryOp, ExprId),
    /// `x + y`, …
    Binary(BinaryOp, Span, ExprId, ExprId),
    /// `c ? x : y`
    Ternary(ExprId, ExprId, ExprId),
    /// `[k, …] in array`
    In {
        /// At least one.
        keys: Vec<ExprId>,
        /// The array.
        array: Name,
    },
    /// `x = y`, `x += y`, …
    Assign {
        /// Of `x op= y`.
        op: Option<BinaryOp>,
        /// The operator's place.
        at: Span,
        /// What is assigned to.
        place: ExprId,
        /// What is assigned.
        value: ExprId,
    },
    /// `x <<< y`
    Accumulate {
        /// The aggregate.
        place: ExprId,
        /// The sample.
        value: ExprId,
    },
    /// `++x`, `x--`, …
    Increment {
        /// 1 or -1.
        by: i64,
        /// Whether the value is the one after.
        before: bool,
        /// What is changed.
        place: ExprId,
    },
    /// Stands for what could not be parsed; an error has been reported.
    Error,
}

/// Operators before an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
    /// `~`
    Complement,
    /// `+`
    Plus,
}

/// Operators between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is spelt out by `BinaryOp::text`")]
pub enum BinaryOp {
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    ShiftLeft,
    ShiftRight,
    ShiftRightLogical,
    Concatenate,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl UnaryOp {
    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Negate => "-",
            Self::Not => "!",
            Self::Complement => "~",
            Self::Plus => "+",
        }
    }
}

impl BinaryOp {
    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::BitOr => "|",
            Self::BitXor => "^",
            Self::BitAnd => "&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::ShiftRightLogical => ">>>",
            Self::Concatenate => ".",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
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
    /// `;`, or what could not be parsed.
    Empty,
    /// `{ … }`
    Block(Vec<StmtId>),
    /// An expression for its effect.
    Expr(ExprId),
    /// `if (c) … else if (d) … else …`: conditions with what is done, then what is done otherwise.
    ///
    /// One statement however long it is, so that nothing nests by its length.
    If(Vec<(ExprId, StmtId)>, Option<StmtId>),
    /// `while (c) …`
    While(ExprId, StmtId),
    /// `for (a; b; c) …`
    For(Option<ExprId>, Option<ExprId>, Option<ExprId>, StmtId),
    /// `foreach (… in array …) …`
    Foreach(Foreach),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `return x`
    Return(Option<ExprId>),
    /// `next`
    Next,
    /// `delete x`
    Delete(ExprId),
}

/// A loop over the elements of an array.
#[derive(Debug, Clone)]
pub struct Foreach {
    /// Where each element's value goes: `v = …`
    pub value: Option<Name>,
    /// Where each element's keys go.
    pub keys: Vec<Name>,
    /// The array.
    pub array: Name,
    /// The order.
    pub sort: Option<Sort>,
    /// At most so many elements.
    pub limit: Option<ExprId>,
    /// What is done with each.
    pub body: StmtId,
}

/// The order of a loop over an array.
#[derive(Debug, Clone)]
pub struct Sort {
    /// What is compared.
    pub by: SortBy,
    /// `-`: from the largest on.
    pub descending: bool,
    /// The sign's place.
    pub span: Span,
}

/// What a loop over an array sorts by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortBy {
    /// The key at this position.
    Key(usize),
    /// The value; for aggregates, by the operator given, or the count.
    Value(Option<Name>),
}
