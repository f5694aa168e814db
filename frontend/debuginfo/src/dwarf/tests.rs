//! DWARF of small programs that GCC compiles here, in both versions; the index as bytes; damage.
#![expect(clippy::disallowed_methods, reason = "tests run a compiler and read what it wrote")]

mod places;
mod unlinked;

use std::{fs, path::Path, process::Command, sync::LazyLock};

use proptest::prelude::*;

use super::{Dwarf, DwarfIndex, Kind, entries::TypeEntry, types};
use crate::{
    elf::Elf,
    info::{Bitfield, Function, Location, Member, Source, Type, TypeId},
};

/// What the compiler is asked for: each must give the same answers.
const WAYS: [&[&str]; 6] = [
    &["-gdwarf-4"],
    &["-gdwarf-5"],
    &["-gdwarf-5", "-gz=zlib"],
    &["-gdwarf-4", "-fno-merge-debug-strings"],
    // Not linked: each function in a section of its own, and relocations.
    &["-gdwarf-5", "-r", "-ffunction-sections"],
    &["-gdwarf-4", "-r", "-gz=zlib"],
];

static PROGRAMS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| WAYS.iter().filter_map(|way| compile(way)).collect());

fn compile(options: &[&str]) -> Option<Vec<u8>> {
    compile_files(&["first.c", "second.c", "third.c"], options)
}

fn compile_files(files: &[&str], options: &[&str]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dwarf/tests");
    let files = files.iter().map(|file| sources.join(file));
    let output = folder.path().join("program");
    let fixed = ["-O2", "-nostdlib", "-static", "-fno-pie", "-no-pie", "-fno-ipa-icf", "-w", "-o"];
    let run = Command::new("gcc").args(fixed).arg(&output).args(options).args(files).output();
    let Ok(run) = run else {
        eprintln!("skipped: there is no gcc");
        return None;
    };
    assert!(run.status.success(), "{options:?}: {}", String::from_utf8_lossy(&run.stderr));
    Some(fs::read(output).unwrap())
}

