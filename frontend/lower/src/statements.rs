//! Statements.

use stapc_ir::{GlobalId, GlobalKind, Immediate, Opcode, Terminator, Value};
use stapc_sema::hir::{Expr, Stmt, StmtKind};

use crate::{
    body::{Loop, Lower},
    uses::assigned,
};

impl Lower<'_> {
    pub fn statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            if self.block.is_none() {
                // Nothing leads here.
                return;
            }
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        self.at(statement.span);
        match &statement.kind {
            StmtKind::Expr(expr) => self.discard(expr),
            StmtKind::If(arms, otherwise) => self.if_(arms, otherwise),
            StmtKind::Loop { keyword, condition, step, body } => {
                self.loop_(keyword, condition.as_ref(), step.as_ref(), body)
            }
            StmtKind::Foreach(foreach) => self.foreach(foreach),
            StmtKind::Break => {
                if let Some(exit) = self.loops.last().map(|innermost| innermost.exit.clone()) {
                    self.go(&exit);
                }
            }
            StmtKind::Continue => {
                if let Some(next) = self.loops.last().map(|innermost| innermost.next.clone()) {
                    self.go(&next);
                }
            }
            StmtKind::Return(value) => {
                let value = match (value, self.function.returns) {
                    (Some(value), Some(_)) => Some(self.operand(value)),
                    (Some(value), None) => {
                        self.discard(value);
                        None
                    }
                    (None, Some(ty)) => Some(self.zero(ty)),
                    (None, None) => None,
                };
                self.return_(value);
            }
            StmtKind::Clear(global) => self.clear(*global),
            StmtKind::Delete(global, keys) => self.delete(*global, keys),
            StmtKind::Try { body, message, handler } => self.try_(body, *message, handler),
            StmtKind::Foreign(what) => self.refuse(what, statement.span),
        }
    }

    /// Out of the function, and of the iterations that are open.
    pub fn return_(&mut self, value: Option<Value>) {
        for iteration in self.iterations.clone().into_iter().rev() {
            self.effect(Opcode::IterEnd, Immediate::None, vec![iteration]);
        }
        self.end(Terminator::Return(value));
    }

    fn if_(&mut self, arms: &[(Expr, Vec<Stmt>)], otherwise: &[Stmt]) {
        let mut ends = Vec::new();
        for (condition, body) in arms {
            let (then, next) = self.branch_on(condition);
            let before = self.locals.clone();
            self.block = Some(then);
            self.statements(body);
            ends.extend(self.leave(None));
            self.locals = before;
            self.block = Some(next);
        }
        self.statements(otherwise);
        ends.extend(self.leave(None));
        self.meet(ends);
    }

    pub fn clear(&mut self, global: usize) {
        let immediate = Immediate::Global(GlobalId::from_u32(global as u32));
        match self.given.program.globals[global].kind {
            GlobalKind::Map { .. } => self.effect(Opcode::Mclear, immediate, Vec::new()),
            GlobalKind::Stat(_) => self.effect(Opcode::AggClear, immediate, Vec::new()),
            GlobalKind::I64(_) => {
                let zero = self.int(0);
                self.effect(Opcode::Gstore, immediate, vec![zero])
            }
            GlobalKind::Str(_) => {
                let empty = self.text(b"");
                self.effect(Opcode::Gstore, immediate, vec![empty])
            }
        };
    }

    fn loop_(
        &mut self,
        keyword: &str,
        condition: Option<&Expr>,
        step: Option<&Expr>,
        body: &[Stmt],
    ) {
        let assigned = assigned(body, condition.into_iter().chain(step));
        let head = self.join(assigned.clone());
        self.go(&head);
        let before = self.locals.clone();
        self.enter(&head, &before);
        self.fuel(format!("keyword '{keyword}'"));
        let (body_block, out) = match condition {
            Some(condition) => self.branch_on(condition),
            None => {
                let always = self.bool(true);
                self.branch(always)
            }
        };
        let exit = self.join(assigned.clone());
        // The step is between `continue` and the next test.
        let next = if step.is_some() { self.join(assigned) } else { head.clone() };

        self.block = Some(out);
        self.go(&exit);
        let at_test = self.locals.clone();

        self.block = Some(body_block);
        self.loops.push(Loop { next: next.clone(), exit: exit.clone() });
        self.statements(body);
        self.go(&next);
        self.loops.pop();
        if let Some(step) = step {
            self.enter(&next, &at_test);
            self.at(step.span);
            self.discard(step);
            self.go(&head);
        }
        self.enter(&exit, &at_test);
    }
}
