//! Whether two trees say the same, wherever it stands.

use crate::ast::{
    Alias, Argument, Component, ExprId, ExprKind, Foreach, Function, FunctionBody, Global, Item,
    ItemKind, Name, Param, ProbePoint, Selector, Sort, StmtId, StmtKind, Target, TargetRoot, Tree,
};

/// Whether declarations are equal but for their places.
pub fn same(left: (&Tree, &[Item]), right: (&Tree, &[Item])) -> bool {
    let trees = Trees { left: left.0, right: right.0 };
    all(left.1, right.1, |left, right| trees.item(&left.kind, &right.kind))
}

/// The trees that the parts on either side belong to.
#[derive(Clone, Copy)]
struct Trees<'a> {
    left: &'a Tree,
    right: &'a Tree,
}

/// Whether lists are equal part by part.
fn all<T>(left: &[T], right: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
}

/// Whether both are there and equal, or neither is there.
fn both<T>(left: &Option<T>, right: &Option<T>, same: impl Fn(&T, &T) -> bool) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => same(left, right),
        _ => false,
    }
}

fn names(left: &Name, right: &Name) -> bool {
    left.text == right.text
}

fn numbers(left: &(i64, stapc_diagnostics::Span), right: &(i64, stapc_diagnostics::Span)) -> bool {
    left.0 == right.0
}

fn arguments(left: &Argument, right: &Argument) -> bool {
    match (left, right) {
        (Argument::Number(left, _), Argument::Number(right, _)) => left == right,
        (Argument::String(left), Argument::String(right)) => left.bytes == right.bytes,
        _ => false,
    }
}

fn params(left: &Param, right: &Param) -> bool {
    names(&left.name, &right.name) && left.ty == right.ty
}

fn sorts(left: &Sort, right: &Sort) -> bool {
    use crate::ast::SortBy::{Key, Value};
    let by = match (&left.by, &right.by) {
        (Key(left), Key(right)) => left == right,
        (Value(left), Value(right)) => both(left, right, names),
        _ => false,
    };
    by && left.descending == right.descending
}

