//! `cargo xtask docs`: writes the pages that are made of tables in the code.

use std::{fs, process::ExitCode};

use anyhow::{Context as _, Result};

use crate::{
    root::root,
    tidy::{Finding, Tree},
};

/// A page: where it is, and what makes it.
type Page = (&'static str, fn() -> String);

const PAGES: &[Page] = &[
    ("docs/ir.md", stapc_ir_text::reference::page),
    ("ir/core/schema/module.json", stapc_ir::schema),
];

/// The command.
pub fn perform() -> Result<ExitCode> {
    for (path, make) in PAGES {
        let path = root().join(path);
        let folder = path.parent().context("a page stands in a folder")?;
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, make()))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("docs: {} pages written", PAGES.len());
    Ok(ExitCode::SUCCESS)
}

/// The rule of tidy: the pages are what would be written now.
pub fn check(tree: &Tree) -> Vec<Finding> {
    PAGES.iter().filter_map(|page| check_page(tree, page)).collect()
}

fn check_page(tree: &Tree, (path, make): &Page) -> Option<Finding> {
    let is_fresh = tree.get(path).is_some_and(|text| text == make());
    (!is_fresh).then(|| Finding::in_file(path, "it is not what is made now: run cargo xtask docs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_old_or_missing_is_found() {
        let page: Page = ("docs/a.md", || "new\n".to_owned());
        let found =
            |files: &[(&str, &str)]| check_page(&Tree::of(files), &page).map(|f| f.to_string());
        assert_eq!(found(&[("docs/a.md", "new\n")]), None);
        let old = Some("docs/a.md:1: it is not what is made now: run cargo xtask docs".to_owned());
        assert_eq!(found(&[("docs/a.md", "old\n")]), old);
        assert_eq!(found(&[]), old);
    }
}
