//! ELF files as far as debug information needs them: sections by name, unpacked when asked for, and
//! the build id. Of a memory-mapped file only the headers and what is asked for are touched.

use std::{borrow::Cow, collections::HashMap, sync::OnceLock};

use object::{
    CompressionFormat, LittleEndian, Object as _, ObjectSection as _, ObjectSymbol as _,
    SymbolKind, elf,
    read::elf::{ElfFile64, ElfSection64, ElfSymbol64},
};

use crate::{
    info::Error,
    unlinked::{self, Anchor, Layout},
};

/// No section of debug information is unpacked to more than this.
const MAX_UNPACKED: u64 = 4 << 30;

/// Nor to more than this many times its packed size: what zlib's format can do at most. (Zstandard's
/// could do more, but not with debug information.)
const MAX_RATIO: u64 = 1032;

/// The sections that DWARF is read from. (Of lines, only that there are some: `gimli` wants it.)
const SECTIONS: [&str; 13] = [
    ".debug_abbrev",
    ".debug_addr",
    ".debug_frame",
    ".debug_info",
    ".debug_line",
    ".debug_line_str",
    ".debug_loc",
    ".debug_loclists",
    ".debug_ranges",
    ".debug_rnglists",
    ".debug_str",
    ".debug_str_offsets",
    ".eh_frame",
];

type Segment = elf::ProgramHeader64<LittleEndian>;

/// An ELF file of 64 bits, little-endian, as of x86-64.
#[derive(Debug)]
pub struct Elf<'a> {
    file: ElfFile64<'a, LittleEndian>,
    /// Of a file that is not linked, where its sections are put.
    layout: Option<Layout>,
    /// What has been unpacked, in the order of [`SECTIONS`].
    unpacked: [OnceLock<Cow<'a, [u8]>>; SECTIONS.len()],
    /// The file with what its DWARF has in common with that of others.
    alternate: Option<&'a Elf<'a>>,
}

impl<'a> Elf<'a> {
    /// Reads the headers.
    ///
    /// # Errors
    /// When it is no such file, or they are damaged.
    pub fn open(data: &'a [u8]) -> Result<Self, Error> {
        let file = ElfFile64::parse(data)
            .map_err(|error| Error(format!("not an ELF file of x86-64: {error}")))?;
        if file.elf_header().e_machine.get(LittleEndian) != elf::EM_X86_64 {
            return Err(Error("an ELF file of another machine than x86-64".to_owned()));
        }
        let is_linked = file.elf_header().e_type.get(LittleEndian) != elf::ET_REL;
        let layout = if is_linked { None } else { Some(Layout::of(&file)?) };
        Ok(Self { file, layout, unpacked: Default::default(), alternate: None })
    }

    /// Whether it is a program or a shared library, with addresses that are final but for where it is loaded.
    pub fn is_linked(&self) -> bool {
        let kind = self.file.elf_header().e_type.get(LittleEndian);
        kind == elf::ET_EXEC || kind == elf::ET_DYN
    }

    /// Whether it has DWARF.
    pub fn has_dwarf(&self) -> bool {
        self.raw_section(".debug_info").is_some_and(|section| !section.is_empty())
    }

    /// The name of the file with its debug information, and the sum (CRC-32) of what is in that.
    pub fn debug_link(&self) -> Option<(&'a str, u32)> {
        let (name, sum) = self.file.gnu_debuglink().ok()??;
        Some((std::str::from_utf8(name).ok()?, sum))
    }

    /// The name and the build id of a file with what its DWARF has in common with that of others (`dwz -m`).
    pub fn alternate_link(&self) -> Option<(&'a str, &'a [u8])> {
        let (name, id) = self.file.gnu_debugaltlink().ok()??;
        Some((std::str::from_utf8(name).ok()?, id))
    }

    /// Has its DWARF find in that file what it refers to there. A function whose name is only there is not found by
    /// it, and a type not by its name.
    pub fn set_alternate(&mut self, alternate: &'a Elf<'a>) {
        self.alternate = Some(alternate);
    }

