//! Declarations: globals, functions, probes and their points.

use stapc_diagnostics::Diagnostic;

use super::{KEYWORDS, Lost, Parsed, Parser};
use crate::{
    ast::{Argument, Component, ExprId, Function, Global, Item, Name, Param, Probe, ProbePoint, TypeName},
    literal,
    token::TokenKind,
};

impl Parser<'_> {
    pub(super) fn file(&mut self) {
        while !self.at_end() {
            let start = self.at;
            match self.item() {
                Ok(item) => self.tree.items.push(item),
                Err(Lost) => {
                    if self.at == start {
                        self.bump();
                    }
                    self.skip_item();
                }
            }
        }
    }

    fn item(&mut self) -> Parsed<Item> {
        if self.is("private") {
            let span = self.bump().span;
            return Err(self.report(Diagnostic::unsupported("`private` declarations", span)));
        }
        if self.eat("global") {
            return self.globals().map(Item::Global);
        }
        if self.eat("function") {
            return self.function().map(Item::Function);
        }
        if self.is("probe") {
            return self.probe().map(Item::Probe);
        }
        let token = self.token();
        let found = self.text_of(token);
        match token.kind {
            TokenKind::AtWord if found == "@define" => Err(self.report(Diagnostic::unsupported("macros (`@define`)", token.span))),
            TokenKind::Preprocessor | TokenKind::Embedded => Err(self.unexpected("a declaration")),
            _ => {
                let diagnostic = Diagnostic::error("syntax", format!("expected `probe`, `global` or `function`, found `{found}`"))
                    .at(token.span, "no declaration starts like this")
                    .suggest(found, ["probe", "global", "function"]);
                Err(self.report(diagnostic))
            }
        }
    }

    fn globals(&mut self) -> Parsed<Vec<Global>> {
        let mut globals = vec![self.global()?];
        while self.eat(",") {
            globals.push(self.global()?);
        }
        self.eat(";");
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
        let token = self.token();
        let negative = self.is("-") && self.ahead(1).kind == TokenKind::Number;
        if negative || matches!(token.kind, TokenKind::Number | TokenKind::String) {
            return self.unary();
        }
        Err(self.unexpected("a number or a string (globals start with constants)"))
    }

    fn function(&mut self) -> Parsed<Function> {
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
        let returns = if returns.is_some() { returns } else { self.type_annotation()? };
        let body = self.block("for the body of the function")?;
        Ok(Function { name, returns, params, body })
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

    fn probe(&mut self) -> Parsed<Probe> {
        let start = self.bump().span;
        let mut points = vec![self.point()?];
        while self.eat(",") {
            points.push(self.point()?);
        }
        if self.is("=") || self.is("+=") {
            let span = points[0].span.to(self.token().span);
            return Err(self.report(Diagnostic::unsupported("probe aliases", span)));
        }
        let body = self.block("for the body of the probe")?;
        Ok(Probe { points, body, span: start.to(self.last_span()) })
    }

    fn point(&mut self) -> Parsed<ProbePoint> {
        let start = self.token().span;
        let mut components = vec![self.component()?];
        while self.eat(".") {
            components.push(self.component()?);
        }
        let optional = if self.eat("?") {
            Some('?')
        } else if self.eat("!") {
            Some('!')
        } else {
            None
        };
        let span = start.to(self.last_span());
        if self.is("if") {
            let at = self.token().span;
            return Err(self.report(Diagnostic::unsupported("conditions of probe points (`probe … if (…)`)", at)));
        }
        Ok(ProbePoint { components, optional, span })
    }

    fn component(&mut self) -> Parsed<Component> {
        let name = self.component_name()?;
        if !self.eat("(") {
            return Ok(Component { name, argument: None });
        }
        let argument = match self.token().kind {
            TokenKind::String => {
                let (text, span) = self.string();
                Argument::String(text, span)
            }
            _ => {
                let (number, span) = self.number("a number or a string in the probe point")?;
                Argument::Number(number, span)
            }
        };
        self.expect(")", "after the argument of the probe point")?;
        Ok(Component { name, argument: Some(argument) })
    }

    /// A part's name: identifiers and `*` that touch each other. Keywords are names here
    /// (`.return`).
    fn component_name(&mut self) -> Parsed<Name> {
        let start = self.token().span;
        let mut text = String::new();
        let mut end = start.start;
        while (self.token().kind == TokenKind::Identifier || self.is("*")) && (text.is_empty() || self.token().span.start == end) {
            let token = self.bump();
            text.push_str(self.text_of(token));
            end = token.span.end;
        }
        let keyword = KEYWORDS.contains(&text.as_str()) && text != "return" && text != "function";
        if text.is_empty() || keyword {
            if keyword {
                self.at -= 1;
            }
            return Err(self.unexpected("a probe point, such as `begin` or `kernel.function(\"vfs_read\")`"));
        }
        Ok(Name { text, span: start.to(self.last_span()) })
    }

    /// An integer constant, perhaps negative.
    pub(super) fn number(&mut self, what: &str) -> Parsed<(i64, stapc_diagnostics::Span)> {
        let start = self.token().span;
        let negative = self.is("-") && self.ahead(1).kind == TokenKind::Number;
        if negative {
            self.bump();
        }
        let token = self.token();
        if token.kind != TokenKind::Number {
            return Err(self.unexpected(what));
        }
        match literal::number(self.text_of(token)) {
            Ok(value) => {
                self.bump();
                let value = if negative { value.wrapping_neg() } else { value };
                Ok((value, start.to(token.span)))
            }
            Err(problem) => Err(self.report(Diagnostic::error("syntax", problem).at(token.span, ""))),
        }
    }

    /// One or more string literals side by side, as one.
    pub(super) fn string(&mut self) -> (String, stapc_diagnostics::Span) {
        let start = self.token().span;
        let mut text = String::new();
        while self.token().kind == TokenKind::String {
            let token = self.bump();
            text.push_str(&literal::string(self.text_of(token)));
        }
        (text, start.to(self.last_span()))
    }
}
