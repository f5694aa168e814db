//! What the index asks of an entry: its attributes, and the way behind it.

use gimli::{
    AttributeSpecification, AttributeValue, DebugInfoOffset, DwTag, EntriesRaw, UnitOffset,
};

use super::{Slice, Unit, index::Kind};
use crate::info::Error;

type Value<'a> = AttributeValue<Slice<'a>>;

/// Another entry, in the unit of the one that names it or anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Here(UnitOffset),
    Anywhere(DebugInfoOffset),
}

impl Target {
    pub fn of(value: Value<'_>) -> Option<Self> {
        match value {
            AttributeValue::UnitRef(offset) => Some(Self::Here(offset)),
            AttributeValue::DebugInfoRef(offset) => Some(Self::Anywhere(offset)),
            _ => None,
        }
    }
}

/// The attributes that the index is made of.
#[derive(Default)]
pub(super) struct Attributes<'a> {
    pub name: Option<Value<'a>>,
    pub sibling: Option<UnitOffset>,
    pub declaration: bool,
    pub external: bool,
    pub located: bool,
    pub size: Option<u64>,
    pub file: Option<u64>,
    pub line: Option<u64>,
    /// Put into callers (`DW_INL_inlined`, `DW_INL_declared_inlined`).
    pub inlined: bool,
    pub origin: Option<Target>,
    pub entry: Option<Value<'a>>,
    pub low: Option<Value<'a>>,
    pub ranges: Option<Value<'a>>,
    pub number: Option<i64>,
}

impl<'a> Attributes<'a> {
    /// Those of the entry whose abbreviation was just read.
    pub fn read(
        entries: &mut EntriesRaw<'_, Slice<'a>>,
        specifications: &[AttributeSpecification],
    ) -> gimli::Result<Self> {
        let mut all = Self::default();
        for &specification in specifications {
            let attribute = entries.read_attribute(specification)?;
            match attribute.name() {
                gimli::DW_AT_name => all.name = Some(attribute.value()),
                gimli::DW_AT_sibling => all.sibling = unit_offset(attribute.value()),
                gimli::DW_AT_declaration => all.declaration = true,
                gimli::DW_AT_external => all.external = true,
                gimli::DW_AT_byte_size => all.size = attribute.udata_value(),
                gimli::DW_AT_decl_file => all.file = file_index(&attribute.value()),
                gimli::DW_AT_decl_line => all.line = attribute.udata_value(),
                gimli::DW_AT_inline => all.inlined = is_inlined(&attribute.value()),
                gimli::DW_AT_abstract_origin | gimli::DW_AT_specification => {
                    all.origin = Target::of(attribute.value());
                }
                gimli::DW_AT_entry_pc => all.entry = Some(attribute.value()),
                gimli::DW_AT_low_pc => all.low = Some(attribute.value()),
                gimli::DW_AT_ranges => all.ranges = Some(attribute.value()),
                gimli::DW_AT_location => all.located = true,
                gimli::DW_AT_const_value => all.number = number(&attribute),
                _ => {}
            }
        }
        Ok(all)
    }
}

fn number(attribute: &gimli::Attribute<Slice<'_>>) -> Option<i64> {
    attribute.sdata_value().or_else(|| attribute.udata_value().map(|value| value as i64))
}

/// The kind of types that a tag is for.
pub(super) fn kind(tag: DwTag) -> Option<Kind> {
    match tag {
        gimli::DW_TAG_structure_type | gimli::DW_TAG_class_type => Some(Kind::Struct),
        gimli::DW_TAG_union_type => Some(Kind::Union),
        gimli::DW_TAG_typedef => Some(Kind::Typedef),
        gimli::DW_TAG_enumeration_type => Some(Kind::Enum),
        gimli::DW_TAG_base_type => Some(Kind::Base),
        _ => None,
    }
}

fn unit_offset(value: Value<'_>) -> Option<UnitOffset> {
    if let AttributeValue::UnitRef(offset) = value { Some(offset) } else { None }
}

pub(super) fn file_index(value: &Value<'_>) -> Option<u64> {
    match value {
        AttributeValue::FileIndex(index) => Some(*index),
        value => value.udata_value(),
    }
}

pub(super) fn is_inlined(value: &Value<'_>) -> bool {
    matches!(value, AttributeValue::Inline(gimli::DW_INL_inlined | gimli::DW_INL_declared_inlined))
}

/// The part of a function that is its entry, and the symbol there. (The parts that are seldom run
/// have symbols `name.cold`.) Without a symbol table, the first.
pub(super) fn entry_of<'a>(
    symbols: &[(u64, &'a str)],
    name: &'a str,
    starts: &[u64],
) -> Option<(u64, &'a str)> {
    if symbols.is_empty() {
        return starts.first().map(|&start| (start, name));
    }
    let at = |start: u64| {
        let first = symbols.partition_point(|&(address, _)| address < start);
        symbols[first..]
            .iter()
            .take_while(move |&&(address, _)| address == start)
            .map(|&(_, symbol)| symbol)
    };
    let rank = |symbol: &str| match symbol.strip_prefix(name) {
        Some("") => 0,
        // The symbols of C++ are not what the source says.
        _ if symbol.ends_with(".cold") => 3,
        Some(suffix) if suffix.starts_with('.') => 1,
        _ => 2,
    };
    let all =
        starts.iter().flat_map(|&start| at(start).map(move |symbol| (rank(symbol), start, symbol)));
    all.min().map(|(_, start, symbol)| (start, symbol))
}

/// Goes on behind the children of the entry that was read at `depth`.
pub(super) fn step_over<'u, 'a>(
    unit: &'u Unit<'a>,
    entries: &mut EntriesRaw<'u, Slice<'a>>,
    depth: isize,
    sibling: Option<UnitOffset>,
) -> Result<(), Error> {
    if let Some(sibling) = sibling.filter(|&sibling| sibling > entries.next_offset()) {
        *entries = unit.entries_raw(Some(sibling))?;
        return Ok(());
    }
    while entries.next_depth() > depth && !entries.is_empty() {
        if let Some(inner) = entries.read_abbreviation()? {
            entries.skip_attributes(inner.attributes())?;
        }
    }
    Ok(())
}