    /// That file.
    pub(crate) fn alternate(&self) -> Option<&Elf<'a>> {
        self.alternate
    }

    /// All that is in it.
    pub(crate) fn file(&self) -> &ElfFile64<'a, LittleEndian> {
        &self.file
    }

    /// Where the file has the byte that is at an address when it is run.
    pub(crate) fn file_offset(&self, address: u64) -> Option<u64> {
        let filled = |segment: &Segment| segment.p_filesz.get(LittleEndian);
        self.segment_at(address, filled)?.1
    }

    /// What the file has of memory as it is when it is run, and where that begins.
    pub(crate) fn loaded(&self) -> Vec<(u64, &[u8])> {
        let bytes = |segment: &Segment| {
            let start = usize::try_from(segment.p_offset.get(LittleEndian)).ok()?;
            let size = usize::try_from(segment.p_filesz.get(LittleEndian)).ok()?;
            let bytes = self.file.data().get(start..start.checked_add(size)?)?;
            Some((segment.p_vaddr.get(LittleEndian), bytes))
        };
        self.segments().filter_map(bytes).collect()
    }

    /// Where the file has what is at an address when it is run, or would if it held the zeros too that some
    /// of its variables begin with.
    pub(crate) fn place(&self, address: u64) -> Option<u64> {
        self.segment_at(address, |segment| segment.p_memsz.get(LittleEndian))?.1
    }

    /// Whether there is code at an address.
    pub(crate) fn is_code(&self, address: u64) -> bool {
        let filled = |segment: &Segment| segment.p_filesz.get(LittleEndian);
        self.segment_at(address, filled)
            .is_some_and(|(segment, _)| segment.p_flags.get(LittleEndian).contains(elf::PF_X))
    }

    /// The segments that are loaded.
    fn segments(&self) -> impl Iterator<Item = &Segment> {
        let all = self.file.elf_program_headers().iter();
        all.filter(|segment| segment.p_type.get(LittleEndian) == elf::PT_LOAD)
    }

    /// The segment that an address is in, of a size that `size` says, and where in the file that is.
    fn segment_at(
        &self,
        address: u64,
        size: impl Fn(&Segment) -> u64,
    ) -> Option<(&Segment, Option<u64>)> {
        let mut found = self.segments().filter_map(|segment| {
            let within = address.checked_sub(segment.p_vaddr.get(LittleEndian))?;
            let offset = segment.p_offset.get(LittleEndian).checked_add(within);
            (within < size(segment)).then_some((segment, offset))
        });
        found.next()
    }

    /// A section as it is in the file.
    pub fn raw_section(&self, name: &str) -> Option<&'a [u8]> {
        self.file.section_by_name(name)?.data().ok()
    }

    /// A section as it is when the object has been put where its addresses are counted from.
    pub(crate) fn placed_section(&self, name: &str) -> Result<Cow<'a, [u8]>, Error> {
        self.unpack(name)
    }

    /// A section of DWARF, unpacked at the first time; empty when there is none.
    pub(crate) fn dwarf_section(&self, name: &str) -> Result<&[u8], Error> {
        let Some(slot) = SECTIONS.iter().position(|&section| section == name) else {
            return Ok(&[]);
        };
        if let Some(unpacked) = self.unpacked[slot].get() {
            return Ok(unpacked);
        }
        let unpacked = self.unpack(name)?;
        Ok(self.unpacked[slot].get_or_init(|| unpacked))
    }

    /// Has a section of DWARF be something else.
    pub(crate) fn replace_dwarf(&mut self, name: &str, bytes: Vec<u8>) {
        if let Some(slot) = SECTIONS.iter().position(|&section| section == name) {
            self.unpacked[slot] = OnceLock::from(Cow::Owned(bytes));
        }
    }

    fn unpack(&self, name: &str) -> Result<Cow<'a, [u8]>, Error> {
        let Some(section) = self.file.section_by_name(name) else {
            return Ok(Cow::Borrowed(&[]));
        };
        let damaged = |error: object::Error| Error(format!("section {name}: {error}"));
        let packed = section.compressed_data().map_err(damaged)?;
        let limit = MAX_UNPACKED.min((packed.data.len() as u64).saturating_mul(MAX_RATIO));
        if packed.format != CompressionFormat::None && packed.uncompressed_size > limit {
            return Err(Error(format!(
                "section {name} says that its {} bytes unpack to {}",
                packed.data.len(),
                packed.uncompressed_size
            )));
        }
        let mut bytes = packed.decompress().map_err(damaged)?;
        if let Some(layout) = &self.layout
            && unlinked::has_relocations(&section)
        {
            unlinked::relocate(&self.file, layout, &section, bytes.to_mut())?;
        }
        Ok(bytes)
    }

    /// The symbols that places are found by once the object is loaded, by address; none of an object that
    /// is linked, all of which is moved together.
    pub(crate) fn anchors(&self) -> Vec<Anchor<'a>> {
        self.layout.as_ref().map_or_else(Vec::new, |layout| layout.anchors(&self.file))
    }

    /// The address of a symbol.
    fn address_of(&self, symbol: &ElfSymbol64<'a, '_, LittleEndian>) -> u64 {
        self.layout.as_ref().map_or_else(|| symbol.address(), |layout| layout.symbol(symbol))
    }

    /// The address of a section.
    fn base(&self, section: &ElfSection64<'a, '_, LittleEndian>) -> u64 {
        match &self.layout {
            Some(layout) => layout.base(section.index()),
            None => section.address(),
        }
    }

    /// The addresses of symbols of these names, of whatever they are.
    pub(crate) fn addresses<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> HashMap<&'a str, u64> {
        let names: Vec<&str> = names.into_iter().collect();
        let named = self.file.symbols().filter_map(|symbol| {
            let name = symbol.name().ok()?;
            names.contains(&name).then(|| (name, self.address_of(&symbol)))
        });
        named.collect()
    }

    /// The address of a section.
    pub(crate) fn section_address(&self, name: &str) -> Option<u64> {
        Some(self.base(&self.file.section_by_name(name)?))
    }

    /// Its sections: name, address, size.
    pub(crate) fn sections(&self) -> impl Iterator<Item = (&str, u64, u64)> {
        self.file
            .sections()
            .filter_map(|section| Some((section.name().ok()?, self.base(&section), section.size())))
    }

    /// Where its code is, as far as it is in sections: first address, first behind it.
    pub(crate) fn code_ranges(&self) -> Vec<(u64, u64)> {
        let code = self.file.sections().filter(|section| {
            let flags = section.elf_section_header().sh_flags.get(LittleEndian);
            flags.contains(elf::SHF_EXECINSTR)
        });
        code.map(|section| {
            let start = section.address();
            (start, start.saturating_add(section.size()))
        })
        .collect()
    }

    /// Bytes of the object at an address, as far as they are in the file.
    pub(crate) fn bytes_at(&self, address: u64, size: u64) -> Option<&'a [u8]> {
        self.file.sections().find_map(|section| section.data_range(address, size).ok().flatten())
    }

    /// Where its symbol of this name is.
    pub(crate) fn address_of_name(&self, name: &str) -> Option<u64> {
        let mut symbols = self.file.symbols();
        let found = symbols.find(|symbol| symbol.is_definition() && symbol.name() == Ok(name))?;
        Some(self.address_of(&found))
    }

    /// Its code as a `System.map` has it, for [`crate::Symbols`].
    pub fn symbol_map(&self) -> String {
        let code = self
            .file
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition());
        let mut lines: Vec<(u64, char, &str)> = code
            .filter_map(|symbol| {
                let letter = if symbol.is_global() { 'T' } else { 't' };
                Some((self.address_of(&symbol), letter, symbol.name().ok()?))
            })
            .collect();
        lines.sort_unstable();
        lines
            .iter()
            .map(|(address, letter, name)| format!("{address:x} {letter} {name}\n"))
            .collect()
    }

    /// The addresses and names of its code, by address.
    pub(crate) fn code_symbols(&self) -> Vec<(u64, &'a str)> {
        let code = self
            .file
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition());
        let mut symbols: Vec<(u64, &str)> = code
            .filter_map(|symbol| Some((self.address_of(&symbol), symbol.name().ok()?)))
            .collect();
        symbols.sort_unstable();
        symbols
    }
}

