//! How conditions compare: versions in the order of glibc's `strverscmp`, and wildcards as its
//! `fnmatch` matches them.

use std::cmp::Ordering;

/// The order of versions: runs of digits count as numbers, and as fractions if they begin with 0
/// (`000` `00` `01` `010` `09` `0` `1` `9` `10`); all else is compared byte by byte.
pub(super) fn versions(left: &[u8], right: &[u8]) -> Ordering {
    let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let (common, left) = left.split_at(same);
    let right = &right[same..];
    // The digits in front of the first difference belong to the numbers that differ.
    let digits = common.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let before = &common[same - digits..];
    let (left_digits, right_digits) = (digits_of(left), digits_of(right));
    let bytewise = left.cmp(right);
    match before.first().or(left.first().min(right.first())) {
        Some(b'0') if !before.is_empty() && before.iter().all(|&byte| byte == b'0') => {
            (right_digits > 0).cmp(&(left_digits > 0)).then(bytewise)
        }
        Some(b'1'..=b'9') if !before.is_empty() || left_digits.min(right_digits) > 0 => {
            left_digits.cmp(&right_digits).then(bytewise)
        }
        _ => bytewise,
    }
}

/// How many digits some bytes begin with.
fn digits_of(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Whether a text holds what [`wildcard`] gives a meaning to.
pub(super) fn has_wildcard(pattern: &[u8]) -> bool {
    pattern.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// Whether all of `text` matches a pattern of `*`, `?`, `[…]` and `\`.
///
/// Of several `*`, only the last needs to be tried again: the time is bounded by the product of the
/// lengths.
pub(super) fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut pattern_at) = (0, 0);
    let mut again: Option<(usize, usize)> = None;
    loop {
        let rest = &pattern[pattern_at..];
        if rest.first() == Some(&b'*') {
            pattern_at += 1;
            again = Some((at, pattern_at));
            continue;
        }
        match text.get(at) {
            None if rest.is_empty() => return true,
            None => return false,
            Some(&byte) => {
                if let Some(length) = one(rest, byte) {
                    (at, pattern_at) = (at + 1, pattern_at + length);
                    continue;
                }
            }
        }
        let Some((from, behind)) = again else { return false };
        again = Some((from + 1, behind));
        (at, pattern_at) = (from + 1, behind);
    }
}

/// How much of a pattern matches a byte.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'[', ..] => match bracket(pattern, byte) {
            Some((matches, length)) => matches.then_some(length),
            None => (byte == b'[').then_some(1),
        },
        [b'\\', escaped, ..] => (*escaped == byte).then_some(2),
        [first, ..] => (*first == byte).then_some(1),
        [] => None,
    }
}

/// Whether a byte is among those of `[…]`, and the length of it; none if it is not closed.
fn bracket(pattern: &[u8], byte: u8) -> Option<(bool, usize)> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = 1 + usize::from(negated);
    let (mut at, mut found) = (start, false);
    loop {
        match &pattern[at.min(pattern.len())..] {
            [] => return None,
            [b']', ..] if at > start => return Some((found != negated, at + 1)),
            [b'[', b':', rest @ ..] if class(rest).is_some() => {
                let (is, length) = class(rest)?;
                found |= is(&byte);
                at += 2 + length;
            }
            rest => {
                let (low, length) = literal(rest)?;
                at += length;
                let high = match &pattern[at..] {
                    [b'-', behind @ ..] if !matches!(behind, [] | [b']', ..]) => {
                        let (high, length) = literal(behind)?;
                        at += 1 + length;
                        high
                    }
                    _ => low,
                };
                found |= (low..=high).contains(&byte);
            }
        }
    }
}

/// A byte of `[…]` and how much stands for it.
fn literal(pattern: &[u8]) -> Option<(u8, usize)> {
    match pattern {
        [b'\\', escaped, ..] => Some((*escaped, 2)),
        [first, ..] => Some((*first, 1)),
        [] => None,
    }
}

type IsClass = fn(&u8) -> bool;

/// The class behind `[:`, and how much names it, up to its `:]`.
fn class(pattern: &[u8]) -> Option<(IsClass, usize)> {
    let classes: [(&[u8], IsClass); 12] = [
        (b"alnum:]", u8::is_ascii_alphanumeric),
        (b"alpha:]", u8::is_ascii_alphabetic),
        (b"blank:]", |byte| matches!(byte, b' ' | b'\t')),
        (b"cntrl:]", u8::is_ascii_control),
        (b"digit:]", u8::is_ascii_digit),
        (b"graph:]", u8::is_ascii_graphic),
        (b"lower:]", u8::is_ascii_lowercase),
        (b"print:]", |byte| matches!(byte, b' '..=b'~')),
        (b"punct:]", u8::is_ascii_punctuation),
        (b"space:]", |byte| matches!(byte, b' ' | b'\t'..=b'\r')),
        (b"upper:]", u8::is_ascii_uppercase),
        (b"xdigit:]", u8::is_ascii_hexdigit),
    ];
    let (name, is) = classes.into_iter().find(|(name, _)| pattern.starts_with(name))?;
    Some((is, name.len()))
}

#[cfg(test)]
mod tests {
    use std::ffi::{CString, c_char, c_int};

    use proptest::prelude::*;

    use super::*;

    unsafe extern "C" {
        fn strverscmp(left: *const c_char, right: *const c_char) -> c_int;
        fn fnmatch(pattern: *const c_char, text: *const c_char, flags: c_int) -> c_int;
    }

    fn c_string(text: &str) -> CString {
        CString::new(text).expect("there is no NUL in the texts of these tests")
    }

    #[test]
    fn numbers_with_zeros_in_front_are_fractions() {
        let order = ["000", "00", "01", "010", "09", "0", "1", "9", "10"];
        for pair in order.windows(2) {
            assert_eq!(versions(pair[0].as_bytes(), pair[1].as_bytes()), Ordering::Less);
        }
    }

    proptest! {
        #[test]
        fn versions_are_ordered_as_by_the_library_of_c(
            left in "[019.a-]{0,6}", right in "[019.a-]{0,6}", before in "[019.a-]{0,3}",
        ) {
            let [left, right] = [left, right].map(|end| before.clone() + &end);
            let [c_left, c_right] = [&left, &right].map(|text| c_string(text));
            // SAFETY: both are strings that end with a NUL.
            let expected = unsafe { strverscmp(c_left.as_ptr(), c_right.as_ptr()) };
            prop_assert_eq!(versions(left.as_bytes(), right.as_bytes()), expected.cmp(&0));
        }

        #[test]
        fn wildcards_match_as_by_the_library_of_c(
            pattern in r"([ab*?]|\[[!^]?[ab\]]?[ab-]{0,3}\]?|\[\[:alpha:\]|\\[ab*]){0,5}",
            text in r"[ab*\[\]-]{0,6}",
        ) {
            let [c_pattern, c_text] = [&pattern, &text].map(|text| c_string(text));
            // SAFETY: both are strings that end with a NUL.
            let expected = unsafe { fnmatch(c_pattern.as_ptr(), c_text.as_ptr(), 0) };
            prop_assert_eq!(wildcard(pattern.as_bytes(), text.as_bytes()), expected == 0);
        }
    }

    /// A pattern of many stars takes no time.
    #[test]
    fn stars_do_not_multiply() {
        assert!(!wildcard("*a".repeat(1000).as_bytes(), &[b'a'; 999]));
        assert!(wildcard("*a".repeat(1000).as_bytes(), &[b'a'; 5000]));
    }
}
