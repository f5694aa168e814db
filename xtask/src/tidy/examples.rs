//! Every example says how it is run.

use super::tree::{Finding, Tree};

/// Checks that each script in `examples/` has a comment with the command that runs it.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.with_suffix(".stp")
        .filter(|(path, _)| path.starts_with("examples/"))
        .filter(|(path, text)| !text.lines().any(|line| is_command(line, path)))
        .map(|(path, _)| {
            Finding::in_file(path, format!("no comment with its command: `#     stapc run {path}`"))
        })
        .collect()
}

fn is_command(line: &str, path: &str) -> bool {
    line.strip_prefix('#').is_some_and(|comment| {
        let words: Vec<&str> = comment.split_whitespace().collect();
        words.starts_with(&["stapc", "run"]) && words.contains(&path)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree::found;
    use super::*;

    #[test]
    fn an_example_without_its_command_is_found() {
        let files = [
            (
                "examples/a.stp",
                "# All of it.\n#\n#     stapc run examples/a.stp -c true\nprobe begin {}\n",
            ),
            ("examples/b.stp", "# Copied.\n#     stapc run examples/a.stp\nprobe begin {}\n"),
            ("tests/e2e/c.stp", "probe begin {}\n"),
        ];
        let expected =
            "examples/b.stp:1: no comment with its command: `#     stapc run examples/b.stp`";
        assert_eq!(found(check, &files), [expected]);
    }
}
