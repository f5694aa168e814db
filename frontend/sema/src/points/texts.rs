//! Points as they are written: addresses in hexadecimal.

use bstr::ByteSlice as _;
use stapc_syntax::ast::Argument;

use crate::elaborate::points::Part;

/// A point as it is written, without what makes it optional.
pub fn text(parts: &[Part]) -> String {
    text_behind(parts).trim_start_matches('.').to_owned()
}

/// Parts of a point, each behind a dot.
pub fn text_behind(parts: &[Part]) -> String {
    let part = |part: &Part| match &part.argument {
        None => part.name.text.clone(),
        Some(Argument::Number(address, _)) if part.name.text == "data" => {
            format!("data({address:#x})")
        }
        Some(Argument::Number(number, _)) => format!("{}({number})", part.name.text),
        Some(Argument::String(text)) => {
            format!("{}(\"{}\")", part.name.text, text.bytes.to_str_lossy())
        }
    };
    parts.iter().map(|one| format!(".{}", part(one))).collect()
}
