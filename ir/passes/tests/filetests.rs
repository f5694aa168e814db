//! Runs the files of `tests/filetests/{ir,opt}`.
//!
//! A file begins with lines that say how it is run:
//!
//! - `; test: verify` checks the module. What the verifier must find stands in lines `; error: TEXT`,
//!   in its order; without such lines the module must be in order.
//! - `; test: roundtrip` reads the module and prints it again.
//! - `; test: opt PASS,PASS` runs these passes and prints the functions; `; test: opt -O2` runs all
//!   passes of a level. The verifier looks at the module before and behind each.
//! - `; test: run` executes the module as it is and behind the passes of each level, which must do
//!   the same, and prints what it does.
//! - `; stage: lowered`, `placed` or `final` says how far the module has come; `lowered` if nothing does.
//!
//! What is printed stands behind a line `; expect:`; `STAPC_BLESS=1` rewrites it.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read files")]

mod properties;
mod support;

use std::{fmt::Write as _, path::Path};

use stapc_ir::{Module, Stage, print, print_function, verify};
use stapc_passes::{PASSES, Plan, by_names, run};
use support::machine;

const MARK: &str = "; expect:\n";

#[derive(Debug, Default)]
struct Header {
    test: String,
    errors: Vec<String>,
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
                .filter(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase()))
            else {
                continue;
            };
            match key {
                "test" => value.clone_into(&mut header.test),
                "error" => header.errors.push(value.to_owned()),
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

/// What a file's test prints; nothing where it has no output.
fn output(text: &str) -> Result<Option<String>, String> {
    let header = Header::parse(text)?;
    let module = stapc_ir_text::parse(text).map_err(|errors| errors[0].to_string())?;
    let stage = header.stage.unwrap_or(Stage::Lowered);
    let (kind, rest) = header.test.split_once(' ').unwrap_or((&header.test, ""));
    if kind != "verify" && !header.errors.is_empty() {
        return Err("only `verify` takes errors".to_owned());
    }
    match kind {
        "verify" => verifies(&module, stage, &header.errors).map(|()| None),
        "roundtrip" => Ok(Some(print(&module))),
        "opt" => optimised(module, stage, rest).map(Some),
        "run" => executed(&module).map(Some),
        _ => Err(format!("there is no test `{kind}`")),
    }
}

fn verifies(module: &Module, stage: Stage, expected: &[String]) -> Result<(), String> {
    let found: Vec<String> =
        verify(module, stage).err().unwrap_or_default().iter().map(ToString::to_string).collect();
    if found == expected {
        Ok(())
    } else {
        Err(format!("the verifier finds {found:#?}, not {expected:#?}"))
    }
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
    let expected = machine::run(module, false, 2).ok_or("takes too long")?;
    for level in 0..=2 {
        let done = run(module.clone(), level, |_, _| {}).map_err(|error| error.to_string())?;
        let found = machine::run(done.module(), true, 2).ok_or("takes too long behind passes")?;
        if found != expected {
            return Err(format!("-O{level} does {found}, not {expected}"));
        }
    }
    Ok(expected)
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

#[test]
fn files_do_what_they_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/filetests");
    let mut failures = String::new();
    let mut count = 0;
    for folder in ["ir", "opt"] {
        let mut paths: Vec<_> = std::fs::read_dir(root.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            count += 1;
            if let Err(message) = check(&path) {
                let _ = writeln!(
                    failures,
                    "{folder}/{}: {message}\n",
                    path.file_name().unwrap().to_string_lossy()
                );
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count > 50, "only {count} files were found");
}

#[test]
fn unknown_settings_are_refused() {
    for (text, error) in [
        ("; tset: verify\nstapc-ir 1\n", "there is no header `tset`"),
        ("; test: verfy\nstapc-ir 1\n", "there is no test `verfy`"),
        ("; test: verify\n; stage: late\nstapc-ir 1\n", "there is no stage `late`"),
        ("; test: opt copy-prop\n; error: x\nstapc-ir 1\n", "only `verify` takes errors"),
        ("stapc-ir 1\n", "there is no test ``"),
    ] {
        assert_eq!(output(text).unwrap_err(), error, "of {text}");
    }
    let unknown = output("; test: opt fold\nstapc-ir 1\n").unwrap_err();
    assert!(unknown.starts_with("there is no pass `fold`; there are simplify-cfg, "), "{unknown}");
    assert!(PASSES.iter().all(|pass| unknown.contains(pass.name)), "{unknown}");
}
