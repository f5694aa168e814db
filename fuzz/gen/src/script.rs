//! Random scripts: mostly grammatical, with every construct of the language.
//!
//! Bytes decide; where they end, the shortest thing is chosen, so that a script is never much longer
//! than its bytes.

mod expressions;
mod formats;
mod items;
mod points;
mod statements;
mod typed;
mod words;

use arbitrary::Unstructured;

/// How deep statements and expressions nest.
const DEPTH: u32 = 12;

/// How long a script gets before only the shortest things are added.
const LENGTH: usize = 16 << 10;

/// How rarely a token stands where it has no business.
const MISTAKES: u32 = 100;

/// The script of these bytes.
pub fn script(bytes: &[u8]) -> String {
    let mut writer = Writer { bytes: Unstructured::new(bytes), ..Writer::default() };
    writer.mistakes = writer.chance(3);
    writer.comments = writer.chance(3);
    writer.script();
    writer.out
}

/// A script of these bytes of which most are right in names and types as well.
pub fn typed_script(bytes: &[u8]) -> String {
    let mut writer = Writer { bytes: Unstructured::new(bytes), ..Writer::default() };
    writer.typed_script();
    writer.out
}

/// Writes a script, token by token.
struct Writer<'a> {
    bytes: Unstructured<'a>,
    out: String,
    depth: u32,
    /// Whether this script may have mistakes.
    mistakes: bool,
    /// Whether there is more than blanks between tokens.
    comments: bool,
    /// Whether a function is being written.
    in_function: bool,
    /// Whether there are variables of what is probed.
    has_targets: bool,
    /// The loops around.
    loops: u32,
    /// The macros that have been defined.
    macros: Vec<&'static str>,
}

/// Something that can be written.
type Part<'a> = fn(&mut Writer<'a>);

impl Default for Writer<'_> {
    fn default() -> Self {
        Self {
            bytes: Unstructured::new(&[]),
            out: String::new(),
            depth: 0,
            mistakes: false,
            comments: false,
            in_function: false,
            has_targets: false,
            loops: 0,
            macros: Vec::new(),
        }
    }
}

impl<'a> Writer<'a> {
    /// A number from 0 to `limit` - 1; 0 where the bytes have ended.
    fn below(&mut self, limit: u32) -> u32 {
        self.bytes.int_in_range(0..=limit.saturating_sub(1)).unwrap_or(0)
    }

    /// True once in so many times; false where the bytes have ended, or enough is written.
    fn chance(&mut self, times: u32) -> bool {
        self.out.len() < LENGTH && self.below(times) == times - 1
    }

    /// One of these; the first where the bytes have ended.
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u32) as usize]
    }

    /// Writes one of these parts: the first, which is short, where it is deep enough already.
    fn part(&mut self, parts: &[Part<'a>]) {
        let is_enough = self.depth >= DEPTH || self.out.len() >= LENGTH;
        let part = if is_enough { parts[0] } else { self.one(parts) };
        self.depth += 1;
        part(self);
        self.depth -= 1;
    }

    /// Writes a token and what may stand between tokens.
    fn token(&mut self, token: &str) {
        if self.mistakes && self.chance(MISTAKES) {
            let mistake = self.one(words::TOKENS);
            self.out.push_str(mistake);
            self.out.push(' ');
        }
        self.out.push_str(token);
        let between = if self.comments { self.one(words::BETWEEN) } else { " " };
        self.out.push_str(between);
    }

    /// Writes tokens.
    fn tokens(&mut self, tokens: &[&str]) {
        for token in tokens {
            self.token(token);
        }
    }

    /// Writes one of these tokens.
    fn one_token(&mut self, of: &[&str]) {
        let token = self.one(of);
        self.token(token);
    }

    /// Writes one of these tokens, or now and then, where mistakes may be, one of those that are
    /// wrong.
    fn one_or_wrong(&mut self, of: &[&str], wrong: &[&str]) {
        let is_wrong = self.mistakes && self.chance(10);
        self.one_token(if is_wrong { wrong } else { of });
    }

    /// Writes at least one `part`, with `separator` between.
    fn list(&mut self, separator: &str, part: Part<'a>) {
        part(self);
        while self.chance(3) {
            self.token(separator);
            part(self);
        }
    }

    /// Writes a part, now and then.
    fn perhaps(&mut self, times: u32, part: Part<'a>) {
        if self.chance(times) {
            part(self);
        }
    }

    /// Writes an identifier.
    fn name(&mut self) {
        self.one_token(words::NAMES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    fn bytes(seed: u64, length: usize) -> Vec<u8> {
        let mut random = Random::new(seed);
        (0..length).map(|_| random.below(256) as u8).collect()
    }

    #[test]
    fn without_bytes_it_is_short_and_with_many_it_ends() {
        assert!(script(&[]).len() < 100, "{}", script(&[]));
        for seed in 0..20 {
            assert!(script(&bytes(seed, 1 << 16)).len() < 4 * LENGTH);
        }
    }

    /// That these scripts are right is what the fuzz targets need them for.
    #[test]
    fn most_typed_scripts_are_right() {
        let is_right = |seed: &u64| {
            let text = typed_script(&bytes(*seed, 300));
            crate::properties::is_right(&text)
        };
        let right = (0..200).filter(is_right).count();
        assert!(right > 100, "{right} of 200");
    }

    #[test]
    fn every_construct_comes_up() {
        let all: String = (0..800).map(|seed| script(&bytes(seed, 2000))).collect();
        let constructs = words::CONSTRUCTS.iter().chain(words::TOKENS);
        let missing: Vec<&&str> = constructs.filter(|word| !all.contains(**word)).collect();
        assert_eq!(missing, [&""; 0]);
    }
}
