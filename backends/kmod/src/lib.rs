//! The primary backend: the IR to the C of a kernel module.
//!
//! What is emitted is one freestanding file that includes `stapc.h` of `runtime/kernel` and nothing
//! else. It follows the script: a type and a variable for each global, a function for each function
//! and probe, comments with the script's lines; values are called as in the IR's text. How the file
//! becomes a module is the tool's affair (`src/build`).

mod aggregates;
mod calls;
mod conditions;
mod events;
mod expressions;
mod externals;
mod frames;
mod function;
mod globals;
mod handlers;
mod helpers;
mod insts;
mod iterations;
mod kept;
mod locks;
mod maps;
mod names;
mod output;
mod pools;
mod program;
mod registers;
mod text;
mod usage;

use std::collections::HashSet;

use stapc_backend_api::{Artifact, Backend, BackendError, Capabilities, Context};
use stapc_ir::{FuncId, Module, Verified, Writes};

pub use externals::{FILE, embedded};
pub use text::{comment, literal};

/// The backend.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kmod;

const NAME: &str = "kmod";

impl Backend for Kmod {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { kernel_probes: true, max_nesting: 1000 }
    }

    fn emit(&self, module: &Verified, context: &Context<'_>) -> Result<Artifact, BackendError> {
        program::emit(module.module(), context).map(Artifact::C)
    }
}

fn error(message: impl Into<String>) -> BackendError {
    BackendError { backend: NAME, message: message.into() }
}

/// What all of the emission refers to.
struct Emit<'a> {
    module: &'a Module,
    context: &'a Context<'a>,
    usage: usage::Usage,
    /// The functions that are given the registers of a hit and where it is.
    takers: HashSet<FuncId>,
    pools: pools::Pools,
    frames: frames::Frames,
    writes: Writes,
    /// The numbers of the probes in the order in which the runtime gets them.
    order: Vec<usize>,
    handlers: handlers::Handlers,
    conditions: conditions::Conditions,
}
