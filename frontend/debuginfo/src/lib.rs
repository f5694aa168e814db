//! What the compiler may ask of a kernel: functions, their parameters, types and their members.
//!
//! Pure: given the bytes of BTF or of an ELF file with DWARF, answers questions by name
//! ([`KernelInfo`]); nothing is decoded before it is asked for.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod btf;
pub mod fake;
mod info;
mod symbols;

pub use btf::Btf;

pub use info::{Bitfield, Error, Function, KernelInfo, Location, Member, Param, Type, TypeId};
pub use symbols::Symbols;
