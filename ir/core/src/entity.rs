//! Handles of what a module is made of; each prints as the text syntax writes it.

use std::fmt;

use la_arena::{Idx, RawIdx};

use crate::function::{BlockData, InstData, ValueData};

macro_rules! entity {
    ($(#[$doc:meta])* $name:ident, $data:ty, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub Idx<$data>);

        impl $name {
            /// The handle with this number.
            pub fn from_u32(number: u32) -> Self {
                Self(Idx::from_raw(RawIdx::from_u32(number)))
            }

            /// The handle's number.
            pub fn as_u32(self) -> u32 {
                self.0.into_raw().into_u32()
            }

            /// The handle's number, as an index of a side table.
            pub fn index(self) -> usize {
                self.as_u32() as usize
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_u32().cmp(&other.as_u32())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.as_u32())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

entity!(
    /// A value of a function, defined once.
    Value, ValueData, "v"
);
entity!(
    /// A basic block of a function.
    Block, BlockData, "block"
);
entity!(
    /// An instruction of a function.
    Inst, InstData, "inst"
);
entity!(
    /// A global variable of a module.
    GlobalId, crate::module::Global, "@"
);
entity!(
    /// A function of a module; handlers of probes are functions too.
    FuncId, crate::function::Function, "%"
);
