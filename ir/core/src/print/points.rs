//! Probes as text.

use std::fmt::{self, Write as _};

use super::{function_name, quote};
use crate::{
    module::{Attach, Base, Code, Module, Probe, Program},
    processes::Processes,
};

/// A probe's line.
pub fn print(module: &Module, probe: &Probe, out: &mut String) -> fmt::Result {
    let detail = match &probe.attach {
        Attach::Begin(order) | Attach::End(order) | Attach::Error(order) => format!(" {order}"),
        Attach::Never => String::new(),
        Attach::TimerNs(interval) | Attach::TimerJiffies(interval) => format!(" {interval}"),
        Attach::Entry(code)
        | Attach::Call(code)
        | Attach::Statement(code)
        | Attach::Trace(code) => place(code),
        Attach::Return(code, 0) => place(code),
        Attach::Return(code, active) => format!("{} active {active}", place(code)),
        Attach::Process(_, whose) => processes(whose),
    };
    let handler = function_name(module, probe.handler);
    writeln!(out, "probe {}{detail} {} {handler}", probe.attach.name(), quote(&probe.point))
}

/// A function, and where its code is if that is not its start.
fn place(code: &Code) -> String {
    if code.is_plain() {
        return format!(" {}", quote(&code.function));
    }
    let base = match &code.base {
        Base::Symbol(symbol) => format!("{} {}", quote(symbol), code.offset),
        Base::Program(Program { path, semaphore, processes }) => {
            let semaphore = match semaphore {
                0 => String::new(),
                at => format!(" semaphore {at}"),
            };
            let processes = self::processes(processes);
            format!("program {} {}{semaphore}{processes}", quote(path), code.offset)
        }
    };
    format!(" {} in {base}", quote(&code.function))
}

/// Whose hits count.
fn processes(processes: &Processes) -> String {
    match processes {
        Processes::All => String::new(),
        Processes::Executing(path) => format!(" executing {}", quote(path)),
        Processes::One(pid) => format!(" process {pid}"),
    }
}
