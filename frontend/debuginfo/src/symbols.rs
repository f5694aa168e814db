//! The symbols of a kernel's code, from the text of its System.map.
//!
//! The text is searched when something is asked, not parsed before: a session asks about a few
//! functions, and the map has 130,000 lines.

use std::collections::HashMap;

use memchr::memmem::Finder;

use crate::{
    closed::{BETWEEN, passed},
    similar,
};

/// The names of a kernel's functions that have code of their own.
#[derive(Debug, Default, Clone, Copy)]
pub struct Symbols<'a> {
    text: &'a str,
}

impl<'a> Symbols<'a> {
    /// From lines of `address letter name`; only code (`t`, `T`, `w`, `W`) counts.
    pub fn parse(text: &'a str) -> Self {
        Self { text }
    }

    /// Whether there are none at all. (Debian's /boot/System.map says only where the real one is.)
    pub fn is_empty(&self) -> bool {
        self.names().next().is_none()
    }

    /// Whether the kernel has code of this name.
    pub fn has(&self, name: &str) -> bool {
        self.count(name) > 0
    }

    /// How many functions have this name: several files may each have a `static` one.
    pub fn count(&self, name: &str) -> usize {
        self.lines_with(name, "\n").filter(|symbol| symbol.code).count()
    }

    /// Variants that the kernel's compiler made of a function (`name.isra.0`, `name.cold`).
    pub fn variants(&self, name: &str) -> Vec<&'a str> {
        let of_name = self.lines_with(name, ".").filter(|symbol| symbol.code);
        let mut variants: Vec<&str> = of_name.map(|symbol| symbol.name).collect();
        variants.sort_unstable();
        // Several files may each have one of the same name.
        variants.dedup();
        variants
    }

    /// Why a function of this name cannot be probed where it lies, if it cannot.
    pub fn closed(&self, name: &str) -> Option<&'static str> {
        let address = |name: &str| self.lines_with(name, "\n").next().map(|symbol| symbol.address);
        let at = self.lines_with(name, "\n").find(|symbol| symbol.code)?.address;
        let within = |start: &str, end: &str| Some(address(start)? <= at && at < address(end)?);
        BETWEEN
            .iter()
            .find(|(start, end, _)| within(start, end) == Some(true))
            .map(|&(_, _, why)| why)
            .or_else(|| passed(name))
    }

    /// Names like this one, the nearest first.
    pub fn like(&self, name: &str) -> Vec<String> {
        similar::nearest(name, self.names())
    }

    /// The address of a function.
    pub fn address(&self, name: &str) -> Option<u64> {
        self.lines_with(name, "\n").find(|symbol| symbol.code).map(|symbol| symbol.address)
    }

    /// The address of data.
    pub fn data(&self, name: &str) -> Option<u64> {
        self.lines_with(name, "\n").find(|symbol| !symbol.code).map(|symbol| symbol.address)
    }

    /// The addresses of all data whose names begin so, by what follows.
    pub fn all_data(&self, prefix: &str) -> HashMap<&'a str, u64> {
        let data = self.text.lines().filter_map(Symbol::parse).filter(|symbol| !symbol.code);
        data.filter_map(|data| Some((data.name.strip_prefix(prefix)?, data.address))).collect()
    }

    /// All code, by address, with what is known of each symbol.
    pub fn all(&self) -> impl Iterator<Item = Found<'a>> + use<'a> {
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for symbol in self.text.lines().filter_map(Symbol::parse).filter(|symbol| symbol.code) {
            *counts.entry(symbol.name).or_default() += 1;
        }
        let address = |name: &str| self.lines_with(name, "\n").next().map(|symbol| symbol.address);
        let start = address("_stext");
        let closed: Vec<(u64, u64, &'static str)> = BETWEEN
            .iter()
            .filter_map(|&(start, end, why)| Some((address(start)?, address(end)?, why)))
            .collect();
        let symbols = self.text.lines().filter_map(Symbol::parse).filter(|symbol| symbol.code);
        symbols.map(move |symbol| {
            let at = symbol.address;
            let around = closed.iter().find(|(start, end, _)| (*start..*end).contains(&at));
            Found {
                name: symbol.name,
                address: at,
                ambiguous: counts.get(symbol.name).is_some_and(|&count| count > 1),
                global: symbol.global,
                closed: around.map(|&(.., why)| why).or_else(|| passed(symbol.name)),
                from_start: start.map(|start| at.wrapping_sub(start)),
            }
        })
    }

    /// The names of all code.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.text
            .lines()
            .filter_map(Symbol::parse)
            .filter(|symbol| symbol.code)
            .map(|symbol| symbol.name)
    }

    /// The symbols whose name starts with `name`, followed by `then`.
    fn lines_with(&self, name: &str, then: &str) -> impl Iterator<Item = Symbol<'a>> + use<'a> {
        let text = self.text;
        let finder = Finder::new(&format!(" {name}{then}")).into_owned();
        let mut from = 0;
        std::iter::from_fn(move || {
            let at = from + finder.find(text.as_bytes().get(from..)?)?;
            from = at + 1;
            let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let end = text[from..].find('\n').map_or(text.len(), |newline| from + newline);
            Some(&text[start..end])
        })
        .filter_map(Symbol::parse)
    }
}

