//! The table of helpers: what a backend's runtime does for a program, beside the instructions.
//!
//! A helper is called by the instruction of its class, which says what may be assumed of it; so that another
//! one is a row here, its meaning in the interpreter, and its C in the runtime.

use crate::{opcode::Opcode, types::Type};

/// What may be assumed of a helper: which instruction calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HelperClass {
    /// Its result depends on its operands alone.
    Pure,
    /// Its result is the same throughout one hit.
    Context,
    /// Its result may differ at each call; it reads memory, and may fault.
    Read,
    /// It writes output or changes the session, and may fault.
    Act,
}

impl HelperClass {
    /// The instruction that calls helpers of this class.
    pub const fn opcode(self) -> Opcode {
        match self {
            Self::Pure => Opcode::HelperPure,
            Self::Context => Opcode::HelperContext,
            Self::Read => Opcode::HelperRead,
            Self::Act => Opcode::HelperAct,
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct HelperInfo {
    /// As the text syntax writes it, behind `!`.
    pub name: &'static str,
    /// What may be assumed of it.
    pub class: HelperClass,
    /// What it takes.
    pub params: &'static [Type],
    /// What it gives.
    pub returns: Option<Type>,
    /// What it means.
    pub doc: &'static str,
}

/// A helper: a row of [`HELPERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Helper(u16);

impl Helper {
    /// The helper of this name.
    pub fn named(name: &str) -> Option<Self> {
        let at = HELPERS.binary_search_by(|helper| helper.name.cmp(name)).ok()?;
        u16::try_from(at).ok().map(Self)
    }

    /// Every helper, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).map(Self).take(HELPERS.len())
    }

    /// Its position among all.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Its row.
    pub fn info(self) -> &'static HelperInfo {
        &HELPERS[self.index()]
    }

    /// Whether it looks at the registers where the probe was hit.
    pub fn reads_registers(self) -> bool {
        matches!(
            self.name(),
            "_register" | "_set_register" | "registers_valid" | "uaddr" | "user_mode"
        ) || self.name().starts_with("_user_stack")
    }

    /// As the text syntax writes it.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

use HelperClass::{Act, Context, Pure, Read};

const INT: Option<Type> = Some(Type::I64);
const STR: Option<Type> = Some(Type::Str);
const I64: Type = Type::I64;
const TEXT: Type = Type::Str;

/// Every helper, by name.
#[rustfmt::skip] // A table.
pub static HELPERS: &[HelperInfo] = &[
    row("HZ", Pure, &[], INT, "How many ticks of its clock the kernel has in a second."),
    row("_counter", Read, &[I64], INT, "What the counter of this number has counted: in the current task, or on this processor; 0 if it does not count there. An error if it had to stop."),
    row("_dentry_path", Read, &[I64, I64], STR, "The names of a directory's entry in the kernel and what it is in, up to another entry or the top, each behind a /."),
    row("_escaped", Pure, &[TEXT, I64, I64], STR, "The string made printable, of at most so many bytes (0: `string_max` - 1), and in quotes if the last is not 0: then three points follow what is cut."),
    row("_file_add", Act, &[TEXT], None, "Puts the text behind what is read of the file, as much as there is room for."),
    row("_file_set", Act, &[TEXT], None, "Makes the text what is read of the file."),
    row("_file_value", Read, &[], STR, "What is read of the file or was written to it, cut to `string_max` - 1 bytes."),
    row("_flag_names", Context, &[TEXT, I64], STR, "The names of the flags in a number, by a table of the runtime (`helpers/names.c`), and what is left of it."),
    row("_gid_seen", Read, &[I64], INT, "The number of a group as the session's daemon counts."),
    row("_ipv6", Read, &[I64], STR, "The address of IPv6 at an address of the kernel, as eight groups of four digits."),
    row("_kernel_address_line", Read, &[I64, I64], STR, "As `_user_address_line`, of code of the kernel itself."),
    row("_kernel_bits", Read, &[I64, I64], INT, "How many of so many bits from an address of the kernel on are set; a million are looked at at most."),
    row("_kernel_bytes", Read, &[I64, I64, I64], STR, "So many bytes at an address of the kernel, but at most `string_max` - 1: in hexadecimal, half of that, if the last is not 0."),
    row("_kernel_escaped", Read, &[I64, I64, I64, I64], STR, "At most so many bytes at an address of the kernel, up to a zero byte unless the last is not 0, made printable, in quotes, of at most so many bytes."),
    row("_kernel_store", Act, &[I64, I64, TEXT], None, "Writes the string and a zero byte, but no more than so many bytes, to an address of the kernel."),
    row("_kernel_text_n", Read, &[I64, I64], STR, "The C string at an address of the kernel, of at most so many bytes."),
    row("_kernel_wide", Read, &[I64, I64], STR, "The string of characters of 2 bytes, else 4, at an address of the kernel, as UTF-8; an error if one is no character."),
    row("_kernel_write", Act, &[I64, I64, I64], None, "Writes an integer of 1, 2, 4 or 8 bytes, which is the last, to an address of the kernel."),
    row("_load", Read, &[I64], INT, "The load of the machine in hundredths, over 1 (0), 5 (1) or 15 (2) minutes; else an error."),
    row("_number_bytes", Pure, &[I64, I64], STR, "So many of the lowest bytes of a number, at most 8, the lowest first."),
    row("_packet_field", Read, &[I64], INT, "Of the packet, by number: the hook, the address of its `sk_buff`, those of the devices that it comes from and goes to, the protocol family, the verdict."),
    row("_packet_verdict", Act, &[I64], None, "Says what becomes of the packet: 0 if it is dropped."),
    row("_pid_namespace", Context, &[], INT, "The address of the namespace in which the session's daemon counts processes."),
    row("_register", Read, &[I64], INT, "The register at this offset of the kernel's structure of them, where the probe was hit; 0 if there are none."),
    row("_session_uid", Context, &[], INT, "The user of the session's daemon."),
    row("_set_register", Act, &[I64, I64], None, "Sets the register at this offset of the kernel's structure of them, where the probe was hit; an error if there are none."),
    row("_syscall_arg", Context, &[I64], INT, "The argument at this position, from 1 to 6, of the system call that the current task is in."),
    row("_syscall_compat", Context, &[], INT, "1 if that system call was made as 32-bit programs make theirs, else 0."),
    row("_syscall_number", Context, &[], INT, "The number of that system call; -1 if there is none."),
    row("_syscall_return", Context, &[], INT, "What that system call returns."),
    row("_token_end", Pure, &[TEXT, I64, TEXT], INT, "Where from a position on the first byte of the string is that is one of the others; its length if nowhere."),
    row("_token_start", Pure, &[TEXT, TEXT], INT, "Where the first byte of the string is that is none of the others; its length if nowhere."),
    row("_uid_seen", Read, &[I64], INT, "The number of a user as the session's daemon counts."),
    row("_user_address_line", Read, &[I64, I64], STR, "The line that code at an address of the current process was made of: file and line (0), the file (1), the line (2); the address if that is not known."),
    row("_user_address_name", Read, &[I64, I64], STR, "What an address of the current process is called: the symbol; if the last is not 0, with offset, size and file. The address, with its file perhaps, if there is none."),
    row("_user_bytes", Read, &[I64, I64, I64], STR, "As `_kernel_bytes`, of the current process."),
    row("_user_escaped", Read, &[I64, I64, I64, I64], STR, "As `_kernel_escaped`, of the current process."),
    row("_user_module", Read, &[I64], STR, "The path of the file that an address of the current process is in; an error if it is in none."),
    row("_user_quoted", Read, &[I64, I64, I64, I64], STR, "What is at an address of the current process, as C writes it: so many bytes at the most, in so much room, up to a NUL if the last is 0; the address if it cannot be read."),
    row("_user_stack", Read, &[I64], INT, "The address at this depth of the current task's own stack: 0 is where it is; 0 if there is none."),
    row("_user_stack_lines", Act, &[I64, I64, I64, I64], None, "As `_user_stack_print`, not brief, with lines."),
    row("_user_stack_print", Act, &[I64, I64, I64, I64, I64], None, "Writes the current task's own stack, a line for each function, which is brief if the first is not 0; if the second is not 0, as it is with these: instruction pointer, stack pointer and frame pointer."),
    row("_user_stack_text", Read, &[], STR, "The current task's own stack, a line for each function, cut to `string_max` - 1 bytes."),
    row("_user_store", Act, &[I64, I64, TEXT], None, "Writes the string and a zero byte, but no more than so many bytes, to an address of the current process."),
    row("_user_text_n", Read, &[I64, I64], STR, "As `_kernel_text_n`, of the current process."),
    row("_user_variable", Read, &[I64, I64, TEXT], STR, "What follows this name and `=` in the C strings of the current process from an address to another; empty if none begins so."),
    row("_user_wide", Read, &[I64, I64], STR, "As `_kernel_wide`, of the current process."),
    row("_user_words", Read, &[I64, I64, I64, I64, TEXT], STR, "The C strings of the current process from an address to another, from one number on to another (to the end if that is less), with the text between them."),
    row("_user_write", Act, &[I64, I64, I64], None, "Writes an integer of 1, 2, 4 or 8 bytes, which is the last, to an address of the current process."),
    row("_value_name", Context, &[TEXT, I64], STR, "The name of a number, by a table of the runtime; else the number."),
    row("_word", Pure, &[TEXT, I64], STR, "The word of this number in words with a space between them; empty if there are fewer."),
    row("_word_index", Pure, &[TEXT, TEXT], INT, "Which of the words, with a space between them, the second string is; -1 if none."),
    row("addr_to_node", Read, &[I64], INT, "The node of memory that a physical address is in."),
    row("cpu_clock_ns", Read, &[I64], INT, "The clock of a processor, in nanoseconds; an error if there is none of this number."),
    row("dump_stack", Act, &[], None, "Writes the stack to the kernel's log."),
    row("ftrace", Act, &[TEXT], None, "Writes the text to the kernel's own trace buffer, if that takes any."),
    row("is_return", Context, &[], INT, "1 if the probe that was hit is one of a return, else 0."),
    row("isinstr", Pure, &[TEXT, TEXT], INT, "1 if the second string is a part of the first, else 0."),
    row("jiffies", Read, &[], INT, "How many ticks of the kernel's clock there have been."),
    row("ktime_get_ns", Read, &[], INT, "Nanoseconds since the machine's start, without those that it slept."),
    row("local_clock_ns", Read, &[], INT, "The clock of this processor, in nanoseconds."),
    row("mdelay", Act, &[I64], None, "Holds the processor for so many milliseconds, a second at most."),
    row("module_name", Context, &[], STR, "The name of the session's module."),
    row("module_size", Context, &[], STR, "How large the session's module is: all of it, its code, what it only reads, what it writes; in bytes."),
    row("panic", Act, &[TEXT], None, "Ends the kernel with this message."),
    row("pid2task", Read, &[I64], INT, "The address of the task of this number in the kernel; 0 if there is none."),
    row("printk", Act, &[I64, TEXT], None, "Writes the text to the kernel's log at a level from 0 to 7; an error at another."),
    row("raise", Act, &[I64], None, "Sends the current thread a signal, as soon as that can be; an error if there is no such signal, or one is on its way."),
    row("randint", Read, &[I64], INT, "A number of chance from 0 up to, but not including, the one given; 0 if that is not positive."),
    row("registers_valid", Context, &[], INT, "1 if there are registers where the probe was hit, else 0."),
    row("stack_size", Pure, &[], INT, "Bytes of a task's stack in the kernel."),
    row("stack_unused", Read, &[], INT, "Bytes that are left of the kernel's stack."),
    row("stp_pid", Context, &[], INT, "The number of the session's daemon."),
    row("str_replace", Pure, &[TEXT, TEXT, TEXT], STR, "The first string with each part that is the second replaced by the third, from left to right, cut to `string_max` - 1 bytes; itself if the second is empty."),
    row("stringat", Pure, &[TEXT, I64], INT, "The byte at this position of the string, from 0 to 255; 0 outside of it."),
    row("strpos", Pure, &[TEXT, TEXT], INT, "Where in the first string the second one is, from 0 on; -1 if nowhere."),
    row("strtol", Pure, &[TEXT, I64], INT, "The number that a string begins with, in this base; base 0 takes 0x and 0 in front as C does."),
    row("syscall_name", Context, &[I64], STR, "What the system call of this number is called, as programs like the current one have them; empty if there is none."),
    row("syscall_num", Context, &[TEXT], INT, "The number of the system call of this name, likewise; -1 if there is none."),
    row("system", Act, &[TEXT], None, "Has the session's daemon run a command by the shell, some time later."),
    row("task_backtrace", Read, &[I64], STR, "The addresses of the stack in the kernel of a task, by its address, in hexadecimal, as many as fit; empty if it runs on another processor; an error if it is no task."),
    row("task_current", Context, &[], INT, "The address of the current task in the kernel."),
    row("tz_gmtoff", Context, &[], INT, "The local time where the session's daemon runs, in seconds west of UTC, as it was when the session began."),
    row("tz_name", Context, &[], STR, "What the local time is called where the session's daemon runs, as it was when the session began."),
    row("uaddr", Context, &[], INT, "Where the current task was in its program; 0 for a thread of the kernel."),
    row("udelay", Act, &[I64], None, "Holds the processor for so many microseconds, a second at most."),
    row("user_mode", Context, &[], INT, "1 if what was hit is a program's code, else 0."),
];

const fn row(
    name: &'static str,
    class: HelperClass,
    params: &'static [Type],
    returns: Option<Type>,
    doc: &'static str,
) -> HelperInfo {
    HelperInfo { name, class, params, returns, doc }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_helper_is_found() {
        assert!(HELPERS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(Helper::all().all(|helper| Helper::named(helper.name()) == Some(helper)));
    }
}
