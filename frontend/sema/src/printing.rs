//! The printing family: `print`, `println`, `printd`, `printf` and those that give strings.

use stapc_ir::{
    Type,
    format::{Conversion, ConversionKind, Format},
};

/// A function of the family.
#[derive(Debug)]
pub struct Print {
    /// What it is called.
    pub name: &'static str,
    /// Whether it gives a string instead of printing it.
    pub returns: bool,
    /// Whether its first argument is a format.
    pub format: bool,
    /// Whether its first argument goes between the others.
    pub delimiter: bool,
    /// Whether a newline follows.
    pub newline: bool,
}

/// The family.
pub static PRINTS: [Print; 10] = [
    Print { name: "print", returns: false, format: false, delimiter: false, newline: false },
    Print { name: "println", returns: false, format: false, delimiter: false, newline: true },
    Print { name: "printd", returns: false, format: false, delimiter: true, newline: false },
    Print { name: "printdln", returns: false, format: false, delimiter: true, newline: true },
    Print { name: "printf", returns: false, format: true, delimiter: false, newline: false },
    Print { name: "sprint", returns: true, format: false, delimiter: false, newline: false },
    Print { name: "sprintln", returns: true, format: false, delimiter: false, newline: true },
    Print { name: "sprintd", returns: true, format: false, delimiter: true, newline: false },
    Print { name: "sprintdln", returns: true, format: false, delimiter: true, newline: true },
    Print { name: "sprintf", returns: true, format: true, delimiter: false, newline: false },
];

/// The function of the family of this name.
pub fn print(name: &str) -> Option<&'static Print> {
    PRINTS.iter().find(|print| print.name == name)
}

/// Whether it is one of the family.
pub fn is_print(name: &str) -> bool {
    print(name).is_some()
}

/// Adds a value printed as what it is.
pub fn push_plain(format: &mut Format, ty: Type) {
    let kind = if ty == Type::Str { ConversionKind::String } else { ConversionKind::Decimal };
    format.push(Conversion::plain(kind));
}
