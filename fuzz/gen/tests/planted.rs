//! Wrong rewrites that are planted behind the passes are found.

use stapc_gen::planted::{MOST_MISSED, search};

#[test]
fn wrong_rewrites_are_found() {
    let found = search();
    assert!(found.len() >= 60, "only {} are planted", found.len());
    let missed: Vec<&str> =
        found.iter().filter(|found| found.by.is_none()).map(|found| found.name).collect();
    assert!(missed.len() <= MOST_MISSED, "nobody finds: {missed:#?}");
}
