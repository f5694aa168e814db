//! The schema's lists of names, which are those of the tables.

use super::JSON_VERSION;
use crate::{
    effects::Effects,
    function::{LockMode, OrderBy},
    helpers::HELPERS,
    module::Attach,
    opcode::OPCODES,
    types::Type,
};

/// The schema with the lists of names that there are now: those that stand in a line of their own, as
/// `"opcode": { "enum": […] }`.
pub fn schema() -> String {
    let lists: [(&str, Vec<&str>); 7] = [
        ("opcode", OPCODES.iter().map(|info| info.name).collect()),
        ("helper", HELPERS.iter().map(|helper| helper.name).collect()),
        ("effect", Effects::NAMED.iter().map(|(name, ..)| *name).collect()),
        ("type", Type::ALL.iter().map(|ty| ty.name()).collect()),
        ("attach", Attach::NAMES.to_vec()),
        ("order", OrderBy::NAMED.iter().map(|(name, _)| *name).chain(["key"]).collect()),
        ("mode", [LockMode::Read, LockMode::Write].iter().map(|mode| mode.name()).collect()),
    ];
    let line = |line: &str| {
        let of = |(key, names): &(&str, Vec<&str>)| {
            let start = format!("    \"{key}\": {{ \"enum\": [");
            line.starts_with(&start).then(|| format!("{start}\"{}\"] }},", names.join("\", \"")))
        };
        let line = match line.starts_with("    \"version\": {") {
            true => format!("    \"version\": {{ \"const\": {JSON_VERSION} }},"),
            false => lists.iter().find_map(of).unwrap_or_else(|| line.to_owned()),
        };
        line + "\n"
    };
    include_str!("../../schema/module.json").lines().map(line).collect()
}
