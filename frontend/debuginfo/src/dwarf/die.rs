//! One entry of DWARF, its attributes and its children.

use std::{borrow::Cow, sync::Arc};

use gimli::{AttributeValue, DwAt, DwTag};

use super::{ALTERNATE, Dwarf, Entry, Slice, Unit};
use crate::info::Error;

/// How many ranges the code of a function or block may be in; more is damage.
const MAX_RANGES: usize = 1 << 16;

/// An entry, with the unit that it is in.
#[derive(Debug, Clone)]
pub(super) struct Die<'a> {
    pub unit: Arc<Unit<'a>>,
    pub entry: Entry<'a>,
    /// What offsets in its file are counted from: 0, or [`super::ALTERNATE`].
    pub base: u64,
}

impl<'a> Die<'a> {
    pub fn tag(&self) -> DwTag {
        self.entry.tag()
    }

    /// Its offset in `.debug_info`, from the base of its file on.
    pub fn offset(&self) -> u64 {
        self.entry
            .offset()
            .to_debug_info_offset(&self.unit.header)
            .map_or(u64::MAX, |offset| self.base | offset.0 as u64)
    }

    pub fn value(&self, attribute: DwAt) -> Option<AttributeValue<Slice<'a>>> {
        self.entry.attr_value(attribute)
    }

    pub fn flag(&self, attribute: DwAt) -> bool {
        matches!(self.value(attribute), Some(AttributeValue::Flag(true)))
    }

    /// An attribute that is a number, not negative.
    pub fn unsigned(&self, attribute: DwAt) -> Option<u64> {
        self.entry.attr(attribute)?.udata_value()
    }

    /// An attribute that is a number, perhaps negative.
    pub fn signed(&self, attribute: DwAt) -> Option<i64> {
        self.entry.attr(attribute)?.sdata_value()
    }

    /// The offset in `.debug_info` that an attribute refers to.
    pub fn reference(&self, attribute: DwAt) -> Result<Option<u64>, Error> {
        match self.value(attribute) {
            None => Ok(None),
            Some(AttributeValue::UnitRef(offset)) => {
                let whole = offset.to_debug_info_offset(&self.unit.header);
                whole
                    .map(|offset| Some(self.base | offset.0 as u64))
                    .ok_or_else(|| Error("DWARF that refers to nothing".to_owned()))
            }
            Some(AttributeValue::DebugInfoRef(offset)) => Ok(Some(self.base | offset.0 as u64)),
            Some(AttributeValue::DebugInfoRefSup(offset)) if self.base == 0 => {
                Ok(Some(ALTERNATE | offset.0 as u64))
            }
            Some(_) => Err(Error("DWARF that refers to another file or to a type unit".to_owned())),
        }
    }

    /// Its name; empty when it has none.
    pub fn name(&self, dwarf: &Dwarf<'a>) -> Result<Cow<'a, str>, Error> {
        match self.value(gimli::DW_AT_name) {
            None => Ok(Cow::Borrowed("")),
            Some(value) => {
                let sections = dwarf.sections_at(self.base)?;
                Ok(sections.attr_string(&self.unit, value)?.to_string_lossy())
            }
        }
    }

    /// The addresses of its code, each range from its first to the first behind it; in order, none twice.
    pub fn ranges(&self, dwarf: &Dwarf<'a>) -> Result<Vec<(u64, u64)>, Error> {
        let mut all = self.listed_ranges(dwarf, MAX_RANGES)?;
        all.sort_unstable();
        let mut apart: Vec<(u64, u64)> = Vec::with_capacity(all.len());
        for (begin, end) in all {
            match apart.last_mut() {
                Some(last) if begin <= last.1 => last.1 = end.max(last.1),
                _ => apart.push((begin, end)),
            }
        }
        Ok(apart)
    }

    /// Likewise, as they are listed. More than `most` are damage.
    pub fn listed_ranges(&self, dwarf: &Dwarf<'a>, most: usize) -> Result<Vec<(u64, u64)>, Error> {
        let list = match self.value(gimli::DW_AT_ranges) {
            Some(list) => dwarf.sections.attr_ranges(&self.unit, list)?,
            None => None,
        };
        let Some(mut ranges) = list else { return Ok(self.range(dwarf)?.into_iter().collect()) };
        let mut all = Vec::new();
        while let Some(range) = ranges.next()? {
            all.push((range.begin, range.end));
            if all.len() > most {
                return Err(Error("DWARF ranges without an end".to_owned()));
            }
        }
        Ok(all)
    }

    /// Likewise, where it is all in one. (That of `gimli` adds without a look at what it adds.)
    fn range(&self, dwarf: &Dwarf<'a>) -> Result<Option<(u64, u64)>, Error> {
        let (Some(low), Some(high)) =
            (self.value(gimli::DW_AT_low_pc), self.value(gimli::DW_AT_high_pc))
        else {
            return Ok(None);
        };
        let Some(begin) = dwarf.sections.attr_address(&self.unit, low)? else { return Ok(None) };
        let end = match high {
            AttributeValue::Udata(size) => begin.checked_add(size),
            high => dwarf.sections.attr_address(&self.unit, high)?,
        };
        let end = end.ok_or_else(|| Error("DWARF of code without an end".to_owned()))?;
        Ok(Some((begin, end)))
    }

    /// The children of these kinds, in order.
    pub fn children(&self, tags: &[DwTag]) -> Result<Vec<Self>, Error> {
        let mut children = Vec::new();
        if !self.entry.has_children() {
            return Ok(children);
        }
        let mut cursor = self.unit.entries_at_offset(self.entry.offset())?;
        cursor.next_entry()?;
        if !cursor.next_entry()? {
            return Ok(children);
        }
        let mut next = cursor.current();
        while let Some(entry) = next {
            if tags.contains(&entry.tag()) {
                children.push(Self {
                    unit: Arc::clone(&self.unit),
                    entry: entry.clone(),
                    base: self.base,
                });
            }
            next = cursor.next_sibling()?;
        }
        Ok(children)
    }
}
