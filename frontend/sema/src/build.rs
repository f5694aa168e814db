//! The second walk: the typed program, by what the first walk found out.

use stapc_debuginfo::{Function as KernelFunction, KernelInfo};
use stapc_diagnostics::Diagnostic;
use stapc_ir::{GlobalKind, MapValue, Type};
use stapc_syntax::ast::{self, ExprKind, File, Item, UnaryOp};

use crate::{
    Options, hir, points,
    symbols::{Scope, Symbols, Use},
};

/// Makes the program of a script whose names and types are in order.
pub fn build(file: &File, symbols: &Symbols, kernel: &dyn KernelInfo, options: Options) -> (hir::Program, Vec<Diagnostic>) {
    let mut build = Build { file, symbols, kernel, options, scope: None, probed: None, diagnostics: Vec::new() };
    let globals = build.globals();
    let functions = build.functions();
    let probes = build.probes();
    (hir::Program { globals, functions, probes }, build.diagnostics)
}

/// What the body being built is attached to.
pub struct Probed {
    /// The kernel's function, if it is one.
    pub function: Option<KernelFunction>,
    /// Whether the body runs when the function returns.
    pub at_return: bool,
}

/// The walk's state.
pub struct Build<'a> {
    pub(crate) file: &'a File,
    pub(crate) symbols: &'a Symbols,
    pub(crate) kernel: &'a dyn KernelInfo,
    pub(crate) options: Options,
    pub(crate) scope: Option<&'a Scope>,
    pub(crate) probed: Option<Probed>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'a> Build<'a> {
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        // A body is built once for each point; what is wrong in all of them is said once.
        if self.diagnostics.len() < 100 && !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn globals(&mut self) -> Vec<hir::Global> {
        let declared = self.file.items.iter().filter_map(|item| if let Item::Global(globals) = item { Some(globals) } else { None }).flatten();
        self.symbols.globals.iter().zip(declared).map(|(symbol, global)| hir::Global { name: symbol.name.clone(), kind: self.global_kind(symbol, global) }).collect()
    }

    fn global_kind(&self, symbol: &crate::symbols::Global, global: &ast::Global) -> GlobalKind {
        let aggregate = matches!(symbol.used, Some((Use::Aggregate, _)));
        let text = self.symbols.ty(symbol.value) == Type::Str;
        if let Some((keys, _)) = &symbol.keys {
            let keys = keys.iter().map(|&key| self.symbols.ty(key)).collect();
            let value = match (aggregate, text) {
                (true, _) => MapValue::Stat(symbol.histogram),
                (false, true) => MapValue::Str,
                (false, false) => MapValue::I64,
            };
            let capacity = global.size.map_or(self.options.map_entries, |(size, _)| size as u32);
            return GlobalKind::Map { keys, value, capacity, wrap: global.wrap };
        }
        if aggregate {
            return GlobalKind::Stat(symbol.histogram);
        }
        let init = global.init.map(|init| &self.file.exprs[init].kind);
        match init {
            Some(ExprKind::String(init)) => GlobalKind::Str(init.clone()),
            Some(ExprKind::Number(init)) => GlobalKind::I64(*init),
            Some(ExprKind::Unary(UnaryOp::Negate, operand)) => match self.file.exprs[*operand].kind {
                ExprKind::Number(init) => GlobalKind::I64(init.wrapping_neg()),
                _ => GlobalKind::I64(0),
            },
            _ if text => GlobalKind::Str(String::new()),
            _ => GlobalKind::I64(0),
        }
    }

    fn functions(&mut self) -> Vec<hir::Function> {
        let symbols = self.symbols;
        let mut functions = Vec::new();
        for symbol in &symbols.functions {
            let declared = self.file.items.iter().find_map(|item| match item {
                Item::Function(function) if function.name.text == symbol.name => Some(function),
                _ => None,
            });
            let statements = match declared {
                Some(function) if symbol.reachable => {
                    self.scope = Some(&symbol.scope);
                    self.block(function.body)
                }
                _ => Vec::new(),
            };
            let returns = symbol.has_value.then(|| symbols.ty(symbol.returns));
            let body = hir::Body { locals: locals(symbols, &symbol.scope), statements };
            functions.push(hir::Function { name: symbol.name.clone(), params: symbol.params.len(), returns, body });
        }
        functions
    }

    fn probes(&mut self) -> Vec<hir::Probe> {
        let symbols = self.symbols;
        let declared = self.file.items.iter().filter_map(|item| if let Item::Probe(probe) = item { Some(probe) } else { None });
        let mut probes = Vec::new();
        for (probe, scope) in declared.zip(&symbols.probe_locals) {
            for point in &probe.points {
                let Some((attach, probed)) = points::resolve(self, point) else { continue };
                self.probed = Some(probed);
                self.scope = Some(scope);
                let statements = self.block(probe.body);
                self.probed = None;
                let body = hir::Body { locals: locals(symbols, scope), statements };
                probes.push(hir::Probe { attach, point: points::text(point), body });
            }
        }
        if probes.is_empty() && self.diagnostics.is_empty() {
            self.report(Diagnostic::error("no-probe", "the script has no probe, and so would do nothing"));
        }
        probes
    }
}

fn locals(symbols: &Symbols, scope: &Scope) -> Vec<hir::Local> {
    scope.locals.iter().map(|local| hir::Local { name: local.name.clone(), ty: symbols.ty(local.ty) }).collect()
}
