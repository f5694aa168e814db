//! What an alias computes and nothing reads is not computed: it is written for whoever may want it.

use crate::hir::{Expr, ExprKind, Function, FunctionBody, Place, Stmt, StmtKind};
use stapc_ir::{Effects, HelperClass};

/// For each function, whether a call of it does nothing but give its value (or a fault).
pub fn quiet(functions: &[Function]) -> Vec<bool> {
    let mut quiet = vec![true; functions.len()];
    // What calls itself is quiet unless something in it is not.
    loop {
        let known = quiet.clone();
        for (function, quiet) in functions.iter().zip(&mut quiet) {
            *quiet = match &function.body {
                FunctionBody::Script(body) => Quiet(&known).statements(&body.statements),
                FunctionBody::Embedded(..) => false,
            };
        }
        if quiet == known {
            return quiet;
        }
    }
}

/// The statements of a handler, whose blocks are given in order, each with whether it is one of an alias:
/// without what those assign to locals that nothing reads.
pub fn without(mut blocks: Vec<(bool, Vec<Stmt>)>, quiet: &[bool]) -> Vec<Stmt> {
    loop {
        let mut read = Vec::new();
        blocks.iter().for_each(|(_, statements)| reads(statements, &mut read));
        let removal = Removal { read: &read, quiet: Quiet(quiet) };
        let aliases = blocks.iter_mut().filter(|(alias, _)| *alias);
        if aliases.fold(false, |any, (_, statements)| removal.run(statements) | any) {
            continue;
        }
        return blocks.into_iter().flat_map(|(_, statements)| statements).collect();
    }
}

/// Removes statements.
struct Removal<'a> {
    /// Whether each local is read; those behind are not.
    read: &'a [bool],
    quiet: Quiet<'a>,
}

impl Removal<'_> {
    /// Whether there was anything to remove.
    fn run(&self, statements: &mut Vec<Stmt>) -> bool {
        let before = statements.len();
        let mut inside = false;
        statements.retain_mut(|stmt| {
            let (empty, changed) = self.statement(&mut stmt.kind);
            inside |= changed;
            !empty
        });
        inside || statements.len() < before
    }

    /// Whether nothing is left of a statement, and whether anything was removed in it.
    fn statement(&self, kind: &mut StmtKind) -> (bool, bool) {
        match kind {
            StmtKind::Expr(Expr {
                kind: ExprKind::Assign(Place::Local(local), None, value),
                ..
            }) => {
                let read = self.read.get(*local).copied().unwrap_or(false);
                (!read && self.quiet.expr(value), false)
            }
            StmtKind::If(arms, otherwise) => {
                let mut changed = self.run(otherwise);
                arms.iter_mut().for_each(|(_, then)| changed |= self.run(then));
                let empty = otherwise.is_empty()
                    && arms.iter().all(|(test, then)| then.is_empty() && self.quiet.expr(test));
                (empty, changed)
            }
            StmtKind::Try { body, handler, .. } => {
                let changed = self.run(body) | self.run(handler);
                (body.is_empty(), changed)
            }
            _ => (false, false),
        }
    }
}

/// Finds out whether something does no more than give a value.
struct Quiet<'a>(
    /// Which functions do no more.
    &'a [bool],
);

impl Quiet<'_> {
    /// Of an expression; not if it assigns to anything either.
    fn expr(&self, expr: &Expr) -> bool {
        expr.find(|part| self.acts(&part.kind) || assigns_to_local(&part.kind)).is_none()
    }

    /// Of a function's body, whose locals are its own.
    fn statements(&self, statements: &[Stmt]) -> bool {
        let mut open: Vec<&[Stmt]> = vec![statements];
        let mut exprs = Vec::new();
        while let Some(statements) = open.pop() {
            for stmt in statements {
                if matches!(
                    stmt.kind,
                    StmtKind::Foreach(_)
                        | StmtKind::Clear(_)
                        | StmtKind::Delete(..)
                        | StmtKind::Foreign(_)
                ) {
                    return false;
                }
                stmt.kind.parts(&mut exprs, &mut open);
            }
        }
        exprs.iter().all(|expr| expr.find(|part| self.acts(&part.kind)).is_none())
    }

    /// Whether an expression does something itself, other than to assign to a local.
    fn acts(&self, kind: &ExprKind) -> bool {
        match kind {
            ExprKind::Assign(place, ..) | ExprKind::Increment { place, .. } => {
                !matches!(place, Place::Local(_))
            }
            ExprKind::Accumulate(..) | ExprKind::Print(_) | ExprKind::Foreign(..) => true,
            ExprKind::Embedded(code) => !code.is_pure(),
            // What it has matched may be asked for.
            ExprKind::Match { .. } => true,
            ExprKind::Call(function, _) => !self.0.get(*function).copied().unwrap_or(false),
            ExprKind::Intrinsic(intrinsic, _) => match intrinsic.helper {
                Some(helper) => helper.info().class == HelperClass::Act,
                None => {
                    let effects = intrinsic.opcode.effects();
                    intrinsic.returns.is_none()
                        || effects.has(Effects::WRITE)
                        || effects.has(Effects::OUTPUT)
                }
            },
            _ => false,
        }
    }
}

fn assigns_to_local(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::Assign(Place::Local(_), ..) | ExprKind::Increment { place: Place::Local(_), .. }
    )
}

/// Notes which locals some statements read.
fn reads(statements: &[Stmt], read: &mut Vec<bool>) {
    let mut open: Vec<&[Stmt]> = vec![statements];
    let mut exprs = Vec::new();
    while let Some(statements) = open.pop() {
        statements.iter().for_each(|stmt| stmt.kind.parts(&mut exprs, &mut open));
    }
    while let Some(expr) = exprs.pop() {
        if let ExprKind::Read(Place::Local(local))
        | ExprKind::Increment { place: Place::Local(local), .. }
        | ExprKind::Assign(Place::Local(local), Some(_), _) = expr.kind
        {
            read.resize(read.len().max(local + 1), false);
            read[local] = true;
        }
        expr.operands(&mut exprs);
    }
}
