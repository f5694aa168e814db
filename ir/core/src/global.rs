//! Global variables: scalars, aggregates and maps.

use crate::types::{SourceLoc, StrConst, Type};

/// A global variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalData {
    /// The name, unique among the module's globals.
    pub name: String,
    /// What it holds.
    pub kind: GlobalKind,
    /// Where it is declared.
    pub loc: SourceLoc,
}

/// What a global holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GlobalKind {
    /// An integer or a string, and what it is at first.
    Scalar(Init),
    /// An aggregate, empty at first.
    Stat(StatShape),
    /// A map, empty at first.
    Map(MapShape),
}

/// What a scalar is at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Init {
    /// An integer.
    Int(i64),
    /// A string.
    Str(StrConst),
}

/// What is kept of the values added to an aggregate. The count is always kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatShape {
    /// The sum (for `agg.sum` and `agg.avg`).
    pub sum: bool,
    /// The smallest value.
    pub min: bool,
    /// The largest value.
    pub max: bool,
    /// The histogram.
    pub hist: Hist,
}

/// The histogram of an aggregate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hist {
    /// None.
    #[default]
    None,
    /// Buckets by powers of two.
    Log,
    /// Buckets of one width, and one each for what is below and above.
    Linear {
        /// Where the first bucket begins.
        low: i64,
        /// Where the last bucket ends; not below `low`.
        high: i64,
        /// The width of a bucket; above 0.
        width: i64,
    },
}

/// Keys, values and size of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapShape {
    /// The types of the keys, `i64` or `str`; at least one.
    pub keys: Vec<Type>,
    /// What an element holds.
    pub value: MapValue,
    /// The greatest number of elements; at least 1.
    pub capacity: u32,
    /// When full, the oldest element gives way to a new one.
    pub wrap: bool,
}

/// What an element of a map holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapValue {
    /// An integer.
    Int,
    /// A string.
    Str,
    /// An aggregate.
    Stat(StatShape),
}

impl GlobalKind {
    /// The type of the value that the scalar, or an element of the map, holds; `None` for
    /// aggregates.
    pub const fn held_type(&self) -> Option<Type> {
        match self {
            GlobalKind::Scalar(Init::Int(_)) => Some(Type::I64),
            GlobalKind::Scalar(Init::Str(_)) => Some(Type::Str),
            GlobalKind::Map(MapShape { value: MapValue::Int, .. }) => Some(Type::I64),
            GlobalKind::Map(MapShape { value: MapValue::Str, .. }) => Some(Type::Str),
            GlobalKind::Stat(_) | GlobalKind::Map(_) => None,
        }
    }

    /// The shape of the aggregate, or of those that the map holds.
    pub const fn stat(&self) -> Option<&StatShape> {
        match self {
            GlobalKind::Stat(stat) | GlobalKind::Map(MapShape { value: MapValue::Stat(stat), .. }) => Some(stat),
            _ => None,
        }
    }

    /// The map's shape.
    pub const fn map(&self) -> Option<&MapShape> {
        match self {
            GlobalKind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The types of the keys; none if it is not a map.
    pub fn keys(&self) -> &[Type] {
        self.map().map_or(&[], |map| map.keys.as_slice())
    }
}
