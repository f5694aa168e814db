//! The pages that are made of tables in the code are what would be made now. `STAPC_BLESS=1` writes them anew.
#![expect(clippy::disallowed_methods, reason = "it reads and writes the repository's pages")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path};

fn check(path: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("STAPC_BLESS").is_some() {
        fs::write(&path, made).unwrap();
    }
    let is_fresh = fs::read_to_string(&path).is_ok_and(|text| text == made);
    assert!(is_fresh, "{} is not what is made now: run cargo xtask bless pages", path.display());
}

#[test]
fn the_page_about_the_ir_is_fresh() {
    check("docs/ir.md", &stapc_ir_text::reference::page());
}

#[test]
fn the_schema_of_json_is_fresh() {
    check("ir/core/schema/module.json", &stapc_ir::schema());
}
