//! Debug information and the symbols of the same kernel: says of a function what will happen when it
//! is probed, before a module is built for it.

use std::{cell::OnceCell, collections::HashSet};

use crate::{
    elf::Elf,
    glob,
    info::{Error, Function, Location, Member, Param, Part, Source, Type, TypeId},
    places::{At, Lines, Place, PlaceKind, Query, Scope, What},
    symbols::{Found, Symbols},
    traced::{TRACE_CALLER, Traced, correct_systems},
    variables::{Variable, Where},
};

/// A source of knowledge that answers only for functions with code, and says of the others why not.
///
/// BTF in particular describes functions that the kernel's compiler has put into their callers
/// everywhere, or replaced by variants with other arguments.
#[derive(Debug)]
pub struct Probeable<'a, K> {
    source: K,
    symbols: Symbols<'a>,
    /// The names of all symbols of code, once one has been asked for; none if there are no symbols.
    code: OnceCell<HashSet<&'a str>>,
    /// What it is the code of, in messages.
    owner: String,
    /// See [`Source::text`].
    text: u64,
}

impl<'a, K: Source> Probeable<'a, K> {
    /// `source` beside the symbols of its kernel. Without any symbols, `source` is believed.
    pub fn new(source: K, symbols: Symbols<'a>) -> Self {
        let owner = "the kernel".to_owned();
        Self { source, symbols, code: OnceCell::new(), owner, text: 0 }
    }

    /// Likewise, of a module in a file; `owner` is what messages call it.
    #[must_use]
    pub fn of_module(self, file: &Elf<'_>, owner: String) -> Self {
        Self { owner, text: file.section_address(".text").unwrap_or(0), ..self }
    }

    /// A function with one symbol that is the one asked for.
    fn with_symbol(&self, name: &str) -> Result<Function, Error> {
        let by_source = || self.source.closed(self.symbols.address(name)?);
        if let Some(why) = self.symbols.closed(name).or_else(by_source) {
            return Err(Error(why.to_owned()));
        }
        let mut function = match self.source.function(name)? {
            Some(function) => function,
            None => self.undescribed(name)?,
        };
        let others: Vec<&str> =
            self.symbols.variants(name).into_iter().filter(|symbol| is_called(symbol)).collect();
        if !others.is_empty() && function.notes.iter().all(|note| !note.contains(others[0])) {
            function.notes.push(format!(
                "some of its calls go to {}, which this probe does not see",
                list(&others)
            ));
        }
        Ok(function)
    }

    /// A function that has code, and nothing said about it under its symbol.
    fn undescribed(&self, name: &str) -> Result<Function, Error> {
        let bare = Function::undescribed(name, self.source.source());
        let Some((original, _)) = name.split_once('.') else {
            return Ok(bare);
        };
        let Some(mut function) = self.source.function(original).ok().flatten() else {
            return Ok(bare);
        };
        let why = "the compiler changed the arguments of this variant, and only DWARF tells how";
        for param in &mut function.params {
            param.location = Location::Unavailable(why.to_owned());
        }
        Ok(Function { name: name.to_owned(), returns: None, ..function })
    }

