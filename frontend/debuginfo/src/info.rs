//! The questions, and the answers' types; the same for every source of knowledge.

use crate::{
    marks::Mark,
    places::{At, Lines, Place, Query, What},
    traced::{TRACE_CALLER, Traced, traced},
    variables::{Binary, Piece, Term, Variable, Where},
};

/// A type, as one source of knowledge numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeId(pub u64);

/// A function of the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its symbol.
    pub name: String,
    /// Its parameters, in order.
    pub params: Vec<Param>,
    /// The type of its value; none for `void`.
    pub returns: Option<TypeId>,
    /// What whoever probes it should know: calls that the probe will not see, and why.
    pub notes: Vec<String>,
}

impl Function {
    /// A function that has code, and nothing said about it by a source.
    pub(crate) fn undescribed(name: &str, source: &str) -> Self {
        let note = format!("{source} does not describe it: its parameters are not known");
        Self { name: name.to_owned(), params: Vec::new(), returns: None, notes: vec![note] }
    }
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// What the kernel's source calls it.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// Where it is when the function is entered.
    pub location: Location,
}

/// Where a parameter is when its function is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In the register of the integer argument at this position (0 to 5).
    Register(u8),
    /// 8 bytes of a structure in each of the registers of so many integer arguments from this position on.
    Registers(u8, u8),
    /// On the stack, so many bytes behind the first argument there.
    Stack(u32),
    /// Where handlers cannot read it, and why.
    Unavailable(String),
}

/// The registers of integer arguments, by their numbers in DWARF (System V ABI for x86-64, figure 3.36).
pub const ARGUMENTS: [u16; 6] = [5, 4, 1, 2, 8, 9];

/// The stack pointer; where a function is entered, the return address lies there, and then the arguments.
pub(crate) const STACK: u16 = 7;
pub(crate) const RETURN_ADDRESS: i64 = 8;

impl Location {
    /// As a variable has it; or why it cannot be read.
    ///
    /// # Errors
    /// When handlers cannot read it.
    pub fn place(&self) -> Result<Where, Error> {
        let register = |position: u8| Where::Register(ARGUMENTS[usize::from(position).min(5)]);
        match self {
            Self::Register(position) | Self::Registers(position, 1) => Ok(register(*position)),
            Self::Registers(first, count) => {
                let piece = |at| Piece { at: Some(register(at)), bits: 64, start: 0 };
                Ok(Where::Pieces((*first..first + count).map(piece).collect()))
            }
            Self::Stack(offset) => Ok(Where::Memory(Term::Binary(
                Binary::Add,
                Box::new(Term::Register(STACK)),
                Box::new(Term::Const(RETURN_ADDRESS + i64::from(*offset))),
            ))),
            Self::Unavailable(why) => Err(Error(why.clone())),
        }
    }
}

/// A type, without the names and qualifiers around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// An integer, enumeration or boolean of `bytes` bytes.
    Int {
        /// 1, 2, 4 or 8 (others cannot be read).
        bytes: u32,
        /// Whether it has a sign.
        signed: bool,
    },
    /// A number of floating point of 4 or 8 bytes (others cannot be read).
    Float(u32),
    /// A pointer, and what to; none for `void`.
    Pointer(Option<TypeId>),
    /// A structure or union.
    Struct {
        /// As C spells it, with `struct` or `union`.
        name: String,
    },
    /// An array and the type of its elements.
    Array(TypeId),
    /// Anything else, by a name for messages.
    Other(String),
}

/// A member of a structure or union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Bytes from the start of the structure asked about; inner unnamed structures are looked into.
    pub offset: u64,
    /// Its type.
    pub ty: TypeId,
    /// Which bits of it, if not all.
    pub bitfield: Option<Bitfield>,
}

/// A member in the order of the source, which unnamed structures are too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is called; empty for an unnamed structure.
    pub name: String,
    /// Where it is.
    pub member: Member,
}

/// Bits of a member, counted from the lowest of the unit at its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bitfield {
    /// The lowest.
    pub start: u32,
    /// How many.
    pub bits: u32,
}

/// Debug information that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the debug information cannot be read: {0}")]
pub struct Error(pub String);

/// What the compiler may ask of an object: the kernel, a module of it, a program.
///
/// What a source does not know, it says with [`Source::cannot`].
pub trait Source {
    /// Where the answers come from: `BTF`, `DWARF`, …
    fn source(&self) -> &str;

