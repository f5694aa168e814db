//! Runs the files of `tests/filetests/{ir,opt}`.
//!
//! A file begins with lines that say how it is run:
//!
//! - `; test: parse` reads the text, which must have the mistakes `; error: LINE:COLUMN: TEXT`, and no
//!   others.
//! - `; test: verify` checks the module. What the verifier must find stands in lines `; error: TEXT`,
//!   in its order; without such lines the module must be in order.
//! - `; test: errors` prints what the verifier finds, inside the module's text.
//! - `; test: roundtrip` reads the module and prints it again; by JSON it must become the same.
//! - `; test: opt PASS,PASS` runs these passes and prints the functions; `; test: opt -O2` runs all
//!   passes of a level. The verifier looks at the module before and behind each.
//! - `; test: run` executes the module as it is and behind the passes of each level, which must do
//!   the same, and prints what it does.
//! - `; stage: lowered`, `placed` or `final` says how far the module has come; `lowered` if nothing does.
//!
//! What is printed stands behind a line `; expect:`; `STAPC_BLESS=1` rewrites it. Instead, lines `; check: TEXT`
//! in the header name what must be in it, in their order; `; check-not: TEXT` what must not be between the
//! checks around it.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read files")]

mod checks;
mod properties;
mod support;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use checks::Check;
use stapc_ir::{
    Module, RULES, Rule, Stage, from_json, print, print_errors, print_function, to_json, verify,
};
use stapc_passes::{PASSES, Plan, by_names, run};
use support::machine;

const MARK: &str = "; expect:\n";

#[derive(Debug, Default)]
struct Header {
    test: String,
    errors: Vec<String>,
    checks: Vec<Check>,
    stage: Option<Stage>,
}

impl Header {
    fn parse(text: &str) -> Result<Self, String> {
        let mut header = Self::default();
        let lines = text.lines().map_while(|line| line.strip_prefix("; "));
        for line in lines {
            // Other comments are free text; what looks like a key must be one.
            let Some((key, value)) = line
                .split_once(": ")
                .filter(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
            else {
                continue;
            };
            match key {
                "test" => value.clone_into(&mut header.test),
                "error" => header.errors.push(value.to_owned()),
                "check" => header.checks.push(Check::Has(value.to_owned())),
                "check-not" => header.checks.push(Check::HasNot(value.to_owned())),
                "stage" => header.stage = Some(stage(value)?),
                _ => return Err(format!("there is no header `{key}`")),
            }
        }
        Ok(header)
    }
}

fn stage(name: &str) -> Result<Stage, String> {
    Stage::from_name(name).ok_or_else(|| format!("there is no stage `{name}`"))
}

/// What a file's test prints; nothing where it has no output, or the header checks it.
fn output(text: &str) -> Result<Option<String>, String> {
    let header = Header::parse(text)?;
    let printed = printed(text, &header)?;
    if header.checks.is_empty() {
        return Ok(printed);
    }
    let printed = printed.ok_or("nothing is printed that could be checked")?;
    checks::check(&header.checks, &printed).map_err(|error| format!("{error} of\n{printed}"))?;
    Ok(None)
}

fn printed(text: &str, header: &Header) -> Result<Option<String>, String> {
    let (kind, rest) = header.test.split_once(' ').unwrap_or((&header.test, ""));
    if !matches!(kind, "verify" | "parse") && !header.errors.is_empty() {
        return Err("only `verify` and `parse` take errors".to_owned());
    }
    if kind == "parse" {
        let found = stapc_ir_text::parse(text).err().unwrap_or_default();
        return expects(&found, &header.errors).map(|()| None);
    }
    let module = stapc_ir_text::parse(text).map_err(|errors| errors[0].to_string())?;
    let stage = header.stage.unwrap_or(Stage::Lowered);
    let found = || verify(&module, stage).err().unwrap_or_default();
    match kind {
        "verify" => expects(&found(), &header.errors).map(|()| None),
        "errors" => Ok(Some(print_errors(&found()))),
        "roundtrip" => roundtrip(&module).map(Some),
        "opt" => optimised(module, stage, rest).map(Some),
        "run" => executed(&module).map(Some),
        _ => Err(format!("there is no test `{kind}`")),
    }
}

fn expects(found: &[impl ToString], expected: &[String]) -> Result<(), String> {
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    if found == expected { Ok(()) } else { Err(format!("found are {found:#?}, not {expected:#?}")) }
}

fn optimised(mut module: Module, stage: Stage, passes: &str) -> Result<String, String> {
    if let Some(level) = passes.strip_prefix("-O") {
        let level = level.parse().map_err(|_| "no such level")?;
        return Ok(functions(
            run(module, level, |_, _| {}).map_err(|error| error.to_string())?.module(),
        ));
    }
    verify(&module, stage).map_err(|errors| errors[0].to_string())?;
    let passes = by_names(passes.split(',')).map_err(|error| error.to_string())?;
    let plan = Plan::for_module(passes, &module).map_err(|error| error.to_string())?;
    plan.run(&mut module, |_| {}).map_err(|error| format!("{error}\n{}", error.errors[0].text))?;
    rereads(&module)?;
    Ok(functions(&module))
}

fn roundtrip(module: &Module) -> Result<String, String> {
    let printed = print(module);
    let read = from_json(&to_json(module)).map_err(|error| error.to_string())?;
    if print(&read) == printed { Ok(printed) } else { Err("is another one by JSON".to_owned()) }
}

/// The text of what passes make is read back as the same.
fn rereads(module: &Module) -> Result<(), String> {
    let text = print(module);
    let read = stapc_ir_text::parse(&text).map_err(|errors| errors[0].to_string())?;
    if print(&read) == text { Ok(()) } else { Err("reads back as something else".to_owned()) }
}

fn functions(module: &Module) -> String {
    module
        .functions
        .values()
        .map(|function| print_function(module, function))
        .collect::<Vec<_>>()
        .join("\n")
}

fn executed(module: &Module) -> Result<String, String> {
    let expected = machine::run(module, false, 2, true).ok_or("takes too long")?;
    for level in 0..=2 {
        let done = run(module.clone(), level, |_, _| {}).map_err(|error| error.to_string())?;
        let done = done.module();
        let found = machine::run(done, true, 2, true).ok_or("takes too long behind passes")?;
        let (found, expected) = (machine::text(&found, done), machine::text(&expected, done));
        if found != expected {
            return Err(format!("-O{level} does {found}, not {expected}"));
        }
    }
    Ok(expected.text())
}

fn check(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).unwrap();
    let (input, expected) = text
        .split_once(MARK)
        .map_or((text.as_str(), None), |(input, expected)| (input, Some(expected)));
    let found = output(input)?;
    if found.as_deref() == expected {
        return Ok(());
    }
    if std::env::var_os("STAPC_BLESS").is_some() {
        let rest = found.map_or(String::new(), |found| MARK.to_owned() + &found);
        std::fs::write(path, input.to_owned() + &rest).unwrap();
        return Ok(());
    }
    Err(format!(
        "prints\n{}\ninstead of\n{}",
        found.unwrap_or_default(),
        expected.unwrap_or_default()
    ))
}

