//! Formatted text: calls of the runtime for each piece of a format.

use stapc_ir::{
    Value,
    format::{Amount, Conversion, ConversionKind, Format, Piece},
};

use crate::{function::FunctionEmitter, text::literal};

/// Bytes of a literal written at once; the output buffer has room for them.
const LITERAL_MAX: usize = 4096;

/// Where formatted text goes.
#[derive(Clone, Copy)]
pub enum Sink {
    /// To the output.
    Output,
    /// To the string that `builder` builds.
    Builder,
}

impl Sink {
    fn call(self, what: &str) -> String {
        match self {
            Self::Output => format!("stapc_print_{what}(c, "),
            Self::Builder => format!("stapc_build_{what}(&builder, "),
        }
    }
}

impl FunctionEmitter<'_, '_> {
    /// The pieces of a format, one call each.
    pub fn format(&mut self, format: &Format, args: &[Value], sink: Sink) {
        let mut args = args.iter().copied();
        for piece in &format.pieces {
            match piece {
                Piece::Literal(text) => {
                    for part in text.chunks(LITERAL_MAX) {
                        self.line(format!(
                            "{}{}, {})",
                            sink.call("literal"),
                            literal(part),
                            part.len()
                        ));
                    }
                }
                Piece::Convert(conversion) => self.convert(conversion, &mut args, sink),
            }
        }
    }

    fn convert(
        &mut self,
        conversion: &Conversion,
        args: &mut impl Iterator<Item = Value>,
        sink: Sink,
    ) {
        let width = self.amount(conversion.width, args);
        let precision = self.amount(conversion.precision, args);
        let value = args.next().map(|value| self.use_of(value).text).unwrap_or_default();
        let string = conversion.kind.is_text();
        let plain = Conversion::plain(conversion.kind) == *conversion;
        if plain && string {
            return self.line(format!("{}{value})", sink.call("str")));
        }
        if plain && conversion.kind == ConversionKind::Decimal {
            return self.line(format!("{}{value})", sink.call("s64")));
        }
        let what = if string { "padded" } else { "integer" };
        let format = format!(
            "(struct stapc_format){{ '{}', {}, {width}, {precision} }}",
            conversion.kind.letter(),
            flags(conversion)
        );
        self.line(format!("{}{value}, {format})", sink.call(what)));
    }

    fn amount(&mut self, amount: Amount, args: &mut impl Iterator<Item = Value>) -> String {
        match amount {
            Amount::None => "STAPC_FORMAT_NONE".to_owned(),
            Amount::Constant(number) => number.to_string(),
            Amount::Argument => {
                let value = args.next().map(|value| self.use_of(value).text).unwrap_or_default();
                format!("stapc_format_amount({value})")
            }
        }
    }
}

fn flags(conversion: &Conversion) -> String {
    let flags = [
        (conversion.left, "STAPC_FORMAT_LEFT"),
        (conversion.zero, "STAPC_FORMAT_ZERO"),
        (conversion.plus, "STAPC_FORMAT_PLUS"),
        (conversion.space, "STAPC_FORMAT_SPACE"),
        (conversion.alternate, "STAPC_FORMAT_ALTERNATE"),
    ];
    let set: Vec<&str> = flags.into_iter().filter(|(set, _)| *set).map(|(_, name)| name).collect();
    if set.is_empty() { "0".to_owned() } else { set.join(" | ") }
}
