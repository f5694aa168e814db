//! Counts what of the peer's tapset and of its documented examples the front end understands.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use anyhow::{Context as _, Result};
use clap::Args;
use rayon::prelude::*;
use stapc_diagnostics::{FileId, SourceMap, bytes, render};
use stapc_syntax::{
    Session, TokenKind,
    ast::{Item, ItemKind},
    preprocess, print, same, scan,
};

use crate::{
    examples::{self, Example},
    tapset::{Corner, Parsed, Tapset, is_macros},
    totals::{Total, Totals, Verdict},
};

/// What tells it to write the totals.
pub const BLESS: &str = "STAPC_BLESS";

/// Where things are.
#[derive(Args)]
pub struct Options {
    /// The folder of the tapset
    #[arg(long)]
    tapset: PathBuf,
    /// The version of its package
    #[arg(long)]
    version: String,
    /// The release of the kernel that scripts are read for
    #[arg(long)]
    release: String,
    /// The file of committed totals
    #[arg(long)]
    totals: PathBuf,
    /// The tool that checks the examples
    #[arg(long)]
    stapc: PathBuf,
    /// A folder for files in between
    #[arg(long)]
    scratch: PathBuf,
}

/// What was counted, and what is said of those that are not as they should be.
struct Count {
    total: Total,
    failures: Vec<String>,
}

/// Counts, says what is not understood, and compares with the committed totals; whether none dropped.
pub fn perform(options: &Options) -> Result<bool> {
    let tapset = Tapset::read(&options.tapset, &options.release)?;
    let mut counts = tapset_counts(&tapset);
    counts.extend(example_counts(&tapset, options)?);
    for count in &counts {
        for failure in &count.failures {
            println!("{}: {failure}", count.total.what);
        }
    }
    let totals = counts.into_iter().map(|count| count.total).collect();
    let totals = Totals { version: options.version.clone(), totals };
    print!("{totals}");
    if env::var_os(BLESS).is_some() {
        totals.write(&options.totals)?;
        println!("conformance: written to {}", options.totals.display());
        return Ok(true);
    }
    Ok(told(&totals.verdict(&Totals::read(&options.totals)?)))
}

fn told(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Same => println!("conformance: as committed"),
        Verdict::Better => {
            println!(
                "conformance: better than committed; run it with {BLESS}=1 and commit the totals"
            );
        }
        Verdict::OtherVersion(version) => {
            println!("conformance: the committed totals are of version {version}: not compared");
        }
        Verdict::Worse(worse) => {
            for line in worse {
                println!("conformance: WORSE: {line}");
            }
            return false;
        }
    }
    true
}

/// A result for each of some things, counted.
fn count(what: &str, results: Vec<Result<(), String>>) -> Count {
    let all = results.len();
    let failures: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    let total = Total { what: what.to_owned(), good: all - failures.len(), all };
    Count { total, failures }
}

fn tapset_counts(tapset: &Tapset) -> Vec<Count> {
    let results = tapset.files.par_iter().map(|(path, text)| {
        let corner = tapset.corner(path.parent(), &[]);
        let name = path.display().to_string();
        if is_macros(path) {
            let result = expand_all(&corner, &name, text);
            return (result.clone(), result);
        }
        let script = corner.parse(&name, text);
        let parsed = in_order(&script);
        let printed = parsed.clone().and_then(|()| print_and_parse(&corner, &script, &name));
        (parsed, printed)
    });
    let (parsed, printed) = results.unzip();
    vec![
        count("tapset files that parse", parsed),
        count("tapset files that are the same when printed and parsed again", printed),
    ]
}

fn in_order(script: &Parsed) -> Result<(), String> {
    match script.errors.first() {
        None => Ok(()),
        Some(first) => Err(render(&script.sources, std::slice::from_ref(first), false)),
    }
}

fn print_and_parse(corner: &Corner<'_>, script: &Parsed, name: &str) -> Result<(), String> {
    let text: Arc<str> = print(&script.tree, &script.tree.items).into();
    let again = corner.parse(&format!("{name}, printed"), &text);
    in_order(&again)?;
    let both = [script, &again].map(|parsed| (&parsed.tree, &parsed.tree.items[..]));
    if !same(both[0], both[1]) {
        return Err(format!("{name}: says something else when printed"));
    }
    let printed = print(&again.tree, &again.tree.items);
    if printed == *text { Ok(()) } else { Err(format!("{name}: is printed in two ways")) }
}

