//! Values while they are computed, and where strings lie.

use std::rc::Rc;

use stapc_ir::GlobalId;

/// The bytes of a string.
pub type Text = Rc<[u8]>;

/// A value.
#[derive(Debug, Clone, Default)]
pub enum Datum {
    /// It is not defined yet.
    #[default]
    Unset,
    Int(i64),
    Bool(bool),
    Str(Place),
    /// The number of a running iteration, and its serial number.
    Iter(u32, u32),
    Elem(Found),
}

impl Datum {
    /// What it is called in messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unset => "a value without definition",
            Self::Int(_) => "an integer",
            Self::Bool(_) => "a condition",
            Self::Str(_) => "a string",
            Self::Iter(..) => "an iteration",
            Self::Elem(_) => "an element",
        }
    }
}

/// What was found in a map.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub map: GlobalId,
    /// [`NOTHING`] if nothing was.
    pub element: u32,
    /// The map's then.
    pub stamp: u32,
    /// A hash of the keys.
    pub keys: u32,
}

/// No element.
pub const NOTHING: u32 = u32::MAX;

impl Found {
    /// The element, if there was one.
    pub fn element(self) -> Option<u32> {
        Some(self.element).filter(|&element| element != NOTHING)
    }
}

/// Where a string lies. A stamp says when it was put there: it is there no longer if what lies there
/// has another.
#[derive(Debug, Clone)]
pub enum Place {
    /// In itself: constants, and all strings before storage is assigned.
    Own(Text),
    /// In a slot, counted over all frames.
    Slot { at: u32, stamp: u32 },
    /// In a scalar.
    Global { global: GlobalId, stamp: u32 },
    /// A key of an element.
    Key { map: GlobalId, element: u32, key: u32, stamp: u32 },
    /// The value of an element.
    Element { map: GlobalId, element: u32, stamp: u32 },
}

/// What is stored in a global, as a key or as a value.
#[derive(Debug, Clone)]
pub enum Cell {
    Int(i64),
    Text(Text),
    Stat(Box<crate::stat::Stat>),
}

impl Cell {
    /// As the dump of globals writes it.
    pub fn show(&self) -> String {
        match self {
            Self::Int(value) => value.to_string(),
            Self::Text(text) => format!("{:?}", bstr::BStr::new(text)),
            Self::Stat(stat) => stat.show(),
        }
    }
}
