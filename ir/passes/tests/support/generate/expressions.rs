//! Expressions.

use stapc_ir::{FuncId, Immediate, Opcode, Type, Value, format::Format};

use super::{Maker, global};

impl Maker<'_> {
    pub(super) fn call(&mut self) {
        if self.below(2) == 0 {
            self.text_call();
        } else {
            self.number_call();
        }
    }

    pub(super) fn text_call(&mut self) -> Value {
        let args = vec![self.int(1), self.text(1)];
        self.value(Opcode::CallFn, Immediate::Func(FuncId::from_u32(0)), args, Type::Str)
    }

    pub(super) fn number_call(&mut self) -> Value {
        if self.below(2) == 0 {
            let args = vec![self.int(1), self.int(0)];
            return self.value(
                Opcode::CallFn,
                Immediate::Func(FuncId::from_u32(2)),
                args,
                Type::I64,
            );
        }
        let args = vec![self.int(1)];
        self.value(Opcode::CallFn, Immediate::Func(FuncId::from_u32(1)), args, Type::I64)
    }

    pub(super) fn local(&mut self, ty: Type) -> Value {
        let fitting: Vec<Value> =
            self.locals.iter().copied().filter(|&local| self.function.ty(local) == ty).collect();
        let at = self.below(fitting.len());
        fitting[at]
    }

    pub(super) fn int(&mut self, depth: usize) -> Value {
        let none = Immediate::None;
        match self.below(if depth == 0 { 4 } else { 15 }) {
            0 | 1 => self.local(Type::I64),
            2 => {
                let value = [0, 1, -1, 2, 7, i64::MIN][self.below(6)];
                self.value(Opcode::Iconst, Immediate::Int(value), vec![], Type::I64)
            }
            3 => self.value(Opcode::Gload, global(0), vec![], Type::I64),
            4 => self.value(Opcode::TimeNs, none, vec![], Type::I64),
            5 => self.value(Opcode::Pid, none, vec![], Type::I64),
            6 => {
                let opcode = [
                    Opcode::Idiv,
                    Opcode::Irem,
                    Opcode::Isub,
                    Opcode::Imul,
                    Opcode::Ishl,
                    Opcode::Iushr,
                ][self.below(6)];
                let (first, mut second) = (self.int(depth - 1), self.int(depth - 1));
                if self.below(4) > 0 {
                    // Seldom a division by zero.
                    let one = self.value(Opcode::Iconst, Immediate::Int(1), vec![], Type::I64);
                    second = self.value(Opcode::Ior, none.clone(), vec![second, one], Type::I64);
                }
                self.value(opcode, none, vec![first, second], Type::I64)
            }
            7 | 8 => {
                let opcode = [Opcode::Iadd, Opcode::Iand, Opcode::Ixor][self.below(3)];
                let args = vec![self.int(depth - 1), self.int(depth - 1)];
                self.value(opcode, none, args, Type::I64)
            }
            9 => {
                let text = self.text(depth - 1);
                self.value(Opcode::Slen, none, vec![text], Type::I64)
            }
            10 => {
                let address = self.int(depth - 1);
                self.value(Opcode::LoadU32, Immediate::Int(4), vec![address], Type::I64)
            }
            11 => {
                let key = self.int(depth - 1);
                self.value(Opcode::Mget, global(3), vec![key], Type::I64)
            }
            12 => {
                let condition = self.condition(depth - 1);
                self.value(Opcode::B2i, none, vec![condition], Type::I64)
            }
            13 => self.number_call(),
            _ => {
                let args = vec![self.int(depth - 1), self.int(depth - 1)];
                self.value(Opcode::Madd, global(3), args, Type::I64)
            }
        }
    }

    pub(super) fn text(&mut self, depth: usize) -> Value {
        let none = Immediate::None;
        match self.below(if depth == 0 { 5 } else { 11 }) {
            0..=2 => self.local(Type::Str),
            3 => {
                let text = ["", "a", "bc", "long text, cut", "éé"][self.below(5)];
                self.value(Opcode::Sconst, Immediate::Text(text.into()), vec![], Type::Str)
            }
            4 => self.value(Opcode::Gload, global(1), vec![], Type::Str),
            5 | 6 => {
                let args = vec![self.text(depth - 1), self.text(depth - 1)];
                self.value(Opcode::Sconcat, none, args, Type::Str)
            }
            7 => {
                let args = vec![self.text(depth - 1), self.int(0), self.int(0)];
                self.value(Opcode::Ssubstr, none, args, Type::Str)
            }
            8 => {
                let args = vec![self.int(depth - 1), self.text(depth - 1)];
                self.value(
                    Opcode::Sprint,
                    Immediate::Format(Format::parse("%d-%s").unwrap()),
                    args,
                    Type::Str,
                )
            }
            9 => {
                let key = self.text(depth - 1);
                self.value(Opcode::Mget, global(4), vec![key], Type::Str)
            }
            _ => self.text_call(),
        }
    }

    pub(super) fn condition(&mut self, depth: usize) -> Value {
        let none = Immediate::None;
        match self.below(5) {
            0 | 1 => {
                let args = vec![self.int(depth.min(1)), self.int(0)];
                let opcode = [Opcode::IcmpLt, Opcode::IcmpNe][self.below(2)];
                self.value(opcode, none, args, Type::Bool)
            }
            2 => {
                let args = vec![self.text(1), self.text(0)];
                self.value(Opcode::ScmpEq, none, args, Type::Bool)
            }
            3 => {
                let key = self.int(0);
                self.value(Opcode::Mhas, global(3), vec![key], Type::Bool)
            }
            _ => {
                let args = vec![self.int(0), self.int(0)];
                let value = self.value(Opcode::IcmpGe, none.clone(), args, Type::Bool);
                self.value(Opcode::Bnot, none, vec![value], Type::Bool)
            }
        }
    }
}
