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
        let tree = self.tree;
        let span = tree.exprs[expr].span;
        let global = match &tree.exprs[expr].kind {
            ExprKind::Name(name) => self.scalar_aggregate(name, span),
            ExprKind::Index { array, keys } => self.keys(array, keys, span),
            ExprKind::Error => None,
            _ => {
                self.expr(expr);
                let diagnostic =
                    Diagnostic::error("aggregate-mismatch", "an aggregate is expected here");
                self.report(diagnostic.at(span, "not a global variable or an element of one"));
                None
            }
        }?;
        self.use_as(global, Use::Aggregate, span);
        Some(global)
    }

    fn scalar_aggregate(&mut self, name: &str, span: Span) -> Option<usize> {
        let local = self.scope.names.get(name).map(|&local| &mut self.scope.locals[local]);
        if let Some(local) = local
            && let Some((global, _)) = local.element
        {
            // It stands for the element that a loop has come to.
            local.read = true;
            return Some(global);
        }
        let local = self.scope.names.get(name).map(|&local| self.scope.locals[local].span);
        if let (Some(global), None) = (self.global(name), local) {
            self.use_scalar(global, span);
            return Some(global);
        }
        let message = format!("there is no global aggregate `{name}`");
        let diagnostic = match local {
            Some(local) => Diagnostic::error("unknown-name", message)
                .at(span, "this is a local variable")
                .also(local, "met here first"),
            None => Diagnostic::error("unknown-name", message).at(span, "not declared"),
        };
        let hidden = local.is_some() && self.global(name).is_some();
        let advice = if hidden {
            "the variable here hides the global of that name: give it another one".to_owned()
        } else {
            format!("aggregates are global: declare it with `global {name}`")
        };
        self.report_unknown_global(diagnostic, name, advice);
        None
    }

    /// `@count(x)` and its kin.
    pub(super) fn statistic(
        &mut self,
        operator: &Name,
        args: &[ExprId],
        span: Span,
    ) -> Option<TypeVar> {
        if operator.text.starts_with("hist_") {
            let message = format!("`@{}` can only be printed", operator.text);
            let diagnostic = Diagnostic::error("histogram", message).at(span, "not printed here");
            self.report(diagnostic.help(format!("write `print(@{}(…))`", operator.text)));
            return Some(Types::WRONG);
        }
        match args {
            [aggregate] => {
                let global = self.aggregate(*aggregate);
                self.read(global);
            }
            [aggregate, shift] if operator.text == "variance" => {
                let global = self.aggregate(*aggregate);
                self.read(global);
                self.shift(*shift);
            }
            _ => self.wrong_count(operator, args, "x"),
        }
        Some(Types::INT)
    }

    /// The bits by which `@variance` shifts samples.
    fn shift(&mut self, shift: ExprId) {
        let span = self.tree.exprs[shift].span;
        if self.constant(shift).is_some_and(|bits| !(0..=62).contains(&bits)) {
            let diagnostic =
                Diagnostic::error("variance-shift", "`@variance` shifts by 0 to 62 bits");
            self.report(diagnostic.at(span, "out of range"));
        }
    }

    /// `@hist_log(x)`, `@hist_linear(x, low, high, width)`, being printed or looked into.
    pub(super) fn histogram(&mut self, operator: &Name, args: &[ExprId], printed: bool) {
        let form = if operator.text == "hist_log" { "x" } else { "x, start, stop, width" };
        if args.len() != form.split(',').count() {
            self.wrong_count(operator, args, form);
            return;
        }
        let Some(global) = self.aggregate(args[0]) else { return };
        self.read(Some(global));
        let Some(histogram) = self.shape(args) else { return };
        if !printed {
            return;
        }
        let symbol = &mut self.symbols.globals[global];
        let (known, first) = *symbol.histogram.get_or_insert((histogram, operator.span));
        if known != histogram {
            let message = format!("different histograms of `{}`", symbol.name);
            let diagnostic = Diagnostic::error("histogram", message)
                .at(operator.span, "another one")
                .also(first, "the first one");
            self.report(
                diagnostic
                    .help("one global has one histogram: put the samples into a second global too"),
            );
        }
    }

    fn wrong_count(&mut self, operator: &Name, args: &[ExprId], form: &str) {
        let count = form.split(',').count();
        let plural = if count == 1 { "argument" } else { "arguments" };
        let message = format!("`@{}` takes {count} {plural}, not {}", operator.text, args.len());
        let diagnostic = Diagnostic::error("argument-count", message);
        let what = if args.len() > count { "too many arguments" } else { "too few arguments" };
        self.report(
            diagnostic.at(operator.span, what).help(format!("write `@{}({form})`", operator.text)),
        );
    }

    fn shape(&mut self, args: &[ExprId]) -> Option<Histogram> {
        let [_, low, high, width] = args else { return Some(Histogram::Log) };
        let (low_value, high_value, width_value) =
            (self.constant(*low)?, self.constant(*high)?, self.constant(*width)?);
        let span = self.tree.exprs[*low].span.to(self.tree.exprs[*width].span);
        let problem = if width_value <= 0 {
            "the width of a histogram must be positive"
        } else if high_value <= low_value {
            "a histogram must end above its start"
        } else if (i128::from(high_value) - i128::from(low_value)) / i128::from(width_value)
            > 10_000
        {
            "a histogram of more than 10000 buckets"
        } else {
            return Some(Histogram::Linear {
                low: low_value,
                high: high_value,
                width: width_value,
            });
        };
        self.report(Diagnostic::error("histogram", problem).at(span, "start, stop and width"));
        None
    }

    fn constant(&mut self, expr: ExprId) -> Option<i64> {
        let tree = self.tree;
        match &tree.exprs[expr].kind {
            ExprKind::Number(value) => Some(*value),
            ExprKind::Unary(UnaryOp::Negate, inner) => self.constant(*inner).map(i64::wrapping_neg),
            _ => {
                self.report(
                    Diagnostic::error("not-constant", "the bounds of a histogram are constants")
                        .at(tree.exprs[expr].span, "not a number"),
                );
                None
            }
        }
    }
}
