//! HIR to the probe IR.
//!
//! Control flow of scripts is structured, so static single assignment form needs no search: the
//! lowering carries the current value of every local (`body`), and where paths join, locals that
//! differ become parameters of the block. Locks, fuel and storage are placed later, by passes;
//! lowering only marks, by `fuel 1` with a place and a name, where loops and functions begin.

mod body;
mod conditions;
mod expressions;
mod statements;
mod target;
mod uses;

use la_arena::{Arena, RawIdx};
use stapc_diagnostics::SourceMap;
use stapc_ir::{FuncId, Function, Global, Limits, Module, Probe};
use stapc_sema::hir::Program;

use body::Lower;

/// Makes the module of a typed program. Functions keep their positions; handlers come behind them.
pub fn lower(program: &Program, sources: &SourceMap, limits: Limits) -> Module {
    let mut globals = Arena::new();
    for global in &program.globals {
        globals.alloc(Global { name: global.name.clone(), kind: global.kind.clone() });
    }
    let mut functions: Arena<Function> = Arena::new();
    for function in &program.functions {
        let lowered = Lower::function(program, sources, function);
        functions.alloc(lowered);
    }
    let mut probes = Vec::new();
    for (number, probe) in program.probes.iter().enumerate() {
        // Scripts cannot have a function of this name.
        let handler = functions.alloc(Lower::handler(
            program,
            sources,
            format!("probe.{number}"),
            &probe.body,
        ));
        let handler = FuncId::from_u32(RawIdx::into_u32(handler.into_raw()));
        probes.push(Probe { attach: probe.attach.clone(), point: probe.point.clone(), handler });
    }
    let files = sources.ids().map(|file| sources.name(file).to_owned()).collect();
    Module { files, limits, globals, functions, probes }
}
