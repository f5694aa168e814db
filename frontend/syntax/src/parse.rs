//! Tokens to the abstract syntax tree: the cursor, what to skip after an error, and the limits.

mod declarations;
mod expressions;
mod loops;
mod operators;
mod points;
mod statements;
mod values;
mod words;

use stapc_diagnostics::{Diagnostic, FileId, SourceMap, Span};

use crate::{
    Session,
    ast::{Expr, ExprId, ExprKind, Name, Stmt, StmtId, StmtKind, Tree},
    preprocess,
    token::{T, Token, TokenKind},
};

/// How deep expressions and statements may nest: later stages follow them recursively.
const MAX_DEPTH: u16 = 200;

/// Errors shown for one file; more of them say nothing new.
const MAX_ERRORS: usize = 50;

/// Parses a file and appends its declarations to the tree: what could be understood, which is all
/// of the script if no error is among the diagnostics.
pub fn parse(session: &mut Session<'_>, tree: &mut Tree, file: FileId) -> Vec<Diagnostic> {
    let (tokens, diagnostics) = preprocess(session, file);
    let macros = session.macro_names().map(str::to_owned).collect();
    let sources = &*session.sources;
    let mut parser = Parser::new(sources, tree, file, tokens);
    parser.diagnostics = diagnostics;
    parser.macros = macros;
    parser.file();
    let mut diagnostics = parser.diagnostics;
    diagnostics.sort_by_key(|diagnostic| {
        diagnostic.span().map(|span| (sources.outermost(span).start, span.file, span.start))
    });
    diagnostics.truncate(MAX_ERRORS);
    diagnostics
}

/// The place cannot be parsed on; the error has been reported.
struct Lost;

type Parsed<T> = Result<T, Lost>;

