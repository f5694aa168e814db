//! What values an integer may have: from its definition, and from the branches on the way to where
//! it is used.

use std::collections::HashMap;

use crate::{
    cfg::{Dominance, reverse_postorder},
    entity::{Block, Value},
    function::{Function, Immediate, InstData, ValueDef},
    opcode::Opcode,
    terminator::Terminator,
    types::Type,
};

/// The integers from `low` to `high`, without 0 if `nonzero`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The smallest.
    pub low: i64,
    /// The largest.
    pub high: i64,
    /// Whether 0 is none of them.
    pub nonzero: bool,
}

impl Range {
    /// Every integer.
    pub const ALL: Self = Self { low: i64::MIN, high: i64::MAX, nonzero: false };

    /// From one to another, both included.
    pub const fn new(low: i64, high: i64) -> Self {
        Self { low, high, nonzero: low > 0 || high < 0 }
    }

    /// Whether a value may be this one.
    pub fn holds(self, value: i64) -> bool {
        self.low <= value && value <= self.high && (value != 0 || !self.nonzero)
    }

    /// The one integer that it holds, if it is one.
    pub fn constant(self) -> Option<i64> {
        (self.low == self.high).then_some(self.low)
    }

    /// What may be in either.
    pub fn join(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            nonzero: self.nonzero && other.nonzero,
        }
    }

    /// What may be in both; if nothing may, one of them: control does not come there.
    pub fn meet(self, other: Self) -> Self {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        if low > high {
            return self;
        }
        let nonzero = self.nonzero || other.nonzero;
        // An end that is 0 is none.
        let low = if nonzero && low == 0 && high > 0 { 1 } else { low };
        let high = if nonzero && high == 0 && low < 0 { -1 } else { high };
        Self { low, high, nonzero: nonzero || low > 0 || high < 0 }
    }
}

/// How many branches are looked at on the way back from a use.
const MOST_BRANCHES: usize = 32;
/// From this round on, a parameter of a block that still changes may be anything,
const WIDENED: usize = 2;
/// and in this one all may.
const LAST_ROUND: usize = 8;

/// The ranges of a function's integers.
#[derive(Debug)]
pub struct Ranges<'f> {
    function: &'f Function,
    dominance: Dominance,
    /// How many edges lead to each block, without those that go back to it from behind it.
    entries: HashMap<Block, usize>,
    defined: HashMap<Value, Range>,
}

impl<'f> Ranges<'f> {
    /// Of a function in order.
    pub fn of(function: &'f Function) -> Self {
        let dominance = Dominance::of(function);
        let mut entries = HashMap::new();
        for &block in &function.layout {
            // A value that was compared before a loop is the same each time round.
            let next = function.successors(block).into_iter();
            for next in next.filter(|&next| !dominance.dominates(next, block)) {
                *entries.entry(next).or_insert(0) += 1;
            }
        }
        let mut ranges = Self { function, dominance, entries, defined: HashMap::new() };
        ranges.define();
        ranges
    }

    /// What a value may be wherever it is used.
    pub fn everywhere(&self, value: Value) -> Range {
        self.defined.get(&value).copied().unwrap_or(Range::ALL)
    }

    /// What a value may be where it is used in a block.
    pub fn at(&self, value: Value, block: Block) -> Range {
        let mut range = self.everywhere(value);
        let mut below = block;
        for _ in 0..MOST_BRANCHES {
            let Some(above) = self.dominance.parent(below) else { break };
            // A block with one way to it comes directly behind the branch, and so does a loop.
            if self.entries.get(&below) == Some(&1) {
                range = self.behind(value, above, below, range);
            }
            below = above;
        }
        range
    }

    /// What a value may be if control goes from a block to another.
    fn behind(&self, value: Value, from: Block, to: Block, range: Range) -> Range {
        let Some(Terminator::Branch(condition, then, otherwise)) =
            &self.function.block(from).terminator
        else {
            return range;
        };
        if then.block == otherwise.block || (then.block != to && otherwise.block != to) {
            return range;
        }
        let Some(inst) = self.function.def(*condition) else { return range };
        self.compared(value, inst, then.block == to, range)
    }

    /// What a value may be if a comparison gives this.
    fn compared(&self, value: Value, inst: &InstData, mut holds: bool, range: Range) -> Range {
        let mut inst = inst;
        while inst.opcode == Opcode::Bnot {
            let Some(negated) = inst.args.first().and_then(|&arg| self.function.def(arg)) else {
                return range;
            };
            holds = !holds;
            inst = negated;
        }
        let &[left, right] = inst.args.as_slice() else { return range };
        let (opcode, other) = match (left == value, right == value) {
            (true, false) => (inst.opcode, right),
            (false, true) => (swapped(inst.opcode), left),
            _ => return range,
        };
        let opcode = if holds { opcode } else { negated(opcode) };
        let other = self.everywhere(other);
        match opcode {
            Opcode::IcmpEq => range.meet(other),
            Opcode::IcmpNe if other.constant() == Some(0) => {
                range.meet(Range { nonzero: true, ..Range::ALL })
            }
            Opcode::IcmpLt => range.meet(Range::new(i64::MIN, other.high.saturating_sub(1))),
            Opcode::IcmpLe => range.meet(Range::new(i64::MIN, other.high)),
            Opcode::IcmpGt => range.meet(Range::new(other.low.saturating_add(1), i64::MAX)),
            Opcode::IcmpGe => range.meet(Range::new(other.low, i64::MAX)),
            _ => range,
        }
    }

