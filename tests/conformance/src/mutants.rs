//! The mutated scripts that parsers are compared on: always the same ones for the same files.

use std::sync::Arc;

use stapc_gen::{Random, mutate};

/// How many mutants of one script may be taken.
const EACH: u64 = 4;

/// A script to be mutated.
pub struct Script {
    /// What its choice depends on: the same on every machine.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
}

/// A mutated script.
pub struct Mutant {
    /// What it was, and what was done to it.
    pub name: String,
    /// The line where that was done, counted from 1; 0 for a script that is no mutant.
    pub line: u32,
    /// What it is.
    pub text: Arc<str>,
}

/// Some mutants of scripts. Each is chosen by a number made of its script's name, so that most stay
/// when a script is added.
pub fn choose(scripts: &[Script], seed: u64, count: usize) -> Vec<Mutant> {
    fn numbered(script: &Script, seed: u64) -> impl Iterator<Item = (u64, &Script)> {
        (0..EACH).map(move |copy| (number(&format!("{seed} {copy} {}", script.name)), script))
    }
    let mut all: Vec<(u64, &Script)> =
        scripts.iter().flat_map(|script| numbered(script, seed)).collect();
    all.sort_by_key(|(number, _)| *number);
    let mutant = |(number, script): (u64, &Script)| {
        let (text, mutation) = mutate(&script.text, &mut Random::new(number))?;
        let name = format!("{}:{mutation}", script.name);
        Some(Mutant { name, line: mutation.line, text: text.into() })
    };
    all.into_iter().filter_map(mutant).take(count).collect()
}

/// Scripts that are no mutants, but made of random bytes.
pub fn generate(seed: u64, count: usize) -> Vec<Mutant> {
    let script = |copy: usize| {
        let mut random = Random::new(number(&format!("{seed} {copy}")));
        let length = 20 + random.below(300);
        let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        let text = stapc_gen::script(&bytes);
        Mutant { name: format!("generated {copy}"), line: 0, text: text.into() }
    };
    (0..count).map(script).collect()
}

/// The number of a name: FNV-1a, and its bits spread over all of it.
fn number(name: &str) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(number: usize) -> Script {
        let text = "probe begin { a = 1 }".into();
        Script { name: format!("{number}.stp"), text }
    }

    #[test]
    fn most_mutants_stay_when_a_script_is_added() {
        let before: Vec<Script> = (0..100).map(script).collect();
        let after: Vec<Script> = (0..101).map(script).collect();
        let names = |scripts: &[Script], seed| -> Vec<String> {
            choose(scripts, seed, 100).into_iter().map(|mutant| mutant.name).collect()
        };
        let (old, new) = (names(&before, 1), names(&after, 1));
        let kept = old.iter().filter(|mutant| new.contains(mutant)).count();
        assert!(kept >= 96, "{kept}");
        assert_ne!(old, names(&before, 2));
    }
}
