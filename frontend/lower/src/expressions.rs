//! Expressions.

use stapc_diagnostics::Span;
use stapc_ir::{FuncId, GlobalId, GlobalKind, Immediate, MapValue, Opcode, Type, Value};
use stapc_sema::{
    hir::{Aggregate, Expr, ExprKind, Output, Place, Statistic, Told},
    intrinsics::Intrinsic,
};
use stapc_syntax::ast::{BinaryOp, UnaryOp};

use crate::{body::Lower, conditions::is_condition};

impl Lower<'_> {
    /// The value of an expression, or only its effects where it has none.
    pub fn expr(&mut self, expr: &Expr) -> Option<Value> {
        self.at(expr.span);
        match &expr.kind {
            ExprKind::Print(outputs) => {
                outputs.iter().for_each(|output| self.output(output));
                None
            }
            ExprKind::Call(function, args) => self.call(*function, args, expr),
            ExprKind::Intrinsic(intrinsic, args) => self.intrinsic(intrinsic, args),
            _ => Some(self.plain(expr)),
        }
    }

    /// An expression for its effects.
    pub fn discard(&mut self, expr: &Expr) {
        match &expr.kind {
            // Nothing is to be seen of a local that nothing reads but what its new value does.
            ExprKind::Assign(Place::Local(local), _, value) if !self.read[*local] => {
                self.discard(value)
            }
            ExprKind::Increment { place: Place::Local(local), .. } if !self.read[*local] => {}
            ExprKind::Embedded(code) => self.external_statement(code),
            ExprKind::Call(function, args) if self.is_pure(*function) => {
                args.iter().for_each(|arg| self.discard(arg));
            }
            _ => {
                self.expr(expr);
            }
        }
    }

    /// The value of an expression that has one.
    pub fn operand(&mut self, expr: &Expr) -> Value {
        match self.expr(expr) {
            Some(value) => value,
            None => self.zero(expr.ty.unwrap_or(Type::I64)),
        }
    }

    pub fn list(&mut self, exprs: &[Expr]) -> Vec<Value> {
        let location = self.location;
        let values = exprs.iter().map(|expr| self.operand(expr)).collect();
        self.location = location;
        values
    }

    fn plain(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Int(value) => self.int(*value),
            ExprKind::Str(text) => self.text(text),
            ExprKind::Read(place) => self.read(place),
            ExprKind::Unary(UnaryOp::Negate, operand) => {
                let operand = self.operand(operand);
                self.integer(Opcode::Ineg, vec![operand])
            }
            ExprKind::Unary(UnaryOp::Complement, operand) => {
                let operand = self.operand(operand);
                self.integer(Opcode::Inot, vec![operand])
            }
            ExprKind::Unary(UnaryOp::Plus, operand) => self.operand(operand),
            ExprKind::Binary(op, at, left, right) if arithmetic(*op).is_some() => {
                let (left, right) = (self.operand(left), self.operand(right));
                self.at(*at);
                self.operate(*op, left, right)
            }
            ExprKind::Ternary(condition, then, otherwise) => {
                let blocks = self.branch_on(condition);
                let value = self.either(
                    blocks,
                    |lower| Some(lower.operand(then)),
                    |lower| Some(lower.operand(otherwise)),
                );
                value.unwrap_or_else(|| self.zero(expr.ty.unwrap_or(Type::I64)))
            }
            ExprKind::Assign(place, op, value) => match op {
                None => self.assign(place, value),
                Some((op, at)) => self.update(place, *op, *at, value),
            },
            ExprKind::Increment { place, by, before } => self.increment(place, *by, *before, expr),
            ExprKind::Accumulate(aggregate, value) => {
                let mut args = self.list(&aggregate.keys);
                let value = self.operand(value);
                args.push(value);
                self.at(aggregate.span);
                let inst = self.effect(Opcode::AggAdd, global_ref(aggregate.global), args);
                let near = self.identifier(aggregate.global);
                self.near_inst(inst, near);
                value
            }
            ExprKind::Bucket(aggregate, index) => {
                let mut args = self.list(&aggregate.keys);
                args.push(self.operand(index));
                self.at(expr.span);
                self.value(Opcode::AggBucket, global_ref(aggregate.global), args, Type::I64)
            }
            ExprKind::Statistic(statistic, aggregate) => {
                self.statistic(*statistic, aggregate, expr)
            }
            ExprKind::Register(register) => self.register(*register),
            ExprKind::Bits(value, start, bits, signed) => {
                let value = self.operand(value);
                self.bits(value, *start, *bits, *signed)
            }
            ExprKind::Text(space, address) => self.load_text(*space, address),
            ExprKind::Attempt(value, otherwise) => {
                let ty = expr.ty.unwrap_or(Type::I64);
                self.attempt(value, otherwise).unwrap_or_else(|| self.zero(ty))
            }
            ExprKind::Address(symbol, offset) => {
                let symbol = Immediate::Text(symbol.as_str().into());
                let start = self.value(Opcode::Symbol, symbol, Vec::new(), Type::I64);
                let offset = self.int(*offset);
                self.integer(Opcode::Iadd, vec![start, offset])
            }
            ExprKind::Kept(position) => {
                let ty = expr.ty.unwrap_or(Type::I64);
                let opcode = if ty == Type::Str { Opcode::KeptStr } else { Opcode::Kept };
                self.value(opcode, Immediate::Index(*position as u32), Vec::new(), ty)
            }
            ExprKind::Embedded(code) => self.external_value(code, expr.ty.unwrap_or(Type::I64)),
            ExprKind::Foreign(what, operands) => {
                self.list(operands);
                self.unsupported(what, expr.span, expr.ty)
            }
            ExprKind::Format(format, args) => {
                let args = self.list(args);
                self.at(expr.span);
                self.value(Opcode::Sprint, Immediate::Format(format.clone()), args, Type::Str)
            }
            // Conditions as integers.
            _ => {
                debug_assert!(is_condition(expr), "every other expression is handled above");
                let condition = self.condition(expr);
                self.integer(Opcode::B2i, vec![condition])
            }
        }
    }

    /// The value of an operator of values.
    fn operate(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        let opcode = arithmetic(op).unwrap_or(Opcode::Iadd);
        let ty = if opcode == Opcode::Sconcat { Type::Str } else { Type::I64 };
        let value = self.value(opcode, Immediate::None, vec![left, right], ty);
        if matches!(opcode, Opcode::Idiv | Opcode::Irem) {
            return self.near(value, format!("operator '{}'", op.text()));
        }
        value
    }

    fn read(&mut self, place: &Place) -> Value {
        match place {
            Place::Local(local) => self.locals[*local],
            Place::Global(global) => {
                let ty = self.value_type(*global);
                self.value(Opcode::Gload, global_ref(*global), Vec::new(), ty)
            }
            Place::Element(global, keys, span) => {
                let keys = self.list(keys);
                self.at(*span);
                self.element_read(*global, keys)
            }
            Place::Memory(memory) => {
                let address = self.operand(&memory.address);
                self.load(memory, address)
            }
            Place::Register(register, width) => self.register_part(*register, *width),
            Place::Told(told) => self.told(*told),
        }
    }

    fn element_read(&mut self, global: usize, keys: Vec<Value>) -> Value {
        let ty = self.value_type(global);
        self.value(Opcode::Mget, global_ref(global), keys, ty)
    }

    fn store(&mut self, place: &Place, keys: Vec<Value>, value: Value) {
        match place {
            Place::Local(local) if self.read[*local] => self.locals[*local] = value,
            Place::Local(_) => {}
            Place::Global(global) => {
                self.effect(Opcode::Gstore, global_ref(*global), vec![value]);
            }
            Place::Element(global, _, span) => {
                let mut args = keys;
                args.push(value);
                self.at(*span);
                let inst = self.effect(Opcode::Mset, global_ref(*global), args);
                let near = self.identifier(*global);
                self.near_inst(inst, near);
            }
            Place::Memory(memory) => {
                if let Some(&address) = keys.first() {
                    self.store_memory(memory, address, value);
                }
            }
            Place::Register(register, width) => self.set_register(*register, *width, value),
            Place::Told(told) => self.tell(*told, value),
        }
    }

    /// What a place is found by: keys, or an address.
    fn keys(&mut self, place: &Place) -> Vec<Value> {
        match place {
            Place::Element(_, keys, _) => self.list(keys),
            Place::Memory(memory) => {
                let location = self.location;
                let address = self.operand(&memory.address);
                self.location = location;
                vec![address]
            }
            _ => Vec::new(),
        }
    }

    fn assign(&mut self, place: &Place, value: &Expr) -> Value {
        let location = self.location;
        let keys = self.keys(place);
        let value = self.operand(value);
        self.location = location;
        self.store(place, keys, value);
        value
    }

    /// `place op= value`; gives the new value.
    fn update(&mut self, place: &Place, op: BinaryOp, at: Span, value: &Expr) -> Value {
        let location = self.location;
        let keys = self.keys(place);
        let by = self.operand(value);
        if let (Place::Told(Told::Content), BinaryOp::Concatenate) = (place, op) {
            return self.tell_more(by);
        }
        let old = self.old(place, &keys);
        self.at(at);
        let new = self.operate(op, old, by);
        self.location = location;
        self.store(place, keys, new);
        new
    }

    fn increment(&mut self, place: &Place, by: i64, before: bool, expr: &Expr) -> Value {
        let keys = self.keys(place);
        self.at(expr.span);
        let by = self.int(by);
        let old = self.old(place, &keys);
        self.at(expr.span);
        let new = self.integer(Opcode::Iadd, vec![old, by]);
        self.store(place, keys, new);
        if before { new } else { old }
    }

    /// What a place that is written next holds, its keys or address being known.
    fn old(&mut self, place: &Place, keys: &[Value]) -> Value {
        match place {
            Place::Element(global, _, span) => {
                self.at(*span);
                self.element_read(*global, keys.to_vec())
            }
            Place::Memory(memory) => self.load(memory, keys[0]),
            _ => self.read(place),
        }
    }

    fn statistic(&mut self, statistic: Statistic, aggregate: &Aggregate, expr: &Expr) -> Value {
        let mut keys = self.list(&aggregate.keys);
        self.at(expr.span);
        let (opcode, name) = match statistic {
            Statistic::Count => (Opcode::AggCount, "count"),
            Statistic::Sum => (Opcode::AggSum, "sum"),
            Statistic::Min => (Opcode::AggMin, "min"),
            Statistic::Max => (Opcode::AggMax, "max"),
            Statistic::Avg => (Opcode::AggAvg, "avg"),
            Statistic::Variance(shift) => {
                keys.push(self.int(shift.into()));
                (Opcode::AggVariance, "variance")
            }
        };
        let value = self.value(opcode, global_ref(aggregate.global), keys, Type::I64);
        self.near(value, format!("operator '@{name}'"))
    }

    fn call(&mut self, function: usize, args: &[Expr], expr: &Expr) -> Option<Value> {
        let args = self.list(args);
        self.at(expr.span);
        let callee = &self.given.program.functions[function];
        let immediate = Immediate::Func(FuncId::from_u32(function as u32));
        let near = format!("identifier '{}'", callee.name);
        match callee.returns {
            Some(ty) => {
                let value = self.value(Opcode::CallFn, immediate, args, ty);
                Some(self.near(value, near))
            }
            None => {
                let inst = self.effect(Opcode::CallFn, immediate, args);
                self.near_inst(inst, near);
                None
            }
        }
    }

    fn intrinsic(&mut self, intrinsic: &Intrinsic, args: &[Expr]) -> Option<Value> {
        let location = self.location;
        let args = self.list(args);
        self.location = location;
        let immediate = intrinsic.helper.map_or(Immediate::None, Immediate::Helper);
        let value = self.asked(intrinsic.opcode, immediate, args, intrinsic.returns);
        if matches!(intrinsic.opcode, Opcode::Error | Opcode::Abort) {
            // What follows it is never done.
            let value = self.function.returns.map(|ty| self.zero(ty));
            self.return_(value);
        }
        value
    }

    /// An instruction of the table, with its result if it has one.
    pub fn asked(
        &mut self,
        opcode: Opcode,
        immediate: Immediate,
        args: Vec<Value>,
        returns: Option<Type>,
    ) -> Option<Value> {
        match returns {
            Some(ty) => Some(self.value(opcode, immediate, args, ty)),
            None => {
                self.effect(opcode, immediate, args);
                None
            }
        }
    }

    fn output(&mut self, output: &Output) {
        match output {
            Output::Text(format, args) => {
                let args = self.list(args);
                self.effect(Opcode::Print, Immediate::Format(format.clone()), args);
            }
            Output::Histogram(aggregate) => {
                let keys = self.list(&aggregate.keys);
                self.at(aggregate.span);
                let inst = self.effect(Opcode::PrintHist, global_ref(aggregate.global), keys);
                let near = self.identifier(aggregate.global);
                self.near_inst(inst, near);
            }
        }
    }

    /// How messages call a global.
    fn identifier(&self, global: usize) -> String {
        format!("identifier '{}'", self.given.program.globals[global].name)
    }

    fn value_type(&self, global: usize) -> Type {
        match &self.given.program.globals[global].kind {
            GlobalKind::Str(_) | GlobalKind::Map { value: MapValue::Str, .. } => Type::Str,
            _ => Type::I64,
        }
    }
}

pub fn global_ref(global: usize) -> Immediate {
    Immediate::Global(GlobalId::from_u32(global as u32))
}

fn arithmetic(op: BinaryOp) -> Option<Opcode> {
    Some(match op {
        BinaryOp::BitOr => Opcode::Ior,
        BinaryOp::BitXor => Opcode::Ixor,
        BinaryOp::BitAnd => Opcode::Iand,
        BinaryOp::ShiftLeft => Opcode::Ishl,
        BinaryOp::ShiftRight => Opcode::Isshr,
        BinaryOp::ShiftRightLogical => Opcode::Iushr,
        BinaryOp::Concatenate => Opcode::Sconcat,
        BinaryOp::Add => Opcode::Iadd,
        BinaryOp::Subtract => Opcode::Isub,
        BinaryOp::Multiply => Opcode::Imul,
        BinaryOp::Divide => Opcode::Idiv,
        BinaryOp::Remainder => Opcode::Irem,
        _ => return None,
    })
}
