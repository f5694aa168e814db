//! How much is understood, as it is committed and as it is today.

use std::{fmt, fs, path::Path};

use anyhow::{Context as _, Result};

/// Something that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// What.
    pub what: String,
    /// How many are as they should be.
    pub good: usize,
    /// Of how many.
    pub all: usize,
}

/// All that was counted, of one version of what it was counted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The package's version.
    pub version: String,
    /// In the order in which they are written.
    pub totals: Vec<Total>,
}

/// What the committed totals say to today's.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are the same.
    Same,
    /// They are not, and none is lower.
    Better,
    /// These are lower, or no longer counted.
    Worse(Vec<String>),
    /// They are of another version of the package.
    OtherVersion(String),
}

const HEAD: &str = "# What of the peer's tapset and examples the front end understands: counted by\n\
    # `cargo xtask conformance`, which fails where a total drops, and rewritten by it with STAPC_BLESS=1.\n";

impl Totals {
    /// Reads a file of totals.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::of(&text).with_context(|| format!("{} makes no sense", path.display()))
    }

    /// Writes a file of totals.
    pub fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, format!("{HEAD}{self}"))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn of(text: &str) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let version = lines.next()?.strip_prefix("version ")?.to_owned();
        let totals = lines.map(Total::of).collect::<Option<_>>()?;
        Some(Self { version, totals })
    }

    /// Compares today's totals, which these are, with the committed ones.
    pub fn verdict(&self, committed: &Self) -> Verdict {
        if self.version != committed.version {
            return Verdict::OtherVersion(committed.version.clone());
        }
        let worse: Vec<String> = committed
            .totals
            .iter()
            .filter_map(|before| match self.totals.iter().find(|now| now.what == before.what) {
                None => Some(format!("{} is no longer counted", before.what)),
                Some(now) if now.good < before.good || now.all < before.all => {
                    Some(format!("{now}, but was {} of {}", before.good, before.all))
                }
                Some(_) => None,
            })
            .collect();
        match worse.is_empty() {
            false => Verdict::Worse(worse),
            true if self == committed => Verdict::Same,
            true => Verdict::Better,
        }
    }
}

impl Total {
    fn of(line: &str) -> Option<Self> {
        let (what, numbers) = line.split_once(": ")?;
        let (good, all) = numbers.split_once(" of ")?;
        Some(Self { what: what.to_owned(), good: good.parse().ok()?, all: all.parse().ok()? })
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} of {}", self.what, self.good, self.all)
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "version {}", self.version)?;
        self.totals.iter().try_for_each(|total| writeln!(f, "{total}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(version: &str, good: usize) -> Totals {
        let total = |what: &str, good| Total { what: what.to_owned(), good, all: 10 };
        Totals { version: version.to_owned(), totals: vec![total("a", good), total("b", 10)] }
    }

    #[test]
    fn a_total_that_drops_is_told() {
        let committed = totals("4.8-2", 7);
        assert_eq!(totals("4.8-2", 7).verdict(&committed), Verdict::Same);
        assert_eq!(totals("4.8-2", 8).verdict(&committed), Verdict::Better);
        let worse = Verdict::Worse(vec!["a: 6 of 10, but was 7 of 10".to_owned()]);
        assert_eq!(totals("4.8-2", 6).verdict(&committed), worse);
        let other = Verdict::OtherVersion("4.8-2".to_owned());
        assert_eq!(totals("5.1-1", 6).verdict(&committed), other);
        let mut fewer = totals("4.8-2", 7);
        fewer.totals.pop();
        let worse = Verdict::Worse(vec!["b is no longer counted".to_owned()]);
        assert_eq!(fewer.verdict(&committed), worse);
    }

    #[test]
    fn what_is_written_is_read() {
        let written = totals("4.8-2", 7);
        assert_eq!(Totals::of(&format!("{HEAD}{written}")), Some(written));
        assert_eq!(Totals::of("version 1\na: x of 2\n"), None);
    }
}
