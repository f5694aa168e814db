//! What of the preprocessor is not built yet: conditionals and macro bodies become one token each,
//! so that the parser can go on behind them.

use stapc_diagnostics::Diagnostic;

use crate::token::{Token, TokenKind};

/// Joins the tokens of each `%( … %)`, nested ones included, and reports conditionals.
pub fn close(tokens: Vec<Token>, text: &str) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut diagnostics = Vec::new();
    let mut open = 0_usize;
    let text_of =
        |token: &Token| text.get(token.span.start as usize..token.span.end as usize).unwrap_or("");
    for token in tokens {
        let word = if token.kind == TokenKind::Preprocessor { text_of(&token) } else { "" };
        match word {
            "%(" if open == 0 => {
                if !is_macro_body(&out, text_of) {
                    diagnostics.push(Diagnostic::unsupported(
                        "preprocessor conditionals (`%( … %? … %)`)",
                        token.span,
                    ));
                }
                out.push(token);
            }
            _ if open > 0 && token.kind != TokenKind::End => {
                if let Some(hole) = out.last_mut() {
                    hole.span = hole.span.to(token.span);
                }
            }
            "" => out.push(token),
            _ => {
                let message = format!("`{word}` without a `%(` before it");
                diagnostics.push(Diagnostic::error("syntax", message).at(token.span, ""));
            }
        }
        match word {
            "%(" => open += 1,
            "%)" => open = open.saturating_sub(1),
            _ => {}
        }
    }
    (out, diagnostics)
}

/// Whether `@define name` or `@define name(a, b)` stands at the end of the tokens.
fn is_macro_body<'a>(tokens: &[Token], text_of: impl Fn(&Token) -> &'a str) -> bool {
    // Parameters are names and commas: nothing else is looked through.
    let head = |token: &&Token| {
        token.kind == TokenKind::Identifier || matches!(text_of(token), "(" | ")" | ",")
    };
    tokens.iter().rev().find(|token| !head(token)).is_some_and(|token| text_of(token) == "@define")
}
