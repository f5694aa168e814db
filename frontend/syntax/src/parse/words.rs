//! Words that say where something begins, and advice about those that people bring from other
//! languages.

use crate::token::{T, TokenKind};

/// Whether a statement begins with this, and nothing else does.
pub fn begins_statement(kind: TokenKind) -> bool {
    matches!(
        kind,
        T!["if"]
            | T!["while"]
            | T!["for"]
            | T!["foreach"]
            | T!["return"]
            | T!["delete"]
            | T!["break"]
            | T!["continue"]
            | T!["next"]
            | T!["try"]
    )
}

/// Whether this joins two operands, and begins none.
pub fn only_joins(kind: TokenKind) -> bool {
    matches!(
        kind,
        T!["in"]
            | T!["=~"]
            | T!["!~"]
            | T!["=="]
            | T!["!="]
            | T!["<"]
            | T!["<="]
            | T![">"]
            | T![">="]
            | T!["<<"]
            | T![">>"]
            | T![">>>"]
            | T!["."]
            | T!["*"]
            | T!["/"]
            | T!["%"]
            | T!["->"]
    )
}

/// What to do instead of what begins with `kind` behind `before`, where an expression is expected.
pub fn advice(before: TokenKind, kind: TokenKind) -> Option<&'static str> {
    Some(match (before, kind) {
        (T!["&&"] | T!["||"] | T![">>>"], T!["="]) => {
            "there is no such assignment: write `x = x && y` in full"
        }
        (_, T!["else"]) => "an `else` belongs directly behind the statement of an `if`",
        (_, T!["catch"]) => "a `catch` belongs directly behind the block of a `try`",
        (_, T!["="]) => "`==` compares",
        (_, T!["&&"] | T!["||"]) => "an operand is missing before it",
        _ => return None,
    })
}
