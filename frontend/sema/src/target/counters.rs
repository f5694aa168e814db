//! Counters: what `perf` probe points count for handlers to read with `@perf("name")`.

use stapc_debuginfo::Object;
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Attach, Event};
use stapc_syntax::ast::ExprId;

use super::{Found, later, wrong};
use crate::{
    build::Build,
    expressions::{int, intrinsic_call},
    hir::{Expr, ExprKind, Site},
    intrinsics::intrinsic,
    points::{Probed, Walk},
};

/// The names of the counters; the position of one is the number that its points get here. A point that names several
/// programs is one counter.
pub fn number(walks: &mut [Walk]) -> (Vec<String>, Vec<Diagnostic>) {
    let (mut counters, mut found): (Vec<(String, Span)>, _) = (Vec::new(), Vec::new());
    for point in walks.iter_mut().flat_map(|walk| &mut walk.points) {
        let Some((name, span)) = &point.probed.counter else { continue };
        let known = counters.iter().position(|(counter, _)| counter == name);
        let position = known.unwrap_or(counters.len());
        match known {
            None => counters.push((name.clone(), *span)),
            Some(known) if counters[known].1 != *span => {
                let message = format!("there is a counter `{name}` already");
                let diagnostic = Diagnostic::error("probe-argument", message).at(*span, "again");
                found.push(diagnostic.also(counters[known].1, "the first"));
            }
            Some(_) => {}
        }
        if let Site::At(Attach::Event(Event::Counter { number, .. })) = &mut point.site {
            *number = position as i64;
        }
    }
    (counters.into_iter().map(|(name, _)| name).collect(), found)
}

/// Whether the point is in code of a program, where a counter can be read.
fn is_in_program(probed: &Probed) -> bool {
    probed.place.is_some() && matches!(probed.object, Object::Program(_))
}

impl Build<'_> {
    /// `@perf("counter")`
    pub(super) fn counter(&mut self, name: ExprId, span: Span) -> Found<Expr> {
        let (name, at) = self.literal(name);
        let Some(position) = self.counters.iter().position(|counter| *counter == name) else {
            let message = format!("there is no counter `{name}`");
            let names = self.counters.iter().map(String::as_str);
            let diagnostic = Diagnostic::error("unknown-counter", message).at(at, "not known");
            return Err(wrong(diagnostic.suggest(&name, names)));
        };
        match &self.probed {
            Some(probed) if is_in_program(probed) => {}
            Some(probed) if probed.foreign => return later("`@perf`"),
            _ => {
                let diagnostic = Diagnostic::error(
                    "counter-outside-program",
                    "`@perf` outside a probe of a program",
                );
                let diagnostic = diagnostic.at(span, "nothing is counted here");
                return Err(wrong(
                    diagnostic
                        .help("read it in a probe like `process(\"/bin/ls\").function(\"main\")`"),
                ));
            }
        }
        let Some(helper) = intrinsic("_counter") else { return later("`@perf`") };
        let position = int(ExprKind::Int(position as i64), at);
        Ok(intrinsic_call(helper, vec![position], span))
    }
}