    /// Computes every definition's range, what goes round loops a few times.
    fn define(&mut self) {
        let order = reverse_postorder(self.function);
        for round in 0..=LAST_ROUND {
            let mut changed = false;
            let given = self.given(&order);
            for &block in &order {
                let data = self.function.block(block);
                for &param in &data.params {
                    let range = given.get(&param).copied().unwrap_or(Range::ALL);
                    changed |= self.set(param, range, round);
                }
                for &inst in &data.insts {
                    let inst = self.function.inst(inst);
                    if let Some(result) = inst.result {
                        let range = self.result(inst);
                        changed |= self.set(result, range, round);
                    }
                }
            }
            if !changed {
                break;
            }
        }
    }

    /// Sets a range; whether it is another than before. What comes of a definition stands behind it in
    /// the order, but for what goes round a loop, through a parameter of a block.
    fn set(&mut self, value: Value, range: Range, round: usize) -> bool {
        if self.function.ty(value) != Type::I64 {
            return false;
        }
        let old = self.defined.get(&value).copied();
        let is_param = matches!(self.function.value(value).def, ValueDef::Param(_));
        let widen = is_param && (round == LAST_ROUND || (round >= WIDENED && old != Some(range)));
        let range = if widen { Range::ALL } else { range };
        self.defined.insert(value, range);
        old != Some(range)
    }

    /// What the edges give to each parameter.
    fn given(&self, order: &[Block]) -> HashMap<Value, Range> {
        let mut given: HashMap<Value, Range> = HashMap::new();
        let mut unknown = Vec::new();
        for &block in order {
            let edges = self.function.block(block).terminator.iter();
            for edge in edges.flat_map(|terminator| terminator.edges()) {
                let params = &self.function.block(edge.block).params;
                for (&param, &arg) in
                    params.iter().zip(&edge.args).filter(|(param, arg)| param != arg)
                {
                    match self.defined.get(&arg) {
                        Some(&range) => {
                            let known = given.entry(param).or_insert(range);
                            *known = known.join(range);
                        }
                        None => unknown.push(param),
                    }
                }
            }
        }
        for param in unknown {
            // Not computed yet in the first round; never where it is no integer.
            given.entry(param).or_insert(Range::ALL);
        }
        given
    }

    /// What an instruction's result may be.
    fn result(&self, inst: &InstData) -> Range {
        let arg = |at: usize| inst.args.get(at).map_or(Range::ALL, |&arg| self.everywhere(arg));
        match (inst.opcode, &inst.immediate) {
            (Opcode::Iconst, Immediate::Int(value)) => Range::new(*value, *value),
            (Opcode::B2i, _) => Range::new(0, 1),
            (Opcode::LoadU8, _) => Range::new(0, 0xff),
            (Opcode::LoadS8, _) => Range::new(-0x80, 0x7f),
            (Opcode::LoadU16, _) => Range::new(0, 0xffff),
            (Opcode::LoadS16, _) => Range::new(-0x8000, 0x7fff),
            (Opcode::LoadU32, _) => Range::new(0, 0xffff_ffff),
            (Opcode::LoadS32, _) => Range::new(-0x8000_0000, 0x7fff_ffff),
            (Opcode::Slen, _) => Range::new(0, i64::from(u32::MAX)),
            (Opcode::AggCount, _) => Range::new(0, i64::MAX),
            (opcode, _) => binary(opcode, arg(0), arg(1)),
        }
    }
}

