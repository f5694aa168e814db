//! A small kernel in memory, for tests of what asks about kernels.

use std::collections::BTreeMap;

use crate::info::{Bitfield, Error, Function, Location, Member, Param, Source, Type, TypeId};

/// A type and, of a structure, the members.
type Entry = (Type, Vec<(String, Member)>);

/// A kernel with a few functions and structures.
#[derive(Debug, Default)]
pub struct Kernel {
    functions: BTreeMap<String, Function>,
    types: Vec<Entry>,
}

impl Kernel {
    /// One with `vfs_read(struct file *file, char *buf, unsigned long count, long *pos)` and
    /// `do_nothing(void)`; a file has `f_flags` (4 bytes), `f_mode` (bits 3 to 5 of 4 bytes), `f_inode` (a pointer), and
    /// inside it `f_path` with `dentry`; an inode has `i_ino` and `i_name` (an array).
    pub fn sample() -> Self {
        let mut kernel = Self::default();
        let long = kernel.add(Type::Int { bytes: 8, signed: true });
        let ulong = kernel.add(Type::Int { bytes: 8, signed: false });
        let uint = kernel.add(Type::Int { bytes: 4, signed: false });
        let char_ = kernel.add(Type::Int { bytes: 1, signed: true });
        let name = kernel.add(Type::Array(char_));
        let inode = kernel.add_struct(
            "struct inode",
            &[("i_ino", 64, ulong), ("i_name", 72, name), ("i_sum", 104, long)],
        );
        let inode_pointer = kernel.add(Type::Pointer(Some(inode)));
        let dentry = kernel.add_struct("struct dentry", &[("d_inode", 48, inode_pointer)]);
        let dentry_pointer = kernel.add(Type::Pointer(Some(dentry)));
        let path = kernel.add_struct("struct path", &[("dentry", 8, dentry_pointer)]);
        let file = kernel.add_struct(
            "struct file",
            &[("f_path", 16, path), ("f_inode", 32, inode_pointer), ("f_flags", 64, uint)],
        );
        let mode = Member { offset: 68, ty: uint, bitfield: Some(Bitfield { start: 3, bits: 3 }) };
        kernel.types[file.0 as usize].1.push(("f_mode".to_owned(), mode));
        let file_pointer = kernel.add(Type::Pointer(Some(file)));
        let char_pointer = kernel.add(Type::Pointer(Some(char_)));
        let long_pointer = kernel.add(Type::Pointer(Some(long)));
        kernel.add_function(
            "vfs_read",
            &[
                ("file", file_pointer),
                ("buf", char_pointer),
                ("count", ulong),
                ("pos", long_pointer),
            ],
            Some(long),
        );
        kernel.add_function("do_nothing", &[], None);
        kernel
    }

    fn add(&mut self, ty: Type) -> TypeId {
        self.types.push((ty, Vec::new()));
        TypeId(self.types.len() as u64 - 1)
    }

    fn add_struct(&mut self, name: &str, members: &[(&str, u64, TypeId)]) -> TypeId {
        let id = self.add(Type::Struct { name: name.to_owned() });
        let member = |&(name, offset, ty): &(&str, u64, TypeId)| {
            (name.to_owned(), Member { offset, ty, bitfield: None })
        };
        self.types[id.0 as usize].1 = members.iter().map(member).collect();
        id
    }

    fn add_function(&mut self, name: &str, params: &[(&str, TypeId)], returns: Option<TypeId>) {
        let param = |(position, &(name, ty)): (usize, &(&str, TypeId))| Param {
            name: name.to_owned(),
            ty,
            location: Location::Register(position as u8),
        };
        let params = params.iter().enumerate().map(param).collect();
        self.functions.insert(
            name.to_owned(),
            Function { name: name.to_owned(), params, returns, notes: Vec::new() },
        );
    }

    fn entry(&self, ty: TypeId) -> Result<&Entry, Error> {
        self.types.get(ty.0 as usize).ok_or_else(|| Error("no such type".to_owned()))
    }
}

impl Source for Kernel {
    fn source(&self) -> &str {
        "a fake"
    }

    fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        Ok(self.functions.get(name).cloned())
    }

    fn functions_like(&self, _name: &str) -> Vec<String> {
        self.functions.keys().cloned().collect()
    }

    fn ty(&self, ty: TypeId) -> Result<Type, Error> {
        self.entry(ty).map(|(ty, _)| ty.clone())
    }

    fn member(&self, ty: TypeId, name: &str) -> Result<Option<Member>, Error> {
        let (_, members) = self.entry(ty)?;
        Ok(members.iter().find(|(member, _)| member == name).map(|(_, member)| member.clone()))
    }

    fn members(&self, ty: TypeId) -> Result<Vec<String>, Error> {
        let (_, members) = self.entry(ty)?;
        Ok(members.iter().map(|(name, _)| name.clone()).collect())
    }

    fn size(&self, ty: TypeId) -> Result<Option<u64>, Error> {
        let (ty, members) = self.entry(ty)?;
        Ok(match ty {
            Type::Int { bytes, .. } => Some(u64::from(*bytes)),
            Type::Pointer(_) => Some(8),
            // Behind the last member there is room for one more.
            Type::Struct { .. } => members.iter().map(|(_, member)| member.offset + 8).max(),
            _ => None,
        })
    }

    fn named(&self, name: &str) -> Result<Option<TypeId>, Error> {
        let is = |(ty, _): &Entry| matches!(ty, Type::Struct { name: own } if own == name);
        Ok(self.types.iter().position(is).map(|position| TypeId(position as u64)))
    }

    fn enumerator(&self, name: &str) -> Result<Option<i64>, Error> {
        Ok((name == "I_NEW").then_some(8))
    }
}
