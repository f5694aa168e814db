//! Asks one of the two what it finds at points.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use super::facts::Facts;
use crate::peer;

/// How many points are asked for at once.
const BATCH: usize = 60;

/// What is at each address: the variables there, with their types.
pub type Places = BTreeMap<u64, BTreeSet<String>>;

/// One of the two, as a process.
#[derive(Clone, Copy)]
pub struct Lister<'a> {
    /// The `stap`.
    pub program: &'a Path,
    /// Further options.
    pub options: &'a [&'a str],
    /// How many run at a time.
    pub processes: usize,
}

/// What one of the two finds for each point.
pub fn all(points: &[String], facts: &Facts<'_>, lister: Lister<'_>) -> Result<Vec<Places>> {
    let batches: Vec<&[String]> = points.chunks(BATCH).collect();
    let ask = |batch: &&[String], _| ask(batch, facts, lister);
    Ok(peer::in_parallel(&batches, lister.processes, ask)?.concat())
}

/// Which of these variables, each with its point, the peer can compile.
pub fn compiled(
    variables: &[(String, String)],
    facts: &Facts<'_>,
    lister: Lister<'_>,
) -> Result<Vec<bool>> {
    let batches: Vec<&[(String, String)]> = variables.chunks(BATCH).collect();
    let ask = |batch: &&[(String, String)], _| {
        let probe =
            |(point, name): &(String, String)| format!("probe {point} {{ print(${name}) }}\n");
        let script: String = batch.iter().map(probe).collect();
        let output = command(lister)
            .args(["-w", "-v", "-p2", "-r", facts.release, "-e", &script])
            .output()
            .with_context(|| format!("cannot run {}", lister.program.display()))?;
        let wrong = wrong_lines(&String::from_utf8_lossy(&output.stderr));
        Ok((1..=batch.len()).map(|line| !wrong.contains(&line)).collect::<Vec<_>>())
    };
    Ok(peer::in_parallel(&batches, lister.processes, ask)?.concat())
}

/// The lines of a script that errors about variables name: `identifier '$x' at FILE:LINE:COLUMN`.
fn wrong_lines(said: &str) -> BTreeSet<usize> {
    let of_variables = said.lines().filter(|line| line.contains("error:"));
    let places = of_variables.filter_map(|line| line.rsplit_once(" at ")?.1.rsplit_once(':'));
    places.filter_map(|(place, _)| place.rsplit(':').next()?.parse().ok()).collect()
}

/// One of the two, ended after five minutes.
fn command(lister: Lister<'_>) -> Command {
    let mut command = Command::new("timeout");
    command
        .args(["--signal=KILL", "300"])
        .arg(lister.program)
        .args(lister.options)
        .env("LC_ALL", "C");
    command
}

/// Asks for some points at once, each of which may be missing.
fn ask(points: &[String], facts: &Facts<'_>, lister: Lister<'_>) -> Result<Vec<Places>> {
    let list: Vec<String> = points.iter().map(|point| format!("{point}?")).collect();
    let output = command(lister)
        .args(["-w", "-v", "-r", facts.release, "-L", &list.join(", ")])
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", lister.program.display()))?;
    // 1 is for nothing found; of an answer that did not come nothing follows.
    if !matches!(output.status.code(), Some(0 | 1)) {
        bail!("{} failed: {}", lister.program.display(), output.status);
    }
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
        let Some(address) = facts.address(place) else { continue };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_lines_of_variables() {
        let said = "Pass 1: parsed\nsemantic error: unhandled DW_OP: identifier '$p1' at <input>:1:71\n   dieoffset: 1\n\
                    semantic error: unresolved type : identifier 'print' at :2:65\nPass 2: analyzed\n";
        assert_eq!(wrong_lines(said), BTreeSet::from([1, 2]));
    }
}
