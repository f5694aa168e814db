//! The symbols of a kernel's code, from the text of its System.map.

use std::collections::HashSet;

use crate::info::alike;

/// The names of a kernel's functions that have code of their own.
#[derive(Debug, Default)]
pub struct Symbols<'a> {
    names: HashSet<&'a str>,
}

impl<'a> Symbols<'a> {
    /// From lines of `address letter name`; only code (`t`, `T`, `w`, `W`) counts.
    pub fn parse(text: &'a str) -> Self {
        let name = |line: &'a str| {
            let mut words = line.split_ascii_whitespace().skip(1);
            let kind = words.next()?;
            matches!(kind, "t" | "T" | "w" | "W").then(|| words.next()).flatten()
        };
        Self { names: text.lines().filter_map(name).collect() }
    }

    /// Whether the kernel has code of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Variants that the kernel's compiler made of a function (`name.isra.0`, `name.cold`).
    pub fn variants(&self, name: &str) -> Vec<&'a str> {
        let prefix = format!("{name}.");
        let mut variants: Vec<&str> = self.names.iter().copied().filter(|symbol| symbol.starts_with(&prefix)).collect();
        variants.sort_unstable();
        variants
    }

    /// Names like this one.
    pub fn like(&self, name: &str) -> Vec<&'a str> {
        let mut like: Vec<&str> = self.names.iter().copied().filter(|symbol| alike(name, symbol)).collect();
        like.sort_unstable();
        like
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_counts() {
        let symbols = Symbols::parse("ffff0000 T vfs_read\nffff0010 d data\nffff0020 t do_it.isra.0\nbroken\n");
        assert!(symbols.has("vfs_read"));
        assert!(!symbols.has("data"));
        assert_eq!(symbols.variants("do_it"), ["do_it.isra.0"]);
        assert_eq!(symbols.like("vfs_raed"), ["vfs_read"]);
    }
}
