//! The rows of the index, and their flags.

use super::rows::{Reader, Row};

macro_rules! row {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) struct $name { $($(#[$field_doc])* pub $field: $ty,)* }

        impl Row for $name {
            const BYTES: usize = 0 $(+ size_of::<$ty>())*;

            fn read(bytes: &mut Reader<'_>) -> Self {
                Self { $($field: bytes.$ty(),)* }
            }

            fn write(&self, out: &mut Vec<u8>) {
                $(out.extend(self.$field.to_le_bytes());)*
            }
        }
    };
}

row! {
    /// One function: code, or the memory of a function that has none of its own.
    FunctionEntry {
        /// What the source calls it.
        name: u32,
        /// The symbol at its address.
        symbol: u32,
        /// The file that it is declared in, and the line.
        file: u32,
        line: u32,
        /// Of [`CODE`] and the like; the reason why it cannot be probed in the upper half.
        flags: u32,
        /// Its entry in `.debug_info`.
        die: u64,
        /// The address where it is entered.
        entry: u64,
    }
}

row! {
    /// A function that was put into callers.
    DeclaredEntry {
        name: u32,
        file: u32,
        line: u32,
        /// Its copies, in the table of these.
        first: u32,
        count: u32,
    }
}

row! {
    /// A copy of a function in one that calls it.
    InlinedEntry {
        /// As of a function.
        flags: u32,
        die: u64,
        /// The address where it begins.
        entry: u64,
    }
}

row! {
    /// The definition of a type.
    TypeEntry {
        kind: u32,
        name: u32,
        /// Whether there are others of this name that differ from it.
        several: u32,
        die: u64,
    }
}

row! {
    /// An enumerator.
    EnumeratorEntry {
        name: u32,
        /// Whether there are others of this name that differ from it.
        several: u32,
        value: u64,
    }
}

row! {
    /// A global variable.
    VariableEntry {
        name: u32,
        file: u32,
        die: u64,
    }
}

row! {
    /// Code that may not be probed.
    ClosedEntry {
        /// The number of the reason.
        why: u32,
        /// Its first address, and the first behind it.
        start: u64,
        end: u64,
    }
}

row! {
    /// A symbol of an object that is not linked, by which places in its section are found.
    AnchorEntry {
        name: u32,
        /// Whether each processor has a copy of what is there.
        per_cpu: u32,
        address: u64,
        /// Where its section begins and ends.
        start: u64,
        end: u64,
    }
}

/// It has code; otherwise it was put into all of its callers.
pub(super) const CODE: u32 = 1;
/// It was put into some of its callers.
pub(super) const INLINED: u32 = 2;
/// Other objects can see it.
pub(super) const EXTERNAL: u32 = 4;
/// Other code of the object has the same symbol.
pub(super) const AMBIGUOUS: u32 = 8;
/// It is only a piece of the function (`name.part.0`), which the rest of it calls.
pub(super) const PIECE: u32 = 16;
/// Where in the flags it is said why it cannot be probed; see [`crate::probeable::CLOSED`].
pub(super) const CLOSED_SHIFT: u32 = 16;

impl FunctionEntry {
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}
