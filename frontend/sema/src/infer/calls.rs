//! Calls: of script functions, of what the compiler knows, and of the printing family.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::{ExprId, ExprKind, Name};

use super::Infer;
use crate::{
    intrinsics::{INTRINSICS, intrinsic},
    library,
    printing::{self, PRINTS, Print},
    unify::{TypeVar, Types},
};

impl Infer<'_> {
    pub(super) fn call(&mut self, function: &Name, args: &[ExprId], span: Span) -> Option<TypeVar> {
        if let Some(print) = printing::print(&function.text) {
            return self.print(print, args, span);
        }
        if let Some(&index) = self.symbols.function_names.get(&function.text) {
            self.calls(index, function.span);
            let symbol = &self.symbols.functions[index];
            let (params, declared) = (symbol.params.clone(), symbol.span);
            // A function without `return` gives 0 or "" where its value is used.
            let result = symbol.returns;
            self.arguments(function, args, &params, span, Some(declared));
            return Some(result);
        }
        if let Some(intrinsic) = intrinsic(&function.text) {
            let params: Vec<TypeVar> =
                intrinsic.params.iter().map(|&ty| Types::known(ty)).collect();
            self.arguments(function, args, &params, span, None);
            return Some(intrinsic.returns.map_or(Types::INT, Types::known));
        }
        for &arg in args {
            self.expr(arg);
        }
        self.report_unknown_function(function);
        Some(Types::WRONG)
    }

    fn report_unknown_function(&mut self, function: &Name) {
        if library::is_known(&function.text) {
            let what = format!("`{}`, a function of the script library", function.text);
            self.report(Diagnostic::unsupported(what, function.span));
            return;
        }
        let names = self.symbols.functions.iter().map(|function| function.name.as_str());
        let known = INTRINSICS
            .iter()
            .map(|intrinsic| intrinsic.name)
            .chain(PRINTS.iter().map(|print| print.name));
        let message = format!("there is no function `{}`", function.text);
        let diagnostic = Diagnostic::error("unknown-function", message)
            .at(function.span, "neither in this script nor built in");
        self.report(diagnostic.suggest(&function.text, names.chain(known)));
    }

    fn arguments(
        &mut self,
        function: &Name,
        args: &[ExprId],
        params: &[TypeVar],
        span: Span,
        declared: Option<Span>,
    ) {
        let found: Vec<TypeVar> = args.iter().map(|&arg| self.value(arg)).collect();
        if args.len() != params.len() {
            let plural = if params.len() == 1 { "argument" } else { "arguments" };
            let message =
                format!("`{}` takes {} {plural}, not {}", function.text, params.len(), args.len());
            let mut diagnostic = match args.get(params.len()) {
                Some(&extra) => Diagnostic::error("argument-count", message)
                    .at(self.file.exprs[extra].span, "too many"),
                None => Diagnostic::error("argument-count", message).at(span, "too few"),
            };
            if let Some(declared) = declared {
                diagnostic = diagnostic.also(declared, "declared here");
            }
            self.report(diagnostic);
            return;
        }
        for ((found, &param), &arg) in found.into_iter().zip(params).zip(args) {
            self.unify(found, param, self.file.exprs[arg].span);
        }
    }

    fn print(&mut self, print: &'static Print, args: &[ExprId], span: Span) -> Option<TypeVar> {
        let result = print.returns.then_some(Types::STR);
        let mut values = args;
        if print.format || print.delimiter {
            let what = if print.format { "format" } else { "delimiter" };
            let first = args.first().map(|&first| &self.file.exprs[first]);
            if !first
                .is_some_and(|first| matches!(first.kind, ExprKind::String(_) | ExprKind::Error))
            {
                let message = format!("the {what} of `{}` must be a literal string", print.name);
                let diagnostic = Diagnostic::error("format", message);
                self.report(match first {
                    Some(first) => diagnostic.at(first.span, "not a literal string"),
                    None => diagnostic.at(span, "it is missing"),
                });
            }
            values = args.get(1..).unwrap_or_default();
        }
        if print.format {
            self.formatted(print, args, values);
        } else {
            if values.is_empty() && !print.newline {
                let message = format!("`{}` without anything to print", print.name);
                self.report(
                    Diagnostic::error("argument-count", message).at(span, "nothing is given"),
                );
            }
            values.iter().for_each(|&value| self.printed(print, value));
        }
        result
    }

    /// A value printed as what it is, or a histogram.
    fn printed(&mut self, print: &Print, value: ExprId) {
        let file = self.file;
        if let ExprKind::Statistic { operator, args } = &file.exprs[value].kind
            && operator.text.starts_with("hist_")
        {
            if print.returns {
                self.report(Diagnostic::unsupported(
                    "histograms as strings",
                    file.exprs[value].span,
                ));
            }
            self.histogram(operator, args);
            return;
        }
        self.value(value);
    }
}
