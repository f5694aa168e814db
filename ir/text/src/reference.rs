//! `docs/ir.md`: the IR as a language, made of its tables, its grammar and what is written beside them.

mod example;
mod words;

use std::fmt::Write as _;

pub use example::{Example, example};
use stapc_ir::{
    Effects, HELPERS, JSON_VERSION, OPCODES, Opcode, OpcodeInfo, Operands, RULES, ResultKind, Stage,
};
use words::{immediate, operands, result};

const HEAD: &str = "# The probe IR

<!-- Made by `cargo xtask bless pages` of ir/core/src/semantics.md, the table in ir/core/src/opcode.rs and ir/text/src/reference. -->

A small typed language in static single assignment form, between scripts and the code of a backend. `stapc compile --emit=ir` shows it, with `--format=json` for programs.

";

const SEMANTICS: &str = include_str!("../../core/src/semantics.md");
const SYNTAX: &str = include_str!("reference/syntax.md");
const GRAMMAR: &str = include_str!("ir.pest");
const JSON: &str = include_str!("reference/json.md");

/// Parts of the table of instructions, by the first of each; what is added stands in the part that it is
/// put into.
const GROUPS: &[(&str, Opcode)] = &[
    ("Constants", Opcode::Iconst),
    ("Integers", Opcode::Iadd),
    ("Comparisons and conditions", Opcode::IcmpEq),
    ("Strings", Opcode::Sconcat),
    ("Output, faults, exit", Opcode::Print),
    ("Context", Opcode::Pid),
    ("Registers and stacks", Opcode::Arg),
    ("Memory", Opcode::LoadU8),
    ("Globals and maps", Opcode::Gload),
    ("Elements", Opcode::Mfind),
    ("Parts of per-CPU globals", Opcode::PartAdd),
    ("Aggregates", Opcode::AggAdd),
    ("Iterations", Opcode::IterBegin),
    ("Calls, locks, fuel", Opcode::CallFn),
];

/// All of `docs/ir.md`.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    page += &contents();
    page += &deeper(SEMANTICS);
    page += &deeper(SYNTAX);
    let _ = write!(
        page,
        "### Grammar\n\nIn the notation of pest: `~` is a sequence with spaces allowed between, `|` a choice of the first that fits.\n\n```pest\n{GRAMMAR}```\n\n"
    );
    page += &rules();
    page += &instructions();
    page += &helpers();
    page += &deeper(&JSON.replace("VERSION", &JSON_VERSION.to_string()));
    page
}

fn contents() -> String {
    let titles = SEMANTICS.lines().chain(SYNTAX.lines()).filter_map(|line| line.strip_prefix("# "));
    let titles = titles.chain(["Rules", "Instructions", "Helpers", "JSON"]);
    let link = |title: &str| {
        let anchor: String = title
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'))
            .map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() })
            .collect();
        format!("- [{title}](#{anchor})\n")
    };
    titles.map(link).collect::<String>() + "\n"
}

/// A text whose headings stand one level lower.
fn deeper(text: &str) -> String {
    let line = |line: &str| {
        if line.starts_with('#') { format!("#{line}\n") } else { format!("{line}\n") }
    };
    text.lines().map(line).collect::<String>() + "\n"
}

fn rules() -> String {
    let mut out = "## Rules\n\nWhat the verifier asks of a module. What it says of one that breaks any stands inside the text, under what it is about.\n".to_owned();
    for stage in Stage::ALL {
        let _ = write!(
            out,
            "\nFrom the stage `{}` on:\n\n| rule | what is asked |\n|---|---|\n",
            stage.name()
        );
        for row in RULES.iter().filter(|row| row.stage == stage) {
            let _ = writeln!(out, "| {} | {} |", row.name, row.doc);
        }
    }
    out + "\n"
}

fn instructions() -> String {
    let mut out = "## Instructions\n\nThe line of each is an example. Its operands are values of the types given, in this order.\n\n### Effects\n\n| effect | meaning |\n|---|---|\n".to_owned();
    for (name, _, doc) in Effects::NAMED {
        let _ = writeln!(out, "| {name} | {doc} |");
    }
    out += "\nWhat is left out when its result is not used has none of: ";
    let kept = Effects::NAMED.iter().filter(|(_, effect, _)| !effect.removable());
    out += &kept.map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
    out += ".\n";
    for (at, (title, first)) in GROUPS.iter().enumerate() {
        let end = GROUPS.get(at + 1).map_or(OPCODES.len(), |(_, next)| *next as usize);
        let _ = write!(
            out,
            "\n### {title}\n\n| instruction | carries | takes | gives | effects | meaning | line |\n|---|---|---|---|---|---|---|\n"
        );
        out.extend(OPCODES[*first as usize..end].iter().map(row));
    }
    out + "\n"
}

fn helpers() -> String {
    let mut out = "## Helpers\n\nWhat the runtime does beside the instructions. Each is called by the instruction of its class, with its name behind `!`.\n\n| helper | called by | takes | gives | meaning |\n|---|---|---|---|---|\n".to_owned();
    for helper in HELPERS {
        let _ = writeln!(
            out,
            "| `{}` | `{}` | {} | {} | {} |",
            helper.name,
            helper.class.opcode().name(),
            operands(Operands::Fixed(helper.params)),
            helper.returns.map_or(String::new(), |ty| result(ResultKind::Type(ty))),
            helper.doc
        );
    }
    out + "\n"
}

fn row(info: &OpcodeInfo) -> String {
    let effects = info.effects.names().collect::<Vec<_>>().join(", ");
    let line = example(info.opcode).map_or(String::new(), |example| format!("`{}`", example.line));
    format!(
        "| `{}` | {} | {} | {} | {effects} | {} | {line} |\n",
        info.name,
        immediate(info.immediate),
        operands(info.operands),
        result(info.result),
        info.doc
    )
}
