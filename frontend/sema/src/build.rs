//! The second walk: the typed program, by what the first walk found out.

use std::collections::{HashMap, HashSet};

use stapc_debuginfo::Objects;
use stapc_diagnostics::{Diagnostic, FileId, Span};
use stapc_ir::{GlobalKind, Histogram, MapValue, Type};
use stapc_syntax::ast::{self, ExprId, ExprKind, FunctionBody, ItemKind, Tree, UnaryOp};

use crate::{
    Options,
    elaborate::{Elaborated, function_of},
    functions::Functions,
    hir,
    infer::MAX_FINDINGS,
    points::{Point, Probed, Walk, nothing_to_do},
    symbols::{Local, Scope, Symbols, Use},
    target::{Slot, Typing, counters},
    unneeded, unread,
};

/// The most expressions that a program may have; each point of a probe has its body's for itself.
const MOST_EXPRESSIONS: usize = 1 << 20;

/// What the second walk goes over.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The declarations.
    pub tree: &'a Tree,
    /// Which of them are in force.
    pub elaborated: &'a Elaborated,
    /// What the first walk found out.
    pub symbols: &'a Symbols,
    /// Where `$` variables are looked up.
    pub objects: &'a dyn Objects,
    /// What else the meaning depends on.
    pub options: &'a Options,
}

/// Makes the program of a script. Where its names and types are not in order, something stands for
/// what is wrong: only the findings count then.
pub fn build(given: Given<'_>, mut walks: Vec<Walk>) -> (hir::Program, Vec<Diagnostic>) {
    let (counters, diagnostics) = counters::number(&mut walks);
    let mut build = Build {
        tree: given.tree,
        symbols: given.symbols,
        given,
        from: FileId(0),
        uses: Vec::new(),
        scope: None,
        extra: Vec::new(),
        kept: Vec::new(),
        body: 0,
        typed: HashMap::new(),
        probed: None,
        function: None,
        functions: Functions::default(),
        call: None,
        asks_for_matches: false,
        expressions: 0,
        counters,
        reported: HashSet::new(),
        diagnostics,
    };
    let globals = build.globals();
    build.note_all_types(&walks);
    build.functions();
    let quiet = unneeded::quiet(&build.functions.made);
    let mut probes = build.probes(walks, &quiet);
    probes.extend(unread::probes(&globals, &given.symbols.globals));
    let asks_for_matches = build.asks_for_matches;
    let declarations = given.tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Embedded(code) => Some(code.clone()),
        _ => None,
    });
    let declarations = declarations.collect();
    let functions = build.functions.made;
    let program = hir::Program { globals, functions, probes, declarations, asks_for_matches };
    (program, build.diagnostics)
}

