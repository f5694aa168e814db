//! The abstract syntax tree: what scripts say, before any name has a meaning.
//!
//! One [`Tree`] holds all files of a compilation, those of the script library included, so that a
//! handle means the same everywhere. A span whose file is an expansion (see
//! [`stapc_diagnostics::SourceMap::add_expansion`]) stands in the body of a macro.

mod expressions;

use bstr::BString;
use la_arena::{Arena, Idx};
use stapc_diagnostics::{FileId, Span};

pub use expressions::*;

/// A handle of an expression.
pub type ExprId = Idx<Expr>;
/// A handle of a statement.
pub type StmtId = Idx<Stmt>;

/// The declarations of all files that have been parsed, in the order in which they were.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The declarations.
    pub items: Vec<Item>,
    /// All expressions.
    pub exprs: Arena<Expr>,
    /// All statements.
    pub stmts: Arena<Stmt>,
}

/// A declaration and the file that it belongs to.
#[derive(Debug, Clone)]
pub struct Item {
    /// The file that was parsed; that of a macro's use, if a macro made the declaration.
    pub file: FileId,
    /// From its first to its last token.
    pub span: Span,
    /// What it declares.
    pub kind: ItemKind,
}

/// What a declaration declares.
#[derive(Debug, Clone)]
pub enum ItemKind {
    /// `global a, b[10] = …`
    Globals(Globals),
    /// `function f (…) { … }`
    Function(Function),
    /// `probe … { … }`
    Probe(Probe),
    /// `probe alias = … { … }`
    Alias(Alias),
    /// `%{ … %}`
    Embedded(Code),
}

/// A name where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The identifier.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// C between `%{` and `%}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What stands between the two.
    pub text: BString,
    /// With the two.
    pub span: Span,
}

/// A string literal, or several side by side, unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The bytes that it stands for.
    pub bytes: BString,
    /// From the first quote to the last.
    pub span: Span,
}

/// Global variables declared together.
#[derive(Debug, Clone)]
pub struct Globals {
    /// `private`: only this file sees them.
    pub private: bool,
    /// At least one.
    pub globals: Vec<Global>,
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
    /// `= …`: a literal.
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
    /// `private`: only this file sees it.
    pub private: bool,
    /// What it is called.
    pub name: Name,
    /// The declared type of its value.
    pub returns: Option<TypeName>,
    /// Its parameters.
    pub params: Vec<Param>,
    /// `:N` behind the parameters: of functions of one name, the lowest is tried first.
    pub priority: Option<(i64, Span)>,
    /// What it does.
    pub body: FunctionBody,
}

/// What a function does.
#[derive(Debug, Clone)]
pub enum FunctionBody {
    /// A block.
    Block(StmtId),
    /// C.
    Embedded(Code),
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

/// `probe NAME = POINTS { … }`, `probe NAME += POINTS { … }`, either with `, { … }` behind it.
#[derive(Debug, Clone)]
pub struct Alias {
    /// What it is called; at least one, each without condition and presence.
    pub names: Vec<ProbePoint>,
    /// Where; at least one.
    pub points: Vec<ProbePoint>,
    /// Done before the body of the probe that uses the alias: a block.
    pub prologue: Option<StmtId>,
    /// Done behind it: a block. Of `+=`, it is the first block that is written.
    pub epilogue: Option<StmtId>,
}

/// A dotted probe point, such as `kernel.function("x").return`.
#[derive(Debug, Clone)]
pub struct ProbePoint {
    /// Its parts; at least one.
    pub components: Vec<Component>,
    /// What if it does not exist.
    pub presence: Presence,
    /// `if (…)`: when the probe is armed.
    pub condition: Option<ExprId>,
    /// All of it.
    pub span: Span,
}

/// What is asked of a probe point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presence {
    /// It must exist.
    Required,
    /// `?`: nothing happens if it does not exist.
    Optional,
    /// `!`: likewise; and if it exists, those that follow it in the list are left out.
    Sufficient,
}

/// A part of a probe point.
#[derive(Debug, Clone)]
pub enum Component {
    /// `name`, `name(argument)`
    Named {
        /// Its name, perhaps with the wildcard `*`.
        name: Name,
        /// Its argument.
        argument: Option<Argument>,
    },
    /// `{a, b.c}`: one of these, each as if it stood here alone.
    Alternatives {
        /// At least one. None has a condition.
        points: Vec<ProbePoint>,
        /// With the braces.
        span: Span,
    },
}

/// The argument of a part of a probe point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// An integer.
    Number(i64, Span),
    /// A string.
    String(Text),
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
    /// `try { … } catch (message) { … }`
    Try {
        /// A block.
        body: StmtId,
        /// The variable that takes the error's text.
        message: Option<Name>,
        /// A block.
        handler: StmtId,
    },
}

/// A loop over the elements of an array.
#[derive(Debug, Clone)]
pub struct Foreach {
    /// Where each element's value goes: `v = …`
    pub value: Option<Name>,
    /// Where each element's keys go.
    pub keys: Vec<Name>,
    /// An array's [`ExprKind::Name`], a slice of one ([`ExprKind::Index`] with `*` among its keys), or
    /// a histogram.
    pub array: ExprId,
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