/// Asks about each of the programs.
fn each(ask: impl Fn(&Dwarf<'_>)) {
    for program in PROGRAMS.iter() {
        let elf = Elf::open(program).unwrap();
        let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
        ask(&Dwarf::open(&elf, &index).unwrap());
    }
}

fn outer(dwarf: &Dwarf<'_>) -> TypeId {
    dwarf.named("struct outer").unwrap().unwrap()
}

fn member(dwarf: &Dwarf<'_>, ty: &str, name: &str) -> Member {
    dwarf.member(dwarf.named(ty).unwrap().unwrap(), name).unwrap().unwrap()
}

fn member_ty(dwarf: &Dwarf<'_>, name: &str) -> Type {
    dwarf.ty(member(dwarf, "struct outer", name).ty).unwrap()
}

fn function(dwarf: &Dwarf<'_>, name: &str) -> Function {
    dwarf.function(name).unwrap().unwrap_or_else(|| panic!("no function {name}"))
}

fn places(function: &Function) -> Vec<String> {
    let place = |location: &Location| match location {
        Location::Register(register) => register.to_string(),
        Location::Registers(first, count) => format!("{first} to {}", first + count - 1),
        Location::Stack(offset) => format!("stack {offset}"),
        Location::Unavailable(why) => why.clone(),
    };
    function.params.iter().map(|param| place(&param.location)).collect()
}

#[test]
fn members_have_types_of_every_kind() {
    each(|dwarf| {
        assert_eq!(member_ty(dwarf, "first"), Type::Int { bytes: 1, signed: true });
        assert_eq!(member_ty(dwarf, "chained"), Type::Int { bytes: 4, signed: false });
        assert_eq!(member_ty(dwarf, "flag"), Type::Int { bytes: 1, signed: false });
        assert_eq!(member_ty(dwarf, "small"), Type::Int { bytes: 4, signed: false });
        assert_eq!(member_ty(dwarf, "negative"), Type::Int { bytes: 4, signed: true });
        assert_eq!(member_ty(dwarf, "real"), Type::Float(8));
        assert_eq!(member_ty(dwarf, "nothing"), Type::Pointer(None));
        assert_eq!(member_ty(dwarf, "self"), Type::Pointer(Some(outer(dwarf))));
        let Type::Pointer(Some(call)) = member_ty(dwarf, "call") else { panic!() };
        assert_eq!(dwarf.ty(call).unwrap(), Type::Other("function".to_owned()));
        assert_eq!(
            dwarf.ty(outer(dwarf)).unwrap(),
            Type::Struct { name: "struct outer".to_owned() }
        );
    });
}

#[test]
fn arrays_have_elements_and_dimensions() {
    each(|dwarf| {
        let size = |name| dwarf.size(member(dwarf, "struct outer", name).ty).unwrap();
        assert_eq!([size("pointers"), size("matrix"), size("endless")], [Some(24), Some(40), None]);
        let Type::Array(row) = member_ty(dwarf, "matrix") else { panic!() };
        assert_eq!(dwarf.size(row), Ok(Some(20)));
        let Type::Array(number) = dwarf.ty(row).unwrap() else { panic!() };
        assert_eq!(dwarf.ty(number).unwrap(), Type::Int { bytes: 4, signed: true });
        let Type::Array(pointer) = member_ty(dwarf, "pointers") else { panic!() };
        assert!(matches!(dwarf.ty(pointer), Ok(Type::Pointer(Some(_)))));
        let spelt = |name| dwarf.type_name(member(dwarf, "struct outer", name).ty).unwrap();
        assert_eq!(spelt("endless"), "unsigned char[]");
        assert_eq!([spelt("pointers"), spelt("matrix")], ["struct inner*[]", "int[]"]);
    });
}

#[test]
fn members_are_where_the_compiler_put_them() {
    each(|dwarf| {
        let offset = |name| member(dwarf, "struct outer", name).offset;
        assert_eq!(
            [
                offset("first"),
                offset("chained"),
                offset("either"),
                offset("deep"),
                offset("deeper")
            ],
            [0, 4, 8, 8, 10]
        );
        assert_eq!([offset("pointer"), offset("pointers"), offset("matrix")], [24, 32, 56]);
        let members = dwarf.members(outer(dwarf)).unwrap();
        assert_eq!(members[..6], ["first", "chained", "either", "deep", "deeper", "low"]);
        assert_eq!(dwarf.member(outer(dwarf), "missing"), Ok(None));
    });
}

#[test]
fn bit_fields_are_the_same_in_both_encodings() {
    each(|dwarf| {
        let place = |ty, name| (member(dwarf, ty, name).offset, member(dwarf, ty, name).bitfield);
        let bits = |start, bits| Some(Bitfield { start, bits });
        assert_eq!(place("struct outer", "low"), (16, bits(0, 3)));
        assert_eq!(place("struct outer", "high"), (16, bits(3, 5)));
        assert_eq!(place("struct outer", "wide"), (16, bits(8, 40)));
        assert_eq!(place("struct outer", "flag"), (22, bits(0, 1)));
        assert_eq!(place("struct packed", "across"), (0, bits(6, 12)));
    });
}

#[test]
fn the_two_encodings_of_bit_fields_are_both_tried() {
    let uses = |program: &[u8], attribute| {
        let elf = Elf::open(program).unwrap();
        let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
        let dwarf = Dwarf::open(&elf, &index).unwrap();
        let packed = types::peel(&dwarf, outer(&dwarf)).unwrap().unwrap();
        packed
            .children(&[gimli::DW_TAG_member])
            .unwrap()
            .iter()
            .any(|member| member.value(attribute).is_some())
    };
    if let [old, new, ..] = PROGRAMS.as_slice() {
        assert!(uses(old, gimli::DW_AT_bit_offset));
        assert!(uses(new, gimli::DW_AT_data_bit_offset));
    }
}

#[test]
fn a_declared_structure_is_found_in_another_unit() {
    each(|dwarf| {
        let Type::Pointer(Some(hidden)) = member_ty(dwarf, "hidden") else { panic!() };
        assert_eq!(dwarf.member(hidden, "found").unwrap().unwrap().offset, 8);
        assert_eq!(dwarf.ty(hidden).unwrap(), Type::Struct { name: "struct hidden".to_owned() });
        let Type::Pointer(Some(twice)) = member_ty(dwarf, "twice") else { panic!() };
        assert!(
            dwarf.member(twice, "one").unwrap_err().0.contains("several different types `twice`")
        );
        assert!(dwarf.named("struct twice").is_err());
        assert_eq!(dwarf.named("struct nowhere"), Ok(None));
        assert!(dwarf.named("u32_t").unwrap().is_some());
    });
}

#[test]
fn parameters_are_in_their_registers() {
    each(|dwarf| {
        let entry = function(dwarf, "entry");
        let names: Vec<&str> = entry.params.iter().map(|param| param.name.as_str()).collect();
        assert_eq!(names, ["it", "small", "count", "text", "fifth", "sixth", "seventh"]);
        assert_eq!(places(&entry)[..6], ["0", "1", "2", "3", "4", "5"]);
        assert!(places(&entry)[6].contains("stack"));
        assert_eq!(dwarf.ty(entry.returns.unwrap()).unwrap(), Type::Int { bytes: 4, signed: true });
        assert_eq!(places(&function(dwarf, "gives_large")), ["1"]);
        assert_eq!(function(dwarf, "unused").returns, None);
        assert_eq!(places(&function(dwarf, "unused")), ["0", "1"]);
    });
}

#[test]
fn structures_by_value_move_what_follows() {
    each(|dwarf| {
        let places = places(&function(dwarf, "by_value"));
        assert_eq!(places[0], "0 to 0");
        assert!(places[1].contains("128-bit"), "{places:?}");
        assert_eq!(places[2], "stack 0");
        assert_eq!(places[3], "3");
    });
}

#[test]
fn a_variant_is_probed_in_place_of_its_original() {
    each(|dwarf| {
        let changed = function(dwarf, "changed");
        assert!(
            changed.name.starts_with("changed.") && changed.name.contains(".isra"),
            "{}",
            changed.name
        );
        let add = changed.params.iter().find(|param| param.name == "add").unwrap();
        assert_eq!(add.location, Location::Register(1), "GCC passes pair->x and add");
        for gone in &changed.params[..2] {
            assert!(matches!(gone.location, Location::Unavailable(_)), "{gone:?}");
        }
        assert!(changed.notes[0].contains(&changed.name));
        assert_eq!(function(dwarf, &changed.name).params, changed.params);
    });
}

#[test]
fn functions_without_code_or_with_several_are_explained() {
    each(|dwarf| {
        assert!(dwarf.function("everywhere").unwrap_err().0.contains("each of its callers"));
        let same = dwarf.function("same").unwrap_err().0;
        assert!(same.contains("first.c") && same.contains("second.c"), "{same}");
        assert_eq!(dwarf.function("nothing"), Ok(None));
        assert_eq!(dwarf.function("nothing.isra.0"), Ok(None));
        assert_eq!(dwarf.functions_like("secodn"), ["second"]);
    });
}

#[test]
fn code_that_is_not_optimised_keeps_to_the_abi() {
    let Some(program) = compile(&["-gdwarf-5", "-O0"]) else { return };
    let elf = Elf::open(&program).unwrap();
    let index = DwarfIndex::build(&elf, &|_, _| ()).unwrap();
    let dwarf = Dwarf::open(&elf, &index).unwrap();
    assert_eq!(places(&function(&dwarf, "entry"))[..6], ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(places(&function(&dwarf, "changed")), ["0", "1", "2"]);
}

fn index() -> Option<DwarfIndex<'static>> {
    let elf = Elf::open(PROGRAMS.first()?).unwrap();
    Some(DwarfIndex::build(&elf, &|_, _| ()).unwrap())
}

#[test]
fn the_index_survives_as_bytes_and_is_not_taken_cut() {
    let Some(index) = index() else { return };
    let bytes = index.as_bytes().to_vec();
    assert_eq!(DwarfIndex::from_bytes(&bytes[..]).unwrap(), index);
    for at in 0..bytes.len() {
        assert!(DwarfIndex::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
    }
    let mut other = bytes.clone();
    other[8] += 1;
    assert!(DwarfIndex::from_bytes(other).is_err());
}

#[test]
fn a_changed_index_may_answer_wrong_and_does_no_harm() {
    let (Some(index), Some(program)) = (index(), PROGRAMS.first()) else { return };
    let bytes = index.as_bytes().to_vec();
    for at in (16..bytes.len()).step_by(3) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x84;
        let Ok(changed) = DwarfIndex::from_bytes(changed) else { continue };
        ask(program, &changed);
    }
}

#[test]
fn an_index_of_another_file_is_not_taken() {
    let (Some(index), Some(program)) = (index(), PROGRAMS.first()) else { return };
    let mut bytes = index.as_bytes().to_vec();
    bytes[16] ^= 1;
    let index = DwarfIndex::from_bytes(bytes).unwrap();
    let elf = Elf::open(program).unwrap();
    assert!(Dwarf::open(&elf, &index).unwrap_err().0.contains("another file"));
}

#[test]
fn progress_is_told_to_the_end() {
    let Some(program) = PROGRAMS.first() else { return };
    let told = std::sync::Mutex::new(Vec::new());
    DwarfIndex::build(&Elf::open(program).unwrap(), &|done, all| {
        told.lock().unwrap().push((done, all))
    })
    .unwrap();
    let mut told = told.into_inner().unwrap();
    told.sort_unstable();
    assert_eq!(told, [(1, 3), (2, 3), (3, 3)]);
}

#[test]
fn a_file_without_dwarf_says_so() {
    let Some(program) = compile(&["-g0"]) else { return };
    let error = DwarfIndex::build(&Elf::open(&program).unwrap(), &|_, _| ()).unwrap_err();
    assert!(error.0.contains("no DWARF"), "{error}");
}

#[test]
fn dwarf_that_is_split_off_is_said_to_be() {
    let Some(program) = compile(&["-gdwarf-5", "-gsplit-dwarf"]) else { return };
    let error = DwarfIndex::build(&Elf::open(&program).unwrap(), &|_, _| ()).unwrap_err();
    assert!(error.0.contains(".dwo"), "{error}");
}

/// Asks everything; answers do not matter, ending does.
fn ask_all(program: &[u8], index: Option<&DwarfIndex<'_>>) {
    let Ok(elf) = Elf::open(program) else { return };
    let built = DwarfIndex::build(&elf, &|_, _| ());
    built.iter().chain(index).for_each(|index| ask(program, index));
}

/// Likewise, with one index.
fn ask(program: &[u8], index: &DwarfIndex<'_>) {
    let Ok(elf) = Elf::open(program) else { return };
    {
        let Ok(dwarf) = Dwarf::open(&elf, index) else { return };
        for name in ["entry", "by_value", "changed", "same", "everywhere", "gives_large"] {
            let Ok(Some(function)) = dwarf.function(name) else { continue };
            for param in function.params {
                let _ = (dwarf.ty(param.ty), dwarf.size(param.ty), dwarf.members(param.ty));
            }
        }
        let structures = |entry: &TypeEntry| entry.kind != Kind::Typedef as u32;
        for entry in index.definitions().iter().filter(structures) {
            let ty = TypeId(entry.die);
            for name in dwarf.members(ty).unwrap_or_default() {
                let Ok(Some(member)) = dwarf.member(ty, &name) else { continue };
                let _ = (dwarf.ty(member.ty), dwarf.size(member.ty));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn damaged_dwarf_is_never_a_panic(
        way in 0usize..2,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let Some(program) = PROGRAMS.get(way) else { return Ok(()) };
        let good = DwarfIndex::build(&Elf::open(program).unwrap(), &|_, _| ()).unwrap();
        // Most bytes are of DWARF, behind the code.
        let from = program.len() / 3;
        let mut program = program.clone();
        for (at, byte) in changes {
            let at = from + at.index(program.len() - from);
            program[at] = byte;
        }
        ask_all(&program, Some(&good));
    }
}
