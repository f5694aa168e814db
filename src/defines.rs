//! What `-D` and `-G` set.

use anyhow::{Result, bail};
use stapc_diagnostics::suggest;
use stapc_ir::Limits;

/// What `-D` sets.
#[derive(Debug, Clone, Copy)]
pub struct Defines {
    /// The bounds within which a script runs.
    pub limits: Limits,
    /// How many elements an array without a size has room for; none for the usual.
    pub map_entries: Option<u32>,
}

/// The names that `-D` knows.
pub const NAMES: [&str; 8] = [
    "MAXACTION",
    "MAXACTION_INTERRUPTIBLE",
    "MAXNESTING",
    "MAXSTRINGLEN",
    "MAXMAPENTRIES",
    "MAXERRORS",
    "MAXSKIPPED",
    "MAXBACKTRACE",
];

impl Defines {
    /// Of the arguments of `-D`, each `NAME=VALUE`; the last of a name counts.
    ///
    /// # Errors
    /// When one is not formed so, or sets what is not known, or to what is not allowed.
    pub fn parse(arguments: &[String]) -> Result<Self> {
        let mut defines = Self { limits: Limits::default(), map_entries: None };
        for argument in arguments {
            let Some((name, value)) = argument.split_once('=') else {
                bail!("-D {argument}: expected NAME=VALUE");
            };
            defines.set(name, value)?;
        }
        Ok(defines)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let limits = &mut self.limits;
        let (limit, range) = match name {
            "MAXACTION" => (&mut limits.max_action, 1..=i32::MAX as u32),
            "MAXACTION_INTERRUPTIBLE" => (&mut limits.max_action_session, 1..=i32::MAX as u32),
            "MAXNESTING" => (&mut limits.max_nesting, 1..=1000),
            "MAXSTRINGLEN" => (&mut limits.string_max, 8..=65536),
            "MAXERRORS" => (&mut limits.max_errors, 0..=u32::MAX),
            "MAXSKIPPED" => (&mut limits.max_skipped, 0..=u32::MAX),
            "MAXBACKTRACE" => (&mut limits.max_backtrace, 1..=64),
            "MAXMAPENTRIES" => (self.map_entries.insert(0), 1..=1 << 28),
            _ => match suggest(name, NAMES) {
                Some(near) => bail!("-D {name}: unsupported; did you mean {near}?"),
                None => bail!("-D {name}: unsupported; known are {}", NAMES.join(", ")),
            },
        };
        match value.parse() {
            Ok(number) if range.contains(&number) => *limit = number,
            _ => bail!(
                "-D {name}={value}: expected a number from {} to {}",
                range.start(),
                range.end()
            ),
        }
        Ok(())
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
        assert_eq!(parse(&[]).unwrap().map_entries, None);
    }

    #[test]
    fn what_is_not_known_or_allowed_is_an_error() {
        let error = |argument: &str| parse(&[argument]).unwrap_err().to_string();
        assert_eq!(error("MAXACTION"), "-D MAXACTION: expected NAME=VALUE");
        assert_eq!(error("MAXNESTING=0"), "-D MAXNESTING=0: expected a number from 1 to 1000");
        assert_eq!(error("MAXACTOIN=5"), "-D MAXACTOIN: unsupported; did you mean MAXACTION?");
        assert!(error("FOO=5").starts_with("-D FOO: unsupported; known are MAXACTION, "));
        for name in NAMES {
            assert!(parse(&[&format!("{name}=100")]).is_ok(), "{name}");
        }
    }

    #[test]
    fn globals_have_a_name_and_a_value() {
        assert_eq!(globals(&["x=a=b".to_owned()]).unwrap(), [("x".to_owned(), "a=b".to_owned())]);
        assert!(globals(&["x".to_owned()]).is_err());
        assert!(globals(&["=1".to_owned()]).is_err());
    }
}
