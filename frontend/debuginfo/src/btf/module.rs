//! The BTF of a module beside the symbols of its file: what has which type, and where it is.

use super::Btf;
use crate::{
    info::{Error, Function, Member, Part, Source, Type, TypeId},
    names_only::NamesOnly,
};

/// The BTF of a module, and where its functions are.
#[derive(Debug)]
pub struct ModuleBtf<'a> {
    btf: Btf<'a>,
    names: NamesOnly<'a>,
}

impl<'a> ModuleBtf<'a> {
    /// `btf` goes on from that of the kernel.
    pub fn new(btf: Btf<'a>, names: NamesOnly<'a>) -> Self {
        Self { btf, names }
    }
}

impl Source for ModuleBtf<'_> {
    fn source(&self) -> &str {
        self.btf.source()
    }

    fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        self.btf.function(name)
    }

    fn has_code(&self, symbol: &str) -> bool {
        self.btf.has_code(symbol)
    }

    fn functions_like(&self, name: &str) -> Vec<String> {
        self.btf.functions_like(name)
    }

    fn ty(&self, ty: TypeId) -> Result<Type, Error> {
        self.btf.ty(ty)
    }

    fn member(&self, ty: TypeId, name: &str) -> Result<Option<Member>, Error> {
        self.btf.member(ty, name)
    }

    fn parts(&self, ty: TypeId) -> Result<Vec<Part>, Error> {
        self.btf.parts(ty)
    }

    fn is_character(&self, ty: TypeId) -> Result<bool, Error> {
        self.btf.is_character(ty)
    }

    fn members(&self, ty: TypeId) -> Result<Vec<String>, Error> {
        self.btf.members(ty)
    }

    fn type_name(&self, ty: TypeId) -> Result<String, Error> {
        self.btf.type_name(ty)
    }

    fn enumerator(&self, name: &str) -> Result<Option<i64>, Error> {
        self.btf.enumerator(name)
    }

    fn size(&self, ty: TypeId) -> Result<Option<u64>, Error> {
        self.btf.size(ty)
    }

    fn named(&self, name: &str) -> Result<Option<TypeId>, Error> {
        self.btf.named(name)
    }

    fn closed(&self, address: u64) -> Option<&'static str> {
        self.names.closed(address)
    }

    fn anchor(&self, address: u64) -> Result<(String, u64), Error> {
        self.names.anchor(address)
    }
}
