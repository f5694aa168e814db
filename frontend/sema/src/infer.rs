//! The first walk: what each name stands for, and of which type it is.

mod aggregates;
mod called;
mod calls;
mod declare;
mod expressions;
mod formats;
mod loops;
mod resolved;
mod statements;
mod variables;

use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Type;
use stapc_syntax::ast::{self, File, Item};

use crate::{
    symbols::{Scope, Symbols},
    unify::{Conflict, TypeVar},
};

/// Errors and warnings shown for one script; more of them say nothing new.
pub const MAX_FINDINGS: usize = 100;

/// Finds out what the names of a script stand for. `foreign` says of each probe whether the points
/// it is at are not supported, and so may give it variables that are not known.
pub fn infer(file: &File, foreign: &[bool]) -> (Symbols, Vec<Diagnostic>) {
    let mut walk = Infer::new(file);
    walk.declare();
    walk.find_called();
    walk.functions(true);
    walk.probes();
    walk.check_resolved(foreign);
    // Those that nothing calls are checked, but need not say of which type they are.
    walk.functions(false);
    walk.check_loops();
    (walk.symbols, walk.diagnostics)
}

/// The name of a type in messages.
pub fn type_name(ty: Type) -> &'static str {
    if ty == Type::Str { "a string" } else { "a number" }
}

struct Infer<'a> {
    file: &'a File,
    symbols: Symbols,
    diagnostics: Vec<Diagnostic>,
    scope: Scope,
    /// The function being walked; `None` in a probe.
    function: Option<usize>,
    /// The loops around what is being walked.
    loops: usize,
    /// What the body being walked does to globals.
    effects: loops::Effects,
    /// What each function does to globals.
    function_effects: Vec<loops::Effects>,
    /// Loops that call functions.
    loops_with_calls: Vec<loops::LoopWithCalls>,
}

impl<'a> Infer<'a> {
    fn new(file: &'a File) -> Self {
        Self {
            file,
            symbols: Symbols::new(),
            diagnostics: Vec::new(),
            scope: Scope::default(),
            function: None,
            loops: 0,
            effects: loops::Effects::default(),
            function_effects: Vec::new(),
            loops_with_calls: Vec::new(),
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_FINDINGS {
            self.diagnostics.push(diagnostic);
        }
    }

    fn probes(&mut self) {
        let file = self.file;
        for item in &file.items {
            if let Item::Probe(probe) = item {
                self.stmt(probe.body);
                self.symbols.probe_locals.push(std::mem::take(&mut self.scope));
                let effects = std::mem::take(&mut self.effects);
                self.loops_of(effects);
            }
        }
    }

    fn functions(&mut self, called: bool) {
        for index in 0..self.symbols.functions.len() {
            if self.symbols.functions[index].called.is_some() == called {
                self.walk_function(index);
            }
        }
    }

    fn walk_function(&mut self, index: usize) {
        let Some(function) = self.ast_function(index) else { return };
        self.scope = std::mem::take(&mut self.symbols.functions[index].scope);
        self.function = Some(index);
        self.stmt(function.body);
        self.function = None;
        self.symbols.functions[index].scope = std::mem::take(&mut self.scope);
        let effects = std::mem::take(&mut self.effects);
        self.function_effects[index] = self.loops_of(effects);
    }

    fn ast_function(&self, index: usize) -> Option<&'a ast::Function> {
        match self.file.items.get(self.symbols.functions[index].item) {
            Some(Item::Function(function)) => Some(function),
            _ => None,
        }
    }

    /// Joins the type of what stands at `span` with what it ought to be.
    fn unify(&mut self, found: TypeVar, expected: TypeVar, span: Span) {
        if let Err(conflict) = self.symbols.types.unify(found, expected, span) {
            self.report(mismatch(conflict, span));
        }
    }
}

/// The error for what stands at `span` and is of another type than it ought to be.
fn mismatch(conflict: Conflict, span: Span) -> Diagnostic {
    let ((found, from), (expected, since)) = (conflict.found, conflict.expected);
    let message = format!("{} is expected here, not {}", type_name(expected), type_name(found));
    let mut diagnostic = Diagnostic::error("type-mismatch", message)
        .at(span, format!("this is {}", type_name(found)));
    let reasons = [(from, "it is", found), (since, "expected to be", expected)];
    for (place, what, ty) in
        reasons.into_iter().filter_map(|(place, what, ty)| Some((place?, what, ty)))
    {
        if place != span {
            diagnostic =
                diagnostic.also(place, format!("{what} {} because of this", type_name(ty)));
        }
    }
    if expected == Type::Str {
        diagnostic.help("`sprint(…)` makes a string of a number")
    } else {
        diagnostic
    }
}
