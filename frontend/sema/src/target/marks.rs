//! What can be read at a program's mark: its values `$arg1`, `$arg2`, …, and what it is called.

use stapc_debuginfo::Mark;
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::format::Format;
use stapc_syntax::ast::{self, Name};

use super::{Found, is_not_followed, is_plain, wrong};
use crate::{
    build::Build,
    expressions::string,
    hir::{Expr, ExprKind},
};

impl Build<'_> {
    /// A variable at a mark. (An entry of a linkage table is one without values and provider.)
    pub(super) fn marked(
        &self,
        mark: &Mark,
        name: &Name,
        target: &ast::Target,
        span: Span,
    ) -> Found<Expr> {
        is_not_followed(name, target, span, "a mark's values are numbers")?;
        match name.text.as_str() {
            "$name" => Ok(string(ExprKind::Str(mark.name.as_str().into()), span)),
            "$provider" if !mark.provider.is_empty() => {
                Ok(string(ExprKind::Str(mark.provider.as_str().into()), span))
            }
            "$vars" | "$parms" => self.values(mark, span),
            other => {
                is_plain(name, target, span)?;
                match value_of(mark, other) {
                    Some(Ok(term)) => self.terms(self.object()).term(term, span),
                    Some(Err(why)) => {
                        let message = format!("`${other}` cannot be read");
                        let diagnostic = Diagnostic::error("target-unavailable", message);
                        Err(wrong(diagnostic.at(span, why.0.clone())))
                    }
                    None => Err(unknown(mark, name)),
                }
            }
        }
    }

    /// All values as text; `?` for one that cannot be read.
    fn values(&self, mark: &Mark, span: Span) -> Found<Expr> {
        let (mut format, mut args) = (String::new(), Vec::new());
        for (number, value) in (1..).zip(&mark.args) {
            let space = if number == 1 { "" } else { " " };
            let value = value.as_ref().ok();
            let value = value.and_then(|term| self.terms(self.object()).term(term, span).ok());
            format += &format!("{space}arg{number}={}", value.as_ref().map_or("?", |_| "%#x"));
            args.extend(value);
        }
        let format = Format::parse(&format).unwrap_or_default();
        Ok(string(ExprKind::Format(format, args), span))
    }
}

/// A value of a mark by its name.
fn value_of<'m>(
    mark: &'m Mark,
    name: &str,
) -> Option<&'m Result<stapc_debuginfo::Term, stapc_debuginfo::Error>> {
    let number: usize = name.strip_prefix("arg")?.parse().ok()?;
    mark.args.get(number.checked_sub(1)?)
}

/// What can be read at a mark, as scripts write it.
pub fn names(mark: &Mark) -> impl Iterator<Item = String> {
    (1..=mark.args.len()).map(|number| format!("$arg{number}"))
}

fn unknown(mark: &Mark, name: &Name) -> super::Absent {
    let names: Vec<String> = names(mark).collect();
    let message = format!("`{}` has no `${}`", mark.name, name.text);
    let has = match names.as_slice() {
        [] => format!("`{}` has no values", mark.name),
        names => format!("`{}` has {}", mark.name, names.join(", ")),
    };
    let texts = ["$$name", "$$provider", "$$vars", "$$parms"].map(str::to_owned);
    let known: Vec<String> = names.into_iter().chain(texts).collect();
    wrong(
        Diagnostic::error("unknown-target-variable", message)
            .at(name.span, "not known here")
            .note(has)
            .suggest(&format!("${}", name.text), known.iter().map(String::as_str)),
    )
}