struct Parser<'a> {
    sources: &'a SourceMap,
    tree: &'a mut Tree,
    file: FileId,
    /// The text of the file, which most tokens stand in.
    text: &'a str,
    /// At least one; the last one is always [`TokenKind::End`].
    tokens: Vec<Token>,
    at: usize,
    /// The height of each expression's tree, for [`MAX_DEPTH`], from the expression `base` on.
    heights: Vec<u16>,
    base: u32,
    depth: u16,
    /// The token where a histogram may stand without a bucket: the only argument of `print`.
    alone: usize,
    /// Whether `return` may stand here.
    in_function: bool,
    /// Whether a brace was never closed, and so a `}` too many has been reported already.
    unclosed: bool,
    /// Whether what comes is not understood at all, which has been reported.
    given_up: bool,
    /// The file's macros, to suggest one for a misspelt name.
    macros: Vec<String>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Parser<'a> {
    fn new(
        sources: &'a SourceMap,
        tree: &'a mut Tree,
        file: FileId,
        mut tokens: Vec<Token>,
    ) -> Self {
        let text = sources.text(file);
        let end = text.len() as u32;
        if tokens.last().is_none_or(|token| token.kind != TokenKind::End) {
            tokens.push(Token { kind: TokenKind::End, span: Span::new(file, end, end) });
        }
        let base = tree.exprs.len() as u32;
        Self {
            sources,
            tree,
            file,
            text,
            tokens,
            at: 0,
            heights: Vec::new(),
            base,
            depth: 0,
            alone: usize::MAX,
            in_function: false,
            unclosed: false,
            given_up: false,
            macros: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// The current token.
    fn token(&self) -> Token {
        self.tokens[self.at]
    }

    fn kind(&self) -> TokenKind {
        self.tokens[self.at].kind
    }

    fn ahead(&self, by: usize) -> Token {
        self.tokens[(self.at + by).min(self.tokens.len() - 1)]
    }

    fn text_of(&self, token: Token) -> &'a str {
        if token.span.file == self.file {
            return self.text.get(token.span.start as usize..token.span.end as usize).unwrap_or("");
        }
        self.sources.slice(token.span)
    }

    fn bump(&mut self) -> Token {
        let token = self.token();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn is(&self, kind: TokenKind) -> bool {
        self.kind() == kind
    }

    fn is_at(&self, by: usize, kind: TokenKind) -> bool {
        self.ahead(by).kind == kind
    }

    fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.is(kind);
        if found {
            self.bump();
        }
        found
    }

    fn at_end(&self) -> bool {
        self.is(TokenKind::End)
    }

    fn last(&self) -> Token {
        self.tokens[self.at.saturating_sub(1)]
    }

    fn last_span(&self) -> Span {
        self.last().span
    }

    /// From the start of one place to the end of another one, which may be in bodies of macros.
    fn join(&self, start: Span, end: Span) -> Span {
        if start.file == end.file { start.to(end) } else { self.join_uses(start, end) }
    }

    /// The same where a macro is used between the two: a use has a later file than its place.
    fn join_uses(&self, mut start: Span, mut end: Span) -> Span {
        while start.file != end.file {
            let later = if start.file > end.file { &mut start } else { &mut end };
            let Some(expansion) = self.sources.expansion(later.file) else { return start };
            *later = expansion.used;
        }
        start.to(end)
    }

    /// Takes an operator or keyword that must stand here.
    fn expect(&mut self, kind: TokenKind, role: &str) -> Parsed<Span> {
        if self.is(kind) {
            return Ok(self.bump().span);
        }
        Err(self.unexpected(&format!("`{}` {role}", kind.text())))
    }

    /// Takes an identifier that is no keyword.
    fn name(&mut self, what: &str) -> Parsed<Name> {
        if self.is(TokenKind::Identifier) { Ok(self.bump_name()) } else { Err(self.no_name(what)) }
    }

    /// Takes the current token, whatever it is, as a name.
    fn bump_name(&mut self) -> Name {
        let token = self.bump();
        Name { text: self.text_of(token).to_owned(), span: token.span }
    }

    fn no_name(&mut self, what: &str) -> Lost {
        let token = self.token();
        if !token.kind.is_keyword() {
            return self.unexpected(what);
        }
        let message = format!("expected {what}, found the keyword `{}`", token.kind.text());
        let diagnostic = Diagnostic::error("reserved-word", message)
            .at(token.span, format!("expected {what}"))
            .help(format!("choose another name, such as `{}_`", token.kind.text()));
        self.report(diagnostic)
    }

    /// Reports that something else was expected at the current token.
    fn unexpected(&mut self, expected: &str) -> Lost {
        self.unexpected_as("unexpected-token", expected)
    }

    /// As that, as a finding of this kind.
    fn unexpected_as(&mut self, code: &'static str, expected: &str) -> Lost {
        let token = self.token();
        // What stands where something could not be put in has been reported.
        let echo = token.kind == TokenKind::Stray || self.last().kind == TokenKind::Stray;
        if self.is_full() || self.behind_open_string() || echo {
            return Lost;
        }
        if token.kind == TokenKind::End {
            let message = format!("the script ends where {expected} is expected");
            let diagnostic = Diagnostic::error("unexpected-end", message);
            return self.report(diagnostic.at(self.last_span(), "ends behind this"));
        }
        let message = format!("expected {expected}, found {}", self.found(token));
        let diagnostic =
            Diagnostic::error(code, message).at(token.span, format!("expected {expected}"));
        let advice = words::advice(self.last().kind, token.kind);
        self.report(match advice.filter(|_| expected == "an expression") {
            Some(advice) => diagnostic.help(advice),
            None => diagnostic,
        })
    }

    /// Whether the token before has taken the rest of its line, which has been reported.
    fn behind_open_string(&self) -> bool {
        let before = self.last();
        let text = self.text_of(before);
        before.kind == TokenKind::String && (text.len() < 2 || !text.ends_with('"'))
    }

    /// How messages call a token.
    fn found(&self, token: Token) -> String {
        let text = self.text_of(token);
        match token.kind {
            TokenKind::Embedded => "embedded C (`%{ … %}`)".to_owned(),
            TokenKind::String if text.len() > 40 => "a string".to_owned(),
            _ => {
                let line = text.lines().next().unwrap_or("");
                format!("`{}`", line.chars().take(40).collect::<String>())
            }
        }
    }

    fn is_full(&self) -> bool {
        self.diagnostics.len() >= MAX_ERRORS
    }

    fn report(&mut self, diagnostic: Diagnostic) -> Lost {
        let span = diagnostic.span();
        // One place is reported once: what follows an error at the same token is its echo.
        if !self.given_up
            && !self.is_full()
            && !self.diagnostics.iter().any(|other| other.span() == span)
        {
            self.diagnostics.push(diagnostic);
        }
        Lost
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
        let diagnostic = Diagnostic::error(
            "nesting-too-deep",
            format!("nested more than {MAX_DEPTH} levels deep"),
        );
        let diagnostic =
            diagnostic.at(span, "too deep").help("split it into several statements or functions");
        let lost = self.report(diagnostic);
        self.at = self.tokens.len() - 1;
        self.given_up = true;
        lost
    }

    /// The height of an expression over these.
    fn above(&self, children: &[ExprId]) -> u16 {
        let height =
            |child: &ExprId| self.heights[(child.into_raw().into_u32() - self.base) as usize];
        children.iter().map(height).max().map_or(0, |height| height + 1)
    }

    /// Adds an expression.
    fn expr(&mut self, kind: ExprKind, span: Span, height: u16) -> Parsed<ExprId> {
        if height + self.depth > MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        self.heights.push(height);
        Ok(self.tree.exprs.alloc(Expr { kind, span }))
    }

    fn span_of(&self, expr: ExprId) -> Span {
        self.tree.exprs[expr].span
    }

    /// Adds a statement that ends with the token before the current one.
    fn stmt(&mut self, kind: StmtKind, start: Span) -> StmtId {
        let span = self.join(start, self.last_span());
        self.tree.stmts.alloc(Stmt { kind, span })
    }

    /// Skips to where a statement may begin again: behind `;`, or before `}` or a new statement.
    fn skip_statement(&mut self) {
        let mut open = 0_usize;
        let start = self.at;
        while !self.at_end() && !self.at_declaration() {
            let begins = self.at > start && words::begins_statement(self.kind());
            if open == 0 && (self.is(T!["}"]) || begins) {
                return;
            }
            match self.bump().kind {
                T!["{"] => open += 1,
                T!["}"] => open -= 1,
                T![";"] if open == 0 => return,
                _ => {}
            }
        }
    }

    /// Skips to where a declaration may begin again, or behind what looks like a body.
    fn skip_item(&mut self) {
        let mut open = 0_usize;
        while !self.at_end() && !self.at_declaration() {
            match self.bump().kind {
                T!["{"] => open += 1,
                T!["}"] if open == 1 => return,
                T!["}"] => open = open.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Skips what could not be understood of a head; whether a body is behind it.
    fn skip_to_body(&mut self) -> bool {
        while !self.at_end() && !self.is(T!["{"]) && !self.at_declaration() {
            self.bump();
        }
        self.is(T!["{"])
    }

    /// Whether a declaration begins here: such words are also parts of probe points, and written
    /// where a name is meant.
    fn at_declaration(&self) -> bool {
        if !matches!(self.kind(), T!["probe"] | T!["function"] | T!["global"] | T!["private"]) {
            return false;
        }
        let next = self.ahead(1).kind;
        let named = next == TokenKind::Identifier || next == TokenKind::End || next.is_keyword();
        (named || matches!(next, T!["*"] | T!["{"]))
            && (self.at == 0 || self.last().kind != T!["."])
    }
}
