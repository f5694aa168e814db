//! "Did you mean": the names nearest to a mistyped one, among all of a kernel's.

/// How many names are offered.
const OFFERED: usize = 10;

/// The names nearest to `name`, best first: a few steps of typing away, or the same words with
/// something before, behind or in another order (`sys_openat`: `do_sys_openat2`).
///
/// Of 60,000 names most are turned down by their length or their letters, for a few nanoseconds
/// each; steps are counted for the rest only.
pub(crate) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let limit = (name.len() / 3).clamp(1, 4);
    let letters = Letters::of(name);
    let words = sorted_words(name);
    let mut found: Vec<(usize, &str)> = Vec::new();
    for other in names {
        if other == name {
            continue;
        }
        let score = if name.len().abs_diff(other.len()) <= limit
            && letters.apart(Letters::of(other)) <= 2 * limit as u32
        {
            distance(name.as_bytes(), other.as_bytes(), limit)
        } else {
            None
        };
        if let Some(score) = score.or_else(|| wordwise(name, &words, other, limit)) {
            found.push((score, other));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(OFFERED).map(|(_, name)| name.to_owned()).collect()
}

/// Which letters a name has: bit 0 to 25 for `a` to `z`, the rest share six bits.
#[derive(Debug, Clone, Copy)]
struct Letters(u32);

impl Letters {
    fn of(name: &str) -> Self {
        let bit = |byte: u8| match byte {
            b'a'..=b'z' => byte - b'a',
            b'A'..=b'Z' => byte - b'A',
            other => 26 + other % 6,
        };
        Self(name.bytes().fold(0, |letters, byte| letters | 1 << bit(byte)))
    }

    /// How many letters only one of the two has; a step of typing changes at most two.
    fn apart(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

fn sorted_words(name: &str) -> Vec<&str> {
    let mut words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words
}

/// A score behind all that are reached by typing, for names of the same words.
fn wordwise(name: &str, words: &[&str], other: &str, limit: usize) -> Option<usize> {
    if name.len() < 4 {
        return None;
    }
    if other.len() >= name.len()
        && words.len() > 1
        && words.iter().all(|word| other.contains(word))
        && sorted_words(other) == *words
    {
        return Some(limit + 1);
    }
    let at = other.find(name)?;
    let starts_word = at == 0 || other.as_bytes()[at - 1] == b'_';
    let more = other.len() - name.len();
    (starts_word && more <= 12).then_some(limit + 1 + more)
}

/// Steps of typing (a letter more, less, changed, or two exchanged) from one to the other; none
/// when it takes more than `limit`.
fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    let mut older = vec![0; b.len() + 1];
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    let mut current = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        current[0] = i;
        for j in 1..=b.len() {
            let changed = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            current[j] = changed.min(previous[j] + 1).min(current[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                current[j] = current[j].min(older[j - 2] + 1);
            }
        }
        // An exchange reaches two rows back, and costs a step on the way.
        if current.iter().min().is_some_and(|&least| least > limit)
            && previous.iter().min().is_some_and(|&least| least >= limit)
        {
            return None;
        }
        std::mem::swap(&mut older, &mut previous);
        std::mem::swap(&mut previous, &mut current);
    }
    Some(previous[b.len()]).filter(|&steps| steps <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 8] = [
        "vfs_read",
        "vfs_write",
        "vfs_readv",
        "do_sys_openat2",
        "__x64_sys_openat",
        "tcp_sendmsg",
        "ksys_read",
        "x",
    ];

    #[test]
    fn mistyped_names_are_found_best_first() {
        assert_eq!(nearest("vfs_raed", NAMES), ["vfs_read", "vfs_readv"]);
        assert_eq!(nearest("tcp_sendmsgs", NAMES), ["tcp_sendmsg"]);
        assert_eq!(nearest("vsf_wirte", NAMES), ["vfs_write"]);
    }

    #[test]
    fn words_in_another_order_and_within_longer_names() {
        assert_eq!(nearest("read_vfs", NAMES), ["vfs_read"]);
        assert_eq!(nearest("sys_openat", NAMES), ["do_sys_openat2", "__x64_sys_openat"]);
        assert_eq!(nearest("entirely_else", NAMES), [""; 0]);
    }

    #[test]
    fn few_are_offered_and_not_the_name_itself() {
        let many: Vec<String> = (0..100).map(|number| format!("probe_{number}")).collect();
        let found = nearest("probe_7", many.iter().map(String::as_str));
        assert_eq!(found.len(), OFFERED);
        assert!(!found.contains(&"probe_7".to_owned()));
    }

    #[test]
    fn steps_are_counted_up_to_the_limit() {
        assert_eq!(distance(b"abc", b"abc", 1), Some(0));
        assert_eq!(distance(b"abcd", b"abdc", 1), Some(1));
        assert_eq!(distance(b"abcd", b"dcba", 2), None);
        assert_eq!(distance(b"", b"ab", 2), Some(2));
    }
}
