//! How types are spelled, and what enumerators are.

use super::{build::Builder, id};
use crate::{
    btf::{Btf, records::*},
    info::Source,
};

#[test]
fn types_are_spelled_as_listings_have_them() {
    let mut b = Builder::new();
    let char = b.int("char", 1, 2);
    let constant = b.wrap(CONST, "", char);
    let text = b.pointer(constant);
    let file = b.structure(STRUCT, "file", 4, &[]);
    let pointer = b.pointer(file);
    let array = b.array(pointer, 3);
    let size = b.wrap(TYPEDEF, "size_t", char);
    let void = b.pointer(0);
    let function = b.function("f", 0, &[("file", pointer), ("size", size)]);
    // The prototype stands right before the function that has it.
    let called = b.pointer(function - 1);
    let data = b.finish();
    let btf = Btf::open(&data).unwrap();
    let spelled = |ty| btf.type_name(id(ty)).unwrap();
    assert_eq!(spelled(text), "char const*");
    assert_eq!(spelled(array), "struct file*[]");
    assert_eq!(spelled(size), "size_t");
    assert_eq!(spelled(void), "void*");
    assert_eq!(spelled(called), "void (*) (struct file*, size_t)");
}

#[test]
fn names_that_double_at_each_step_are_an_error() {
    let mut b = Builder::new();
    let mut ty = b.int("int", 4, 1);
    for _ in 0..60 {
        ty = b.function("", ty, &[("a", ty), ("b", ty)]) - 1;
    }
    let data = b.finish();
    assert!(Btf::open(&data).unwrap().type_name(id(ty)).is_err());
}

#[test]
fn enumerators_have_their_values() {
    let mut b = Builder::new();
    b.enumeration(ENUM, false, &[("ONE", &[1]), ("LARGE", &[u32::MAX])]);
    b.enumeration(ENUM, true, &[("MINUS", &[u32::MAX]), ("ONE", &[1])]);
    b.enumeration(ENUM64, false, &[("WIDE", &[1, 1]), ("TWICE", &[2, 0])]);
    b.enumeration(ENUM, false, &[("TWICE", &[3])]);
    let data = b.finish();
    let btf = Btf::open(&data).unwrap();
    let value = |name| btf.enumerator(name).unwrap();
    assert_eq!(value("ONE"), Some(1));
    assert_eq!(value("LARGE"), Some(i64::from(u32::MAX)));
    assert_eq!(value("MINUS"), Some(-1));
    assert_eq!(value("WIDE"), Some(0x1_0000_0001));
    assert_eq!(value("NONE"), None);
    assert!(btf.enumerator("TWICE").is_err());
}
