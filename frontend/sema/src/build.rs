//! The second walk: the typed program, by what the first walk found out.

use stapc_debuginfo::KernelInfo;
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{GlobalKind, Histogram, MapValue, Type};
use stapc_syntax::ast::{self, ExprKind, File, Item, UnaryOp};

use crate::{
    Options, hir,
    infer::MAX_FINDINGS,
    points::{Point, Points, Probed},
    symbols::{Scope, Symbols, Use},
};

/// The most expressions that a program may have; each point of a probe has its body's for itself.
const MOST_EXPRESSIONS: usize = 1 << 20;

/// Makes the program of a script. Where its names and types are not in order, something stands for
/// what is wrong: only the findings count then.
pub fn build(
    file: &File,
    symbols: &Symbols,
    points: Vec<Points>,
    kernel: &dyn KernelInfo,
    options: Options,
) -> (hir::Program, Vec<Diagnostic>) {
    let mut build = Build {
        file,
        symbols,
        kernel,
        options,
        scope: None,
        probed: None,
        expressions: 0,
        diagnostics: Vec::new(),
    };
    let globals = build.globals();
    let functions = build.functions();
    let probes = build.probes(points);
    (hir::Program { globals, functions, probes }, build.diagnostics)
}

/// The walk's state.
pub struct Build<'a> {
    pub(crate) file: &'a File,
    pub(crate) symbols: &'a Symbols,
    pub(crate) kernel: &'a dyn KernelInfo,
    pub(crate) options: Options,
    pub(crate) scope: Option<&'a Scope>,
    /// What the body being built is attached to; none in a function.
    pub(crate) probed: Option<Probed>,
    /// How many expressions have been built.
    expressions: usize,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'a> Build<'a> {
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        // A body is built once for each point; what is wrong in all of them is said once.
        if self.diagnostics.len() < MAX_FINDINGS && !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
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
        let declared = self
            .file
            .items
            .iter()
            .filter_map(|item| if let Item::Global(globals) = item { Some(globals) } else { None })
            .flatten();
        self.symbols
            .globals
            .iter()
            .zip(declared)
            .map(|(symbol, global)| hir::Global {
                name: symbol.name.clone(),
                kind: self.global_kind(symbol, global),
            })
            .collect()
    }

    fn global_kind(&self, symbol: &crate::symbols::Global, global: &ast::Global) -> GlobalKind {
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
            let capacity = global.size.map_or(self.options.map_entries, |(size, _)| size as u32);
            return GlobalKind::Map { keys, value, capacity, wrap: global.wrap };
        }
        if aggregate {
            return GlobalKind::Stat(histogram);
        }
        let init = global.init.map(|init| &self.file.exprs[init].kind);
        match init {
            Some(ExprKind::String(init)) => GlobalKind::Str(init.clone()),
            Some(ExprKind::Number(init)) => GlobalKind::I64(*init),
            Some(ExprKind::Unary(UnaryOp::Negate, operand)) => match self.file.exprs[*operand].kind
            {
                ExprKind::Number(init) => GlobalKind::I64(init.wrapping_neg()),
                _ => GlobalKind::I64(0),
            },
            _ if text => GlobalKind::Str(String::new()),
            _ => GlobalKind::I64(0),
        }
    }

    /// The functions that probes can come to call, by the positions that calls refer to.
    fn functions(&mut self) -> Vec<hir::Function> {
        let symbols = self.symbols;
        let mut called: Vec<_> =
            symbols.functions.iter().filter(|symbol| symbol.called.is_some()).collect();
        called.sort_by_key(|symbol| symbol.called);
        let mut functions = Vec::new();
        for symbol in called {
            self.scope = Some(&symbol.scope);
            let statements = match self.file.items.get(symbol.item) {
                Some(Item::Function(function)) => self.block(function.body),
                _ => Vec::new(),
            };
            let returns = symbol.has_value.then(|| symbols.ty(symbol.returns));
            let body = hir::Body { locals: locals(symbols, &symbol.scope), statements };
            functions.push(hir::Function {
                name: symbol.name.clone(),
                params: symbol.params.len(),
                returns,
                span: symbol.span,
                body,
            });
        }
        functions
    }

    fn probes(&mut self, points: Vec<Points>) -> Vec<hir::Probe> {
        let symbols = self.symbols;
        let declared = self
            .file
            .items
            .iter()
            .filter_map(|item| if let Item::Probe(probe) = item { Some(probe) } else { None });
        let mut probes = Vec::new();
        let all_known = !points.iter().any(|points| points.foreign);
        for ((probe, scope), points) in declared.zip(&symbols.probe_locals).zip(points) {
            self.scope = Some(scope);
            for Point { attach, text: point, probed } in points.found {
                self.probed = Some(probed);
                let body = hir::Body {
                    locals: locals(symbols, scope),
                    statements: self.block(probe.body),
                };
                probes.push(hir::Probe { attach, point, body });
            }
        }
        self.probed = None;
        if probes.is_empty() && all_known {
            self.report(nothing_to_do(self.file));
        }
        probes
    }
}

/// The error for a script without a probe that is anywhere.
fn nothing_to_do(file: &File) -> Diagnostic {
    let first = file
        .items
        .iter()
        .find_map(|item| if let Item::Probe(probe) = item { probe.points.first() } else { None });
    match first {
        Some(point) => Diagnostic::error("no-probe", "none of the script's probe points exists")
            .at(point.span, "optional, and not there"),
        None => Diagnostic::error("no-probe", "the script has no probe, and so would do nothing")
            .help("begin with `probe begin { … }`"),
    }
}

fn locals(symbols: &Symbols, scope: &Scope) -> Vec<hir::Local> {
    scope
        .locals
        .iter()
        .map(|local| hir::Local { name: local.name.clone(), ty: symbols.ty(local.ty) })
        .collect()
}
