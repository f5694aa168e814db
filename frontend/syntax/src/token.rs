//! Script text to tokens, by the pest grammar in `script.pest`.

use pest::{Parser as _, iterators::Pair};
use stapc_diagnostics::{Diagnostic, FileId, SourceMap, Span};

/// What sort of token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A name or keyword.
    Identifier,
    /// An integer literal, perhaps malformed.
    Number,
    /// A string literal with its quotes.
    String,
    /// `$name`, `$$name`, `$1`.
    Target,
    /// `@name`, `@1`.
    AtWord,
    /// `%(`, `%?`, `%:`, `%)`.
    Preprocessor,
    /// `%{ … %}`.
    Embedded,
    /// Punctuation and operators.
    Operator,
    /// The end of the file.
    End,
}

/// A token and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Its sort.
    pub kind: TokenKind,
    /// Its place.
    pub span: Span,
}

#[derive(pest_derive::Parser)]
#[grammar = "script.pest"]
struct Grammar;

/// The tokens of `text`, ending with [`TokenKind::End`]; what is no token is reported and left out.
pub fn lex(file: FileId, text: &str) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut tokens = Vec::new();
    let mut diagnostics = Vec::new();
    if u32::try_from(text.len()).is_err() {
        diagnostics.push(Diagnostic::error("syntax", "a script of 4 GiB or more"));
    } else if let Ok(script) = Grammar::parse(Rule::script, text) {
        for pair in script.flat_map(Pair::into_inner) {
            let span = span_of(file, &pair);
            match kind_of(pair.as_rule()) {
                Ok(Some(kind)) => tokens.push(Token { kind, span }),
                Ok(None) => {}
                Err(problem) => diagnostics.push(stray(problem, span, pair.as_str(), &diagnostics)),
            }
        }
    }
    let end = text.len() as u32;
    tokens.push(Token { kind: TokenKind::End, span: Span::new(file, end, end) });
    (tokens, diagnostics)
}

/// A line for each token: place, sort and text.
pub fn dump(sources: &SourceMap, tokens: &[Token]) -> String {
    let line = |token: &Token| {
        let (line, column) = sources.line_column(token.span.file, token.span.start);
        format!("{line}:{column}\t{:?}\t{}\n", token.kind, sources.slice(token.span).escape_debug())
    };
    tokens.iter().map(line).collect()
}

fn span_of(file: FileId, pair: &Pair<'_, Rule>) -> Span {
    let span = pair.as_span();
    Span::new(file, span.start() as u32, span.end() as u32)
}

/// The token kind of a rule; none for the end of input; or what is wrong with the text.
fn kind_of(rule: Rule) -> Result<Option<TokenKind>, &'static str> {
    Ok(Some(match rule {
        Rule::identifier => TokenKind::Identifier,
        Rule::number => TokenKind::Number,
        Rule::string => TokenKind::String,
        Rule::target => TokenKind::Target,
        Rule::at_word => TokenKind::AtWord,
        Rule::preprocessor => TokenKind::Preprocessor,
        Rule::embedded => TokenKind::Embedded,
        Rule::operator => TokenKind::Operator,
        Rule::open_string => return Err("this string has no closing quote on its line"),
        Rule::open_comment => return Err("this comment has no closing `*/`"),
        Rule::open_embedded => return Err("this embedded C has no closing `%}`"),
        Rule::stray => return Err("this character has no meaning here"),
        _ => return Ok(None),
    }))
}

fn stray(problem: &str, span: Span, text: &str, before: &[Diagnostic]) -> Diagnostic {
    // For what runs to the end of the file, the place where it opens says most.
    let width = text.find('\n').unwrap_or(text.len()) as u32;
    let span = Span::new(span.file, span.start, span.start + width.max(1).min(span.end - span.start));
    let diagnostic = Diagnostic::error("syntax", problem).at(span, "");
    match before.len() {
        // A binary file would give one for each byte.
        0..20 => diagnostic,
        _ => Diagnostic::error("syntax", "this does not look like a script").at(span, ""),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn check(text: &str, expected: expect_test::Expect) {
        let mut sources = SourceMap::new();
        let file = sources.add("t", text);
        let (tokens, diagnostics) = lex(file, text);
        let problems: String = diagnostics.iter().map(|d| format!("! {} {:?}\n", d.message, d.span().map(|s| sources.slice(s)))).collect();
        expected.assert_eq(&(dump(&sources, &tokens) + &problems));
    }

    #[test]
    fn longest_operators_win() {
        check(
            "a<<<1>>>2 $x->y @count(z)# gone\n",
            expect![[r#"
                1:1	Identifier	a
                1:2	Operator	<<<
                1:5	Number	1
                1:6	Operator	>>>
                1:9	Number	2
                1:11	Target	$x
                1:13	Operator	->
                1:15	Identifier	y
                1:17	AtWord	@count
                1:23	Operator	(
                1:24	Identifier	z
                1:25	Operator	)
                2:1	End	
            "#]],
        );
    }

    #[test]
    fn what_is_not_closed_is_reported_at_its_start() {
        check(
            "x \"abc\ny /* z\n w",
            expect![[r#"
                1:1	Identifier	x
                2:1	Identifier	y
                3:3	End	
                ! this string has no closing quote on its line Some("\"abc")
                ! this comment has no closing `*/` Some("/* z")
            "#]],
        );
    }
}
