//! Compares the parser with the peer's: on mutated scripts, both accept or both reject.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use crate::{
    mutants::{Mutant, Script, choose, generate},
    peer::{self, Answer},
    tapset::{Tapset, is_macros, scripts, text},
};

/// Of how many mutants, in hundredths, both parsers must think the same.
const PROMISED: f64 = 98.0;

/// Where our own scripts are, from the repository's root.
const OURS: [&str; 4] = ["examples", "tapset", "tests/e2e", "tests/filetests"];

/// What is compared.
#[derive(Args)]
pub struct Options {
    /// The folder of the peer's tapset
    #[arg(long)]
    tapset: PathBuf,
    /// The release of the kernel that scripts are read for
    #[arg(long)]
    release: String,
    /// The repository's root
    #[arg(long)]
    root: PathBuf,
    /// A folder for files in between
    #[arg(long)]
    scratch: PathBuf,
    /// How many mutants
    #[arg(long, default_value_t = 400)]
    count: usize,
    /// What they are chosen by
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Compare on random scripts instead of mutants
    #[arg(long)]
    generated: bool,
}

/// Compares, and tells every difference; whether there are few enough.
pub fn perform(options: &Options) -> Result<bool> {
    let tapset = Tapset::read(&options.tapset, &options.release)?;
    let scripts = all_scripts(&tapset, &options.root)?;
    let mutants = match options.generated {
        false => choose(&scripts, options.seed, options.count),
        true => generate(options.seed, options.count),
    };
    let texts: Vec<&str> = mutants.iter().map(|mutant| &*mutant.text).collect();
    let answers = peer::ask(&texts, &options.release, &options.scratch)?;
    let (mut alike, mut rejected) = (0, 0);
    for (mutant, answer) in mutants.iter().zip(&answers) {
        let ours = ours(&tapset, mutant);
        rejected += usize::from(ours.is_some());
        match difference(mutant, answer, ours.as_deref()) {
            None => alike += 1,
            Some(difference) => println!("{difference}\n"),
        }
    }
    let share = 100.0 * alike as f64 / mutants.len().max(1) as f64;
    println!(
        "compare parse: {alike} of {} mutants of {} scripts are accepted by both or rejected by both: {share:.2} % \
         (promised: {PROMISED:.0} %; we reject {rejected}; seed {})",
        mutants.len(),
        scripts.len(),
        options.seed
    );
    Ok(share >= PROMISED)
}

/// The tapset's scripts, and those of ours that are right.
fn all_scripts(tapset: &Tapset, root: &Path) -> Result<Vec<Script>> {
    let named =
        |path: &Path, from: &Path| path.strip_prefix(from).unwrap_or(path).display().to_string();
    let mut all: Vec<Script> = tapset
        .files
        .iter()
        .map(|(path, text)| Script {
            name: format!("tapset {}", named(path, &tapset.root)),
            text: text.clone(),
        })
        .collect();
    let users = tapset.corner(None, &[]);
    for path in OURS.iter().flat_map(|folder| scripts(&root.join(folder))) {
        let (name, text) = (named(&path, root), text(&path)?);
        if is_macros(&path) || users.parse(&name, &text).errors.is_empty() {
            all.push(Script { name, text });
        }
    }
    Ok(all)
}

/// What our parser says first of a mutant; none if it accepts it. As for the peer, it is a user's
/// script.
fn ours(tapset: &Tapset, mutant: &Mutant) -> Option<String> {
    let parsed = tapset.corner(None, &[]).parse("mutant", &mutant.text);
    let first = parsed.errors.first()?;
    let place = first.span().map(|span| parsed.sources.outermost(span));
    let place = place.map(|place| parsed.sources.line_column(place.file, place.start));
    let (line, column) = place.unwrap_or_default();
    Some(format!("{line}:{column}: {}: {}", first.code, first.message))
}

fn difference(mutant: &Mutant, answer: &Answer, ours: Option<&str>) -> Option<String> {
    let peer = match (answer, ours) {
        (Answer::Accepts, None) | (Answer::Rejects(_), Some(_)) => return None,
        (Answer::Accepts, _) => "accepts it",
        (Answer::Rejects(message), _) => message,
        (Answer::Fails(message), _) => message,
    };
    let lines: Vec<String> = around(mutant).map(|line| format!("    | {line}\n")).collect();
    Some(format!(
        "{}\n{}  peer: {peer}\n  ours: {}",
        mutant.name,
        lines.concat(),
        ours.unwrap_or("accepts it")
    ))
}

/// The lines about the mutation, or all.
fn around(mutant: &Mutant) -> impl Iterator<Item = &str> {
    let count = if mutant.line == 0 { usize::MAX } else { 3 };
    mutant.text.lines().skip((mutant.line as usize).saturating_sub(2)).take(count)
}
