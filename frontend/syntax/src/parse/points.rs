//! Probe points: dotted parts, each perhaps with an argument.

use stapc_diagnostics::Diagnostic;

use super::{KEYWORDS, Lost, Parsed, Parser};
use crate::{
    ast::{Argument, Component, Name, ProbePoint},
    token::TokenKind,
};

impl Parser<'_> {
    pub(super) fn point(&mut self) -> Parsed<ProbePoint> {
        let start = self.token().span;
        if self.is("{") && !self.braces_and_a_dot() {
            return Err(self.no_point());
        }
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
        let at = self.token().span;
        if self.eat("if") {
            self.report(Diagnostic::unsupported(
                "conditions of probe points (`probe … if (…)`)",
                at,
            ));
            self.parenthesised("of the probe point")?;
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
        // A string may go on behind an argument of the script that is pasted into it.
        while matches!(self.token().kind, TokenKind::AtWord | TokenKind::String) {
            let number = self.token().kind == TokenKind::AtWord;
            if number { self.script_argument() } else { drop(self.string()) }
        }
        self.expect(")", "after the argument of the probe point")?;
        Ok(Component { name, argument: Some(argument) })
    }

    /// A part's name: identifiers and `*` that touch each other. Keywords are names here
    /// (`.return`).
    fn component_name(&mut self) -> Parsed<Name> {
        if self.is("{") {
            return Ok(self.braces());
        }
        if self.is_script_argument() {
            return self.name("a probe point");
        }
        let start = self.token().span;
        let mut text = String::new();
        let mut end = start.start;
        while self.is_part_of_name() && (text.is_empty() || self.token().span.start == end) {
            let token = self.bump();
            text.push_str(self.text_of(token));
            end = token.span.end;
        }
        let keyword = KEYWORDS.contains(&text.as_str()) && text != "return" && text != "function";
        if text.is_empty() || keyword {
            if keyword {
                self.at -= 1;
            }
            return Err(self.no_point());
        }
        Ok(Name { text, span: start.to(self.last_span()) })
    }

    fn no_point(&mut self) -> Lost {
        self.unexpected("a probe point, such as `begin` or `kernel.function(\"vfs_read\")`")
    }

    /// Whether a dot follows the braces that begin here: they are then not the probe's body.
    fn braces_and_a_dot(&self) -> bool {
        let mut open = 0_usize;
        for at in 0.. {
            match self.text_of(self.ahead(at)) {
                "{" => open += 1,
                "}" if open <= 1 => return self.is_at(at + 1, "."),
                "}" => open -= 1,
                "" => break,
                _ => {}
            }
        }
        false
    }

    fn is_part_of_name(&self) -> bool {
        self.token().kind == TokenKind::Identifier || self.is("*")
    }

    /// `{a, b}`, several points written as one.
    fn braces(&mut self) -> Name {
        let span = self.token().span;
        self.report(Diagnostic::unsupported("braces in probe points (`kernel.{…}`)", span));
        let mut open = 0_usize;
        // `function` is a part of points here.
        while !self.at_end() && !self.is_any(&["probe", "global"]) {
            let token = self.bump();
            match self.text_of(token) {
                "{" => open += 1,
                "}" => open -= 1,
                _ => {}
            }
            if open == 0 {
                break;
            }
        }
        Name { text: "{}".to_owned(), span: span.to(self.last_span()) }
    }
}
