//! Calls of the printing family, typed.

use bstr::ByteSlice as _;
use stapc_diagnostics::Span;
use stapc_ir::{
    Type,
    format::{Amount, Conversion, ConversionKind, Format, Piece},
};
use stapc_syntax::ast::{ExprId, ExprKind as Ast, Text};

use crate::{
    build::Build,
    expressions::{foreign, int},
    hir::{Expr, ExprKind, Output},
    intrinsics::intrinsic,
    printing::{self, Bytes, Print},
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
            let (head, kinds) = printing::stand_in(head.to_str().unwrap_or(""));
            let format = Format::parse(&head).unwrap_or_default();
            let values = self.list(values);
            let (format, values) = bytes_as_text(format, &kinds, values, span);
            outputs.push(Output::Text(format, values));
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

/// A format and its values with conversions of bytes written as ones of strings, which helpers make.
fn bytes_as_text(
    mut format: Format,
    kinds: &[Option<Bytes>],
    values: Vec<Expr>,
    span: Span,
) -> (Format, Vec<Expr>) {
    let (mut values, mut kinds) = (values.into_iter(), kinds.iter());
    let mut out = Vec::new();
    for piece in &mut format.pieces {
        let Piece::Convert(conversion) = piece else { continue };
        let taken = values.by_ref().take(conversion.operands().count()).collect();
        match kinds.next() {
            Some(Some(bytes)) => out.extend(as_text(conversion, *bytes, taken, span)),
            _ => out.extend(taken),
        }
    }
    (format, out)
}

/// Makes a conversion of bytes one of a string; gives the values that it takes then.
fn as_text(
    conversion: &mut Conversion,
    bytes: Bytes,
    taken: Vec<Expr>,
    span: Span,
) -> impl Iterator<Item = Expr> {
    let number = |number: i64| int(ExprKind::Int(number), span);
    let mut taken = taken.into_iter();
    let mut amount = |amount: Amount, otherwise: i64| match amount {
        Amount::Argument => taken.next().unwrap_or_else(|| number(otherwise)),
        Amount::Constant(constant) => number(constant.into()),
        Amount::None => number(otherwise),
    };
    let (width, count) = match bytes {
        Bytes::Number => {
            let count = amount(conversion.width, 8);
            amount(conversion.precision, 0);
            (None, count)
        }
        _ => {
            let width = amount(conversion.width, 0);
            (Some(width), amount(conversion.precision, 1))
        }
    };
    let value = taken.next().unwrap_or_else(|| number(0));
    let (name, args) = match (bytes, conversion.alternate) {
        (Bytes::Number, _) => ("_number_bytes", vec![value, count]),
        (_, true) => ("_user_bytes", vec![value, count, number((bytes == Bytes::Hex).into())]),
        (_, false) => ("_kernel_bytes", vec![value, count, number((bytes == Bytes::Hex).into())]),
    };
    let is_given = conversion.width == Amount::Argument && width.is_some();
    let left = conversion.left;
    let kept = if width.is_some() { conversion.width } else { Amount::None };
    *conversion = Conversion { left, width: kept, ..Conversion::plain(ConversionKind::Bytes) };
    let text = intrinsic(name).map(|helper| Expr {
        kind: ExprKind::Intrinsic(helper, args),
        ty: Some(Type::Str),
        span,
    });
    width.filter(|_| is_given).into_iter().chain(text)
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
