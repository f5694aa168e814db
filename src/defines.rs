//! What `-D` and `-G` set.

use std::ops::RangeInclusive;

use anyhow::{Result, bail};
use stapc_diagnostics::{Diagnostic, suggest};
use stapc_ir::Limits;

/// What `-D` sets.
#[derive(Debug, Clone, Default)]
pub struct Defines {
    /// The bounds within which a script runs.
    pub limits: Limits,
    /// Whether that of nested calls is set; else the script's own calls say it.
    pub nesting: bool,
    /// How many elements an array without a size has room for; none for the usual.
    pub map_entries: Option<u32>,
    /// Whether probes of what a function calls are hit by calls of others too.
    pub any_caller: bool,
    /// Bounds of the kernel's runtime.
    pub runtime: Vec<(&'static str, i64)>,
    /// The names that set nothing: only a script's C sees them.
    others: Vec<String>,
}

/// A name that `-D` knows.
struct Known {
    name: &'static str,
    range: RangeInclusive<i64>,
    sets: Sets,
}

/// What a name sets.
#[derive(Clone, Copy)]
enum Sets {
    /// A bound of the IR's.
    Limit(fn(&mut Limits) -> &mut u32),
    /// The room of arrays.
    MapEntries,
    /// A bound of the kernel's runtime.
    Runtime,
    /// Likewise, by being there: it needs no value.
    Switch,
    /// That callees are probed whoever calls, by being there.
    AnyCaller,
    /// Nothing, for this reason.
    Nothing(&'static str),
}

const fn known(name: &'static str, first: i64, last: i64, sets: Sets) -> Known {
    Known { name, range: first..=last, sets }
}

const U32: i64 = u32::MAX as i64;
const I32: i64 = i32::MAX as i64;

/// All that SystemTap's manual has, and what `-t` sets.
static KNOWN: [Known; 22] = [
    known("MAXACTION", 1, I32, Sets::Limit(|limits| &mut limits.max_action)),
    known("MAXACTION_INTERRUPTIBLE", 1, I32, Sets::Limit(|limits| &mut limits.max_action_session)),
    known("MAXNESTING", 1, 1000, Sets::Limit(|limits| &mut limits.max_nesting)),
    known("MAXSTRINGLEN", 8, 65536, Sets::Limit(|limits| &mut limits.string_max)),
    known("MAXMAPENTRIES", 1, 1 << 28, Sets::MapEntries),
    known("MAXERRORS", 0, U32, Sets::Limit(|limits| &mut limits.max_errors)),
    known("MAXSKIPPED", 0, U32, Sets::Limit(|limits| &mut limits.max_skipped)),
    known("MAXTRYLOCK", 0, 1_000_000, Sets::Runtime),
    known("TRYLOCKDELAY", 1, 1000, Sets::Runtime),
    known("MAXBACKTRACE", 1, 64, Sets::Runtime),
    known("MAPHASHBIAS", -16, 16, Sets::Runtime),
    known("MINSTACKSPACE", 0, 65536, Sets::Runtime),
    known("STP_MAXMEMORY", 1, U32, Sets::Runtime),
    known("STP_OVERLOAD_THRESHOLD", 0, U32, Sets::Runtime),
    known("STP_OVERLOAD_INTERVAL", 1_000_000, I32, Sets::Runtime),
    known("STP_NO_OVERLOAD", i64::MIN, i64::MAX, Sets::Switch),
    known("STAP_CALLEE_MATCHALL", i64::MIN, i64::MAX, Sets::AnyCaller),
    known("STP_TIMING", i64::MIN, i64::MAX, Sets::Switch),
    known("STP_PROCFS_BUFSIZE", 1, 1 << 20, Sets::Runtime),
    known("INTERRUPTIBLE", 0, 1, Sets::Runtime),
    known("MAXUPROBES", 0, U32, Sets::Nothing("the kernel holds uprobes in no pool")),
    known(
        "STP_NO_BUILDID_CHECK",
        i64::MIN,
        i64::MAX,
        Sets::Nothing("build ids are not checked when a session starts"),
    ),
];

/// The names that `-D` knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|known| known.name)
}

impl Defines {
    /// Of the arguments of `-D`, each `NAME=VALUE` or `NAME`; the last of a name counts.
    ///
    /// # Errors
    /// When one is not formed so, or sets what is known to what is not allowed.
    pub fn parse(arguments: &[String]) -> Result<Self> {
        let mut defines = Self::default();
        for argument in arguments {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (argument.as_str(), None),
            };
            if !is_name(name) {
                bail!("-D {argument}: expected NAME=VALUE");
            }
            defines.set(name, value)?;
        }
        let given = |name: &str| {
            let is = |argument: &&String| argument.split('=').next() == Some(name);
            arguments.iter().find(is).is_some()
        };
        if given("MAXACTION") && !given("MAXACTION_INTERRUPTIBLE") {
            let limits = &mut defines.limits;
            limits.max_action_session = limits.max_action.saturating_mul(10).min(i32::MAX as u32);
        }
        defines.nesting = given("MAXNESTING");
        Ok(defines)
    }