/// What an operation on two integers, or one, may give.
fn binary(opcode: Opcode, a: Range, b: Range) -> Range {
    let whole = |low: Option<i64>, high: Option<i64>| match (low, high) {
        (Some(low), Some(high)) => Range::new(low, high),
        // It may wrap.
        _ => Range::ALL,
    };
    match opcode {
        Opcode::Iadd => whole(a.low.checked_add(b.low), a.high.checked_add(b.high)),
        Opcode::Isub => whole(a.low.checked_sub(b.high), a.high.checked_sub(b.low)),
        Opcode::Imul => {
            let ends = [(a.low, b.low), (a.low, b.high), (a.high, b.low), (a.high, b.high)];
            let products: Option<Vec<i64>> =
                ends.into_iter().map(|(a, b)| a.checked_mul(b)).collect();
            let Some(products) = products else { return Range::ALL };
            let range = whole(products.iter().min().copied(), products.iter().max().copied());
            Range { nonzero: a.nonzero && b.nonzero, ..range }
        }
        Opcode::Ineg => {
            let range = whole(a.high.checked_neg(), a.low.checked_neg());
            Range { nonzero: a.nonzero, ..range }
        }
        Opcode::Iand if b.low >= 0 && a.low >= 0 => Range::new(0, a.high.min(b.high)),
        Opcode::Iand if b.low >= 0 => Range::new(0, b.high),
        Opcode::Iand if a.low >= 0 => Range::new(0, a.high),
        Opcode::Ior if a.low >= 0 && b.low >= 0 => {
            // No bit above the highest of either.
            let ones = i64::MAX >> (a.high | b.high).leading_zeros().saturating_sub(1).min(62);
            let range = Range::new(a.low.max(b.low), ones.max(a.high | b.high));
            Range { nonzero: a.nonzero || b.nonzero, ..range }
        }
        Opcode::Ior => Range { nonzero: a.nonzero || b.nonzero, ..Range::ALL },
        Opcode::Irem | Opcode::IremNz => remainder(a, b),
        Opcode::Idiv | Opcode::IdivNz if a.low >= 0 && b.low > 0 => {
            Range::new(a.low / b.high, a.high / b.low)
        }
        Opcode::Isshr if b.constant().is_some_and(|by| (0..64).contains(&by)) => {
            let by = b.low;
            Range::new(a.low >> by, a.high >> by)
        }
        Opcode::Iushr if b.constant().is_some_and(|by| (1..64).contains(&by)) => {
            Range::new(0, (u64::MAX >> b.low) as i64)
        }
        _ => Range::ALL,
    }
}

fn remainder(a: Range, b: Range) -> Range {
    if b.low == i64::MIN {
        return Range::ALL;
    }
    let most = b.low.abs().max(b.high.abs()).saturating_sub(1).max(0);
    let low = if a.low >= 0 { 0 } else { (-most).max(a.low) };
    let high = if a.high <= 0 { 0 } else { most.min(a.high) };
    Range::new(low, high)
}

/// The comparison that holds with its operands swapped.
fn swapped(opcode: Opcode) -> Opcode {
    match opcode {
        Opcode::IcmpLt => Opcode::IcmpGt,
        Opcode::IcmpLe => Opcode::IcmpGe,
        Opcode::IcmpGt => Opcode::IcmpLt,
        Opcode::IcmpGe => Opcode::IcmpLe,
        other => other,
    }
}

/// The comparison that holds where another does not.
fn negated(opcode: Opcode) -> Opcode {
    match opcode {
        Opcode::IcmpEq => Opcode::IcmpNe,
        Opcode::IcmpNe => Opcode::IcmpEq,
        Opcode::IcmpLt => Opcode::IcmpGe,
        Opcode::IcmpLe => Opcode::IcmpGt,
        Opcode::IcmpGt => Opcode::IcmpLe,
        Opcode::IcmpGe => Opcode::IcmpLt,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_keep_within_their_ranges() {
        let ranges = [
            Range::ALL,
            Range::new(0, 0),
            Range::new(-3, 5),
            Range::new(1, 7),
            Range::new(i64::MIN, -1),
            Range::new(5, i64::MAX),
            Range { nonzero: true, ..Range::new(-2, 2) },
        ];
        let samples = |range: Range| {
            [i64::MIN, -3, -2, -1, 0, 1, 2, 5, 7, i64::MAX]
                .into_iter()
                .filter(move |&value| range.holds(value))
        };
        type Operation = fn(i64, i64) -> Option<i64>;
        let operations: [(Opcode, Operation); 9] = [
            (Opcode::Iadd, |a, b| Some(a.wrapping_add(b))),
            (Opcode::Isub, |a, b| Some(a.wrapping_sub(b))),
            (Opcode::Imul, |a, b| Some(a.wrapping_mul(b))),
            (Opcode::Iand, |a, b| Some(a & b)),
            (Opcode::Ior, |a, b| Some(a | b)),
            (Opcode::Ineg, |a, _| Some(a.wrapping_neg())),
            (Opcode::Irem, |a, b| (b != 0).then(|| a.wrapping_rem(b))),
            (Opcode::Idiv, |a, b| (b != 0).then(|| a.wrapping_div(b))),
            (Opcode::Isshr, |a, b| Some(a >> (b & 63))),
        ];
        for (opcode, operation) in operations {
            for (a, b) in ranges.iter().flat_map(|&a| ranges.iter().map(move |&b| (a, b))) {
                let range = binary(opcode, a, b);
                for (x, y) in samples(a).flat_map(|x| samples(b).map(move |y| (x, y))) {
                    let Some(result) = operation(x, y) else { continue };
                    assert!(
                        range.holds(result),
                        "{opcode:?} of {x} and {y} gives {result}, not in {range:?}"
                    );
                }
            }
        }
    }
}
