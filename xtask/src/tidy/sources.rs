//! What may not stand in a source file.

use super::{
    dependencies::DOERS,
    tree::{Finding, Tree, is_under},
};

/// The licence that the module's side of the runtime, and so every module, is under.
const MODULE_LICENCE: &str = "SPDX-License-Identifier: GPL-2.0-only OR MIT";

/// Checks all files, line by line.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        findings.extend(check_licence(path, text));
        for (index, line) in text.lines().enumerate() {
            let messages = LINE_RULES.iter().filter_map(|rule| rule(path, line));
            findings.extend(messages.map(|message| Finding::in_line(path, index, message)));
        }
    }
    findings
}

/// What is wrong with a line of a file.
type LineRule = fn(&str, &str) -> Option<String>;

const LINE_RULES: &[LineRule] =
    &[io_ban, ignored_test, machine_path, ownerless_todo, trailing_space];

fn check_licence(path: &str, text: &str) -> Option<Finding> {
    let is_module_source = is_under(path, "runtime/kernel")
        && [".c", ".h"].iter().any(|suffix| path.ends_with(suffix));
    let says_so = text.lines().next().is_some_and(|line| line.contains(MODULE_LICENCE));
    (is_module_source && !says_so)
        .then(|| Finding::in_file(path, format!("the first line does not say `{MODULE_LICENCE}`")))
}

/// Only some crates lift the ban on files, environment and processes (clippy.toml); in others, only
/// tests, examples and build scripts do.
fn io_ban(path: &str, line: &str) -> Option<String> {
    let is_lifted =
        line.contains("clippy::disallowed_methods") && line.trim_start().starts_with("#");
    let may_lift = DOERS.iter().any(|folder| is_under(path, folder))
        || path
            .split('/')
            .any(|part| ["tests", "tests.rs", "benches", "examples", "build.rs"].contains(&part))
        || line.contains("cfg_attr(test,");
    (path.ends_with(".rs") && is_lifted && !may_lift)
        .then(|| format!("lifts the ban on input and output, which only {} may", DOERS.join(", ")))
}

fn ignored_test(path: &str, line: &str) -> Option<String> {
    let is_ignored =
        path.ends_with(".rs") && line.trim_start().starts_with(concat!("#[", "ignore"));
    is_ignored.then(|| "an ignored test: assert what it does today, and say FIXME".to_owned())
}

/// A path that only its writer's machine has.
fn machine_path(_: &str, line: &str) -> Option<String> {
    let folders = ["work", "root", "home"].map(|name| format!("/{name}/"));
    let starts_path =
        |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "/._-}".contains(c));
    let found = folders
        .iter()
        .find(|folder| line.match_indices(folder.as_str()).any(|(at, _)| starts_path(at)))?;
    Some(format!("a path of one machine: {found}"))
}

fn ownerless_todo(path: &str, line: &str) -> Option<String> {
    let word = concat!("TO", "DO");
    let is_code =
        [".rs", ".c", ".h", ".stp", ".pest", ".toml"].iter().any(|suffix| path.ends_with(suffix));
    let at = line.find(word).filter(|_| is_code)?;
    let has_issue = line[at + word.len()..].starts_with("(#");
    (!has_issue).then(|| format!("a {word} that nobody will do: `{word}(#ISSUE)`, or do it"))
}

/// rustfmt looks at Rust itself, and knows what is inside a string; what programs print may end so,
/// and stands in the tests as it was printed.
fn trailing_space(path: &str, line: &str) -> Option<String> {
    let is_ours = [".c", ".h", ".stp", ".md", ".toml", ".pest", ".sh"]
        .iter()
        .any(|suffix| path.ends_with(suffix));
    (is_ours && line.ends_with([' ', '\t', '\r']))
        .then(|| "space at the end of the line".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tree::found;
    use super::*;

    /// What is found in one file of one line.
    fn in_line(path: &str, line: &str) -> Vec<String> {
        found(check, &[(path, line)])
    }

    #[test]
    fn only_some_crates_lift_the_ban_on_io() {
        let line = "#![expect(clippy::disallowed_methods, reason = \"files\")]";
        let nested = "    #[allow(clippy::disallowed_methods)]";
        let message = "lifts the ban on input and output, which only src, runtime/stapd, runtime/vm, xtask, fuzz may";
        assert_eq!(
            in_line("ir/core/src/lib.rs", line),
            [format!("ir/core/src/lib.rs:1: {message}")]
        );
        assert_eq!(
            in_line("frontend/syntax/src/a.rs", nested),
            [format!("frontend/syntax/src/a.rs:1: {message}")]
        );
        for path in [
            "src/lib.rs",
            "runtime/vm/src/lib.rs",
            "xtask/src/main.rs",
            "frontend/syntax/tests/all.rs",
        ] {
            assert_eq!(in_line(path, line), [""; 0], "{path}");
        }
        assert_eq!(
            in_line("ir/core/src/lib.rs", "#![cfg_attr(test, expect(clippy::disallowed_methods))]"),
            [""; 0]
        );
    }

    #[test]
    fn an_ignored_test_is_found() {
        let line = concat!("    #[", "ignore = \"slow\"]");
        let expected = "a/src/a.rs:1: an ignored test: assert what it does today, and say FIXME";
        assert_eq!(in_line("a/src/a.rs", line), [expected]);
    }

    #[test]
    fn a_path_of_one_machine_is_found_anywhere_but_inside_another() {
        let home = concat!("/ho", "me/");
        assert_eq!(
            in_line("a.md", &format!("see {home}someone")),
            [format!("a.md:1: a path of one machine: {home}")]
        );
        assert_eq!(
            in_line(
                "a.md",
                &format!("tests{home}x, $XDG{home}, ${{A}}{home}").replace("$XDG", "b")
            ),
            [""; 0]
        );
    }

    #[test]
    fn a_todo_needs_an_issue() {
        let word = concat!("TO", "DO");
        let expected = format!("a.c:1: a {word} that nobody will do: `{word}(#ISSUE)`, or do it");
        assert_eq!(in_line("a.c", &format!("/* {word}: later */")), [expected]);
        assert_eq!(in_line("a.c", &format!("/* {word}(#12): later */")), [""; 0]);
    }

    #[test]
    fn space_at_the_end_is_found_but_in_what_programs_print() {
        assert_eq!(found(check, &[("a.c", "a\nb \n")]), ["a.c:2: space at the end of the line"]);
        assert_eq!(in_line("tests/e2e/a.out", "b \n"), [""; 0]);
        assert_eq!(
            in_line("tests/e2e/a.stp", "b \n"),
            ["tests/e2e/a.stp:1: space at the end of the line"]
        );
    }

    #[test]
    fn the_modules_sources_say_their_licence() {
        let header = format!("// {MODULE_LICENCE}\n");
        let wrong = "// SPDX-License-Identifier: GPL-2.0-only\n";
        let files = [
            ("runtime/kernel/a.c", header.as_str()),
            ("runtime/kernel/b.h", wrong),
            ("runtime/vm/c.c", ""),
        ];
        let expected =
            format!("runtime/kernel/b.h:1: the first line does not say `{MODULE_LICENCE}`");
        assert_eq!(found(check, &files), [expected]);
    }
}
