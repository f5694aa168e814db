//! The one table of instructions: name, operands, result, effects and meaning of each.
//!
//! Printer, parser, verifier, JSON and backends' coverage tests derive from it.

use crate::{effects::Effects, types::Type};

/// What an instruction carries beside its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImmediateKind {
    /// Nothing.
    None,
    /// An integer.
    Int,
    /// A string.
    Text,
    /// A small number: an argument's or key's position, an amount of fuel.
    Index,
    /// A global variable.
    Global,
    /// A function.
    Func,
    /// A helper.
    Helper,
    /// A format.
    Format,
    /// A map, the order to visit it in.
    Iterate,
    /// Globals and how each is locked.
    Locks,
}

/// What operands an instruction takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operands {
    /// Of these types.
    Fixed(&'static [Type]),
    /// Keys of the map; none where the global is no map.
    Keys,
    /// Keys of the map, then a value of the type it holds.
    KeysThenValue,
    /// Keys of the map, if it is one, then an integer.
    KeysThenInt,
    /// An element, then keys of the map, then a value of the type it holds.
    ElemKeysThenValue,
    /// One for each operand of the format.
    Format,
    /// One for each parameter of the function.
    Call,
    /// One for each parameter of the helper.
    Helper,
    /// One for each parameter of the external function.
    External,
}

/// What an instruction's result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultKind {
    /// There is none.
    None,
    /// Of this type.
    Type(Type),
    /// Of the type that the global, or an element of it, has.
    GlobalValue,
    /// Of the type of the key at the position given, of the map iterated.
    Key,
    /// Of the type that the elements of the map have that is iterated, or that an element was found in.
    Element,
    /// What the function returns; none if it returns nothing.
    Call,
    /// What the helper gives; none if it gives nothing.
    Helper,
    /// What the external function gives; none if it gives nothing.
    External,
}

/// A row of the table.
#[derive(Debug)]
pub struct OpcodeInfo {
    /// The opcode.
    pub opcode: Opcode,
    /// As the text syntax writes it.
    pub name: &'static str,
    /// What it carries.
    pub immediate: ImmediateKind,
    /// What it takes.
    pub operands: Operands,
    /// What it gives.
    pub result: ResultKind,
    /// What it does.
    pub effects: Effects,
    /// What it means.
    pub doc: &'static str,
}

macro_rules! opcodes {
    ($($variant:ident $name:literal $immediate:ident $operands:expr, $result:expr, [$($effect:ident)*] $doc:literal;)*) => {
        /// What an instruction does; [`Opcode::info`] says it in full.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Opcode {
            $(#[doc = $doc] $variant,)*
        }

        /// Every opcode, in the order of [`Opcode`].
        pub static OPCODES: &[OpcodeInfo] = &[
            $(OpcodeInfo {
                opcode: Opcode::$variant,
                name: $name,
                immediate: ImmediateKind::$immediate,
                operands: $operands,
                result: $result,
                effects: Effects::PURE$(.and(Effects::$effect))*,
                doc: $doc,
            },)*
        ];
    };
}

use Operands::{Call, ElemKeysThenValue, Fixed, Format, Keys, KeysThenInt, KeysThenValue};
use ResultKind::{Element, GlobalValue, Key, None as Nothing, Type as Gives};
use Type::{Bool, Elem, I64, Iter, Str};