    /// The functions that a query asks for, by their symbols.
    fn entries(&self, query: &Query) -> Result<Vec<Place>, Error> {
        let What::Functions { code, exported, .. } = query.what else {
            return Err(self.source.cannot("find places within functions; DWARF can"));
        };
        if query.file.is_some() || query.lines != Lines::Unwritten {
            return Err(self.source.cannot("find places by their files; DWARF can"));
        }
        if !code {
            return Err(self.source.cannot("find inlined copies of functions; DWARF can"));
        }
        if !glob::is_pattern(&query.function) {
            let function = self.function(&query.function)?;
            return Ok(function
                .map(|function| entered(&self.symbols, function))
                .into_iter()
                .collect());
        }
        let fits = |symbol: &Found<'_>| {
            glob::matches(&query.function, symbol.name) && (!exported || symbol.global)
        };
        let mut found: Vec<Found<'_>> = self.symbols.all().filter(fits).collect();
        let is_open = |symbol: &Found<'_>| {
            symbol.closed.or_else(|| self.source.closed(symbol.address)).is_none()
        };
        found.retain(|symbol| is_open(symbol) && is_called(symbol.name));
        Ok(found.into_iter().map(|symbol| self.found_place(symbol)).collect())
    }

    /// The place at an address by symbols, which only say where functions begin.
    fn symbol_at(&self, address: u64, at: At) -> Result<Option<Place>, Error> {
        let before = self.symbols.all().filter(|symbol| symbol.address <= address);
        let Some(symbol) = before.max_by_key(|symbol| symbol.address) else { return Ok(None) };
        if at != At::Function && symbol.address != address {
            return Err(self.source.cannot("tell where statements begin; DWARF can"));
        }
        if let Some(why) = symbol.closed.or_else(|| self.source.closed(symbol.address)) {
            return Err(Error(why.to_owned()));
        }
        Ok(Some(self.found_place(symbol)))
    }

    /// Where a function is entered; one of several of the same name is told apart by where it is.
    fn found_place(&self, symbol: Found<'_>) -> Place {
        let anchor = self.source.anchor(symbol.address);
        match anchor {
            Ok((symbol_before, offset)) if symbol.ambiguous && symbol.from_start.is_none() => {
                Place { symbol: symbol_before, offset, ..by_symbol(symbol) }
            }
            _ => by_symbol(symbol),
        }
    }

    /// Where a function of this very name is entered that only has a symbol: another name of one that is
    /// described, one in assembler, or one that the compiler has made the same as another.
    fn undescribed_entry(&self, query: &Query, described: &[Place]) -> Option<Place> {
        let is_entry = matches!(query.what, What::Functions { code: true, exported: false, .. });
        let is_exact = !glob::is_pattern(&query.function) && query.file.is_none();
        let has_entry = described.iter().any(|place| place.kind == PlaceKind::Entry);
        if !is_entry || !is_exact || has_entry || query.lines != Lines::Unwritten {
            return None;
        }
        let name = query.function.as_str();
        if self.symbols.count(name) != 1 || self.symbols.closed(name).is_some() || !is_called(name)
        {
            return None;
        }
        let address = self.symbols.address(name)?;
        if self.source.closed(address).is_some() {
            return None;
        }
        let described = self.source.entry_at(address);
        Some(described.unwrap_or_else(|| by_symbol(Found { name, address, ..Found::default() })))
    }

    /// Why a function without a symbol of its own cannot be probed, if it is one at all.
    fn without_symbol(&self, name: &str) -> Result<Option<Function>, Error> {
        let variants: Vec<&str> =
            self.symbols.variants(name).into_iter().filter(|symbol| is_called(symbol)).collect();
        match self.source.function(name)? {
            // The source knows the variant, and where its arguments are.
            Some(function) if function.name != name && self.symbols.count(&function.name) == 1 => Ok(Some(function)),
            _ if !variants.is_empty() => {
                let only_one = variants.len() == 1 && self.symbols.count(variants[0]) == 1;
                let advice = if only_one { "; probe that, without its parameters" } else { "" };
                Err(Error(format!(
                    "{} has no code of this name, only {}, which its compiler made of it with other \
                     arguments{advice}",
                    self.owner,
                    list(&variants)
                )))
            }
            Some(_) => Err(Error(
                "the kernel's compiler has put it into each of its callers: it has no code of its own".to_owned(),
            )),
            None => Ok(None),
        }
    }
}

/// A parameter of a function, as a variable at its entry.
fn parameter(param: Param) -> Variable {
    let location = param.location.place();
    Variable { name: param.name, ty: Some(param.ty), parameter: true, location }
}

/// The place where a function is entered, which has a symbol of its own.
fn entered(symbols: &Symbols<'_>, function: Function) -> Place {
    let address = symbols.address(&function.name).unwrap_or(0);
    let mut place = by_symbol(Found { name: &function.name, address, ..Found::default() });
    place.notes = function.notes;
    place
}

fn by_symbol(symbol: Found<'_>) -> Place {
    // Several functions of one name are told apart by where they are.
    let (base, offset) = match symbol.from_start {
        Some(offset) if symbol.ambiguous => ("_stext", offset),
        _ => (symbol.name, 0),
    };
    let place = Place::named(PlaceKind::Entry, symbol.name, symbol.address);
    Place { symbol: base.to_owned(), offset, ..place }
}

