//! Places in code: what a probe point asks for, and what a source finds.

use crate::variables::Term;

/// What a probe point asks for, in one object (the kernel, a module, a program).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What the function is called in its source; `*`, `?` and `[…]` are wildcards.
    pub function: String,
    /// The file that it is declared in, from its last parts on (`fs/read_write.c` for
    /// `./fs/read_write.c`), with wildcards; any when there is none.
    pub file: Option<String>,
    /// Which of its lines.
    pub lines: Lines,
    /// What of it.
    pub what: What,
}

/// The lines that a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// None is written: the function itself.
    Unwritten,
    /// `:n`, `:n-m` and lists of them, in the file's count; first and last.
    Listed(Vec<(u32, u32)>),
    /// `:+n`: counted from the line that the function is declared in.
    Offset(u32),
    /// `:*`.
    All,
}

/// What of a function a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// `.function`: where functions are entered, and their inlined copies.
    Functions {
        /// Functions with code of their own.
        code: bool,
        /// Inlined copies.
        inlined: bool,
        /// Of those with code, only those that other objects can see.
        exported: bool,
    },
    /// `.statement`: the instructions of lines.
    Statements {
        /// Where a line has no code, the nearest that has.
        nearest: bool,
    },
    /// `.label("…")`: labels of the function, by a name with wildcards.
    Labels(String),
    /// `.callee("…")` and `.callees(n)`: what the function calls.
    Callees {
        /// The names of the called, with wildcards and file as a query has them.
        called: String,
        /// How many calls deep; 1 for what the function itself calls.
        depth: u32,
        /// Copies in the callers too, not only functions with code of their own.
        inlined: bool,
    },
}

/// What a probe point asks for by an address of the object's own file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// `.function(N)`: where the function is entered that has this code.
    Function,
    /// `.statement(N)`: a statement that begins there.
    Statement {
        /// Where none begins there, the one that has this code.
        nearest: bool,
    },
}

/// A place in the code of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its address, as the object's own file counts (before it is loaded anywhere).
    pub address: u64,
    /// What is there.
    pub kind: PlaceKind,
    /// What the source calls the function; of an inlined copy, the one that was copied.
    pub function: String,
    /// Where the function is declared (of a statement: where that stands), as the peer writes it:
    /// without the folder that the object was compiled in. Empty when that is not known.
    pub file: String,
    /// The line of that.
    pub line: u32,
    /// A symbol that only one place of the object has, by which it is found when it is loaded.
    pub symbol: String,
    /// Bytes from there; a negative number, as it wraps, where the symbol lies behind.
    pub offset: u64,
    /// Where the source looks for the variables that can be seen here.
    pub scope: Scope,
    /// What whoever probes it should know: calls that the probe will not see, and why.
    pub notes: Vec<String>,
    /// Of a callee: the place of the function that calls it, for the name of the point.
    pub caller: Option<Box<Place>>,
    /// Of a callee: a number that is 0 where control came by other calls than those meant; none if it cannot.
    pub guard: Option<Term>,
}

impl Place {
    /// A place of which only a name is known, by which it is found.
    pub fn named(kind: PlaceKind, name: &str, address: u64) -> Self {
        Self {
            address,
            kind,
            function: name.to_owned(),
            file: String::new(),
            line: 0,
            symbol: name.to_owned(),
            offset: 0,
            scope: Scope::default(),
            notes: Vec::new(),
            caller: None,
            guard: None,
        }
    }
}

/// What is at a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// A function is entered.
    Entry,
    /// An inlined copy of a function begins.
    Inlined,
    /// A statement begins.
    Statement,
    /// A label, of this name.
    Label(String),
}

/// A block of code, as one source of knowledge numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scope(pub u64);
