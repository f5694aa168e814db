//! What the functions that a unit describes are called: their own entries say it, or others do.

use std::sync::Arc;

use super::{
    Unit,
    attributes::{Attributes, Target, file_index, is_inlined},
    scan::Scan,
};
use crate::info::Error;

/// How often the name of a function is looked for in what it was made of.
const MAX_ORIGINS: usize = 8;

/// What a function is called, and where it is declared.
pub(super) struct Origin<'a> {
    pub name: &'a str,
    /// The position in `found`.
    pub file: u32,
    pub line: u32,
    pub inlined: bool,
    pub external: bool,
}

impl<'a> Scan<'_, 'a> {
    /// What a function is: its own entry says it, or that of what it was made of.
    pub(super) fn origin(
        &mut self,
        unit: &Unit<'a>,
        attributes: &Attributes<'a>,
    ) -> Result<Option<Origin<'a>>, Error> {
        let Attributes { mut inlined, mut external, mut line, mut origin, .. } = *attributes;
        let text = |unit: &Unit<'a>, value| self.text(unit, value);
        let mut name = attributes.name.map(|name| text(unit, name)).transpose()?.flatten();
        let mut file = attributes.file.map(|index| self.file(unit, Some(index)));
        let mut of: Option<Arc<Unit<'a>>> = None;
        for _ in 0..MAX_ORIGINS {
            // What a function is made of repeats no file of its own.
            if let Some(name) = name
                && (file.is_some() || origin.is_none())
            {
                let file = file.unwrap_or_else(|| self.file(unit, None));
                let line = line.unwrap_or(0) as u32;
                return Ok(Some(Origin { name, file, line, inlined, external }));
            }
            let Some(next) = origin else { break };
            of = self.units.find(of.as_deref().unwrap_or(unit), next)?.or(of);
            let unit = of.as_deref().unwrap_or(unit);
            let entry = unit.entry(self.units.within(unit, next)?)?;
            let value = |attribute| entry.attr_value(attribute);
            if let (None, Some(value)) = (name, value(gimli::DW_AT_name)) {
                name = self.text(unit, value)?;
            }
            inlined |= value(gimli::DW_AT_inline).as_ref().is_some_and(is_inlined);
            external |= value(gimli::DW_AT_external).is_some();
            if let (None, Some(index)) = (file, value(gimli::DW_AT_decl_file)) {
                file = file_index(&index).map(|index| self.file(unit, Some(index)));
            }
            line = line.or_else(|| entry.attr(gimli::DW_AT_decl_line)?.udata_value());
            origin = value(gimli::DW_AT_abstract_origin)
                .or_else(|| value(gimli::DW_AT_specification))
                .and_then(Target::of);
        }
        Ok(None)
    }
}
