//! What calls keep for their returns: where it lies in the data of the kernel's instance of a return
//! probe, behind a word that says whether it is there.

use stapc_ir::{Attach, InstData, Module, Opcode};

use crate::{Emit, function::FunctionEmitter, insts::index};

/// Whether any call keeps a string: then each position has room for one.
fn has_strings(module: &Module) -> bool {
    let mut insts = module.functions.values().flat_map(|function| function.placed_insts());
    insts.any(|inst| inst.opcode == Opcode::KeepStr)
}

/// The room for one position, in C.
fn room(module: &Module) -> &'static str {
    if has_strings(module) { "sizeof(struct stapc_str)" } else { "sizeof(s64)" }
}

impl Emit<'_> {
    /// What a return's probe says of the call before it, if there is one.
    pub fn kept(&self, number: usize) -> String {
        let Some(before) = number.checked_sub(1) else { return String::new() };
        let (call, probe) = (&self.module.probes[before], &self.module.probes[number]);
        if !matches!((&call.attach, &probe.attach), (Attach::Call(_), Attach::Return(..))) {
            return String::new();
        }
        let function = self.module.function(call.handler);
        let keeps = function
            .placed_insts()
            .filter(|inst| matches!(inst.opcode, Opcode::Keep | Opcode::KeepStr));
        let positions = keeps.map(|inst| index(inst) + 1).max().unwrap_or(0);
        let room = room(self.module);
        format!(".kept_bytes = sizeof(s64) + {positions} * {room}, ")
    }
}

impl FunctionEmitter<'_, '_> {
    /// Whether the handler has data of an instance.
    pub fn has_kept(&self) -> bool {
        self.probe.is_some_and(|probe| matches!(probe.attach, Attach::Call(_)))
            || self.opcodes().any(|opcode| matches!(opcode, Opcode::Kept | Opcode::KeptStr))
    }

    /// Where the position of an instruction lies, as a pointer of this type.
    pub fn kept_at(&self, inst: &InstData, ty: &str) -> String {
        let room = room(self.emit.module);
        format!("(({ty} *)(kept + sizeof(s64) + {} * {room}))", index(inst))
    }

    pub fn keep(&mut self, inst: &InstData) {
        let value = self.arg(inst, 0);
        if inst.opcode == Opcode::Keep {
            let at = self.kept_at(inst, "s64");
            self.line(format!("*{at} = {value}"));
        } else {
            let at = self.kept_at(inst, "struct stapc_str");
            self.line(format!("stapc_str_copy({at}, {value})"));
        }
    }
}
