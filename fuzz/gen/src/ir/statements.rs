//! Statements: what control does.

use stapc_ir::{Edge, Immediate, Opcode, Terminator, Type};

use super::maker::Maker;

impl Maker<'_> {
    pub fn statements(&mut self) {
        self.depth += 1;
        for _ in 0..1 + self.below(4) {
            if self.open {
                self.statement();
            }
        }
        self.depth -= 1;
    }

    fn statement(&mut self) {
        let simple = self.depth > 3;
        match self.below(if simple { 14 } else { 22 }) {
            0..=2 => self.assign(),
            3 | 4 => self.print(),
            5..=7 => self.store(),
            8 => self.call(),
            9 => self.escape(),
            10..=12 => self.idiom(),
            13 => self.message(),
            14 | 15 => self.branch(),
            16 | 17 => self.turn(),
            18 | 19 => self.each(),
            _ => self.attempt(),
        }
    }

    fn assign(&mut self) {
        let at = self.below(self.locals.len());
        self.locals[at] = match self.function.ty(self.locals[at]) {
            Type::Str => self.text(2),
            _ => self.int(2),
        };
    }

    fn call(&mut self) {
        match self.below(3) {
            0 => {
                self.text_call();
            }
            1 => {
                self.number_call();
            }
            _ => self.effect_call(),
        }
    }

    fn message(&mut self) {
        if self.below(6) == 0 {
            self.helper(None);
            return;
        }
        if self.below(4) == 0 {
            return self.effect(Opcode::PrintBacktrace, Immediate::None, vec![]);
        }
        let text = self.text(1);
        let opcode = self.pick(&[Opcode::Log, Opcode::Warn]);
        self.effect(opcode, Immediate::None, vec![text]);
    }

    /// A way out: `return`, `break`, `error`, `exit` or `abort`.
    fn escape(&mut self) {
        match (self.below(8), self.exits.last().copied()) {
            (0, _) if self.depth > 1 => self.leave(),
            (1 | 4, _) if self.catch.is_some() || self.below(4) == 0 => {
                let text = self.text(1);
                self.effect(Opcode::Error, Immediate::None, vec![text]);
            }
            (2 | 3, Some((exit, running))) if running == self.iterations.len() => self.go(exit),
            (5, _) if self.below(8) == 0 => {
                let opcode = if self.below(4) == 0 { Opcode::Abort } else { Opcode::Exit };
                self.effect(opcode, Immediate::None, vec![]);
            }
            _ => self.assign(),
        }
    }

    fn branch(&mut self) {
        let condition = self.condition(2);
        let (then, otherwise) = self.split(condition);
        let join = self.join();
        let before = self.locals.clone();
        self.enter(then);
        self.statements();
        self.go(join);
        self.enter(otherwise);
        self.locals = before;
        if self.below(2) == 0 {
            self.statements();
        }
        self.go(join);
        self.enter(join);
    }

    /// A handler's first statement: out, unless the hit is one that is meant.
    pub fn guard(&mut self) {
        let none = Immediate::None;
        let condition = match self.below(6) {
            0 => {
                let args = vec![
                    self.on(Opcode::Pid, none.clone(), vec![]),
                    self.on(Opcode::Target, none, vec![]),
                ];
                self.op(Opcode::IcmpEq, args)
            }
            1 => {
                let args = vec![self.on(Opcode::Execname, none, vec![]), self.string("cat")];
                self.op(Opcode::ScmpNe, args)
            }
            _ => return,
        };
        let (then, otherwise) = self.split(condition);
        self.enter(otherwise);
        self.end(Terminator::Return(None));
        self.enter(then);
    }

    /// A loop of a few turns.
    fn turn(&mut self) {
        let turns = self.below(4) as i64;
        let turns = self.number(turns);
        let (head, exit) = (self.join(), self.join());
        let left = self.function.add_param(head, Type::I64, Some("left"));
        let mut args = self.locals.clone();
        args.push(turns);
        self.end(Terminator::Jump(Edge { block: head, args }));
        self.enter(head);
        self.locals.pop();
        self.effect(Opcode::Fuel, Immediate::Index(1), vec![]);
        let zero = self.number(0);
        let more = self.op(Opcode::IcmpGt, vec![left, zero]);
        let body = self.new_block();
        let at_test = self.locals.clone();
        self.end(Terminator::Branch(more, Edge::to(body), Edge { block: exit, args: at_test }));
        self.enter(body);
        self.exits.push((exit, self.iterations.len()));
        self.statements();
        self.exits.pop();
        if self.open {
            let one = self.number(1);
            let less = self.op(Opcode::Isub, vec![left, one]);
            let mut args = self.locals.clone();
            args.push(less);
            self.end(Terminator::Jump(Edge { block: head, args }));
        }
        self.enter(exit);
    }

    /// Statements whose faults are handled.
    fn attempt(&mut self) {
        let (handler, join) = (self.new_block(), self.join());
        let at = self.locals.iter().position(|&local| self.function.ty(local) == Type::Str);
        let outer = self.catch.replace(handler);
        let body = self.new_block();
        self.end(Terminator::Jump(Edge::to(body)));
        let before = self.locals.clone();
        self.enter(body);
        self.statements();
        self.catch = outer;
        self.go(join);
        self.enter(handler);
        self.locals = before;
        if self.below(6) == 1 {
            self.end(Terminator::Raise);
        } else {
            if let Some(at) = at.filter(|_| self.below(2) == 0) {
                self.locals[at] = self.on(Opcode::FaultText, Immediate::None, vec![]);
            }
            self.effect(Opcode::FaultEnd, Immediate::None, vec![]);
            self.statements();
            self.go(join);
        }
        self.enter(join);
    }

    /// A function's first statements: what it gives where it is called no deeper, and the call of
    /// itself with one less, which is often its last.
    pub fn turn_back(&mut self) {
        let (count, sum) = (self.locals[0], self.locals[1]);
        let zero = self.number(0);
        let more = self.op(Opcode::IcmpGt, vec![count, zero]);
        let (then, otherwise) = self.split(more);
        self.enter(otherwise);
        self.end(Terminator::Return(Some(sum)));
        self.enter(then);
        if self.below(2) == 1 {
            self.statements();
        }
        if !self.open || self.below(4) == 1 {
            return;
        }
        let one = self.number(1);
        let less = self.op(Opcode::Isub, vec![count, one]);
        let opcode = self.pick(&[Opcode::Iadd, Opcode::Ixor, Opcode::Imul]);
        let next = self.op(opcode, vec![sum, count]);
        let itself = Immediate::Func(stapc_ir::FuncId::from_u32(super::world::DOWN));
        let mut result = self.value(Opcode::CallFn, itself, vec![less, next], Type::I64);
        if self.below(4) == 1 {
            result = self.op(Opcode::Isub, vec![result, one]);
        }
        self.end(Terminator::Return(Some(result)));
    }
}
