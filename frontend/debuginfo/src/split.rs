//! Split DWARF: what a program has only skeletons of, and the rest in other files (`.dwo`, or a `.dwp` of all of
//! them), put together to DWARF that is in one piece.

use std::borrow::Cow;

use gimli::{
    AttributeValue, Encoding, EndianSlice, LineEncoding, LittleEndian, Reader, SectionId,
    write::{
        Address, ConvertError, ConvertLineProgram, ConvertLineRow, ConvertResult, ConvertUnit,
        ConvertUnitEntry, EndianVec, FileId, LineProgram, LineRow, UnitEntryId,
    },
};

use crate::{elf::Elf, info::Error};

type Slice<'a> = EndianSlice<'a, LittleEndian>;
type Sections<'a> = gimli::Dwarf<Slice<'a>>;

/// How deep entries are within each other; more is damage.
const MAX_DEPTH: isize = 512;

/// How long code without a break is at most.
const LONGEST_CODE: u64 = 1 << 32;

/// The last line that a file may have.
const LAST_LINE: u64 = 1 << 32;

/// Where the rest of a unit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitUnit {
    /// The file's name, as the compiler was told it.
    pub file: String,
    /// The folder that a relative name is from.
    pub folder: String,
    /// By what the rest is told from that of others.
    pub id: u64,
}

/// The units of which a program has only skeletons.
///
/// # Errors
/// When its DWARF is damaged.
pub fn split_units(elf: &Elf<'_>) -> Result<Vec<SplitUnit>, Error> {
    // Skeletons have the addresses that the rest refers to.
    if elf.raw_section(".debug_addr").is_none() {
        return Ok(Vec::new());
    }
    let dwarf = skeletons(elf)?;
    let mut found = Vec::new();
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        let unit = dwarf.unit(header)?;
        let Some(id) = unit.dwo_id else { continue };
        let file = match unit.dwo_name()? {
            Some(name) => dwarf.attr_string(&unit, name)?.to_string_lossy().into_owned(),
            None => String::new(),
        };
        let folder = unit.comp_dir.map(|folder| folder.to_string_lossy().into_owned());
        found.push(SplitUnit { file, folder: folder.unwrap_or_default(), id: id.0 });
    }
    Ok(found)
}

/// Puts the DWARF of a program together with the files that hold the rest of its units.
///
/// # Errors
/// When a unit is in none of the files, or something is damaged.
pub fn join_split(elf: &mut Elf<'_>, files: &[&Elf<'_>]) -> Result<(), Error> {
    let joined = joined(elf, files)?;
    joined.for_each(|id, bytes: &EndianVec<LittleEndian>| {
        elf.replace_dwarf(id.name(), bytes.slice().to_vec());
        Ok::<(), Error>(())
    })
}

