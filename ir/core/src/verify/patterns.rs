//! Regular expressions are ones, and have room: each is looked at once, however often it stands.

use std::collections::HashMap;

use super::{Entity, Problems, Rule, VerifyError};
use crate::{
    automaton::{Automaton, program::SearchProgram},
    function::Immediate,
    module::Module,
    opcode::Opcode,
    regex::RegexError,
};

pub(super) fn check(module: &Module, errors: &mut Vec<VerifyError>) {
    let mut known: HashMap<(&[u8], bool), Result<(), RegexError>> = HashMap::new();
    for function in module.functions.values() {
        let mut problems = Problems::default();
        for &block in &function.layout {
            for &inst in &function.block(block).insts {
                let data = function.inst(inst);
                let kept = match data.opcode {
                    Opcode::Smatch => false,
                    Opcode::SmatchKeep => true,
                    _ => continue,
                };
                let Immediate::Text(pattern) = &data.immediate else { continue };
                let found =
                    known.entry((pattern, kept)).or_insert_with(|| is_in_order(pattern, kept));
                if let Err(error) = found {
                    let message = format!("{} in {block}: {error}", data.opcode.name());
                    problems.add(Rule::Pattern, Entity::Inst(inst), message);
                }
            }
        }
        problems.tell(module, function, errors);
    }
}

fn is_in_order(pattern: &[u8], kept: bool) -> Result<(), RegexError> {
    Automaton::of(pattern)?;
    if kept {
        SearchProgram::of(pattern)?;
    }
    Ok(())
}
