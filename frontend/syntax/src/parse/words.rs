//! Advice about words and signs that people bring from other languages.

/// What to do instead of what begins with `word`, where it cannot stand.
pub fn advice(word: &str) -> Option<&'static str> {
    Some(match word {
        "long" | "string" => "variables are not declared: a value assigned to one gives it its type",
        "else" => "an `else` belongs directly behind the statement of an `if`",
        "catch" => "a `catch` belongs directly behind the block of a `try`",
        "{" => "a block is a statement of its own",
        "=" => "`==` compares",
        "->" => "members are followed from `$` variables only",
        "&&" | "||" => "an operand is missing before it",
        _ => return None,
    })
}
