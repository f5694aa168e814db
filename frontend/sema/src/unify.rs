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
    /// Not known; how many others are the same as this one.
    Unknown(usize),
    /// Known, and from where.
    Known(Type, Option<Span>),
    /// Of what is wrong, and has been reported: fits everything.
    Wrong,
}

/// All types of a script, with those known to be the same joined.
#[derive(Debug)]
pub struct Types {
    nodes: Vec<Node>,
}

/// A type and what it was known from; none if it is a constant's or an operator's.
pub type Known = (Type, Option<Span>);

/// Two types that ought to be one.
#[derive(Debug, Clone, Copy)]
pub struct Conflict {
    /// What it is.
    pub found: Known,
    /// What it ought to be.
    pub expected: Known,
}

impl Types {
    /// The variable that always stands for `i64`.
    pub const INT: TypeVar = TypeVar(0);
    /// The variable that always stands for `str`.
    pub const STR: TypeVar = TypeVar(1);
    /// The variable of what is wrong, and has been reported.
    pub const WRONG: TypeVar = TypeVar(2);

    /// Nothing but the known types.
    pub fn new() -> Self {
        Self {
            nodes: vec![Node::Known(Type::I64, None), Node::Known(Type::Str, None), Node::Wrong],
        }
    }

    /// The variable that stands for a type.
    pub fn known(ty: Type) -> TypeVar {
        if ty == Type::Str { Self::STR } else { Self::INT }
    }

    /// A new unknown type.
    pub fn fresh(&mut self) -> TypeVar {
        self.nodes.push(Node::Unknown(0));
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

    /// Whether nothing is known of a type that should be.
    pub fn is_unknown(&self, var: TypeVar) -> bool {
        matches!(self.nodes[self.root(var).0], Node::Unknown(_))
    }

    /// Joins the type of what stands at `span` with what it ought to be.
    pub fn unify(&mut self, found: TypeVar, expected: TypeVar, span: Span) -> Result<(), Conflict> {
        let (a, b) = (self.root(found), self.root(expected));
        match (self.nodes[a.0], self.nodes[b.0]) {
            _ if a == b => {}
            (Node::Known(found, from), Node::Known(expected, since)) if found != expected => {
                return Err(Conflict { found: (found, from), expected: (expected, since) });
            }
            (Node::Unknown(_), Node::Known(ty, _)) => self.nodes[a.0] = Node::Known(ty, Some(span)),
            (Node::Known(ty, _), Node::Unknown(_)) => self.nodes[b.0] = Node::Known(ty, Some(span)),
            (Node::Unknown(_), Node::Wrong) => self.nodes[a.0] = Node::Wrong,
            (Node::Wrong, Node::Unknown(_)) => self.nodes[b.0] = Node::Wrong,
            // The smaller tree goes under the larger one, so that roots stay near.
            (Node::Unknown(few), Node::Unknown(many)) if few <= many => {
                self.join(a, b, few + many + 1)
            }
            (Node::Unknown(many), Node::Unknown(few)) => self.join(b, a, few + many + 1),
            _ => {}
        }
        Ok(())
    }

    fn join(&mut self, under: TypeVar, root: TypeVar, size: usize) {
        self.nodes[under.0] = Node::Same(root);
        self.nodes[root.0] = Node::Unknown(size);
    }
}
