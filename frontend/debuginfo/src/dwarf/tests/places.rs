//! Places and what can be seen at them; sections and ranges that lie.

use object::{Object as _, ObjectSection as _};

use super::*;
use crate::{
    places::{At, Lines, Place, PlaceKind, Query, What},
    probeable::Probeable,
    symbols::Symbols,
    variables::Variable,
};

static PROGRAM: LazyLock<Option<Vec<u8>>> =
    LazyLock::new(|| compile_files(&["places.c"], &["-gdwarf-5"]));

const FUNCTIONS: What = What::Functions { code: true, inlined: true, exported: false };
const CODE: What = What::Functions { code: true, inlined: false, exported: false };

fn places(function: &str, lines: Lines, what: What) -> Option<Result<Vec<Place>, String>> {
    let elf = Elf::open(PROGRAM.as_ref()?).unwrap();
    let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
    let dwarf = Dwarf::open(&elf, &index).unwrap();
    let query = Query { function: function.to_owned(), file: None, lines, what };
    Some(dwarf.places(&query).map_err(|error| error.0))
}

/// What can be seen at the first place: names and types.
fn spelt(function: &str, lines: Lines, what: What) -> Option<Vec<(String, String)>> {
    let places = places(function, lines, what)?.unwrap();
    let elf = Elf::open(PROGRAM.as_ref()?).unwrap();
    let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
    let dwarf = Dwarf::open(&elf, &index).unwrap();
    let variables = dwarf.variables(&places[0]).unwrap().into_iter();
    let ty = |variable: &Variable| dwarf.type_name(variable.ty.unwrap()).unwrap();
    Some(variables.map(|variable| (variable.name.clone(), ty(&variable))).collect())
}

/// The names of what can be seen at the first place.
fn seen(function: &str, lines: Lines, what: What) -> Option<Vec<String>> {
    Some(spelt(function, lines, what)?.into_iter().map(|(name, _)| name).collect())
}

#[test]
fn a_piece_of_a_function_is_no_entry_of_it() {
    let Some(all) = places("split", Lines::Unwritten, FUNCTIONS) else { return };
    let kinds: Vec<PlaceKind> = all.unwrap().into_iter().map(|place| place.kind).collect();
    assert_eq!(kinds, [PlaceKind::Inlined, PlaceKind::Inlined]);
    let error = places("split", Lines::Unwritten, CODE).unwrap().unwrap_err();
    assert!(error.contains("but for a piece of it"), "{error}");
    // Its lines are lines of the function.
    let statements = places("split", Lines::Offset(6), What::Statements { nearest: true });
    let first = places("split", Lines::Unwritten, FUNCTIONS).unwrap().unwrap()[0].address;
    assert!(statements.unwrap().unwrap().iter().any(|place| place.address < first));
}

#[test]
fn blocks_are_seen_into_from_their_statements_only() {
    let Some(entry) = seen("blocks", Lines::Unwritten, CODE) else { return };
    assert_eq!(entry, ["number", "outer"]);
    let statement = seen("blocks", Lines::Offset(5), What::Statements { nearest: false });
    assert_eq!(statement.unwrap(), ["number", "outer", "inner"]);
    assert_eq!(seen("copied", Lines::Unwritten, FUNCTIONS).unwrap(), ["number"]);
}

#[test]
fn types_are_spelt_as_the_peer_spells_them() {
    let Some(all) = spelt("spelt", Lines::Unwritten, CODE) else { return };
    let types: Vec<&str> = all.iter().map(|(_, ty)| ty.as_str()).collect();
    assert_eq!(types, ["int (*) (void)", "va_list", "int*"]);
}

#[test]
fn a_symbol_without_dwarf_is_a_place_without_variables() {
    let Some(program) = PROGRAM.as_ref() else { return };
    let elf = Elf::open(program).unwrap();
    let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
    let map = "ff10 T in_assembler\nff18 t twice\nff20 t twice\nff30 T __static_call_text_start\n\
               ff30 t __SCT__call\nff40 T __static_call_text_end\n";
    let own = elf.code_symbols().into_iter().map(|(at, name)| format!("{at:x} T {name}\n"));
    let map = own.collect::<String>() + map;
    let both = Probeable::new(Dwarf::open(&elf, &index).unwrap(), Symbols::parse(&map));
    let ask = |function: &str| {
        let function = function.to_owned();
        both.places(&Query { function, file: None, lines: Lines::Unwritten, what: CODE }).unwrap()
    };
    let place = ask("in_assembler").remove(0);
    assert_eq!((place.address, place.symbol.as_str()), (0xff10, "in_assembler"));
    assert_eq!(both.variables(&place), Ok(Vec::new()));
    assert_eq!(both.returned(&place), Ok(None));
    let described = ask("another_name").remove(0);
    assert_eq!(described.function, "second_caller");
    assert_eq!(both.variables(&described).unwrap()[0].name, "list");
    for none in ["twice", "in_*", "__SCT__call", "kept_out"] {
        assert!(ask(none).is_empty(), "{none}");
    }
    assert!(both.function("__SCT__call").unwrap_err().0.contains("trampoline"));
    assert!(both.function("kept_out").unwrap_err().0.contains("probes themselves"));
}

