//! Every row of the table of opcodes is executed by some file.

use std::collections::BTreeSet;

use stapc_ir::{OPCODES, Opcode};

use crate::{executed, files};

/// Those that no file executes: the C of scripts, which is nothing for an interpreter.
const NEVER: [&str; 2] = ["extern", "share"];

#[test]
fn every_opcode_is_executed() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for path in files() {
        let text = std::fs::read_to_string(path).unwrap();
        if let Ok(Some((outcome, _))) = executed(&text) {
            seen.extend(outcome.executed().map(|(opcode, _): (Opcode, u64)| opcode.name()));
        }
    }
    let missing = OPCODES.iter().map(|info| info.name).filter(|name| !seen.contains(name));
    assert_eq!(missing.collect::<Vec<_>>(), NEVER, "these are not executed by any file");
}