/// The paths of the files in a folder of file tests.
fn paths(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/filetests");
    let entries = std::fs::read_dir(root.join(folder)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn files_do_what_they_say() {
    let mut failures = String::new();
    let mut count = 0;
    for path in ["ir", "opt"].into_iter().flat_map(paths) {
        count += 1;
        if let Err(message) = check(&path) {
            let path = path.display();
            let _ = writeln!(failures, "{path}: {message}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count > 250, "only {count} files were found");
}

/// Rules that no text can break, since it would not be read: `ir/text/tests/verifier.rs` breaks them.
const NOT_IN_TEXT: [Rule; 2] = [Rule::Handles, Rule::Names];

#[test]
fn every_rule_is_broken_somewhere() {
    let mut unbroken: Vec<Rule> = RULES.iter().map(|row| row.rule).collect();
    for path in paths("ir") {
        let text = std::fs::read_to_string(path).unwrap();
        let header = Header::parse(text.split(MARK).next().unwrap()).unwrap();
        let Ok(module) = stapc_ir_text::parse(&text) else { continue };
        let stage = header.stage.unwrap_or(Stage::Lowered);
        let found = verify(&module, stage).err().unwrap_or_default();
        if header.test == "verify" {
            unbroken.retain(|rule| !found.iter().any(|error| error.rule == Some(*rule)));
        }
    }
    assert_eq!(unbroken, NOT_IN_TEXT);
}

#[test]
fn unknown_settings_are_refused() {
    for (text, error) in [
        ("; tset: verify\nstapc-ir 1\n", "there is no header `tset`"),
        ("; test: verfy\nstapc-ir 1\n", "there is no test `verfy`"),
        ("; test: verify\n; stage: late\nstapc-ir 1\n", "there is no stage `late`"),
        (
            "; test: opt copy-prop\n; error: x\nstapc-ir 1\n",
            "only `verify` and `parse` take errors",
        ),
        ("stapc-ir 1\n", "there is no test ``"),
        ("; test: verify\n; chcek: x\nstapc-ir 1\n", "there is no header `chcek`"),
        ("; test: verify\n; check: x\nstapc-ir 1\n", "nothing is printed that could be checked"),
    ] {
        assert_eq!(output(text).unwrap_err(), error, "of {text}");
    }
    let unknown = output("; test: opt fold\nstapc-ir 1\n").unwrap_err();
    assert!(unknown.starts_with("there is no pass `fold`; there are simplify-cfg, "), "{unknown}");
    assert!(PASSES.iter().all(|pass| unknown.contains(pass.name)), "{unknown}");
}
