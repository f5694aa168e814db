//! The first walk: what each name stands for, and of which type it is.

mod aggregates;
mod calls;
mod statements;

use std::collections::{HashMap, HashSet};

use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Histogram, Type};
use stapc_syntax::ast::{self, BinaryOp, ExprId, ExprKind, File, Item, Name, StmtId, TypeName, UnaryOp};

use crate::{
    Options,
    intrinsics::{INTRINSICS, intrinsic},
    printing,
    symbols::{Function, Global, Scope, Symbols, Use},
    unify::{Conflict, TypeVar, Types},
};

/// Finds out what the names of a script stand for.
pub fn infer(file: &File, _options: Options) -> (Symbols, Vec<Diagnostic>) {
    let mut walk = Infer::new(file);
    walk.declare();
    walk.mark_reachable();
    walk.functions();
    walk.probes();
    walk.check_resolved();
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
    loops: usize,
}

impl<'a> Infer<'a> {
    fn new(file: &'a File) -> Self {
        let symbols = Symbols {
            types: Types::new(),
            globals: Vec::new(),
            global_names: HashMap::new(),
            functions: Vec::new(),
            function_names: HashMap::new(),
            probe_locals: Vec::new(),
        };
        Self { file, symbols, diagnostics: Vec::new(), scope: Scope::default(), function: None, loops: 0 }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < 100 {
            self.diagnostics.push(diagnostic);
        }
    }

    fn declare(&mut self) {
        for item in &self.file.items {
            match item {
                Item::Global(globals) => globals.iter().for_each(|global| self.declare_global(global)),
                Item::Function(function) => self.declare_function(function),
                Item::Probe(_) => {}
            }
        }
    }

    fn declare_global(&mut self, global: &ast::Global) {
        let name = &global.name;
        if let Some(&other) = self.symbols.global_names.get(&name.text) {
            let first = self.symbols.globals[other].span;
            self.report(duplicate(name, first, "global variable"));
            return;
        }
        let value = self.symbols.types.fresh();
        self.symbols.global_names.insert(name.text.clone(), self.symbols.globals.len());
        self.symbols.globals.push(Global {
            name: name.text.clone(),
            span: name.span,
            value,
            keys: None,
            scalar: None,
            used: None,
            histogram: Histogram::None,
        });
        if let Some((size, span)) = global.size
            && !(1..=1 << 24).contains(&size)
        {
            let message = format!("an array of {size} elements");
            self.report(Diagnostic::error("array-size", message).at(span, "must be from 1 to 16777216"));
        }
        if let Some(init) = global.init {
            let index = self.symbols.globals.len() - 1;
            self.use_as(index, Use::Plain, name.span);
            self.use_scalar(index, name.span);
            if let Some(ty) = self.expr(init) {
                self.unify(value, ty, self.file.exprs[init].span);
            }
        }
    }

    fn declare_function(&mut self, function: &ast::Function) {
        let name = &function.name;
        if let Some(&other) = self.symbols.function_names.get(&name.text) {
            let first = self.symbols.functions[other].span;
            self.report(duplicate(name, first, "function").note("overloaded functions are not supported yet"));
            return;
        }
        if intrinsic(&name.text).is_some() || printing::is_print(&name.text) {
            let message = format!("`{}` is a built-in function", name.text);
            self.report(Diagnostic::error("duplicate-name", message).at(name.span, "give this function another name"));
        }
        let mut scope = Scope::default();
        let mut params = Vec::new();
        for param in &function.params {
            if scope.names.contains_key(&param.name.text) {
                let message = format!("two parameters are called `{}`", param.name.text);
                self.report(Diagnostic::error("duplicate-name", message).at(param.name.span, "the second one"));
            }
            let local = scope.local(&param.name.text, param.name.span, &mut self.symbols.types);
            scope.locals[local].assigned = true;
            let ty = scope.locals[local].ty;
            self.declared(ty, param.ty, param.name.span);
            params.push(ty);
        }
        let returns = self.symbols.types.fresh();
        self.declared(returns, function.returns, name.span);
        let has_value = function.returns.is_some() || returns_value(self.file, function.body);
        self.symbols.function_names.insert(name.text.clone(), self.symbols.functions.len());
        self.symbols.functions.push(Function { name: name.text.clone(), span: name.span, params, returns, has_value, scope, reachable: false });
    }

    fn declared(&mut self, var: TypeVar, ty: Option<TypeName>, span: Span) {
        if let Some(ty) = ty {
            let known = if ty == TypeName::Long { Types::INT } else { Types::STR };
            self.unify(var, known, span);
        }
    }

