//! Loops that end by themselves after a number of turns that is known: a parameter of their head goes
//! by a constant step from one constant to another.

use std::collections::{HashMap, HashSet};

use crate::{
    cfg::Dominance,
    entity::{Block, Value},
    function::{Function, Immediate},
    opcode::Opcode,
    terminator::{Edge, Terminator},
};

/// A loop that makes so many turns at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedLoop {
    /// Where it is entered, and left at the latest.
    pub head: Block,
    /// Where its one way back starts.
    pub latch: Block,
    /// Its blocks, the head among them.
    pub blocks: HashSet<Block>,
    /// The most turns that it makes.
    pub turns: u64,
}

impl CountedLoop {
    /// The most instructions and ends of blocks that it executes each time it is entered, calls not
    /// counted.
    pub fn cost(&self, function: &Function) -> u64 {
        let insts = self.blocks.iter().map(|&block| function.block(block).insts.len() as u64 + 1);
        self.turns.saturating_add(1).saturating_mul(insts.sum())
    }
}

/// The innermost counted loops of a function in order: those without others in them.
pub fn counted_loops(function: &Function, dominance: &Dominance) -> Vec<CountedLoop> {
    let mut latches: HashMap<Block, Vec<Block>> = HashMap::new();
    let mut before: HashMap<Block, Vec<Block>> = HashMap::new();
    for &block in function.layout.iter().filter(|&&block| dominance.reaches(block)) {
        for next in function.successors(block) {
            before.entry(next).or_default().push(block);
            if dominance.dominates(next, block) {
                latches.entry(next).or_default().push(block);
            }
        }
    }
    let heads = function.layout.iter().filter_map(|&head| match latches.get(&head)?.as_slice() {
        &[latch] => Some((head, latch)),
        _ => None,
    });
    heads
        .filter_map(|(head, latch)| {
            // What goes on forever is not worth to be gone through.
            let turns = turns(function, head, latch, before.get(&head)?)?;
            let blocks = body(head, latch, &before);
            let innermost =
                blocks.iter().all(|block| *block == head || !latches.contains_key(block));
            (innermost && goes_on(function, head, &blocks)).then_some(CountedLoop {
                head,
                latch,
                blocks,
                turns,
            })
        })
        .collect()
}

/// The blocks between a loop's head and its way back.
fn body(head: Block, latch: Block, before: &HashMap<Block, Vec<Block>>) -> HashSet<Block> {
    let mut blocks = HashSet::from([head]);
    let mut work = vec![latch];
    while let Some(block) = work.pop() {
        if blocks.insert(block) {
            work.extend(before.get(&block).into_iter().flatten());
        }
    }
    blocks
}

/// Whether the loop goes on only where its head's condition is true.
fn goes_on(function: &Function, head: Block, blocks: &HashSet<Block>) -> bool {
    match &function.block(head).terminator {
        Some(Terminator::Branch(_, then, otherwise)) => {
            blocks.contains(&then.block) && !blocks.contains(&otherwise.block)
        }
        _ => false,
    }
}

/// The most turns of a loop that goes on while its head's condition is true.
fn turns(function: &Function, head: Block, latch: Block, before: &[Block]) -> Option<u64> {
    let Some(Terminator::Branch(condition, ..)) = &function.block(head).terminator else {
        return None;
    };
    let compared = function.def(*condition)?;
    let &[left, right] = compared.args.as_slice() else { return None };
    let position = function.block(head).params.iter().position(|&param| param == left)?;
    let bound = integer(function, right)?;
    let step = step(function, left, *edge(function, latch, head)?.args.get(position)?)?;
    let mut most = 0;
    for &block in before.iter().filter(|&&block| block != latch) {
        let from = integer(function, *edge(function, block, head)?.args.get(position)?)?;
        most = most.max(between(compared.opcode, from, bound, step)?);
    }
    Some(most)
}

fn edge(function: &Function, from: Block, to: Block) -> Option<&Edge> {
    let mut edges = function
        .block(from)
        .terminator
        .iter()
        .flat_map(Terminator::edges)
        .filter(|edge| edge.block == to);
    match (edges.next(), edges.next()) {
        (Some(edge), None) => Some(edge),
        _ => None,
    }
}

fn integer(function: &Function, value: Value) -> Option<i64> {
    let inst = function.def(value).filter(|inst| inst.opcode == Opcode::Iconst)?;
    match inst.immediate {
        Immediate::Int(value) => Some(value),
        _ => None,
    }
}

/// What is added to a parameter in each turn.
fn step(function: &Function, param: Value, next: Value) -> Option<i64> {
    let inst = function.def(next)?;
    match (inst.opcode, inst.args.as_slice()) {
        (Opcode::Iadd, &[left, right]) if left == param => integer(function, right),
        (Opcode::Iadd, &[left, right]) if right == param => integer(function, left),
        (Opcode::Isub, &[left, right]) if left == param => integer(function, right)?.checked_neg(),
        _ => None,
    }
}

/// How often a comparison holds of a number that goes by steps; none if it may wrap before.
fn between(opcode: Opcode, from: i64, bound: i64, step: i64) -> Option<u64> {
    let (from, bound, step) = (i128::from(from), i128::from(bound), i128::from(step));
    let (distance, step) = match opcode {
        Opcode::IcmpLt if step > 0 => (bound - from, step),
        Opcode::IcmpLe if step > 0 => (bound - from + 1, step),
        Opcode::IcmpGt if step < 0 => (from - bound, -step),
        Opcode::IcmpGe if step < 0 => (from - bound + 1, -step),
        _ => return None,
    };
    // The first number for which it does not hold is one.
    let last = i128::from(i64::MAX) - step;
    if bound > last || -bound > last {
        return None;
    }
    u64::try_from((distance.max(0) + step - 1) / step).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By counting; none if it wraps or takes too long.
    fn counted(opcode: Opcode, mut from: i64, bound: i64, step: i64) -> Option<u64> {
        let holds = |value: i64| match opcode {
            Opcode::IcmpLt => value < bound,
            Opcode::IcmpLe => value <= bound,
            Opcode::IcmpGt => value > bound,
            _ => value >= bound,
        };
        let mut turns = 0;
        while holds(from) {
            turns += 1;
            from = from.checked_add(step)?;
            if turns > 1000 {
                return None;
            }
        }
        Some(turns)
    }

    #[test]
    fn turns_are_those_that_happen() {
        let opcodes = [Opcode::IcmpLt, Opcode::IcmpLe, Opcode::IcmpGt, Opcode::IcmpGe];
        let numbers = [i64::MIN, i64::MIN + 1, -7, -1, 0, 1, 3, 20, i64::MAX - 2, i64::MAX];
        let steps = [i64::MIN, -3, -1, 0, 1, 2, 7, i64::MAX];
        let mut known = 0;
        for opcode in opcodes {
            for (from, bound) in numbers.iter().flat_map(|&a| numbers.iter().map(move |&b| (a, b)))
            {
                for step in steps {
                    let Some(turns) = between(opcode, from, bound, step) else { continue };
                    if let Some(expected) = counted(opcode, from, bound, step) {
                        assert_eq!(turns, expected, "{opcode:?} {from} {bound} {step}");
                        known += 1;
                    } else {
                        assert!(turns > 1000, "{opcode:?} {from} {bound} {step}: {turns}");
                    }
                }
            }
        }
        assert!(known > 200, "only {known}");
    }
}
