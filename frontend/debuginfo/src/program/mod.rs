//! A program or shared library: its debug information, and what its file says without any.

mod linkage;
mod marks;
mod operands;
mod symbols;
#[cfg(test)]
mod tests;
mod threads;

use std::{collections::HashSet, sync::OnceLock};

use crate::{
    dwarf::Dwarf,
    elf::Elf,
    glob,
    info::{Error, Function, Member, Part, Source, Type, TypeId},
    marks::Mark,
    places::{At, Lines, Place, PlaceKind, Query, Scope, What},
    probeable::is_called,
    similar,
    variables::{Term, Variable},
};
use symbols::Symbols;

/// What is said of a function that finds another one.
const CHOOSES: &str = "it chooses, when the program starts, the code that its calls go to; a probe sees the choice only";

/// A program or shared library. What is asked of its source is answered by DWARF, if there is some; its
/// functions are also found by their symbols, without variables. An address is as the file counts.
#[derive(Debug)]
pub struct Program<'a> {
    executable: &'a Elf<'a>,
    /// The separate file with its debug information.
    debug: Option<&'a Elf<'a>>,
    /// Or why there is none.
    dwarf: Result<Dwarf<'a>, Error>,
    symbols: OnceLock<Symbols<'a>>,
}

impl<'a> Program<'a> {
    /// A program's file, perhaps beside a separate one with its debug information (which may only have
    /// symbols), and the DWARF of either; or what is said to who asks what only DWARF tells.
    pub fn new(
        executable: &'a Elf<'a>,
        debug: Option<&'a Elf<'a>>,
        dwarf: Result<Dwarf<'a>, Error>,
    ) -> Self {
        Self { executable, debug, dwarf, symbols: OnceLock::new() }
    }

    fn dwarf(&self) -> Result<&Dwarf<'a>, Error> {
        self.dwarf.as_ref().map_err(Clone::clone)
    }

    fn symbols(&self) -> &Symbols<'a> {
        self.symbols.get_or_init(|| Symbols::of([self.executable].into_iter().chain(self.debug)))
    }

    /// The address of a symbol of any kind.
    fn data_address(&self, name: &str) -> Result<u64, Error> {
        match self.symbols().address(name) {
            Some(Some(address)) => Ok(address),
            Some(None) => Err(Error(format!("the program has several symbols `{name}`"))),
            None => Err(Error(format!("the program has no symbol `{name}`"))),
        }
    }

    /// The functions that a query means by their symbols.
    fn entries(&self, query: &Query) -> Vec<Place> {
        let What::Functions { code: true, exported, .. } = query.what else { return Vec::new() };
        let symbols = self.symbols();
        let is_pattern = glob::is_pattern(&query.function);
        // A pattern does not mean the pieces of functions.
        let fits = |function: &&symbols::Function<'_>| {
            (!exported || function.exported)
                && (!is_pattern
                    || is_called(function.name) && glob::matches(&query.function, function.name))
        };
        let candidates =
            if is_pattern { symbols.functions() } else { symbols.named(&query.function) };
        let mut places: Vec<Place> =
            candidates.iter().filter(fits).map(|function| self.entered(function)).collect();
        places.sort_by_key(|place| place.address);
        places
    }

    /// The place where a function with a symbol is entered.
    fn entered(&self, function: &symbols::Function<'_>) -> Place {
        let mut place = Place::named(PlaceKind::Entry, function.name, function.address);
        if function.chooses {
            place.notes.push(CHOOSES.to_owned());
        }
        place
    }

    /// What has a symbol of a name that a query means, and none of the entries `known`: functions in assembler,
    /// and other names of those that DWARF describes, which are told then.
    fn undescribed(&self, dwarf: &Dwarf<'a>, query: &Query, known: &[Place]) -> Vec<Place> {
        if query.file.is_some() || query.lines != Lines::Unwritten {
            return Vec::new();
        }
        let mut places = self.entries(query);
        let entries = known.iter().filter(|place| place.kind == PlaceKind::Entry);
        let known: HashSet<u64> = entries.map(|place| place.address).collect();
        places.retain(|place| !known.contains(&place.address));
        // An exact name is one function's; other files may have it for theirs without a symbol.
        if !glob::is_pattern(&query.function) && !known.is_empty() {
            return Vec::new();
        }
        let addresses = places.iter().map(|place| place.address).collect();
        let mut described = dwarf.entries_at(&addresses);
        // Several names of one function are one place.
        let mut seen = HashSet::new();
        places
            .retain(|place| !described.contains_key(&place.address) || seen.insert(place.address));
        let described = |place: Place| described.remove(&place.address).unwrap_or(place);
        places.into_iter().map(described).collect()
    }

    /// The places that a query means, each as often as it has names that fit.
    fn all_places(&self, query: &Query) -> Result<Vec<Place>, Error> {
        let dwarf = match &self.dwarf {
            Ok(dwarf) => dwarf,
            Err(missing) => {
                let is_function = matches!(query.what, What::Functions { code: true, .. });
                let is_plain = query.file.is_none() && query.lines == Lines::Unwritten;
                return if is_function && is_plain {
                    Ok(self.entries(query))
                } else {
                    Err(missing.clone())
                };
            }
        };
        let found = dwarf.places(query);
        let known = found.as_deref().unwrap_or_default();
        let undescribed = self.undescribed(dwarf, query, known);
        if undescribed.is_empty() {
            return found;
        }
        let mut places = found.unwrap_or_default();
        places.extend(undescribed);
        places.sort_by_key(|place| place.address);
        Ok(places)
    }
}

