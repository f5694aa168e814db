//! Everything that may be asked of a source, of a bounded number of its places and types.

use std::collections::HashSet;

use stapc_debuginfo::{
    At, Lines, Member, Place, Query, Source, Term, Type, TypeId, Variable, What, Where,
};

use super::scripts;

/// How many places are looked at, of each kind.
const PLACES: usize = 12;
/// How many types, members of one, and names.
const TYPES: usize = 256;
const MEMBERS: usize = 64;
const NAMES: usize = 64;

/// Asks all; what does not fit together.
pub fn all<S: Source>(source: &S) -> Result<(), String> {
    let mut asked = Asked { source, seen: HashSet::new(), open: Vec::new(), names: Vec::new() };
    asked.note_name("main");
    for name in source.functions_like("walk") {
        asked.note_name(&name);
    }
    let mut seen = Vec::new();
    for query in queries() {
        // What is refused is answered.
        let Ok(places) = source.places(&query) else { continue };
        if !places.is_sorted_by_key(|place| place.address) {
            return Err(format!("the places of {query:?} are in no order"));
        }
        let step = places.len().div_ceil(PLACES).max(1);
        for place in places.into_iter().step_by(step) {
            for at in [At::Function, At::Statement { nearest: true }] {
                let _ = source.place_at(place.address.wrapping_add(1), at);
            }
            let variables = asked.place(&place)?;
            seen.push((place, variables));
        }
    }
    let _ = (source.tracepoints("*", None), source.tracepoints("*", Some("sched")));
    asked.of_programs()?;
    asked.names();
    asked.types()?;
    scripts::compile_all(source, &seen)
}

/// What probe points ask for.
fn queries() -> Vec<Query> {
    let functions = |code, inlined, exported| What::Functions { code, inlined, exported };
    let whats = [
        (Lines::Unwritten, functions(true, true, false), None),
        (Lines::Unwritten, functions(true, false, true), Some("*.c")),
        (Lines::All, What::Statements { nearest: false }, None),
        (Lines::Listed(vec![(1, 60), (44, 44)]), What::Statements { nearest: true }, Some("*")),
        (Lines::Offset(2), What::Statements { nearest: false }, None),
        (Lines::Unwritten, What::Labels("*".to_owned()), None),
        (Lines::Unwritten, What::Callees { called: "*".to_owned(), depth: 3, inlined: true }, None),
    ];
    let query = |(lines, what, file): (Lines, What, Option<&str>)| Query {
        function: "*".to_owned(),
        file: file.map(str::to_owned),
        lines,
        what,
    };
    whats.into_iter().map(query).collect()
}

struct Asked<'s> {
    source: &'s dyn Source,
    seen: HashSet<TypeId>,
    open: Vec<TypeId>,
    names: Vec<String>,
}

