//! Random scripts, mutants of scripts, and what must hold for every text; random IR, and what must
//! hold for what passes make of it.
//!
//! The fuzz targets in `fuzz/` and ordinary tests run the same [`properties`]. What they run them on
//! is made of bytes ([`script`], [`input`]) or of another script and a seed ([`mutate`]), so that a
//! finding is told by its bytes alone.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

pub mod hosted;
pub mod input;
pub mod ir;
mod mutate;
pub mod objects;
pub mod oracle;
pub mod planted;
pub mod properties;
mod script;

pub use mutate::{Change, Mutation, Random, mutate};
pub use script::{script, typed_script};

/// What a fuzz target does: panics where its property does not hold for the text of some bytes.
///
/// # Panics
/// That is how a fuzz target tells a finding.
pub fn try_on(property: &str, data: &[u8]) {
    let text = input::text(data);
    let result = properties::named(property).map(|property| property(&text));
    match result {
        Some(Ok(())) => {}
        Some(Err(finding)) => panic!("{property}: {finding}\n--- the script\n{text}"),
        None => panic!("no property is called {property}"),
    }
}
