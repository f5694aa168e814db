//! How types are put together from others in listings, whatever source knows them: `char const*`,
//! `void (*) (int)`.

use crate::info::Error;

/// The longest name in bytes: functions that take functions may double it at each step.
const MOST: usize = 1 << 12;

/// A name that others are made of, unless it is too long already.
pub fn bounded(name: String) -> Result<String, Error> {
    match name.len() > MOST {
        true => Err(Error("a type of too many words".to_owned())),
        false => Ok(name),
    }
}

/// A pointer to a type, which may be a function.
pub fn pointer(to: &str, is_function: bool) -> String {
    // The star of a pointer to a function stands within it.
    match to.split_once("(*") {
        Some((head, rest)) if is_function => format!("{head}(*{rest}"),
        _ => format!("{to}*"),
    }
}

/// A function, as what points to one is spelled.
pub fn function(returns: &str, params: &[String]) -> String {
    format!("{returns} (*) ({})", params.join(", "))
}
