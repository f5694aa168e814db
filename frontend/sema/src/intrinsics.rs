//! The functions that the compiler itself knows: one table of names, types and meanings.

use stapc_ir::{Helper, HelperInfo, Opcode, Type};

/// A function that the compiler knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intrinsic {
    /// As scripts call it.
    pub name: &'static str,
    /// The types of its parameters.
    pub params: &'static [Type],
    /// The type of its value.
    pub returns: Option<Type>,
    /// The instruction that computes it.
    pub opcode: Opcode,
    /// The helper that the instruction calls, if it calls one.
    pub helper: Option<Helper>,
    /// What it means.
    pub doc: &'static str,
}

const INT: Option<Type> = Some(Type::I64);
const STR: Option<Type> = Some(Type::Str);

/// Every intrinsic: those that are instructions, then the helpers of the runtime.
pub fn intrinsics() -> impl Iterator<Item = Intrinsic> {
    INTRINSICS.iter().copied().chain(Helper::all().map(of_helper))
}

fn of_helper(helper: Helper) -> Intrinsic {
    let &HelperInfo { name, class, params, returns, doc } = helper.info();
    Intrinsic { name, params, returns, opcode: class.opcode(), helper: Some(helper), doc }
}

/// Those that are instructions, by name.
static INTRINSICS: &[Intrinsic] = &[
    row(
        "_kernel_text",
        &[Type::I64],
        STR,
        Opcode::LoadStr,
        "The C string at an address of the kernel; for the library.",
    ),
    row("_probed", &[], INT, Opcode::ProbeAddr, "Where the code that was hit is; for the library."),
    row(
        "_returned",
        &[],
        INT,
        Opcode::Ret,
        "The result of the function that returns; for the library.",
    ),
    row(
        "_user_text",
        &[Type::I64],
        STR,
        Opcode::UloadStr,
        "The C string at an address of the current process; for the library.",
    ),
    row(
        "abort",
        &[],
        None,
        Opcode::Abort,
        "Ends the handler, whatever catches errors, and the session.",
    ),
    row(
        "backtrace",
        &[],
        STR,
        Opcode::Backtrace,
        "The addresses of the kernel's stack, in hexadecimal.",
    ),
    row("cpu", &[], INT, Opcode::Cpu, "The number of the processor."),
    row("egid", &[], INT, Opcode::Egid, "The effective group of the current process."),
    row("error", &[Type::Str], None, Opcode::Error, "Ends the handler with an error of this text."),
    row("euid", &[], INT, Opcode::Euid, "The effective user of the current process."),
    row("execname", &[], STR, Opcode::Execname, "The name of the current process."),
    row("exit", &[], None, Opcode::Exit, "Ends the session when the handler has ended."),
    row("get_cycles", &[], INT, Opcode::Cycles, "The processor's cycle counter."),
    row("gettimeofday_ns", &[], INT, Opcode::TimeNs, "Nanoseconds since 1970."),
    row("gid", &[], INT, Opcode::Gid, "The group of the current process."),
    row("log", &[Type::Str], None, Opcode::Log, "Writes the text as a line of output."),
    row(
        "matched",
        &[Type::I64],
        STR,
        Opcode::Group,
        "What a group of the last regular expression matched; 0 is the whole match.",
    ),
    row(
        "ngroups",
        &[],
        INT,
        Opcode::Groups,
        "How many groups the last match has, the whole among them.",
    ),
    row("pid", &[], INT, Opcode::Pid, "The number of the current process."),
    row(
        "pn",
        &[],
        STR,
        Opcode::ProbeName,
        "What the script calls the probe that was hit: an alias, wildcards replaced, or the point.",
    ),
    row(
        "pp",
        &[],
        STR,
        Opcode::ProbePoint,
        "The probe point that was hit, aliases and wildcards replaced.",
    ),
    row("ppid", &[], INT, Opcode::Ppid, "The number of the parent process."),
    row(
        "print_backtrace",
        &[],
        None,
        Opcode::PrintBacktrace,
        "Writes the kernel's stack, a line for each function.",
    ),
    row("probefunc", &[], STR, Opcode::ProbeFunc, "The function that was hit."),
    row(
        "stack",
        &[Type::I64],
        INT,
        Opcode::Stack,
        "The address at a depth of the kernel's stack: 0 is where the probe was hit.",
    ),
    row("strlen", &[Type::Str], INT, Opcode::Slen, "How many bytes a string has."),
    row(
        "substr",
        &[Type::Str, Type::I64, Type::I64],
        STR,
        Opcode::Ssubstr,
        "The part of a string from a position on, of a length.",
    ),
    row(
        "symdata",
        &[Type::I64],
        STR,
        Opcode::Symdata,
        "What an address of the kernel is called: symbol, offset, size and module.",
    ),
    row(
        "symname",
        &[Type::I64],
        STR,
        Opcode::Symname,
        "The symbol that an address of the kernel is in.",
    ),
    row("target", &[], INT, Opcode::Target, "The process given by -x or started by -c."),
    row("tid", &[], INT, Opcode::Tid, "The number of the current thread."),
    row(
        "ubacktrace",
        &[],
        STR,
        Opcode::Ubacktrace,
        "The addresses of the current task's own stack, in hexadecimal.",
    ),
    row("uid", &[], INT, Opcode::Uid, "The user of the current process."),
    row("warn", &[Type::Str], None, Opcode::Warn, "Writes the text as a warning."),
];

const fn row(
    name: &'static str,
    params: &'static [Type],
    returns: Option<Type>,
    opcode: Opcode,
    doc: &'static str,
) -> Intrinsic {
    Intrinsic { name, params, returns, opcode, helper: None, doc }
}

/// The intrinsic of this name.
pub fn intrinsic(name: &str) -> Option<Intrinsic> {
    let instruction = INTRINSICS.iter().find(|intrinsic| intrinsic.name == name).copied();
    instruction.or_else(|| Helper::named(name).map(of_helper))
}

/// Whether a function of the compiler or the library can do harm: it writes to what is probed, or worse.
pub fn needs_guru(name: &str) -> bool {
    const HARMFUL: [&str; 11] = [
        "_kernel_store",
        "_kernel_write",
        "_set_register",
        "_user_store",
        "_user_write",
        "dump_stack",
        "mdelay",
        "panic",
        "printk",
        "raise",
        "udelay",
    ];
    HARMFUL.contains(&name)
        || name.starts_with("set_kernel_")
        || name.starts_with("set_user_")
        || (name.starts_with("set_") && name.ends_with("_arg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_fits_the_instructions() {
        assert!(INTRINSICS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for intrinsic in INTRINSICS {
            let info = intrinsic.opcode.info();
            assert_eq!(
                info.operands,
                stapc_ir::Operands::Fixed(intrinsic.params),
                "{}",
                intrinsic.name
            );
        }
    }
}