impl Asked<'_> {
    fn note(&mut self, ty: TypeId) {
        if self.seen.len() < TYPES && self.seen.insert(ty) {
            self.open.push(ty);
        }
    }

    fn note_name(&mut self, name: &str) {
        if self.names.len() < NAMES && !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
    }

    /// What can be seen at a place.
    fn place(&mut self, place: &Place) -> Result<Vec<Variable>, String> {
        self.note_name(&place.function);
        let returned = self.source.returned(place).ok().flatten();
        let variables = self.source.variables(place).unwrap_or_default();
        let mut names = HashSet::new();
        for variable in variables.iter().chain(&returned) {
            if variable.parameter && !names.insert(&variable.name) {
                return Err(format!("there are two parameters `{}` at {place:?}", variable.name));
            }
            if let Ok(at) = &variable.location {
                whole(at)?;
            }
        }
        for ty in variables.iter().chain(&returned).filter_map(|variable| variable.ty) {
            self.note(ty);
        }
        Ok(variables)
    }

    /// What only programs have.
    fn of_programs(&mut self) -> Result<(), String> {
        let marks = self.source.marks("*", "*").unwrap_or_default();
        if !marks.is_sorted_by_key(|mark| mark.address) {
            return Err("the marks are in no order".to_owned());
        }
        for arg in marks.iter().flat_map(|mark| &mark.args).flatten() {
            whole(&Where::Value(arg.clone()))?;
        }
        if let Ok(block) = self.source.thread_block() {
            whole(&Where::Memory(block))?;
        }
        for place in self.source.linkage("*").unwrap_or_default().iter().take(NAMES) {
            let _ = self.source.file_offset(place.address);
            self.note_name(&place.function);
        }
        Ok(())
    }

    /// What is asked by names.
    fn names(&mut self) {
        for name in self.names.clone() {
            if let Ok(Some(function)) = self.source.function(&name) {
                let params = function.params.iter().map(|param| param.ty);
                params.chain(function.returns).for_each(|ty| self.note(ty));
            }
            let _ = (self.source.tracepoint(&name), self.source.enumerator(&name));
            for file in [None, Some("*.c")] {
                if let Ok(Some(global)) = self.source.global(&name, file) {
                    global.ty.into_iter().for_each(|ty| self.note(ty));
                }
            }
        }
        for name in ["struct list", "union any", "enum kind", "number", "long", "struct pair"] {
            if let Ok(Some(ty)) = self.source.named(name) {
                self.note(ty);
            }
        }
    }

    /// What is known of types, and of those that they are made of.
    fn types(&mut self) -> Result<(), String> {
        while let Some(ty) = self.open.pop() {
            let source = self.source;
            let _ = (source.size(ty), source.length(ty), source.is_character(ty));
            let _ = source.type_name(ty);
            match source.ty(ty) {
                Ok(Type::Pointer(Some(to))) | Ok(Type::Array(to)) => self.note(to),
                _ => {}
            }
            for part in source.parts(ty).unwrap_or_default().iter().take(MEMBERS) {
                self.member(&part.member)?;
            }
            for name in source.members(ty).unwrap_or_default().iter().take(MEMBERS) {
                match source.member(ty, name) {
                    Ok(None) => return Err(format!("the member `{name}` is listed and not there")),
                    Ok(Some(member)) => self.member(&member)?,
                    Err(_) => {}
                }
            }
        }
        Ok(())
    }

    fn member(&mut self, member: &Member) -> Result<(), String> {
        self.note(member.ty);
        let Some(field) = member.bitfield else { return Ok(()) };
        let width = match self.source.ty(member.ty) {
            Ok(Type::Int { bytes, .. }) => u64::from(bytes) * 8,
            _ => 64,
        };
        if field.bits == 0 || u64::from(field.start) + u64::from(field.bits) > width {
            return Err(format!("bits beyond their unit: {member:?}"));
        }
        Ok(())
    }
}

/// A place that can be shown, and dropped, on any stack.
fn whole(at: &Where) -> Result<(), String> {
    let depth = match at {
        Where::Memory(term) | Where::Value(term) => depth(term),
        Where::Pointer(to, _) => return whole(to),
        Where::Pieces(pieces) => {
            return pieces.iter().filter_map(|piece| piece.at.as_ref()).try_for_each(whole);
        }
        Where::Register(_) | Where::Bytes(_) => 0,
    };
    if depth > DEEPEST { Err(format!("a calculation {depth} deep")) } else { Ok(()) }
}

/// How deep a calculation may be, for all that walks it by recursion.
const DEEPEST: usize = 2000;

fn depth(term: &Term) -> usize {
    let mut open = vec![(term, 1)];
    let mut deepest = 0;
    while let Some((term, depth)) = open.pop() {
        deepest = deepest.max(depth);
        // The values for several callers are alternatives in a row.
        let below = term.parts();
        let step = if let Term::ByCaller(..) = term { below.len() } else { 1 };
        open.extend(below.into_iter().map(|part| (part, depth + step)));
    }
    deepest
}
