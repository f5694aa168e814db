//! Unknown types and what is found out about them.

use stapc_diagnostics::Span;
use stapc_ir::Type;

/// A type that may not be known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeVar(usize);

#[derive(Debug, Clone, Copy)]
enum Node {
    /// The same as another one.
    Same(TypeVar),
    Unknown,
    /// Known, and from where.
    Known(Type, Option<Span>),
}

/// All types of a script, with those known to be the same joined.
#[derive(Debug)]
pub struct Types {
    nodes: Vec<Node>,
}

/// Two types that ought to be one.
#[derive(Debug, Clone, Copy)]
pub struct Conflict {
    /// What was known before.
    pub known: Type,
    /// Where it was found out.
    pub since: Option<Span>,
    /// What it ought to be now.
    pub new: Type,
}

impl Types {
    /// The variable that always stands for `i64`.
    pub const INT: TypeVar = TypeVar(0);
    /// The variable that always stands for `str`.
    pub const STR: TypeVar = TypeVar(1);

    /// Nothing but the known types.
    pub fn new() -> Self {
        Self { nodes: vec![Node::Known(Type::I64, None), Node::Known(Type::Str, None)] }
    }

    /// The variable that stands for a type.
    pub fn known(ty: Type) -> TypeVar {
        if ty == Type::Str { Self::STR } else { Self::INT }
    }

    /// A new unknown type.
    pub fn fresh(&mut self) -> TypeVar {
        self.nodes.push(Node::Unknown);
        TypeVar(self.nodes.len() - 1)
    }

    fn root(&self, mut var: TypeVar) -> TypeVar {
        while let Node::Same(other) = self.nodes[var.0] {
            var = other;
        }
        var
    }

    /// What is known of a type.
    pub fn get(&self, var: TypeVar) -> Option<Type> {
        match self.nodes[self.root(var).0] {
            Node::Known(ty, _) => Some(ty),
            _ => None,
        }
    }

    /// Joins two types, because of what stands at `span`.
    pub fn unify(&mut self, var: TypeVar, with: TypeVar, span: Span) -> Result<(), Conflict> {
        let (a, b) = (self.root(var), self.root(with));
        match (self.nodes[a.0], self.nodes[b.0]) {
            _ if a == b => {}
            (Node::Known(known, since), Node::Known(new, _)) if known != new => return Err(Conflict { known, since, new }),
            (Node::Known(..), Node::Known(..)) => {}
            (Node::Unknown, Node::Known(ty, _)) => self.nodes[a.0] = Node::Known(ty, Some(span)),
            (Node::Known(ty, _), _) => self.nodes[b.0] = Node::Known(ty, Some(span)),
            _ => self.nodes[a.0] = Node::Same(b),
        }
        Ok(())
    }
}
