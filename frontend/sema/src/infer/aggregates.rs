//! Aggregates: samples into them, statistics and histograms out of them.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Histogram;
use stapc_syntax::ast::{ExprId, ExprKind, Name, UnaryOp};

use super::Infer;
use crate::{
    symbols::Use,
    unify::{TypeVar, Types},
};

impl Infer<'_> {
    /// The aggregate that an expression names: a global, or an element of a global array.
    pub(super) fn aggregate(&mut self, expr: ExprId) -> Option<usize> {
        let file = self.file;
        let span = file.exprs[expr].span;
        let global = match &file.exprs[expr].kind {
            ExprKind::Name(name) => match self.symbols.global_names.get(name) {
                Some(&global) => {
                    self.use_scalar(global, span);
                    Some(global)
                }
                None => {
                    let diagnostic = Diagnostic::error("unknown-name", format!("there is no global aggregate `{name}`"))
                        .at(span, "never declared")
                        .suggest(name, self.symbols.global_names.keys().map(String::as_str));
                    let diagnostic = if diagnostic.help.is_none() { diagnostic.help(format!("aggregates are global: declare it with `global {name}`")) } else { diagnostic };
                    self.report(diagnostic);
                    None
                }
            },
            ExprKind::Index { array, keys } => self.keys(array, keys, span),
            _ => {
                self.report(Diagnostic::error("aggregate-mismatch", "an aggregate is expected here").at(span, "not a global variable or an element of one"));
                None
            }
        }?;
        self.use_as(global, Use::Aggregate, span);
        Some(global)
    }

    /// `@count(x)` and its kin.
    pub(super) fn statistic(&mut self, operator: &Name, args: &[ExprId], span: Span) -> Option<TypeVar> {
        if operator.text.starts_with("hist_") {
            let message = format!("`@{}` can only be printed", operator.text);
            self.report(Diagnostic::error("histogram", message).at(span, "not printed here").help(format!("write `print(@{}(…))`", operator.text)));
            return Some(Types::INT);
        }
        match args {
            [aggregate] => {
                self.aggregate(*aggregate);
            }
            _ => {
                let message = format!("`@{}` takes 1 argument, not {}", operator.text, args.len());
                self.report(Diagnostic::error("argument-count", message).at(span, ""));
            }
        }
        Some(Types::INT)
    }

    /// `@hist_log(x)`, `@hist_linear(x, low, high, width)`, being printed.
    pub(super) fn histogram(&mut self, operator: &Name, args: &[ExprId]) {
        let expected = if operator.text == "hist_log" { 1 } else { 4 };
        if args.len() != expected {
            let message = format!("`@{}` takes {expected} arguments, not {}", operator.text, args.len());
            self.report(Diagnostic::error("argument-count", message).at(operator.span, ""));
            return;
        }
        let Some(global) = self.aggregate(args[0]) else { return };
        let Some(histogram) = self.shape(args) else { return };
        let known = &mut self.symbols.globals[global].histogram;
        if *known == Histogram::None {
            *known = histogram;
        } else if *known != histogram {
            let name = self.symbols.globals[global].name.clone();
            let message = format!("different histograms of `{name}`");
            self.report(Diagnostic::error("histogram", message).at(operator.span, "another one is drawn elsewhere").help("one global has one histogram: use a second global"));
        }
    }

    fn shape(&mut self, args: &[ExprId]) -> Option<Histogram> {
        let [_, low, high, width] = args else { return Some(Histogram::Log) };
        let (low_value, high_value, width_value) = (self.constant(*low)?, self.constant(*high)?, self.constant(*width)?);
        let span = self.file.exprs[*low].span.to(self.file.exprs[*width].span);
        let problem = if width_value <= 0 {
            "the width must be positive"
        } else if high_value <= low_value {
            "the end must be above the start"
        } else if (i128::from(high_value) - i128::from(low_value)) / i128::from(width_value) > 10_000 {
            "more than 10000 buckets"
        } else {
            return Some(Histogram::Linear { low: low_value, high: high_value, width: width_value });
        };
        self.report(Diagnostic::error("histogram", "a linear histogram that cannot be").at(span, problem));
        None
    }

    fn constant(&mut self, expr: ExprId) -> Option<i64> {
        let file = self.file;
        match &file.exprs[expr].kind {
            ExprKind::Number(value) => Some(*value),
            ExprKind::Unary(UnaryOp::Negate, inner) => self.constant(*inner).map(i64::wrapping_neg),
            _ => {
                self.report(Diagnostic::error("histogram", "the bounds of a histogram are constants").at(file.exprs[expr].span, "not a number"));
                None
            }
        }
    }
}
