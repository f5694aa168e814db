//! Which declarations are in force: the user's, and what they name of the script library.
//!
//! A library file is parsed when something that is in force names what it declares. Its probes are
//! in force from then on; its functions and global variables only if something names them. Probe
//! points that are aliases are replaced by what those stand for ([`points`]).

mod load;
mod patterns;
pub mod points;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use stapc_diagnostics::{Diagnostic, FileId};
use stapc_syntax::{
    Kind, Session,
    ast::{ExprId, ExprKind, Function, FunctionBody, ItemKind, Name, StmtId, StmtKind, Tree},
};

use crate::{
    intrinsics::intrinsic,
    library::Library,
    names::{Entry, Names},
    printing, visit,
};
use points::{Alias, Chain, Probe};

/// What is in force.
#[derive(Debug, Default)]
pub struct Elaborated {
    /// The files that the user has written, or named on the command line.
    pub user_files: HashSet<FileId>,
    /// Global variables: the item that declares each, and its position in it.
    pub globals: Vec<(usize, usize)>,
    /// The positions in `globals` by name.
    pub global_names: Names,
    /// The items of functions in force, in the order of declaration.
    pub functions: Vec<usize>,
    /// Those of them that probes can come to call.
    pub called: HashSet<usize>,
    /// The items of functions by name, those not in force included.
    pub function_names: Names,
    /// The probes.
    pub probes: Vec<Probe>,
    /// The aliases through which probe points came about.
    pub chains: Vec<Chain>,
    /// The names of all aliases known, and of the library's functions, for "did you mean".
    pub alias_names: Vec<String>,
    pub library_functions: Vec<String>,
}

impl Elaborated {
    /// Whether a file is the user's.
    pub fn is_user(&self, file: FileId) -> bool {
        self.user_files.contains(&file)
    }

    /// The items of the functions that a call in some file may mean, in the order in which they are
    /// tried.
    pub fn overloads(&self, tree: &Tree, name: &str, arity: usize, from: FileId) -> Vec<usize> {
        let mut found: Vec<(i64, usize)> = self
            .function_names
            .seen(name, from)
            .filter_map(|entry| {
                let function = function_of(tree, entry.position)?;
                let usual = i64::from(!self.is_user(entry.file));
                let priority = function.priority.map_or(usual, |(priority, _)| priority);
                (function.params.len() == arity).then_some((priority, entry.position))
            })
            .collect();
        found.sort();
        found.into_iter().map(|(_, item)| item).collect()
    }
}

/// The function that an item declares.
pub fn function_of(tree: &Tree, item: usize) -> Option<&Function> {
    match &tree.items.get(item)?.kind {
        ItemKind::Function(function) => Some(function),
        _ => None,
    }
}

/// Whether a function may pass a call on to the next one of its name.
pub fn may_decline(tree: &Tree, function: &Function) -> bool {
    match &function.body {
        FunctionBody::Block(body) => {
            let mut found = false;
            visit::stmts_of(tree, *body, |stmt| {
                found |= matches!(tree.stmts[stmt].kind, StmtKind::Next)
            });
            found
        }
        FunctionBody::Embedded(code) => bstr::ByteSlice::contains_str(&**code.text, "STAP_NEXT"),
    }
}

/// Finds out what is in force. The tree holds the user's files, and takes those of the library.
pub fn elaborate(
    session: &mut Session<'_>,
    tree: &mut Tree,
    library: &dyn Library,
) -> (Elaborated, Vec<Diagnostic>) {
    let mut work = Work::new(session, tree, library);
    work.out.user_files = work.tree.items.iter().map(|item| item.file).collect();
    let count = work.tree.items.len();
    work.register(0);
    work.probes(0..count);
    work.bodies();
    work.from_probes = false;
    work.user_functions(count);
    work.bodies();
    work.out.functions.sort_unstable();
    let functions = library.names(Kind::Function).into_iter().map(str::to_owned);
    work.out.library_functions = functions.collect();
    (work.out, work.diagnostics)
}

/// Reads all of the library, and has all of its functions in force.
pub fn whole(session: &mut Session<'_>, tree: &mut Tree, library: &dyn Library) -> Elaborated {
    let functions = library.names(Kind::Function);
    let functions = functions.into_iter().flat_map(|name| library.files(Kind::Function, name));
    let files: BTreeSet<usize> =
        functions.chain(library.aliases().iter().map(|(_, file)| *file)).collect();
    let mut work = Work::new(session, tree, library);
    for file in files {
        work.load_file(file);
    }
    work.from_probes = false;
    work.user_functions(work.tree.items.len());
    work.bodies();
    work.out.functions.sort_unstable();
    work.out
}

/// The names that some code uses.
#[derive(Default)]
struct Used {
    /// Functions and how many arguments they are given.
    calls: BTreeSet<(String, usize)>,
    variables: BTreeSet<String>,
}

impl Used {
    fn see(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::Call { function, args } => {
                self.calls.insert((function.text.clone(), args.len()));
            }
            ExprKind::Name(name) => drop(self.variables.insert(name.clone())),
            ExprKind::Index { array, .. } => drop(self.variables.insert(array.text.clone())),
            _ => {}
        }
    }
}