/// A function's symbol.
#[derive(Debug, Clone, Default)]
pub struct Found<'a> {
    /// It.
    pub name: &'a str,
    /// Where it is.
    pub address: u64,
    /// Whether others have the same.
    pub ambiguous: bool,
    /// Whether other objects can see it.
    pub global: bool,
    /// Why it cannot be probed, if it cannot.
    pub closed: Option<&'static str>,
    /// Bytes from `_stext`, if that is known.
    pub from_start: Option<u64>,
}

struct Symbol<'a> {
    address: u64,
    code: bool,
    global: bool,
    name: &'a str,
}

impl<'a> Symbol<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let address = u64::from_str_radix(words.next()?, 16).ok()?;
        let letter = words.next()?;
        let code = matches!(letter, "t" | "T" | "w" | "W");
        Some(Self { address, code, global: letter != "t", name: words.next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = "\
ffff0000 T vfs_read
ffff0010 d data
ffff0020 t do_it.isra.0
ffff0028 t do_it.isra.0
ffff0030 t twice
broken
ffff0040 t twice
ffff0050 T __noinstr_text_start
ffff0050 t delicate
ffff0060 T __noinstr_text_end
ffff0070 t do_it.cold
ffff0080 t vfs_readv
ffff0090 t mark_lock.part.0
ffff00a0 t mark_locks
ffff00b0 T __asan_load8
";

    #[test]
    fn only_code_counts() {
        let symbols = Symbols::parse(MAP);
        assert!(symbols.has("vfs_read"));
        assert!(!symbols.has("data"));
        assert!(!symbols.has("vfs_rea"));
        assert!(!symbols.has("do_it"));
        assert_eq!(symbols.count("twice"), 2);
        assert_eq!(symbols.variants("do_it"), ["do_it.cold", "do_it.isra.0"]);
        assert_eq!(symbols.like("vfs_raed")[0], "vfs_read");
    }

    #[test]
    fn the_last_line_may_lack_its_end() {
        assert_eq!(Symbols::parse("ffff0000 T last").variants("last"), [""; 0]);
        assert!(!Symbols::parse("ffff0000 T last").is_empty());
    }

    #[test]
    fn code_that_probes_may_not_enter_is_known() {
        let symbols = Symbols::parse(MAP);
        assert!(symbols.closed("delicate").unwrap().contains("noinstr"));
        assert_eq!(symbols.closed("vfs_read"), None);
        assert_eq!(symbols.closed("do_it.cold"), None);
    }

    #[test]
    fn what_breakpoints_pass_through_is_known_by_its_name() {
        let symbols = Symbols::parse(MAP);
        let closed: Vec<&str> = symbols
            .all()
            .filter(|found| found.closed.is_some_and(|why| why.contains("breakpoints")))
            .map(|found| found.name)
            .collect();
        assert_eq!(closed, ["mark_lock.part.0", "__asan_load8"]);
        assert!(closed.iter().all(|name| symbols.closed(name).is_some()));
        assert_eq!(symbols.closed("mark_locks"), None);
    }

    #[test]
    fn a_map_without_code_is_empty() {
        assert!(Symbols::parse("ffffffffffffffff B The real System.map is elsewhere\n").is_empty());
    }
}
