//! The first walk: what each name stands for, and of which type it is.

mod advice;
mod aggregates;
pub(crate) mod calls;
mod declare;
mod expressions;
mod formats;
mod loops;
mod resolved;
mod statements;
pub(crate) mod targets;
mod variables;

use std::collections::HashSet;

use stapc_diagnostics::{Diagnostic, FileId, Severity, SourceMap, Span};
use stapc_ir::Type;
use stapc_syntax::ast::{self, FunctionBody, Tree};

use crate::{
    elaborate::{Elaborated, function_of},
    points::Walk,
    symbols::{Scope, Successor, Symbols},
    unify::{Conflict, TypeVar},
    visit,
};

/// Errors and warnings shown for one script; more of them say nothing new.
pub const MAX_FINDINGS: usize = 100;

/// What the first walk goes over.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The text of the scripts.
    pub sources: &'a SourceMap,
    /// The declarations.
    pub tree: &'a Tree,
    /// Which of them are in force.
    pub elaborated: &'a Elaborated,
    /// The handlers.
    pub walks: &'a [Walk],
    /// Whether the user's scripts may do what is dangerous.
    pub guru: bool,
    /// Whether something is known to be wrong with the scripts.
    pub wrong: bool,
}

/// Finds out what the names of a script stand for.
pub fn infer(given: Given<'_>) -> (Symbols, Vec<Diagnostic>) {
    let mut walk = Infer::new(given);
    walk.declare();
    walk.functions(true);
    walk.probes();
    walk.pass_values_on();
    walk.check_resolved();
    // Those that nothing calls are checked, but need not say of which type they are.
    walk.functions(false);
    walk.check_loops();
    walk.advise();
    (walk.symbols, walk.diagnostics)
}

/// The name of a type in messages.
pub fn type_name(ty: Type) -> &'static str {
    if ty == Type::Str { "a string" } else { "a number" }
}

struct Infer<'a> {
    tree: &'a Tree,
    given: Given<'a>,
    symbols: Symbols,
    diagnostics: Vec<Diagnostic>,
    /// The primary places of what has been reported, and the messages.
    reported: HashSet<(Option<Span>, String)>,
    scope: Scope,
    /// The file that what is being walked belongs to.
    from: FileId,
    /// Where the aliases are used by which it came about, the innermost first.
    uses: Vec<Span>,
    /// Whether `$value` is a string here.
    text_value: bool,
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
    fn new(given: Given<'a>) -> Self {
        Self {
            tree: given.tree,
            given,
            symbols: Symbols::new(),
            diagnostics: Vec::new(),
            reported: HashSet::new(),
            scope: Scope::default(),
            from: FileId(0),
            uses: Vec::new(),
            text_value: false,
            function: None,
            loops: 0,
            effects: loops::Effects::default(),
            function_effects: Vec::new(),
            loops_with_calls: Vec::new(),
        }
    }

    fn report(&mut self, mut diagnostic: Diagnostic) {
        // A block is walked once for each way that aliases lead to it; and nobody can act upon
        // warnings of the library.
        let known = !self.reported.insert((diagnostic.span(), diagnostic.message.clone()));
        let foreign = diagnostic.severity == Severity::Warning && !self.of_user();
        if known || foreign || self.diagnostics.len() >= MAX_FINDINGS {
            return;
        }
        for &used in &self.uses {
            diagnostic = diagnostic.also(used, "by the use of this alias");
        }
        self.diagnostics.push(diagnostic);
    }

    /// Whether what is being walked is the user's.
    fn of_user(&self) -> bool {
        self.given.elaborated.is_user(self.from)
    }

    fn probes(&mut self) {
        for walk in self.given.walks {
            self.text_value = walk.points.iter().any(|point| point.probed.text_value);
            for block in &walk.blocks {
                self.from = block.file;
                self.uses.clone_from(&block.uses);
                self.stmt(block.stmt);
            }
            self.uses.clear();
            self.text_value = false;
            for point in &walk.points {
                for &(condition, file) in &point.conditions {
                    self.from = file;
                    self.probe_condition(condition);
                }
            }
            self.symbols.probe_locals.push(std::mem::take(&mut self.scope));
            let effects = std::mem::take(&mut self.effects);
            self.loops_of(effects);
        }
    }

    /// Where the value of a function is used, so is that of what it passes calls on to.
    fn pass_values_on(&mut self) {
        for index in 0..self.symbols.functions.len() {
            let mut at = index;
            while let (true, Some(Successor::Script(next))) =
                (self.symbols.functions[at].has_value, self.symbols.functions[at].successor)
                && !self.symbols.functions[next].has_value
            {
                self.symbols.functions[next].has_value = true;
                at = next;
            }
        }
    }

    /// The condition of a probe point, which may name globals only.
    fn probe_condition(&mut self, condition: ast::ExprId) {
        let scope = std::mem::take(&mut self.scope);
        self.condition(condition);
        if let Some(local) = self.scope.locals.first() {
            let message = format!("`{}` is no global variable", local.name);
            let diagnostic = Diagnostic::error("probe-condition", message)
                .at(local.span, "the condition of a probe point is not part of its handler");
            self.report(diagnostic.help(format!("declare it with `global {}`", local.name)));
        }
        self.scope = scope;
        let mut foreign = Vec::new();
        visit::exprs_in(self.tree, condition, |expr| {
            let expr = &self.tree.exprs[expr];
            foreign.extend(foreign_to_condition(&expr.kind).map(|what| (expr.span, what)));
        });
        if let Some((span, what)) = foreign.first() {
            let message = format!("{what} in the condition of a probe point");
            self.report(
                Diagnostic::error("probe-condition", message)
                    .at(*span, "it is asked when a variable changes, not when the probe is hit")
                    .help("use global variables only, or write `if (!(…)) next` into the handler"),
            );
        }
    }

    fn functions(&mut self, called: bool) {
        for index in 0..self.symbols.functions.len() {
            if self.symbols.functions[index].called == called {
                self.walk_function(index);
            }
        }
    }

    fn walk_function(&mut self, index: usize) {
        let symbol = &self.symbols.functions[index];
        self.from = symbol.file;
        let Some(function) = function_of(self.tree, symbol.item) else { return };
        let FunctionBody::Block(body) = function.body else { return };
        self.scope = std::mem::take(&mut self.symbols.functions[index].scope);
        self.function = Some(index);
        self.stmt(body);
        self.function = None;
        self.symbols.functions[index].scope = std::mem::take(&mut self.scope);
        let effects = std::mem::take(&mut self.effects);
        self.function_effects[index] = self.loops_of(effects);
    }

    /// Joins the type of what stands at `span` with what it ought to be.
    fn unify(&mut self, found: TypeVar, expected: TypeVar, span: Span) {
        if let Err(conflict) = self.symbols.types.unify(found, expected, span) {
            self.report(mismatch(conflict, span));
        }
    }
}

/// What the condition of a probe point may not do, if an expression does that.
fn foreign_to_condition(kind: &ast::ExprKind) -> Option<&'static str> {
    match kind {
        ast::ExprKind::Call { .. } => Some("a function is called"),
        ast::ExprKind::Target(_) => Some("memory is read"),
        ast::ExprKind::Operator { operator, .. }
            if !matches!(operator.text.as_str(), "const" | "defined" | "enum") =>
        {
            Some("memory is read")
        }
        ast::ExprKind::Assign { .. }
        | ast::ExprKind::Increment { .. }
        | ast::ExprKind::Accumulate { .. } => Some("a variable is changed"),
        ast::ExprKind::Embedded(_) => Some("C is executed"),
        _ => None,
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
