//! Each kind of type, parameters by the ABI, and data that is damaged.

mod build;
mod modules;
mod spelling;

use build::Builder;
use proptest::prelude::*;

use super::{Btf, records::*};
use crate::info::{Bitfield, Function, Location, Source, Type, TypeId};

fn id(ty: u32) -> TypeId {
    TypeId(u64::from(ty))
}

fn function(builder: &Builder, name: &str) -> Function {
    Btf::open(&builder.finish()).unwrap().function(name).unwrap().unwrap()
}

/// The registers of a function's parameters, and the reason of those that have none.
fn places(function: &Function) -> Vec<String> {
    let place = |location: &Location| match location {
        Location::Register(register) => register.to_string(),
        Location::Registers(first, count) => format!("{first} to {}", first + count - 1),
        Location::Stack(offset) => format!("stack {offset}"),
        Location::Unavailable(why) => why.clone(),
    };
    function.params.iter().map(|param| place(&param.location)).collect()
}

fn ty(builder: &Builder, ty: u32) -> Type {
    Btf::open(&builder.finish()).unwrap().ty(id(ty)).unwrap()
}

#[test]
fn integers_have_widths_and_signs() {
    let mut b = Builder::new();
    let (int, uchar, flag) =
        (b.int("int", 4, 1), b.int("unsigned char", 1, 0), b.int("_Bool", 1, 4));
    assert_eq!(ty(&b, int), Type::Int { bytes: 4, signed: true });
    assert_eq!(ty(&b, uchar), Type::Int { bytes: 1, signed: false });
    assert_eq!(ty(&b, flag), Type::Int { bytes: 1, signed: false });
}

#[test]
fn enumerations_are_integers_of_both_widths_and_signs() {
    let mut b = Builder::new();
    let plain = b.record("e", ENUM, false, 1, 4, &[0, 7]);
    let signed = b.record("s", ENUM, true, 1, 4, &[0, u32::MAX]);
    let wide = b.record("w", ENUM64, false, 1, 8, &[0, 1, 1]);
    let after = b.int("int", 4, 1);
    assert_eq!(ty(&b, plain), Type::Int { bytes: 4, signed: false });
    assert_eq!(ty(&b, signed), Type::Int { bytes: 4, signed: true });
    assert_eq!(ty(&b, wide), Type::Int { bytes: 8, signed: false });
    assert_eq!(ty(&b, after), Type::Int { bytes: 4, signed: true });
}

#[test]
fn names_qualifiers_and_tags_are_taken_off() {
    let mut b = Builder::new();
    let mut inner = b.int("long", 8, 1);
    for kind in [CONST, VOLATILE, RESTRICT, TYPE_TAG, TYPEDEF] {
        inner = b.wrap(kind, "named", inner);
    }
    b.record("tag", DECLARATION_TAG, false, 0, inner, &[u32::MAX]);
    b.record("variable", VARIABLE, false, 0, inner, &[1]);
    b.record("section", SECTION, false, 1, 8, &[1, 0, 8]);
    let float = b.wrap(FLOAT, "double", 8);
    assert_eq!(ty(&b, inner), Type::Int { bytes: 8, signed: true });
    assert_eq!(ty(&b, float), Type::Float(8));
}

#[test]
fn pointers_and_arrays_lead_on() {
    let mut b = Builder::new();
    let int = b.int("int", 4, 1);
    let array = b.array(int, 10);
    let to_array = b.pointer(array);
    let pointer = b.pointer(int);
    let of_pointers = b.array(pointer, 3);
    let nothing = b.wrap(CONST, "", 0);
    let to_nothing = b.pointer(nothing);
    let prototype = b.record("", PROTOTYPE, false, 0, 0, &[]);
    let to_function = b.pointer(prototype);
    assert_eq!(ty(&b, to_array), Type::Pointer(Some(id(array))));
    assert_eq!(ty(&b, of_pointers), Type::Array(id(pointer)));
    assert_eq!(ty(&b, to_nothing), Type::Pointer(None));
    assert_eq!(ty(&b, to_function), Type::Pointer(Some(id(prototype))));
    assert_eq!(ty(&b, prototype), Type::Other("function".to_owned()));
    let data = b.finish();
    let btf = Btf::open(&data).unwrap();
    assert_eq!(btf.size(id(array)), Ok(Some(40)));
    assert_eq!(btf.size(id(of_pointers)), Ok(Some(24)));
    assert_eq!(btf.size(id(nothing)), Ok(None));
}