    /// The AST's function behind a symbol: the first of its name.
    fn ast_function(&self, name: &str) -> Option<&'a ast::Function> {
        self.file.items.iter().find_map(|item| match item {
            Item::Function(function) if function.name.text == name => Some(function),
            _ => None,
        })
    }

    fn mark_reachable(&mut self) {
        let mut calls: Vec<&str> = Vec::new();
        let mut bodies: Vec<StmtId> = self.file.items.iter().filter_map(|item| if let Item::Probe(probe) = item { Some(probe.body) } else { None }).collect();
        let mut seen = HashSet::new();
        while let Some(body) = bodies.pop() {
            called(self.file, body, &mut calls);
            for name in calls.drain(..) {
                if let Some(&index) = self.symbols.function_names.get(name)
                    && seen.insert(index)
                {
                    self.symbols.functions[index].reachable = true;
                    bodies.extend(self.ast_function(name).map(|function| function.body));
                }
            }
        }
    }

    fn functions(&mut self) {
        for index in 0..self.symbols.functions.len() {
            if !self.symbols.functions[index].reachable {
                continue;
            }
            let name = self.symbols.functions[index].name.clone();
            let Some(function) = self.ast_function(&name) else { continue };
            self.scope = std::mem::take(&mut self.symbols.functions[index].scope);
            self.function = Some(index);
            self.stmt(function.body);
            self.symbols.functions[index].scope = std::mem::take(&mut self.scope);
        }
        self.function = None;
    }

    fn probes(&mut self) {
        for item in &self.file.items {
            if let Item::Probe(probe) = item {
                self.stmt(probe.body);
                self.symbols.probe_locals.push(std::mem::take(&mut self.scope));
            }
        }
    }

    /// The value of an expression, which must have one.
    fn value(&mut self, expr: ExprId) -> TypeVar {
        match self.expr(expr) {
            Some(ty) => ty,
            None => {
                let span = self.file.exprs[expr].span;
                self.report(Diagnostic::error("no-value", "this has no value").at(span, "a value is expected here"));
                self.symbols.types.fresh()
            }
        }
    }

    fn value_of(&mut self, expr: ExprId, ty: Type) {
        let found = self.value(expr);
        self.unify(found, Types::known(ty), self.file.exprs[expr].span);
    }

    /// Joins the type of what stands at `span` with what it ought to be.
    fn unify(&mut self, found: TypeVar, expected: TypeVar, span: Span) {
        if let Err(Conflict { known, since, new }) = self.symbols.types.unify(found, expected, span) {
            let message = format!("{} is expected here, not {}", type_name(new), type_name(known));
            let mut diagnostic = Diagnostic::error("type-mismatch", message).at(span, format!("this is {}", type_name(known)));
            if let Some(since) = since.filter(|since| *since != span) {
                diagnostic = diagnostic.also(since, format!("{} because of this", type_name(known)));
            }
            if new == Type::Str && known == Type::I64 {
                diagnostic = diagnostic.help("`sprint(…)` makes a string of a number");
            }
            self.report(diagnostic);
        }
    }

    fn expr(&mut self, expr: ExprId) -> Option<TypeVar> {
        let file = self.file;
        let ast::Expr { kind, span } = &file.exprs[expr];
        Some(match kind {
            ExprKind::Number(_) | ExprKind::Error => Types::INT,
            ExprKind::String(_) => Types::STR,
            ExprKind::Target { .. } => Types::INT,
            ExprKind::Name(_) | ExprKind::Index { .. } => self.place(expr, false),
            ExprKind::Call { function, args } => return self.call(function, args, *span),
            ExprKind::Statistic { operator, args } => return self.statistic(operator, args, *span),
            ExprKind::Unary(op, operand) => self.unary(*op, *operand),
            ExprKind::Binary(op, _, left, right) => self.binary(*op, *left, *right),
            ExprKind::Ternary(condition, then, otherwise) => {
                self.condition(*condition);
                let then = self.value(*then);
                let other = self.value(*otherwise);
                self.unify(other, then, file.exprs[*otherwise].span);
                then
            }
            ExprKind::In { keys, array } => {
                self.keys(array, keys, *span);
                Types::INT
            }
            ExprKind::Assign { op, place, value, .. } => self.assign(*op, *place, *value),
            ExprKind::Accumulate { place, value } => {
                self.value_of(*value, Type::I64);
                self.aggregate(*place);
                Types::INT
            }
            ExprKind::Increment { place, .. } => {
                let ty = self.place(*place, true);
                self.unify(ty, Types::INT, file.exprs[*place].span);
                Types::INT
            }
        })
    }

    fn unary(&mut self, _op: UnaryOp, operand: ExprId) -> TypeVar {
        self.value_of(operand, Type::I64);
        Types::INT
    }

    fn binary(&mut self, op: BinaryOp, left: ExprId, right: ExprId) -> TypeVar {
        use BinaryOp::{Concatenate, Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        match op {
            Concatenate => {
                self.value_of(left, Type::Str);
                self.value_of(right, Type::Str);
                Types::STR
            }
            Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual => {
                let first = self.value(left);
                let second = self.value(right);
                self.unify(second, first, self.file.exprs[right].span);
                Types::INT
            }
            _ => {
                self.value_of(left, Type::I64);
                self.value_of(right, Type::I64);
                Types::INT
            }
        }
    }

    fn assign(&mut self, op: Option<BinaryOp>, place: ExprId, value: ExprId) -> TypeVar {
        let ty = self.place(place, true);
        let found = self.value(value);
        self.unify(found, ty, self.file.exprs[value].span);
        if let Some(op) = op {
            let expected = if op == BinaryOp::Concatenate { Types::STR } else { Types::INT };
            self.unify(ty, expected, self.file.exprs[place].span);
        }
        ty
    }

    fn condition(&mut self, expr: ExprId) {
        self.value_of(expr, Type::I64);
    }

    /// A variable or an element, read or written.
    fn place(&mut self, expr: ExprId, write: bool) -> TypeVar {
        let file = self.file;
        let ast::Expr { kind, span } = &file.exprs[expr];
        match kind {
            ExprKind::Name(name) => self.variable(name, *span, write),
            ExprKind::Index { array, keys } => match self.keys(array, keys, *span) {
                Some(global) => {
                    self.use_as(global, Use::Plain, *span);
                    self.symbols.globals[global].value
                }
                None => self.symbols.types.fresh(),
            },
            ExprKind::Target { .. } => {
                self.report(Diagnostic::unsupported("writing to target variables (`$x = …`)", *span));
                Types::INT
            }
            _ => {
                self.report(Diagnostic::error("not-assignable", "this cannot be assigned to").at(*span, "expected a variable or an element of an array"));
                self.symbols.types.fresh()
            }
        }
    }

    fn variable(&mut self, name: &str, span: Span, write: bool) -> TypeVar {
        if !self.scope.names.contains_key(name)
            && let Some(&global) = self.symbols.global_names.get(name)
        {
            self.use_as(global, Use::Plain, span);
            self.use_scalar(global, span);
            return self.symbols.globals[global].value;
        }
        if !write && !self.scope.names.contains_key(name) && self.symbols.function_names.contains_key(name) {
            self.report(Diagnostic::error("unknown-name", format!("`{name}` is a function")).at(span, "not called").help(format!("write `{name}()` to call it")));
        }
        let local = self.scope.local(name, span, &mut self.symbols.types);
        self.scope.locals[local].assigned |= write;
        self.scope.locals[local].ty
    }

    /// The keys given to an array; the array's position.
    fn keys(&mut self, array: &Name, keys: &[ExprId], span: Span) -> Option<usize> {
        let found: Vec<TypeVar> = keys.iter().map(|&key| self.value(key)).collect();
        let global = self.array(array)?;
        let types = self.key_types(global, keys.len(), span)?;
        for ((found, expected), &key) in found.into_iter().zip(types).zip(keys) {
            self.unify(found, expected, self.file.exprs[key].span);
        }
        Some(global)
    }

    /// The global array of a name.
    fn array(&mut self, array: &Name) -> Option<usize> {
        if let Some(&global) = self.symbols.global_names.get(&array.text) {
            return Some(global);
        }
        let diagnostic = Diagnostic::error("unknown-name", format!("there is no global array `{}`", array.text)).at(array.span, "never declared");
        let names: Vec<&str> = self.symbols.global_names.keys().map(String::as_str).collect();
        let diagnostic = match stapc_diagnostics::suggest(&array.text, names) {
            Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
            None => diagnostic.help(format!("arrays are global: declare it with `global {}`", array.text)),
        };
        self.report(diagnostic);
        None
    }

    /// The types of an array's keys, of which there must be `count`.
    fn key_types(&mut self, global: usize, count: usize, span: Span) -> Option<Vec<TypeVar>> {
        let Some((types, since)) = self.symbols.globals[global].keys.clone() else {
            if let Some(scalar) = self.symbols.globals[global].scalar {
                let message = format!("`{}` is used with keys and without", self.symbols.globals[global].name);
                self.report(Diagnostic::error("array-mismatch", message).at(span, "an array here").also(scalar, "no array here"));
                return None;
            }
            let types: Vec<TypeVar> = (0..count).map(|_| self.symbols.types.fresh()).collect();
            self.symbols.globals[global].keys = Some((types.clone(), span));
            return Some(types);
        };
        if types.len() == count {
            return Some(types);
        }
        let plural = |count: usize| if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
        let message = format!("`{}` has {}, not {}", self.symbols.globals[global].name, plural(types.len()), count);
        self.report(Diagnostic::error("array-mismatch", message).at(span, plural(count)).also(since, plural(types.len())));
        None
    }

    fn use_scalar(&mut self, global: usize, span: Span) {
        let symbol = &mut self.symbols.globals[global];
        match symbol.keys {
            Some((_, since)) => {
                let message = format!("`{}` is used with keys and without", symbol.name);
                self.report(Diagnostic::error("array-mismatch", message).at(span, "no array here").also(since, "an array here"));
            }
            None => symbol.scalar = symbol.scalar.or(Some(span)),
        }
    }

    /// Notes that a global is used as a plain value or as aggregates.
    fn use_as(&mut self, global: usize, used: Use, span: Span) {
        let symbol = &mut self.symbols.globals[global];
        match symbol.used {
            None => symbol.used = Some((used, span)),
            Some((before, _)) if before == used => {}
            Some((_, since)) => {
                let what = |used| if used == Use::Plain { "a plain value" } else { "an aggregate" };
                let other = if used == Use::Plain { Use::Aggregate } else { Use::Plain };
                let message = format!("`{}` is used both as a plain value and as an aggregate", symbol.name);
                let diagnostic = Diagnostic::error("aggregate-mismatch", message).at(span, what(used)).also(since, what(other));
                self.report(diagnostic.help("read aggregates with `@count`, `@sum`, `@min`, `@max` or `@avg`"));
            }
        }
    }

    /// Reports what stayed unknown.
    fn check_resolved(&mut self) {
        let mut found = Vec::new();
        let functions = self.symbols.functions.iter().filter(|function| function.reachable).map(|function| &function.scope);
        let assigned_somewhere: Vec<&str> = INTRINSICS.iter().map(|intrinsic| intrinsic.name).filter(|_| true).collect();
        for scope in functions.chain(&self.symbols.probe_locals) {
            for local in &scope.locals {
                let others = scope.locals.iter().filter(|other| other.assigned).map(|other| other.name.as_str());
                let globals = self.symbols.globals.iter().map(|global| global.name.as_str());
                let candidates = others.chain(globals).chain(assigned_somewhere.iter().copied());
                if self.symbols.types.get(local.ty).is_none() {
                    let message = format!("the type of `{}` cannot be found out", local.name);
                    found.push(Diagnostic::error("unresolved-type", message).at(local.span, "neither a number nor a string is put into it").suggest(&local.name, candidates));
                } else if !local.assigned {
                    let message = format!("`{}` is never assigned", local.name);
                    found.push(Diagnostic::warning("never-assigned", message).at(local.span, "always 0 or empty").suggest(&local.name, candidates));
                }
            }
        }
        for global in &self.symbols.globals {
            let plain = matches!(global.used, Some((Use::Plain, _)));
            let keys_unknown = global.keys.iter().flat_map(|(keys, _)| keys).any(|&key| self.symbols.types.get(key).is_none());
            if (plain && self.symbols.types.get(global.value).is_none()) || keys_unknown {
                let message = format!("the type of `{}` cannot be found out", global.name);
                found.push(Diagnostic::error("unresolved-type", message).at(global.span, "neither a number nor a string is put into it"));
            }
        }
        found.into_iter().for_each(|diagnostic| self.report(diagnostic));
    }
}

