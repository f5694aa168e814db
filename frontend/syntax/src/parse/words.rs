//! Advice about words and signs that people bring from other languages.

/// What to do instead of what begins with `word`, where an expression is expected.
pub fn advice(word: &str) -> Option<&'static str> {
    Some(match word {
        "else" => "an `else` belongs directly behind the statement of an `if`",
        "catch" => "a `catch` belongs directly behind the block of a `try`",
        "=" => "`==` compares",
        "&&" | "||" => "an operand is missing before it",
        _ => return None,
    })
}
