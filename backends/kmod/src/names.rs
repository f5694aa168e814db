//! What values are called in C, and where they are used.

use std::collections::HashMap;

use stapc_ir::{Block, FuncId, Function, Type, Value};

use crate::{Emit, expressions::declaration, text::identifier};

/// Where a value is used.
#[derive(Default, Clone, Copy)]
pub struct Uses {
    /// How often.
    pub count: usize,
    /// All in the block that defines it.
    pub block: Option<Block>,
}

impl Emit<'_> {
    /// The C declaration of a script function, for calls that stand before it.
    pub fn signature(&self, id: FuncId) -> String {
        let function = self.module.function(id);
        let names = names(function);
        let params = function
            .params()
            .iter()
            .map(|param| format!(", {}", declaration(function.ty(*param), &names[param])))
            .collect::<String>();
        let registers = match self.takers.contains(&id) {
            true => ", const struct stapc_regs *regs, s64 probed",
            false => "",
        };
        let result = match function.returns {
            Some(Type::Str) => ", struct stapc_str *result",
            Some(_) => ", s64 *result",
            None => "",
        };
        format!(
            "static bool {}(struct stapc_cpu *c, char *frame{registers}{params}{result})",
            identifier("f", &function.name)
        )
    }
}

/// Names of values, numbered as the IR's text numbers them, with the script's name behind it.
pub fn names(function: &Function) -> HashMap<Value, String> {
    let mut names = HashMap::new();
    for &block in &function.layout {
        let data = function.block(block);
        let results = data.insts.iter().filter_map(|&inst| function.inst(inst).result);
        for value in data.params.iter().copied().chain(results) {
            let number = names.len();
            let name = match &function.value(value).name {
                Some(name) => identifier(&format!("v{number}"), name),
                None => format!("v{number}"),
            };
            names.insert(value, name);
        }
    }
    names
}

/// Where each value is used.
pub fn uses(function: &Function) -> HashMap<Value, Uses> {
    let mut uses: HashMap<Value, Uses> = HashMap::new();
    for &block in &function.layout {
        let data = function.block(block);
        let args = data.insts.iter().flat_map(|&inst| function.inst(inst).args.iter().copied());
        for value in args.chain(data.terminator.iter().flat_map(|terminator| terminator.uses())) {
            let known = uses.entry(value).or_default();
            known.block =
                if known.count == 0 || known.block == Some(block) { Some(block) } else { None };
            known.count += 1;
        }
    }
    uses
}
