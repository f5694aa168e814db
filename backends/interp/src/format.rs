//! Formatted text.

use stapc_ir::format::{Amount, Conversion, ConversionKind, Format, Piece};

use crate::{
    error::{Stop, bug},
    value::Text,
};

/// The widest field, and the longest precision.
const WIDEST: i64 = 1024;

/// An argument of a format.
#[derive(Debug, Clone)]
pub enum Argument {
    Int(i64),
    Text(Text),
}

/// Writes a format with its arguments.
pub fn format(format: &Format, args: &[Argument], out: &mut Vec<u8>) -> Result<(), Stop> {
    let mut args = args.iter();
    for piece in &format.pieces {
        match piece {
            Piece::Literal(text) => out.extend_from_slice(text),
            Piece::Convert(conversion) => {
                let width = amount(conversion.width, &mut args)?;
                let precision = amount(conversion.precision, &mut args)?;
                let argument = args.next().ok_or_else(|| bug("a format lacks an argument"))?;
                convert(conversion, width, precision, argument, out)?;
            }
        }
    }
    Ok(())
}

fn amount<'a>(
    amount: Amount,
    args: &mut impl Iterator<Item = &'a Argument>,
) -> Result<Option<i64>, Stop> {
    match amount {
        Amount::None => Ok(None),
        Amount::Constant(number) => Ok(Some(number.into())),
        Amount::Argument => match args.next() {
            Some(Argument::Int(number)) => Ok(Some(*number)),
            _ => Err(bug("a width or precision that is no integer")),
        },
    }
}

/// A number on its way: its sign or base, at least so many digits, the digits.
struct Number {
    prefix: &'static str,
    digits: String,
    precision: Option<usize>,
}

fn convert(
    conversion: &Conversion,
    width: Option<i64>,
    precision: Option<i64>,
    argument: &Argument,
    out: &mut Vec<u8>,
) -> Result<(), Stop> {
    // A width of -1 is how the runtime says that there is none.
    let width = width.filter(|&width| width != -1).unwrap_or(0);
    let left = conversion.left || width < 0;
    let width = width.clamp(-WIDEST, WIDEST).unsigned_abs() as usize;
    let precision =
        precision.filter(|&precision| precision >= 0).map(|amount| amount.min(WIDEST) as usize);
    let text = match (conversion.kind, argument) {
        (ConversionKind::String | ConversionKind::Bytes, Argument::Text(text)) => {
            text[..text.len().min(precision.unwrap_or(usize::MAX))].to_vec()
        }
        (ConversionKind::Character, Argument::Int(value)) => match *value as u8 {
            byte if conversion.alternate && !matches!(byte, b' '..=b'~') => {
                format!("\\{byte:03o}").into_bytes()
            }
            byte => vec![byte],
        },
        (ConversionKind::String | ConversionKind::Bytes, _) | (_, Argument::Text(_)) => {
            return Err(bug("a conversion of an argument of another type"));
        }
        (_, Argument::Int(value)) => {
            let number = number(conversion, *value, precision);
            number.text(width, conversion.zero && !left, *value)
        }
    };
    let padding = width.saturating_sub(text.len());
    if left {
        out.extend(&text);
    }
    out.resize(out.len() + padding, b' ');
    if !left {
        out.extend(&text);
    }
    Ok(())
}

fn number(conversion: &Conversion, value: i64, precision: Option<usize>) -> Number {
    let base = |prefix| if conversion.alternate && value != 0 { prefix } else { "" };
    let make = |prefix, digits| Number { prefix, digits, precision };
    match conversion.kind {
        ConversionKind::Unsigned => make("", (value as u64).to_string()),
        ConversionKind::Hex => make(base("0x"), format!("{value:x}")),
        ConversionKind::UpperHex => make(base("0X"), format!("{value:X}")),
        ConversionKind::Octal => make(base("0"), format!("{value:o}")),
        ConversionKind::Pointer => {
            Number { prefix: "0x", digits: format!("{value:x}"), precision: Some(16) }
        }
        _ => {
            let sign = match value {
                ..0 => "-",
                _ if conversion.plus => "+",
                _ if conversion.space => " ",
                _ => "",
            };
            make(sign, value.unsigned_abs().to_string())
        }
    }
}

impl Number {
    fn text(mut self, width: usize, fill: bool, value: i64) -> Vec<u8> {
        if self.precision == Some(0) && value == 0 {
            self.digits.clear();
        }
        let digits = match self.precision {
            Some(precision) => precision,
            None if fill => width.saturating_sub(self.prefix.len()),
            None => 0,
        };
        format!("{}{:0>digits$}", self.prefix, self.digits).into_bytes()
    }
}
