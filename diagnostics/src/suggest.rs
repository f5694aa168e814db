//! "Did you mean …": the nearest of some names.

/// Names of more letters than this are no slips of the keys, and slow to compare.
const LONGEST_NAME: usize = 64;

/// The candidate nearest to `name` by edit distance, if it is near enough to be a slip of the keys;
/// or one that `name` is the beginning of.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    // Names of one or two letters are all near each other.
    if !(3..=LONGEST_NAME).contains(&length) {
        return None;
    }
    let limit = (length / 3).clamp(1, 4);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name && candidate.len().abs_diff(name.len()) <= 16)
        .map(|candidate| {
            let steps = distance(name, candidate);
            (if candidate.starts_with(name) { steps.min(limit) } else { steps }, candidate)
        })
        .filter(|&(distance, _)| distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, with a transposition counted as one step.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut older = vec![0; b.len() + 1];
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut current = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            current[j] = replaced.min(previous[j] + 1).min(current[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                current[j] = current[j].min(older[j - 2] + 1);
            }
        }
        older = std::mem::replace(&mut previous, current);
    }
    previous[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["execname", "pid", "tid", "vfs_read"];
        assert_eq!(suggest("excename", names), Some("execname"));
        assert_eq!(suggest("vfs_raed", names), Some("vfs_read"));
        assert_eq!(suggest("ppid", names), Some("pid"));
        assert_eq!(suggest("something", names), None);
        assert_eq!(suggest("pid", ["pid"]), None);
        assert_eq!(suggest("exec", names), Some("execname"));
        assert_eq!(suggest("x", ["y"]), None);
    }
}