#[test]
fn members_of_unnamed_structures_are_found_at_their_place() {
    let mut b = Builder::new();
    let int = b.int("int", 4, 1);
    let inner = b.structure(STRUCT, "", 8, &[("c", int, 0, 0), ("d", int, 32, 0)]);
    let either = b.structure(UNION, "", 8, &[("b", int, 0, 0), ("", inner, 0, 0)]);
    let outer = b.structure(STRUCT, "outer", 16, &[("a", int, 0, 0), ("", either, 64, 0)]);
    let data = b.finish();
    let btf = Btf::open(&data).unwrap();
    let offset = |name: &str| btf.member(id(outer), name).unwrap().map(|member| member.offset);
    assert_eq!(
        [offset("a"), offset("b"), offset("c"), offset("d")],
        [Some(0), Some(8), Some(8), Some(12)]
    );
    assert_eq!(offset("e"), None);
    assert_eq!(offset(""), None);
    assert_eq!(btf.members(id(outer)).unwrap(), ["a", "b", "c", "d"]);
    assert_eq!(ty(&b, either), Type::Struct { name: "union {…}".to_owned() });
    assert_eq!(btf.named("struct outer"), Ok(Some(id(outer))));
}

#[test]
fn bit_fields_lie_in_the_unit_of_their_type() {
    let mut b = Builder::new();
    let (word, long) = (b.int("unsigned int", 4, 0), b.int("unsigned long", 8, 0));
    let members = [
        ("low", word, 0, 3),
        ("high", word, 35, 5),
        ("wide", long, 64, 40),
        ("plain", word, 128, 0),
        ("across", word, 188, 8),
    ];
    let packed = b.structure(STRUCT, "flags", 28, &members);
    let data = b.finish();
    let btf = Btf::open(&data).unwrap();
    let member = |name: &str| btf.member(id(packed), name).unwrap().unwrap();
    let bits = |start, bits| Some(Bitfield { start, bits });
    assert_eq!((member("low").offset, member("low").bitfield), (0, bits(0, 3)));
    assert_eq!((member("high").offset, member("high").bitfield), (4, bits(3, 5)));
    assert_eq!((member("wide").offset, member("wide").bitfield), (8, bits(0, 40)));
    assert_eq!((member("plain").offset, member("plain").bitfield), (16, None));
    // Bits 188 to 195 are in two words of four bytes: the unit starts at byte 23.
    assert_eq!((member("across").offset, member("across").bitfield), (23, bits(4, 8)));
}

#[test]
fn bit_fields_of_old_kernels_are_in_the_integers_type() {
    let mut b = Builder::new();
    let three_bits = b.record("unsigned int", INT, false, 0, 4, &[3]);
    let flags = b.structure(STRUCT, "flags", 4, &[("mode", three_bits, 5, 0)]);
    let data = b.finish();
    let member = Btf::open(&data).unwrap().member(id(flags), "mode").unwrap().unwrap();
    assert_eq!((member.offset, member.bitfield), (0, Some(Bitfield { start: 5, bits: 3 })));
}

#[test]
fn a_declared_structure_gives_way_to_its_only_definition() {
    let mut b = Builder::new();
    let int = b.int("int", 4, 1);
    let declared = b.record("one", FORWARD, false, 0, 0, &[]);
    b.structure(UNION, "one", 4, &[("x", int, 0, 0)]);
    let defined = b.structure(STRUCT, "one", 4, &[("a", int, 0, 0)]);
    let unknown = b.record("none", FORWARD, true, 0, 0, &[]);
    let twice = b.record("two", FORWARD, false, 0, 0, &[]);
    b.structure(STRUCT, "two", 4, &[("a", int, 0, 0)]);
    b.structure(STRUCT, "two", 8, &[("b", int, 32, 0)]);
    let data = b.finish();
    let btf = Btf::open(&data).unwrap();
    assert!(btf.member(id(declared), "a").unwrap().is_some());
    assert_eq!(btf.size(id(declared)), btf.size(id(defined)));
    assert_eq!(
        btf.ty(id(unknown)).unwrap(),
        Type::Struct { name: "union none (only declared)".to_owned() }
    );
    assert_eq!(btf.members(id(unknown)), Ok(Vec::new()));
    assert_eq!(btf.member(id(twice), "a"), Ok(None));
    assert!(btf.named("struct two").is_err());
}

