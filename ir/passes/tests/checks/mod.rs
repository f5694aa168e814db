//! Expectations of a header: what the output must hold, in order, and what it must not hold between.

/// A line of a header about the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// This comes behind what the check before found.
    Has(String),
    /// This comes not before what the next check finds.
    HasNot(String),
}

/// Whether the output is as the checks say.
///
/// # Errors
/// The first check that does not hold.
pub fn check(checks: &[Check], output: &str) -> Result<(), String> {
    let mut rest = output;
    let mut forbidden: Vec<&str> = Vec::new();
    for check in checks {
        match check {
            Check::HasNot(text) => forbidden.push(text),
            Check::Has(text) => {
                let at = rest
                    .find(text.as_str())
                    .ok_or_else(|| format!("`check: {text}` is not true"))?;
                none(&forbidden, &rest[..at])?;
                forbidden.clear();
                rest = &rest[at + text.len()..];
            }
        }
    }
    none(&forbidden, rest)
}

fn none(forbidden: &[&str], between: &str) -> Result<(), String> {
    match forbidden.iter().find(|text| between.contains(**text)) {
        Some(text) => Err(format!("`check-not: {text}` is not true")),
        None => Ok(()),
    }
}

#[test]
fn checks_hold_in_their_order() {
    let has = |text: &str| Check::Has(text.to_owned());
    let not = |text: &str| Check::HasNot(text.to_owned());
    let output = "a b a c";
    for (checks, error) in [
        (vec![has("a"), has("b"), has("a"), has("c")], None),
        (vec![has("b"), has("b")], Some("`check: b` is not true")),
        (vec![has("c"), has("a")], Some("`check: a` is not true")),
        (vec![has("b"), not("b"), has("c"), not("a")], None),
        (vec![not("a"), has("b")], Some("`check-not: a` is not true")),
        (vec![has("b"), not("c")], Some("`check-not: c` is not true")),
        (vec![has("a"), has("a"), not("b")], None),
    ] {
        assert_eq!(check(&checks, output).err().as_deref(), error, "{checks:?}");
    }
}
