//! The symbols of a program: all that is known of one without debug information.

use std::collections::HashMap;

use object::{LittleEndian, elf, read::elf::Sym as _};

use crate::elf::Elf;

/// The symbols of a program's code, and of all that has an address.
#[derive(Debug, Default)]
pub(super) struct Symbols<'a> {
    /// By name and address, none twice.
    functions: Vec<Function<'a>>,
    /// Of all symbols; none where several things have the name.
    addresses: HashMap<&'a str, Option<u64>>,
}

/// The symbol of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Function<'a> {
    /// Without the version that may be behind it.
    pub name: &'a str,
    pub address: u64,
    /// Whether other objects can see it.
    pub exported: bool,
    /// Whether it does not do what it is called for, but finds the function that will (`STT_GNU_IFUNC`).
    pub chooses: bool,
}

impl<'a> Symbols<'a> {
    /// Of a program and its debug file.
    pub fn of<'e>(files: impl Iterator<Item = &'e Elf<'a>>) -> Self
    where
        'a: 'e,
    {
        let mut symbols = Self::default();
        for elf in files {
            for table in [elf.file().elf_symbol_table(), elf.file().elf_dynamic_symbol_table()] {
                let dynamic = std::ptr::eq(table, elf.file().elf_dynamic_symbol_table());
                for symbol in table.iter() {
                    let name = table.symbol_name(LittleEndian, symbol).ok();
                    let name = name.and_then(|name| std::str::from_utf8(name).ok());
                    if let Some(name) = name {
                        symbols.add(name, symbol, dynamic);
                    }
                }
            }
        }
        symbols.functions.sort_unstable();
        // Of one that is in several tables, what any of them says.
        symbols.functions.dedup_by(|next, kept| {
            let same = (next.name, next.address) == (kept.name, kept.address);
            if same {
                kept.exported |= next.exported;
                kept.chooses |= next.chooses;
            }
            same
        });
        symbols
    }

    fn add(&mut self, name: &'a str, symbol: &elf::Sym64<LittleEndian>, dynamic: bool) {
        let section = symbol.st_shndx(LittleEndian);
        let is_defined = section != elf::SHN_UNDEF
            && (section.0 < elf::SHN_LORESERVE || section == elf::SHN_XINDEX);
        let address = symbol.st_value(LittleEndian);
        let name = name.split('@').next().unwrap_or(name);
        if !is_defined || address == 0 || name.is_empty() {
            return;
        }
        let kind = symbol.st_type();
        let chooses = kind == elf::STT_GNU_IFUNC;
        if kind == elf::STT_FUNC || chooses {
            let exported = dynamic || symbol.st_bind() != elf::STB_LOCAL;
            self.functions.push(Function { name, address, exported, chooses });
        }
        let is_place = kind == elf::STT_FUNC || kind == elf::STT_OBJECT || kind == elf::STT_NOTYPE;
        if is_place {
            let known = self.addresses.entry(name).or_insert(Some(address));
            *known = known.filter(|&known| known == address);
        }
    }

    /// All functions, by name.
    pub fn functions(&self) -> &[Function<'a>] {
        &self.functions
    }

    /// Those of a name.
    pub fn named(&self, name: &str) -> &[Function<'a>] {
        let start = self.functions.partition_point(|function| function.name < name);
        let count = self.functions[start..].partition_point(|function| function.name == name);
        &self.functions[start..start + count]
    }

    /// The address of whatever has a name; none within where several things have it.
    pub fn address(&self, name: &str) -> Option<Option<u64>> {
        self.addresses.get(name).copied()
    }
}