    fn set(&mut self, name: &str, value: Option<&str>) -> Result<()> {
        let Some(known) = KNOWN.iter().find(|known| known.name == name) else {
            self.others.push(name.to_owned());
            return Ok(());
        };
        let number = match (known.sets, value) {
            (Sets::Switch | Sets::AnyCaller | Sets::Nothing(_), _) => 1,
            (_, None) => bail!("-D {name}: expected NAME=VALUE"),
            (_, Some(value)) => match number(value).filter(|number| known.range.contains(number)) {
                Some(number) => number,
                None => {
                    let (first, last) = (known.range.start(), known.range.end());
                    bail!("-D {name}={value}: expected a number from {first} to {last}")
                }
            },
        };
        match known.sets {
            // The ranges are within those of the fields.
            Sets::Limit(limit) => *limit(&mut self.limits) = number as u32,
            Sets::MapEntries => self.map_entries = Some(number as u32),
            Sets::Runtime | Sets::Switch => {
                self.runtime.retain(|&(set, _)| set != known.name);
                self.runtime.push((known.name, number));
            }
            Sets::AnyCaller => self.any_caller = true,
            Sets::Nothing(_) => self.others.push(name.to_owned()),
        }
        Ok(())
    }

    /// What the user should know of names that set nothing. A script that may hold C (`guru`) may have
    /// a use for those that are not known.
    pub fn warnings(&self, guru: bool) -> Vec<Diagnostic> {
        let warn = |name: &String| {
            let warning = |text: &str| Diagnostic::warning("define", format!("-D {name} {text}"));
            match KNOWN.iter().find(|known| known.name == name) {
                Some(Known { sets: Sets::Nothing(why), .. }) => {
                    Some(warning("changes nothing").note(*why))
                }
                _ if guru && suggest(name, names()).is_none() => None,
                _ => Some(
                    warning("is no limit: only C in the script would see it")
                        .suggest(name, names()),
                ),
            }
        };
        self.others.iter().filter_map(warn).collect()
    }
}

/// Whether C can have a macro of this name.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A number as C writes it: decimal or hexadecimal, with what says its type or without.
fn number(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hexadecimal) => i64::from_str_radix(hexadecimal, 16).ok(),
        None => digits.parse().ok(),
    }
}

/// The names and values of the arguments of `-G`.
///
/// # Errors
/// When one is not formed like `NAME=VALUE`.
pub fn globals(arguments: &[String]) -> Result<Vec<(String, String)>> {
    let parsed = arguments.iter().map(|argument| match argument.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => bail!("-G {argument}: expected NAME=VALUE"),
    });
    parsed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Defines> {
        Defines::parse(&arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn limits_are_set() {
        let defines = parse(&["MAXACTION=5", "MAXACTION=7", "MAXMAPENTRIES=9"]).unwrap();
        assert_eq!((defines.limits.max_action, defines.map_entries), (7, Some(9)));
        assert_eq!(defines.limits.max_action_session, 70);
        assert!(!defines.nesting && parse(&["MAXNESTING=3"]).unwrap().nesting);
        assert_eq!(parse(&[]).unwrap().map_entries, None);
        let defines = parse(&["MAXACTION_INTERRUPTIBLE=8", "MAXACTION=7"]).unwrap();
        assert_eq!(defines.limits.max_action_session, 8);
    }

    #[test]
    fn limits_of_the_runtime_are_passed_on() {
        let defines = parse(&["MAXTRYLOCK=5", "MAPHASHBIAS=-2", "MAXTRYLOCK=6", "STP_NO_OVERLOAD"]);
        let expected = [("MAPHASHBIAS", -2), ("MAXTRYLOCK", 6), ("STP_NO_OVERLOAD", 1)];
        assert_eq!(defines.unwrap().runtime, expected);
        let threshold = parse(&["STP_OVERLOAD_THRESHOLD=0x10UL"]).unwrap().runtime;
        assert_eq!(threshold, [("STP_OVERLOAD_THRESHOLD", 16)]);
    }

    #[test]
    fn what_is_not_formed_or_allowed_is_an_error() {
        let error = |argument: &str| parse(&[argument]).unwrap_err().to_string();
        assert_eq!(error("MAXACTION"), "-D MAXACTION: expected NAME=VALUE");
        assert_eq!(error("1X=5"), "-D 1X=5: expected NAME=VALUE");
        assert_eq!(error("MAXNESTING=0"), "-D MAXNESTING=0: expected a number from 1 to 1000");
        assert_eq!(error("MAXTRYLOCK=x"), "-D MAXTRYLOCK=x: expected a number from 0 to 1000000");
        for known in &KNOWN {
            assert!(parse(&[&format!("{}={}", known.name, known.range.end())]).is_ok());
        }
    }

    #[test]
    fn names_that_set_nothing_are_told_of() {
        let warned = |argument: &str, guru: bool| {
            let warnings = parse(&[argument]).unwrap().warnings(guru);
            warnings.iter().map(|warning| warning.message.clone()).collect::<Vec<_>>().join("")
        };
        assert_eq!(warned("FOO", false), "-D FOO is no limit: only C in the script would see it");
        assert_eq!(warned("FOO=1", true), "");
        assert!(warned("MAXACTOIN=5", true).starts_with("-D MAXACTOIN is no limit"));
        assert_eq!(warned("MAXUPROBES=5", true), "-D MAXUPROBES changes nothing");
        assert_eq!(warned("MAXACTION=5", false), "");
    }

    #[test]
    fn globals_have_a_name_and_a_value() {
        assert_eq!(globals(&["x=a=b".to_owned()]).unwrap(), [("x".to_owned(), "a=b".to_owned())]);
        assert!(globals(&["x".to_owned()]).is_err());
        assert!(globals(&["=1".to_owned()]).is_err());
    }
}
