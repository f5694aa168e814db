//! Expressions of the tree.

use stapc_diagnostics::Span;

use super::{Code, ExprId, Name, Text};

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
    /// A string literal.
    String(Text),
    /// A variable.
    Name(String),
    /// `$name`, `@cast(…)`, `@var(…)` or any value, with members and elements behind it.
    Target(Target),
    /// `array[key, …]`
    Index {
        /// The array.
        array: Name,
        /// At least one; `*` is [`ExprKind::Any`].
        keys: Vec<ExprId>,
    },
    /// `*` as a key.
    Any,
    /// `f(…)`, including print and its kin.
    Call {
        /// The function.
        function: Name,
        /// Its arguments.
        args: Vec<ExprId>,
    },
    /// What is read from an aggregate (`@count(…)`, `@variance(…)`), or its histogram
    /// (`@hist_log(…)`, `@hist_linear(…)`).
    Statistic {
        /// Without the `@`.
        operator: Name,
        /// What is in the parentheses.
        args: Vec<ExprId>,
    },
    /// `@hist_log(x)[i]`: how many samples are in a bucket.
    Bucket {
        /// A [`ExprKind::Statistic`].
        histogram: ExprId,
        /// Which, from 0 on.
        index: ExprId,
    },
    /// The other operators that begin with `@`: [`OPERATORS`].
    Operator {
        /// Without the `@`.
        operator: Name,
        /// What is in the parentheses.
        args: Vec<ExprId>,
    },
    /// `-x`, `!x`, `~x`, `+x`
    Unary(UnaryOp, ExprId),
    /// `x + y`, …
    Binary(BinaryOp, Span, ExprId, ExprId),
    /// `x =~ "…"`, `x !~ "…"`
    Match {
        /// `!~`
        negated: bool,
        /// The operator's place.
        at: Span,
        /// What is looked through.
        value: ExprId,
        /// The regular expression.
        pattern: Text,
    },
    /// `c ? x : y`
    Ternary(ExprId, ExprId, ExprId),
    /// `[k, …] in array`
    In {
        /// At least one.
        keys: Vec<ExprId>,
        /// An array's [`ExprKind::Name`], or a histogram.
        array: ExprId,
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
    /// `%{ … %}`
    Embedded(Code),
    /// Stands for what could not be parsed; an error has been reported.
    Error,
}

/// Operators of the language that begin with `@`, beside statistics, `@cast` and `@var`: a macro
/// cannot have their names.
pub const OPERATORS: [&str; 10] = [
    "const",
    "defined",
    "entry",
    "enum",
    "kderef",
    "kregister",
    "perf",
    "probewrite",
    "uderef",
    "uregister",
];

/// What is read from an aggregate, or drawn of it.
pub const STATISTICS: [&str; 8] =
    ["avg", "count", "hist_linear", "hist_log", "max", "min", "sum", "variance"];

/// Something of the probed program, and what is followed from it.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it starts.
    pub root: TargetRoot,
    /// What is followed from there, in order.
    pub selectors: Vec<Selector>,
    /// How many `$` stand behind it (0 to 2): its text, or that of all it holds.
    pub pretty: u8,
    /// `&`: its address.
    pub address: bool,
}

/// What a [`Target`] starts from.
#[derive(Debug, Clone)]
pub enum TargetRoot {
    /// `$name`, here without its first `$`; `$$vars` is `$vars`.
    Variable(Name),
    /// `@cast(…)`, `@var(…)`: the operator without its `@`, and its arguments.
    Operator(Name, Vec<ExprId>),
    /// A value, whose type says what it points to. At least one selector follows.
    Value(ExprId),
}

/// A step from something of the probed program to a part of it.
#[derive(Debug, Clone)]
pub enum Selector {
    /// `->member`
    Member(Name),
    /// `[index]`
    Element(ExprId),
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