opcodes! {
    Iconst "iconst" Int Fixed(&[]), Gives(I64), [] "The integer given.";
    Sconst "sconst" Text Fixed(&[]), Gives(Str), [] "The string given, cut to `string_max` - 1 bytes.";
    Symbol "symbol" Text Fixed(&[]), Gives(I64), [] "Where the kernel has the symbol of this name.";
    Bconst "bconst" Index Fixed(&[]), Gives(Bool), [] "False if 0 is given, else true.";

    Iadd "iadd" None Fixed(&[I64, I64]), Gives(I64), [] "Sum; wraps.";
    Isub "isub" None Fixed(&[I64, I64]), Gives(I64), [] "Difference; wraps.";
    Imul "imul" None Fixed(&[I64, I64]), Gives(I64), [] "Product; wraps.";
    Idiv "idiv" None Fixed(&[I64, I64]), Gives(I64), [FAULT] "Quotient, towards zero; the smallest number by -1 is itself; by 0 faults.";
    Irem "irem" None Fixed(&[I64, I64]), Gives(I64), [FAULT] "Remainder, with the dividend's sign; by -1 is 0; by 0 faults.";
    IdivNz "idiv.nz" None Fixed(&[I64, I64]), Gives(I64), [] "Quotient, as `idiv`, by a divisor that cannot be 0: the ranges of values must show it.";
    IremNz "irem.nz" None Fixed(&[I64, I64]), Gives(I64), [] "Remainder, as `irem`, by a divisor that cannot be 0: the ranges of values must show it.";
    Ineg "ineg" None Fixed(&[I64]), Gives(I64), [] "Negation; wraps.";
    Inot "inot" None Fixed(&[I64]), Gives(I64), [] "Every bit flipped.";
    Iand "iand" None Fixed(&[I64, I64]), Gives(I64), [] "Bitwise and.";
    Ior "ior" None Fixed(&[I64, I64]), Gives(I64), [] "Bitwise or.";
    Ixor "ixor" None Fixed(&[I64, I64]), Gives(I64), [] "Bitwise exclusive or.";
    Ishl "ishl" None Fixed(&[I64, I64]), Gives(I64), [] "Shift left by the low 6 bits of the second.";
    Isshr "isshr" None Fixed(&[I64, I64]), Gives(I64), [] "Shift right by the low 6 bits of the second, filling with the sign.";
    Iushr "iushr" None Fixed(&[I64, I64]), Gives(I64), [] "Shift right by the low 6 bits of the second, filling with zeros.";

    IcmpEq "icmp.eq" None Fixed(&[I64, I64]), Gives(Bool), [] "Equal.";
    IcmpNe "icmp.ne" None Fixed(&[I64, I64]), Gives(Bool), [] "Not equal.";
    IcmpLt "icmp.lt" None Fixed(&[I64, I64]), Gives(Bool), [] "Less, signed.";
    IcmpLe "icmp.le" None Fixed(&[I64, I64]), Gives(Bool), [] "Less or equal, signed.";
    IcmpGt "icmp.gt" None Fixed(&[I64, I64]), Gives(Bool), [] "Greater, signed.";
    IcmpGe "icmp.ge" None Fixed(&[I64, I64]), Gives(Bool), [] "Greater or equal, signed.";
    ScmpEq "scmp.eq" None Fixed(&[Str, Str]), Gives(Bool), [] "Equal strings.";
    ScmpNe "scmp.ne" None Fixed(&[Str, Str]), Gives(Bool), [] "Different strings.";
    ScmpLt "scmp.lt" None Fixed(&[Str, Str]), Gives(Bool), [] "Less, by unsigned bytes.";
    ScmpLe "scmp.le" None Fixed(&[Str, Str]), Gives(Bool), [] "Less or equal, by unsigned bytes.";
    ScmpGt "scmp.gt" None Fixed(&[Str, Str]), Gives(Bool), [] "Greater, by unsigned bytes.";
    ScmpGe "scmp.ge" None Fixed(&[Str, Str]), Gives(Bool), [] "Greater or equal, by unsigned bytes.";
    Smatch "smatch" Text Fixed(&[Str]), Gives(Bool), [] "Whether a part of the string matches the regular expression given.";
    SmatchKeep "smatch.keep" Text Fixed(&[Str]), Gives(Bool), [OUTPUT] "Likewise; what part of it matched, and what its groups did, is kept for this hit: the longest of the matches that start first.";
    Group "group" None Fixed(&[I64]), Gives(Str), [FAULT VOLATILE SLOT] "What the group of this number matched in the search that was kept last; 0 is the whole match. Of a group that took no part it is empty; it faults if the search found nothing, or there is no such group.";
    Groups "groups" None Fixed(&[]), Gives(I64), [VOLATILE] "How many groups the search that was kept last has, the whole match among them; 0 if it found nothing.";
    B2i "b2i" None Fixed(&[Bool]), Gives(I64), [] "1 if true, else 0.";
    Bnot "bnot" None Fixed(&[Bool]), Gives(Bool), [] "True if false.";

    Sconcat "sconcat" None Fixed(&[Str, Str]), Gives(Str), [SLOT] "One string behind the other, cut to `string_max` - 1 bytes.";
    Slen "slen" None Fixed(&[Str]), Gives(I64), [] "How many bytes.";
    Ssubstr "ssubstr" None Fixed(&[Str, I64, I64]), Gives(Str), [SLOT] "From a byte position on, so many bytes; empty if either is negative or the position is behind the end.";
    Scopy "scopy" None Fixed(&[Str]), Gives(Str), [SLOT] "The same string in storage of its own.";
    Sprint "sprint" Format Format, Gives(Str), [SLOT] "The formatted text, cut to `string_max` - 1 bytes.";

    Print "print" Format Format, Nothing, [OUTPUT] "Writes the formatted text to the output.";
    PrintHist "print.hist" Global Keys, Nothing, [READ OUTPUT FAULT] "Draws the histogram of the aggregate; of an empty one it faults.";
    Log "log" None Fixed(&[Str]), Nothing, [OUTPUT] "Writes a line to the output.";
    Warn "warn" None Fixed(&[Str]), Nothing, [OUTPUT] "Writes a warning.";
    Error "error" None Fixed(&[Str]), Nothing, [OUTPUT FAULT] "Faults, with the string up to a NUL as the message.";
    FaultText "fault.text" None Fixed(&[]), Gives(Str), [VOLATILE SLOT] "The message of the fault that led here, as it would be reported, cut to `string_max` - 1 bytes.";
    FaultEnd "fault.end" None Fixed(&[]), Nothing, [CONTROL FAULT] "Ends the fault that led here: it is not reported, and control goes on. Those of `fuel` and `abort` cannot be ended: they go on as faults.";
    Exit "exit" None Fixed(&[]), Nothing, [CONTROL] "No further handler starts; the session ends.";
    Abort "abort" None Fixed(&[]), Nothing, [CONTROL FAULT] "As `exit`, and a fault that cannot be ended and is not reported: the handler ends here.";

    Pid "pid" None Fixed(&[]), Gives(I64), [CONTEXT] "The process (thread group) of the current task.";
    Tid "tid" None Fixed(&[]), Gives(I64), [CONTEXT] "The current task.";
    Ppid "ppid" None Fixed(&[]), Gives(I64), [CONTEXT] "The parent process of the current task.";
    Uid "uid" None Fixed(&[]), Gives(I64), [CONTEXT] "The user of the current task.";
    Euid "euid" None Fixed(&[]), Gives(I64), [CONTEXT] "The effective user of the current task.";
    Gid "gid" None Fixed(&[]), Gives(I64), [CONTEXT] "The group of the current task.";
    Egid "egid" None Fixed(&[]), Gives(I64), [CONTEXT] "The effective group of the current task.";
    Cpu "cpu" None Fixed(&[]), Gives(I64), [CONTEXT] "The processor.";
    Execname "execname" None Fixed(&[]), Gives(Str), [CONTEXT SLOT] "The name of the current task.";
    Target "target" None Fixed(&[]), Gives(I64), [CONTEXT] "The process that the session is about (`-x`, `-c`); 0 if there is none.";
    ProbeFunc "probefunc" None Fixed(&[]), Gives(Str), [CONTEXT] "The kernel function that was hit; empty elsewhere.";
    ProbePoint "probepoint" None Fixed(&[]), Gives(Str), [CONTEXT] "The probe point that was hit, aliases replaced.";
    ProbeName "probename" None Fixed(&[]), Gives(Str), [CONTEXT] "What the script calls the probe that was hit: an alias, or the point.";
    TimeNs "time.ns" None Fixed(&[]), Gives(I64), [VOLATILE] "Nanoseconds since 1970.";
    Cycles "cycles" None Fixed(&[]), Gives(I64), [VOLATILE] "The processor's cycle counter.";

    Arg "arg" Index Fixed(&[]), Gives(I64), [CONTEXT] "The register of the function's integer argument at this position (0 to 5), at entry.";
    Ret "ret.reg" None Fixed(&[]), Gives(I64), [CONTEXT] "The register of the function's result, at return.";
    ProbeAddr "probeaddr" None Fixed(&[]), Gives(I64), [CONTEXT] "Where the code that was hit is now: of a call or return, where its function is entered; 0 where no code is probed.";
    Reg "reg" Index Fixed(&[]), Gives(I64), [CONTEXT] "The register that has this number in DWARF, where the probe was hit. Anywhere there are 58, `fs.base` of the current task, and 59, `gs.base` of the kernel: how far the running processor's copies of variables are from what was linked.";
    Keep "keep" Index Fixed(&[I64]), Nothing, [OUTPUT] "Keeps the integer at this position for the handler of the return, which is the next probe.";
    KeepStr "keep.str" Index Fixed(&[Str]), Nothing, [OUTPUT] "Likewise, a string.";
    Kept "kept" Index Fixed(&[]), Gives(I64), [CONTEXT] "The integer that was kept at this position when the function was called.";
    KeptStr "kept.str" Index Fixed(&[]), Gives(Str), [CONTEXT SLOT] "Likewise, a string.";
    Backtrace "backtrace" None Fixed(&[]), Gives(Str), [CONTEXT SLOT] "The return addresses of the kernel's stack, from the innermost on: in hexadecimal with `0x`, a space between, as many as fit whole.";
    Ubacktrace "ubacktrace" None Fixed(&[]), Gives(Str), [CONTEXT SLOT] "Likewise of the current task's own stack; empty if it has none.";
    Stack "stack" None Fixed(&[I64]), Gives(I64), [CONTEXT] "The address at this depth of the kernel's stack: 0 is where the probe was hit, 1 where that returns to; 0 where there is none.";
    PrintBacktrace "print.backtrace" None Fixed(&[]), Nothing, [OUTPUT] "Writes the kernel's stack from the innermost function on, a line for each: its address, ` : `, and what `symdata` says of it.";
    Symname "symname" None Fixed(&[I64]), Gives(Str), [CONTEXT SLOT] "The symbol of the kernel that the address is in; itself in hexadecimal with `0x` if it is in none.";
    Symdata "symdata" None Fixed(&[I64]), Gives(Str), [CONTEXT SLOT] "Likewise, with the offset from the symbol and its size (`+0x1/0x20`), and `[kernel]` or the module in brackets.";
    LoadU8 "load.u8" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "The byte of kernel memory at the address plus the offset; a bad address faults.";
    LoadS8 "load.s8" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, signed.";
    LoadU16 "load.u16" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, two bytes.";
    LoadS16 "load.s16" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, two bytes, signed.";
    LoadU32 "load.u32" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, four bytes.";
    LoadS32 "load.s32" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, four bytes, signed.";
    LoadU64 "load.u64" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, eight bytes.";
    LoadStr "load.str" None Fixed(&[I64]), Gives(Str), [LOAD FAULT SLOT] "The bytes of kernel memory from the address up to a NUL, cut to `string_max` - 1 bytes; a bad address faults.";
    UloadU8 "uload.u8" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "The byte of the current task's memory at the address plus the offset; one that is bad, or not there now, faults.";
    UloadS8 "uload.s8" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, signed.";
    UloadU16 "uload.u16" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, two bytes.";
    UloadS16 "uload.s16" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, two bytes, signed.";
    UloadU32 "uload.u32" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, four bytes.";
    UloadS32 "uload.s32" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, four bytes, signed.";
    UloadU64 "uload.u64" Int Fixed(&[I64]), Gives(I64), [LOAD FAULT] "Likewise, eight bytes.";
    UloadStr "uload.str" None Fixed(&[I64]), Gives(Str), [LOAD FAULT SLOT] "The bytes of the current task's memory from the address up to a NUL, cut to `string_max` - 1 bytes; an address that is bad, or not there now, faults.";
    Store8 "store.8" Int Fixed(&[I64, I64]), Nothing, [STORE FAULT] "Writes the low byte of the second to kernel memory at the first plus the offset; a bad address faults.";
    Store16 "store.16" Int Fixed(&[I64, I64]), Nothing, [STORE FAULT] "Likewise, two bytes.";
    Store32 "store.32" Int Fixed(&[I64, I64]), Nothing, [STORE FAULT] "Likewise, four bytes.";
    Store64 "store.64" Int Fixed(&[I64, I64]), Nothing, [STORE FAULT] "Likewise, eight bytes.";
    Ustore8 "ustore.8" Int Fixed(&[I64, I64]), Nothing, [STORE FAULT] "Writes the low byte of the second to the current task's memory at the first plus the offset; an address that is bad, or not there now, faults.";
    Ustore16 "ustore.16" Int Fixed(&[I64, I64]), Nothing, [STORE FAULT] "Likewise, two bytes.";
    Ustore32 "ustore.32" Int Fixed(&[I64, I64]), Nothing, [STORE FAULT] "Likewise, four bytes.";
    Ustore64 "ustore.64" Int Fixed(&[I64, I64]), Nothing, [STORE FAULT] "Likewise, eight bytes.";

    Gload "gload" Global Fixed(&[]), GlobalValue, [READ SLOT BORROW] "The scalar's value.";
    Gstore "gstore" Global KeysThenValue, Nothing, [WRITE] "Sets the scalar.";
    Mget "mget" Global Keys, GlobalValue, [READ SLOT BORROW] "The map's value under the keys; 0 or empty if there is none.";
    Mset "mset" Global KeysThenValue, Nothing, [WRITE FAULT] "Sets the map's value under the keys; a full map faults.";
    Madd "madd" Global KeysThenInt, Gives(I64), [READ WRITE FAULT] "Adds to the map's integer under the keys (0 if there is none), and gives the one before; a full map faults.";
    Mhas "mhas" Global Keys, Gives(Bool), [READ] "Whether the map has something under the keys.";
    Mdel "mdel" Global Keys, Nothing, [WRITE] "Removes what the map has under the keys.";
    Mclear "mclear" Global Fixed(&[]), Nothing, [WRITE] "Empties the map.";

    Mfind "mfind" Global Keys, Gives(Elem), [READ] "What the map has under the keys, if anything, to be used until something writes the map or its lock is given back.";
    ElemHas "elem.has" None Fixed(&[Elem]), Gives(Bool), [READ] "Whether there is something.";
    ElemGet "elem.get" None Fixed(&[Elem]), Element, [READ SLOT BORROW] "Its value; 0 or empty if there is nothing.";
    ElemSet "elem.set" Global ElemKeysThenValue, Nothing, [WRITE FAULT] "Sets its value; if there is nothing, adds it under the keys, which must be those it was looked for under; a full map faults.";
    ElemDel "elem.del" Global Fixed(&[Elem]), Nothing, [WRITE] "Removes it from the map, if there is something.";

    PartAdd "part.add" Global Fixed(&[I64]), Nothing, [WRITE] "Adds to this processor's part of the integer; wraps.";
    PartMadd "part.madd" Global KeysThenInt, Nothing, [WRITE FAULT] "Adds to the integer under the keys in this processor's part of the map; a full part faults.";
    PartAgg "part.agg" Global KeysThenInt, Nothing, [WRITE FAULT] "Adds a sample to this processor's part of the aggregate; a full part faults.";
    Merge "merge" Global Fixed(&[]), Nothing, [READ WRITE] "Adds every processor's part to the global, and empties the parts: what is in a map already comes first, then each processor's in the order of its insertion.";

    AggAdd "agg.add" Global KeysThenInt, Nothing, [WRITE FAULT] "Adds a sample to the aggregate; a full map faults.";
    AggCount "agg.count" Global Keys, Gives(I64), [READ] "How many samples.";
    AggSum "agg.sum" Global Keys, Gives(I64), [READ] "Their sum; wraps.";
    AggMin "agg.min" Global Keys, Gives(I64), [READ FAULT] "The smallest; of none faults.";
    AggMax "agg.max" Global Keys, Gives(I64), [READ FAULT] "The largest; of none faults.";
    AggAvg "agg.avg" Global Keys, Gives(I64), [READ FAULT] "Their mean, towards zero; of none faults.";
    AggVariance "agg.variance" Global KeysThenInt, Gives(I64), [READ FAULT] "Their variance, exact in 128 bits and cut to an integer, which is 0 for one sample; of none faults. The number that scripts may give for precision makes no difference.";
    AggBucket "agg.bucket" Global KeysThenInt, Gives(I64), [READ] "How many samples the histogram's bucket at this position has, the first at 0; 0 where there is no bucket.";
    AggClear "agg.clear" Global Fixed(&[]), Nothing, [WRITE] "Forgets all samples of a scalar aggregate.";

    IterBegin "iter.begin" Iterate Fixed(&[I64]), Gives(Iter), [READ CONTROL FAULT] "Begins to visit the elements that the map has now, in the order given; at most as many as the operand says (0 or less: none).";
    IterNext "iter.next" None Fixed(&[Iter]), Gives(Bool), [READ CONTROL] "Goes to the next element that is still in the map; false if there is none.";
    IterKey "iter.key" Index Fixed(&[Iter]), Key, [READ SLOT BORROW VOLATILE] "A key of the current element.";
    IterValue "iter.value" None Fixed(&[Iter]), Element, [READ SLOT BORROW VOLATILE] "The value of the current element.";
    IterEnd "iter.end" None Fixed(&[Iter]), Nothing, [CONTROL] "Ends the iteration, the innermost one.";

    CallFn "call" Func Call, ResultKind::Call, [CALL FAULT SLOT] "Calls a function; more than `max_nesting` deep faults, calls that were inlined not counted.";
    HelperPure "helper.pure" Helper Operands::Helper, ResultKind::Helper, [SLOT] "Calls a helper whose result depends on its operands alone.";
    HelperContext "helper.context" Helper Operands::Helper, ResultKind::Helper, [CONTEXT SLOT] "Calls a helper whose result is the same throughout one hit.";
    HelperRead "helper.read" Helper Operands::Helper, ResultKind::Helper, [VOLATILE LOAD FAULT SLOT] "Calls a helper that reads what may change, or memory.";
    HelperAct "helper.act" Helper Operands::Helper, ResultKind::Helper, [VOLATILE LOAD OUTPUT CONTROL FAULT SLOT] "Calls a helper that writes output or changes the session.";
    Extern "extern" Text Operands::External, ResultKind::External, [VOLATILE LOAD STORE OUTPUT CONTROL FAULT SLOT] "Calls C that the script brought along, by its name; it may fault. `share` stands before and behind it for each global that it uses.";
    Share "share" Global Fixed(&[]), Nothing, [READ WRITE] "The global may be read and written here, by C.";
    Lock "lock" Locks Fixed(&[]), Nothing, [LOCK] "Takes all the locks, in this order; if one cannot be had in time, the handler ends there, without a fault and with no lock, and the hit counts as skipped.";
    Unlock "unlock" Locks Fixed(&[]), Nothing, [LOCK] "Gives all the locks back.";
    Arm "arm" None Fixed(&[Bool]), Nothing, [CONTROL] "Says whether the probes of the condition that is handled are armed from now on.";
    Fuel "fuel" Index Fixed(&[]), Nothing, [CONTROL FAULT] "Takes so much of the handler's budget; if it is used up, then or before, faults.";
}

impl Opcode {
    /// The opcode's row.
    pub fn info(self) -> &'static OpcodeInfo {
        &OPCODES[self as usize]
    }

    /// As the text syntax writes it.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// What it does beside computing its result.
    pub fn effects(self) -> Effects {
        self.info().effects
    }

    /// Whether it adds to a processor's part of a per-CPU global.
    pub fn adds_to_part(self) -> bool {
        matches!(self, Self::PartAdd | Self::PartMadd | Self::PartAgg)
    }

    /// The opcode of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        OPCODES.iter().find(|info| info.name == name).map(|info| info.opcode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_names_are_unique() {
        for (index, info) in OPCODES.iter().enumerate() {
            assert_eq!(info.opcode as usize, index);
            assert_eq!(
                Opcode::from_name(info.name),
                Some(info.opcode),
                "{} stands twice",
                info.name
            );
        }
    }
}
