//! Names with wildcards, as the shell has them: `*`, `?`, `[a-z]`, `[!a-z]`.

/// Whether a pattern has any.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Whether a name is one that a pattern means. Takes as many steps as both are long, multiplied.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut seen) = (0, 0);
    // Where to go on if what is behind the last star does not fit.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if pattern.get(at) == Some(&b'*') {
            retry = Some((at + 1, seen));
            at += 1;
            continue;
        }
        if seen == name.len() && at == pattern.len() {
            return true;
        }
        let step = name.get(seen).and_then(|&byte| one(&pattern[at.min(pattern.len())..], byte));
        match (step, retry) {
            (Some(length), _) => {
                at += length;
                seen += 1;
            }
            (None, Some((behind, from))) if from < name.len() => {
                retry = Some((behind, from + 1));
                (at, seen) = (behind, from + 1);
            }
            _ => return false,
        }
    }
}

/// Whether a path is one that a pattern means, which may leave out its first folders.
pub(crate) fn matches_path(pattern: &str, path: &str) -> bool {
    let inner = |path: &str| matches(pattern, path);
    if is_pattern(pattern) {
        return inner(path) || path.match_indices('/').any(|(slash, _)| inner(&path[slash + 1..]));
    }
    let Some(head) = path.strip_suffix(pattern) else { return false };
    head.is_empty() || head.ends_with('/') || pattern.starts_with('/')
}

/// How long the part of a pattern is that takes one byte, if it takes this one.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern.first()? {
        b'?' => Some(1),
        b'[' => match class(pattern, byte) {
            Some((length, holds)) => holds.then_some(length),
            None => (byte == b'[').then_some(1),
        },
        b'\\' if pattern.len() > 1 => (pattern[1] == byte).then_some(2),
        &own => (own == byte).then_some(1),
    }
}

/// The length of a class in brackets, and whether a byte is in it; none if it has no end.
fn class(pattern: &[u8], byte: u8) -> Option<(usize, bool)> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let first = if negated { 2 } else { 1 };
    // A bracket right at the start is one of its bytes.
    let end = (first + 1..pattern.len()).find(|&at| pattern[at] == b']')?;
    let (mut at, mut holds) = (first, false);
    while at < end {
        let low = pattern[at];
        let high = if pattern[at + 1] == b'-' && at + 2 < end { pattern[at + 2] } else { low };
        holds |= (low..=high).contains(&byte);
        at += if high != low || pattern[at + 1] == b'-' && at + 2 < end { 3 } else { 1 };
    }
    Some((end + 1, holds != negated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_as_in_the_shell() {
        for (pattern, name) in [
            ("vfs_*", "vfs_read"),
            ("*", ""),
            ("*read*", "vfs_readv"),
            ("v?s_r[a-f]ad", "vfs_read"),
            ("[!a]b", "cb"),
            ("a[]x]", "a]"),
            ("a[b", "a[b"),
            ("*a*b*c", "xaxbxbxc"),
            ("a\\*", "a*"),
            ("[a-]", "-"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("vfs_*", "vf_read"),
            ("", "a"),
            ("?", ""),
            ("[!a]b", "ab"),
            ("a*b", "abc"),
            ("a\\*", "ab"),
            ("[a-c]", "d"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!matches(&format!("{}b", "a*".repeat(50)), &"a".repeat(2000)));
    }

    #[test]
    fn paths_may_lack_their_first_folders() {
        assert!(matches_path("fs/read_write.c", "fs/read_write.c"));
        assert!(matches_path("read_write.c", "fs/read_write.c"));
        assert!(!matches_path("write.c", "fs/read_write.c"));
        assert!(matches_path("read*.c", "fs/read_write.c"));
        assert!(matches_path("fs/*", "linux/fs/read_write.c"));
        assert!(!matches_path("net/*", "fs/read_write.c"));
    }
}
