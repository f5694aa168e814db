//! Statements that change globals.

use stapc_ir::{Immediate, Opcode, Operands, Type};

use super::{
    maker::{Maker, global},
    world,
};

/// Writes of memory, and what reads as much of it.
const POKES: [(Opcode, Opcode); 8] = [
    (Opcode::Store8, Opcode::LoadS8),
    (Opcode::Store16, Opcode::LoadU16),
    (Opcode::Store32, Opcode::LoadS32),
    (Opcode::Store64, Opcode::LoadU64),
    (Opcode::Ustore8, Opcode::UloadU8),
    (Opcode::Ustore16, Opcode::UloadS16),
    (Opcode::Ustore32, Opcode::UloadU32),
    (Opcode::Ustore64, Opcode::UloadU64),
];

impl Maker<'_> {
    /// Something for the handler of the return; more of it may be kept later.
    pub fn keep(&mut self) {
        let number = self.int(1);
        self.effect(Opcode::Keep, Immediate::Index(0), vec![number]);
        let text = self.text(1);
        self.effect(Opcode::KeepStr, Immediate::Index(1), vec![text]);
    }

    pub fn store(&mut self) {
        match self.below(16) {
            1 if self.role == world::Role::Call => self.keep(),
            0 | 1 => {
                let value = self.int(2);
                self.effect(Opcode::Gstore, global(world::NUMBER), vec![value]);
            }
            2 | 3 => {
                let value = self.text(2);
                self.effect(Opcode::Gstore, global(world::TEXT), vec![value]);
            }
            4 | 5 => {
                let map = self.pick(&world::INT_MAPS);
                let mut args = self.keys(map);
                args.push(self.int(1));
                self.effect(Opcode::Mset, global(map), args);
            }
            6 | 7 => {
                let map = self.pick(&world::STR_MAPS);
                let mut args = self.keys(map);
                args.push(self.text(2));
                self.effect(Opcode::Mset, global(map), args);
            }
            8 => {
                let map = self.pick(&[5, 6, 7, 8, 9, 10]);
                let keys = self.keys(map);
                self.effect(Opcode::Mdel, global(map), keys);
            }
            9 => {
                let map = self.pick(&[5, 6, 7, 8, 9, 10]);
                self.effect(Opcode::Mclear, global(map), vec![]);
            }
            10 | 11 => {
                let stat = self.pick(&world::STATS);
                let value = self.int(1);
                self.effect(Opcode::AggAdd, global(stat), vec![value]);
            }
            12 => {
                let stat = self.pick(&world::STATS);
                self.effect(Opcode::AggClear, global(stat), vec![]);
            }
            13 | 14 => {
                let map = self.pick(&world::STAT_MAPS);
                let mut args = self.keys(map);
                args.push(self.int(1));
                self.effect(Opcode::AggAdd, global(map), args);
            }
            _ => {
                if self.below(3) == 1 {
                    self.poke();
                } else {
                    self.add();
                }
            }
        }
    }

    /// Writes to memory, and reads what is there then.
    fn poke(&mut self) {
        let (store, load) = self.pick(&POKES);
        let (address, value) = (self.local(Type::I64), self.int(0));
        self.effect(store, Immediate::Int(8), vec![address, value]);
        let seen = self.on(load, Immediate::Int(8), vec![address]);
        self.effect(Opcode::Print, super::formats::format("@%d;"), vec![seen]);
    }

    /// Adds to what most handlers only add to.
    pub fn add(&mut self) {
        match self.below(5) {
            0 => {
                let old = self.on(Opcode::Gload, global(world::COUNTER), vec![]);
                let by = self.int(0);
                let sum = self.op(Opcode::Iadd, vec![old, by]);
                self.effect(Opcode::Gstore, global(world::COUNTER), vec![sum]);
            }
            1 => {
                let mut args = self.keys(world::SUMS);
                args.push(self.int(0));
                self.on(Opcode::Madd, global(world::SUMS), args);
            }
            2 => {
                let mut args = self.keys(world::SUMS);
                let old = self.on(Opcode::Mget, global(world::SUMS), args.clone());
                let by = self.int(0);
                args.push(self.op(Opcode::Iadd, vec![old, by]));
                self.effect(Opcode::Mset, global(world::SUMS), args);
            }
            3 => {
                let value = self.int(0);
                self.effect(Opcode::AggAdd, global(world::SAMPLES), vec![value]);
            }
            _ => {
                let mut args = self.keys(world::SAMPLES_BY);
                args.push(self.int(0));
                self.effect(Opcode::AggAdd, global(world::SAMPLES_BY), args);
            }
        }
    }

    /// Reads what most handlers only add to, where that may be.
    pub fn read_sums(&mut self) {
        let what = self.below(4);
        if self.role != world::Role::Alone && !self.shape.reads_sums {
            return self.add();
        }
        let value = match what {
            0 => self.on(Opcode::Gload, global(world::COUNTER), vec![]),
            1 => {
                let keys = self.keys(world::SUMS);
                self.on(Opcode::Mget, global(world::SUMS), keys)
            }
            2 => self.on(Opcode::AggSum, global(world::SAMPLES), vec![]),
            _ => {
                let keys = self.keys(world::SAMPLES_BY);
                self.on(Opcode::AggCount, global(world::SAMPLES_BY), keys)
            }
        };
        self.effect(Opcode::Print, super::formats::format("=%d\n"), vec![value]);
    }

    /// Leaves a histogram in the output; of an empty aggregate that is a fault.
    pub fn draw(&mut self) {
        let which = self.pick(&[3, 4, 10, world::STATS[1]]);
        let keys = self.keys(which);
        let count = self.on(Opcode::AggCount, global(which), keys.clone());
        let zero = self.number(0);
        let some = self.op(Opcode::IcmpGt, vec![count, zero]);
        let (then, otherwise) = self.split(some);
        let join = self.join();
        self.enter(then);
        self.effect(Opcode::PrintHist, global(which), keys);
        self.go(join);
        self.enter(otherwise);
        self.go(join);
        self.enter(join);
    }

    /// A figure of an aggregate.
    pub fn figure(&mut self) -> stapc_ir::Value {
        let which = self.pick(&[2, 3, 4, 9, 10]);
        let has_buckets = ![2, 9].contains(&which);
        let opcode = match self.below(10) {
            0 => Opcode::AggMin,
            1 => Opcode::AggMax,
            2 => Opcode::AggAvg,
            3 | 4 => Opcode::AggSum,
            5 => Opcode::AggVariance,
            6 | 7 if has_buckets => Opcode::AggBucket,
            _ => Opcode::AggCount,
        };
        let mut keys = self.keys(which);
        if opcode.effects().has(stapc_ir::Effects::FAULT) && self.below(4) > 0 {
            // Of a sample at least.
            let mut args = keys.clone();
            args.push(self.int(0));
            self.effect(Opcode::AggAdd, global(which), args);
        }
        if opcode.info().operands == Operands::KeysThenInt {
            let positions = [0, 1, 2, 3, 64, 65, 66, 67];
            let position = self.pick(&positions[..if has_buckets { 8 } else { 4 }]);
            let position = if opcode == Opcode::AggVariance { position % 32 } else { position };
            keys.push(self.number(position));
        }
        self.on(opcode, global(which), keys)
    }

    /// A number of a map, read and written back.
    pub fn modify(&mut self) {
        let map = self.pick(&world::INT_MAPS);
        let keys = self.keys(map);
        let old = self.on(Opcode::Mget, global(map), keys.clone());
        let by = self.int(1);
        let opcode = self.pick(&[Opcode::Iadd, Opcode::Iadd, Opcode::Isub, Opcode::Ior]);
        let new = self.op(opcode, vec![old, by]);
        let mut args = keys;
        args.push(new);
        self.effect(Opcode::Mset, global(map), args);
        if self.below(2) == 1 {
            self.effect(Opcode::Print, super::formats::format("[%d]"), vec![old]);
        }
    }
}