#[test]
fn the_first_six_integers_are_in_registers() {
    let mut b = Builder::new();
    let (int, pointer) = (b.int("int", 4, 1), b.pointer(0));
    let params = [
        ("a", int),
        ("b", pointer),
        ("c", int),
        ("d", int),
        ("e", int),
        ("f", int),
        ("g", int),
        ("", 0),
    ];
    b.function("many", int, &params);
    b.function("nothing", 0, &[]);
    let many = function(&b, "many");
    assert_eq!(places(&many)[..6], ["0", "1", "2", "3", "4", "5"]);
    assert!(places(&many)[6].contains("stack"));
    assert_eq!((many.params.len(), many.returns), (7, Some(id(int))));
    assert_eq!(function(&b, "nothing").returns, None);
}

#[test]
fn structures_take_the_registers_that_the_abi_gives_them() {
    let mut b = Builder::new();
    let (int, long, wide) = (b.int("int", 4, 1), b.int("long", 8, 1), b.int("__int128", 16, 1));
    let one = b.structure(STRUCT, "one", 8, &[("x", long, 0, 0)]);
    let two = b.structure(STRUCT, "two", 16, &[("x", long, 0, 0), ("y", int, 64, 0)]);
    let large = b.structure(STRUCT, "large", 24, &[("x", long, 0, 0)]);
    let empty = b.structure(STRUCT, "empty", 0, &[]);
    let packed = b.structure(STRUCT, "packed", 9, &[("x", int, 8, 0)]);
    for (name, before) in [
        ("one", one),
        ("two", two),
        ("large", large),
        ("empty", empty),
        ("packed", packed),
        ("wide", wide),
    ] {
        b.function(name, 0, &[("it", before), ("after", long)]);
    }
    let after = |name: &str| places(&function(&b, name))[1].clone();
    assert_eq!([after("one"), after("two"), after("wide")], ["1", "2", "2"]);
    assert_eq!([after("large"), after("empty"), after("packed")], ["0", "0", "0"]);
    let it = |name: &str| places(&function(&b, name))[0].clone();
    assert_eq!([it("one"), it("two")], ["0 to 0", "0 to 1"]);
    assert_eq!([it("large"), it("packed")], ["stack 0", "stack 0"]);
    for name in ["empty", "wide"] {
        assert!(places(&function(&b, name))[0].starts_with("it is "), "{name}");
    }
    b.function(
        "late",
        0,
        &[
            ("a", int),
            ("b", int),
            ("c", int),
            ("d", int),
            ("e", int),
            ("two", two),
            ("f", int),
            ("g", int),
        ],
    );
    let late = places(&function(&b, "late"));
    assert_eq!(late[6], "5", "a structure that does not fit leaves the register to the next");
    assert!(late[7].contains("stack"));
}

#[test]
fn a_large_value_takes_the_first_register() {
    let mut b = Builder::new();
    let long = b.int("long", 8, 1);
    let large = b.structure(STRUCT, "large", 24, &[("x", long, 0, 0)]);
    let small = b.structure(STRUCT, "small", 16, &[("x", long, 0, 0)]);
    b.function("gives_large", large, &[("a", long)]);
    b.function("gives_small", small, &[("a", long)]);
    assert_eq!(places(&function(&b, "gives_large")), ["1"]);
    assert_eq!(places(&function(&b, "gives_small")), ["0"]);
}

#[test]
fn floating_point_is_in_no_integer_register() {
    let mut b = Builder::new();
    let (long, double) = (b.int("long", 8, 1), b.wrap(FLOAT, "double", 8));
    let mixed = b.structure(STRUCT, "mixed", 16, &[("x", long, 0, 0), ("y", double, 64, 0)]);
    b.function("one", 0, &[("x", double), ("a", long)]);
    b.function("two", 0, &[("x", mixed), ("a", long)]);
    let one = places(&function(&b, "one"));
    assert!(one[0].contains("floating"));
    assert_eq!(one[1], "0");
    assert!(places(&function(&b, "two"))[1].contains("not known"));
}

