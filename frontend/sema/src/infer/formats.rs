//! Formats of `printf` and `sprintf`, and the values printed by them.

use std::ops::Range;

use bstr::ByteSlice as _;
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Type, format::Format};
use stapc_syntax::{
    ast::{ExprId, ExprKind, Text},
    place_in_string,
};

use super::{Infer, type_name};
use crate::{
    printing::{self, Print},
    unify::{TypeVar, Types},
};

/// Something that a format takes a value for, and the conversion that does.
struct Operand {
    ty: Type,
    /// Whether it is a width or precision.
    amount: bool,
    text: String,
    place: Span,
}

impl Infer<'_> {
    pub(super) fn formatted(&mut self, print: &Print, args: &[ExprId], values: &[ExprId]) {
        let found: Vec<TypeVar> = values.iter().map(|&value| self.value(value)).collect();
        let tree = self.tree;
        let Some(&first) = args.first() else { return };
        let ExprKind::String(Text { bytes, span: literal }) = &tree.exprs[first].kind else {
            return;
        };
        let literal = *literal;
        let Ok(text) = bytes.to_str() else {
            let diagnostic = Diagnostic::unsupported("formats that are not UTF-8 text", literal);
            self.report(diagnostic.help("print the bytes with `%s`"));
            return;
        };
        let Some(operands) = self.operands(text, literal) else { return };
        if operands.len() != values.len() {
            self.report(self.count_mismatch(print, &operands, values, literal));
        }
        for ((found, operand), &value) in found.into_iter().zip(&operands).zip(values) {
            self.operand(found, operand, tree.exprs[value].span);
        }
    }

    /// What a format takes values for; none if it is wrong, which has been reported.
    fn operands(&mut self, text: &str, literal: Span) -> Option<Vec<Operand>> {
        let place = |range: Range<usize>| {
            place_in_string(self.given.sources, literal, range).unwrap_or(literal)
        };
        let (known, _) = printing::stand_in(text);
        match Format::parse(&known) {
            Ok(format) => {
                let conversions = format.pieces.iter().filter_map(|piece| match piece {
                    stapc_ir::format::Piece::Convert(conversion) => Some(conversion),
                    stapc_ir::format::Piece::Literal(_) => None,
                });
                let operands =
                    conversions.zip(printing::conversions(text)).flat_map(|(conversion, range)| {
                        let (place, text) =
                            (place(range.clone()), text[range].escape_debug().to_string());
                        let values = conversion.operands().count();
                        let operand = move |(index, ty)| Operand {
                            ty,
                            amount: index + 1 < values,
                            text: text.clone(),
                            place,
                        };
                        conversion.operands().enumerate().map(operand)
                    });
                Some(operands.collect())
            }
            Err(error) => {
                let range = printing::conversion_at(text, error.offset);
                let diagnostic =
                    wrong_conversion(&text[range.clone()], error.message, place(range));
                self.report(diagnostic);
                None
            }
        }
    }

    fn count_mismatch(
        &self,
        print: &Print,
        operands: &[Operand],
        values: &[ExprId],
        literal: Span,
    ) -> Diagnostic {
        let plural = |count: usize| {
            if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
        };
        let given = if values.len() == 1 {
            "1 is given".to_owned()
        } else {
            format!("{} are given", values.len())
        };
        let message = format!(
            "this format of `{}` takes {}, but {given}",
            print.name,
            plural(operands.len())
        );
        let diagnostic = Diagnostic::error("format-arguments", message);
        match (operands.get(values.len()), values.get(operands.len())) {
            (Some(operand), _) => diagnostic
                .at(operand.place, format!("there is no value for this `{}`", operand.text)),
            (None, Some(&extra)) => diagnostic
                .at(self.tree.exprs[extra].span, "nothing prints this")
                .also(literal, "the format"),
            (None, None) => diagnostic.at(literal, "the format"),
        }
    }

    /// A value printed by a conversion.
    fn operand(&mut self, found: TypeVar, operand: &Operand, value: Span) {
        let Some(ty) = self.symbols.types.get(found).filter(|&ty| ty != operand.ty) else {
            self.unify(found, Types::known(operand.ty), value);
            return;
        };
        let what = if operand.amount { "takes its width from" } else { "prints" };
        let message =
            format!("`{}` {what} {}, not {}", operand.text, type_name(operand.ty), type_name(ty));
        let diagnostic = Diagnostic::error("format-type", message)
            .at(value, format!("this is {}", type_name(ty)));
        if operand.amount {
            self.report(diagnostic.also(operand.place, "the width of this"));
            return;
        }
        let letter = if ty == Type::Str { "%s" } else { "%d" };
        self.report(
            diagnostic
                .also(operand.place, "printed by this")
                .help(format!("print it with `{letter}`")),
        );
    }
}

fn wrong_conversion(text: &str, message: String, place: Span) -> Diagnostic {
    let options = text.trim_start_matches(|c: char| c.is_ascii_digit() || "%-+ #.*l".contains(c));
    match options.chars().next() {
        Some(letter) if !"bcdimMopsuxX".contains(letter) => {
            let diagnostic = Diagnostic::error(
                "format-directive",
                format!("there is no conversion `%{}`", letter.escape_debug()),
            );
            diagnostic
                .at(place, "not known")
                .help("there are %b %c %d %i %m %M %o %p %s %u %x %X, and %% for a `%`")
        }
        Some(_) => Diagnostic::error("format-directive", message).at(place, "too much"),
        None => Diagnostic::error("format-directive", message)
            .at(place, "cut off")
            .help("write `%%` for a `%`"),
    }
}
