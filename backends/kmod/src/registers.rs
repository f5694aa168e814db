//! Registers where a probe was hit: which there are, and what they are called.

use stapc_backend_api::BackendError;
use stapc_ir::{Attach, Event, Immediate, Opcode, Probe};

use crate::{error, function::FunctionEmitter};

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

impl FunctionEmitter<'_, '_> {
    /// What reads registers stands where they are.
    pub fn check_registers(&self) -> Result<(), BackendError> {
        let Some(probe) = self.probe else { return Ok(()) };
        let wrong = |opcode| match probe.attach {
            Attach::Entry(_) | Attach::Call(_) => opcode == Opcode::Ret,
            Attach::Return(..) => opcode == Opcode::Arg,
            Attach::Trace(_) => matches!(opcode, Opcode::Ret | Opcode::Reg),
            Attach::Statement(_) => matches!(opcode, Opcode::Ret | Opcode::Arg),
            _ => matches!(opcode, Opcode::Ret | Opcode::Arg | Opcode::Reg),
        };
        match self.saved_registers().find(|&opcode| wrong(opcode)) {
            Some(opcode) => {
                Err(error(format!("{} in a handler of {}", opcode.name(), probe.point)))
            }
            None => Ok(()),
        }
    }

    pub fn opcodes(&self) -> impl Iterator<Item = Opcode> + '_ {
        self.function.placed_insts().map(|inst| inst.opcode)
    }

    /// What reads registers that are saved where a probe is hit.
    fn saved_registers(&self) -> impl Iterator<Item = Opcode> + '_ {
        let saved =
            self.function.placed_insts().filter(|inst| match (inst.opcode, &inst.immediate) {
                (Opcode::Reg, Immediate::Index(number)) => standing(*number).is_none(),
                (opcode, _) => matches!(opcode, Opcode::Arg | Opcode::Ret | Opcode::Reg),
            });
        saved.map(|inst| inst.opcode)
    }

    pub fn reads_registers(&self) -> bool {
        self.saved_registers().next().is_some()
    }

    /// Where the code that was hit is, in C.
    pub fn probed_address(&self) -> String {
        let argument = match self.probe.map(|probe| &probe.attach) {
            Some(Attach::Call(_) | Attach::Return(..)) => "(s64)parent",
            Some(Attach::Entry(_) | Attach::Statement(_)) => "(s64)ip",
            _ => "0",
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
