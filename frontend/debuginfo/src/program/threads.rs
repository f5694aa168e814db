//! The variables that each thread has for its own (System V ABI for x86-64; ELF Handling For Thread-Local Storage,
//! sections 3.4.6 and 4.4.6): where the running thread's block of them is.
//!
//! A program's block ends where the thread pointer points to. That of a library is where a word of the library says
//! that the loader has written: how far it is from the thread pointer, or the number of the library's entry in the
//! thread's table of blocks, which is as glibc has it.

use object::{
    LittleEndian, Object as _, ObjectSymbol as _, ObjectSymbolTable as _, RelocationFlags,
    RelocationTarget, SymbolKind, elf, read::elf::ProgramHeader as _,
};

use crate::{
    elf::Elf,
    info::Error,
    variables::{Binary, Term},
};

/// The thread pointer (`fs.base`), by its number in DWARF (figure 3.36).
const THREAD_POINTER: u16 = 58;

/// Where glibc's thread has the address of its table, the size of an entry of that, and how far before the table it
/// says how many entries there are.
const TABLE: i64 = 8;
const ENTRY: i64 = 16;
const COUNT: i64 = -16;

/// What glibc calls itself.
const GLIBC: [&str; 2] = ["libc.so.6", "ld-linux-x86-64.so.2"];

/// The address of the block.
pub(super) fn block(elf: &Elf<'_>) -> Result<Term, Error> {
    let segments = elf.file().elf_program_headers();
    let segment = segments.iter().find(|segment| segment.p_type(LittleEndian) == elf::PT_TLS);
    let segment = segment.ok_or_else(|| Error("it has no variables of threads".to_owned()))?;
    if !is_program(elf) {
        return of_library(elf);
    }
    let (address, size) = (segment.p_vaddr(LittleEndian), segment.p_memsz(LittleEndian));
    let align = segment.p_align(LittleEndian).max(1);
    if !align.is_power_of_two() || size > u32::MAX.into() || align > u32::MAX.into() {
        return Err(Error("damaged: a huge block of variables of threads".to_owned()));
    }
    // The block begins as far behind a multiple of its alignment as it does in the file.
    let padding = address.wrapping_add(size).wrapping_neg() & (align - 1);
    let distance = size.wrapping_add(padding) as i64;
    Ok(added(Term::Register(THREAD_POINTER), Term::Const(distance.wrapping_neg())))
}

/// Whether it is a program, which has its block in a place of its own: before all libraries'.
fn is_program(elf: &Elf<'_>) -> bool {
    let header = elf.file().elf_header();
    header.e_type.get(LittleEndian) == elf::ET_EXEC
        || dynamic(elf, elf::DT_FLAGS_1).any(|flags| flags & elf::DF_1_PIE.0 != 0)
}

/// What the dynamic table says under a tag.
fn dynamic(elf: &Elf<'_>, tag: elf::DynamicTag) -> impl Iterator<Item = u64> {
    let table = elf.file().elf_dynamic_table().unwrap_or_default();
    let entries: Vec<u64> =
        table.iter().filter(|entry| entry.tag == tag).map(|entry| entry.val).collect();
    entries.into_iter()
}

fn uses_glibc(elf: &Elf<'_>) -> bool {
    let table = elf.file().elf_dynamic_table().unwrap_or_default();
    let mut needed = table.iter().filter(|entry| entry.tag == elf::DT_NEEDED);
    needed.any(|entry| {
        table.string(entry).is_ok_and(|name| GLIBC.iter().any(|libc| libc.as_bytes() == name))
    })
}

/// The address of a library's block, by a word that its own code finds it by.
fn of_library(elf: &Elf<'_>) -> Result<Term, Error> {
    let file = elf.file();
    let symbols = file.dynamic_symbol_table();
    // Of a variable of the library itself, how far it is from the block's start.
    let within = |target| match target {
        RelocationTarget::Symbol(symbol) => {
            let symbol = symbols.as_ref()?.symbol_by_index(symbol).ok()?;
            let is_own = symbol.kind() == SymbolKind::Tls && !symbol.is_undefined();
            is_own.then(|| symbol.address() as i64)
        }
        _ => Some(0),
    };
    let mut by_number = None;
    for (slot, relocation) in file.dynamic_relocations().into_iter().flatten() {
        let RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
        let Some(within) = within(relocation.target()) else { continue };
        let word = || Term::Load(Box::new(Term::Address(slot)), 8, false);
        match r_type {
            elf::R_X86_64_TPOFF64 => {
                let behind = within.wrapping_add(relocation.addend());
                let distance = added(word(), Term::Const(behind.wrapping_neg()));
                return Ok(added(Term::Register(THREAD_POINTER), distance));
            }
            elf::R_X86_64_DTPMOD64 => by_number = by_number.or_else(|| Some(word())),
            _ => {}
        }
    }
    match by_number {
        Some(number) if uses_glibc(elf) => Ok(in_table(number)),
        Some(_) => {
            Err(Error("only of glibc is it known where threads have their variables".to_owned()))
        }
        None => Err(Error(
            "no word of the library says where the loader puts its variables of threads".to_owned(),
        )),
    }
}

/// The block under a number of the thread's table; where the thread has none yet, an address that nothing is at.
fn in_table(number: Term) -> Term {
    let load = |address| Term::Load(Box::new(address), 8, false);
    let table = load(added(Term::Register(THREAD_POINTER), Term::Const(TABLE)));
    let count = load(added(table.clone(), Term::Const(COUNT)));
    let behind = Term::Binary(Binary::Mul, Box::new(number.clone()), Box::new(Term::Const(ENTRY)));
    let block = load(added(table, behind));
    // What the thread has not used yet is at -1.
    let block = Term::Binary(Binary::And, Box::new(block), Box::new(Term::Const(i64::MAX)));
    let is_there = Term::Binary(Binary::Le, Box::new(number), Box::new(count));
    Term::Select(Box::new(is_there), Box::new(block), Box::new(Term::Const(i64::MAX)))
}

fn added(left: Term, right: Term) -> Term {
    Term::Binary(Binary::Add, Box::new(left), Box::new(right))
}
