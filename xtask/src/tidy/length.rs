//! A file has one job: most are under 400 lines, tests not counted.

use super::tree::{Finding, Tree};

/// Lines that a file may have before its tests.
const LIMIT: usize = 400;

/// Files that may have more, and why.
const LONGER: &[(&str, &str)] = &[];

/// Checks the length of source files, and that the exceptions are still needed.
pub fn check(tree: &Tree) -> Vec<Finding> {
    check_but(tree, LONGER)
}

fn check_but(tree: &Tree, longer: &[(&str, &str)]) -> Vec<Finding> {
    let is_listed = |path: &str| longer.iter().any(|(listed, _)| *listed == path);
    let too_long = tree
        .files()
        .filter(|(path, _)| is_source(path) && !is_listed(path))
        .map(|(path, text)| (path, lines_before_tests(text)))
        .filter(|(_, lines)| *lines > LIMIT)
        .map(|(path, lines)| {
            Finding::in_file(
                path,
                format!("{lines} lines without tests, over {LIMIT}: has it more than one job? If not, list it in xtask/src/tidy/length.rs"),
            )
        });
    let stale = longer
        .iter()
        .filter(|(path, _)| tree.get(path).is_none_or(|text| lines_before_tests(text) <= LIMIT))
        .map(|(path, _)| {
            Finding::in_file(path, "listed in xtask/src/tidy/length.rs as long, but is not")
        });
    too_long.chain(stale).collect()
}

fn is_source(path: &str) -> bool {
    let is_test = path.split('/').any(|folder| folder == "tests") || path.ends_with("/tests.rs");
    !is_test && [".rs", ".c", ".h", ".pest"].iter().any(|suffix| path.ends_with(suffix))
}

/// Lines up to the module of tests.
fn lines_before_tests(text: &str) -> usize {
    let is_tests =
        |(attribute, item): (&str, &str)| attribute == "#[cfg(test)]" && item.starts_with("mod ");
    let mut pairs = text.lines().zip(text.lines().skip(1));
    pairs.position(is_tests).unwrap_or_else(|| text.lines().count())
}

#[cfg(test)]
mod tests {
    use super::super::tree::found;
    use super::*;

    #[test]
    fn a_long_file_is_found_and_its_tests_are_not_counted() {
        let (short, long) = ("code\n".repeat(LIMIT), "code\n".repeat(LIMIT + 1));
        let tested = short.clone() + "#[cfg(test)]\nmod tests {}\n" + &long;
        let files =
            [("a.rs", short.as_str()), ("b.c", &long), ("c.rs", &tested), ("tests/d.rs", &long)];
        let found = found(check, &files);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("b.c:1: 401 lines without tests, over 400"), "{found:?}");
    }

    #[test]
    fn an_exception_that_is_no_longer_one_is_found() {
        let longer = [("long.rs", "a table"), ("short.rs", "a table"), ("gone.rs", "a table")];
        let tree = Tree::of(&[("long.rs", &"code\n".repeat(LIMIT + 1)), ("short.rs", "")]);
        let found: Vec<String> = check_but(&tree, &longer).iter().map(Finding::to_string).collect();
        assert_eq!(
            found,
            [
                "short.rs:1: listed in xtask/src/tidy/length.rs as long, but is not",
                "gone.rs:1: listed in xtask/src/tidy/length.rs as long, but is not"
            ]
        );
    }
}
