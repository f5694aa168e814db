//! The tool: from the command line to a running session. Owns all I/O of the compiler.
//!
//! Library form of the `stapc` program, so that tests and benchmarks can call its parts.
#![expect(clippy::disallowed_methods, reason = "this crate does the compiler's I/O")]
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

pub mod build;
pub mod cache;
pub mod cli;
pub mod kernel;
pub mod timing;