fn duplicate(name: &Name, first: Span, what: &str) -> Diagnostic {
    Diagnostic::error("duplicate-name", format!("two declarations of the {what} `{}`", name.text)).at(name.span, "the second one").also(first, "the first one")
}

/// Whether a body has a `return` with a value.
fn returns_value(file: &File, body: StmtId) -> bool {
    use ast::StmtKind::{Block, For, Foreach, If, Return, While};
    match &file.stmts[body].kind {
        Return(value) => value.is_some(),
        Block(statements) => statements.iter().any(|&statement| returns_value(file, statement)),
        If(_, then, otherwise) => returns_value(file, *then) || otherwise.is_some_and(|otherwise| returns_value(file, otherwise)),
        While(_, body) | For(.., body) => returns_value(file, *body),
        Foreach(foreach) => returns_value(file, foreach.body),
        _ => false,
    }
}

/// The names of the functions called between the start and the end of a body.
fn called<'a>(file: &'a File, body: StmtId, calls: &mut Vec<&'a str>) {
    let span = file.stmts[body].span;
    for (_, expr) in file.exprs.iter() {
        if let ExprKind::Call { function, .. } = &expr.kind
            && span.start <= expr.span.start
            && expr.span.end <= span.end
        {
            calls.push(&function.text);
        }
    }
}
