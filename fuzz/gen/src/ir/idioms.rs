//! What scripts are full of, and passes look for.

use stapc_ir::{GlobalId, Immediate, Opcode, Type, Value};

use super::{
    formats::format,
    maker::{Maker, global},
    world,
};

impl Maker<'_> {
    pub fn idiom(&mut self) {
        match self.below(12) {
            0 | 1 => self.add(),
            2 => self.read_sums(),
            3 => self.draw(),
            4 => self.modify(),
            5 => self.take(),
            6 => self.read_again(),
            7 => self.dead_store(),
            8 => self.chain(),
            9 => self.prints(),
            10 if self.below(2) == 0 => self.found(),
            10 => self.keep_old(),
            _ => self.times(),
        }
    }

    /// `if (k in m) { print(m[k]); delete m[k] }`, with or without something between.
    fn take(&mut self) {
        let map = self.pick(&[5, 6, 7, 8]);
        let keys = self.keys(map);
        let found = self.on(Opcode::Mhas, global(map), keys.clone());
        let (then, otherwise) = self.split(found);
        let join = self.join();
        self.enter(then);
        let value = self.on(Opcode::Mget, global(map), keys.clone());
        let text = if self.function.ty(value) == Type::Str { "{%s}" } else { "{%d}" };
        if self.below(3) == 1 {
            self.store();
        }
        match self.below(3) {
            0 => self.effect(Opcode::Mdel, global(map), keys),
            1 => {
                let mut args = keys;
                args.push(value);
                self.effect(Opcode::Mset, global(map), args);
            }
            _ => {}
        }
        self.effect(Opcode::Print, format(text), vec![value]);
        self.go(join);
        self.enter(otherwise);
        if self.below(2) == 1 {
            let mut args = self.keys(map);
            args.push(if text == "{%s}" { self.text(1) } else { self.int(1) });
            self.effect(Opcode::Mset, global(map), args);
        }
        self.go(join);
        self.enter(join);
    }

    /// An element that is found once, as passes have it.
    fn found(&mut self) {
        let map = self.pick(&[5, 6, 7, 8]);
        let keys = self.keys(map);
        let found = self.on(Opcode::Mfind, global(map), keys.clone());
        let is_there = self.op(Opcode::ElemHas, vec![found]);
        let is_there = self.op(Opcode::B2i, vec![is_there]);
        let kind = &self.module.global(GlobalId::from_u32(map)).kind;
        let ty = kind.value_type().unwrap_or(Type::I64);
        let old = self.value(Opcode::ElemGet, Immediate::None, vec![found], ty);
        let text = if ty == Type::Str { "%d:%s " } else { "%d:%d " };
        match self.below(3) {
            0 => self.effect(Opcode::ElemDel, global(map), vec![found]),
            1 => {
                let new = if ty == Type::Str { self.local(ty) } else { self.int(0) };
                let args = [&[found][..], &keys, &[new]].concat();
                self.effect(Opcode::ElemSet, global(map), args);
            }
            _ => {}
        }
        self.effect(Opcode::Print, format(text), vec![is_there, old]);
    }

    /// The same read twice, with something between that may write.
    fn read_again(&mut self) {
        let (which, keys) = match self.below(4) {
            0 => (world::NUMBER, vec![]),
            1 => (world::TEXT, vec![]),
            _ => {
                let map = self.pick(&[5, 6, 7, 8]);
                (map, self.keys(map))
            }
        };
        let opcode = if keys.is_empty() { Opcode::Gload } else { Opcode::Mget };
        let first = self.on(opcode, global(which), keys.clone());
        match self.below(3) {
            0 => {}
            1 => self.store(),
            _ => {
                let mut args = keys.clone();
                let ty = self.function.ty(first);
                args.push(if ty == Type::Str { self.text(1) } else { self.int(1) });
                let set = if keys.is_empty() { Opcode::Gstore } else { Opcode::Mset };
                self.effect(set, global(which), args);
            }
        }
        let second = self.on(opcode, global(which), keys);
        let text = if self.function.ty(first) == Type::Str { "%s %s;" } else { "%d %d;" };
        self.effect(Opcode::Print, format(text), vec![first, second]);
    }

    /// A store that another may make dead.
    fn dead_store(&mut self) {
        let map = self.pick(&world::INT_MAPS);
        let keys = self.keys(map);
        let scalar = self.below(2) == 0;
        for turn in 0..2 {
            let value = self.int(1);
            if scalar {
                self.effect(Opcode::Gstore, global(world::NUMBER), vec![value]);
            } else {
                let mut args = keys.clone();
                args.push(value);
                self.effect(Opcode::Mset, global(map), args);
            }
            if turn == 0 && self.below(2) == 1 {
                self.read_sums();
            }
        }
    }

    /// Strings behind each other.
    fn chain(&mut self) {
        let mut text = self.text(0);
        for _ in 0..2 + self.below(3) {
            let next = self.text(1);
            text = self.op(Opcode::Sconcat, vec![text, next]);
        }
        let (at, last) = (self.below(2) * 2 + 1, self.locals.len() - 2);
        let at = if self.function.ty(self.locals[at]) == Type::Str { at } else { last };
        self.locals[at] = text;
    }

    /// Output in a row, with or without something between.
    fn prints(&mut self) {
        for _ in 0..2 + self.below(2) {
            self.print();
            if self.below(4) == 1 {
                self.store();
            }
        }
    }

    /// A string of a global that is used behind its next write.
    fn keep_old(&mut self) {
        let old = self.on(Opcode::Gload, global(world::TEXT), vec![]);
        let new = self.text(1);
        let joined = self.op(Opcode::Sconcat, vec![old, new]);
        self.effect(Opcode::Gstore, global(world::TEXT), vec![joined]);
        self.effect(Opcode::Print, format("%s<%s"), vec![old, joined]);
    }

    /// How long something takes: longer than nothing where time passes.
    fn times(&mut self) {
        let opcode = self.pick(&[Opcode::TimeNs, Opcode::Cycles]);
        let before: Value = self.on(opcode, Immediate::None, vec![]);
        self.print();
        let behind = self.on(opcode, Immediate::None, vec![]);
        let longer = self.op(Opcode::IcmpGt, vec![behind, before]);
        let longer = self.op(Opcode::B2i, vec![longer]);
        self.effect(Opcode::Print, format("longer %d\n"), vec![longer]);
    }
}
