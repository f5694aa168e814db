//! Compares what is found in the kernel's debug information with what the peer finds: places with
//! their addresses, and at each the variables with their types.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use oorandom::Rand64;

use crate::peer;

/// How many points are asked for at once.
const BATCH: usize = 60;
/// How many differences are told of each sort.
const TOLD: usize = 12;
/// Of how many of each sort, in hundredths, the answers must be the same.
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
    /// The kernel's System.map
    #[arg(long)]
    map: PathBuf,
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

/// What is at each address: the variables there, with their types.
type Places = BTreeMap<u64, BTreeSet<String>>;

/// The symbols of a kernel.
struct Symbols(BTreeMap<String, u64>);

impl Symbols {
    fn read(path: &PathBuf) -> Result<(Self, Vec<String>)> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let (mut all, mut functions) = (BTreeMap::new(), Vec::new());
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let (Some(address), Some(kind), Some(name)) =
                (words.next(), words.next(), words.next())
            else {
                continue;
            };
            all.insert(name.to_owned(), u64::from_str_radix(address, 16)?);
            if matches!(kind, "t" | "T") && !name.contains('.') {
                functions.push(name.to_owned());
            }
        }
        Ok((Self(all), functions))
    }

    /// The address of `symbol+0x1f`.
    fn address(&self, text: &str) -> Option<u64> {
        let (symbol, offset) = text.split_once('+')?;
        let offset = u64::from_str_radix(offset.trim_start_matches("0x"), 16).ok()?;
        Some(self.0.get(symbol)? + offset)
    }
}

/// Compares, and tells differences; whether there are few enough.
pub fn perform(options: &Options) -> Result<bool> {
    let (symbols, functions) = Symbols::read(&options.map)?;
    let mut random = Rand64::new(options.seed.into());
    let of_functions = sample(&functions, options.functions, &mut random);
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
        held &= compare(sort, &points, options, &symbols)?;
    }
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

fn compare(sort: &str, points: &[String], options: &Options, symbols: &Symbols) -> Result<bool> {
    let peer = all(points, options, symbols, "/usr/bin/stap".as_ref(), peer::PROCESSES)?;
    let ours = all(points, options, symbols, &options.stap, 1)?;
    let (mut same, mut places, mut alike, mut told) = (0, 0, 0, 0);
    for (point, (peer, ours)) in points.iter().zip(peer.iter().zip(&ours)) {
        let addresses = |places: &Places| places.keys().copied().collect::<Vec<u64>>();
        let is_same = addresses(peer) == addresses(ours);
        same += usize::from(is_same);
        if !is_same {
            tell(
                &mut told,
                point,
                &format!("{:x?}", addresses(peer)),
                &format!("{:x?}", addresses(ours)),
            );
            continue;
        }
        for (address, peer) in peer {
            places += 1;
            let ours = &ours[address];
            alike += usize::from(peer == ours);
            if peer != ours {
                let list = |set: &BTreeSet<String>, other| {
                    set.difference(other).cloned().collect::<Vec<_>>().join(", ")
                };
                let point = format!("{point} at {address:x}");
                tell(&mut told, &point, &list(peer, ours), &list(ours, peer));
            }
        }
    }
    let share = |part: usize, all: usize| 100.0 * part as f64 / all.max(1) as f64;
    let (of_points, of_places) = (share(same, points.len()), share(alike, places));
    println!(
        "compare listing: {sort}: the same addresses for {same} of {}: {of_points:.2} %; at them the same \
         variables and types at {alike} of {places}: {of_places:.2} % (promised: {PROMISED:.0} %; seed {})",
        points.len(),
        options.seed
    );
    Ok(of_points >= PROMISED && of_places >= PROMISED)
}

fn tell(told: &mut usize, point: &str, peer: &str, ours: &str) {
    *told += 1;
    if *told <= TOLD {
        println!("{point}\n  peer: {peer}\n  ours: {ours}");
    }
}

/// What one of the two finds for each point.
fn all(
    points: &[String],
    options: &Options,
    symbols: &Symbols,
    program: &Path,
    processes: usize,
) -> Result<Vec<Places>> {
    let batches: Vec<&[String]> = points.chunks(BATCH).collect();
    let ask = |batch: &&[String], _| ask(batch, options, symbols, program);
    Ok(peer::in_parallel(&batches, processes, ask)?.concat())
}

/// Asks for some points at once, each of which may be missing.
fn ask(
    points: &[String],
    options: &Options,
    symbols: &Symbols,
    program: &Path,
) -> Result<Vec<Places>> {
    let list: Vec<String> = points.iter().map(|point| format!("{point}?")).collect();
    let output = Command::new("timeout")
        .args(["--signal=KILL", "300"])
        .arg(program)
        .args(["-w", "-v", "-r", &options.release, "-L", &list.join(", ")])
        .env("LC_ALL", "C")
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let mut found = vec![Places::new(); points.len()];
    // Which of the points a line is for is in its name: the function, and what follows the quotes.
    let key = |text: &str| {
        let mut parts = text.split('"');
        let (head, inner, tail) = (parts.next()?, parts.next()?, parts.next()?);
        let tail = tail.split([' ', '?']).next()?;
        let inner = if head.contains("statement") { inner } else { inner.split('@').next()? };
        Some(format!("{head}{inner}{tail}"))
    };
    let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, point) in points.iter().enumerate() {
        by_key.entry(key(point).unwrap_or_default()).or_default().push(at);
    }
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((name, rest)) = line.split_once(" /* pc=") else { continue };
        let Some((place, variables)) = rest.split_once(" */") else { continue };
        let Some(address) = symbols.address(place) else { continue };
        let Some(known) = key(name).and_then(|key| by_key.get(&key)) else { continue };
        let variables: BTreeSet<String> =
            variables.split(" $").filter(|text| !text.is_empty()).map(str::to_owned).collect();
        let spec = name.split('"').nth(1).unwrap_or_default();
        // A point that says file and line means only what is there.
        for &at in known {
            let asked = points[at].split('"').nth(1).unwrap_or_default();
            if !asked.contains('@') || asked == spec {
                found[at].insert(address, variables.clone());
            }
        }
    }
    Ok(found)
}
