//! Loops over maps.

use stapc_ir::{Edge, GlobalId, Immediate, Opcode, Order, OrderBy, Terminator, Type, Value};

use super::{
    maker::{Maker, global},
    world,
};

const OF_STATS: [OrderBy; 5] =
    [OrderBy::Count, OrderBy::Sum, OrderBy::Min, OrderBy::Max, OrderBy::Avg];

impl Maker<'_> {
    fn order(&mut self, map: u32) -> Order {
        let kind = &self.module.global(GlobalId::from_u32(map)).kind;
        let (keys, stats) = (kind.keys().len(), kind.value_type().is_none());
        let by = match self.below(4) {
            0 => OrderBy::Unsorted,
            1 => OrderBy::Key(self.below(keys) as u32),
            _ if stats => self.pick(&OF_STATS),
            _ => OrderBy::Value,
        };
        Order { by, descending: self.below(2) == 0 }
    }

    /// A loop over a map.
    pub fn each(&mut self) {
        let sums = self.role == world::Role::Alone || self.shape.reads_sums;
        let map = match self.below(8) {
            0 if sums => world::SUMS,
            1 if sums => world::SAMPLES_BY,
            _ => self.pick(&[5, 6, 7, 8, 9, 10]),
        };
        let most = self.pick(&[2, 1, 3, 0, -1, i64::MAX]);
        let limit = self.number(most);
        let order = Immediate::Iterate(GlobalId::from_u32(map), self.order(map));
        let iteration = self.value(Opcode::IterBegin, order, vec![limit], Type::Iter);
        let (head, exit) = (self.join(), self.join());
        self.go(head);
        self.iterations.push(iteration);
        self.enter(head);
        self.effect(Opcode::Fuel, Immediate::Index(1), vec![]);
        let more = self.op(Opcode::IterNext, vec![iteration]);
        let body = self.new_block();
        let args = self.locals.clone();
        self.end(Terminator::Branch(more, Edge::to(body), Edge { block: exit, args }));
        self.enter(body);
        let keys = self.element(map, iteration);
        self.exits.push((exit, self.iterations.len()));
        if self.below(4) == 1 {
            // What `foreach` is often about.
            self.effect(Opcode::Mdel, global(map), keys);
        }
        self.statements();
        self.exits.pop();
        self.go(head);
        self.iterations.pop();
        self.enter(exit);
        self.effect(Opcode::IterEnd, Immediate::None, vec![iteration]);
    }

    /// Puts the keys and the value of the element into locals, and prints them; gives the keys.
    fn element(&mut self, map: u32, iteration: Value) -> Vec<Value> {
        let kind = self.module.global(GlobalId::from_u32(map)).kind.clone();
        let mut keys = Vec::new();
        for (position, &ty) in kind.keys().iter().enumerate() {
            let immediate = Immediate::Index(position as u32);
            keys.push(self.value(Opcode::IterKey, immediate, vec![iteration], ty));
        }
        let mut seen = keys.clone();
        if let Some(ty) = kind.value_type() {
            seen.push(self.value(Opcode::IterValue, Immediate::None, vec![iteration], ty));
        } else {
            seen.push(self.on(Opcode::AggSum, global(map), keys.clone()));
        }
        for value in seen {
            let ty = self.function.ty(value);
            let at = usize::from(ty == Type::Str) + 2 * self.below(2);
            if self.function.ty(self.locals[at]) == ty {
                self.locals[at] = value;
            }
        }
        if self.below(2) == 0 {
            self.print_locals();
        }
        keys
    }
}