/// Where a packed section says how it is packed, and how large it is otherwise.
fn packed(program: &[u8], name: &str) -> usize {
    let file = object::File::parse(program).unwrap();
    file.section_by_name(name).unwrap().file_range().unwrap().0 as usize
}

#[test]
fn a_section_that_says_it_unpacks_to_far_too_much_is_not_unpacked() {
    let Some(program) = PROGRAMS.get(2) else { return };
    for (format, size) in [(1_u32, 3_u64 << 30), (2, 3 << 30), (1, 1 << 60)] {
        let mut program = program.clone();
        let at = packed(&program, ".debug_info");
        program[at..at + 4].copy_from_slice(&format.to_le_bytes());
        program[at + 8..at + 16].copy_from_slice(&size.to_le_bytes());
        let error = DwarfIndex::build(&Elf::open(&program).unwrap(), &|_, _| ()).unwrap_err();
        assert!(error.0.contains("unpack to"), "{error}");
    }
}

#[test]
fn ranges_without_an_end_are_an_error() {
    let Some(program) = compile_files(&["places.c"], &["-gdwarf-4"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let [file, ranges] = ["program", "ranges"].map(|name| folder.path().join(name));
    fs::write(&file, &program).unwrap();
    // Pairs of a first address and the one behind the last, for ever.
    let pairs = (0x40_1000_u64..).step_by(2).take(70_000).flat_map(|first| [first, first + 1]);
    fs::write(&ranges, pairs.flat_map(u64::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    let update = format!("--update-section=.debug_ranges={}", ranges.display());
    let run = Command::new("objcopy").arg(update).arg(&file).status().unwrap();
    assert!(run.success());
    let program = fs::read(&file).unwrap();
    let elf = Elf::open(&program).unwrap();
    let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
    let dwarf = Dwarf::open(&elf, &index).unwrap();
    let (function, what) = ("blocks".to_owned(), What::Statements { nearest: false });
    let query = Query { function, file: None, lines: Lines::Offset(5), what };
    let place = dwarf.places(&query).unwrap().remove(0);
    assert!(dwarf.variables(&place).unwrap_err().0.contains("without an end"));
}

#[test]
fn places_are_found_by_their_addresses() {
    let asked = |query: &dyn Fn(&Dwarf<'_>)| {
        let elf = Elf::open(PROGRAM.as_ref()?).unwrap();
        let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
        query(&Dwarf::open(&elf, &index).unwrap());
        Some(())
    };
    let Some(found) = places("blocks", Lines::All, What::Statements { nearest: false }) else {
        return;
    };
    let statements = found.unwrap();
    let entry = places("blocks", Lines::Unwritten, CODE).unwrap().unwrap().remove(0);
    let copies = places(
        "*",
        Lines::Unwritten,
        What::Functions { code: false, inlined: true, exported: false },
    );
    let copies = copies.unwrap().unwrap();
    asked(&|dwarf| {
        let at = |address, at| dwarf.place_at(address, at).map_err(|error| error.0);
        let exact = At::Statement { nearest: false };
        for place in &statements {
            assert_eq!(at(place.address, At::Function), Ok(Some(entry.clone())));
            assert_eq!(at(place.address, exact).unwrap().unwrap().address, place.address);
        }
        let within = at(entry.address + 1, exact).unwrap_err();
        assert!(within.contains(&format!("try {:#x}", entry.address)), "{within}");
        let nearest = at(entry.address + 1, At::Statement { nearest: true });
        assert_eq!(nearest.unwrap().unwrap().address, entry.address);
        assert_eq!(at(1, At::Function), Ok(None));
        // What is copied there is seen, and its variables.
        let mut inner = 0;
        for copy in &copies {
            if let Ok(Some(found)) = at(copy.address, exact)
                && found.kind == PlaceKind::Statement
            {
                assert_eq!((&found.function, found.scope), (&copy.function, copy.scope));
                inner += 1;
            }
        }
        assert!(inner > 0, "no copy begins within a function");
    });
}