/// The walk's state.
pub struct Build<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) symbols: &'a Symbols,
    pub(crate) given: Given<'a>,
    /// The file that what is being built belongs to.
    pub(crate) from: FileId,
    /// Where the aliases are used by which it came about, the innermost first.
    uses: Vec<Span>,
    pub(crate) scope: Option<&'a Scope>,
    /// Locals behind those of the scope, which the walk itself needs.
    pub(crate) extra: Vec<hir::Local>,
    /// What a probe of a return keeps when its function is entered.
    pub(crate) kept: Vec<hir::Expr>,
    /// The body being built: functions are counted first, then handlers.
    pub(crate) body: usize,
    /// The types of what variables point to, as far as they are known.
    pub(crate) typed: HashMap<Slot, Typing>,
    /// What the body being built is attached to; none in a function that all calls share.
    pub(crate) probed: Option<Probed>,
    /// The function being built, and the locals that keep its arguments for its successor.
    pub(crate) function: Option<(usize, Vec<usize>)>,
    /// What has become of the script's functions.
    pub(crate) functions: Functions,
    /// Where the function being built is called, if it is an instance for one point.
    pub(crate) call: Option<Span>,
    /// Whether anything asks what the last search has matched.
    pub(crate) asks_for_matches: bool,
    /// The names of the counters, by their numbers.
    pub(crate) counters: Vec<String>,
    /// How many expressions have been built.
    expressions: usize,
    reported: HashSet<(Option<Span>, String)>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'a> Build<'a> {
    pub(crate) fn report(&mut self, mut diagnostic: Diagnostic) {
        // A body is built once for each point; what is wrong in all of them is said once.
        let known = !self.reported.insert((diagnostic.span(), diagnostic.message.clone()));
        if known || self.diagnostics.len() >= MAX_FINDINGS {
            return;
        }
        if let Some(call) = self.call {
            diagnostic = diagnostic.also(call, "by this call");
        }
        for &used in &self.uses {
            diagnostic = diagnostic.also(used, "by the use of this alias");
        }
        self.diagnostics.push(diagnostic);
    }

    /// Counts an expression; whether there are too many, which is reported.
    pub(crate) fn too_large(&mut self, span: Span) -> bool {
        self.expressions += 1;
        if self.expressions == MOST_EXPRESSIONS {
            let diagnostic = Diagnostic::error(
                "too-large",
                "the script is too large, counting each probe once for each of its points",
            );
            self.report(
                diagnostic
                    .at(span, format!("{MOST_EXPRESSIONS} expressions end here"))
                    .help("call a function from the probe's body"),
            );
        }
        self.expressions >= MOST_EXPRESSIONS
    }

    fn globals(&mut self) -> Vec<hir::Global> {
        let tree = self.tree;
        let declared = self.given.elaborated.globals.iter().filter_map(|&(item, position)| {
            match &tree.items[item].kind {
                ItemKind::Globals(globals) => globals.globals.get(position),
                _ => None,
            }
        });
        let (symbols, mut globals) = (self.symbols, Vec::new());
        for (symbol, global) in symbols.globals.iter().zip(declared) {
            let kind = self.global_kind(symbol, global);
            globals.push(hir::Global { name: symbol.name.clone(), kind });
        }
        self.initial(&mut globals);
        globals
    }

    /// Sets what the command line sets (-G).
    fn initial(&mut self, globals: &mut [hir::Global]) {
        for (name, value) in &self.given.options.initial {
            let found = globals.iter_mut().zip(&self.symbols.globals);
            let found = found.rev().find(|(global, _)| global.name == *name);
            let problem = match found.map(|(global, symbol)| (&mut global.kind, symbol.span)) {
                Some((GlobalKind::Str(init), _)) => {
                    *init = value.as_str().into();
                    continue;
                }
                Some((GlobalKind::I64(init), span)) => match number(value) {
                    Some(number) => {
                        *init = number;
                        continue;
                    }
                    None => (format!("-G {name}={value}: a number is expected"), Some(span)),
                },
                Some((_, span)) => {
                    (format!("-G {name}={value}: only scalars can be set"), Some(span))
                }
                None => (format!("-G {name}={value}: there is no global variable `{name}`"), None),
            };
            let diagnostic = Diagnostic::error("unknown-override", problem.0);
            self.report(match problem.1 {
                Some(span) => diagnostic.at(span, "declared here"),
                None => diagnostic,
            });
        }
    }

    fn global_kind(&mut self, symbol: &crate::symbols::Global, global: &ast::Global) -> GlobalKind {
        let aggregate = matches!(symbol.used, Some((Use::Aggregate, _)));
        let histogram = symbol.histogram.map_or(Histogram::None, |(histogram, _)| histogram);
        let text = self.symbols.ty(symbol.value) == Type::Str;
        if let Some((keys, _)) = &symbol.keys {
            let keys = keys.iter().map(|&key| self.symbols.ty(key)).collect();
            let value = match (aggregate, text) {
                (true, _) => MapValue::Stat(histogram),
                (false, true) => MapValue::Str,
                (false, false) => MapValue::I64,
            };
            let capacity =
                global.size.map_or(self.given.options.map_entries, |(size, _)| size as u32);
            return GlobalKind::Map { keys, value, capacity, wrap: global.wrap };
        }
        if aggregate {
            return GlobalKind::Stat(histogram);
        }
        let tree = self.tree;
        match global.init.map(|init| &tree.exprs[init].kind) {
            Some(ExprKind::String(init)) => GlobalKind::Str(self.cut(init)),
            Some(ExprKind::Number(init)) => GlobalKind::I64(*init),
            Some(ExprKind::Unary(UnaryOp::Negate, operand)) => match tree.exprs[*operand].kind {
                ExprKind::Number(init) => GlobalKind::I64(init.wrapping_neg()),
                _ => GlobalKind::I64(0),
            },
            _ if text => GlobalKind::Str("".into()),
            _ => GlobalKind::I64(0),
        }
    }

    /// Finds out what variables point to, if anything depends on it.
    fn note_all_types(&mut self, walks: &[Walk]) {
        if !self.has_untyped() {
            return;
        }
        // What is put into one variable may come from another: two rounds see to most of that.
        for _ in 0..2 {
            for (index, symbol) in self.symbols.functions.iter().enumerate() {
                self.scope = Some(&symbol.scope);
                self.from = symbol.file;
                self.function = Some((index, Vec::new()));
                self.body = index;
                if let Some(FunctionBody::Block(body)) =
                    function_of(self.tree, symbol.item).map(|function| &function.body)
                {
                    self.note_types(*body);
                }
            }
            self.function = None;
            for (number, (walk, scope)) in walks.iter().zip(&self.symbols.probe_locals).enumerate()
            {
                self.scope = Some(scope);
                self.body = self.symbols.functions.len() + number;
                self.probed = walk.points.first().map(|point| point.probed.clone());
                for block in &walk.blocks {
                    self.from = block.file;
                    self.note_types(block.stmt);
                }
            }
            self.probed = None;
        }
    }

    /// A local that the script does not name.
    pub(crate) fn extra_local(&mut self, name: String, ty: Type) -> usize {
        self.extra.push(hir::Local { name, ty });
        self.scope.map_or(0, |scope| scope.locals.len()) + self.extra.len() - 1
    }

    fn probes(&mut self, walks: Vec<Walk>, quiet: &[bool]) -> Vec<hir::Probe> {
        let symbols = self.symbols;
        let mut probes = Vec::new();
        let mut numbers = HashMap::new();
        // Where the numbers of bodies go on behind those of functions and handlers.
        let instances = symbols.functions.len() + walks.len();
        let all_known = !walks.iter().any(|walk| walk.quiet);
        for (number, (walk, scope)) in walks.into_iter().zip(&symbols.probe_locals).enumerate() {
            self.scope = Some(scope);
            self.body = symbols.functions.len() + number;
            for Point { site, text: point, span, probed, conditions } in walk.points {
                self.probed = Some(probed);
                self.extra.clear();
                let mut blocks = Vec::new();
                for block in &walk.blocks {
                    self.from = block.file;
                    self.uses.clone_from(&block.uses);
                    blocks.push((!block.uses.is_empty(), self.block(block.stmt)));
                }
                self.uses.clear();
                let mut statements = unneeded::without(blocks, quiet);
                statements.splice(0..0, self.guard(span));
                let mut locals = locals(symbols, scope);
                locals.append(&mut self.extra);
                let condition = self.condition(conditions, &mut numbers);
                self.instances(instances);
                let body = hir::Body { locals, statements };
                let kept = std::mem::take(&mut self.kept);
                let alias = walk.alias.clone();
                probes.push(hir::Probe { site, point, alias, span, condition, kept, body });
            }
        }
        self.probed = None;
        if probes.is_empty() && all_known {
            self.report(nothing_to_do(self.tree));
        }
        probes
    }

    /// All of some conditions as one; `numbers` has those that were seen before.
    fn condition(
        &mut self,
        conditions: Vec<(ExprId, FileId)>,
        numbers: &mut HashMap<Vec<(ExprId, FileId)>, u32>,
    ) -> Option<hir::Condition> {
        let scope = self.scope.take();
        let mut all: Option<hir::Expr> = None;
        for &(condition, file) in &conditions {
            self.from = file;
            let next = self.expr(condition);
            all = Some(match all {
                None => next,
                Some(first) => {
                    let span = next.span;
                    let (first, next) = (Box::new(first), Box::new(next));
                    let kind = hir::ExprKind::Binary(ast::BinaryOp::And, span, first, next);
                    hir::Expr { kind, ty: Some(Type::I64), span }
                }
            });
        }
        self.scope = scope;
        let next = numbers.len() as u32;
        Some(hir::Condition { expr: all?, number: *numbers.entry(conditions).or_insert(next) })
    }
}

/// The statement that puts a value into a variable.
pub(crate) fn assign(place: hir::Place, value: hir::Expr) -> hir::Stmt {
    let (ty, span) = (value.ty, value.span);
    let kind = hir::ExprKind::Assign(place, None, Box::new(value));
    hir::Stmt { kind: hir::StmtKind::Expr(hir::Expr { kind, ty, span }), span }
}

/// The number that a text says as scripts do.
fn number(text: &str) -> Option<i64> {
    let (digits, negative) = match text.strip_prefix('-') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let value = stapc_syntax::number(digits).ok()?;
    Some(if negative { value.wrapping_neg() } else { value })
}

pub(crate) fn locals(symbols: &Symbols, scope: &Scope) -> Vec<hir::Local> {
    let local = |local: &Local| hir::Local { name: local.name.clone(), ty: symbols.ty(local.ty) };
    scope.locals.iter().map(local).collect()
}
