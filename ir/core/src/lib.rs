//! The probe IR: a small typed language in static single assignment form, between scripts and
//! the code of a backend.
//!
//! # What a module means
//!
//! A [`Module`] has [globals](Global), [functions](Function) and [probes](Probe). Each time a probe
//! is hit its handler, a function without parameters, runs to its end on one processor, without
//! being interrupted by another handler of the module on that processor. Handlers on different
//! processors run at the same time; what they share are globals.
//!
//! A function is a graph of [blocks](BlockData). A block has parameters instead of phis: each
//! [edge](Edge) to it gives their values. The first block is the entry; its parameters are the
//! function's. [Values](Value) are defined once and are of one [`Type`]:
//!
//! - `i64`: 64 bits, two's complement. Arithmetic wraps; nothing about it is undefined.
//! - `bool`: a condition. It cannot be stored; `b2i` and `icmp.ne` convert.
//! - `str`: bytes without NUL, fewer than [`Limits::string_max`]. What would be longer is cut.
//! - `iter`: an iteration over a map that `iter.begin` took a snapshot of the elements of.
//!
//! The instructions are in one table, [`OPCODES`], which says of each what it takes, gives and does.
//!
//! # Faults
//!
//! Some instructions may fault: division by zero, a bad address, a full map, `error`. The rest of
//! the block is then not executed, and control goes to the block's handler
//! ([`BlockData::catch`], `catch block9` in the text), or out of the function if it has none. A
//! fault that leaves a function is a fault of the `call`; one that leaves a probe's handler ends
//! it, and is reported. `raise`, at the end of a block that a fault led to, passes the fault on.
//! Values defined in the faulting block are not available in its handler.
//!
//! # Locks, fuel, storage
//!
//! Lowering places none of these; passes do, and the verifier checks them from [`Stage::Placed`] on:
//!
//! - Every access to a global that something writes happens under its lock, in the mode it needs, on
//!   all paths; no path leaves a function with a lock more or less than it came with, faults
//!   included. `lock` takes all it names or none; a `lock` that cannot be had in time ends the
//!   handler, which counts as skipped.
//! - Every loop, and every function that may call itself, uses `fuel`, so that a handler ends.
//! - Every instruction that makes a string has a slot of the function's frame for it
//!   ([`Stage::Final`]). A slot is written again only when its old string is dead.
//!
//! # What the IR forbids
//!
//! Blocks that are handlers of faults have no parameters. The entry has no edges to it. Edges give
//! exactly as many values as there are parameters, of their types. A use is dominated by its
//! definition. Handlers of probes take and return nothing. `iter` values are no parameters, and
//! are not returned. No name stands twice among globals, or among functions.
//!
//! [`verify`] checks all of this; a backend takes nothing but the [`Verified`] module it gives.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

pub mod cfg;
mod entity;
pub mod format;
mod function;
mod json;
mod module;
mod opcode;
mod print;
mod types;
mod verify;

pub use entity::{Block, FuncId, GlobalId, Inst, Value};
pub use function::{BlockData, Edge, Function, Immediate, InstData, Location, LockMode, Order, OrderBy, Terminator, ValueData, ValueDef};
pub use json::{JSON_VERSION, to_json};
pub use module::{Attach, Global, Limits, Module, Probe};
pub use opcode::{Effects, ImmediateKind, OPCODES, Opcode, OpcodeInfo, Operands, ResultKind};
pub use print::{print, print_function};
pub use types::{GlobalKind, Histogram, MapValue, Type};
pub use verify::{shared_globals, Stage, Verified, VerifyError, verify};
