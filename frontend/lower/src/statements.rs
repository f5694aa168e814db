//! Statements.

use stapc_ir::{GlobalId, GlobalKind, Immediate, Opcode, Order, Terminator, Type, Value};
use stapc_sema::hir::{Expr, ExprKind, Foreach, Output, Place, Stmt, StmtKind};

use crate::body::{Loop, Lower};

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
            StmtKind::If(condition, then, otherwise) => {
                let condition = self.condition(condition);
                let blocks = self.branch(condition);
                let lower = |statements| {
                    move |lower: &mut Self| {
                        lower.statements(statements);
                        None
                    }
                };
                self.either(blocks, lower(then), lower(otherwise));
            }
            StmtKind::Loop { condition, step, body } => self.loop_(condition.as_ref(), step.as_ref(), body),
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
                    (Some(value), Some(_)) => self.expr(value),
                    (Some(value), None) => {
                        self.discard(value);
                        None
                    }
                    (None, Some(ty)) => Some(self.zero(ty)),
                    (None, None) => None,
                };
                let open: Vec<Value> = self.loops.iter().rev().filter_map(|around| around.iteration).collect();
                for iteration in open {
                    self.effect(Opcode::IterEnd, Immediate::None, vec![iteration]);
                }
                self.end(Terminator::Return(value));
            }
            StmtKind::Clear(global) => self.clear(*global),
            StmtKind::Delete(global, keys) => {
                let keys = self.list(keys);
                self.effect(Opcode::Mdel, Immediate::Global(GlobalId::from_u32(*global as u32)), keys);
            }
        }
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

    fn loop_(&mut self, condition: Option<&Expr>, step: Option<&Expr>, body: &[Stmt]) {
        let mut assigned = Assigned::default();
        assigned.statements(body);
        condition.into_iter().chain(step).for_each(|expr| assigned.expr(expr));
        let assigned = assigned.sorted();

        let head = self.join(assigned.clone());
        self.go(&head);
        let before = self.locals.clone();
        self.enter(&head, &before);
        let test = match condition {
            Some(condition) => self.condition(condition),
            None => self.bool(true),
        };
        let (body_block, out) = self.branch(test);
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
            Some(limit) => self.int_expr(limit),
            None => self.int(i64::MAX),
        };
        self.location = location;
        let map = GlobalId::from_u32(foreach.global as u32);
        let order = Order { by: foreach.by, descending: foreach.descending };
        let iteration = self.value(Opcode::IterBegin, Immediate::Iterate(map, order), vec![limit], Type::Iter);
        self.near(iteration, "keyword 'foreach'".to_owned());

        let mut assigned = Assigned::default();
        assigned.statements(&foreach.body);
        assigned.0.extend(foreach.keys.iter().chain(&foreach.value));
        let assigned = assigned.sorted();
        let head = self.join(assigned.clone());
        self.go(&head);
        let before = self.locals.clone();
        self.enter(&head, &before);
        let more = self.value(Opcode::IterNext, Immediate::None, vec![iteration], Type::Bool);
        let (body, out) = self.branch(more);
        let exit = self.join(assigned);
        self.block = Some(out);
        self.go(&exit);
        let at_test = self.locals.clone();

        self.block = Some(body);
        self.element(foreach, iteration);
        self.loops.push(Loop { next: head.clone(), exit: exit.clone(), iteration: Some(iteration) });
        self.statements(&foreach.body);
        self.go(&head);
        self.loops.pop();
        self.enter(&exit, &at_test);
        self.effect(Opcode::IterEnd, Immediate::None, vec![iteration]);
    }

    /// The locals that take the keys and the value of the element.
    fn element(&mut self, foreach: &Foreach, iteration: Value) {
        for (position, &local) in foreach.keys.iter().enumerate() {
            let ty = self.names[local].ty;
            self.locals[local] = self.value(Opcode::IterKey, Immediate::Index(position as u32), vec![iteration], ty);
        }
        if let Some(local) = foreach.value {
            let ty = self.names[local].ty;
            self.locals[local] = self.value(Opcode::IterValue, Immediate::None, vec![iteration], ty);
        }
    }
}

/// The locals that something assigns to.
#[derive(Default)]
struct Assigned(Vec<usize>);

impl Assigned {
    fn sorted(mut self) -> Vec<usize> {
        self.0.sort_unstable();
        self.0.dedup();
        self.0
    }

    fn statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            match &statement.kind {
                StmtKind::Expr(expr) | StmtKind::Return(Some(expr)) => self.expr(expr),
                StmtKind::If(condition, then, otherwise) => {
                    self.expr(condition);
                    self.statements(then);
                    self.statements(otherwise);
                }
                StmtKind::Loop { condition, step, body } => {
                    condition.iter().chain(step).for_each(|expr| self.expr(expr));
                    self.statements(body);
                }
                StmtKind::Foreach(foreach) => {
                    self.0.extend(foreach.keys.iter().chain(&foreach.value));
                    foreach.limit.iter().for_each(|limit| self.expr(limit));
                    self.statements(&foreach.body);
                }
                StmtKind::Delete(_, keys) => self.list(keys),
                StmtKind::Break | StmtKind::Continue | StmtKind::Return(None) | StmtKind::Clear(_) => {}
            }
        }
    }

    fn list(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn place(&mut self, place: &Place) {
        if let Place::Element(_, keys) = place {
            self.list(keys);
        }
    }

    fn target(&mut self, place: &Place) {
        if let Place::Local(local) = place {
            self.0.push(*local);
        }
        self.place(place);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Target(_) => {}
            ExprKind::Read(place) => self.place(place),
            ExprKind::Has(_, list) | ExprKind::Call(_, list) | ExprKind::Intrinsic(_, list) | ExprKind::Format(_, list) => self.list(list),
            ExprKind::Unary(_, operand) => self.expr(operand),
            ExprKind::Binary(_, _, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Ternary(condition, then, otherwise) => [condition, then, otherwise].into_iter().for_each(|expr| self.expr(expr)),
            ExprKind::Assign(place, _, value) => {
                self.target(place);
                self.expr(value);
            }
            ExprKind::Increment { place, .. } => self.target(place),
            ExprKind::Accumulate(aggregate, value) => {
                self.list(&aggregate.keys);
                self.expr(value);
            }
            ExprKind::Statistic(_, aggregate) => self.list(&aggregate.keys),
            ExprKind::Print(outputs) => {
                for output in outputs {
                    match output {
                        Output::Text(_, args) => self.list(args),
                        Output::Histogram(aggregate) => self.list(&aggregate.keys),
                    }
                }
            }
        }
    }
}
