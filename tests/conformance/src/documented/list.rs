//! The committed list of documented examples: which compile, and what is known of how they run.

use std::{collections::HashMap, fmt, fs, path::Path};

use anyhow::{Context as _, Result};

/// What lines about scripts that compile no longer begin with.
pub const WORSE: &str = "WORSE: ";

/// An example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its folder and name.
    pub script: String,
    /// The first error, if it does not compile.
    pub error: Option<String>,
    /// What happened where it ran, or why it cannot: written by hand, and kept.
    pub note: String,
}

/// All of them, by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The rows.
    pub rows: Vec<Row>,
}

impl List {
    /// Reads a list; there is none yet if there is no file.
    pub fn read(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self { rows: Vec::new() });
        }
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self::of(&text))
    }

    /// Writes a list.
    pub fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, self.to_string())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn of(text: &str) -> Self {
        let row = |line: &str| {
            let line = line.replace("\\|", "\u{1}");
            let cells: Vec<String> =
                line.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
            let [_, script, compiles, error, note, _] = <[String; 6]>::try_from(cells).ok()?;
            let error = (compiles == "no").then_some(error);
            script.ends_with(".stp").then_some(Row { script, error, note })
        };
        Self { rows: text.lines().filter_map(row).collect() }
    }

    /// How many compile.
    pub fn compiled(&self) -> usize {
        self.rows.iter().filter(|row| row.error.is_none()).count()
    }

    /// The same with what is known of each by hand.
    pub fn with_notes(mut self, committed: &Self) -> Self {
        let notes: HashMap<&str, &str> =
            committed.rows.iter().map(|row| (&*row.script, &*row.note)).collect();
        for row in &mut self.rows {
            row.note = notes.get(&*row.script).copied().unwrap_or_default().to_owned();
        }
        self
    }

    /// What is not as it is committed, a line for each script.
    pub fn differences(&self, committed: &Self) -> Vec<String> {
        let before: HashMap<&str, &Option<String>> =
            committed.rows.iter().map(|row| (&*row.script, &row.error)).collect();
        let line = |row: &Row| match (before.get(&*row.script)?, &row.error) {
            (None, Some(error)) => Some(format!("{WORSE}{}: {error}", row.script)),
            (Some(_), None) => Some(format!("better: {} compiles", row.script)),
            (Some(before), Some(error)) if before != error => {
                Some(format!("other: {}: {error}, was: {before}", row.script))
            }
            _ => None,
        };
        self.rows.iter().filter_map(line).collect()
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# The documented examples\n\n\
             The {} scripts of Debian's `systemtap-doc` 4.8 (its collection and its tutorial), compiled for Debian's 6.1 kernel with\n\
             the library that is built in, in guru mode, with the arguments that come with each: {} compile. Where one does not, the\n\
             first error is beside it. `cargo xtask conformance --examples` compiles them and fails where one that did no longer does\n\
             (`--modules` makes kernel modules of them, not only C); with `STAPC_BLESS=1` it writes this list anew, and keeps the\n\
             last column: what happened where the script ran in a virtual machine, or why it cannot.\n\n\
             | Script | Compiles | First error | In a virtual machine |\n|---|---|---|---|",
            self.rows.len(),
            self.compiled()
        )?;
        for Row { script, error, note } in &self.rows {
            let compiles = if error.is_none() { "yes" } else { "no" };
            let error = error.as_deref().unwrap_or("").replace('|', "\\|");
            writeln!(f, "| {script} | {compiles} | {error} | {note} |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(script: &str, error: Option<&str>, note: &str) -> Row {
        Row { script: script.to_owned(), error: error.map(str::to_owned), note: note.to_owned() }
    }

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let rows = vec![row("a/b.stp", None, "runs"), row("a/c.stp", Some("no `x | y`"), "")];
        let list = List { rows };
        assert_eq!(List::of(&list.to_string()), list);
    }

    #[test]
    fn what_no_longer_compiles_is_worse() {
        let before = List { rows: vec![row("a.stp", None, "n"), row("b.stp", Some("e"), "")] };
        let today = List { rows: vec![row("a.stp", Some("e"), ""), row("b.stp", None, "")] };
        assert_eq!(today.differences(&before), ["WORSE: a.stp: e", "better: b.stp compiles"]);
        assert_eq!(today.with_notes(&before).rows[0].note, "n");
    }
}
