//! How arguments of options must be formed. What comes out of them ends in file names, C and the
//! kernel's log, so only few characters may be in them.

/// `NAME` or `NAME=VALUE`, of letters, digits and `_`; the value may have a sign.
pub fn define(text: &str) -> bool {
    match text.split_once('=') {
        None => name(text),
        Some((left, value)) => name(left) && word(value.strip_prefix('-').unwrap_or(value)),
    }
}

/// `NAME=VALUE`; the value of letters, digits and `_.-`.
pub fn global(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    text.split_once('=')
        .is_some_and(|(left, value)| name(left) && !value.is_empty() && value.chars().all(allowed))
}

/// The name of a module.
pub fn module(text: &str) -> bool {
    word(text) && text.len() < 56
}

/// The parts of a version, such as `4.8`.
pub fn version(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

fn name(text: &str) -> bool {
    word(text) && !text.starts_with(|c: char| c.is_ascii_digit())
}

fn word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_arguments_are_let_through() {
        assert!(define("NAME") && define("N1=5") && define("N=-5") && define("N=abc"));
        assert!(
            !define("1N") && !define("N=") && !define("N=a b") && !define("N=--1") && !define("")
        );
        assert!(
            global("x=1") && global("x=a.b-c") && !global("x") && !global("x=") && !global("x=a b")
        );
        assert!(module("m_1") && !module("") && !module("a-b") && !module("../m"));
        assert!(version("4.8") < version("5.2") && version("4.10") > version("4.9"));
        assert_eq!(version("abc"), None);
    }
}
