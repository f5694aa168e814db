//! What a session takes along of the files that processes run, so that the kernel's side can tell what addresses in
//! them are called and where they return to: symbols, unwinding and lines, each a table by place.
//!
//! A place is counted as the file's bytes are, which is what the kernel knows of an address too. All of it is one run
//! of bytes, whose layout `runtime/kernel/objects.h` states as well.

mod lines;
mod symbols;
#[cfg(test)]
mod tests;
mod unwind;

use std::collections::HashMap;

use crate::{elf::Elf, info::Error};

pub use lines::Line;
pub use symbols::Symbol;
pub use unwind::{Frame, Row, Saved};

/// Which tables a session needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What addresses are called.
    pub symbols: bool,
    /// Where functions return to.
    pub unwinding: bool,
    /// The lines that code was made of.
    pub lines: bool,
}

/// The tables of a file, each by place; those that are not wanted are empty.
#[derive(Debug, Default)]
pub struct Tables {
    /// What its code and its variables are called.
    pub symbols: Vec<Symbol>,
    /// Where its functions return to.
    pub unwinding: Vec<Row>,
    /// The lines that its code was made of.
    pub lines: Vec<Line>,
}

impl Tables {
    /// Of a program or shared library, perhaps beside a separate file with its debug information.
    ///
    /// # Errors
    /// When a section cannot be read.
    pub fn of<'a>(
        executable: &Elf<'a>,
        debug: Option<&Elf<'a>>,
        wanted: Wanted,
    ) -> Result<Self, Error> {
        let mut tables = Self::default();
        if wanted.symbols {
            tables.symbols = symbols::of(executable, debug);
        }
        if wanted.unwinding {
            tables.unwinding = unwind::of(executable, debug)?;
        }
        if wanted.lines {
            tables.lines = lines::of(executable, debug)?;
        }
        Ok(tables)
    }

    /// Of the kernel: the lines of its own code, by bytes behind its symbol `_stext`.
    ///
    /// # Errors
    /// When it has no such symbol, or a section cannot be read.
    pub fn of_kernel(vmlinux: &Elf<'_>) -> Result<Self, Error> {
        let base = vmlinux.address_of_name("_stext");
        let base = base.ok_or_else(|| Error("it has no symbol `_stext`".to_owned()))?;
        Ok(Self { lines: lines::of_kernel(vmlinux, base)?, ..Self::default() })
    }

    /// About how many bytes they are when they are encoded.
    pub fn size(&self) -> usize {
        let names: usize = self.symbols.iter().map(|symbol| symbol.name.len() + 1).sum();
        names + 12 * (self.symbols.len() + self.unwinding.len() + self.lines.len())
    }
}

/// Numbers at the start of the bytes, before those of each file: how many files there are.
const HEAD: usize = 1;
/// Numbers of a file there: where its path is, then where each table is and how many rows it has.
const FILE: usize = 7;

/// The tables of some files, by path, in bytes: offsets in them are from their start.
///
/// # Errors
/// When they would have more than 4 GiB.
pub fn encode(files: &[(String, Tables)]) -> Result<Vec<u8>, Error> {
    let mut out =
        Encoder { bytes: vec![0; (HEAD + FILE * files.len()) * 4], texts: HashMap::new() };
    out.set(0, files.len())?;
    for (number, (path, tables)) in files.iter().enumerate() {
        let mut head = vec![out.text(path)?];
        let symbols = tables.symbols.iter();
        let symbols =
            symbols.map(|symbol| Ok([symbol.start, symbol.size, out.text(&symbol.name)?]));
        let symbols: Vec<[u32; 3]> = symbols.collect::<Result<_, Error>>()?;
        head.extend(out.table(symbols.into_iter().map(bytes))?);
        head.extend(out.table(tables.unwinding.iter().map(Row::encode))?);
        let lines = tables.lines.iter();
        let lines = lines.map(|line| Ok([line.start, line.line, out.text(&line.file)?]));
        let lines: Vec<[u32; 3]> = lines.collect::<Result<_, Error>>()?;
        head.extend(out.table(lines.into_iter().map(bytes))?);
        for (at, value) in head.into_iter().enumerate() {
            out.set(HEAD + number * FILE + at, value as usize)?;
        }
    }
    Ok(out.bytes)
}

/// A row of numbers, in bytes.
fn bytes(row: [u32; 3]) -> [u8; 12] {
    let mut bytes = [0; 12];
    for (to, number) in bytes.chunks_exact_mut(4).zip(row) {
        to.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

/// Bytes that are being made.
struct Encoder {
    bytes: Vec<u8>,
    /// Where each text is: those that are the same stand once.
    texts: HashMap<String, u32>,
}

impl Encoder {
    /// Sets a number at the start.
    fn set(&mut self, at: usize, value: usize) -> Result<(), Error> {
        let value = small(value)?;
        self.bytes[at * 4..at * 4 + 4].copy_from_slice(&value.to_le_bytes());
        Ok(())
    }

    /// Where a text is, which ends with a NUL.
    fn text(&mut self, text: &str) -> Result<u32, Error> {
        if let Some(&known) = self.texts.get(text) {
            return Ok(known);
        }
        let at = small(self.bytes.len())?;
        self.bytes.extend(text.bytes().filter(|&byte| byte != 0).chain([0]));
        self.texts.insert(text.to_owned(), at);
        Ok(at)
    }

    /// Where a table is, and how many rows it has.
    fn table<R: AsRef<[u8]>>(
        &mut self,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<[u32; 2], Error> {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let at = small(self.bytes.len())?;
        let mut count = 0;
        for row in rows {
            self.bytes.extend(row.as_ref());
            count += 1;
        }
        Ok([at, small(count)?])
    }
}

fn small(number: usize) -> Result<u32, Error> {
    u32::try_from(number).map_err(|_| Error("tables of more than 4 GiB".to_owned()))
}

/// The place of an address in a file; none of what is not loaded, or too far behind its start.
fn place(executable: &Elf<'_>, address: u64) -> Option<u32> {
    u32::try_from(executable.place(address)?).ok()
}
