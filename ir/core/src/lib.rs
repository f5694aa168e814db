//! The probe IR: a small typed language in static single assignment form, between scripts and
//! the code of a backend.
//!
//! What follows is also part of `docs/ir.md`, which `cargo xtask bless pages` makes. In this crate a module is a
//! [`Module`], the table of instructions is [`OPCODES`], and [`verify()`] checks all that is forbidden; a
//! backend takes nothing but the [`Verified`] module it gives. Where strings lie is the subject of
//! [`strings`].
#![doc = include_str!("semantics.md")]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod automaton;
pub mod cfg;
pub mod counted;
mod dominators;
mod effects;
mod entity;
mod events;
mod external;
pub mod format;
mod function;
mod helpers;
mod json;
mod lookups;
mod module;
mod opcode;
mod print;
mod processes;
pub mod ranges;
mod regex;
pub mod strings;
mod terminator;
mod types;
mod verify;
pub mod versions;

pub use automaton::{
    Accepts, Automaton, State,
    program::{SearchProgram, Slots, Step},
};
pub use effects::{Effects, Writes, observed_globals};
pub use entity::{Block, FuncId, GlobalId, Inst, Value};
pub use events::{Event, Every, Field};
pub use external::{External, Form};
pub use function::{
    BlockData, Function, Immediate, InstData, Location, LockMode, Order, OrderBy, ValueData,
    ValueDef,
};
pub use helpers::{HELPERS, Helper, HelperClass, HelperInfo};
pub use json::{JSON_VERSION, JsonError, from_json, schema, to_json};
pub use lookups::Lookups;
pub use module::{Attach, Base, Code, Global, Limits, Module, Probe, Program};
pub use opcode::{ImmediateKind, OPCODES, Opcode, OpcodeInfo, Operands, ResultKind};
pub use print::{print, print_function};
pub use processes::{ProcessEvent, Processes};
pub use regex::RegexError;
pub use terminator::{Edge, Terminator};
pub use types::{GlobalKind, Histogram, MapValue, Type};
pub use verify::{
    Entity, RULES, Rule, RuleInfo, Stage, Verified, VerifyError, added_to, has_fuel, has_locks,
    loops_without_fuel, needed_lock, operand_types, print_errors, result_type, running_iterations,
    runs_alone, shared_globals, verify,
};
