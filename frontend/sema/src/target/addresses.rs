//! Where variables that have an address in the object's file are once the object is loaded: those that are there once,
//! those of which each processor has a copy, and those of which each thread has one.

use stapc_debuginfo::{Error, Object, Term, module_name};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::BinaryOp;

use super::{Found, later, terms::Terms, walk::binary, wrong};
use crate::{
    expressions::int,
    hir::{Expr, ExprKind, Register},
};

/// Where the kernel's half of the addresses begins.
const KERNEL: u64 = 1 << 63;

/// The register (`gs.base`) that says how far the running processor's copies are from what was linked, by its number in
/// DWARF (System V ABI for x86-64, figure 3.36).
const DISTANCE: u16 = 59;

impl Terms<'_> {
    /// An address of the object's own file, moved to where the object is; of what each processor has a copy of, where
    /// this one's is.
    pub fn address(&self, address: u64, span: Span) -> Found<Expr> {
        let is_per_cpu = self.source.is_some_and(|source| source.is_per_cpu(address));
        match (&self.object, self.start, self.here) {
            (Object::Kernel, Some(_), _) if is_per_cpu => {
                let linked = self.kernel_address(address, span);
                Ok(added(linked, distance(span), span))
            }
            (Object::Kernel, Some(_), _) => Ok(self.kernel_address(address, span)),
            // A program is as far from its file's addresses as what was hit in it.
            (Object::Program(_), _, Some(here)) => {
                let probed = int(ExprKind::Register(Register::ProbedCode), span);
                let offset = int(ExprKind::Int(address.wrapping_sub(here) as i64), span);
                Ok(added(probed, offset, span))
            }
            (Object::Program(path), ..) => {
                later(format!("global variables of `{path}` where other code is probed"))
            }
            (Object::Module(module), ..) => {
                let found = self.module_address(module, address, span)?;
                if !is_per_cpu {
                    return Ok(found);
                }
                // What is not there is at 0, and stays there.
                let moved = Box::new(added(found.clone(), distance(span), span));
                let nowhere = Box::new(int(ExprKind::Int(0), span));
                Ok(int(ExprKind::Ternary(Box::new(found), moved, nowhere), span))
            }
            _ => later("addresses of global variables"),
        }
    }

    fn kernel_address(&self, address: u64, span: Span) -> Expr {
        // Copies of processors may be counted from 0, which is not moved.
        let kind = match self.start {
            Some(start) if address >= KERNEL => {
                let offset = address.wrapping_sub(start) as i64;
                ExprKind::Address("_stext".to_owned(), offset)
            }
            _ => ExprKind::Int(address as i64),
        };
        int(kind, span)
    }

    fn module_address(&self, module: &str, address: u64, span: Span) -> Found<Expr> {
        let source = self.source.ok_or(Error("nothing is known of it".to_owned()));
        let found = source.and_then(|source| source.anchor(address));
        let (symbol, offset) = found.map_err(|error| {
            let message = "the address of a variable of a module is not known";
            wrong(Diagnostic::error("target-unavailable", message).at(span, error.0))
        })?;
        // What is not there is at 0, and where it would be below that, memory may be.
        let Ok(offset @ 0..) = i64::try_from(offset) else {
            return later("variables of modules before any symbol of their own");
        };
        let symbol = format!("{}:{symbol}", module_name(module));
        Ok(int(ExprKind::Address(symbol, offset), span))
    }

    /// The address of the running thread's own copy of a variable.
    pub fn thread_local(&self, offset: &Term, span: Span) -> Found<Expr> {
        let source = self.source.ok_or(Error("nothing is known of the program".to_owned()));
        let block = source.and_then(|source| source.thread_block()).map_err(|error| {
            let message = "a variable that each thread has a copy of";
            wrong(Diagnostic::error("target-unavailable", message).at(span, error.0))
        })?;
        Ok(added(self.term(&block, span)?, self.term(offset, span)?, span))
    }
}

/// How far the running processor's copies are from what was linked.
fn distance(span: Span) -> Expr {
    int(ExprKind::Register(Register::Number(DISTANCE)), span)
}

fn added(left: Expr, right: Expr, span: Span) -> Expr {
    binary(BinaryOp::Add, Box::new(left), Box::new(right), span)
}