/// The state of elaboration.
struct Work<'a, 's> {
    session: &'a mut Session<'s>,
    tree: &'a mut Tree,
    library: &'a dyn Library,
    out: Elaborated,
    aliases: Vec<Alias>,
    /// Their positions by the first part of their names.
    alias_heads: HashMap<String, Vec<usize>>,
    /// The library files that have been parsed.
    loaded: HashSet<usize>,
    /// The items of functions that are in force.
    in_force: HashSet<usize>,
    /// The library's global variables that are not in force: item and position in it, by name.
    named_globals: HashMap<String, Vec<(usize, usize)>>,
    /// What is in force and has not been looked through: blocks, and the files they belong to.
    bodies: VecDeque<(StmtId, FileId)>,
    /// Whether what is looked through belongs to a probe, or to what a probe can come to call.
    from_probes: bool,
    /// How many probe points there are.
    leaves: usize,
    diagnostics: Vec<Diagnostic>,
}

impl<'a, 's> Work<'a, 's> {
    fn new(session: &'a mut Session<'s>, tree: &'a mut Tree, library: &'a dyn Library) -> Self {
        Self {
            session,
            tree,
            library,
            out: Elaborated::default(),
            aliases: Vec::new(),
            alias_heads: HashMap::new(),
            loaded: HashSet::new(),
            in_force: HashSet::new(),
            named_globals: HashMap::new(),
            bodies: VecDeque::new(),
            from_probes: true,
            leaves: 0,
            diagnostics: Vec::new(),
        }
    }

    /// Looks through all that is in force.
    fn bodies(&mut self) {
        while let Some((body, file)) = self.bodies.pop_front() {
            self.names_in(body, file);
        }
    }

    /// The functions of the user that no probe calls are checked all the same.
    fn user_functions(&mut self, count: usize) {
        for item in 0..count {
            if function_of(self.tree, item).is_some() {
                self.function(item);
            }
        }
    }

    fn names_in(&mut self, body: StmtId, file: FileId) {
        let mut used = Used::default();
        let tree = &*self.tree;
        visit::exprs_of(tree, body, |expr| used.see(&tree.exprs[expr].kind));
        visit::stmts_of(tree, body, |stmt| {
            if let StmtKind::Foreach(foreach) = &tree.stmts[stmt].kind {
                let names = foreach.keys.iter().chain(&foreach.value);
                used.variables.extend(names.map(|name: &Name| name.text.clone()));
            }
        });
        self.pull_in(used, file);
    }

    /// Puts in force what an expression names.
    fn names_in_expr(&mut self, expr: ExprId, file: FileId) {
        let mut used = Used::default();
        let tree = &*self.tree;
        visit::exprs_in(tree, expr, |expr| used.see(&tree.exprs[expr].kind));
        self.pull_in(used, file);
    }

    fn pull_in(&mut self, used: Used, file: FileId) {
        for name in used.variables {
            self.variable(&name, file);
        }
        for (name, arity) in used.calls {
            self.call(&name, arity, file);
        }
    }

    fn variable(&mut self, name: &str, file: FileId) {
        if self.out.global_names.first(name, file).is_some() {
            return;
        }
        if !self.named_globals.contains_key(name) {
            self.load(Kind::Global, name);
        }
        let Some(declared) = self.named_globals.get(name) else { return };
        let entries: Vec<(usize, usize)> = declared.clone();
        for (item, position) in entries {
            let declaration = &self.tree.items[item];
            let (of, private) = match &declaration.kind {
                ItemKind::Globals(globals) => (declaration.file, globals.private),
                _ => continue,
            };
            if private && of != file {
                continue;
            }
            if let Some(declared) = self.named_globals.get_mut(name) {
                declared.retain(|other| *other != (item, position));
            }
            self.global(item, position, private);
        }
    }

    /// Puts a global variable in force.
    fn global(&mut self, item: usize, position: usize, private: bool) {
        let declaration = &self.tree.items[item];
        if let ItemKind::Globals(globals) = &declaration.kind {
            let entry = Entry { position: self.out.globals.len(), file: declaration.file, private };
            self.out.global_names.add(&globals.globals[position].name.text, entry);
            self.out.globals.push((item, position));
        }
    }

    fn call(&mut self, name: &str, arity: usize, file: FileId) {
        if printing::print(name).is_some() {
            return;
        }
        let mut found = self.out.overloads(self.tree, name, arity, file);
        let open = |work: &Self, found: &[usize]| {
            let last = found.last().and_then(|&item| function_of(work.tree, item));
            last.is_none_or(|function| may_decline(work.tree, function))
        };
        let known = intrinsic(name).is_some_and(|intrinsic| intrinsic.params.len() == arity);
        if open(self, &found) && !known && self.load(Kind::Function, name) {
            found = self.out.overloads(self.tree, name, arity, file);
        }
        for item in found {
            self.function(item);
        }
    }

    /// Puts a function in force.
    fn function(&mut self, item: usize) {
        if !self.in_force.insert(item) {
            return;
        }
        let Some(function) = function_of(self.tree, item) else { return };
        if let FunctionBody::Block(body) = function.body {
            self.bodies.push_back((body, self.tree.items[item].file));
        }
        self.out.functions.push(item);
        if self.from_probes {
            self.out.called.insert(item);
        }
    }
}
