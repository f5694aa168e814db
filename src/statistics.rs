//! What passes did, as tables.

use stapc_passes::{PASSES, Properties, Statistics};

/// A line for each pass, and one for all: its name, how many things it changed, and how many
/// instructions the module had before and behind it.
pub fn table(passes: &[Statistics]) -> String {
    let width = passes.iter().map(|pass| pass.pass.len()).max().unwrap_or(0).max(4);
    let line = |name: &str, changes: usize, before: usize, after: usize| {
        format!("{name:width$}  {changes:>8}  {before:>8} → {after}\n")
    };
    let mut text = format!("{:width$}  {:>8}  {:>12}\n", "pass", "changes", "instructions");
    for pass in passes {
        text += &line(pass.pass, pass.changes, pass.before, pass.after);
    }
    if let (Some(first), Some(last)) = (passes.first(), passes.last()) {
        let changes = passes.iter().map(|pass| pass.changes).sum();
        text += &line("all", changes, first.before, last.after);
    }
    text
}

/// The passes there are, in their order, and what each declares.
pub fn list() -> String {
    let mut text = String::new();
    for pass in PASSES {
        text += &format!("-O{}  {:15}  {}\n", pass.level, pass.name, pass.doc);
        let declared = [
            ("needs", pass.needs),
            ("comes before", pass.refuses),
            ("gives", pass.gives),
            ("may spoil", pass.loses),
        ];
        for (word, properties) in declared {
            if properties != Properties::NONE {
                text += &format!("{:22}{word}: {properties}\n", "");
            }
        }
    }
    text
}
