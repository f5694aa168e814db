//! Registers where a probe was hit: which there are, and what they are called.

use std::collections::HashSet;

use stapc_backend_api::BackendError;
use stapc_ir::{Attach, Event, FuncId, Function, Immediate, Module, Opcode, Probe};

use crate::{calls::doing, error, function::FunctionEmitter};

/// The registers by their numbers in DWARF (System V ABI for x86-64, figure 3.36), as the kernel's
/// profile names their places.
const REGISTERS: [&str; 17] = [
    "AX", "DX", "CX", "BX", "SI", "DI", "BP", "SP", "R8", "R9", "R10", "R11", "R12", "R13", "R14",
    "R15", "IP",
];

/// The registers that are as they were wherever a handler runs, and what they hold in C: `fs.base`, which is the task's,
/// and `gs.base`, which is the kernel's.
const STANDING: [(u32, &str); 2] = [(58, "stapc_thread_pointer()"), (59, "stapc_processor()")];

fn standing(number: u32) -> Option<&'static str> {
    STANDING.iter().find(|&&(register, _)| register == number).map(|&(_, text)| text)
}

/// What the register of this number holds, in C.
pub fn register(number: u32) -> Option<String> {
    if let Some(text) = standing(number) {
        return Some(text.to_owned());
    }
    let name = REGISTERS.get(number as usize)?;
    Some(format!("stapc_register(regs, STAPC_K_REGS_{name})"))
}

/// What reads registers that are saved where a probe is hit.
fn saved_registers(function: &Function) -> impl Iterator<Item = Opcode> + '_ {
    let saved = function.placed_insts().filter(|inst| match (inst.opcode, &inst.immediate) {
        (Opcode::Reg, Immediate::Index(number)) => standing(*number).is_none(),
        (opcode, _) => matches!(opcode, Opcode::Arg | Opcode::Ret | Opcode::Reg),
    });
    saved.map(|inst| inst.opcode)
}

/// The functions that are given the registers of a hit and where it is: which ask for them, or call one that does.
/// A handler among them knows both from the runtime.
pub fn takers(module: &Module) -> HashSet<FuncId> {
    let asks_where =
        |function: &Function| function.placed_insts().any(|inst| inst.opcode == Opcode::ProbeAddr);
    doing(module, |function| asks_where(function) || saved_registers(function).next().is_some())
}

impl FunctionEmitter<'_, '_> {
    /// The registers of a hit, in C, if a handler or what it comes to call asks for them. What reads them must
    /// stand where they are.
    pub fn registers(&self, probe: &Probe) -> Result<Option<&'static str>, BackendError> {
        if !self.emit.takers.contains(&probe.handler) {
            return Ok(None);
        }
        let module = self.emit.module;
        let mut reached: Vec<FuncId> = module.reached([probe.handler]).into_iter().collect();
        reached.sort_unstable();
        let saved = reached.iter().flat_map(|&id| saved_registers(module.function(id)));
        let saved: Vec<Opcode> = saved.collect();
        let wrong = |opcode| match probe.attach {
            Attach::Entry(_) | Attach::Call(_) => opcode == Opcode::Ret,
            Attach::Return(..) => opcode == Opcode::Arg,
            Attach::Trace(_) => matches!(opcode, Opcode::Ret | Opcode::Reg),
            Attach::Statement(_) => matches!(opcode, Opcode::Ret | Opcode::Arg),
            _ => matches!(opcode, Opcode::Ret | Opcode::Arg | Opcode::Reg),
        };
        if let Some(opcode) = saved.iter().find(|&&opcode| wrong(opcode)) {
            return Err(error(format!("{} in a handler of {}", opcode.name(), probe.point)));
        }
        let passes = self.function.callees().any(|callee| self.emit.takers.contains(&callee));
        Ok(match saved.is_empty() {
            false => Some("stapc_regs(fregs)"),
            true => passes.then_some("NULL"),
        })
    }

    pub fn opcodes(&self) -> impl Iterator<Item = Opcode> + '_ {
        self.function.placed_insts().map(|inst| inst.opcode)
    }

    /// Where the code that was hit is, in C.
    pub fn probed_address(&self) -> String {
        let argument = match self.probe.map(|probe| &probe.attach) {
            None => "probed",
            Some(Attach::Call(_) | Attach::Return(..)) => "(s64)parent",
            Some(Attach::Entry(_) | Attach::Statement(_)) => "(s64)ip",
            Some(_) => "0",
        };
        argument.to_owned()
    }

    /// What is noted of a hit for those who walk its stack or look at its registers, if any do.
    pub fn noted(&self, probe: &Probe) -> String {
        let event = match probe.attach {
            Attach::Event(Event::File { .. } | Event::Packet { .. }) => {
                "\tc->event = (void *)ip;\n"
            }
            _ => "",
        };
        let usage = &self.emit.usage;
        if !usage.walks_stacks() && !usage.asks_for_registers() {
            return event.to_owned();
        }
        let registers = match &probe.attach {
            Attach::Trace(_) => "NULL",
            Attach::Event(Event::Perf { .. } | Event::Data { .. }) => "stapc_regs(fregs)",
            attach if attach.code().is_some() => "stapc_regs(fregs)",
            _ => "NULL",
        };
        let address = match probe.attach {
            Attach::Entry(_) | Attach::Statement(_) => "ip",
            _ => "0",
        };
        format!("{event}\tc->regs = {registers};\n\tc->address = {address};\n")
    }
}