    /// The function of this symbol, if there is one that can be probed.
    ///
    /// # Errors
    /// When the debug information is damaged, or it says that the function cannot be probed.
    fn function(&self, name: &str) -> Result<Option<Function>, Error>;

    /// Whether there is code of this symbol. Many may be asked about.
    fn has_code(&self, symbol: &str) -> bool {
        matches!(self.function(symbol), Ok(Some(_)))
    }

    /// What the tracepoint of this name is called with, as a function of that name, if there is one.
    ///
    /// # Errors
    /// When the debug information is damaged.
    fn tracepoint(&self, name: &str) -> Result<Option<Function>, Error> {
        let caller = self.function(&format!("{TRACE_CALLER}{name}"))?;
        Ok(caller.map(|caller| traced(name, caller)))
    }

    /// The tracepoints whose names fit a pattern, in order, each behind the system that it belongs to if
    /// that is known; only those of one system, if one is given.
    ///
    /// # Errors
    /// When the debug information is damaged, or the source does not know systems.
    fn tracepoints(&self, pattern: &str, system: Option<&str>) -> Result<Vec<Traced>, Error> {
        let file = system.map(|system| format!("trace/events/{system}.h"));
        let what = What::Functions { code: true, inlined: false, exported: false };
        let function = format!("{TRACE_CALLER}{pattern}");
        let query = Query { function, file, lines: Lines::Unwritten, what };
        let mut names = Vec::new();
        for place in self.places(&query)? {
            let Some(name) = place.function.strip_prefix(TRACE_CALLER) else { continue };
            let file = place.file.rsplit_once("trace/events/").map(|(_, file)| file);
            let system = file.and_then(|file| file.strip_suffix(".h"));
            names.push((system.map(str::to_owned), name.to_owned()));
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Functions with names like this one, for "did you mean"; the nearest first, and not many.
    fn functions_like(&self, name: &str) -> Vec<String>;

    /// A type, with `typedef`, `const` and the like taken off.
    ///
    /// # Errors
    /// When the debug information is damaged.
    fn ty(&self, ty: TypeId) -> Result<Type, Error>;

    /// A member of a structure or union by name.
    ///
    /// # Errors
    /// When the debug information is damaged.
    fn member(&self, ty: TypeId, name: &str) -> Result<Option<Member>, Error>;

    /// The names of all its members.
    ///
    /// # Errors
    /// When the debug information is damaged.
    fn members(&self, ty: TypeId) -> Result<Vec<String>, Error>;

    /// All its members, unnamed structures among them, in order.
    ///
    /// # Errors
    /// When the debug information is damaged, or the source cannot answer such a question.
    fn parts(&self, _ty: TypeId) -> Result<Vec<Part>, Error> {
        Err(self.cannot("list members"))
    }

    /// Whether an integer is a character.
    ///
    /// # Errors
    /// When the debug information is damaged.
    fn is_character(&self, _ty: TypeId) -> Result<bool, Error> {
        Ok(false)
    }

    /// The bytes that a value of a type takes; none for `void`, functions, arrays without an end
    /// and structures that are only declared.
    ///
    /// # Errors
    /// When the debug information is damaged.
    fn size(&self, _ty: TypeId) -> Result<Option<u64>, Error> {
        Ok(None)
    }

    /// The type that C calls `struct NAME`, `union NAME`, or by the name of a typedef.
    ///
    /// # Errors
    /// When the debug information is damaged, or there are several different ones.
    fn named(&self, _name: &str) -> Result<Option<TypeId>, Error> {
        Ok(None)
    }

    /// What the object's own file has from an address on; none if that is not known.
    fn bytes(&self, _address: u64) -> Option<&[u8]> {
        None
    }

    /// The address of the symbol `_stext` in the object's own file, from which on its other addresses are
    /// counted; none if that is not known.
    fn start(&self) -> Option<u64> {
        None
    }

    /// How an address of the object's own file is found once the object is loaded: a symbol that only one
    /// place of it has, and the bytes from there (which wrap, where it lies before the symbol).
    ///
    /// # Errors
    /// When there is no such symbol, or what is there is not in one place.
    fn anchor(&self, _address: u64) -> Result<(String, u64), Error> {
        Err(self.cannot("find symbols of addresses"))
    }

    /// Whether each processor has a copy of what is at an address of the object's own file.
    fn is_per_cpu(&self, _address: u64) -> bool {
        false
    }

    /// The address of the block of variables of the object that the running thread has for its own.
    ///
    /// # Errors
    /// When the object has none, or how it is found is not known.
    fn thread_block(&self) -> Result<Term, Error> {
        Err(self.cannot("find the variables of threads"))
    }

    /// Whether it knows places in code, and what can be seen there.
    fn knows_places(&self) -> bool {
        false
    }

    /// The places that a probe point asks for, by address; none if there are none.
    ///
    /// # Errors
    /// When the debug information is damaged, or the source cannot answer such a question.
    fn places(&self, _query: &Query) -> Result<Vec<Place>, Error> {
        Err(self.cannot("find places in code"))
    }

    /// The place that a probe point asks for by an address of the object's own file; none if no
    /// function is known there.
    ///
    /// # Errors
    /// When the debug information is damaged, what is there cannot be probed, or the source cannot answer
    /// such a question.
    fn place_at(&self, _address: u64, _at: At) -> Result<Option<Place>, Error> {
        Err(self.cannot("find places by their addresses"))
    }

    /// Where the code begins that the addresses in a symbol table of the object are counted from, as
    /// [`Place`]s count; 0 of what is linked.
    fn text(&self) -> u64 {
        0
    }

    /// Why the kernel refuses a probe at an address of its own file, if the source knows that it does.
    fn closed(&self, _address: u64) -> Option<&'static str> {
        None
    }

    /// The function whose code begins at an address of the object's own file, if it is described.
    fn entry_at(&self, _address: u64) -> Option<Place> {
        None
    }

    /// The variables that can be seen at a place, the parameters and the innermost first: each name
    /// once.
    ///
    /// # Errors
    /// When the debug information is damaged, or the source cannot answer such a question.
    fn variables(&self, _place: &Place) -> Result<Vec<Variable>, Error> {
        Err(self.cannot("find variables"))
    }

    /// The value of the function at a place where it returns, as a variable named `return`; none for
    /// `void`.
    ///
    /// # Errors
    /// When the debug information is damaged, or the source cannot answer such a question.
    fn returned(&self, _place: &Place) -> Result<Option<Variable>, Error> {
        Err(self.cannot("find the values of functions"))
    }

    /// The global variable of a name, perhaps of one file (`fs/read_write.c`, with wildcards).
    ///
    /// # Errors
    /// When the debug information is damaged, or the source cannot answer such a question.
    fn global(&self, _name: &str, _file: Option<&str>) -> Result<Option<Variable>, Error> {
        Err(self.cannot("find global variables"))
    }

    /// The value of an enumerator.
    ///
    /// # Errors
    /// When the debug information is damaged, or the source cannot answer such a question.
    fn enumerator(&self, _name: &str) -> Result<Option<i64>, Error> {
        Err(self.cannot("find enumerators"))
    }

    /// A type as the peer's listing spells it: `struct file*`, `char const*`, `long unsigned int`.
    ///
    /// # Errors
    /// When the debug information is damaged.
    fn type_name(&self, _ty: TypeId) -> Result<String, Error> {
        Err(self.cannot("spell types"))
    }

    /// Where the object's file has the byte that is at an address once the file is run; none if that
    /// comes from no file, or is not known.
    fn file_offset(&self, _address: u64) -> Option<u64> {
        None
    }

    /// The marks (`sys/sdt.h`) whose provider and name fit two patterns, by address.
    ///
    /// # Errors
    /// When they are damaged, or the source cannot answer such a question.
    fn marks(&self, _provider: &str, _name: &str) -> Result<Vec<Mark>, Error> {
        Err(self.cannot("find marks"))
    }

    /// The entries of the procedure linkage table for functions of other objects whose names fit a
    /// pattern, by address.
    ///
    /// # Errors
    /// When the tables are damaged, or the source cannot answer such a question.
    fn linkage(&self, _pattern: &str) -> Result<Vec<Place>, Error> {
        Err(self.cannot("find the procedure linkage table"))
    }

    /// How many elements an array has; none of one without an end, and of what is no array.
    ///
    /// # Errors
    /// When the debug information is damaged.
    fn length(&self, _ty: TypeId) -> Result<Option<u64>, Error> {
        Ok(None)
    }

    /// The error of a question that this source cannot answer.
    fn cannot(&self, what: &str) -> Error {
        Error(format!("{} cannot {what}", self.source()))
    }
}