impl Trees<'_> {
    fn item(self, left: &ItemKind, right: &ItemKind) -> bool {
        match (left, right) {
            (ItemKind::Globals(left), ItemKind::Globals(right)) => {
                left.private == right.private
                    && all(&left.globals, &right.globals, |left, right| self.global(left, right))
            }
            (ItemKind::Function(left), ItemKind::Function(right)) => self.function(left, right),
            (ItemKind::Probe(left), ItemKind::Probe(right)) => {
                self.points(&left.points, &right.points) && self.stmt(left.body, right.body)
            }
            (ItemKind::Alias(left), ItemKind::Alias(right)) => self.alias(left, right),
            (ItemKind::Embedded(left), ItemKind::Embedded(right)) => left.text == right.text,
            _ => false,
        }
    }

    fn global(self, left: &Global, right: &Global) -> bool {
        names(&left.name, &right.name)
            && left.wrap == right.wrap
            && both(&left.size, &right.size, numbers)
            && self.maybe(left.init, right.init)
    }

    fn function(self, left: &Function, right: &Function) -> bool {
        let bodies = match (&left.body, &right.body) {
            (FunctionBody::Block(left), FunctionBody::Block(right)) => self.stmt(*left, *right),
            (FunctionBody::Embedded(left), FunctionBody::Embedded(right)) => {
                left.text == right.text
            }
            _ => false,
        };
        bodies
            && left.private == right.private
            && names(&left.name, &right.name)
            && left.returns == right.returns
            && all(&left.params, &right.params, params)
            && both(&left.priority, &right.priority, numbers)
    }

    fn alias(self, left: &Alias, right: &Alias) -> bool {
        let blocks = |left, right| both(left, right, |left, right| self.stmt(*left, *right));
        self.points(&left.names, &right.names)
            && self.points(&left.points, &right.points)
            && blocks(&left.prologue, &right.prologue)
            && blocks(&left.epilogue, &right.epilogue)
    }

    fn points(self, left: &[ProbePoint], right: &[ProbePoint]) -> bool {
        all(left, right, |left, right| {
            all(&left.components, &right.components, |left, right| self.component(left, right))
                && left.presence == right.presence
                && self.maybe(left.condition, right.condition)
        })
    }

    fn component(self, left: &Component, right: &Component) -> bool {
        match (left, right) {
            (
                Component::Named { name: left, argument: of_left },
                Component::Named { name: right, argument: of_right },
            ) => names(left, right) && both(of_left, of_right, arguments),
            (
                Component::Alternatives { points: left, .. },
                Component::Alternatives { points: right, .. },
            ) => self.points(left, right),
            _ => false,
        }
    }

    fn stmt(self, left: StmtId, right: StmtId) -> bool {
        match (&self.left.stmts[left].kind, &self.right.stmts[right].kind) {
            (StmtKind::Empty, StmtKind::Empty)
            | (StmtKind::Break, StmtKind::Break)
            | (StmtKind::Continue, StmtKind::Continue)
            | (StmtKind::Next, StmtKind::Next) => true,
            (StmtKind::Block(left), StmtKind::Block(right)) => {
                all(left, right, |left, right| self.stmt(*left, *right))
            }
            (StmtKind::Expr(left), StmtKind::Expr(right))
            | (StmtKind::Delete(left), StmtKind::Delete(right)) => self.expr(*left, *right),
            (StmtKind::Return(left), StmtKind::Return(right)) => self.maybe(*left, *right),
            (left, right) => self.compound(left, right),
        }
    }

    /// Statements with statements in them.
    fn compound(self, left: &StmtKind, right: &StmtKind) -> bool {
        match (left, right) {
            (StmtKind::If(left, left_else), StmtKind::If(right, right_else)) => {
                let arms = all(left, right, |left, right| {
                    self.expr(left.0, right.0) && self.stmt(left.1, right.1)
                });
                arms && both(left_else, right_else, |left, right| self.stmt(*left, *right))
            }
            (StmtKind::While(left, left_body), StmtKind::While(right, right_body)) => {
                self.expr(*left, *right) && self.stmt(*left_body, *right_body)
            }
            (StmtKind::For(a, b, c, body), StmtKind::For(d, e, f, other)) => {
                self.maybe(*a, *d)
                    && self.maybe(*b, *e)
                    && self.maybe(*c, *f)
                    && self.stmt(*body, *other)
            }
            (StmtKind::Foreach(left), StmtKind::Foreach(right)) => self.foreach(left, right),
            (
                StmtKind::Try { body: left, message: left_message, handler: left_handler },
                StmtKind::Try { body: right, message: right_message, handler: right_handler },
            ) => {
                self.stmt(*left, *right)
                    && both(left_message, right_message, names)
                    && self.stmt(*left_handler, *right_handler)
            }
            _ => false,
        }
    }

    fn foreach(self, left: &Foreach, right: &Foreach) -> bool {
        both(&left.value, &right.value, names)
            && all(&left.keys, &right.keys, names)
            && self.expr(left.array, right.array)
            && both(&left.sort, &right.sort, sorts)
            && self.maybe(left.limit, right.limit)
            && self.stmt(left.body, right.body)
    }

    fn maybe(self, left: Option<ExprId>, right: Option<ExprId>) -> bool {
        both(&left, &right, |left, right| self.expr(*left, *right))
    }

    fn exprs(self, left: &[ExprId], right: &[ExprId]) -> bool {
        all(left, right, |left, right| self.expr(*left, *right))
    }

    fn expr(self, left: ExprId, right: ExprId) -> bool {
        use ExprKind as E;
        match (&self.left.exprs[left].kind, &self.right.exprs[right].kind) {
            (E::Any, E::Any) | (E::Error, E::Error) => true,
            (E::Number(left), E::Number(right)) => left == right,
            (E::String(left), E::String(right)) => left.bytes == right.bytes,
            (E::Name(left), E::Name(right)) => left == right,
            (E::Embedded(left), E::Embedded(right)) => left.text == right.text,
            (E::Target(left), E::Target(right)) => self.target(left, right),
            (E::Index { array: name, keys: args }, E::Index { array: other, keys: of_other })
            | (E::Call { function: name, args }, E::Call { function: other, args: of_other })
            | (
                E::Statistic { operator: name, args },
                E::Statistic { operator: other, args: of_other },
            )
            | (
                E::Operator { operator: name, args },
                E::Operator { operator: other, args: of_other },
            ) => names(name, other) && self.exprs(args, of_other),
            (left, right) => self.operation(left, right),
        }
    }

    /// What operators join.
    fn operation(self, left: &ExprKind, right: &ExprKind) -> bool {
        use ExprKind as E;
        match (left, right) {
            (E::Unary(op, a), E::Unary(other, b)) => op == other && self.expr(*a, *b),
            (E::Binary(op, _, a, b), E::Binary(other, _, c, d)) => {
                op == other && self.exprs(&[*a, *b], &[*c, *d])
            }
            (E::Ternary(a, b, c), E::Ternary(d, e, f)) => self.exprs(&[*a, *b, *c], &[*d, *e, *f]),
            (E::Bucket { histogram: a, index: b }, E::Bucket { histogram: c, index: d })
            | (E::Accumulate { place: a, value: b }, E::Accumulate { place: c, value: d }) => {
                self.exprs(&[*a, *b], &[*c, *d])
            }
            (E::In { keys: left, array: a }, E::In { keys: right, array: b }) => {
                self.exprs(left, right) && self.expr(*a, *b)
            }
            (
                E::Match { negated: left, value: a, pattern, .. },
                E::Match { negated: right, value: b, pattern: other, .. },
            ) => left == right && pattern.bytes == other.bytes && self.expr(*a, *b),
            (
                E::Assign { op, place: a, value: b, .. },
                E::Assign { op: other, place: c, value: d, .. },
            ) => op == other && self.exprs(&[*a, *b], &[*c, *d]),
            (
                E::Increment { by, before, place },
                E::Increment { by: other, before: of_other, place: at },
            ) => by == other && before == of_other && self.expr(*place, *at),
            _ => false,
        }
    }

    fn target(self, left: &Target, right: &Target) -> bool {
        let roots = match (&left.root, &right.root) {
            (TargetRoot::Variable(left), TargetRoot::Variable(right)) => names(left, right),
            (TargetRoot::Operator(left, args), TargetRoot::Operator(right, others)) => {
                names(left, right) && self.exprs(args, others)
            }
            (TargetRoot::Value(left), TargetRoot::Value(right)) => self.expr(*left, *right),
            _ => false,
        };
        let selectors = |left: &Selector, right: &Selector| match (left, right) {
            (Selector::Member(left), Selector::Member(right)) => names(left, right),
            (Selector::Element(left), Selector::Element(right)) => self.expr(*left, *right),
            _ => false,
        };
        roots
            && all(&left.selectors, &right.selectors, selectors)
            && left.pretty == right.pretty
            && left.address == right.address
    }
}
