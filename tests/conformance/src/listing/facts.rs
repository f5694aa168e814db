//! What is so about a kernel, whatever either of the two says of it: its symbols, where it refuses
//! probes, and where its DWARF has variables.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result};
use stapc_debuginfo::{Closed, Dwarf, Elf, Lines, Place, Query, Source as _, What};

/// Where trampolines of static calls are.
const TRAMPOLINES: (&str, &str) = ("__static_call_text_start", "__static_call_text_end");

/// The symbols of a kernel, by name and by address.
#[derive(Default)]
pub struct Symbols {
    by_name: BTreeMap<String, u64>,
    by_address: BTreeMap<u64, Vec<String>>,
    /// The names of functions as sources have them.
    pub functions: Vec<String>,
}

impl Symbols {
    /// Of the text of a System.map.
    pub fn parse(text: &str) -> Result<Self> {
        let mut all = Self::default();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let (Some(address), Some(kind), Some(name)) =
                (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let address = u64::from_str_radix(address, 16).context("a System.map")?;
            all.by_name.insert(name.to_owned(), address);
            if !matches!(kind, "t" | "T" | "w" | "W") {
                continue;
            }
            all.by_address.entry(address).or_default().push(name.to_owned());
            if matches!(kind, "t" | "T") && !name.contains('.') {
                all.functions.push(name.to_owned());
            }
        }
        Ok(all)
    }

    /// The names of code at an address; none where no code begins.
    pub fn at(&self, address: u64) -> &[String] {
        self.by_address.get(&address).map_or(&[], Vec::as_slice)
    }

    /// Where the code begins that an address is in.
    pub fn start(&self, address: u64) -> Option<u64> {
        self.by_address.range(..=address).next_back().map(|(&start, _)| start)
    }

    /// Whether an address is between the addresses of two symbols.
    fn is_between(&self, address: u64, (first, last): (&str, &str)) -> bool {
        let at = |name: &str| self.by_name.get(name).copied();
        at(first).zip(at(last)).is_some_and(|(first, last)| (first..last).contains(&address))
    }
}

/// All that is asked of a kernel.
pub struct Facts<'a> {
    /// As `uname -r` says it.
    pub release: &'a str,
    /// Its symbols.
    pub symbols: Symbols,
    /// Where it refuses probes.
    closed: Closed,
    /// Its DWARF.
    dwarf: Dwarf<'a>,
}

impl<'a> Facts<'a> {
    /// Of the kernel of a release; `map` is the path of its System.map.
    pub fn read(release: &'a str, map: &Path, elf: &Elf<'_>, dwarf: Dwarf<'a>) -> Result<Self> {
        let text = std::fs::read_to_string(map)
            .with_context(|| format!("cannot read {}", map.display()))?;
        let symbols = Symbols::parse(&text)?;
        Ok(Self { release, symbols, closed: Closed::of(elf), dwarf })
    }

    /// The address of `symbol+0x1f`.
    pub fn address(&self, text: &str) -> Option<u64> {
        let (symbol, offset) = text.split_once('+')?;
        let offset = u64::from_str_radix(offset.trim_start_matches("0x"), 16).ok()?;
        Some(self.symbols.by_name.get(symbol)? + offset)
    }

    /// Why the kernel refuses a probe at an address, if it does: for the address itself, or since the
    /// function that it is in may not be probed.
    pub fn refused(&self, address: u64) -> Option<&'static str> {
        let whole = || self.closed.reason(self.symbols.start(address)?);
        self.closed.reason(address).or_else(whole)
    }

    /// Whether a trampoline of static calls is at an address. The kernel rewrites these, and stops
    /// (`BUG`) where one is not what it wrote there.
    pub fn is_trampoline(&self, address: u64) -> bool {
        self.symbols.is_between(address, TRAMPOLINES)
    }

    /// Why a variable cannot be read at a place of a point, as its DWARF has it.
    pub fn unreadable(&self, point: &str, address: u64, name: &str) -> Option<String> {
        let place = self.place(point, address)?;
        let variables = self.dwarf.variables(&place).ok()?;
        let variable = variables.into_iter().find(|variable| variable.name == name)?;
        variable.location.err().map(|error| error.0)
    }

    /// The place of a point at an address.
    fn place(&self, point: &str, address: u64) -> Option<Place> {
        let mut parts = point.split('"');
        let (head, inner) = (parts.next()?, parts.next()?);
        let (function, at) = inner.split_once('@').unwrap_or((inner, ""));
        let (file, line) = at.split_once(':').unwrap_or((at, ""));
        let line: Option<u32> = line.parse().ok();
        let lines = line.map_or(Lines::Unwritten, |line| Lines::Listed(vec![(line, line)]));
        let is_statement = head.contains("statement");
        let query = Query {
            function: function.to_owned(),
            file: Some(file.to_owned()).filter(|file| !file.is_empty()),
            lines: if is_statement { lines } else { Lines::Unwritten },
            what: match is_statement {
                true => What::Statements { nearest: true },
                false => What::Functions { code: true, inlined: true, exported: false },
            },
        };
        let places = self.dwarf.places(&query).ok()?;
        places.into_iter().find(|place| place.address == address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_say_what_begins_and_what_is_around() {
        let text = "ff10 T one\nff10 t other\nff20 d data\nff30 t part.0\nff40 T __static_call_text_start\n\
                    ff48 t __SCT__x\nff50 T __static_call_text_end\n";
        let symbols = Symbols::parse(text).expect("it is a map");
        assert_eq!(symbols.functions[..2], ["one", "other"]);
        assert_eq!(symbols.at(0xff10), ["one", "other"]);
        assert!(symbols.at(0xff20).is_empty());
        assert_eq!(symbols.start(0xff38), Some(0xff30));
        assert!(symbols.is_between(0xff48, TRAMPOLINES));
        assert!(!symbols.is_between(0xff50, TRAMPOLINES));
    }
}
