//! Declarations: globals, functions, probes and aliases.

use stapc_diagnostics::{Diagnostic, Span};

use super::{Lost, Parsed, Parser};
use crate::{
    ast::{
        Alias, Component, ExprId, ExprKind, Function, FunctionBody, Global, Globals, Item,
        ItemKind, Name, Param, Presence, Probe, ProbePoint, TypeName,
    },
    token::{T, TokenKind},
};

/// All of a function but its body.
struct Head {
    name: Name,
    returns: Option<TypeName>,
    params: Vec<Param>,
    priority: Option<(i64, Span)>,
}

impl Parser<'_> {
    pub(super) fn file(&mut self) {
        while !self.at_end() {
            let start = self.at;
            let span = self.token().span;
            match self.item() {
                Ok(kind) => {
                    let span = self.join(span, self.last_span());
                    self.tree.items.push(Item { file: self.file, span, kind });
                    self.end_of_item();
                }
                Err(Lost) => {
                    if self.at == start {
                        self.bump();
                    }
                    self.skip_item();
                }
            }
        }
    }

    /// Takes the `;` behind globals.
    fn end_of_item(&mut self) {
        let Some(Item { kind: ItemKind::Globals(_), .. }) = self.tree.items.last() else { return };
        if self.eat(T![";"]) || self.at_end() || self.at_declaration() {
            return;
        }
        if !matches!(self.kind(), TokenKind::Embedded | TokenKind::AtWord | T!["}"]) {
            self.unexpected("`,` or the next declaration behind a global variable");
            self.skip_item();
        }
    }

    fn item(&mut self) -> Parsed<ItemKind> {
        match self.kind() {
            T!["probe"] => self.probe(),
            T!["function"] => self.function(false),
            T!["global"] => self.globals(false),
            T!["private"] if self.is_at(1, T!["function"]) => {
                self.bump();
                self.function(true)
            }
            T!["private"] if self.is_at(1, T!["global"]) => {
                self.bump();
                self.globals(true)
            }
            T!["private"] if self.is_at(1, T!["probe"]) => Err(self.private_probe()),
            T!["private"] => self.globals(true),
            TokenKind::Embedded => Ok(ItemKind::Embedded(self.code())),
            _ => Err(self.no_declaration()),
        }
    }

    fn private_probe(&mut self) -> Lost {
        let span = self.bump().span;
        let diagnostic = Diagnostic::error("unknown-declaration", "a probe cannot be private")
            .at(span, "only functions and global variables have names to hide");
        self.report(diagnostic)
    }

    fn no_declaration(&mut self) -> Lost {
        if self.is(TokenKind::Stray) {
            // What is wrong there has been reported.
            return Lost;
        }
        let token = self.token();
        let found = self.found(token);
        if token.kind == T!["}"] && std::mem::take(&mut self.unclosed) {
            return Lost;
        }
        if matches!(token.kind, T!["}"] | T![";"]) {
            let (message, label) = if token.kind == T!["}"] {
                ("this `}` closes nothing", "there is no open `{`")
            } else {
                ("this `;` ends nothing", "only global variables can have one behind them")
            };
            return self.report(Diagnostic::error("unopened-brace", message).at(token.span, label));
        }
        let message = format!("expected `probe`, `global` or `function`, found {found}");
        let diagnostic = Diagnostic::error("unknown-declaration", message)
            .at(token.span, "no declaration starts like this");
        let text = self.text_of(token);
        let diagnostic = diagnostic.suggest(text, ["probe", "global", "function", "private"]);
        let name = token.kind == TokenKind::Identifier || token.kind.is_keyword();
        self.report(if diagnostic.help.is_some() || !name {
            diagnostic
        } else {
            diagnostic
                .help("statements stand in the body of a probe or function: `probe begin { … }`")
        })
    }

    fn globals(&mut self, private: bool) -> Parsed<ItemKind> {
        self.bump();
        let mut globals = vec![self.global()?];
        while self.eat(T![","]) {
            globals.push(self.global()?);
        }
        Ok(ItemKind::Globals(Globals { private, globals }))
    }

    fn global(&mut self) -> Parsed<Global> {
        let name = self.name("the name of a global variable")?;
        let wrap = self.eat(T!["%"]);
        let size = if self.eat(T!["["]) { Some(self.size()?) } else { None };
        let at = self.token().span;
        if size.is_some() && self.is(T!["%"]) {
            let diagnostic =
                Diagnostic::error("unexpected-token", "a `%` behind the size of an array");
            let diagnostic = diagnostic.at(at, "expected before the `[`");
            return Err(self.report(diagnostic));
        }
        let init = if self.eat(T!["="]) { Some(self.initialiser()?) } else { None };
        if let (Some((_, size)), Some(_)) = (size, init) {
            let diagnostic =
                Diagnostic::error("unexpected-token", "an array cannot have an initial value")
                    .at(at, "only scalars can have one")
                    .also(size, "this makes it an array");
            self.report(diagnostic);
        }
        Ok(Global { name, wrap, size, init })
    }

    /// `N]`
    fn size(&mut self) -> Parsed<(i64, Span)> {
        let (size, span) = self.number("the number of elements")?;
        if !(1..=i64::from(i32::MAX)).contains(&size) {
            let diagnostic =
                Diagnostic::error("array-size", format!("an array of {size} elements"))
                    .at(span, "expected a number from 1 to 2147483647");
            self.report(diagnostic);
        }
        self.expect(T!["]"], "after the number of elements")?;
        Ok((size, span))
    }

    fn initialiser(&mut self) -> Parsed<ExprId> {
        if self.is(TokenKind::String) {
            let text = self.string();
            let span = text.span;
            return self.expr(ExprKind::String(text), span, 0);
        }
        let (value, span) = self.number("a number or a string (globals start with constants)")?;
        self.expr(ExprKind::Number(value), span, 0)
    }

    fn function(&mut self, private: bool) -> Parsed<ItemKind> {
        self.bump();
        let head = self.function_head();
        if head.is_err() && !self.skip_to_body() {
            return Err(Lost);
        }
        self.in_function = true;
        let body = if head.is_ok() && self.is(TokenKind::Embedded) {
            Ok(FunctionBody::Embedded(self.code()))
        } else {
            self.block("for the body of the function").map(FunctionBody::Block)
        };
        self.in_function = false;
        let Head { name, returns, params, priority } = head?;
        let body = body?;
        Ok(ItemKind::Function(Function { private, name, returns, params, priority, body }))
    }

    fn function_head(&mut self) -> Parsed<Head> {
        let name = match self.kind() {
            T!["string"] | T!["long"] => self.bump_name(),
            _ => self.name("the name of a function")?,
        };
        let returns = self.type_annotation()?;
        self.expect(T!["("], "before the parameters")?;
        let mut params = Vec::new();
        while !self.is(T![")"]) {
            params.push(self.param()?);
            if !self.eat(T![","]) {
                break;
            }
        }
        self.expect(T![")"], "after the parameters")?;
        let priority = if self.eat(T![":"]) { Some(self.priority()?) } else { None };
        Ok(Head { name, returns, params, priority })
    }

    fn param(&mut self) -> Parsed<Param> {
        let name = self.name("the name of a parameter")?;
        let ty = self.type_annotation()?;
        Ok(Param { name, ty })
    }

    fn type_annotation(&mut self) -> Parsed<Option<TypeName>> {
        if !self.eat(T![":"]) {
            return Ok(None);
        }
        if self.eat(T!["long"]) {
            Ok(Some(TypeName::Long))
        } else if self.eat(T!["string"]) {
            Ok(Some(TypeName::String))
        } else {
            Err(self.unexpected("the type `long` or `string`"))
        }
    }

    /// The number behind the `:` behind the parameters.
    fn priority(&mut self) -> Parsed<(i64, Span)> {
        if matches!(self.kind(), T!["long"] | T!["string"]) {
            let span = self.token().span;
            let diagnostic = Diagnostic::error(
                "unexpected-token",
                "the type of a function behind its parameters",
            )
            .at(span, "expected a priority, such as `1`")
            .help(format!("write it behind the name: `function f:{}(…)`", self.kind().text()));
            return Err(self.report(diagnostic));
        }
        let (priority, span) = self.number("a priority (a number from 1 on)")?;
        if priority < 1 {
            let diagnostic =
                Diagnostic::error("overload-priority", format!("a priority of {priority}"));
            self.report(diagnostic.at(span, "expected a number from 1 on"));
        }
        Ok((priority, span))
    }

    fn probe(&mut self) -> Parsed<ItemKind> {
        let start = self.bump().span;
        let mut names = Vec::new();
        let mut appended = None;
        let points = self.probe_head(&mut names, &mut appended);
        if points.is_err() && !self.skip_to_body() {
            return Err(Lost);
        }
        let body = self.block("for the body of the probe")?;
        if names.is_empty() {
            let span = self.join(start, self.last_span());
            return Ok(ItemKind::Probe(Probe { points: points?, body, span }));
        }
        let mut second = None;
        let comma = self.token().span;
        if self.eat(T![","]) {
            if appended.is_some() {
                let diagnostic = Diagnostic::error(
                    "malformed-alias",
                    "a second block of an alias defined by `+=`",
                );
                let diagnostic = diagnostic.at(comma, "only `=` can have two");
                self.report(diagnostic);
            }
            second = Some(self.block("for what is done behind the body")?);
        }
        let (prologue, epilogue) =
            if appended.is_some() { (None, Some(body)) } else { (Some(body), second) };
        Ok(ItemKind::Alias(Alias { names, points: points?, prologue, epilogue }))
    }

    /// The names that are defined, and the points behind them. Of several operators between them,
    /// the last one counts.
    fn probe_head(
        &mut self,
        names: &mut Vec<ProbePoint>,
        appended: &mut Option<Span>,
    ) -> Parsed<Vec<ProbePoint>> {
        loop {
            let points = self.points()?;
            let operator = self.token();
            match operator.kind {
                T!["="] => *appended = None,
                T!["+="] => *appended = Some(operator.span),
                _ => return Ok(points),
            }
            self.bump();
            names.extend(self.alias_name(points));
        }
    }

    /// What a name of an alias must be.
    fn alias_name(&mut self, mut points: Vec<ProbePoint>) -> Option<ProbePoint> {
        let problem = match &points[..] {
            [point] if point.presence != Presence::Required => "it cannot be optional",
            [point] if point.condition.is_some() => "it has no condition",
            [point] if point.components.iter().any(is_alternatives) => "it is a single name",
            [_, point, ..] => {
                let diagnostic =
                    Diagnostic::error("malformed-alias", "several names before the `=`");
                let diagnostic = diagnostic.at(point.span, "an alias has one name");
                self.report(diagnostic.help("further names are defined by `probe a = b = …`"));
                return points.pop();
            }
            _ => return points.pop(),
        };
        let point = points.pop()?;
        let diagnostic = Diagnostic::error("malformed-alias", "this is no name of an alias");
        self.report(diagnostic.at(point.span, problem));
        Some(point)
    }
}

fn is_alternatives(component: &Component) -> bool {
    matches!(component, Component::Alternatives { .. })
}
