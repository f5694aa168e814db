//! The units of an object while its index is made: entries refer to those of others where the linker, or
//! `dwz`, has compiled or packed them together.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use gimli::{UnitHeader, UnitOffset};

use super::{Sections, Slice, Unit, attributes::Target};
use crate::info::Error;

/// The units of an object, read when another one first refers to them.
pub(super) struct Units<'s, 'a> {
    sections: &'s Sections<'a>,
    /// In order.
    headers: &'s [UnitHeader<Slice<'a>>],
    read: Mutex<HashMap<usize, Arc<Unit<'a>>>>,
}

impl<'s, 'a> Units<'s, 'a> {
    /// Of an object.
    pub fn of(sections: &'s Sections<'a>, headers: &'s [UnitHeader<Slice<'a>>]) -> Self {
        Self { sections, headers, read: Mutex::default() }
    }

    /// The unit that a target named in `unit` lies in, if that is another one.
    pub fn find(&self, unit: &Unit<'a>, target: Target) -> Result<Option<Arc<Unit<'a>>>, Error> {
        let Target::Anywhere(offset) = target else { return Ok(None) };
        if offset.to_unit_offset(&unit.header).is_some() {
            return Ok(None);
        }
        let start = |header: &UnitHeader<Slice<'a>>| {
            header.debug_info_offset().map_or(usize::MAX, |offset| offset.0)
        };
        let behind = self.headers.partition_point(|header| start(header) <= offset.0);
        let at = behind.checked_sub(1).ok_or_else(nothing)?;
        let read = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read().get(&at) {
            return Ok(Some(Arc::clone(known)));
        }
        let found = Arc::new(self.sections.unit(self.headers[at])?);
        Ok(Some(Arc::clone(read().entry(at).or_insert(found))))
    }

    /// Where the target is in the unit that it lies in.
    pub fn within(&self, unit: &Unit<'a>, target: Target) -> Result<UnitOffset, Error> {
        match target {
            Target::Here(offset) => Ok(offset),
            Target::Anywhere(offset) => offset.to_unit_offset(&unit.header).ok_or_else(nothing),
        }
    }
}

fn nothing() -> Error {
    Error("DWARF that refers to nothing".to_owned())
}