#[test]
fn functions_of_one_name_must_agree() {
    let mut b = Builder::new();
    let (int, long) = (b.int("int", 4, 1), b.int("long", 8, 1));
    b.function("same", int, &[("a", int)]);
    b.function("same", int, &[("a", int)]);
    b.function("differ", int, &[("a", int)]);
    b.function("differ", int, &[("a", long)]);
    let prototype = b.record("", PROTOTYPE, false, 0, 0, &[]);
    b.record("declared", FUNCTION, false, 2, prototype, &[]);
    let data = b.finish();
    let btf = Btf::open(&data).unwrap();
    assert!(btf.function("same").unwrap().is_some());
    assert!(btf.function("differ").unwrap_err().0.contains("several"));
    assert_eq!(btf.function("declared"), Ok(None));
    assert_eq!(btf.functions_like("smae"), ["same"]);
}

#[test]
fn types_without_an_end_are_an_error() {
    let mut b = Builder::new();
    b.wrap(TYPEDEF, "a", 2);
    b.wrap(TYPEDEF, "b", 1);
    b.structure(STRUCT, "s", 8, &[("", 3, 0, 0)]);
    b.array(4, 2);
    b.function("f", 1, &[("s", 3)]);
    let data = b.finish();
    let btf = Btf::open(&data).unwrap();
    assert!(btf.ty(id(1)).is_err());
    assert!(btf.member(id(3), "x").is_err());
    assert_eq!(btf.size(id(4)), Ok(None));
    assert!(btf.function("f").is_err());
    assert!(btf.ty(id(1000)).is_err());
}

#[test]
fn questions_about_multiplying_structures_end() {
    let mut b = Builder::new();
    let mut inner = b.int("long", 8, 1);
    for _ in 0..30 {
        inner = b.structure(STRUCT, "", 16, &[("", inner, 0, 0), ("", inner, 0, 0)]);
    }
    b.function("f", 0, &[("s", inner)]);
    let many: Vec<(&str, u32)> = (0..300).map(|_| ("a", 1)).collect();
    b.function("many", 0, &many);
    let data = b.finish();
    let btf = Btf::open(&data).unwrap();
    assert!(btf.member(id(inner), "x").is_err());
    assert!(btf.members(id(inner)).is_err());
    assert!(btf.function("f").is_err());
    assert!(btf.function("many").is_err());
}

#[test]
fn headers_that_are_not_of_btf_are_said_to_be_so() {
    let mut data = Builder::new().finish();
    assert!(Btf::open(&data).is_ok());
    data[2] = 9;
    assert!(Btf::open(&data).is_err());
    data[0..2].copy_from_slice(&[0xeb, 0x9f]);
    assert!(Btf::open(&data).unwrap_err().0.contains("big-endian"));
    assert!(Btf::open(b"").is_err());
}

/// BTF with something of every kind.
fn everything() -> Vec<u8> {
    let mut b = Builder::new();
    let (int, long) = (b.int("int", 4, 1), b.int("long", 8, 1));
    let pointer = b.pointer(int);
    let array = b.array(pointer, 4);
    let inner = b.structure(UNION, "", 8, &[("x", long, 0, 0), ("y", int, 0, 0)]);
    let outer = b.structure(
        STRUCT,
        "outer",
        48,
        &[("a", array, 0, 0), ("", inner, 256, 0), ("bits", int, 320, 3)],
    );
    let named = b.wrap(TYPEDEF, "outer_t", outer);
    let constant = b.wrap(CONST, "", named);
    let passed = b.pointer(constant);
    b.record("outer", FORWARD, false, 0, 0, &[]);
    b.record("e", ENUM, true, 1, 4, &[0, 1]);
    b.function("first", long, &[("it", passed), ("by_value", inner), ("count", int), ("", 0)]);
    b.finish()
}

fn ask_all(data: &[u8]) {
    let Ok(btf) = Btf::open(data) else { return };
    let _ = (btf.function("first"), btf.functions_like("frist"), btf.named("struct outer"));
    for ty in (0..20).map(TypeId) {
        let _ = (
            btf.ty(ty),
            btf.size(ty),
            btf.members(ty),
            btf.member(ty, "y"),
            btf.member(ty, "bits"),
        );
    }
}

proptest! {
    #[test]
    fn damaged_data_is_never_a_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut data = everything();
        for (at, byte) in changes {
            let at = at.index(data.len());
            data[at] = byte;
        }
        ask_all(&data);
    }

    #[test]
    fn data_cut_short_is_never_a_panic(length in 0usize..700) {
        let data = everything();
        ask_all(&data[..length.min(data.len())]);
    }
}
