//! Text of what the probed code has: `$x$`, `$$vars`.

use stapc_debuginfo::{Type, Variable};
use stapc_diagnostics::Span;
use stapc_ir::format::Format;
use stapc_syntax::ast::{self, Name};

use super::{
    Absent, Found, later, roots,
    walk::{Thing, name_of},
    wrong,
};
use crate::{
    build::Build,
    expressions::string,
    hir::{Expr, ExprKind},
};

/// What stands for what cannot be read.
#[expect(dead_code, reason = "structures come next")]
const UNREADABLE: &str = "ERROR";

/// The text of something. `depth` is 1 for its members, 2 for theirs too.
pub fn text(thing: Thing<'_>, depth: u8, span: Span) -> Found<Expr> {
    let mut printed = Printed::default();
    printed.thing(thing, depth, span)?;
    Ok(printed.finish(span))
}

/// A format and its operands, as they grow.
#[derive(Default)]
struct Printed {
    format: String,
    args: Vec<Expr>,
}

impl Printed {
    fn finish(self, span: Span) -> Expr {
        let format = Format::parse(&self.format).unwrap_or_default();
        string(ExprKind::Format(format, self.args), span)
    }

    fn thing(&mut self, thing: Thing<'_>, _depth: u8, span: Span) -> Found<()> {
        match thing.ty(span)? {
            Type::Int { signed, .. } => {
                self.format.push_str(if signed { "%d" } else { "%u" });
                self.args.push(thing.value()?);
                Ok(())
            }
            Type::Pointer(_) => {
                self.format.push_str("%#p");
                self.args.push(thing.value()?);
                Ok(())
            }
            other => later(format!("printing {}", name_of(&other))),
        }
    }
}

/// Which of the variables a collection has.
fn wanted(name: &str) -> Option<fn(&Variable) -> bool> {
    match name {
        "$vars" => Some(|_| true),
        "$parms" => Some(|variable| variable.parameter),
        "$locals" => Some(|variable| !variable.parameter),
        _ => None,
    }
}

impl<'a> Build<'a> {
    /// `$$vars` and its kin.
    pub(super) fn collection(
        &mut self,
        name: &Name,
        target: &'a ast::Target,
        span: Span,
    ) -> Found<Expr> {
        if name.text == "$return" {
            return self.returned_text(target, span);
        }
        let Some(wanted) = wanted(&name.text) else {
            let message = format!("`${}` is no collection of variables", name.text);
            let all = ["$$vars", "$$parms", "$$locals", "$$return"];
            return Err(wrong(
                stapc_diagnostics::Diagnostic::error("unknown-target-variable", message)
                    .at(name.span, "not known")
                    .suggest(&format!("${}", name.text), all),
            ));
        };
        let object = self.object();
        let source = self.open(&object, span)?;
        let variables = match &self.probed {
            Some(probed) if probed.place.is_some() || probed.function.is_some() => {
                roots::all_seen(source, probed, span)?
            }
            _ => {
                let diagnostic = stapc_diagnostics::Diagnostic::error(
                    "target-unavailable",
                    format!("`${}` in a probe of no function", name.text),
                );
                return Err(wrong(diagnostic.at(span, "there are no variables at this point")));
            }
        };
        let mut printed = Printed::default();
        for variable in variables.into_iter().filter(wanted) {
            if !printed.format.is_empty() {
                printed.format.push(' ');
            }
            printed.format.push_str(&format!("{}=", variable.name));
            let near = format!("identifier '${}'", variable.name);
            let thing = self.thing_of(variable, object.clone(), near, span);
            printed.value(thing, target.pretty, span)?;
        }
        Ok(printed.finish(span))
    }

    /// `$$return`: nothing where the function returns nothing.
    fn returned_text(&mut self, target: &'a ast::Target, span: Span) -> Found<Expr> {
        let name = Name { text: "return".to_owned(), span };
        let mut printed = Printed::default();
        match self.variable_thing(&name, span) {
            Err(Absent::Wrong(_)) if self.returns_nothing() => {}
            thing => {
                printed.format.push_str("return=");
                printed.value(Ok(thing?), target.pretty, span)?;
            }
        }
        Ok(printed.finish(span))
    }

    fn returns_nothing(&self) -> bool {
        self.probed.as_ref().is_some_and(|probed| probed.at_return)
    }
}

impl Printed {
    /// A variable of a collection; `?` where it cannot be had.
    fn value(&mut self, thing: Found<Thing<'_>>, depth: u8, span: Span) -> Found<()> {
        let before = (self.format.len(), self.args.len());
        let found = match (thing, depth) {
            (Err(absent), _) => Err(absent),
            (Ok(thing), 0) => thing.value().map(|value| {
                self.format.push_str("%#x");
                self.args.push(value);
            }),
            (Ok(thing), depth) => text(thing, depth, span).map(|text| {
                self.format.push_str("%s");
                self.args.push(text);
            }),
        };
        if found.is_err() {
            self.format.truncate(before.0);
            self.args.truncate(before.1);
            self.format.push('?');
        }
        Ok(())
    }
}
