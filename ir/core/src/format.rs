//! Formats of output: what `printf` writes, parsed once, when the script is compiled.

use std::fmt;

use bstr::{BString, ByteSlice as _, ByteVec as _};

use crate::types::Type;

/// A sequence of literal text and conversions of arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Format {
    /// The parts, in order.
    pub pieces: Vec<Piece>,
}

/// A part of a format.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Text as it is.
    Literal(BString),
    /// The next argument (after those that its width and precision take).
    Convert(Conversion),
}

/// How an argument becomes text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Conversion {
    /// Into what.
    pub kind: ConversionKind,
    /// `-`: padded on the right.
    pub left: bool,
    /// `0`: padded with zeros.
    pub zero: bool,
    /// `+`: positive numbers have a sign.
    pub plus: bool,
    /// ` `: positive numbers have a space in the sign's place.
    pub space: bool,
    /// `#`: with the base's prefix.
    pub alternate: bool,
    /// At least so many characters.
    pub width: Amount,
    /// At most so many characters of a string, at least so many digits of a number.
    pub precision: Amount,
}

/// A width or precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Amount {
    /// Not given.
    #[default]
    None,
    /// A constant.
    Constant(u32),
    /// `*`: an argument of its own.
    Argument,
}

/// What a conversion makes of its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the letters of printf")]
pub enum ConversionKind {
    Decimal,
    Unsigned,
    Octal,
    Hex,
    UpperHex,
    Pointer,
    Character,
    String,
    /// `%b`: a string as `%s` writes it, which may hold NULs.
    Bytes,
}

impl ConversionKind {
    const LETTERS: [(char, Self); 10] = [
        ('d', Self::Decimal),
        ('i', Self::Decimal),
        ('u', Self::Unsigned),
        ('o', Self::Octal),
        ('x', Self::Hex),
        ('X', Self::UpperHex),
        ('p', Self::Pointer),
        ('c', Self::Character),
        ('s', Self::String),
        ('b', Self::Bytes),
    ];

    /// The letter of printf.
    pub fn letter(self) -> char {
        Self::LETTERS.iter().find(|(_, kind)| *kind == self).map_or('d', |(letter, _)| *letter)
    }

    /// The type of the argument.
    pub fn operand(self) -> Type {
        if self.is_text() { Type::Str } else { Type::I64 }
    }

    /// Whether the argument is a string.
    pub fn is_text(self) -> bool {
        matches!(self, Self::String | Self::Bytes)
    }

    /// Whether it may write a NUL, where a string ends.
    pub fn may_write_nul(self) -> bool {
        matches!(self, Self::Character | Self::Bytes)
    }
}

/// What is wrong with a format, and at which byte of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    /// The offset of the conversion in the text.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

/// The widest field that can be asked for.
pub const MAX_WIDTH: u32 = 4095;

impl Conversion {
    /// A conversion without any options.
    pub fn plain(kind: ConversionKind) -> Self {
        Self {
            kind,
            left: false,
            zero: false,
            plus: false,
            space: false,
            alternate: false,
            width: Amount::None,
            precision: Amount::None,
        }
    }

    /// The types of the arguments it takes: width, precision, value.
    pub fn operands(&self) -> impl Iterator<Item = Type> + use<> {
        let amounts =
            [self.width, self.precision].into_iter().filter(|amount| *amount == Amount::Argument);
        amounts.map(|_| Type::I64).chain(std::iter::once(self.kind.operand()))
    }
}

impl Format {
    /// Adds literal text, joined to literal text before it.
    pub fn push_literal(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Literal(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Literal(text.into())),
        }
    }

    /// Adds a conversion.
    pub fn push(&mut self, conversion: Conversion) {
        self.pieces.push(Piece::Convert(conversion));
    }

    /// The types of its arguments, in order.
    pub fn operands(&self) -> impl Iterator<Item = Type> + '_ {
        self.pieces.iter().flat_map(|piece| match piece {
            Piece::Literal(_) => None.into_iter().flatten(),
            Piece::Convert(conversion) => Some(conversion.operands()).into_iter().flatten(),
        })
    }

    /// Whether a string that is made so may end before its last piece, at a NUL.
    pub fn may_write_nul(&self) -> bool {
        self.pieces.iter().any(
            |piece| matches!(piece, Piece::Convert(conversion) if conversion.kind.may_write_nul()),
        )
    }

    /// Reads printf's notation.
    ///
    /// # Errors
    /// For a conversion that does not exist or is cut off.
    pub fn parse(text: &(impl AsRef<[u8]> + ?Sized)) -> Result<Self, FormatError> {
        let text = text.as_ref();
        let mut format = Self::default();
        let mut rest = text;
        while let Some(at) = rest.find_byte(b'%') {
            format.push_literal(&rest[..at]);
            let offset = text.len() - rest.len() + at;
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix(b"%") {
                format.push_literal("%");
                rest = behind;
                continue;
            }
            let (conversion, behind) =
                conversion(rest).map_err(|message| FormatError { offset, message })?;
            format.push(conversion);
            rest = behind;
        }
        format.push_literal(rest);
        Ok(format)
    }

    /// The notation that [`Format::parse`] reads.
    pub fn text(&self) -> BString {
        let mut text = BString::default();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal.replace("%", "%%")),
                Piece::Convert(conversion) => text.push_str(conversion.to_string()),
            }
        }
        text
    }
}

