//! Iterations end innermost first, and an element is read only where there is one.
//!
//! A fault ends the iterations that its handler does not know: those begun since on some way there.

use std::collections::HashMap;

use super::{
    Entity, Problems, Rule,
    error::{Wrong, wrong},
};
use crate::{
    effects::Effects,
    effects::Writes,
    entity::{Block, Value},
    function::{Function, InstData},
    opcode::Opcode,
    terminator::Terminator,
    types::Type,
};

/// Where an iteration is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// At no element, or nobody knows.
    Between,
    /// At an element if this is true.
    If(Value),
    /// At an element.
    At,
}

/// The iterations that are running, the innermost last.
type Running = Vec<(Value, Position)>;

/// The iterations that run where each block starts, the innermost last, of a function in order.
pub fn running(function: &Function, writes: &Writes) -> HashMap<Block, Vec<Value>> {
    let iterations =
        |running: Running| running.into_iter().map(|(iteration, _)| iteration).collect();
    states(function, writes)
        .into_iter()
        .map(|(block, running)| (block, iterations(running)))
        .collect()
}

pub(super) fn check(function: &Function, writes: &Writes, problems: &mut Problems) {
    if !function.placed_insts().any(|inst| inst.opcode == Opcode::IterBegin) {
        // A use of an iteration is dominated by its beginning.
        return;
    }
    let states = states(function, writes);
    for &block in &function.layout {
        let Some(before) = states.get(&block) else { continue };
        let mut walk = Walk::new(function, writes, before);
        if let Err((at, (rule, message))) = walk.block(block) {
            problems.add(rule, at, format!("{block}: {message}"));
        }
        for (to, running, _) in walk.leaves.iter().filter(|(.., fault)| !fault) {
            if !running
                .iter()
                .map(|(iteration, _)| iteration)
                .eq(states[to].iter().map(|(iteration, _)| iteration))
            {
                problems.add(
                    Rule::IterationNesting,
                    Entity::Block(*to),
                    format!("{to} is reached with different iterations running"),
                );
            }
        }
    }
}

/// What runs where each block starts, as far as every way there knows.
fn states(function: &Function, writes: &Writes) -> HashMap<Block, Running> {
    let mut states: HashMap<Block, Running> = HashMap::from([(function.entry(), Running::new())]);
    let mut work = vec![function.entry()];
    while let Some(block) = work.pop() {
        let mut walk = Walk::new(function, writes, &states[&block]);
        // What is wrong is told once the states are final.
        let _ = walk.block(block);
        for (to, running, _) in walk.leaves {
            let met =
                states.get(&to).map_or_else(|| running.clone(), |known| meet(known, &running));
            if states.get(&to) != Some(&met) {
                states.insert(to, met);
                work.push(to);
            }
        }
    }
    states
}

/// What both know. One of them may still have iterations that a fault ended on the way: what has begun
/// since then runs all the same.
fn meet(a: &Running, b: &Running) -> Running {
    let in_both = |&(iteration, a): &(Value, Position)| {
        let &(_, b) = b.iter().find(|(other, _)| *other == iteration)?;
        Some((iteration, if a == b { a } else { Position::Between }))
    };
    a.iter().filter_map(in_both).collect()
}

struct Walk<'a> {
    function: &'a Function,
    writes: &'a Writes,
    running: Running,
    /// Where control goes on, with what running, and whether by a fault.
    leaves: Vec<(Block, Running, bool)>,
}

impl<'a> Walk<'a> {
    fn new(function: &'a Function, writes: &'a Writes, before: &Running) -> Self {
        Self { function, writes, running: before.clone(), leaves: Vec::new() }
    }

    fn block(&mut self, block: Block) -> Result<(), (Entity, Wrong)> {
        let data = self.function.block(block);
        for &at in &data.insts {
            let inst = self.function.inst(at);
            if let Some(catch) = data.catch.filter(|_| inst.opcode.effects().has(Effects::FAULT)) {
                self.leaves.push((catch, self.running.clone(), true));
            }
            self.inst(inst).map_err(|wrong| (Entity::Inst(at), wrong))?;
        }
        match &data.terminator {
            Some(Terminator::Branch(condition, then, otherwise)) => {
                let mut found = self.running.clone();
                for (_, position) in &mut found {
                    *position = if *position == Position::If(*condition) {
                        Position::At
                    } else {
                        *position
                    };
                }
                self.leaves.push((then.block, found, false));
                self.leaves.push((otherwise.block, self.running.clone(), false));
            }
            Some(Terminator::Jump(edge)) => {
                self.leaves.push((edge.block, self.running.clone(), false))
            }
            Some(Terminator::Return(_)) if !self.running.is_empty() => {
                let message = "returns with an iteration running".to_owned();
                return Err((Entity::End(block), (Rule::IterationNesting, message)));
            }
            Some(Terminator::Raise) => {
                self.leaves.extend(data.catch.map(|catch| (catch, self.running.clone(), true)))
            }
            _ => {}
        }
        Ok(())
    }

    fn inst(&mut self, inst: &InstData) -> Result<(), Wrong> {
        let iteration =
            inst.args.first().copied().filter(|&arg| self.function.ty(arg) == Type::Iter);
        let Some(iteration) = iteration else {
            for (running, position) in &mut self.running {
                if self
                    .function
                    .map_of(*running)
                    .is_some_and(|map| self.writes.may_write(inst, map))
                {
                    *position = Position::Between;
                }
            }
            if let (Opcode::IterBegin, Some(begun)) = (inst.opcode, inst.result) {
                self.running.push((begun, Position::Between));
            }
            return Ok(());
        };
        let innermost = self.running.last().is_some_and(|(last, _)| *last == iteration);
        let Some((_, position)) =
            self.running.iter_mut().find(|(running, _)| *running == iteration)
        else {
            let message = format!("{} of an iteration that is not running", inst.opcode.name());
            return wrong(Rule::IterationNesting, message);
        };
        match (inst.opcode, inst.result) {
            (Opcode::IterNext, Some(found)) => *position = Position::If(found),
            (Opcode::IterEnd, _) if innermost => drop(self.running.pop()),
            (Opcode::IterEnd, _) => {
                return wrong(
                    Rule::IterationNesting,
                    "ends an iteration that is not the innermost",
                );
            }
            (opcode, _) if *position != Position::At => {
                let message = format!("{} where there may be no element", opcode.name());
                return wrong(Rule::IterationElement, message);
            }
            _ => {}
        }
        Ok(())
    }
}
