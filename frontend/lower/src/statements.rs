//! Statements.

use stapc_ir::{GlobalId, GlobalKind, Immediate, Opcode, Order, Terminator, Type, Value};
use stapc_sema::hir::{Expr, Foreach, Stmt, StmtKind};

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
            StmtKind::Delete(global, keys) => {
                let keys = self.list(keys);
                self.effect(
                    Opcode::Mdel,
                    Immediate::Global(GlobalId::from_u32(*global as u32)),
                    keys,
                );
            }
        }
    }

    /// Out of the function, and of the iterations that are open.
    pub fn return_(&mut self, value: Option<Value>) {
        let open: Vec<Value> =
            self.loops.iter().rev().filter_map(|around| around.iteration).collect();
        for iteration in open {
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

    fn clear(&mut self, global: usize) {
        let immediate = Immediate::Global(GlobalId::from_u32(global as u32));
        match self.program.globals[global].kind {
            GlobalKind::Map { .. } => self.effect(Opcode::Mclear, immediate, Vec::new()),
            GlobalKind::Stat(_) => self.effect(Opcode::AggClear, immediate, Vec::new()),
            GlobalKind::I64(_) => {
                let zero = self.int(0);
                self.effect(Opcode::Gstore, immediate, vec![zero])
            }
            GlobalKind::Str(_) => {
                let empty = self.text("");
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
        self.loops.push(Loop { next: next.clone(), exit: exit.clone(), iteration: None });
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

    fn foreach(&mut self, foreach: &Foreach) {
        let location = self.location;
        let limit = match &foreach.limit {
            Some(limit) => self.operand(limit),
            None => self.int(i64::MAX),
        };
        self.location = location;
        let map = GlobalId::from_u32(foreach.global as u32);
        let order = Order { by: foreach.by, descending: foreach.descending };
        let iteration =
            self.value(Opcode::IterBegin, Immediate::Iterate(map, order), vec![limit], Type::Iter);
        self.near(iteration, "keyword 'foreach'".to_owned());

        let mut changed = assigned(&foreach.body, []);
        changed.extend(foreach.keys.iter().chain(&foreach.value));
        changed.sort_unstable();
        changed.dedup();
        let head = self.join(changed.clone());
        self.go(&head);
        let before = self.locals.clone();
        self.enter(&head, &before);
        self.fuel("keyword 'foreach'".to_owned());
        let more = self.value(Opcode::IterNext, Immediate::None, vec![iteration], Type::Bool);
        let (body, out) = self.branch(more);
        let exit = self.join(changed);
        self.block = Some(out);
        self.go(&exit);
        let at_test = self.locals.clone();

        self.block = Some(body);
        self.element(foreach, iteration);
        self.loops.push(Loop {
            next: head.clone(),
            exit: exit.clone(),
            iteration: Some(iteration),
        });
        self.statements(&foreach.body);
        self.go(&head);
        self.loops.pop();
        self.enter(&exit, &at_test);
        self.location = location;
        self.effect(Opcode::IterEnd, Immediate::None, vec![iteration]);
    }

    /// The locals that take the keys and the value of the element.
    fn element(&mut self, foreach: &Foreach, iteration: Value) {
        let read = |local: usize| self.read[local];
        let keys: Vec<(usize, usize)> =
            foreach.keys.iter().copied().enumerate().filter(|&(_, local)| read(local)).collect();
        let value = foreach.value.filter(|&local| read(local));
        for (position, local) in keys {
            let ty = self.names[local].ty;
            self.locals[local] =
                self.value(Opcode::IterKey, Immediate::Index(position as u32), vec![iteration], ty);
        }
        if let Some(local) = value {
            let ty = self.names[local].ty;
            self.locals[local] =
                self.value(Opcode::IterValue, Immediate::None, vec![iteration], ty);
        }
    }
}
