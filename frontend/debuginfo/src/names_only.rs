//! What is known of an object without debug information: where symbols of it are, and no more. Beside
//! its [`crate::Symbols`], functions can be probed by their names.

use crate::{
    closed::Closed,
    elf::Elf,
    info::{Error, Function, Member, Source, Type, TypeId},
    unlinked::{self, Anchor},
};

/// An object without debug information.
#[derive(Debug)]
pub struct NamesOnly<'a> {
    anchors: Vec<Anchor<'a>>,
    closed: Closed,
    why: String,
}

impl<'a> NamesOnly<'a> {
    /// Of a file; `why` there is no more.
    pub fn of(elf: &Elf<'a>, why: String) -> Self {
        Self { anchors: elf.anchors(), closed: Closed::of(elf), why }
    }
}

impl Source for NamesOnly<'_> {
    fn source(&self) -> &'static str {
        "the symbol table"
    }

    fn function(&self, _name: &str) -> Result<Option<Function>, Error> {
        Ok(None)
    }

    fn functions_like(&self, _name: &str) -> Vec<String> {
        Vec::new()
    }

    fn ty(&self, _ty: TypeId) -> Result<Type, Error> {
        Err(self.cannot("know types"))
    }

    fn member(&self, _ty: TypeId, _name: &str) -> Result<Option<Member>, Error> {
        Err(self.cannot("know members"))
    }

    fn members(&self, _ty: TypeId) -> Result<Vec<String>, Error> {
        Err(self.cannot("know members"))
    }

    fn closed(&self, address: u64) -> Option<&'static str> {
        self.closed.reason(address)
    }

    fn anchor(&self, address: u64) -> Result<(String, u64), Error> {
        let of = |anchor: &Anchor<'_>| (anchor.address, anchor.start, anchor.end);
        let get = |at: usize| self.anchors.get(at).copied();
        match unlinked::nearest((self.anchors.len(), &get), of, address) {
            Some(anchor) => Ok((anchor.name.to_owned(), address.wrapping_sub(anchor.address))),
            None => Err(Error("no symbol of its own leads there".to_owned())),
        }
    }

    fn cannot(&self, what: &str) -> Error {
        Error(format!("{} cannot {what}; {}", self.source(), self.why))
    }
}
