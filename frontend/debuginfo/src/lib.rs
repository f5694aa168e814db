//! What the compiler may ask of a kernel or a program: functions, their parameters, types and their members.
//!
//! Pure: given the bytes of BTF or of an ELF file with DWARF, answers questions by name
//! ([`Source`]); nothing is decoded before it is asked for. [`Btf`] and [`Dwarf`] are the two
//! sources; [`Probeable`] looks at a kernel's [`Symbols`] beside one of them, [`Program`] at a program's file.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod btf;
mod closed;
mod dwarf;
mod elf;
pub mod fake;
pub mod glob;
mod info;
mod layout;
mod marks;
mod names_only;
mod objects;
mod places;
mod probeable;
mod program;
mod similar;
mod spelling;
mod split;
mod symbols;
pub mod tables;
mod traced;
mod unlinked;
mod variables;

pub use btf::{Btf, ModuleBtf};
pub use closed::Closed;
pub use dwarf::{Dwarf, DwarfIndex, OPTIMISED_OUT};
pub use elf::{Elf, build_id};
pub use glob::matches as fits;
pub use info::{
    ARGUMENTS, Bitfield, Error, Function, Location, Member, Param, Part, Source, Type, TypeId,
};
pub use marks::Mark;
pub use names_only::NamesOnly;
pub use objects::{Object, Objects, module_name};
pub use places::{At, Lines, Place, PlaceKind, Query, Scope, What};
pub use probeable::Probeable;
pub use program::Program;
pub use split::{SplitUnit, join_split, split_units};
pub use symbols::Symbols;
pub use variables::{Binary, Piece, Term, Unary, Variable, Where};
