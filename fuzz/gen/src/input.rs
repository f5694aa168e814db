//! What a fuzz target's bytes stand for.

use std::borrow::Cow;

use stapc_diagnostics::bytes;

use crate::{Random, mutate, script, typed_script};

/// The first byte of input that [`script`] is fed with. No script begins with it.
pub const GENERATED: u8 = 0x00;
/// The first byte of input that is a script to be mutated: the seed's eight bytes follow, then the
/// script. No script begins with it.
pub const MUTATED: u8 = 0x01;

/// The first byte of input that [`typed_script`] is fed with. No script begins with it.
pub const TYPED: u8 = 0x02;

/// How many mutations are made of one input, at most.
const MUTATIONS: u64 = 4;

/// The text that a property is tried on.
pub fn text(data: &[u8]) -> Cow<'_, str> {
    match data.split_first() {
        Some((&GENERATED, rest)) => script(rest).into(),
        Some((&TYPED, rest)) => typed_script(rest).into(),
        Some((&MUTATED, rest)) => match rest.split_first_chunk() {
            Some((seed, text)) => mutant(u64::from_le_bytes(*seed), text).into(),
            None => bytes::decode(rest),
        },
        _ => bytes::decode(data),
    }
}

fn mutant(seed: u64, text: &[u8]) -> String {
    let mut random = Random::new(seed);
    let mut text = bytes::decode(text).into_owned();
    for _ in 0..=random.below(MUTATIONS) {
        if let Some((mutant, _)) = mutate(&text, &mut random) {
            text = mutant;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_says_what_the_others_are() {
        assert_eq!(text(b"probe begin {}\xff"), "probe begin {}\u{10ffff}");
        let script = [&[GENERATED], &[7; 64][..]].concat();
        assert!(text(&script).len() > 10, "{:?}", text(&script));
        let mutant = [&[MUTATED], &[7; 8][..], b"probe begin { }"].concat();
        assert_ne!(text(&mutant), "probe begin { }");
        assert_eq!(text(&[MUTATED, b'x']), "x");
        assert_eq!(text(&[]), "");
    }
}
