//! Whether spans are where something can be.

use stapc_diagnostics::{Diagnostic, FileId, SourceMap, Span};
use stapc_syntax::{
    Token, TokenKind,
    ast::{ItemKind, Tree},
};

/// A span is inside its file's text, on boundaries of characters.
pub fn check(sources: &SourceMap, span: Span, what: &str) -> Result<(), String> {
    let text = sources.text(span.file);
    let is_right = span.file.0 < sources.ids().count() as u32
        && text.get(span.start as usize..span.end as usize).is_some();
    if is_right { Ok(()) } else { Err(format!("{what} at {span:?} of {} bytes", text.len())) }
}

/// Tokens of one file stand in order and end with its end.
pub fn check_tokens(sources: &SourceMap, file: FileId, tokens: &[Token]) -> Result<(), String> {
    let mut end = 0;
    for token in tokens {
        check(sources, token.span, "a token")?;
        if token.span.file != file || token.span.start < end {
            return Err(format!("{token:?} behind offset {end} of {file:?}"));
        }
        if token.kind != TokenKind::End && token.span.start == token.span.end {
            return Err(format!("{token:?} is empty"));
        }
        end = token.span.end;
    }
    let ends = tokens.iter().filter(|token| token.kind == TokenKind::End).count();
    match tokens.last() {
        Some(last) if last.kind == TokenKind::End && ends == 1 => Ok(()),
        _ => Err(format!("{ends} ends of the script, and last {:?}", tokens.last())),
    }
}

/// Only white space is between tokens, where comments are tokens.
pub fn check_gaps(text: &str, tokens: &[Token]) -> Result<(), String> {
    let mut end = 0;
    for token in tokens {
        let gap = &text[end..token.span.start as usize];
        let is_blank = gap.trim_start_matches('\u{feff}').chars().all(char::is_whitespace);
        if !is_blank {
            return Err(format!("{gap:?} before {token:?} is in no token"));
        }
        end = token.span.end as usize;
    }
    Ok(())
}

/// What diagnostics point at exists.
pub fn check_diagnostics(sources: &SourceMap, diagnostics: &[Diagnostic]) -> Result<(), String> {
    for diagnostic in diagnostics {
        for label in &diagnostic.labels {
            check(sources, label.span, &diagnostic.message)?;
        }
    }
    Ok(())
}

/// So do the places in a tree.
pub fn check_tree(sources: &SourceMap, tree: &Tree) -> Result<(), String> {
    tree.exprs.iter().try_for_each(|(_, expr)| check(sources, expr.span, "an expression"))?;
    tree.stmts.iter().try_for_each(|(_, stmt)| check(sources, stmt.span, "a statement"))?;
    for item in &tree.items {
        check(sources, item.span, "a declaration")?;
        let points = match &item.kind {
            ItemKind::Probe(probe) => &probe.points,
            ItemKind::Alias(alias) => &alias.points,
            _ => continue,
        };
        points.iter().try_for_each(|point| check(sources, point.span, "a probe point"))?;
    }
    Ok(())
}
