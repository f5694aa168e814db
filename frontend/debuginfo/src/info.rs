//! The questions, and the answers' types; the same for every source of knowledge.

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
    /// Where handlers cannot read it, and why.
    Unavailable(String),
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

/// What the compiler may ask of a kernel.
pub trait KernelInfo {
    /// Where the answers come from: `BTF`, `DWARF`, …
    fn source(&self) -> &str;

    /// The function of this symbol, if there is one that can be probed.
    ///
    /// # Errors
    /// When the debug information is damaged, or it says that the function cannot be probed.
    fn function(&self, name: &str) -> Result<Option<Function>, Error>;

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
}
