//! The functions of the program: one that all calls share; or, of a function that asks about the probed
//! code, an instance for each point that comes to call it.

use std::collections::HashMap;

use stapc_diagnostics::Span;
use stapc_syntax::ast::{ExprKind, FunctionBody, StmtId, Target, TargetRoot};

use crate::{
    build::{Build, Given, assign, locals},
    elaborate::function_of,
    hir,
    infer::calls::{Callee, callee},
    points::Probed,
    symbols::{Function, Successor},
    visit,
};

/// What has become of the script's functions.
#[derive(Default)]
pub struct Functions {
    /// Those of the program.
    pub made: Vec<hir::Function>,
    /// For each of the script's, whether it asks about the probed code.
    contextual: Vec<bool>,
    /// Whether any value is followed without being said what it points to.
    untyped: bool,
    /// The positions of those that all calls share, by the script's.
    shared: HashMap<usize, usize>,
    /// Likewise, of the instances for the point being built; for where its function is entered, apart.
    instances: HashMap<(usize, bool), usize>,
    /// Those of them that have no body yet.
    open: Vec<Instance>,
}

/// A function for one point, which has no body yet.
struct Instance {
    /// The script's function.
    function: usize,
    /// The position of the program's.
    position: usize,
    /// Where the probe calls it, or what comes to call it.
    call: Span,
    /// What the point is attached to.
    probed: Option<Probed>,
}

/// For each function, whether it asks about the probed code, itself or by what it calls.
fn contextual(given: Given<'_>) -> Vec<bool> {
    let symbols = given.symbols;
    let mut callers = vec![Vec::new(); symbols.functions.len()];
    let mut open = Vec::new();
    for (index, symbol) in symbols.functions.iter().enumerate() {
        if let Some(Successor::Script(next)) = symbol.successor {
            callers[next].push(index);
        }
        let Some(body) = block_of(given, symbol) else { continue };
        let mut asks = false;
        visit::exprs_of(given.tree, body, |expr| match &given.tree.exprs[expr].kind {
            ExprKind::Target(Target { root: TargetRoot::Variable(_), .. }) => asks = true,
            ExprKind::Operator { operator, .. } if operator.text == "entry" => asks = true,
            ExprKind::Call { function, args } => {
                let call = (function.text.as_str(), args.len(), symbol.file);
                if let Callee::Script(called) = callee(given.tree, given.elaborated, symbols, call)
                {
                    callers[called].push(index);
                }
            }
            _ => {}
        });
        if asks {
            open.push(index);
        }
    }
    let mut contextual = vec![false; symbols.functions.len()];
    while let Some(index) = open.pop() {
        if !std::mem::replace(&mut contextual[index], true) {
            open.append(&mut callers[index]);
        }
    }
    contextual
}

/// The block that is a function's body, if it is not C.
fn block_of(given: Given<'_>, symbol: &Function) -> Option<StmtId> {
    match function_of(given.tree, symbol.item)?.body {
        FunctionBody::Block(body) => Some(body),
        FunctionBody::Embedded(_) => None,
    }
}

impl Build<'_> {
    /// The functions that probes can come to call, but for those that ask about the probed code.
    pub(crate) fn functions(&mut self) {
        let symbols = self.symbols;
        let contextual = contextual(self.given);
        let called = symbols.functions.iter().enumerate();
        let called = called.filter(|(index, symbol)| symbol.called && !contextual[*index]);
        for (index, _) in called.clone() {
            let position = self.functions.shared.len();
            self.functions.shared.insert(index, position);
        }
        for (index, symbol) in called {
            self.scope = Some(&symbol.scope);
            self.body = index;
            self.from = symbol.file;
            let Some(function) = function_of(self.tree, symbol.item) else { continue };
            let body = match &function.body {
                FunctionBody::Block(body) => hir::FunctionBody::Script(self.body_of(index, *body)),
                FunctionBody::Embedded(code) => {
                    hir::FunctionBody::Embedded(self.embedded(code), locals(symbols, &symbol.scope))
                }
            };
            self.functions.made.push(self.function_with(index, body));
        }
        self.functions.contextual = contextual;
        self.functions.untyped = self.has_untyped();
        self.function = None;
    }

    /// The position among the program's functions of what a call of one of the script's means here.
    pub(crate) fn called(&mut self, function: usize, call: Span) -> usize {
        if !self.functions.contextual.get(function).is_some_and(|contextual| *contextual) {
            return self.functions.shared.get(&function).copied().unwrap_or(0);
        }
        let returns = self.probed.as_ref().is_some_and(|probed| probed.at_return);
        let position = self.functions.made.len();
        let known = *self.functions.instances.entry((function, returns)).or_insert(position);
        if known == position {
            let body = hir::Body { locals: Vec::new(), statements: Vec::new() };
            let made = self.function_with(function, hir::FunctionBody::Script(body));
            self.functions.made.push(made);
            let probed = self.probed.clone();
            // Of calls by way of others, the one in the probe says more.
            let call = self.call.unwrap_or(call);
            self.functions.open.push(Instance { function, position, call, probed });
        }
        known
    }

    /// Gives the instances for a point their bodies, behind its handler.
    pub(crate) fn instances(&mut self, first_body: usize) {
        let symbols = self.symbols;
        let (scope, handler, probed) = (self.scope, self.body, self.probed.take());
        while let Some(instance) = self.functions.open.pop() {
            let symbol = &symbols.functions[instance.function];
            let Some(body) = block_of(self.given, symbol) else { continue };
            self.scope = Some(&symbol.scope);
            self.body = first_body + instance.position;
            self.from = symbol.file;
            self.probed = instance.probed;
            self.call = Some(instance.call);
            if self.functions.untyped {
                self.note_types(body);
            }
            let body = hir::FunctionBody::Script(self.body_of(instance.function, body));
            self.functions.made[instance.position].body = body;
            self.function = None;
        }
        self.call = None;
        (self.scope, self.body, self.probed) = (scope, handler, probed);
        self.functions.instances.clear();
    }

    fn function_with(&self, index: usize, body: hir::FunctionBody) -> hir::Function {
        let symbol = &self.symbols.functions[index];
        hir::Function {
            name: symbol.name.clone(),
            params: symbol.params.len(),
            returns: symbol.has_value.then(|| self.symbols.ty(symbol.returns)),
            span: symbol.span,
            body,
        }
    }

    /// A function's body. If it may pass a call on and changes its parameters, it begins by keeping
    /// what they are.
    fn body_of(&mut self, index: usize, body: StmtId) -> hir::Body {
        let symbols = self.symbols;
        let symbol = &symbols.functions[index];
        self.extra.clear();
        let mut statements = Vec::new();
        let mut kept: Vec<usize> = (0..symbol.params.len()).collect();
        let params = symbol.scope.locals.iter().take(symbol.params.len()).enumerate();
        for (param, local) in params.filter(|(_, local)| symbol.declines && local.changed) {
            let ty = symbols.ty(local.ty);
            kept[param] = self.extra_local(format!("{}'", local.name), ty);
            let value = hir::Expr {
                kind: hir::ExprKind::Read(hir::Place::Local(param)),
                ty: Some(ty),
                span: symbol.span,
            };
            statements.push(assign(hir::Place::Local(kept[param]), value));
        }
        self.function = Some((index, kept));
        statements.extend(self.block(body));
        let mut locals = locals(symbols, &symbol.scope);
        locals.append(&mut self.extra);
        hir::Body { locals, statements }
    }
}