fn joined(
    elf: &Elf<'_>,
    files: &[&Elf<'_>],
) -> Result<gimli::write::Sections<EndianVec<LittleEndian>>, Error> {
    let dwarf = skeletons(elf)?;
    let texts = files.iter().map(|file| Texts::of(file)).collect::<Result<Vec<_>, _>>()?;
    let rests = texts.iter().map(Texts::open).collect::<Result<Vec<_>, _>>()?;
    let mut written = gimli::write::Dwarf::new();
    let mut units = written.convert(&dwarf).map_err(cannot)?;
    while let Some((mut unit, root)) = units.read_unit().map_err(cannot)? {
        let Some(id) = unit.read_unit.dwo_id else {
            convert(&mut unit, root, &[]).map_err(cannot)?;
            continue;
        };
        let rest = rest_of(&rests, id, &dwarf)?;
        let mut split = unit.convert_split(&rest).map_err(cannot)?;
        let (mut unit, rest_root) = split.read_unit().map_err(cannot)?;
        convert(&mut unit, rest_root, &root.attrs).map_err(cannot)?;
    }
    let mut sections = gimli::write::Sections::new(EndianVec::new(LittleEndian));
    written.write(&mut sections).map_err(|error| Error(format!("split DWARF: {error}")))?;
    Ok(sections)
}

fn cannot(error: ConvertError) -> Error {
    Error(format!("split DWARF cannot be put together: {error}"))
}

fn skeletons<'e>(elf: &'e Elf<'_>) -> Result<Sections<'e>, Error> {
    gimli::Dwarf::load(|id| Ok(EndianSlice::new(elf.dwarf_section(id.name())?, LittleEndian)))
}

/// The sections of a file that holds the rest of units.
struct Texts<'a> {
    /// Those that [`SectionId::dwo_name`] names.
    sections: Vec<(SectionId, Cow<'a, [u8]>)>,
}

/// A file that holds the rest of units.
enum Rest<'a> {
    /// Of one.
    Unit(Box<gimli::DwarfSections<Slice<'a>>>),
    /// Of many.
    Package(Box<gimli::DwarfPackage<Slice<'a>>>),
}

impl<'a> Texts<'a> {
    fn of(file: &Elf<'a>) -> Result<Self, Error> {
        use SectionId as Id;
        let all = [
            Id::DebugAbbrev,
            Id::DebugCuIndex,
            Id::DebugInfo,
            Id::DebugLine,
            Id::DebugLoc,
            Id::DebugLocLists,
            Id::DebugMacinfo,
            Id::DebugMacro,
            Id::DebugRngLists,
            Id::DebugStr,
            Id::DebugStrOffsets,
            Id::DebugTuIndex,
            Id::DebugTypes,
        ];
        let mut sections = Vec::new();
        for id in all {
            if let Some(name) = id.dwo_name() {
                sections.push((id, file.placed_section(name)?));
            }
        }
        Ok(Self { sections })
    }

    fn section(&self, wanted: SectionId) -> Slice<'_> {
        let found = self.sections.iter().find(|(id, _)| *id == wanted);
        EndianSlice::new(found.map_or(&[][..], |(_, bytes)| bytes), LittleEndian)
    }

    fn open(&self) -> Result<Rest<'_>, Error> {
        let load = |id| Ok::<_, Error>(self.section(id));
        if self.section(SectionId::DebugCuIndex).is_empty() {
            return Ok(Rest::Unit(Box::new(gimli::DwarfSections::load(load)?)));
        }
        let empty = EndianSlice::new(&[], LittleEndian);
        Ok(Rest::Package(Box::new(gimli::DwarfPackage::load(load, empty)?)))
    }
}

/// The rest of a unit.
fn rest_of<'a>(
    rests: &[Rest<'a>],
    id: gimli::DwoId,
    parent: &Sections<'a>,
) -> Result<Sections<'a>, Error> {
    for rest in rests {
        match rest {
            Rest::Package(package) => {
                if let Some(found) = package.find_cu(id, parent)? {
                    return Ok(found);
                }
            }
            Rest::Unit(sections) => {
                let mut sections: Sections<'a> = sections.borrow(|section| *section);
                sections.make_dwo(parent);
                let Some(header) = sections.units().next()? else { continue };
                if sections.unit(header)?.dwo_id == Some(id) {
                    return Ok(sections);
                }
            }
        }
    }
    Err(Error(format!("no file has the unit {:016x} of split DWARF", id.0)))
}

