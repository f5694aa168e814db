//! Ends of blocks: where control goes from there.

use crate::entity::{Block, Value};

/// The end of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Terminator {
    /// To a block.
    Jump(Edge),
    /// To the first if the condition is true, else to the second.
    Branch(Value, Edge, Edge),
    /// Out of the function, with its value if it returns one.
    Return(Option<Value>),
    /// On with the fault that led here: to this block's handler, or out of the function.
    Raise,
}

/// A way to a block, with values for its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The block.
    pub block: Block,
    /// One for each parameter.
    pub args: Vec<Value>,
}

impl Edge {
    /// To a block without parameters.
    pub fn to(block: Block) -> Self {
        Self { block, args: Vec::new() }
    }
}

impl Terminator {
    /// The edges out of it.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        let (first, second) = match self {
            Self::Jump(edge) => (Some(edge), None),
            Self::Branch(_, then, otherwise) => (Some(then), Some(otherwise)),
            Self::Return(_) | Self::Raise => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// The edges out of it, to change.
    pub fn edges_mut(&mut self) -> impl Iterator<Item = &mut Edge> {
        let (first, second) = match self {
            Self::Jump(edge) => (Some(edge), None),
            Self::Branch(_, then, otherwise) => (Some(then), Some(otherwise)),
            Self::Return(_) | Self::Raise => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// Every value it uses.
    pub fn uses(&self) -> impl Iterator<Item = Value> + '_ {
        let own = match self {
            Self::Branch(value, ..) | Self::Return(Some(value)) => Some(*value),
            _ => None,
        };
        own.into_iter().chain(self.edges().flat_map(|edge| edge.args.iter().copied()))
    }

    /// Changes every value it uses.
    pub fn map_uses(&mut self, mut map: impl FnMut(Value) -> Value) {
        if let Self::Branch(value, ..) | Self::Return(Some(value)) = self {
            *value = map(*value);
        }
        for edge in self.edges_mut() {
            for arg in &mut edge.args {
                *arg = map(*arg);
            }
        }
    }
}
