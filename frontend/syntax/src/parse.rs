//! Tokens to the abstract syntax tree: the cursor, what to skip after an error, and the limits.

mod expressions;
mod items;
mod points;
mod special;
mod statements;
mod words;

use la_arena::Arena;
use stapc_diagnostics::{Diagnostic, FileId, Span};

use crate::{
    ast::{Expr, ExprId, ExprKind, File, Name, Stmt, StmtId, StmtKind},
    holes,
    token::{Token, TokenKind, lex},
};

/// How deep expressions and statements may nest: later stages follow them recursively.
const MAX_DEPTH: u16 = 200;

/// Errors shown for one file; more of them say nothing new.
pub(crate) const MAX_ERRORS: usize = 50;

/// Words that are no names.
const KEYWORDS: [&str; 20] = [
    "probe", "global", "function", "private", "if", "else", "while", "for", "foreach", "in",
    "limit", "return", "delete", "break", "continue", "next", "try", "catch", "string", "long",
];

/// Words that a declaration starts with.
const DECLARATIONS: [&str; 4] = ["probe", "function", "global", "private"];

/// Parses a script. The tree holds what could be understood; it is all of the script if no error is
/// among the diagnostics.
pub fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let (tokens, mut diagnostics) = lex(file, text);
    let (tokens, more) = holes::close(tokens, text);
    diagnostics.extend(more);
    let mut parser = Parser::new(file, text, tokens, diagnostics);
    parser.file();
    let mut diagnostics = parser.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().map(|span| span.start));
    diagnostics.truncate(MAX_ERRORS);
    (parser.tree, diagnostics)
}

/// The place cannot be parsed on; the error has been reported.
pub(crate) struct Lost;

