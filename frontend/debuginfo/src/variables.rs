//! Variables: which can be seen at a place, and how their values are come by.

use crate::info::{Error, TypeId};

/// A variable that can be seen at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// What the source calls it.
    pub name: String,
    /// Its type; none where the source gives none.
    pub ty: Option<TypeId>,
    /// Whether it is a parameter of the function.
    pub parameter: bool,
    /// Where it is, or why it cannot be read here (optimised out, …).
    pub location: Result<Where, Error>,
}

/// Where a variable is, at one place in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// In memory, at this address.
    Memory(Term),
    /// In no place: this is its value, in the lowest bytes.
    Value(Term),
    /// In a register, by its number in DWARF.
    Register(u16),
    /// In several places, the first bytes first.
    Pieces(Vec<Piece>),
    /// Its bytes are these.
    Bytes(Vec<u8>),
    /// It would point at a variable that is not in memory: that variable, and how many bytes behind
    /// its start.
    Pointer(Box<Where>, i64),
}

/// A part of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it is; none where it was optimised out.
    pub at: Option<Where>,
    /// How many bits it has.
    pub bits: u32,
    /// The lowest of them in the place where it is.
    pub start: u32,
}

/// A calculation of DWARF's location language, as a tree: a number of 64 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A number.
    Const(i64),
    /// An address in the object's own file, moved to where the object is loaded.
    Address(u64),
    /// What a register holds where the probe is hit, by its number in DWARF.
    Register(u16),
    /// So many bytes (1, 2, 4, 8) of memory, with or without sign.
    Load(Box<Term>, u32, bool),
    /// An operator before its operand.
    Unary(Unary, Box<Term>),
    /// An operator between operands.
    Binary(Binary, Box<Term>, Box<Term>),
    /// The second if the first is not 0, else the third.
    Select(Box<Term>, Box<Term>, Box<Term>),
    /// What the function was called with: the value for where it returns to, which is told first; where that is none
    /// of these, nothing is known.
    ByCaller(Box<Term>, Vec<(u64, Term)>),
    /// The address of a thread's own variable, from the offset in the object's block of them.
    ThreadLocal(Box<Term>),
    /// Where what is so many calls further out returns to, by the stack as it is unwound: a return probe there writes
    /// over it in memory.
    ReturnAddress(u32),
}

impl Term {
    /// The calculations that it is made of, none of those within them.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Const(_) | Self::Address(_) | Self::Register(_) | Self::ReturnAddress(_) => {
                Vec::new()
            }
            Self::Load(inner, ..) | Self::Unary(_, inner) | Self::ThreadLocal(inner) => vec![inner],
            Self::Binary(_, left, right) => vec![left, right],
            Self::Select(condition, then, otherwise) => vec![condition, then, otherwise],
            Self::ByCaller(returns, told) => {
                std::iter::once(&**returns).chain(told.iter().map(|(_, value)| value)).collect()
            }
        }
    }
}

impl Where {
    /// Whether it is only known where the function was entered by some of its callers.
    pub fn needs_caller(&self) -> bool {
        let mut open = match self {
            Self::Memory(term) | Self::Value(term) => vec![term],
            Self::Register(_) | Self::Bytes(_) => Vec::new(),
            Self::Pieces(pieces) => {
                return pieces.iter().filter_map(|piece| piece.at.as_ref()).any(Self::needs_caller);
            }
            Self::Pointer(to, _) => return to.needs_caller(),
        };
        while let Some(term) = open.pop() {
            if let Term::ByCaller(..) = term {
                return true;
            }
            open.extend(term.parts());
        }
        false
    }
}

/// Operators before an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named like the operations of DWARF")]
pub enum Unary {
    Neg,
    Not,
    /// The lowest bits of this number, with or without sign, extended to 64.
    Extend(u32, bool),
}

/// Operators between operands; division is signed and by 0 a fault, comparisons are signed and give
/// 1 or 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named like the operations of DWARF")]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    UnsignedDiv,
    UnsignedMod,
    And,
    Or,
    Xor,
    Shl,
    Shr,
    ShrSigned,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}
