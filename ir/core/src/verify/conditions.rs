//! By what probes are armed, and what says so.

use std::collections::HashSet;

use super::{Entity, Problems, Rule, VerifyError};
use crate::{
    entity::FuncId,
    module::{Attach, Module},
    opcode::Opcode,
};

pub(super) fn check(module: &Module, errors: &mut Vec<VerifyError>) {
    let mut numbers = HashSet::new();
    let mut others: HashSet<FuncId> = module.functions.values().flat_map(|f| f.callees()).collect();
    let mut tell = |message| errors.push(VerifyError::of_module(Rule::Condition, message));
    for probe in &module.probes {
        match probe.attach {
            Attach::Condition(number) if numbers.insert(number) => {}
            Attach::Condition(number) => tell(format!("the condition {number} stands twice")),
            _ => _ = others.insert(probe.handler),
        }
    }
    for probe in &module.probes {
        let Some(number) = probe.condition else { continue };
        if !numbers.contains(&number) {
            tell(format!("there is no condition {number}, by which {} is armed", probe.point));
        } else if !probe.attach.can_rest() {
            tell(format!("{} cannot be armed by a condition", probe.point));
        }
    }
    // What nothing runs may do anything: equal handlers become one, and leave the others.
    for id in module.function_ids().filter(|id| others.contains(id)) {
        check_function(module, id, errors);
    }
}

/// Of a function that something else runs than conditions.
fn check_function(module: &Module, id: FuncId, errors: &mut Vec<VerifyError>) {
    let function = module.function(id);
    let mut problems = Problems::default();
    for &inst in function.layout.iter().flat_map(|&block| &function.block(block).insts) {
        if function.inst(inst).opcode == Opcode::Arm {
            let message = "arms, and handles no condition".to_owned();
            problems.add(Rule::Condition, Entity::Inst(inst), message);
        }
    }
    problems.tell(module, function, errors);
}
