//! Compares what is found in the kernel's debug information with what the peer finds: places with
//! their addresses, and at each the variables with their types.

mod ask;
mod facts;
mod verdicts;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use oorandom::Rand64;
use stapc_debuginfo::{Dwarf, DwarfIndex, Elf};

use self::{
    ask::{Lister, Places, all, compiled},
    facts::Facts,
    verdicts::{Count, Others, Verdict},
};
use crate::peer;

/// Of how many of each sort, in hundredths, the answers must be the same, or the peer's be wrong.
const PROMISED: f64 = 98.0;

/// What is compared.
#[derive(Args)]
pub struct Options {
    /// The release of the kernel that is asked about
    #[arg(long)]
    release: String,
    /// Our `stap`
    #[arg(long)]
    stap: PathBuf,
    /// The peer
    #[arg(long, default_value = "/usr/bin/stap")]
    peer: PathBuf,
    /// The kernel's System.map
    #[arg(long)]
    map: PathBuf,
    /// The kernel with its debug information
    #[arg(long)]
    vmlinux: PathBuf,
    /// How many functions
    #[arg(long, default_value_t = 3000)]
    functions: usize,
    /// How many inlined functions
    #[arg(long, default_value_t = 500)]
    inlines: usize,
    /// How many lines
    #[arg(long, default_value_t = 300)]
    statements: usize,
    /// What they are chosen by
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Compares, and tells differences; whether there are few enough.
pub fn perform(options: &Options) -> Result<bool> {
    let path = options.vmlinux.display();
    let file = std::fs::read(&options.vmlinux).with_context(|| format!("cannot read {path}"))?;
    let elf = Elf::open(&file)?;
    let index = DwarfIndex::build(&elf, &|_, _| ())?;
    let dwarf = Dwarf::open(&elf, &index)?;
    let facts = Facts::read(&options.release, &options.map, &elf, dwarf)?;
    let mut random = Rand64::new(options.seed.into());
    let of_functions = sample(&facts.symbols.functions, options.functions, &mut random);
    let of_functions = of_functions.iter().map(|name| format!("kernel.function(\"{name}\").call"));
    let inlines = named(options, "kernel.function(\"*\").inline")?;
    let of_inlines = sample(&inlines, options.inlines, &mut random);
    let of_inlines = of_inlines.iter().map(|name| format!("kernel.function(\"{name}\").inline"));
    let declared = named(options, "kernel.function(\"*\").call")?;
    let of_lines = sample(&declared, options.statements, &mut random);
    let of_lines = of_lines.iter().filter_map(|name| {
        let (function, line) = name.rsplit_once(':')?;
        let line = line.parse::<u64>().ok()? + random.rand_range(1..30);
        Some(format!("kernel.statement(\"{function}:{line}\")"))
    });
    let sorts = [
        ("functions", of_functions.collect::<Vec<_>>()),
        ("inlined functions", of_inlines.collect()),
        ("statements", of_lines.collect()),
    ];
    let mut held = true;
    for (sort, points) in sorts {
        held &= compare(sort, &points, options, &facts)?;
    }
    println!("compare listing: seed {}", options.seed);
    Ok(held)
}

fn sample(all: &[String], count: usize, random: &mut Rand64) -> Vec<String> {
    let mut chosen = BTreeSet::new();
    while chosen.len() < count.min(all.len()) {
        chosen.insert(random.rand_range(0..all.len() as u64) as usize);
    }
    chosen.into_iter().map(|at| all[at].clone()).collect()
}

/// What is in the quotes of the points that a pattern means here.
fn named(options: &Options, pattern: &str) -> Result<Vec<String>> {
    let mut command = Command::new(&options.stap);
    let output = command.args(["-w", "-r", &options.release, "-l", pattern]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut names: Vec<String> =
        text.lines().filter_map(|line| Some(line.split('"').nth(1)?.to_owned())).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        bail!("nothing is found for {pattern}")
    }
    Ok(names)
}

/// Compares the answers for some points, and tells differences; whether there are few enough.
fn compare(sort: &str, points: &[String], options: &Options, facts: &Facts<'_>) -> Result<bool> {
    let peer = Lister { program: &options.peer, options: &[], processes: peer::PROCESSES };
    let ours = all(points, facts, Lister { program: &options.stap, processes: 1, ..peer })?;
    let peers = all(points, facts, peer)?;
    let answers: Vec<Answers<'_>> = points
        .iter()
        .zip(peers.iter().zip(&ours))
        .map(|(point, (peer, ours))| Answers { point, peer, ours })
        .collect();
    let others = others(&answers, facts, peer)?;
    let broken = not_compiled(&answers, facts, peer)?;
    let (mut places, mut variables) = (Count::default(), Count::default());
    for answer in &answers {
        places.add(of_places(facts, answer, others.get(answer.point)));
        for (address, seen) in answer.peer {
            if let Some(own) = answer.ours.get(address) {
                variables.add(of_variables(facts, (answer.point, *address), (seen, own), &broken));
            }
        }
    }
    let are_places = places.tell(&format!("addresses of {sort}"), PROMISED);
    let are_variables = variables.tell(&format!("variables at addresses of {sort}"), PROMISED);
    Ok(are_places && are_variables)
}

/// What the two find for a point.
struct Answers<'a> {
    point: &'a str,
    peer: &'a Places,
    ours: &'a Places,
}

