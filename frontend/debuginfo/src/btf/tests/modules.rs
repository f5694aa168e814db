//! BTF of modules, which goes on from the kernel's.

use super::{build::Builder, id};
use crate::{
    btf::{Btf, records::*},
    info::{Source, Type},
};

/// A kernel with `struct page` and `int`, and a module with a function of them and a type of its own.
fn both() -> (Vec<u8>, Vec<u8>) {
    let mut kernel = Builder::new();
    let int = kernel.int("int", 4, 1);
    let page = kernel.structure(STRUCT, "page", 8, &[("flags", int, 0, 0), ("refs", int, 32, 0)]);
    kernel.function("of_kernel", int, &[("page", page)]);
    let mut module = Builder::after(&kernel);
    let own = module.structure(STRUCT, "own", 16, &[("inner", page, 0, 0), ("more", int, 64, 0)]);
    let pointer = module.pointer(own);
    module.function("of_module", int, &[("own", pointer), ("number", int)]);
    (kernel.finish(), module.finish())
}

#[test]
fn types_of_a_module_hold_those_of_the_kernel() {
    let (kernel, module) = both();
    let kernel = Btf::open(&kernel).unwrap();
    let module = Btf::of_module(&module, &kernel).unwrap();
    let function = module.function("of_module").unwrap().unwrap();
    assert_eq!(function.params[0].name, "own");
    let Type::Pointer(Some(own)) = module.ty(function.params[0].ty).unwrap() else { panic!() };
    assert_eq!(module.members(own).unwrap(), ["inner", "more"]);
    let inner = module.member(own, "inner").unwrap().unwrap();
    assert_eq!(module.type_name(inner.ty).unwrap(), "struct page");
    assert_eq!(module.member(inner.ty, "refs").unwrap().unwrap().offset, 4);
    assert_eq!(module.named("struct page").unwrap(), kernel.named("struct page").unwrap());
    assert_eq!(module.size(module.named("struct own").unwrap().unwrap()).unwrap(), Some(16));
}

#[test]
fn a_module_has_functions_of_its_own_only() {
    let (kernel, module) = both();
    let kernel = Btf::open(&kernel).unwrap();
    let module = Btf::of_module(&module, &kernel).unwrap();
    assert!(module.has_code("of_module") && !module.has_code("of_kernel"));
    assert_eq!(module.function("of_kernel").unwrap(), None);
    assert_eq!(kernel.function("of_module").unwrap(), None);
}

#[test]
fn a_module_of_another_kernel_gives_errors() {
    let (_, module) = both();
    let other = Builder::new().finish();
    let other = Btf::open(&other).unwrap();
    let module = Btf::of_module(&module, &other).unwrap();
    // Its numbers mean other things here, or nothing: whatever is said, it ends.
    for ty in 0..20 {
        let _ = (module.ty(id(ty)), module.type_name(id(ty)), module.members(id(ty)));
    }
    let _ = module.function("of_module");
}
