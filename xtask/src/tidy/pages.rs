//! What the pages for people name exists: files, folders, crates, and the targets of links.

use super::tree::{Finding, Tree};

/// Checks every Markdown file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.with_suffix(".md").flat_map(|(path, text)| check_page(tree, path, text)).collect()
}

fn check_page(tree: &Tree, page: &str, text: &str) -> Vec<Finding> {
    let crates = crates(tree);
    let mut findings = Vec::new();
    let mut in_block = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
            continue;
        }
        for word in code_words(line, in_block) {
            if is_missing_path(tree, page, word) {
                findings.push(Finding::in_line(page, index, format!("there is no {word}")));
            }
            if is_crate_name(word) && !crates.iter().any(|name| name == word) {
                findings.push(Finding::in_line(page, index, format!("there is no crate {word}")));
            }
        }
        for target in links(line).filter(|target| is_missing_link(tree, page, target)) {
            findings.push(Finding::in_line(page, index, format!("a link to nothing: {target}")));
        }
    }
    findings
}

/// The words that are set as code: in backticks, in a fenced block, or indented.
fn code_words(line: &str, in_block: bool) -> impl Iterator<Item = &str> {
    let whole = (in_block || line.starts_with("    ")).then_some(line);
    let quoted = line.split('`').skip(1).step_by(2).filter(move |_| whole.is_none());
    let is_edge = |c: char| !c.is_alphanumeric() && !"./_{}*".contains(c);
    quoted.chain(whole).flat_map(str::split_whitespace).map(move |word| {
        let word = word.split(':').next().unwrap_or(word); // `file.rs:12`, `name: value`
        word.trim_matches(is_edge).trim_end_matches('.')
    })
}

/// Whether a word is a path of this repository (its first folder is one) that does not exist, from
/// the root or from the page.
fn is_missing_path(tree: &Tree, page: &str, word: &str) -> bool {
    let Some((first, _)) = word.split_once('/') else { return false };
    let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-{},*".contains(c));
    // A name in capitals stands for any: `tests/filetests/NAME.stp`.
    let is_pattern = word
        .split(['/', '.'])
        .any(|part| part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase()));
    let is_ours = !first.is_empty() && first != "target" && tree.has(first);
    is_ours
        && is_plain
        && alternatives(word).iter().any(|path| {
            let near = format!("{}{path}", folder(page));
            !is_pattern && !matches(tree, path) && !matches(tree, &near)
        })
}

/// `a/{b,c}` is `a/b` and `a/c`.
fn alternatives(word: &str) -> Vec<String> {
    let parts = word.split_once('{').and_then(|(before, rest)| {
        let (middle, after) = rest.split_once('}')?;
        Some((before, middle, after))
    });
    match parts {
        Some((before, middle, after)) => middle
            .split(',')
            .flat_map(|choice| alternatives(&format!("{before}{choice}{after}")))
            .collect(),
        None => vec![word.to_owned()],
    }
}

/// Whether a file or folder is there; `*` is any part of a name.
fn matches(tree: &Tree, path: &str) -> bool {
    match path.split_once('*') {
        Some((before, after)) => {
            tree.files().any(|(file, _)| file.starts_with(before) && file.ends_with(after))
        }
        None => tree.has(path),
    }
}

/// The folder of a page, with its slash.
fn folder(page: &str) -> &str {
    page.rfind('/').map_or("", |end| &page[..=end])
}

fn is_crate_name(word: &str) -> bool {
    word.strip_prefix("stapc-").is_some_and(|rest| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    })
}

/// The names in all manifests: of packages and of their programs.
fn crates(tree: &Tree) -> Vec<String> {
    let manifests =
        tree.files().filter(|(path, _)| *path == "Cargo.toml" || path.ends_with("/Cargo.toml"));
    manifests
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| Some(line.strip_prefix("name = \"")?.strip_suffix('"')?.to_owned()))
        .collect()
}

/// The targets of a line's links.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next())
}

fn is_missing_link(tree: &Tree, page: &str, target: &str) -> bool {
    let is_ours = !target.is_empty() && !target.contains(':');
    let climbs = target.starts_with("..");
    is_ours && !climbs && !tree.has(&format!("{}{target}", folder(page)))
}

#[cfg(test)]
mod tests {
    use super::super::tree::found;
    use super::*;

    /// What is found in a page beside a small repository.
    fn in_page(text: &str) -> Vec<String> {
        let manifest = "[package]\nname = \"stapc-ir\"\n";
        let files = [
            ("README.md", text),
            ("ir/core/Cargo.toml", manifest),
            ("ir/core/src/lib.rs", ""),
            ("src/main.rs", ""),
        ];
        found(check, &files)
    }

    #[test]
    fn a_path_that_is_not_there_is_found() {
        assert_eq!(in_page("see `src/gone.rs`"), ["README.md:1: there is no src/gone.rs"]);
        assert_eq!(
            in_page("\n```sh\ncargo run src/gone.rs -v\n```\n"),
            ["README.md:3: there is no src/gone.rs"]
        );
        assert_eq!(in_page("`ir/{core,gone}`"), ["README.md:1: there is no ir/{core,gone}"]);
        assert_eq!(in_page("`ir/core/src/*.c`"), ["README.md:1: there is no ir/core/src/*.c"]);
    }

    #[test]
    fn what_is_there_or_is_no_path_of_ours_is_not_found() {
        let text = "`src/main.rs:3`, `ir/core/`, `ir/{core,core/src}`, `src/*.rs`, `src/NAME.rs`, `/proc/modules`, \
                    `$HOME/x`, `and/or`, `stapc-ir`, src/words, [link](src/main.rs), [out](https://a.b/c)";
        assert_eq!(in_page(text), [""; 0]);
    }

    #[test]
    fn a_crate_that_is_not_there_is_found() {
        assert_eq!(in_page("`stapc-mir` is it"), ["README.md:1: there is no crate stapc-mir"]);
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        assert_eq!(in_page("[it](docs/it.md#top)"), ["README.md:1: a link to nothing: docs/it.md"]);
    }
}
