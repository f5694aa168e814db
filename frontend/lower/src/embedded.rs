//! C of the script: functions of the IR that are external, and calls of them.

use std::collections::HashSet;

use la_arena::Arena;
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{External, Form, Function, GlobalId, Immediate, Opcode, Terminator, Type, Value};
use stapc_sema::hir::{self, Embedded, Expr, ExprKind, FunctionBody, Stmt};

use crate::{
    body::{Given, Lower},
    expressions::global_ref,
};

/// A function in C.
pub struct Called<'a> {
    /// What the module calls it.
    pub name: &'a str,
    /// Its body.
    pub code: &'a Embedded,
    /// What it takes.
    pub params: &'a [hir::Local],
}

/// What instructions call a piece of C by: its place is its own, also in an expansion of a macro.
fn external_name(name: &str, span: Span) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    format!("{name}_{}_{}", span.file.0, span.start)
}

impl<'a> Lower<'a> {
    /// The function that calls a function in C, and that.
    pub fn embedded(
        given: Given<'a>,
        function: &'a hir::Function,
        Called { name, code, params }: Called<'a>,
        found: &'a mut Vec<Diagnostic>,
    ) -> (Function, External) {
        static NOTHING: hir::Body = hir::Body { locals: Vec::new(), statements: Vec::new() };
        let params = &params[..function.params];
        let external = External {
            name: external_name(name, code.code.span),
            form: Form::Function,
            params: params.iter().map(|param| (param.name.clone(), param.ty)).collect(),
            returns: function.returns,
            ..external(given, code)
        };
        let mut lower = Self::new(given, name.to_owned(), &NOTHING, found);
        lower.function.returns = function.returns;
        let entry = lower.function.entry();
        let args = params.iter();
        let args = args
            .map(|param| lower.function.add_param(entry, param.ty, Some(&param.name)))
            .collect();
        lower.at(function.span);
        let near = format!("identifier '{}'", function.name);
        let value = lower.call_external(code, &external.name, args, function.returns, near);
        lower.end(Terminator::Return(value));
        (lower.function, external)
    }

    /// The value of an expression in C.
    pub fn external_value(&mut self, code: &Embedded, ty: Type) -> Value {
        let name = external_name("value", code.code.span);
        let value = self.call_external(code, &name, Vec::new(), Some(ty), NEAR.to_owned());
        value.unwrap_or_else(|| self.zero(ty))
    }

    /// Statements in C.
    pub fn external_statement(&mut self, code: &Embedded) {
        self.at(code.code.span);
        let name = external_name("statement", code.code.span);
        self.call_external(code, &name, Vec::new(), None, NEAR.to_owned());
    }

    /// Whether a function is C of which nothing is to be seen but its value.
    pub fn is_pure(&self, function: usize) -> bool {
        let body = self.given.program.functions.get(function).map(|function| &function.body);
        matches!(body, Some(FunctionBody::Embedded(code, _)) if code.is_pure())
    }

    fn call_external(
        &mut self,
        code: &Embedded,
        name: &str,
        args: Vec<Value>,
        returns: Option<Type>,
        near: String,
    ) -> Option<Value> {
        for &global in &code.globals {
            let used = &self.given.program.globals[global];
            if used.kind.histogram().is_some() {
                self.refuse("aggregates in C", code.code.span);
                return None;
            }
            self.effect(Opcode::Share, global_ref(global), Vec::new());
        }
        let callee = Immediate::Text(name.into());
        let value = match returns {
            Some(ty) => {
                let value = self.value(Opcode::Extern, callee, args, ty);
                Some(self.near(value, near))
            }
            None => {
                let inst = self.effect(Opcode::Extern, callee, args);
                self.near_inst(inst, near);
                None
            }
        };
        for &global in &code.globals {
            self.effect(Opcode::Share, global_ref(global), Vec::new());
        }
        value
    }
}

/// What messages call C in a body.
const NEAR: &str = "embedded C";

/// A piece of C that is still without a name, of what it takes and gives nothing.
fn external(given: Given<'_>, code: &Embedded) -> External {
    External {
        name: String::new(),
        form: Form::Declarations,
        params: Vec::new(),
        returns: None,
        globals: code.globals.iter().map(|&global| GlobalId::from_u32(global as u32)).collect(),
        code: code.code.text.clone(),
        location: given.places.location(given.sources, code.code.span),
    }
}

/// The C outside of functions.
pub fn declarations(given: Given<'_>) -> Vec<External> {
    let codes = given.program.declarations.iter();
    let made = codes.map(|code| {
        let code = Embedded { code: code.clone(), globals: Vec::new() };
        External { name: external_name("declarations", code.code.span), ..external(given, &code) }
    });
    made.collect()
}

/// The C in bodies, as the functions call it: for its value or as a statement.
pub fn inside(given: Given<'_>, functions: &Arena<Function>) -> Vec<External> {
    let calls = functions.values().flat_map(Function::placed_insts);
    let called: HashSet<&[u8]> = calls
        .filter_map(|inst| match (inst.opcode, &inst.immediate) {
            (Opcode::Extern, Immediate::Text(name)) => Some(name.as_slice()),
            _ => None,
        })
        .collect();
    let program = given.program;
    let bodies = program.functions.iter().filter_map(|function| match &function.body {
        FunctionBody::Script(body) => Some(body),
        FunctionBody::Embedded(..) => None,
    });
    let bodies = bodies.chain(program.probes.iter().map(|probe| &probe.body));
    let mut open: Vec<&[Stmt]> = bodies.map(|body| &body.statements[..]).collect();
    let mut exprs: Vec<&Expr> = Vec::new();
    let conditions =
        program.probes.iter().flat_map(|probe| &probe.condition).map(|condition| &condition.expr);
    exprs.extend(conditions.chain(program.probes.iter().flat_map(|probe| &probe.kept)));
    let mut found: Vec<External> = Vec::new();
    let mut add = |name: String, form, returns, code: &Embedded| {
        let wanted = called.contains(name.as_bytes());
        if wanted && !found.iter().any(|known| known.name == name) {
            found.push(External { name, form, returns, ..external(given, code) });
        }
    };
    while let Some(statements) = open.pop() {
        statements.iter().for_each(|stmt| stmt.kind.parts(&mut exprs, &mut open));
        while let Some(expr) = exprs.pop() {
            if let ExprKind::Embedded(code) = &expr.kind {
                let span = code.code.span;
                add(external_name("value", span), Form::Value, expr.ty, code);
                add(external_name("statement", span), Form::Statement, None, code);
            }
            expr.operands(&mut exprs);
        }
    }
    found
}
