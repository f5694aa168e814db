//! Where probes are.

use super::quote;
use crate::{
    events::{Event, Field},
    module::{Attach, Base, Code, Program},
    processes::Processes,
};

/// What stands behind the name of a point's sort.
pub fn detail(attach: &Attach) -> String {
    match attach {
        Attach::Begin(order) | Attach::End(order) | Attach::Error(order) => format!(" {order}"),
        Attach::Never => String::new(),
        Attach::Condition(number) => format!(" {number}"),
        Attach::TimerNs(interval, 0) | Attach::TimerJiffies(interval, 0) => {
            format!(" {interval}")
        }
        Attach::TimerNs(interval, spread) | Attach::TimerJiffies(interval, spread) => {
            format!(" {interval} spread {spread}")
        }
        Attach::Event(event) => fields(event),
        Attach::Process(_, whose) => processes(whose),
        Attach::Entry(code)
        | Attach::Call(code)
        | Attach::Statement(code)
        | Attach::Trace(code) => place(code),
        Attach::Return(code, 0) => place(code),
        Attach::Return(code, active) => format!("{} active {active}", place(code)),
    }
}

/// A function, and where its code is if that is not its start.
fn place(code: &Code) -> String {
    if code.is_plain() {
        return format!(" {}", quote(&code.function));
    }
    let base = match &code.base {
        Base::Nothing => return format!(" {} at {}", quote(&code.function), code.offset),
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

/// The details of an event.
fn fields(event: &Event) -> String {
    let field = |field: &Field| match field {
        Field::Number(number) => number.to_string(),
        Field::Text(text) => quote(text),
    };
    format!("({})", event.fields().iter().map(field).collect::<Vec<_>>().join(", "))
}