type Parsed<T> = Result<T, Lost>;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    tree: File,
    /// The height of each expression's tree, for [`MAX_DEPTH`].
    heights: Vec<u16>,
    depth: u16,
    /// Where tokens begin to be missing, because what makes them is not supported: behind it, what
    /// looks like a mistake may be none.
    hole: u32,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Parser<'a> {
    fn new(file: FileId, text: &'a str, tokens: Vec<Token>, diagnostics: Vec<Diagnostic>) -> Self {
        let tree = File {
            id: file,
            text: text.to_owned(),
            items: Vec::new(),
            exprs: Arena::new(),
            stmts: Arena::new(),
        };
        let hole = tokens.iter().find(|token| token.kind == TokenKind::Preprocessor);
        let hole = hole.map_or(u32::MAX, |token| token.span.start);
        Self { text, tokens, at: 0, tree, heights: Vec::new(), depth: 0, hole, diagnostics }
    }

    /// The current token; the last one is always [`TokenKind::End`].
    fn token(&self) -> Token {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> Token {
        self.tokens[(self.at + by).min(self.tokens.len() - 1)]
    }

    fn text_of(&self, token: Token) -> &'a str {
        self.text.get(token.span.start as usize..token.span.end as usize).unwrap_or("")
    }

    fn bump(&mut self) -> Token {
        let token = self.token();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    /// Whether the current token is this operator or keyword.
    fn is(&self, text: &str) -> bool {
        self.is_at(0, text)
    }

    fn is_at(&self, by: usize, text: &str) -> bool {
        let token = self.ahead(by);
        matches!(token.kind, TokenKind::Operator | TokenKind::Identifier)
            && self.text_of(token) == text
    }

    fn is_any(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.is(text))
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.is(text);
        if found {
            self.bump();
        }
        found
    }

    fn at_end(&self) -> bool {
        self.token().kind == TokenKind::End
    }

    fn last_span(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    /// Takes an operator or keyword that must stand here.
    fn expect(&mut self, text: &str, role: &str) -> Parsed<Span> {
        if self.is(text) {
            return Ok(self.bump().span);
        }
        Err(self.unexpected(&format!("`{text}` {role}")))
    }

    /// Takes an identifier that is no keyword.
    fn name(&mut self, what: &str) -> Parsed<Name> {
        let token = self.token();
        let text = self.text_of(token);
        if self.is_script_argument() {
            self.script_argument();
            return Ok(Name { text: text.to_owned(), span: token.span });
        }
        if token.kind == TokenKind::Identifier && !KEYWORDS.contains(&text) {
            self.bump();
            if text.contains('$') {
                self.report(Diagnostic::unsupported("names with a `$` inside", token.span));
            }
            return Ok(Name { text: text.to_owned(), span: token.span });
        }
        Err(self.unexpected(what))
    }

    /// Reports that something else was expected at the current token.
    fn unexpected(&mut self, expected: &str) -> Lost {
        let token = self.token();
        if self.behind_open_string() {
            return Lost;
        }
        let diagnostic = match token.kind {
            TokenKind::Embedded => Diagnostic::unsupported("embedded C (`%{ … %}`)", token.span),
            TokenKind::End => {
                let message = format!("the script ends where {expected} is expected");
                Diagnostic::error("syntax", message).at(self.last_span(), "ends behind this")
            }
            _ => {
                let message = format!("expected {expected}, found {}", self.found(token));
                let diagnostic = Diagnostic::error("syntax", message)
                    .at(token.span, format!("expected {expected}"));
                match words::advice(self.text_of(token)) {
                    Some(advice) if expected == "an expression" => diagnostic.help(advice),
                    _ => diagnostic,
                }
            }
        };
        self.report(diagnostic)
    }

    /// Whether the token before has taken the rest of its line, which has been reported.
    fn behind_open_string(&self) -> bool {
        let before = self.tokens[self.at.saturating_sub(1)];
        let text = self.text_of(before);
        before.kind == TokenKind::String && (text.len() < 2 || !text.ends_with('"'))
    }

    /// How messages call a token.
    fn found(&self, token: Token) -> String {
        let text = self.text_of(token);
        match token.kind {
            TokenKind::String if text.len() > 40 => "a string".to_owned(),
            _ => format!("`{}`", text.chars().take(40).collect::<String>()),
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) -> Lost {
        let span = diagnostic.span();
        let dubious =
            diagnostic.code == "syntax" && span.is_some_and(|span| span.start >= self.hole);
        // One place is reported once: what follows an error at the same token is its echo.
        let full = self.diagnostics.len() >= MAX_ERRORS;
        if !full && !dubious && !self.diagnostics.iter().any(|other| other.span() == span) {
            self.diagnostics.push(diagnostic);
        }
        Lost
    }

    /// Reports what stands for any tokens at all, and is not supported.
    fn report_hole(&mut self, what: impl AsRef<str>, span: Span) {
        self.report(Diagnostic::unsupported(what, span));
        self.hole = self.hole.min(span.start);
    }

    /// Runs `parse` one level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_deep(self.token().span));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// Reports it and gives up: of what comes, nothing is known but that it stands inside.
    fn too_deep(&mut self, span: Span) -> Lost {
        let diagnostic =
            Diagnostic::error("syntax", format!("nested more than {MAX_DEPTH} levels deep"));
        let diagnostic =
            diagnostic.at(span, "too deep").help("split it into several statements or functions");
        let lost = self.report(diagnostic);
        self.at = self.tokens.len() - 1;
        self.hole = 0;
        lost
    }

    /// Adds an expression whose operands are `children`.
    fn expr(&mut self, kind: ExprKind, span: Span, children: &[ExprId]) -> Parsed<ExprId> {
        let tallest =
            children.iter().map(|child| self.heights[child.into_raw().into_u32() as usize]).max();
        let height = tallest.map_or(0, |height| height + 1);
        if height + self.depth > MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        self.heights.push(height);
        Ok(self.tree.exprs.alloc(Expr { kind, span }))
    }

    fn stmt(&mut self, kind: StmtKind, start: Span) -> StmtId {
        let span = start.to(self.last_span());
        self.tree.stmts.alloc(Stmt { kind, span })
    }

    /// Skips to where a statement may begin again: behind `;`, or before `}` or a new statement.
    fn skip_statement(&mut self) {
        const STARTS: [&str; 9] =
            ["if", "while", "for", "foreach", "return", "delete", "break", "continue", "next"];
        let mut open = 0_usize;
        let start = self.at;
        while !self.at_end() && !self.at_declaration() {
            let begins = self.at > start && self.is_any(&STARTS);
            if open == 0 && (self.is("}") || begins) {
                return;
            }
            let token = self.bump();
            match self.text_of(token) {
                "{" => open += 1,
                "}" => open -= 1,
                ";" if open == 0 => return,
                _ => {}
            }
        }
    }

    /// Skips to where a declaration may begin again, or behind what looks like a body.
    fn skip_item(&mut self) {
        let mut open = 0_usize;
        while !self.at_end() && !self.at_declaration() && self.text_of(self.token()) != "@define" {
            let token = self.bump();
            match self.text_of(token) {
                "{" => open += 1,
                "}" if open == 1 => return,
                "}" => open = open.saturating_sub(1),
                _ => {}
            }
        }
    }
}
