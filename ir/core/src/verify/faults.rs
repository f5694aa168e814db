//! Faults lead to their handlers and nothing else does; there they last until they are ended or raised.

use super::{Entity, Problems, Rule, error::Wrong};
use crate::{
    effects::Effects, entity::Block, function::Function, opcode::Opcode, terminator::Terminator,
};

pub(super) fn check(function: &Function, problems: &mut Problems) {
    let handlers = function.handlers();
    for &block in &function.layout {
        if let Err((at, (rule, message))) = check_block(function, block, handlers.contains(&block))
        {
            problems.add(rule, at, format!("{block}: {message}"));
        }
        let edges = function.block(block).terminator.iter().flat_map(Terminator::edges);
        for edge in edges.filter(|edge| handlers.contains(&edge.block)) {
            problems.add(
                Rule::FaultHandler,
                Entity::End(block),
                format!("{block} goes to {}, which handles faults", edge.block),
            );
        }
    }
    if handlers.iter().any(|&handler| is_in_circle(function, handler)) {
        problems.add(
            Rule::FaultCircle,
            Entity::Function,
            "handlers handle each other's faults in a circle",
        );
    }
}

fn check_block(function: &Function, block: Block, mut lasts: bool) -> Result<(), (Entity, Wrong)> {
    let data = function.block(block);
    for &inst in &data.insts {
        let opcode = function.inst(inst).opcode;
        let wrong = |rule, what: &str| {
            Err((Entity::Inst(inst), (rule, format!("{} {what}", opcode.name()))))
        };
        match opcode {
            Opcode::FaultText | Opcode::FaultEnd if !lasts => {
                return wrong(Rule::FaultLasting, "where no fault lasts");
            }
            Opcode::FaultEnd => lasts = false,
            opcode if lasts && opcode.effects().has(Effects::FAULT) => {
                return wrong(Rule::FaultInFault, "while a fault lasts");
            }
            _ => {}
        }
    }
    let wrong = |rule, what: &str| Err((Entity::End(block), (rule, what.to_owned())));
    match (&data.terminator, lasts) {
        (Some(Terminator::Raise), false) => {
            wrong(Rule::FaultLasting, "raises where no fault lasts")
        }
        (Some(Terminator::Raise), true) | (_, false) => Ok(()),
        (_, true) => wrong(Rule::FaultEnded, "neither ends its fault nor raises it"),
    }
}

/// Whether a handler's handler, or that one's, and so on, is itself.
fn is_in_circle(function: &Function, handler: Block) -> bool {
    let mut at = handler;
    // No chain without a circle is longer than there are blocks.
    for _ in &function.layout {
        match function.block(at).catch {
            Some(next) if next == handler => return true,
            Some(next) => at = next,
            None => return false,
        }
    }
    false
}
