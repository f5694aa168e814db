//! Declarations: globals, functions and probes.

use stapc_diagnostics::{Diagnostic, Span};

use super::{DECLARATIONS, Lost, Parsed, Parser};
use crate::{
    ast::{
        ExprId, ExprKind, Function, Global, Item, Name, Param, Probe, ProbePoint, TypeName, UnaryOp,
    },
    literal,
    token::TokenKind,
};

impl Parser<'_> {
    pub(super) fn file(&mut self) {
        while !self.at_end() {
            let start = self.at;
            match self.item() {
                Ok(item) => self.tree.items.extend(item),
                Err(Lost) => {
                    if self.at == start {
                        self.bump();
                    }
                    self.skip_item();
                }
            }
        }
    }

    /// A declaration; none for one that is understood but not supported.
    fn item(&mut self) -> Parsed<Option<Item>> {
        let token = self.token();
        if self.eat("private") {
            self.report(Diagnostic::unsupported("`private` declarations", token.span));
            if !self.is("function") {
                self.eat("global");
                return self.globals().map(Item::Global).map(Some);
            }
        }
        if self.eat("global") {
            return self.globals().map(Item::Global).map(Some);
        }
        if self.eat("function") {
            return self.function().map(Item::Function).map(Some);
        }
        if self.is("probe") {
            return self.probe();
        }
        match token.kind {
            TokenKind::AtWord if self.text_of(token) == "@define" => {
                self.macro_definition(token.span)
            }
            TokenKind::AtWord => {
                let name = self.text_of(token);
                self.report_hole(format!("macros (`{name}`)"), token.span);
                Err(Lost)
            }
            TokenKind::Preprocessor | TokenKind::Embedded => {
                self.unexpected("a declaration");
                self.bump();
                Ok(None)
            }
            _ if self.eat(";") => Ok(None),
            _ => Err(self.no_declaration()),
        }
    }

    fn no_declaration(&mut self) -> Lost {
        let token = self.token();
        let found = self.text_of(token);
        if found == "}" {
            let diagnostic = Diagnostic::error("syntax", "this `}` closes nothing")
                .at(token.span, "there is no open `{`");
            return self.report(diagnostic);
        }
        let message =
            format!("expected `probe`, `global` or `function`, found {}", self.found(token));
        let diagnostic =
            Diagnostic::error("syntax", message).at(token.span, "no declaration starts like this");
        let diagnostic = diagnostic.suggest(found, ["probe", "global", "function"]);
        let advised = diagnostic.help.is_some() || token.kind != TokenKind::Identifier;
        self.report(if advised {
            diagnostic
        } else {
            diagnostic
                .help("statements stand in the body of a probe or function: `probe begin { … }`")
        })
    }

    /// `@define name(parameters) %( … %)`, behind which nothing is certain.
    fn macro_definition(&mut self, span: Span) -> Parsed<Option<Item>> {
        self.report_hole("macros (`@define`)", span);
        self.bump();
        while !self.at_end() && !self.is_any(&DECLARATIONS) {
            if self.bump().kind == TokenKind::Preprocessor {
                break;
            }
        }
        Ok(None)
    }

    fn globals(&mut self) -> Parsed<Vec<Global>> {
        let mut globals = vec![self.global()?];
        while self.eat(",") {
            globals.push(self.global()?);
        }
        let behind = matches!(
            self.token().kind,
            TokenKind::Identifier | TokenKind::Number | TokenKind::String | TokenKind::Operator
        );
        if behind && !self.eat(";") && !self.at_declaration() && !self.is("}") {
            self.unexpected("`,` or the next declaration behind a global variable");
            self.skip_item();
        }
        Ok(globals)
    }

    fn global(&mut self) -> Parsed<Global> {
        let name = self.name("the name of a global variable")?;
        let mut wrap = self.eat("%");
        let size = if self.eat("[") {
            let (size, span) = self.number("the number of elements")?;
            self.expect("]", "after the number of elements")?;
            Some((size, span))
        } else {
            None
        };
        wrap |= self.eat("%");
        let init = if self.eat("=") { Some(self.initialiser()?) } else { None };
        Ok(Global { name, wrap, size, init })
    }

    fn initialiser(&mut self) -> Parsed<ExprId> {
        let start = self.token();
        match start.kind {
            TokenKind::String => self.primary(),
            TokenKind::Number => self.primary(),
            TokenKind::Target | TokenKind::AtWord => self.primary(),
            _ if self.is("-") && self.ahead(1).kind == TokenKind::Number => {
                self.bump();
                let operand = self.primary()?;
                let span = start.span.to(self.last_span());
                self.expr(ExprKind::Unary(UnaryOp::Negate, operand), span, &[operand])
            }
            _ => Err(self.unexpected("a number or a string (globals start with constants)")),
        }
    }

    fn function(&mut self) -> Parsed<Function> {
        let head = self.function_head();
        if head.is_err() {
            self.skip_to_body();
        }
        let body = self.block("for the body of the function")?;
        let (name, returns, params) = head?;
        Ok(Function { name, returns, params, body })
    }

    fn function_head(&mut self) -> Parsed<(Name, Option<TypeName>, Vec<Param>)> {
        let name = self.name("the name of a function")?;
        let returns = self.type_annotation()?;
        self.expect("(", "before the parameters")?;
        let mut params = Vec::new();
        if !self.is(")") {
            params.push(self.param()?);
            while self.eat(",") {
                params.push(self.param()?);
            }
        }
        self.expect(")", "after the parameters")?;
        if self.is(":") && self.ahead(1).kind == TokenKind::Number {
            let span = self.bump().span.to(self.bump().span);
            self.report(Diagnostic::unsupported("priorities of functions (overloading)", span));
        }
        let returns = if returns.is_some() { returns } else { self.type_annotation()? };
        Ok((name, returns, params))
    }

    fn param(&mut self) -> Parsed<Param> {
        let name = self.name("the name of a parameter")?;
        let ty = self.type_annotation()?;
        Ok(Param { name, ty })
    }

    fn type_annotation(&mut self) -> Parsed<Option<TypeName>> {
        if !self.eat(":") {
            return Ok(None);
        }
        if self.eat("long") {
            Ok(Some(TypeName::Long))
        } else if self.eat("string") {
            Ok(Some(TypeName::String))
        } else {
            Err(self.unexpected("the type `long` or `string`"))
        }
    }

    fn probe(&mut self) -> Parsed<Option<Item>> {
        let start = self.bump().span;
        let mut points = self.points();
        let alias = self.is("=") || self.is("+=");
        if alias {
            let name = points
                .as_ref()
                .ok()
                .and_then(|points| points.first())
                .map_or(start, |point| point.span);
            let span = name.to(self.bump().span);
            self.report(Diagnostic::unsupported("probe aliases", span));
            points = self.points();
        }
        if points.is_err() {
            self.skip_to_body();
        }
        let body = self.block("for the body of the probe")?;
        if alias && self.eat(",") {
            self.block("for the epilogue of the alias")?;
        }
        let span = start.to(self.last_span());
        Ok(if alias { None } else { Some(Item::Probe(Probe { points: points?, body, span })) })
    }

    fn points(&mut self) -> Parsed<Vec<ProbePoint>> {
        let mut points = vec![self.point()?];
        while self.eat(",") {
            points.push(self.point()?);
        }
        Ok(points)
    }

    /// Skips what could not be understood of a head, to the body behind it.
    fn skip_to_body(&mut self) {
        while !self.at_end() && !self.is("{") && !self.at_declaration() {
            self.bump();
        }
    }

    /// Whether a declaration begins here; `function` is also a part of probe points.
    pub(super) fn at_declaration(&self) -> bool {
        let part = self.at > 0 && self.text_of(self.tokens[self.at - 1]) == ".";
        self.is_any(&DECLARATIONS) && !part
    }

    /// An integer constant, perhaps negative.
    pub(super) fn number(&mut self, what: &str) -> Parsed<(i64, Span)> {
        let start = self.token().span;
        let negative = self.is("-") && self.ahead(1).kind == TokenKind::Number;
        if negative {
            self.bump();
        }
        let token = self.token();
        if self.is_script_argument() {
            self.script_argument();
            return Ok((1, token.span));
        }
        if token.kind != TokenKind::Number {
            return Err(self.unexpected(what));
        }
        self.bump();
        let value = literal::number(self.text_of(token)).unwrap_or_else(|problem| {
            self.report(Diagnostic::error("syntax", problem).at(token.span, ""));
            1
        });
        Ok((if negative { value.wrapping_neg() } else { value }, start.to(token.span)))
    }

    /// One or more string literals side by side, as one.
    pub(super) fn string(&mut self) -> (String, Span) {
        let start = self.token().span;
        let mut text = String::new();
        while self.token().kind == TokenKind::String {
            let token = self.bump();
            let literal = literal::string(self.text_of(token));
            text.push_str(&literal.text);
            for (range, problem) in literal.problems {
                let at = token.span.start;
                let place =
                    Span::new(token.span.file, at + range.start as u32, at + range.end as u32);
                self.report(Diagnostic::error("string", problem).at(place, ""));
            }
        }
        (text, start.to(self.last_span()))
    }

    pub(super) fn is_script_argument(&self) -> bool {
        matches!(self.text_of(self.token()).as_bytes(), [b'$' | b'@', b'0'..=b'9' | b'#', ..])
    }

    /// Takes `$1`, `@1`, `$#` or `@#`.
    pub(super) fn script_argument(&mut self) {
        let span = self.bump().span;
        self.report_hole("script arguments (`$1`, `@1`, `$#`, `@#`)", span);
    }
}