/// Reads a conversion behind its `%`; gives it and what follows.
fn conversion(text: &[u8]) -> Result<(Conversion, &[u8]), String> {
    let mut conversion = Conversion::plain(ConversionKind::Decimal);
    let mut rest = text;
    while let Some((flag, behind)) = rest.split_first() {
        match flag {
            b'-' => conversion.left = true,
            b'0' => conversion.zero = true,
            b'+' => conversion.plus = true,
            b' ' => conversion.space = true,
            b'#' => conversion.alternate = true,
            _ => break,
        }
        rest = behind;
    }
    (conversion.width, rest) = amount(rest)?;
    if let Some(behind) = rest.strip_prefix(b".") {
        (conversion.precision, rest) = amount(behind)?;
        if conversion.precision == Amount::None {
            conversion.precision = Amount::Constant(0);
        }
    }
    // Sizes of C's types mean nothing here, and are allowed.
    while let Some(behind) = rest.strip_prefix(b"l") {
        rest = behind;
    }
    let Some(letter) = rest.chars().next() else {
        return Err("the format ends inside a conversion".to_owned());
    };
    match ConversionKind::LETTERS.iter().find(|(known, _)| *known == letter) {
        Some((_, kind)) => conversion.kind = *kind,
        None => return Err(format!("`%{letter}` is no conversion that is supported")),
    }
    Ok((conversion, &rest[1..]))
}

fn amount(text: &[u8]) -> Result<(Amount, &[u8]), String> {
    if let Some(rest) = text.strip_prefix(b"*") {
        return Ok((Amount::Argument, rest));
    }
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return Ok((Amount::None, text));
    }
    match text[..digits].to_str().map(str::parse) {
        Ok(Ok(number)) if number <= MAX_WIDTH => Ok((Amount::Constant(number), &text[digits..])),
        _ => Err(format!("a width or precision of more than {MAX_WIDTH}")),
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.text(), f)
    }
}

impl fmt::Display for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("%")?;
        let flags = [
            (self.left, '-'),
            (self.zero, '0'),
            (self.plus, '+'),
            (self.space, ' '),
            (self.alternate, '#'),
        ];
        for (_, flag) in flags.iter().filter(|(set, _)| *set) {
            write!(f, "{flag}")?;
        }
        write!(f, "{}", self.width)?;
        if self.precision != Amount::None {
            write!(f, ".{}", self.precision)?;
        }
        write!(f, "{}", self.kind.letter())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Constant(number) => write!(f, "{number}"),
            Self::Argument => f.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_print_as_they_were_written() {
        for text in ["", "plain", "%d", "100%% of %-16s|%08x|%+*.3d|% d|%#o\n", "%.*s%c%p%b"] {
            assert_eq!(Format::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn arguments_are_counted_with_widths() {
        let format = Format::parse("%*.*s %d %%").unwrap();
        assert_eq!(
            format.operands().collect::<Vec<_>>(),
            [Type::I64, Type::I64, Type::Str, Type::I64]
        );
    }

    #[test]
    fn bad_conversions_are_found() {
        assert_eq!(Format::parse("ab %q").unwrap_err().offset, 3);
        assert!(Format::parse("%").is_err());
        assert!(Format::parse("%99999d").is_err());
        assert!(Format::parse("%é").is_err());
    }

    #[test]
    fn literals_are_bytes() {
        let format = Format::parse(b"\xff%d%%\xfe").unwrap();
        assert_eq!(format.pieces[0], Piece::Literal(b"\xff".into()));
        assert_eq!(format.text(), &b"\xff%d%%\xfe"[..]);
    }
}
