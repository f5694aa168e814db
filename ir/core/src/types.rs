//! Types of values and of globals.

use std::fmt;

use bstr::BString;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// A 64-bit integer; arithmetic wraps.
    I64,
    /// True or false: a condition.
    Bool,
    /// A string of bytes, shorter than the module's `string_max`.
    Str,
    /// A running iteration over a map.
    Iter,
    /// What a map has under some keys, if anything: found once, used again.
    Elem,
}

impl Type {
    /// Every type.
    pub const ALL: [Self; 5] = [Self::I64, Self::Bool, Self::Str, Self::Iter, Self::Elem];

    /// As the text syntax writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::I64 => "i64",
            Self::Bool => "bool",
            Self::Str => "str",
            Self::Iter => "iter",
            Self::Elem => "elem",
        }
    }

    /// The type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.name() == name)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The buckets an aggregate keeps beside its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Histogram {
    /// None.
    #[default]
    None,
    /// One for each power of two, in both directions from zero.
    Log,
    /// Equal ones from `low` to `high`, and one for what is outside at each end.
    Linear {
        /// The start of the first.
        low: i64,
        /// The end of the last.
        high: i64,
        /// The width of each; positive.
        width: i64,
    },
}

impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("plain"),
            Self::Log => f.write_str("log"),
            Self::Linear { low, high, width } => write!(f, "linear {low} {high} {width}"),
        }
    }
}

/// What a map holds under each key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MapValue {
    /// An integer; 0 where there is none.
    I64,
    /// A string; empty where there is none.
    Str,
    /// An aggregate.
    Stat(Histogram),
}

/// What a global variable is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GlobalKind {
    /// An integer with its first value.
    I64(i64),
    /// A string with its first value.
    Str(BString),
    /// An aggregate.
    Stat(Histogram),
    /// A map.
    Map {
        /// The types of the keys: [`Type::I64`] or [`Type::Str`]; at least one.
        keys: Vec<Type>,
        /// What is held under them.
        value: MapValue,
        /// How many elements it has room for; positive.
        capacity: u32,
        /// Whether a full map drops its oldest element; otherwise adding to it faults.
        wrap: bool,
    },
}

impl GlobalKind {
    /// The type a plain read of it has: of a scalar, or of a map's element.
    pub fn value_type(&self) -> Option<Type> {
        match self {
            Self::I64(_) | Self::Map { value: MapValue::I64, .. } => Some(Type::I64),
            Self::Str(_) | Self::Map { value: MapValue::Str, .. } => Some(Type::Str),
            Self::Stat(_) | Self::Map { value: MapValue::Stat(_), .. } => None,
        }
    }

    /// The buckets of the aggregate or aggregates in it; `None` where there are no aggregates.
    pub fn histogram(&self) -> Option<Histogram> {
        match self {
            Self::Stat(histogram) | Self::Map { value: MapValue::Stat(histogram), .. } => {
                Some(*histogram)
            }
            _ => None,
        }
    }

    /// The types of the keys; empty for what is no map.
    pub fn keys(&self) -> &[Type] {
        match self {
            Self::Map { keys, .. } => keys,
            _ => &[],
        }
    }
}