/// Whether a variant is called in place of the function (`.isra.0`, `.constprop.0`), and not a piece
/// of it (`.cold`, `.part.0`).
pub(crate) fn is_called(symbol: &str) -> bool {
    let (start, suffix) = symbol.split_once('.').unwrap_or_default();
    let words: Vec<&str> = std::iter::once(start).chain(suffix.split('.')).collect();
    // Rust writes `..` for `::`, and what is behind that is no suffix.
    words.windows(2).all(|pair| pair[0].is_empty() || !matches!(pair[1], "cold" | "part"))
}

/// Symbols as a message names them: a few, and how many more.
pub(crate) fn list(symbols: &[&str]) -> String {
    let named: Vec<String> = symbols.iter().take(3).map(|symbol| format!("`{symbol}`")).collect();
    match symbols.len().saturating_sub(named.len()) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

impl<K: Source> Source for Probeable<'_, K> {
    fn source(&self) -> &str {
        self.source.source()
    }

    fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        match self.symbols.count(name) {
            0 if self.symbols.is_empty() => self.source.function(name),
            0 => self.without_symbol(name),
            1 => self.with_symbol(name).map(Some),
            // The source may name the files.
            several => self.source.function(name).and_then(|_| {
                Err(Error(format!(
                    "{} has {several} functions of this name, in different files, and a probe would be in any one of them",
                    self.owner
                )))
            }),
        }
    }

    fn has_code(&self, symbol: &str) -> bool {
        let code = self.code.get_or_init(|| self.symbols.names().collect());
        if code.is_empty() { self.source.has_code(symbol) } else { code.contains(symbol) }
    }

    fn functions_like(&self, name: &str) -> Vec<String> {
        if self.symbols.is_empty() {
            self.source.functions_like(name)
        } else {
            self.symbols.like(name)
        }
    }

    fn ty(&self, ty: TypeId) -> Result<Type, Error> {
        self.source.ty(ty)
    }

    fn member(&self, ty: TypeId, name: &str) -> Result<Option<Member>, Error> {
        self.source.member(ty, name)
    }

    fn members(&self, ty: TypeId) -> Result<Vec<String>, Error> {
        self.source.members(ty)
    }

    fn knows_places(&self) -> bool {
        true
    }

    fn places(&self, query: &Query) -> Result<Vec<Place>, Error> {
        if self.source.knows_places() {
            let mut places = self.source.places(query)?;
            places.extend(self.undescribed_entry(query, &places));
            return Ok(places);
        }
        self.entries(query)
    }

    fn text(&self) -> u64 {
        self.text
    }

    fn place_at(&self, address: u64, at: At) -> Result<Option<Place>, Error> {
        if self.source.knows_places()
            && let Some(place) = self.source.place_at(address, at)?
        {
            return Ok(Some(place));
        }
        self.symbol_at(address, at)
    }

    fn variables(&self, place: &Place) -> Result<Vec<Variable>, Error> {
        if self.source.knows_places() {
            let is_described = place.scope != Scope::default();
            return if is_described { self.source.variables(place) } else { Ok(Vec::new()) };
        }
        let function = self.function(&place.function)?;
        // Of damaged information several may have one name.
        let mut seen = HashSet::new();
        let params = function.into_iter().flat_map(|function| function.params);
        Ok(params.filter(|param| seen.insert(param.name.clone())).map(parameter).collect())
    }

    fn tracepoint(&self, name: &str) -> Result<Option<Function>, Error> {
        self.source.tracepoint(name)
    }

    fn tracepoints(&self, pattern: &str, system: Option<&str>) -> Result<Vec<Traced>, Error> {
        if self.source.knows_places() {
            let mut found = self.source.tracepoints(pattern, None)?;
            correct_systems(&self.source, &self.symbols, &mut found);
            let belongs = |own: &str| system.is_none_or(|wanted| glob::matches(wanted, own));
            found.retain(|(own, _)| own.as_deref().map_or(system.is_none(), belongs));
            found.sort();
            return Ok(found);
        }
        let names = self.symbols.all().filter_map(|symbol| symbol.name.strip_prefix(TRACE_CALLER));
        let fits = names.filter(|name| system.is_none() && glob::matches(pattern, name));
        let mut names: Vec<Traced> = fits.map(|name| (None, name.to_owned())).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn returned(&self, place: &Place) -> Result<Option<Variable>, Error> {
        if self.source.knows_places() {
            let is_described = place.scope != Scope::default();
            return if is_described { self.source.returned(place) } else { Ok(None) };
        }
        let ty = self.function(&place.function)?.and_then(|function| function.returns);
        Ok(ty.map(|ty| Variable {
            name: "return".to_owned(),
            ty: Some(ty),
            parameter: false,
            location: Ok(Where::Register(0)),
        }))
    }

    fn global(&self, name: &str, file: Option<&str>) -> Result<Option<Variable>, Error> {
        self.source.global(name, file)
    }

    fn enumerator(&self, name: &str) -> Result<Option<i64>, Error> {
        self.source.enumerator(name)
    }

    fn type_name(&self, ty: TypeId) -> Result<String, Error> {
        self.source.type_name(ty)
    }

    fn length(&self, ty: TypeId) -> Result<Option<u64>, Error> {
        self.source.length(ty)
    }

    fn start(&self) -> Option<u64> {
        self.source.start()
    }

    fn is_per_cpu(&self, address: u64) -> bool {
        self.source.is_per_cpu(address)
    }

    fn anchor(&self, address: u64) -> Result<(String, u64), Error> {
        self.source.anchor(address)
    }

    fn parts(&self, ty: TypeId) -> Result<Vec<Part>, Error> {
        self.source.parts(ty)
    }

    fn is_character(&self, ty: TypeId) -> Result<bool, Error> {
        self.source.is_character(ty)
    }

    fn size(&self, ty: TypeId) -> Result<Option<u64>, Error> {
        self.source.size(ty)
    }

    fn named(&self, name: &str) -> Result<Option<TypeId>, Error> {
        self.source.named(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Kernel;

    fn ask(map: &str, name: &str) -> Result<Option<Function>, Error> {
        Probeable::new(Kernel::sample(), Symbols::parse(map)).function(name)
    }

    #[test]
    fn a_function_with_a_symbol_is_answered_for() {
        let function = ask("ff00 T vfs_read\nff10 t vfs_read.cold\n", "vfs_read").unwrap().unwrap();
        assert_eq!(function.params.len(), 4);
        assert!(function.notes.is_empty());
    }

    #[test]
    fn calls_that_go_elsewhere_are_noted() {
        let function =
            ask("ff00 T vfs_read\nff10 t vfs_read.constprop.0\n", "vfs_read").unwrap().unwrap();
        assert!(function.notes[0].contains("`vfs_read.constprop.0`"));
    }

    #[test]
    fn a_function_without_code_says_why() {
        let inlined = ask("ff00 T other\n", "vfs_read").unwrap_err();
        assert!(inlined.0.contains("each of its callers"), "{inlined}");
        let changed = ask("ff00 t vfs_read.isra.0\n", "vfs_read").unwrap_err();
        assert!(
            changed.0.contains("`vfs_read.isra.0`") && changed.0.contains("probe that"),
            "{changed}"
        );
        let twice =
            ask("ff00 t vfs_read.isra.0\nff10 t vfs_read.isra.0\n", "vfs_read").unwrap_err();
        assert!(!twice.0.contains("probe that"), "{twice}");
        let piece = ask("ff00 t vfs_read.part.0\n", "vfs_read").unwrap_err();
        assert!(piece.0.contains("each of its callers"), "{piece}");
        let several = ask("ff00 t vfs_read\nff10 t vfs_read\n", "vfs_read").unwrap_err();
        assert!(several.0.contains("2 functions"), "{several}");
        let closed = "ff00 T __noinstr_text_start\nff10 T vfs_read\nff20 T __noinstr_text_end\n";
        assert!(ask(closed, "vfs_read").unwrap_err().0.contains("noinstr"));
        assert_eq!(ask("ff00 T other\n", "nothing"), Ok(None));
    }

    #[test]
    fn a_variant_can_be_probed_without_its_parameters() {
        let function = ask("ff00 t vfs_read.isra.0\n", "vfs_read.isra.0").unwrap().unwrap();
        assert_eq!(function.name, "vfs_read.isra.0");
        assert_eq!(function.returns, None);
        assert!(
            function.params.iter().all(|param| matches!(param.location, Location::Unavailable(_)))
        );
    }

    #[test]
    fn code_that_nothing_describes_can_be_probed() {
        let function = ask("ff00 T assembly\n", "assembly").unwrap().unwrap();
        assert!(function.params.is_empty() && function.notes[0].contains("does not describe"));
    }

    #[test]
    fn without_symbols_the_source_is_believed() {
        assert!(ask("", "vfs_read").unwrap().is_some());
    }
}
