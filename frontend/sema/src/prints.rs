//! Calls of the printing family, typed.

use bstr::ByteSlice as _;
use stapc_diagnostics::Span;
use stapc_ir::{Type, format::Format};
use stapc_syntax::ast::{ExprId, ExprKind as Ast, Text};

use crate::{
    build::Build,
    expressions::foreign,
    hir::{Expr, ExprKind, Output},
    printing::{self, Print},
};

impl<'a> Build<'a> {
    pub(crate) fn print(&mut self, print: &Print, args: &[ExprId], span: Span) -> Expr {
        let tree = self.tree;
        let head = match args.first().map(|&first| &tree.exprs[first].kind) {
            Some(Ast::String(text)) if print.format || print.delimiter => Some(text),
            _ => None,
        };
        let values =
            if print.format || print.delimiter { args.get(1..).unwrap_or_default() } else { args };
        let mut outputs = Vec::new();
        let ty = if print.returns { Type::Str } else { Type::I64 };
        if print.format {
            let head = head.map(|text| self.cut(text)).unwrap_or_default();
            let (head, later) = printing::stand_in(head.to_str().unwrap_or(""));
            if let Some(range) = later {
                let letter = &args.first().map_or("", |&first| conversion(tree, first, range));
                let args = self.list(values);
                return foreign(format!("the conversion `{letter}`"), args, ty, span);
            }
            let format = Format::parse(&head).unwrap_or_default();
            outputs.push(Output::Text(format, self.list(values)));
        } else if let Some(what) = self.plain(head, values, &mut outputs) {
            return foreign(what, Vec::new(), ty, span);
        }
        if print.newline {
            text_part(&mut outputs).0.push_literal("\n");
        }
        if !print.returns {
            return Expr { kind: ExprKind::Print(outputs), ty: None, span };
        }
        let text_only = outputs.len() < 2;
        match outputs.pop() {
            Some(Output::Text(format, args)) if text_only => {
                Expr { kind: ExprKind::Format(format, args), ty: Some(Type::Str), span }
            }
            None => Expr {
                kind: ExprKind::Format(Format::default(), Vec::new()),
                ty: Some(Type::Str),
                span,
            },
            Some(_) => foreign("histograms as strings", Vec::new(), Type::Str, span),
        }
    }

    /// Values printed as what they are, with a delimiter between them; or what of it has no runtime.
    fn plain(
        &mut self,
        delimiter: Option<&Text>,
        values: &[ExprId],
        outputs: &mut Vec<Output>,
    ) -> Option<String> {
        let tree = self.tree;
        let delimiter = delimiter.map(|text| self.cut(text)).unwrap_or_default();
        let Ok(delimiter) = delimiter.to_str() else {
            return Some("delimiters that are not UTF-8 text".to_owned());
        };
        for (position, &value) in values.iter().enumerate() {
            if position > 0 && !delimiter.is_empty() {
                text_part(outputs).0.push_literal(delimiter);
            }
            match &tree.exprs[value].kind {
                Ast::Statistic { operator, args } if operator.text.starts_with("hist_") => {
                    outputs.extend(
                        args.first().and_then(|&arg| self.aggregate(arg)).map(Output::Histogram),
                    );
                    continue;
                }
                Ast::String(text) => {
                    if let Ok(text) = self.cut(text).to_str() {
                        text_part(outputs).0.push_literal(text);
                        continue;
                    }
                }
                _ => {}
            }
            let value = self.expr(value);
            let (format, args) = text_part(outputs);
            printing::push_plain(format, value.ty.unwrap_or(Type::I64));
            args.push(value);
        }
        None
    }
}

/// The text of a conversion in a literal format.
fn conversion(
    tree: &stapc_syntax::ast::Tree,
    format: ExprId,
    range: std::ops::Range<usize>,
) -> &str {
    match &tree.exprs[format].kind {
        Ast::String(text) => {
            text.bytes.get(range).and_then(|bytes| bytes.to_str().ok()).unwrap_or("")
        }
        _ => "",
    }
}

/// The text part at the end of some output, begun if there is none.
fn text_part(outputs: &mut Vec<Output>) -> (&mut Format, &mut Vec<Expr>) {
    if !matches!(outputs.last(), Some(Output::Text(..))) {
        outputs.push(Output::Text(Format::default(), Vec::new()));
    }
    match outputs.last_mut() {
        Some(Output::Text(format, args)) => (format, args),
        _ => unreachable!("a text part was just put there"),
    }
}
