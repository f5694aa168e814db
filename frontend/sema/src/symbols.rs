//! What the names of a script stand for.

use std::collections::HashMap;

use stapc_diagnostics::{FileId, Span};
use stapc_ir::{Histogram, Type};

use crate::{
    intrinsics::Intrinsic,
    unify::{TypeVar, Types},
};

/// What every name of a script stands for, and of which type it is.
#[derive(Debug)]
pub struct Symbols {
    /// The types.
    pub types: Types,
    /// Globals, in the order of [`crate::elaborate::Elaborated::globals`].
    pub globals: Vec<Global>,
    /// Functions, in the order of [`crate::elaborate::Elaborated::functions`].
    pub functions: Vec<Function>,
    /// Their positions by the items that declare them.
    pub function_items: HashMap<usize, usize>,
    /// The locals of each handler.
    pub probe_locals: Vec<Scope>,
}

/// The local variables of a body.
#[derive(Debug, Default)]
pub struct Scope {
    /// In the order in which they are met; parameters first.
    pub locals: Vec<Local>,
    /// Their positions by name.
    pub names: HashMap<String, usize>,
}

/// A local variable.
#[derive(Debug)]
pub struct Local {
    /// What it is called.
    pub name: String,
    /// Its type.
    pub ty: TypeVar,
    /// Where it is met first.
    pub span: Span,
    /// Whether anything is ever assigned to it.
    pub assigned: bool,
    /// Whether its value is ever used.
    pub read: bool,
    /// Whether anything is assigned to it beside what it starts with.
    pub changed: bool,
    /// The array whose elements it takes in a loop, and the locals that take their keys.
    pub element: Option<(usize, Vec<usize>)>,
}

/// What a function passes a call on to that it declines (`next`).
#[derive(Debug, Clone, Copy)]
pub enum Successor {
    /// Another function.
    Script(usize),
    /// What the compiler knows.
    Intrinsic(Intrinsic),
}

/// What a global turned out to be used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A value.
    Plain,
    /// Aggregates.
    Aggregate,
}

/// A global variable.
#[derive(Debug)]
pub struct Global {
    /// What it is called.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Whether the user has declared it.
    pub user: bool,
    /// Whether anything is put into it.
    pub written: bool,
    /// Whether anything is taken from it.
    pub read: bool,
    /// The type of its value or values.
    pub value: TypeVar,
    /// The types of its keys, once it is known to be an array, and where that was found out.
    pub keys: Option<(Vec<TypeVar>, Span)>,
    /// Where it is used as no array.
    pub scalar: Option<Span>,
    /// Where it is declared to be an array, by a size or by `%`.
    pub sized: Option<Span>,
    /// What it is used as, and where that was found out.
    pub used: Option<(Use, Span)>,
    /// The histogram that is drawn of it, and where.
    pub histogram: Option<(Histogram, Span)>,
    /// Whether it has been reported that uses of it do not fit each other.
    pub in_conflict: bool,
}

/// A function.
#[derive(Debug)]
pub struct Function {
    /// What it is called.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// The item that declares it.
    pub item: usize,
    /// The file that it belongs to.
    pub file: FileId,
    /// Whether its body is C.
    pub embedded: bool,
    /// What follows it among those of its name, if it may pass a call on.
    pub successor: Option<Successor>,
    /// Whether it may pass a call on.
    pub declines: bool,
    /// The types of its parameters.
    pub params: Vec<TypeVar>,
    /// The type of its value.
    pub returns: TypeVar,
    /// Whether it says that it returns a value.
    pub returns_value: bool,
    /// Whether it gives a value: it says so, or its value is used.
    pub has_value: bool,
    /// Its locals.
    pub scope: Scope,
    /// Whether probes can come to call it.
    pub called: bool,
}

impl Symbols {
    /// Nothing.
    pub fn new() -> Self {
        Self {
            types: Types::new(),
            globals: Vec::new(),
            functions: Vec::new(),
            function_items: HashMap::new(),
            probe_locals: Vec::new(),
        }
    }

    /// The type found out; `I64` where nothing was, which then does not matter.
    pub fn ty(&self, var: TypeVar) -> Type {
        self.types.get(var).unwrap_or(Type::I64)
    }
}

impl Scope {
    /// The position of a local, which begins to exist if it does not yet.
    pub fn local(&mut self, name: &str, span: Span, types: &mut Types) -> usize {
        if let Some(&position) = self.names.get(name) {
            return position;
        }
        self.locals.push(Local {
            name: name.to_owned(),
            ty: types.fresh(),
            span,
            assigned: false,
            read: false,
            changed: false,
            element: None,
        });
        self.names.insert(name.to_owned(), self.locals.len() - 1);
        self.locals.len() - 1
    }
}
