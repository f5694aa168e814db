//! Script text to tokens, by the pest grammar in `script.pest`.

use pest::{Parser as _, iterators::Pair};
use stapc_diagnostics::{Diagnostic, FileId, SourceMap, Span};

use crate::parse::MAX_ERRORS;

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
    /// `%(`, `%?`, `%:`, `%)`; to the parser, all from `%(` to its `%)`.
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

/// Offsets into scripts, tokens and the tree take a multiple of a script's size.
const LONGEST_SCRIPT: usize = 64 << 20;

/// The tokens of `text`, ending with [`TokenKind::End`]; what is no token is reported and left out.
pub fn lex(file: FileId, text: &str) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut tokens = Vec::new();
    let mut diagnostics = Vec::new();
    if text.len() > LONGEST_SCRIPT {
        let message = format!("a script of more than {} MiB", LONGEST_SCRIPT >> 20);
        let diagnostic = Diagnostic::error("syntax", message);
        let place = Span::new(file, 0, 0);
        return (vec![Token { kind: TokenKind::End, span: place }], vec![diagnostic.at(place, "")]);
    }
    if let Ok(script) = Grammar::parse(Rule::script, text) {
        for pair in script.flat_map(Pair::into_inner) {
            let span = span_of(file, &pair);
            match kind_of(pair.as_rule()) {
                Ok(Some(kind)) => tokens.push(Token { kind, span }),
                Ok(None) => {}
                Err(problem) if pair.as_rule() == Rule::open_string => {
                    // What it would hold is not known, but that a string stands here.
                    tokens.push(Token { kind: TokenKind::String, span });
                    diagnostics.push(stray(problem, span, pair.as_str()));
                }
                Err(_) if diagnostics.len() >= MAX_ERRORS => {}
                Err(problem) => diagnostics.push(stray(problem, span, pair.as_str())),
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
        Rule::single_quoted => return Err("single quotes have no meaning here"),
        Rule::stray => return Err("this has no meaning here"),
        _ => return Ok(None),
    }))
}

fn stray(problem: &str, span: Span, text: &str) -> Diagnostic {
    // Of what runs over lines, the place where it opens says most.
    let width = text.find('\n').unwrap_or(text.len()).max(1) as u32;
    let place = Span::new(span.file, span.start, (span.start + width).min(span.end));
    let diagnostic = Diagnostic::error("syntax", problem).at(place, "");
    match text.chars().next() {
        Some('\'') => diagnostic.help("strings stand between double quotes: `\"…\"`"),
        Some('\\') => diagnostic.help("a line needs no backslash to be continued by the next one"),
        Some('\u{fffd}') => Diagnostic::error("syntax", "this is not UTF-8 text")
            .at(place, "")
            .help("convert the file to UTF-8, for example with `iconv`"),
        _ => diagnostic,
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
        let problems: String = diagnostics
            .iter()
            .map(|d| format!("! {} {:?}\n", d.message, d.span().map(|s| sources.slice(s))))
            .collect();
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
                1:3	String	\"abc
                2:1	Identifier	y
                3:3	End	
                ! this string has no closing quote on its line Some("\"abc")
                ! this comment has no closing `*/` Some("/* z")
            "#]],
        );
    }

    #[test]
    fn line_ends_of_other_systems_and_comments_of_each_style() {
        check(
            "\u{feff}a # x\r\nb // y\r\n/* z\r\n */ \"c\\\r\nd\" a$b $# @#\r\n",
            expect![[r##"
                1:2	Identifier	a
                2:1	Identifier	b
                4:5	String	\"c\\\r\nd\"
                5:4	Identifier	a$b
                5:8	Target	$#
                5:11	AtWord	@#
                6:1	End	
            "##]],
        );
    }

    #[test]
    fn what_has_no_meaning_is_reported_together() {
        check(
            "a \0\u{1}\u{fffd} b 'c' \u{fffd}# \u{fffd}",
            expect![[r#"
                1:1	Identifier	a
                1:7	Identifier	b
                1:17	End	
                ! this has no meaning here Some("\0\u{1}�")
                ! single quotes have no meaning here Some("'c'")
                ! this is not UTF-8 text Some("�")
            "#]],
        );
    }
}
