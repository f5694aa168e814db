//! What can be read at a system call of a process: its number, its arguments, what it returns.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{ProcessEvent, format::Format};
use stapc_syntax::ast::{self, Name};

use super::{Found, is_not_followed, is_plain, wrong};
use crate::{
    build::Build,
    expressions::{int, intrinsic_call, string},
    hir::{Expr, ExprKind},
    intrinsics::intrinsic,
};

/// How many arguments a system call has.
const ARGUMENTS: i64 = 6;

impl Build<'_> {
    /// A variable where something happens to a process.
    pub(super) fn event_variable(
        &self,
        event: ProcessEvent,
        name: &Name,
        target: &ast::Target,
        span: Span,
    ) -> Found<Expr> {
        let Some(value) = value(event, &name.text, span) else { return Err(unknown(event, name)) };
        is_not_followed(name, target, span, "what a system call takes are numbers")?;
        is_plain(name, target, span)?;
        Ok(value)
    }
}

/// What a variable of an event is, if it has it.
fn value(event: ProcessEvent, name: &str, span: Span) -> Option<Expr> {
    let call = |function: &str, args| Some(intrinsic_call(intrinsic(function)?, args, span));
    let argument = |number: i64| call("_syscall_arg", vec![int(ExprKind::Int(number), span)]);
    match (event, name) {
        (ProcessEvent::Syscall | ProcessEvent::SyscallReturn, "syscall") => {
            call("_syscall_number", Vec::new())
        }
        (ProcessEvent::SyscallReturn, "return") => call("_syscall_return", Vec::new()),
        (ProcessEvent::SyscallReturn, "$return") => {
            let value = call("_syscall_return", Vec::new())?;
            let format = Format::parse("return=%#x").unwrap_or_default();
            Some(string(ExprKind::Format(format, vec![value]), span))
        }
        (ProcessEvent::Syscall, "$parms" | "$vars") => {
            let formats: Vec<String> =
                (1..=ARGUMENTS).map(|number| format!("$arg{number}=%#x")).collect();
            let format = Format::parse(&formats.join(" ")).unwrap_or_default();
            let values = (1..=ARGUMENTS).map(argument).collect::<Option<_>>()?;
            Some(string(ExprKind::Format(format, values), span))
        }
        (ProcessEvent::Syscall, name) => {
            let number: i64 = name.strip_prefix("arg")?.parse().ok()?;
            (1..=ARGUMENTS).contains(&number).then(|| argument(number))?
        }
        _ => None,
    }
}

/// What can be read at an event, as scripts write it.
pub fn names(event: ProcessEvent) -> Vec<String> {
    let arguments = (1..=ARGUMENTS).map(|number| format!("$arg{number}"));
    match event {
        ProcessEvent::Syscall => std::iter::once("$syscall".to_owned()).chain(arguments).collect(),
        ProcessEvent::SyscallReturn => ["$syscall", "$return"].map(str::to_owned).into(),
        _ => Vec::new(),
    }
}

fn unknown(event: ProcessEvent, name: &Name) -> super::Absent {
    let names = names(event);
    let message = format!("`{}` has no `${}`", event.name(), name.text);
    let diagnostic =
        Diagnostic::error("unknown-target-variable", message).at(name.span, "not known here");
    wrong(match names.as_slice() {
        [] => diagnostic.note("only `process.syscall` and `process.syscall.return` have variables"),
        names => diagnostic
            .note(format!("it has {}", names.join(", ")))
            .suggest(&format!("${}", name.text), names.iter().map(String::as_str)),
    })
}
