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
    row("_file_add", Act, &[TEXT], None, "Puts the text behind what is read of the file, as much as there is room for."),
    row("_file_set", Act, &[TEXT], None, "Makes the text what is read of the file."),
    row("_file_value", Read, &[], STR, "What is read of the file or was written to it, cut to `string_max` - 1 bytes."),
    row("_flag_names", Context, &[TEXT, I64], STR, "The names of the flags in a number, by a table of the runtime (`helpers/names.c`), and what is left of it."),
    row("_packet_field", Read, &[I64], INT, "Of the packet, by number: the hook, the address of its `sk_buff`, those of the devices that it comes from and goes to, the protocol family, the verdict."),
    row("_packet_verdict", Act, &[I64], None, "Says what becomes of the packet: 0 if it is dropped."),
    row("_syscall_arg", Context, &[I64], INT, "The argument at this position, from 1 to 6, of the system call that the current task is in."),
    row("_syscall_compat", Context, &[], INT, "1 if that system call was made as 32-bit programs make theirs, else 0."),
    row("_user_quoted", Read, &[I64, I64, I64, I64], STR, "What is at an address of the current process, as C writes it: so many bytes at the most, in so much room, up to a NUL if the last is 0; the address if it cannot be read."),
    row("_value_name", Context, &[TEXT, I64], STR, "The name of a number, by a table of the runtime; else the number."),
    row("ftrace", Act, &[TEXT], None, "Writes the text to the kernel's own trace buffer, if that takes any."),
    row("isinstr", Pure, &[TEXT, TEXT], INT, "1 if the second string is a part of the first, else 0."),
    row("jiffies", Read, &[], INT, "How many ticks of the kernel's clock there have been."),
    row("randint", Read, &[I64], INT, "A number of chance from 0 up to, but not including, the one given; 0 if that is not positive."),
    row("str_replace", Pure, &[TEXT, TEXT, TEXT], STR, "The first string with each part that is the second replaced by the third, from left to right, cut to `string_max` - 1 bytes; itself if the second is empty."),
    row("stringat", Pure, &[TEXT, I64], INT, "The byte at this position of the string, from 0 to 255; 0 outside of it."),
    row("task_current", Context, &[], INT, "The address of the current task in the kernel."),
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
