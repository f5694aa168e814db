//! Calls: of script functions, of what the compiler knows, and of the printing family.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Type;
use stapc_syntax::ast::{ExprId, ExprKind, Name};

use super::Infer;
use crate::{
    intrinsics::{INTRINSICS, intrinsic},
    printing::{self, PRINTS, Print},
    unify::{TypeVar, Types},
};

impl Infer<'_> {
    pub(super) fn call(&mut self, function: &Name, args: &[ExprId], span: Span) -> Option<TypeVar> {
        if let Some(print) = printing::print(&function.text) {
            return self.print(print, args, span);
        }
        if let Some(&index) = self.symbols.function_names.get(&function.text) {
            let params = self.symbols.functions[index].params.clone();
            self.arguments(function, args, &params, span);
            let symbol = &self.symbols.functions[index];
            return symbol.has_value.then_some(symbol.returns);
        }
        if let Some(intrinsic) = intrinsic(&function.text) {
            let params: Vec<TypeVar> = intrinsic.params.iter().map(|&ty| Types::known(ty)).collect();
            self.arguments(function, args, &params, span);
            return intrinsic.returns.map(Types::known);
        }
        for &arg in args {
            self.expr(arg);
        }
        let names = self.symbols.function_names.keys().map(String::as_str);
        let known = INTRINSICS.iter().map(|intrinsic| intrinsic.name).chain(PRINTS.iter().map(|print| print.name));
        let diagnostic = Diagnostic::error("unknown-function", format!("there is no function `{}`", function.text))
            .at(function.span, "neither in this script nor built in")
            .suggest(&function.text, names.chain(known));
        self.report(diagnostic);
        Some(self.symbols.types.fresh())
    }

    fn arguments(&mut self, function: &Name, args: &[ExprId], params: &[TypeVar], span: Span) {
        let found: Vec<TypeVar> = args.iter().map(|&arg| self.value(arg)).collect();
        if args.len() != params.len() {
            let plural = if params.len() == 1 { "argument" } else { "arguments" };
            let message = format!("`{}` takes {} {plural}, not {}", function.text, params.len(), args.len());
            self.report(Diagnostic::error("argument-count", message).at(span, ""));
            return;
        }
        for ((found, &param), &arg) in found.into_iter().zip(params).zip(args) {
            self.unify(found, param, self.file.exprs[arg].span);
        }
    }

    fn print(&mut self, print: &'static Print, args: &[ExprId], span: Span) -> Option<TypeVar> {
        let result = print.returns.then_some(Types::STR);
        let values = if print.format || print.delimiter { args.get(1..).unwrap_or_default() } else { args };
        if print.format || print.delimiter {
            let what = if print.format { "format" } else { "delimiter" };
            match args.first().map(|&first| &self.file.exprs[first]) {
                Some(first) if matches!(first.kind, ExprKind::String(_)) => {}
                first => {
                    let at = first.map_or(span, |first| first.span);
                    let message = format!("the {what} of `{}` must be a literal string", print.name);
                    self.report(Diagnostic::error("format", message).at(at, "not a literal string"));
                    return result;
                }
            }
        }
        if print.format {
            self.formatted(print, args, values);
        } else {
            if values.is_empty() && !print.newline {
                self.report(Diagnostic::error("argument-count", format!("`{}` without anything to print", print.name)).at(span, ""));
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
                self.report(Diagnostic::unsupported("histograms as strings", file.exprs[value].span));
            }
            self.histogram(operator, args);
            return;
        }
        self.value(value);
    }

    fn formatted(&mut self, print: &Print, args: &[ExprId], values: &[ExprId]) {
        let found: Vec<TypeVar> = values.iter().map(|&value| self.value(value)).collect();
        let Some(&first) = args.first() else { return };
        let ExprKind::String(text) = &self.file.exprs[first].kind else { return };
        let at = self.file.exprs[first].span;
        let format = match stapc_ir::format::Format::parse(text) {
            Ok(format) => format,
            Err(error) => {
                self.report(Diagnostic::error("format", error.message).at(at, format!("in the format of `{}`", print.name)));
                return;
            }
        };
        let operands: Vec<Type> = format.operands().collect();
        if operands.len() != values.len() {
            let message = format!("the format takes {} values, but {} are given", operands.len(), values.len());
            let mut diagnostic = Diagnostic::error("format", message).at(at, "this format");
            if let Some(&extra) = values.get(operands.len()) {
                diagnostic = diagnostic.also(self.file.exprs[extra].span, "nothing is printed of this");
            }
            self.report(diagnostic);
        }
        for ((found, ty), &value) in found.into_iter().zip(operands).zip(values) {
            self.unify(found, Types::known(ty), self.file.exprs[value].span);
        }
    }
}