/// The build id in an ELF file, or in notes by themselves (`/sys/kernel/notes`): what tells one
/// build of a kernel from all others.
pub fn build_id(data: &[u8]) -> Option<Vec<u8>> {
    if data.starts_with(b"\x7fELF") {
        let file = ElfFile64::<LittleEndian>::parse(data).ok()?;
        return file.build_id().ok().flatten().map(<[u8]>::to_vec);
    }
    let mut rest = data;
    loop {
        let word =
            |at: usize| Some(u32::from_le_bytes(rest.get(at..at + 4)?.try_into().ok()?) as usize);
        let (name_size, size, kind) = (word(0)?, word(4)?, word(8)?);
        let start = 12usize.checked_add(name_size.checked_next_multiple_of(4)?)?;
        let end = start.checked_add(size)?;
        let (name, id) = (rest.get(12..12 + name_size)?, rest.get(start..end)?);
        if name == b"GNU\0" && kind == elf::NT_GNU_BUILD_ID.0 as usize {
            return Some(id.to_vec());
        }
        rest = rest.get(end.checked_next_multiple_of(4)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(name: &[u8], kind: u32, content: &[u8]) -> Vec<u8> {
        let mut note = Vec::new();
        for word in [name.len() as u32, content.len() as u32, kind] {
            note.extend(word.to_le_bytes());
        }
        for part in [name, content] {
            note.extend(part);
            note.resize(note.len().next_multiple_of(4), 0);
        }
        note
    }

    #[test]
    fn the_build_id_is_found_among_other_notes() {
        let mut notes = note(b"Linux\0", 0, b"6.1");
        notes.extend(note(b"GNU\0", 3, &[1, 2, 3, 4, 5]));
        assert_eq!(build_id(&notes), Some(vec![1, 2, 3, 4, 5]));
    }

    #[test]
    fn damaged_notes_have_no_build_id() {
        let mut notes = note(b"GNU\0", 3, &[1, 2, 3, 4]);
        notes[4] = 200;
        assert_eq!(build_id(&notes), None);
        notes[0..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(build_id(&notes), None);
        assert_eq!(build_id(b""), None);
        assert_eq!(build_id(b"\x7fELF"), None);
    }

    #[test]
    fn what_is_no_elf_file_is_said_to_be_none() {
        assert!(Elf::open(b"\x7fELF broken").is_err());
        assert!(Elf::open(b"").is_err());
    }
}