/// Leaves of all entries at one address, which are names of one function, the one with the shortest: a handler
/// is not to run several times for one call.
fn keep_one_name(places: &mut Vec<Place>) {
    places.sort_by(|one, other| {
        let key = |place: &Place| (place.address, place.function.len());
        key(one).cmp(&key(other)).then_with(|| one.function.cmp(&other.function))
    });
    places.dedup_by(|next, kept| {
        let is_entry = |place: &Place| place.kind == PlaceKind::Entry;
        next.address == kept.address && is_entry(next) && is_entry(kept)
    });
}

impl Source for Program<'_> {
    fn source(&self) -> &str {
        self.dwarf.as_ref().map_or("the symbol table", |dwarf| dwarf.source())
    }

    fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        let described = match &self.dwarf {
            Ok(dwarf) => dwarf.function(name)?,
            Err(_) => None,
        };
        if described.is_some() || self.symbols().named(name).is_empty() {
            return Ok(described);
        }
        Ok(Some(Function::undescribed(name, self.source())))
    }

    fn functions_like(&self, name: &str) -> Vec<String> {
        match &self.dwarf {
            Ok(dwarf) => dwarf.functions_like(name),
            Err(_) => {
                let names = self.symbols().functions().iter().map(|function| function.name);
                similar::nearest(name, names)
            }
        }
    }

    fn ty(&self, ty: TypeId) -> Result<Type, Error> {
        self.dwarf()?.ty(ty)
    }

    fn member(&self, ty: TypeId, name: &str) -> Result<Option<Member>, Error> {
        self.dwarf()?.member(ty, name)
    }

    fn members(&self, ty: TypeId) -> Result<Vec<String>, Error> {
        self.dwarf()?.members(ty)
    }

    fn parts(&self, ty: TypeId) -> Result<Vec<Part>, Error> {
        self.dwarf()?.parts(ty)
    }

    fn is_character(&self, ty: TypeId) -> Result<bool, Error> {
        self.dwarf()?.is_character(ty)
    }

    fn size(&self, ty: TypeId) -> Result<Option<u64>, Error> {
        self.dwarf()?.size(ty)
    }

    fn named(&self, name: &str) -> Result<Option<TypeId>, Error> {
        self.dwarf()?.named(name)
    }

    fn length(&self, ty: TypeId) -> Result<Option<u64>, Error> {
        self.dwarf()?.length(ty)
    }

    fn type_name(&self, ty: TypeId) -> Result<String, Error> {
        self.dwarf()?.type_name(ty)
    }

    fn global(&self, name: &str, file: Option<&str>) -> Result<Option<Variable>, Error> {
        self.dwarf()?.global(name, file)
    }

    fn enumerator(&self, name: &str) -> Result<Option<i64>, Error> {
        self.dwarf()?.enumerator(name)
    }

    fn knows_places(&self) -> bool {
        true
    }

    fn places(&self, query: &Query) -> Result<Vec<Place>, Error> {
        let mut places = self.all_places(query)?;
        if glob::is_pattern(&query.function) {
            keep_one_name(&mut places);
        }
        Ok(places)
    }

    fn entry_at(&self, address: u64) -> Option<Place> {
        let described = self.dwarf.as_ref().ok().and_then(|dwarf| dwarf.entry_at(address));
        described.or_else(|| {
            let mut functions = self.symbols().functions().iter();
            Some(self.entered(functions.find(|function| function.address == address)?))
        })
    }

    fn place_at(&self, address: u64, at: At) -> Result<Option<Place>, Error> {
        if let Ok(dwarf) = &self.dwarf
            && let Some(place) = dwarf.place_at(address, at)?
        {
            return Ok(Some(place));
        }
        let before = self.symbols().functions().iter().filter(|entry| entry.address <= address);
        let Some(function) = before.max_by_key(|entry| entry.address) else { return Ok(None) };
        if at != At::Function && function.address != address {
            return Err(self.cannot("tell where statements begin; debug information can"));
        }
        Ok(Some(self.entered(function)))
    }

    fn variables(&self, place: &Place) -> Result<Vec<Variable>, Error> {
        match &self.dwarf {
            Ok(dwarf) if place.scope != Scope::default() => dwarf.variables(place),
            _ => Ok(Vec::new()),
        }
    }

    fn returned(&self, place: &Place) -> Result<Option<Variable>, Error> {
        match &self.dwarf {
            Ok(dwarf) if place.scope != Scope::default() => dwarf.returned(place),
            _ => Ok(None),
        }
    }

    fn thread_block(&self) -> Result<Term, Error> {
        threads::block(self.executable)
    }

    fn file_offset(&self, address: u64) -> Option<u64> {
        self.executable.file_offset(address)
    }

    fn marks(&self, provider: &str, name: &str) -> Result<Vec<Mark>, Error> {
        marks::find(self, provider, name)
    }

    fn linkage(&self, pattern: &str) -> Result<Vec<Place>, Error> {
        linkage::find(self.executable, pattern)
    }
}