/// What the peer finds, asked in other ways, for the points of which it does not find all that we do.
fn others<'a>(
    answers: &[Answers<'a>],
    facts: &Facts<'_>,
    peer: Lister<'_>,
) -> Result<BTreeMap<&'a str, Others>> {
    let is_short = |answer: &&Answers<'a>| {
        answer.ours.keys().any(|address| !answer.peer.contains_key(address))
    };
    let short: Vec<&'a str> = answers.iter().filter(is_short).map(|answer| answer.point).collect();
    let points: Vec<String> = short.iter().map(|&point| point.to_owned()).collect();
    let in_guru_mode = all(&points, facts, Lister { options: &["-g"], ..peer })?;
    let names: Vec<String> = points.iter().map(|point| by_name(point)).collect();
    let by_name = all(&names, facts, peer)?;
    let found = in_guru_mode.into_iter().zip(by_name);
    let found = found.map(|(in_guru_mode, by_name)| Others { in_guru_mode, by_name });
    Ok(short.into_iter().zip(found).collect())
}

/// A point of a function without its file; of a statement, whose line needs one, as it is.
fn by_name(point: &str) -> String {
    match point.split('"').collect::<Vec<_>>().as_slice() {
        [head, inner, tail] if !head.contains("statement") => {
            let name = inner.split('@').next().unwrap_or(inner);
            format!("{head}\"{name}\"{tail}")
        }
        _ => point.to_owned(),
    }
}

/// The variables that the peer alone lists, each with its point, and cannot compile.
fn not_compiled(
    answers: &[Answers<'_>],
    facts: &Facts<'_>,
    peer: Lister<'_>,
) -> Result<BTreeSet<(String, String)>> {
    let mut only = BTreeSet::new();
    for answer in answers {
        for (address, seen) in answer.peer {
            let Some(own) = answer.ours.get(address) else { continue };
            let names = seen.difference(own).map(|variable| name(variable).to_owned());
            only.extend(names.map(|name| (answer.point.to_owned(), name)));
        }
    }
    let only: Vec<(String, String)> = only.into_iter().collect();
    let compiled = compiled(&only, facts, peer)?;
    let wrong = only.into_iter().zip(compiled).filter(|(_, compiled)| !compiled);
    Ok(wrong.map(|(variable, _)| variable).collect())
}

/// A variable without its type.
fn name(variable: &str) -> &str {
    variable.split(':').next().unwrap_or(variable)
}

/// The verdicts on the addresses of a point that only one of the two has.
fn of_places(
    facts: &Facts<'_>,
    Answers { point, peer, ours }: &Answers<'_>,
    others: Option<&Others>,
) -> Vec<(Verdict, String)> {
    let told = |address: u64| {
        let at = facts.symbols.start(address);
        let names = at.map_or(String::new(), |start| facts.symbols.at(start).join(", "));
        format!("{point} at {address:x}: {names}+{:#x}", address - at.unwrap_or(address))
    };
    let only_peer = peer.keys().filter(|address| !ours.contains_key(address));
    let only_ours = ours.keys().filter(|address| !peer.contains_key(address));
    let of_peer = only_peer.map(|&at| (Verdict::of_peers_place(facts, point, at), told(at)));
    let of_ours =
        only_ours.map(|&at| (Verdict::of_our_place(facts, (point, at), others), told(at)));
    of_peer.chain(of_ours).collect()
}

/// The verdicts on the variables at a place that only one of the two has; `broken` are those that the
/// peer cannot compile.
fn of_variables(
    facts: &Facts<'_>,
    (point, address): (&str, u64),
    (peer, ours): (&BTreeSet<String>, &BTreeSet<String>),
    broken: &BTreeSet<(String, String)>,
) -> Vec<(Verdict, String)> {
    let told = |variable: &str| format!("{variable} of {point} at {address:x}");
    let of_peer = peer.difference(ours).map(|variable| {
        let named = (point.to_owned(), name(variable).to_owned());
        let compiles = !broken.contains(&named);
        let verdict = Verdict::of_peers_variable(facts, (point, address), &named.1, compiles);
        (verdict, told(variable))
    });
    let of_ours = ours.difference(peer).map(|variable| (Verdict::OnlyOurs, told(variable)));
    of_peer.chain(of_ours).collect()
}
