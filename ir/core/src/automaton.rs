//! Automata: tables with which strings are searched for what matches a regular expression.

pub mod program;

use std::collections::HashMap;

use regex_automata::{
    Anchored,
    dfa::{Automaton as _, dense},
    nfa::thompson,
    util::{primitives::StateID, start},
};

use crate::regex::{self, RegexError};

/// The most bytes that a table may have while it is made.
const MOST_ROOM: usize = 4 << 20;

/// The most states of an automaton.
const MOST_STATES: usize = 4000;

/// A table to search a string with, a byte at a time. That a match may begin anywhere is part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automaton {
    /// The class of each byte.
    pub classes: [u8; 256],
    /// How many classes there are.
    pub class_count: usize,
    /// Its states; a search begins in the first.
    pub states: Vec<State>,
}

/// A state of an automaton.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Whether the string matches.
    pub accepts: Accepts,
    /// The state that a byte of each class leads to; empty where the search is over.
    pub next: Vec<u32>,
}

/// Whether a search that is in a state has found a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Accepts {
    /// There is none, whatever follows.
    Never,
    /// It has not yet.
    NotYet,
    /// It has if the string ends here.
    AtEnd,
    /// It has, whatever follows.
    Always,
}

impl Automaton {
    /// Of a regular expression.
    ///
    /// # Errors
    /// When it is none, or too large.
    pub fn of(pattern: &[u8]) -> Result<Self, RegexError> {
        let hir = regex::parse(pattern)?;
        let large = || RegexError { at: 0, message: "this would be too large a table".to_owned() };
        let config = thompson::Config::new().utf8(false).nfa_size_limit(Some(MOST_ROOM));
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(&hir);
        let config = dense::Config::new()
            .accelerate(false)
            .minimize(false)
            .dfa_size_limit(Some(MOST_ROOM))
            .determinize_size_limit(Some(MOST_ROOM));
        let dfa = nfa
            .ok()
            .and_then(|nfa| dense::Builder::new().configure(config).build_from_nfa(&nfa).ok());
        let dfa = dfa.ok_or_else(large)?;
        let first =
            dfa.start_state(&start::Config::new().anchored(Anchored::No)).map_err(|_| large())?;
        Self::table(&dfa, first).ok_or_else(large)
    }

    fn table(dfa: &dense::DFA<Vec<u32>>, first: StateID) -> Option<Self> {
        let mut classes = [0; 256];
        let mut bytes: Vec<u8> = Vec::new();
        for byte in 0..=u8::MAX {
            let class = usize::from(dfa.byte_classes().get(byte));
            if class == bytes.len() {
                bytes.push(byte);
            }
            classes[usize::from(byte)] = class as u8;
        }
        let mut numbers: HashMap<StateID, u32> = HashMap::from([(first, 0)]);
        let mut known = vec![first];
        let mut states = Vec::new();
        while let Some(&id) = known.get(states.len()) {
            let next: Vec<StateID> = bytes.iter().map(|&byte| dfa.next_state(id, byte)).collect();
            let at_end = dfa.is_match_state(dfa.next_eoi_state(id));
            let accepts = if dfa.is_dead_state(id) {
                Accepts::Never
            } else if dfa.is_match_state(id)
                || (at_end && next.iter().all(|&next| dfa.is_match_state(next)))
            {
                Accepts::Always
            } else if at_end {
                Accepts::AtEnd
            } else {
                Accepts::NotYet
            };
            let over = matches!(accepts, Accepts::Never | Accepts::Always);
            let mut number = |id: StateID| {
                *numbers.entry(id).or_insert_with(|| {
                    known.push(id);
                    known.len() as u32 - 1
                })
            };
            let next = next.into_iter().filter(|_| !over).map(&mut number).collect();
            states.push(State { accepts, next });
            if known.len() > MOST_STATES {
                return None;
            }
        }
        Some(Self { classes, class_count: bytes.len(), states })
    }

    /// Whether a part of a string matches.
    pub fn finds(&self, text: &[u8]) -> bool {
        let mut state = self.states.first();
        for &byte in text {
            match state.map(|state| (state, state.accepts)) {
                Some((_, Accepts::Always)) => return true,
                None | Some((_, Accepts::Never)) => return false,
                Some((here, _)) => {
                    let next = here.next.get(usize::from(self.classes[usize::from(byte)]));
                    state = next.and_then(|&next| self.states.get(next as usize));
                }
            }
        }
        state.is_some_and(|state| matches!(state.accepts, Accepts::Always | Accepts::AtEnd))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_searched() {
        let cases: [(&str, &[&str], &[&str]); 20] = [
            ("abc", &["abc", "xxabcx"], &["", "ab", "abxc"]),
            ("^abc$", &["abc"], &["abcd", "xabc", ""]),
            ("^$", &[""], &["a"]),
            ("", &["", "a"], &[]),
            ("a*", &["", "b"], &[]),
            ("^a+b?c{2,3}$", &["acc", "aabccc"], &["ac", "abcccc", "bcc"]),
            ("^(ab|c)*d$", &["d", "abcd", "ccabd"], &["ad", "abc"]),
            ("[0-9]+", &["a1", "99"], &["", "abc"]),
            ("^[^0-9]+$", &["abc", "\n"], &["a1", ""]),
            ("^[]a-]+$", &["]", "a-]"], &["b", ""]),
            (r"^[\]x]+$", &["]x"], &["\\"]),
            (r"^\d\.$", &["d."], &["1.", "dx"]),
            ("^[[:alpha:]_][[:alnum:]_]*$", &["_a1", "Zz"], &["1a", "", "a b"]),
            ("a|b|", &["", "c"], &[]),
            ("^a{0}$", &[""], &["a"]),
            ("a^b", &[], &["ab", "a^b"]),
            (".", &["x", "\n"], &[""]),
            ("^(a|ab)(c|bcd)$", &["ac", "abcd", "abc"], &["ab", "abbc"]),
            ("^.{3}$", &["abc"], &["ab", "abcd"]),
            ("[[.a.]-c]", &["b"], &["d", "-"]),
        ];
        for (pattern, found, not) in cases {
            let automaton = Automaton::of(pattern.as_bytes());
            let automaton = automaton.unwrap_or_else(|error| panic!("{pattern}: {error}"));
            for (texts, expected) in [(found, true), (not, false)] {
                for text in texts {
                    assert_eq!(automaton.finds(text.as_bytes()), expected, "{pattern} in {text:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases = [
            ("*a", 0, "there is nothing before this to repeat"),
            ("a{2", 3, "expected `}`"),
            ("a{3,2}", 5, "the least is more than the most"),
            ("[a", 0, "this class has no `]`"),
            ("x(a", 1, "this group has no `)`"),
            ("a)", 1, "this `)` closes no group"),
            ("[[:foo:]]", 3, "there is no class of this name"),
            ("[z-a]", 4, "this range ends before it starts"),
            ("a\\", 2, "nothing follows the backslash"),
            ("^*", 1, "a position cannot be repeated"),
            ("a{x}", 2, "expected a number"),
            ("a{9999}", 6, "more than 1000 repetitions"),
            ("((a{1000}){1000}){1000}", 0, "this would be too large a table"),
            ("(a|b)*a(a|b){20}", 0, "this would be too large a table"),
        ];
        for (pattern, at, message) in cases {
            let error = Automaton::of(pattern.as_bytes()).err();
            assert_eq!(error, Some(RegexError { at, message: message.to_owned() }), "{pattern}");
        }
        let deep = "(".repeat(100_000);
        assert!(Automaton::of(deep.as_bytes()).is_err());
    }
}
