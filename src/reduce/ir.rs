//! How a module's text is made smaller: line by line, since a line is an instruction.
//!
//! Nothing here knows an instruction by its name: what an edit leaves must parse and pass the
//! verifier, at the stage at which the original did. So a new instruction needs nothing here.

mod outline;
mod phases;

use std::collections::HashSet;

use stapc_ir::{Stage, verify};

use super::{
    Reducer,
    edit::{Edit, apply, lines},
};
use outline::{Outline, is_block};
use phases::{
    branches, details, functions, globals, immediates, instructions, operands, parameters, probes,
    returns, rows,
};

/// Modules.
pub struct Ir {
    /// How much of what the original satisfied is asked of each candidate.
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    Parses,
    Verifies(Stage),
}

/// Whether a text is a module rather than anything else.
pub fn is_ir(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with(';'));
    lines.next().is_some_and(|line| line.starts_with("stapc-ir"))
}

impl Ir {
    /// For a module with this text.
    pub fn of(text: &str) -> Self {
        let asked = match stapc_ir_text::parse(text) {
            Err(_) => Asked::Nothing,
            Ok(module) => Stage::ALL
                .into_iter()
                .rev()
                .find(|&stage| verify(&module, stage).is_ok())
                .map_or(Asked::Parses, Asked::Verifies),
        };
        Self { asked }
    }
}

impl Reducer for Ir {
    fn accepts(&self, text: &str) -> bool {
        match (self.asked, stapc_ir_text::parse(text)) {
            (Asked::Nothing, _) | (Asked::Parses, Ok(_)) => true,
            (Asked::Verifies(stage), Ok(module)) => verify(&module, stage).is_ok(),
            (_, Err(_)) => false,
        }
    }

    fn phases(&self) -> &[fn(&str) -> Vec<Edit>] {
        &[
            probes,
            functions,
            globals,
            branches,
            instructions,
            operands,
            immediates,
            parameters,
            returns,
            rows,
            details,
            lines,
        ]
    }

    fn tidied(&self, text: &str) -> Option<String> {
        let unreached = unreached(&Outline::of(text));
        (!unreached.is_empty()).then(|| apply(text, &unreached))
    }
}

/// Blocks that control cannot come to.
fn unreached(outline: &Outline<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (_, lines) in outline.functions() {
        let begins = |at: usize| lines[at].1.first().is_some_and(|(_, word)| is_block(word));
        let starts: Vec<usize> = (0..lines.len()).filter(|&at| begins(at)).collect();
        let ends = starts.iter().copied().skip(1).chain([lines.len() - 1]);
        let blocks: Vec<_> = starts
            .iter()
            .zip(ends)
            .map(|(&start, end)| (lines[start].1[0].1, start..end))
            .collect();
        let mut reached: HashSet<&str> = HashSet::new();
        let mut work = Vec::from_iter(blocks.first().map(|(name, _)| *name));
        while let Some(name) = work.pop() {
            if !reached.insert(name) {
                continue;
            }
            let own =
                blocks.iter().filter(|(block, _)| *block == name).flat_map(|(_, at)| at.clone());
            let words = own.flat_map(|at| lines[at].1.iter().map(|(_, word)| *word));
            work.extend(words.filter(|word| is_block(word)));
        }
        for (_, at) in blocks.iter().filter(|(name, _)| !reached.contains(name)) {
            edits.push(Edit::cut(lines[at.start].0.start..lines[at.end - 1].0.end));
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "stapc-ir 1\nglobal @n i64 = 5\nprobe begin 0 \"begin\" %h\n\n\
        function %f(v0) {\n}\nfunction %h requires [@n read] {\nblock0:\n    v0.x: i64 = gload @n near \"a ; at\" at 0:1:2\n    \
        v1: bool = icmp.lt v0, v0\n    branch v1, block1(v0, v1), block2\nblock1(v2: i64, v3: bool) catch block2:\n    \
        print \"%d;\", v0\n    lock @a read, @n read\n    return\n}\n";

    fn all(edits: fn(&str) -> Vec<Edit>) -> Vec<String> {
        edits(TEXT).iter().map(|edit| apply(TEXT, [edit])).collect()
    }

    #[test]
    fn a_global_goes_with_what_uses_it() {
        let [without] = &all(globals)[..] else { panic!() };
        assert!(!without.contains("@n"), "{without}");
        assert!(
            without.contains("function %h {") && without.contains("lock @a read\n"),
            "{without}"
        );
        assert!(without.contains("    v0: i64 = iconst 0\n"), "{without}");
    }

    #[test]
    fn blocks_that_are_not_reached_go() {
        let text = TEXT.replace("branch v1, block1(v0, v1), block2", "return");
        let tidied = Ir::of(&text).tidied(&text).unwrap();
        assert!(!tidied.contains("block1") && tidied.ends_with("    return\n}\n"), "{tidied}");
        assert_eq!(Ir::of(&tidied).tidied(&tidied), None);
    }

    #[test]
    fn branches_go_to_either_side() {
        let [then, otherwise] = &all(branches)[..] else { panic!() };
        assert!(then.contains("    jump block1(v0, v1)\n"), "{then}");
        assert!(otherwise.contains("    jump block2\n"), "{otherwise}");
    }

    #[test]
    fn parameters_go_with_what_is_given_for_them() {
        let [first, second] = &all(parameters)[..] else { panic!() };
        assert!(first.contains("block1( v1)") && first.contains("block1( v3: bool)"), "{first}");
        assert!(second.contains("block1(v0)") && second.contains("block1(v2: i64)"), "{second}");
    }

    #[test]
    fn formats_lose_what_they_print() {
        assert!(all(immediates).iter().any(|text| text.contains("    print \"\"\n")));
    }

    #[test]
    fn details_go_one_by_one() {
        let without = all(details);
        for gone in ["    v0: i64 = gload", "\"a ; at\"\n", "gload @n at 0:1:2", "v3: bool):"] {
            assert!(without.iter().any(|text| text.contains(gone)), "{gone}: {without:#?}");
        }
    }
}
