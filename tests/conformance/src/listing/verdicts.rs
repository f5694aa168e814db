//! Who is right where the two differ. A verdict comes from what is so about the kernel, from where its
//! DWARF has a variable, or from what the peer itself says when it is asked in another way; never from a
//! name that was seen to differ.

use std::collections::BTreeMap;

use stapc_debuginfo::OPTIMISED_OUT;

use super::{ask::Places, facts::Facts};

/// How many examples are told of a group whose cause is known, and of one whose cause is not.
const EXAMPLES: (usize, usize) = (3, 12);

/// Why the two differ in a place or a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The peer lists a place where the kernel refuses probes, for this reason.
    Refused(&'static str),
    /// The peer lists a trampoline of static calls.
    Trampoline,
    /// The peer lists code that no symbol is at.
    Dead,
    /// The peer leaves out a place that it finds where its own list of names and files is not used.
    LeftOut,
    /// The peer finds a place by the function's name alone, and not by its file.
    ByNameOnly,
    /// The peer does not find a function of this name, which is a symbol of the kernel's code there.
    SymbolOnly,
    /// The peer lists a variable that it cannot compile; where that is, nothing here can tell either.
    NotCompiled,
    /// The peer lists a variable that DWARF gives no place at the address.
    Nowhere,
    /// Only the peer lists it, and it is not known why.
    OnlyPeer,
    /// Only ours is listed, and it is not known why.
    OnlyOurs,
}

impl Verdict {
    /// Of a place that only the peer lists.
    pub fn of_peers_place(facts: &Facts<'_>, point: &str, address: u64) -> Self {
        if facts.is_trampoline(address) {
            return Self::Trampoline;
        }
        if let Some(why) = facts.refused(address) {
            return Self::Refused(why);
        }
        if point.ends_with(".call") && facts.symbols.at(address).is_empty() {
            return Self::Dead;
        }
        Self::OnlyPeer
    }

    /// Of a place that only ours has, by what else the peer was asked.
    pub fn of_our_place(
        facts: &Facts<'_>,
        (point, address): (&str, u64),
        peer: Option<&Others>,
    ) -> Self {
        let function = point.split(['"', '@']).nth(1);
        let is_symbol =
            || facts.symbols.at(address).iter().any(|name| Some(name.as_str()) == function);
        let is_allowed = facts.refused(address).is_none() && !facts.is_trampoline(address);
        match peer.filter(|_| is_allowed) {
            Some(peer) if peer.in_guru_mode.contains_key(&address) => Self::LeftOut,
            Some(peer) if peer.by_name.contains_key(&address) => Self::ByNameOnly,
            Some(_) if is_symbol() => Self::SymbolOnly,
            _ => Self::OnlyOurs,
        }
    }

    /// Of a variable that only the peer lists at a place; `compiles` is whether it can compile it.
    pub fn of_peers_variable(
        facts: &Facts<'_>,
        (point, address): (&str, u64),
        name: &str,
        compiles: bool,
    ) -> Self {
        match facts.unreadable(point, address, name) {
            Some(_) if !compiles => Self::NotCompiled,
            Some(why) if why == OPTIMISED_OUT => Self::Nowhere,
            _ => Self::OnlyPeer,
        }
    }

    /// Whether the peer is wrong.
    pub fn is_against_peer(self) -> bool {
        !matches!(self, Self::OnlyPeer | Self::OnlyOurs)
    }

    fn text(self) -> String {
        match self {
            Self::Refused(why) => format!("the peer lists what the kernel refuses: {why}"),
            Self::Trampoline => {
                "the peer lists trampolines of static calls, where a probe makes the kernel stop"
                    .to_owned()
            }
            Self::Dead => {
                "the peer lists code without a symbol: another function has replaced it".to_owned()
            }
            Self::LeftOut => {
                "the peer leaves out by its own list (not with -g) what the kernel allows"
                    .to_owned()
            }
            Self::ByNameOnly => {
                "the peer finds it by the function's name, not by its file, which it spells in two ways"
                    .to_owned()
            }
            Self::SymbolOnly => {
                "the peer does not find a function by the symbol that the kernel has of this name"
                    .to_owned()
            }
            Self::NotCompiled => {
                "the peer lists variables that it cannot compile (DW_OP_entry_value, …)".to_owned()
            }
            Self::Nowhere => {
                "the peer lists variables that DWARF gives no place at the address".to_owned()
            }
            Self::OnlyPeer => "open: only the peer lists it".to_owned(),
            Self::OnlyOurs => "open: only ours is listed".to_owned(),
        }
    }
}

/// Where else the peer finds a point.
#[derive(Default)]
pub struct Others {
    /// Where its own list of names and files is not used.
    pub in_guru_mode: Places,
    /// By the function's name alone.
    pub by_name: Places,
}

/// How much of something is the same, and the verdicts on the rest.
#[derive(Default)]
pub struct Count {
    all: usize,
    same: usize,
    /// Not the same, and the peer is wrong in all of it.
    right: usize,
    /// How many differences there are of each verdict, and examples.
    groups: BTreeMap<Verdict, (usize, Vec<String>)>,
}

impl Count {
    /// Adds a thing with its differences, each with what is told of it.
    pub fn add(&mut self, differences: impl IntoIterator<Item = (Verdict, String)>) {
        self.all += 1;
        let (mut is_same, mut is_right) = (true, true);
        for (verdict, example) in differences {
            is_same = false;
            is_right &= verdict.is_against_peer();
            let (count, examples) = self.groups.entry(verdict).or_default();
            *count += 1;
            let most = if verdict.is_against_peer() { EXAMPLES.0 } else { EXAMPLES.1 };
            if examples.len() < most {
                examples.push(example);
            }
        }
        self.same += usize::from(is_same);
        self.right += usize::from(!is_same && is_right);
    }

    /// Prints it; whether as much is right as is promised, in hundredths.
    pub fn tell(&self, of: &str, promised: f64) -> bool {
        let share = |part: usize| 100.0 * part as f64 / self.all.max(1) as f64;
        let right = share(self.same + self.right);
        println!(
            "compare listing: {of}: {}: the same: {:.2} %; the same or the peer is wrong: {right:.2} % (promised: {promised:.0} %)",
            self.all,
            share(self.same)
        );
        for (verdict, (count, examples)) in &self.groups {
            println!("  {count:>5} {}", verdict.text());
            for example in examples {
                println!("          {example}");
            }
        }
        right >= promised
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_open_difference_makes_a_thing_open() {
        let mut count = Count::default();
        let difference = |verdict| (verdict, String::new());
        count.add([]);
        count.add([difference(Verdict::LeftOut)]);
        count.add([difference(Verdict::LeftOut), difference(Verdict::OnlyOurs)]);
        assert_eq!((count.all, count.same, count.right), (3, 1, 1));
        assert_eq!(count.groups[&Verdict::LeftOut].0, 2);
    }
}
