//! Which locals statements and expressions read and assign.

use stapc_sema::hir::{Body, Expr, ExprKind, Place, Stmt, StmtKind};

/// Whether anything reads each of a body's locals.
///
/// `n++` and `n += 1` read `n` for itself alone where nothing takes their value, and so do not count.
pub fn read(body: &Body) -> Vec<bool> {
    let mut uses = Uses::default();
    uses.statements(&body.statements);
    let mut read = vec![false; body.locals.len()];
    for local in uses.read {
        read[local] = true;
    }
    read
}

/// Whether anything writes to a register of the probed code.
pub fn writes_registers(body: &Body) -> bool {
    let mut uses = Uses::default();
    uses.statements(&body.statements);
    uses.writes_registers
}

/// The locals that statements and expressions assign, in ascending order.
pub fn assigned<'a>(statements: &[Stmt], exprs: impl IntoIterator<Item = &'a Expr>) -> Vec<usize> {
    let mut uses = Uses::default();
    uses.statements(statements);
    exprs.into_iter().for_each(|expr| uses.expr(expr));
    uses.assigned.sort_unstable();
    uses.assigned.dedup();
    uses.assigned
}

#[derive(Default)]
struct Uses {
    read: Vec<usize>,
    assigned: Vec<usize>,
    writes_registers: bool,
}

impl Uses {
    fn statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Expr(expr) => self.discarded(expr),
            StmtKind::Return(Some(expr)) => self.expr(expr),
            StmtKind::If(arms, otherwise) => {
                for (condition, then) in arms {
                    self.expr(condition);
                    self.statements(then);
                }
                self.statements(otherwise);
            }
            StmtKind::Loop { condition, step, body, .. } => {
                condition.iter().for_each(|condition| self.expr(condition));
                step.iter().for_each(|step| self.discarded(step));
                self.statements(body);
            }
            StmtKind::Foreach(foreach) => {
                self.assigned.extend(foreach.keys.iter().chain(&foreach.value));
                self.slice(&foreach.slice);
                foreach.limit.iter().for_each(|limit| self.expr(limit));
                self.statements(&foreach.body);
            }
            StmtKind::Delete(_, keys) => self.slice(keys),
            StmtKind::Try { body, message, handler } => {
                self.statements(body);
                self.assigned.extend(message);
                self.statements(handler);
            }
            StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Return(None)
            | StmtKind::Clear(_)
            | StmtKind::Foreign(_) => {}
        }
    }

    fn slice(&mut self, keys: &[Option<Expr>]) {
        keys.iter().flatten().for_each(|key| self.expr(key));
    }

    /// What a place that is assigned to is found by; a local itself.
    fn target(&mut self, place: &Place) {
        match place {
            Place::Local(local) => self.assigned.push(*local),
            Place::Register(..) => self.writes_registers = true,
            place => self.place(place),
        }
    }

    fn place(&mut self, place: &Place) {
        let mut found_by = Vec::new();
        place.operands(&mut found_by);
        found_by.into_iter().for_each(|expr| self.expr(expr));
    }

    /// An expression whose value nothing takes.
    fn discarded(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Assign(place, _, value) => {
                self.target(place);
                self.expr(value);
            }
            ExprKind::Increment { place, .. } => self.target(place),
            _ => self.expr(expr),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Read(Place::Local(local)) => self.read.push(*local),
            ExprKind::Assign(place, ..) | ExprKind::Increment { place, .. } => {
                self.discarded(expr);
                if let Place::Local(local) = place {
                    self.read.push(*local);
                }
            }
            _ => {
                let mut operands = Vec::new();
                expr.operands(&mut operands);
                operands.into_iter().for_each(|operand| self.expr(operand));
            }
        }
    }
}
