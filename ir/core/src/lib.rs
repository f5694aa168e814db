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
//! it, and is reported. Values defined in the faulting block are not available in its handler.
//!
//! Nothing but faults leads to a block that handles them. The fault *lasts* from its start on until
//! `fault.end`, after which control goes on as if it had not happened, or to the block's end, which is
//! `raise` then and passes the fault on to the block's own handler, or out of the function. While it
//! lasts `fault.text` is its message, and nothing else may fault or call. So no more than one fault
//! ever lasts, and it is known where: `fault.text`, `fault.end` and `raise` stand nowhere else.
//!
//! That fuel is used up and that a lock is not to be had are faults that cannot be ended: `fault.end`
//! passes them on to its block's handler, or out of the function. Handlers do not handle each other's
//! faults in a circle.
//!
//! # Iterations
//!
//! `iter.begin` takes a snapshot of which elements a map has, `iter.next` goes to the next of them
//! that is still there, and `iter.key` and `iter.value` read it: only where `iter.next` was the last
//! to say that there is one, and nothing has written the map since. Iterations end innermost first,
//! and before the function returns. A fault ends those that its handler does not know: those that
//! do not run on every way there.
//!
//! # Locks, fuel, storage
//!
//! Passes place these; lowering places only `fuel 1` where loops and functions start, to say what
//! messages call them. The verifier checks them from [`Stage::Placed`] on:
//!
//! - Every access to a global that something writes happens under its lock, in the mode it needs, on
//!   all paths; no path leaves a handler with a lock, faults included. Only handlers of probes take
//!   and give back locks; functions say which they must be called with ([`Function::requires`]).
//!   `lock` takes all it names or none; a `lock` that cannot be had in time ends the handler, which
//!   counts as skipped.
//! - Every loop, and every function that may call itself before it calls anything, uses `fuel`, so
//!   that a handler ends: its fault cannot be ended, and so leaves the handler. Functions that do
//!   without must be short, those they call included.
//! - Every instruction that makes a string has a slot of the function's frame for it
//!   ([`Stage::Final`]). A slot is written again only when its old string is dead.
//! - A string that `gload`, `mget`, `iter.key` or `iter.value` read may have no slot: it is *borrowed*,
//!   the storage of the global or element itself. Until its last use nothing writes that global or
//!   map, neither here nor in a function called, and its lock is not given back. It may be used like
//!   any other string, be given to block parameters and functions, and be returned: `return` copies
//!   a string to its caller. See [`strings`].
//! - Blocks stand in an order in which definitions come before uses, and control can come to each of
//!   them ([`Stage::Final`]).
//!
//! # What the IR forbids
//!
//! Blocks that are handlers of faults have no parameters and no edges to them. The entry has no edges
//! to it. Edges give
//! exactly as many values as there are parameters, of their types. A use is dominated by its
//! definition. Functions take and return `i64` and `str` only. Handlers of probes take and return
//! nothing, and are not called. `iter` values are no parameters. No name stands twice among globals,
//! or among functions. No text holds a NUL.
//!
//! [`verify()`] checks all of this; a backend takes nothing but the [`Verified`] module it gives.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

pub mod cfg;
mod effects;
mod entity;
pub mod format;
mod function;
mod json;
mod module;
mod opcode;
mod print;
pub mod ranges;
pub mod strings;
mod terminator;
mod types;
mod verify;
pub mod versions;

pub use effects::Writes;
pub use entity::{Block, FuncId, GlobalId, Inst, Value};
pub use function::{
    BlockData, Function, Immediate, InstData, Location, LockMode, Order, OrderBy, ValueData,
    ValueDef,
};
pub use json::{JSON_VERSION, to_json};
pub use module::{Attach, Global, Limits, Module, Probe};
pub use opcode::{Effects, ImmediateKind, OPCODES, Opcode, OpcodeInfo, Operands, ResultKind};
pub use print::{print, print_function};
pub use terminator::{Edge, Terminator};
pub use types::{GlobalKind, Histogram, MapValue, Type};
pub use verify::{
    Stage, Verified, VerifyError, has_fuel, has_locks, running_iterations, shared_globals, verify,
};
