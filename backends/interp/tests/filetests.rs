//! Runs the files of `tests/filetests/interp`.
//!
//! A file begins with lines that say how it is run:
//!
//! - `; test: interp` runs it as a session; `; test: interp each N` every handler N times.
//! - `; stage: lowered`, `placed` or `final`: how far it has come; `lowered` if nothing does. The verifier
//!   must accept it, but where an error is expected.
//! - `; event: JSON`, once for each, as in a file of events.
//! - `; bounds: comparable`, or `fuel N`; else those of a kernel.
//! - `; tick: N`, `duration: N` (nanoseconds), `steps: N`, `seed: N`, `target: N`, `cpus: N`: options.
//! - `; show: globals`, `counts`: what to print behind output and messages.
//! - `; error: TEXT`: the interpreter must refuse to go on, with this.
//!
//! What is printed stands behind a line `; expect:`; `STAPC_BLESS=1` rewrites it.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read files")]

mod coverage;

use std::path::{Path, PathBuf};

use stapc_interp::{Bounds, Event, InterpError, Options, Outcome, parse_events, run, run_each};
use stapc_ir::{Module, Stage, verify};

const MARK: &str = "; expect:\n";

#[derive(Debug, Default)]
struct Header {
    test: String,
    options: Options,
    events: Vec<Event>,
    show: Vec<String>,
    error: Option<String>,
}

impl Header {
    fn parse(text: &str) -> Result<Self, String> {
        let mut header = Self::default();
        for line in text.lines().map_while(|line| line.strip_prefix("; ")) {
            // Other comments are free text; what looks like a key must be one.
            let key = line.split_once(": ");
            if let Some((key, value)) =
                key.filter(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase()))
            {
                header.set(key, value)?;
            }
        }
        Ok(header)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let options = &mut self.options;
        match key {
            "test" => value.clone_into(&mut self.test),
            "stage" => options.stage = stage(value)?,
            "event" => self.events.extend(parse_events(value).map_err(|error| error.to_string())?),
            "bounds" => options.bounds = bounds(value)?,
            "tick" => options.tick = number(value)?,
            "duration" => options.duration = Some(number(value)?),
            "steps" => options.max_steps = number(value)?,
            "target" => options.target = number(value)?,
            "cpus" => options.cpus = number(value)?,
            "seed" => (options.seed, options.made_up) = (number(value)?, true),
            "show" => self.show.push(value.to_owned()),
            "error" => self.error = Some(value.to_owned()),
            _ => return Err(format!("there is no header `{key}`")),
        }
        Ok(())
    }
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn stage(name: &str) -> Result<Stage, String> {
    let stages = [Stage::Lowered, Stage::Placed, Stage::Final];
    let names = ["lowered", "placed", "final"];
    let found = names.iter().position(|known| *known == name);
    found.map(|at| stages[at]).ok_or_else(|| format!("there is no stage `{name}`"))
}

fn bounds(text: &str) -> Result<Bounds, String> {
    match text.split_once(' ') {
        Some(("fuel", amount)) => number(amount).map(Bounds::Fuel),
        None if text == "comparable" => Ok(Bounds::Comparable),
        None if text == "nesting" => Ok(Bounds::Nesting),
        _ => Err(format!("there are no bounds `{text}`")),
    }
}

/// What a file's test does: its outcome, and what of it is printed; nothing where it is refused.
fn executed(text: &str) -> Result<Option<(Outcome, String)>, String> {
    let text = text.split_once(MARK).map_or(text, |(input, _)| input);
    let header = Header::parse(text)?;
    let module = stapc_ir_text::parse(text).map_err(|errors| errors[0].to_string())?;
    let result = match header.test.split(' ').collect::<Vec<_>>()[..] {
        ["interp"] => run(&module, &header.events, &header.options),
        ["interp", "each", times] => run_each(&module, number(times)?, &header.options),
        _ => return Err(format!("there is no test `{}`", header.test)),
    };
    match (result, &header.error) {
        (Ok(outcome), None) => {
            in_order(&module, header.options.stage)?;
            let text = shown(&outcome, &header.show)?;
            Ok(Some((outcome, text)))
        }
        (Err(InterpError { message, .. }), Some(expected)) if message == *expected => Ok(None),
        (Ok(_), Some(expected)) => Err(format!("is executed instead of `{expected}`")),
        (Err(error), _) => Err(error.to_string()),
    }
}

fn in_order(module: &Module, stage: Stage) -> Result<(), String> {
    verify(module, stage).map_err(|errors| format!("the verifier refuses it: {}", errors[0]))
}

fn shown(outcome: &Outcome, show: &[String]) -> Result<String, String> {
    let mut text = Outcome { globals: Default::default(), ..outcome.clone() }.text();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for what in show {
        match what.as_str() {
            "globals" => {
                let globals = &outcome.globals;
                text.extend(globals.iter().map(|(name, value)| format!("{name} = {value}\n")));
            }
            "counts" => {
                let Outcome { hits, handled, skipped, errors, .. } = outcome;
                text += &format!(
                    "{hits} hits, {handled} handled, {skipped} skipped, {errors} errors\n"
                );
            }
            _ => return Err(format!("there is nothing to show called `{what}`")),
        }
    }
    if outcome.gave_up {
        text += "gave up\n";
    }
    if outcome.status != 0 {
        text += &format!("status {}\n", outcome.status);
    }
    Ok(text)
}

fn check(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).unwrap();
    let (input, expected) = text
        .split_once(MARK)
        .map_or((text.as_str(), None), |(input, expected)| (input, Some(expected)));
    let found = executed(input)?.map(|(_, found)| found);
    if found.as_deref() == expected {
        return Ok(());
    }
    if std::env::var_os("STAPC_BLESS").is_some() {
        let rest = found.map_or(String::new(), |found| MARK.to_owned() + &found);
        std::fs::write(path, input.to_owned() + &rest).unwrap();
        return Ok(());
    }
    let [found, expected] = [found.as_deref(), expected].map(Option::unwrap_or_default);
    Err(format!("prints\n{found}\ninstead of\n{expected}"))
}

/// Every file, in order.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/filetests/interp");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn files_do_what_they_say() {
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let failed = |path: &PathBuf| check(path).err().map(|why| format!("{}: {why}\n", name(path)));
    let files = files();
    let failures: String = files.iter().filter_map(failed).collect();
    assert!(failures.is_empty(), "{failures}");
    assert!(files.len() >= 60, "only {} files were found", files.len());
}

#[test]
fn unknown_settings_are_refused() {
    for (text, error) in [
        ("; tset: interp\nstapc-ir 1\n", "there is no header `tset`"),
        ("; test: interpret\nstapc-ir 1\n", "there is no test `interpret`"),
        ("; test: interp\n; stage: late\nstapc-ir 1\n", "there is no stage `late`"),
        ("; test: interp\n; bounds: none\nstapc-ir 1\n", "there are no bounds `none`"),
        ("; test: interp\n; tick: x\nstapc-ir 1\n", "`x` is no number"),
        ("; test: interp\n; show: all\nstapc-ir 1\n", "there is nothing to show called `all`"),
        ("; test: interp\n; error: none\nstapc-ir 1\n", "is executed instead of `none`"),
        ("stapc-ir 1\n", "there is no test ``"),
    ] {
        assert_eq!(executed(text).unwrap_err(), error, "of {text}");
    }
}
