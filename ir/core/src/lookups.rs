//! What a module's handlers look up of the files of programs.

use crate::{Helper, Immediate, Module, Opcode};

/// What a session must know of the files that processes run, as its handlers ask for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lookups {
    /// What they are called.
    pub paths: bool,
    /// What addresses in them are called.
    pub symbols: bool,
    /// Where functions return to.
    pub unwinding: bool,
    /// The lines that code was made of.
    pub lines: bool,
    /// Of the kernel, the lines that its code was made of.
    pub kernel_lines: bool,
}

impl Lookups {
    fn note(&mut self, opcode: Opcode, helper: Option<Helper>) {
        let name = helper.map_or("", Helper::name);
        let walks = opcode == Opcode::Ubacktrace || name.starts_with("_user_stack");
        self.unwinding |= walks;
        self.lines |= matches!(name, "_user_stack_lines" | "_user_address_line");
        self.kernel_lines |= name == "_kernel_address_line";
        self.symbols |= matches!(
            name,
            "_user_stack_lines" | "_user_stack_print" | "_user_stack_text" | "_user_address_name"
        );
        self.paths |= walks || name == "_user_module" || name.starts_with("_user_address");
    }
}

impl Module {
    /// What its handlers look up of the files of programs.
    pub fn lookups(&self) -> Lookups {
        let mut lookups = Lookups::default();
        for inst in self.functions.values().flat_map(|function| function.placed_insts()) {
            let helper = match inst.immediate {
                Immediate::Helper(helper) => Some(helper),
                _ => None,
            };
            lookups.note(inst.opcode, helper);
        }
        lookups
    }
}