/// Writes a unit anew; of one with a skeleton, `skeleton` is what that says.
fn convert<'u, R: Reader<Offset = usize>>(
    unit: &mut ConvertUnit<'u, R>,
    root: ConvertUnitEntry<'u, R>,
    skeleton: &[gimli::Attribute<R>],
) -> ConvertResult<()> {
    // Lists of DWARF 5 can say all that those of older versions and of their extensions do.
    let encoding = Encoding { version: 5, ..unit.read_unit.encoding() };
    unit.unit.set_encoding(encoding);
    // How rows are packed is not taken over: not every way that can be read can be written.
    if let Some(rows) = unit.read_line_program(Some(encoding), Some(LineEncoding::default()))? {
        let (program, files) = lines(rows)?;
        unit.set_line_program(program, files);
    }
    let id = unit.unit.root();
    attributes(unit, id, &root)?;
    if let Some(read) = unit.read_skeleton_unit {
        // Where its code is only the skeleton says.
        let code = [gimli::DW_AT_low_pc, gimli::DW_AT_high_pc, gimli::DW_AT_ranges];
        for attribute in skeleton.iter().filter(|attribute| code.contains(&attribute.name())) {
            let value = unit.convert_attribute_value(read, attribute, &same)?;
            unit.unit.get_mut(id).set(attribute.name(), value);
        }
    }
    let mut entry = root;
    while let Some(id) = unit.read_entry(&mut entry)? {
        // What is written calls itself for each level.
        if entry.read_entry.depth() > MAX_DEPTH {
            return Err(ConvertError::Read(gimli::Error::TooManyIterations));
        }
        let id = unit.add_entry(id, &entry);
        attributes(unit, id, &entry)?;
    }
    Ok(())
}

/// Writes lines anew. Within a sequence addresses only grow, and no further than code is long; else they are damaged.
fn lines<R: Reader<Offset = usize>>(
    mut lines: ConvertLineProgram<'_, R>,
) -> ConvertResult<(LineProgram, Vec<FileId>)> {
    // Where the sequence begins, and how far behind it the last address is that was named, and that of the last row.
    let (mut start, mut named, mut last) = (0, 0, 0);
    let further = |named: u64, offset: u64, last: u64| {
        let offset =
            named.checked_add(offset).filter(|offset| (last..LONGEST_CODE).contains(offset));
        offset.ok_or(ConvertError::InvalidAddress)
    };
    while let Some(row) = lines.read_row()? {
        match row {
            ConvertLineRow::SetAddress(address) if lines.in_sequence() => {
                named = address.checked_sub(start).ok_or(ConvertError::InvalidAddress)?;
            }
            ConvertLineRow::SetAddress(address) => {
                start = address;
                lines.set_address(Address::Constant(address));
            }
            ConvertLineRow::Row(row) => {
                last = further(named, row.address_offset, last)?;
                if row.line > LAST_LINE {
                    return Err(ConvertError::UnsupportedLineInstruction);
                }
                // Instructions of x86 have one operation each.
                lines.generate_row(LineRow { address_offset: last, op_index: 0, ..row });
            }
            ConvertLineRow::EndSequence(end) => {
                lines.end_sequence(further(named, end, last)?);
                (start, named, last) = (0, 0, 0);
            }
        }
    }
    if lines.in_sequence() {
        Err(ConvertError::MissingLineEndSequence)
    } else {
        Ok(lines.program())
    }
}

/// Writes what an entry says.
fn attributes<R: Reader<Offset = usize>>(
    unit: &mut ConvertUnit<'_, R>,
    id: UnitEntryId,
    entry: &ConvertUnitEntry<'_, R>,
) -> ConvertResult<()> {
    for attribute in &entry.attrs {
        let value = match attribute.value() {
            // Of what only the compiler's own extensions refer to, nothing is read.
            AttributeValue::SecOffset(_) => continue,
            // The number may be one of the abbreviation, which is not changed.
            AttributeValue::FileIndex(file) => {
                let file = unit.convert_file_index(entry.read_unit, file)?;
                gimli::write::AttributeValue::FileIndex(file)
            }
            _ => unit.convert_attribute_value(entry.read_unit, attribute, &same)?,
        };
        unit.unit.get_mut(id).set(attribute.name(), value);
    }
    Ok(())
}

/// Addresses stay what they are.
fn same(address: u64) -> Option<Address> {
    Some(Address::Constant(address))
}
