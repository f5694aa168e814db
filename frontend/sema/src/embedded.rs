//! What C of a script says about itself in comments.

use bstr::ByteSlice as _;
use stapc_syntax::ast::Code;

/// Whether a comment says just this.
pub fn says(code: &Code, what: &str) -> bool {
    code.text.contains_str(format!("/* {what} */"))
}

/// The globals that comments of the C name as read or written (`pragma:read:NAME`), and whether it is
/// the latter.
pub fn pragmas(code: &Code) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    for (mark, writes) in [("/* pragma:read:", false), ("/* pragma:write:", true)] {
        for at in code.text.find_iter(mark) {
            let rest = &code.text[at + mark.len()..];
            let named = rest.find(" */").and_then(|end| rest[..end].to_str().ok());
            found.extend(named.map(|name| (name, writes)));
        }
    }
    found
}

/// Whether a function's C sets a value, or returns one.
pub fn gives_value(code: &Code) -> bool {
    let returns = "STAP_RETURN";
    let with_value = |at: usize| {
        let rest = code.text[at + returns.len()..].trim_start();
        let inner = rest.strip_prefix(b"(").map(|inner| inner.trim_start());
        inner.is_some_and(|inner| !inner.starts_with(b")"))
    };
    let sets = ["STAP_RETVALUE", "__retvalue"].iter().any(|name| code.text.contains_str(name));
    sets || code.text.find_iter(returns).any(with_value)
}

#[cfg(test)]
mod tests {
    use stapc_diagnostics::{FileId, Span};

    use super::*;

    fn code(text: &str) -> Code {
        Code { text: text.into(), span: Span::new(FileId(0), 0, 0) }
    }

    #[test]
    fn a_value_is_set_or_returned() {
        let gives = ["STAP_RETVALUE = 1;", "STAP_RETURN( x );", "THIS->__retvalue = 2;"];
        assert!(gives.iter().all(|text| gives_value(&code(text))));
        let not = ["", "STAP_RETURN();", "STAP_RETURN ( );", "STAP_PRINTF(\"a\");"];
        assert!(not.iter().all(|text| !gives_value(&code(text))));
    }

    #[test]
    fn comments_name_globals() {
        let code = code("/* pragma:read:a */ x /* pragma:write:b */ /* pragma:read:c");
        assert_eq!(pragmas(&code), [("a", false), ("b", true)]);
    }
}