/// Each macro that a file defines is found when it is used, and its body is in order.
fn expand_all(corner: &Corner<'_>, name: &str, text: &Arc<str>) -> Result<(), String> {
    let script = corner.parse(name, text);
    in_order(&script)?;
    for used in &script.macros {
        let arguments = vec!["1"; parameters(text, used)].join(", ");
        let call = if arguments.is_empty() { arguments } else { format!("({arguments})") };
        let mut sources = SourceMap::new();
        let file = sources.add(name, format!("@{used}{call}"));
        let mut session = Session::new(&mut sources, corner);
        let (tokens, found) = preprocess(&mut session, file);
        if !found.is_empty() {
            return Err(render(&sources, &found, false));
        }
        if tokens.iter().any(|token| sources.slice(token.span) == format!("@{used}")) {
            return Err(format!("{name}: @{used} is not expanded"));
        }
    }
    Ok(())
}

/// How many parameters a macro of a file has.
fn parameters(text: &str, name: &str) -> usize {
    let mut sources = SourceMap::new();
    let file: FileId = sources.add("", text);
    let (tokens, _) = scan(file, text, false);
    let words: Vec<&str> = tokens.iter().map(|token| sources.slice(token.span)).collect();
    let defined = words.windows(3).position(|words| words == ["@define", name, "("]);
    let inside = defined.map_or(&[][..], |at| &tokens[at + 3..]);
    let inside = inside.iter().take_while(|token| sources.slice(token.span) != ")");
    inside.filter(|token| token.kind == TokenKind::Identifier).count()
}

fn example_counts(tapset: &Tapset, options: &Options) -> Result<Vec<Count>> {
    let mut counts = Vec::new();
    for group in examples::all()? {
        let examples = group.examples.par_iter();
        let parsed = examples.map(|example| parse_example(tapset, example)).collect();
        counts.push(count(&format!("examples {} that parse", group.name), parsed));
        let scripts = group.examples.par_iter().filter(|example| !example.is_library());
        let checked = scripts.map(|example| check_example(tapset, example, options));
        let checked = checked.collect::<Result<_>>()?;
        counts.push(count(&format!("examples {} that are checked right", group.name), checked));
    }
    Ok(counts)
}

fn parse_example(tapset: &Tapset, example: &Example) -> Result<(), String> {
    let corner = tapset.corner(None, &example.arguments);
    let script = corner.parse(&example.name, &example.text);
    if example.wrong {
        return Ok(()); // With its grammar or with something else: the check finds out.
    }
    in_order(&script)?;
    print_and_parse(&corner, &script, &example.name)
}

/// Names and types, with the peer's tapset; not whether probe points and target variables exist.
fn check_example(
    tapset: &Tapset,
    example: &Example,
    options: &Options,
) -> Result<Result<(), String>> {
    let path = match &example.path {
        Some(path) => path.clone(),
        None => written(example, &options.scratch)?,
    };
    let mut command = Command::new(&options.stapc);
    command.args(["check", "--no-points", "--guru", "--no-warnings", "-r", &options.release]);
    command.arg("-I").arg(&options.tapset);
    if let Some(library) = example.library() {
        command.arg("-I").arg(library);
    }
    // Some only show how a function or an alias is declared.
    let corner = tapset.corner(None, &example.arguments);
    let script = corner.parse(&example.name, &example.text);
    let is_probe = |item: &Item| matches!(item.kind, ItemKind::Probe(_));
    if script.errors.is_empty() && !script.tree.items.iter().any(is_probe) {
        command.args(["-E", "probe never { }"]);
    }
    let output = command
        .arg(path)
        .args(&example.arguments)
        .output()
        .with_context(|| format!("cannot run {}", options.stapc.display()))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(match (output.status.code(), example.wrong) {
        (Some(0), false) | (Some(1), true) => Ok(()),
        (Some(0), true) => {
            Err(format!("{}: is right, but is shown for what is wrong", example.name))
        }
        _ => Err(format!("{}: {said}", example.name)),
    })
}

fn written(example: &Example, scratch: &Path) -> Result<PathBuf> {
    let path = scratch.join(format!("{}.stp", example.name.replace(' ', "-")));
    fs::write(&path, bytes::encode(&example.text))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
