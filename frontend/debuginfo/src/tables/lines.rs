//! The lines that code was made of, by place.

use std::{collections::HashMap, rc::Rc};

use super::place;
use crate::{
    dwarf::{self, Subject},
    elf::Elf,
    info::Error,
};

/// What holds from a place on, up to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The place.
    pub start: u32,
    /// The line; 0 where the code is of none.
    pub line: u32,
    /// The file, as the line table has it.
    pub file: Rc<str>,
}

/// The lines of a file; none if nothing has any.
pub fn of<'a>(executable: &Elf<'a>, debug: Option<&Elf<'a>>) -> Result<Vec<Line>, Error> {
    let of = debug.filter(|debug| debug.has_dwarf()).unwrap_or(executable);
    if !of.has_dwarf() {
        return Ok(Vec::new());
    }
    collect(of, Subject::Program, |address| place(executable, address))
}

/// The lines of the kernel's own code, by bytes behind `base`.
pub fn of_kernel(vmlinux: &Elf<'_>, base: u64) -> Result<Vec<Line>, Error> {
    let place = |address: u64| u32::try_from(address.checked_sub(base)?).ok();
    collect(vmlinux, Subject::Kernel, place)
}

fn collect(
    of: &Elf<'_>,
    subject: Subject,
    place: impl Fn(u64) -> Option<u32>,
) -> Result<Vec<Line>, Error> {
    let mut lines: Vec<Line> = Vec::new();
    let mut names: HashMap<String, Rc<str>> = HashMap::new();
    dwarf::each_line(of, subject, |address, file, line| {
        let Some(start) = place(address) else { return };
        let file = match names.get(file) {
            Some(known) => Rc::clone(known),
            None => Rc::clone(names.entry(file.to_owned()).or_insert_with(|| file.into())),
        };
        lines.push(Line { start, line, file });
    })?;
    // Of several at a place the last holds; where one sequence ends, the next may begin.
    lines.sort_by_key(|line| (line.start, line.line != 0));
    lines.reverse();
    lines.dedup_by_key(|line| line.start);
    lines.reverse();
    lines.dedup_by(|next, kept| (next.line, &next.file) == (kept.line, &kept.file));
    Ok(lines)
}
