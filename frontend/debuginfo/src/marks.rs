//! Marks: places that a program's author has named, with values to look at there (`sys/sdt.h`).

use crate::{info::Error, variables::Term};

/// A mark in a program or shared library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Who gives it: by custom the program's or library's name.
    pub provider: String,
    /// What it is called.
    pub name: String,
    /// Its address, as the object's own file counts.
    pub address: u64,
    /// Where the file has the counter (16 bits) that says how many watch it, if it has one.
    pub semaphore: Option<u64>,
    /// The values there, from the first on, each extended to 64 bits by its own size and sign; or why
    /// one cannot be read.
    pub args: Vec<Result<Term, Error>>,
}
