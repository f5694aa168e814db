//! An object that is not linked: places and variables by symbols that only one place of it has.

use super::*;
use crate::{
    places::{Lines, Query, What},
    variables::{Term, Where},
};

static OBJECT: LazyLock<Option<Vec<u8>>> =
    LazyLock::new(|| compile_files(&["unlinked-one.c", "unlinked-two.c"], &["-gdwarf-5", "-r"]));

fn ask(about: impl Fn(&Elf<'_>, &Dwarf<'_>)) {
    let Some(object) = OBJECT.as_ref() else { return };
    let elf = Elf::open(object).unwrap();
    let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
    about(&elf, &Dwarf::open(&elf, &index).unwrap());
}

/// Where a global variable is.
fn address(dwarf: &Dwarf<'_>, name: &str, file: Option<&str>) -> u64 {
    let variable = dwarf.global(name, file).unwrap().unwrap();
    match variable.location {
        Ok(Where::Memory(Term::Address(address))) => address,
        other => panic!("{name} is at {other:?}"),
    }
}

#[test]
fn functions_of_one_name_are_found_from_other_symbols() {
    ask(|elf, dwarf| {
        let what = What::Functions { code: true, inlined: false, exported: false };
        let query =
            Query { function: "twice".to_owned(), file: None, lines: Lines::Unwritten, what };
        let places = dwarf.places(&query).unwrap();
        assert_eq!(places.len(), 2);
        for place in places {
            assert_ne!(place.symbol, "twice");
            let symbol = elf.addresses([place.symbol.as_str()])[place.symbol.as_str()];
            assert_eq!(symbol.wrapping_add(place.offset), place.address);
        }
    });
}

#[test]
fn sections_do_not_overlap() {
    ask(|elf, _| {
        let mut loaded: Vec<(u64, u64)> =
            elf.sections().map(|(_, start, size)| (start, size)).filter(|at| at.0 != 0).collect();
        loaded.sort_unstable();
        assert!(loaded.len() > 2);
        assert!(loaded.windows(2).all(|two| two[0].0 + two[0].1 < two[1].0), "{loaded:x?}");
    });
}

#[test]
fn variables_are_found_by_symbols() {
    ask(|_, dwarf| {
        let counted = address(dwarf, "counted", None);
        assert_eq!(dwarf.anchor(counted), Ok(("counted".to_owned(), 0)));
        assert_eq!(dwarf.anchor(counted + 3), Ok(("counted".to_owned(), 3)));
        let one = address(dwarf, "several", Some("unlinked-one.c"));
        let two = address(dwarf, "several", Some("unlinked-two.c"));
        assert_ne!(one, two);
        assert_eq!(dwarf.anchor(one).unwrap().0, "counted");
        let of_each = address(dwarf, "of_each", None);
        assert_eq!(dwarf.anchor(of_each), Ok(("of_each".to_owned(), 0)));
        assert!(dwarf.is_per_cpu(of_each) && !dwarf.is_per_cpu(counted));
        assert!(dwarf.anchor(0).is_err());
    });
}
