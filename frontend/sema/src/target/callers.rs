//! By which calls control came to a probe, where only some are meant.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::UnaryOp;

use super::{Absent, Found};
use crate::{
    build::Build,
    expressions::int,
    hir::{Expr, ExprKind, Stmt, StmtKind},
};

impl Build<'_> {
    /// What a handler begins with where only some calls of its function are meant: the end, for others.
    pub(crate) fn guard(&mut self, span: Span) -> Option<Stmt> {
        if self.given.options.any_caller {
            return None;
        }
        let guard = self.probed.as_ref()?.place.as_ref()?.guard.clone()?;
        let object = self.object();
        let came: Found<Expr> = self.came(span, |build| {
            let came = Box::new(build.terms(object).term(&guard, span)?);
            // What cannot be read is no frame of the calls that are meant.
            let none = Box::new(int(ExprKind::Int(0), span));
            Ok(int(ExprKind::Attempt(came, none), span))
        });
        match came {
            Ok(came) => {
                let other = int(ExprKind::Unary(UnaryOp::Not, Box::new(came)), span);
                let end = Stmt { kind: StmtKind::Return(None), span };
                Some(Stmt { kind: StmtKind::If(vec![(other, vec![end])], Vec::new()), span })
            }
            Err(Absent::Wrong(diagnostic)) => {
                self.report(*diagnostic);
                None
            }
            Err(Absent::Later(what)) => {
                self.report(Diagnostic::error("unsupported", what).at(span, ""));
                None
            }
        }
    }

    /// Has an expression evaluated where the function is entered.
    fn came(&mut self, span: Span, build: impl FnOnce(&mut Self) -> Found<Expr>) -> Found<Expr> {
        match self.probed.as_ref().is_some_and(|probed| probed.at_return) {
            true => self.keep(span, build),
            false => build(self),
        }
    }
}
