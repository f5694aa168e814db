//! Formatted text, for the machine.

use stapc_ir::format::{Amount, Conversion, ConversionKind, Format, Piece};

/// An argument of a format.
#[derive(Debug, Clone)]
pub enum Argument {
    Int(i64),
    Bool(bool),
    Text(Vec<u8>),
}

/// The text of a format with its arguments.
pub fn format(format: &Format, args: &[Argument]) -> Vec<u8> {
    let mut args = args.iter();
    let mut out = Vec::new();
    for piece in &format.pieces {
        match piece {
            Piece::Literal(text) => out.extend(text.iter()),
            Piece::Convert(conversion) => {
                let mut amount = |amount| match amount {
                    Amount::None => None,
                    Amount::Constant(number) => Some(i64::from(number)),
                    Amount::Argument => match args.next() {
                        Some(Argument::Int(number)) => Some(*number),
                        other => panic!("{other:?} as a width"),
                    },
                };
                let (width, precision) = (amount(conversion.width), amount(conversion.precision));
                convert(conversion, width, precision, args.next().unwrap(), &mut out);
            }
        }
    }
    out
}

fn convert(
    conversion: &Conversion,
    width: Option<i64>,
    precision: Option<i64>,
    argument: &Argument,
    out: &mut Vec<u8>,
) {
    let mut text = match (conversion.kind, argument) {
        (ConversionKind::String, Argument::Text(text)) => {
            let most = precision
                .filter(|&precision| precision >= 0)
                .map_or(text.len(), |precision| precision as usize);
            text[..text.len().min(most)].to_vec()
        }
        (ConversionKind::Hex | ConversionKind::Pointer, Argument::Int(value)) => {
            format!("{value:x}").into_bytes()
        }
        (ConversionKind::UpperHex, Argument::Int(value)) => format!("{value:X}").into_bytes(),
        (ConversionKind::Octal, Argument::Int(value)) => format!("{value:o}").into_bytes(),
        (ConversionKind::Unsigned, Argument::Int(value)) => {
            (*value as u64).to_string().into_bytes()
        }
        (ConversionKind::Character, Argument::Int(value)) => vec![*value as u8],
        (_, Argument::Int(value)) if conversion.plus && *value >= 0 => {
            format!("+{value}").into_bytes()
        }
        (_, Argument::Int(value)) => value.to_string().into_bytes(),
        other => panic!("{other:?}"),
    };
    let width = width.unwrap_or(0).clamp(0, 4095) as usize;
    let padding = vec![if conversion.zero { b'0' } else { b' ' }; width.saturating_sub(text.len())];
    if conversion.left {
        text.extend(padding);
        out.extend(text);
    } else {
        out.extend(padding);
        out.extend(text);
    }
}
