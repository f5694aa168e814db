//! Macros: their definitions, and what stands in the place of their uses.

use std::{ops::Range, rc::Rc};

use stapc_diagnostics::{Diagnostic, Expansion, FileId, Span};

use super::{
    Preprocessor, scan_held,
    stream::{Frame, Put},
};
use crate::{
    ast,
    token::{T, Token, TokenKind},
};

/// How many tokens macros and arguments may put into a file.
pub(super) const MOST_TOKENS: usize = 1_000_000;

/// What a use of a macro or argument counts for beside its tokens, since its place is kept.
pub(super) const USE: usize = 8;

/// How deep macros may be used in macros.
const MAX_DEPTH: usize = 100;

/// `@define name(parameters) %( body %)`
pub(crate) struct Macro {
    name: String,
    /// Its name's place.
    at: Span,
    parameters: Vec<String>,
    tokens: Rc<Vec<Token>>,
    /// Which of the tokens are its body.
    body: Range<usize>,
    /// Whether the library defines it.
    library: bool,
}

/// What the parameters of a macro stand for in a use of it.
type Arguments = Vec<Rc<Vec<Token>>>;

/// What `@name` means in some tokens.
#[derive(Default)]
pub(super) struct Context {
    /// The macro that they are the body of.
    of: Option<Rc<Macro>>,
    arguments: Arguments,
    /// The context of its use, which is that of its arguments too.
    parent: usize,
    depth: usize,
}

impl Preprocessor<'_, '_> {
    /// `@name`: a parameter, a macro, or nothing that the preprocessor knows.
    pub(super) fn word(&mut self, token: Token) -> Put {
        let name = self.text(token).trim_start_matches('@');
        if name == "define" {
            return self.define(token.span);
        }
        let at = self.context();
        let context = &self.contexts[at];
        let parameters = context.of.as_ref().map_or(&[][..], |of| &of.parameters);
        // Of several of one name, the last one counts.
        if let Some(position) = parameters.iter().rposition(|parameter| parameter == name) {
            let Some(argument) = context.arguments.get(position) else { return Put::Wrong };
            let frame = Frame::of(Rc::clone(argument)).in_context(context.parent);
            return self.push(frame, 1, token.span);
        }
        let library = context.of.as_ref().map_or(self.library, |of| of.library);
        let local = if library { None } else { self.macros.get(name).cloned() };
        match local.or_else(|| self.library_macro(token)) {
            Some(of) => self.use_macro(of, token),
            None => Put::Nothing,
        }
    }

    fn context(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.context)
    }

    fn use_macro(&mut self, of: Rc<Macro>, token: Token) -> Put {
        let parent = self.context();
        let depth = self.contexts[parent].depth + 1;
        if self.is_circular(&of, parent, token.span) {
            return Put::Wrong;
        }
        if depth > MAX_DEPTH {
            let message = format!("macros are used in macros more than {MAX_DEPTH} levels deep");
            self.report("nesting-too-deep", message, token.span, "");
            return Put::Wrong;
        }
        let arguments =
            if of.parameters.is_empty() { Some(Vec::new()) } else { self.list(&of, token) };
        let Some(arguments) = arguments else { return Put::Wrong };
        let spent: usize = arguments.iter().map(|argument| argument.len()).sum();
        let used = Expansion { what: format!("macro `@{}`", of.name), used: token.span };
        let frame = Frame::of(Rc::clone(&of.tokens)).only(&of.body);
        let file = self.session.sources.add_expansion(of.at.file, used);
        let frame = frame.in_file(file).in_context(self.contexts.len());
        self.contexts.push(Context { of: Some(of), arguments, parent, depth });
        self.push(frame, spent + USE, token.span)
    }

    /// Whether a macro is used in itself, which is reported once.
    fn is_circular(&mut self, of: &Rc<Macro>, context: usize, at: Span) -> bool {
        let outer = |context: &&Context| context.of.is_some();
        let chain = std::iter::successors(Some(&self.contexts[context]), |context| {
            Some(&self.contexts[context.parent])
        });
        let chain = chain.take_while(outer).filter_map(|context| context.of.as_ref());
        let Some(length) = chain.clone().position(|outer| Rc::ptr_eq(outer, of)) else {
            return false;
        };
        if self.circular.contains(&of.at) {
            return true;
        }
        let mut names: Vec<_> =
            chain.take(length + 1).map(|outer| format!("`@{}`", outer.name)).collect();
        names.reverse();
        names.push(format!("`@{}`", of.name));
        let message = format!("macro `@{}` is part of what it stands for", of.name);
        let diagnostic = Diagnostic::error("macro-cycle", message).at(at, "");
        self.circular.insert(of.at);
        self.say(diagnostic.note(names.join(" → ")));
        true
    }

    /// The arguments of a use of a macro, `(a, b)`, which are not looked into yet.
    fn list(&mut self, of: &Rc<Macro>, token: Token) -> Option<Arguments> {
        let wrong = |message| Diagnostic::error("macro-arguments", message);
        let (name, parameters) = (&of.name, count(of));
        let Some(open) = self.peek().filter(|token| token.kind == T!["("]) else {
            let found = self.named(self.peek());
            let message = format!("expected `(` and {parameters} behind `@{name}`, found {found}");
            self.say(wrong(message).at(token.span, "").also(of.at, "defined here"));
            return None;
        };
        let before = self.frames.last().map_or(0, |frame| frame.at);
        self.take();
        let Some((arguments, found, close)) = self.split(of.parameters.len()) else {
            let message = format!("the arguments of `@{name}` have no closing `)`");
            self.say(wrong(message).at(open.span, "opens here"));
            // What may be no argument is read after all, but not time and again.
            let frame = self.frames.last_mut()?;
            let spent = frame.at - before;
            frame.at = before;
            self.spend(spent, token.span);
            return None;
        };
        if found != of.parameters.len() {
            let message = format!("`@{name}` takes {parameters}, found {found}");
            let place = open.span.to(close);
            self.say(wrong(message).at(place, "").also(of.at, "defined here"));
            return None;
        }
        Some(arguments)
    }

    /// What stands between commas up to the `)`, as far as it is wanted, how often something does,
    /// and where the `)` is.
    fn split(&mut self, wanted: usize) -> Option<(Arguments, usize, Span)> {
        let mut arguments = Vec::new();
        let mut argument = Vec::new();
        let mut found = 0_usize;
        let mut depth = 0_usize;
        loop {
            let token = self.take()?;
            match token.kind {
                T![")"] | T![","] if depth == 0 => {
                    found += 1;
                    let argument = std::mem::take(&mut argument);
                    if found <= wanted {
                        arguments.push(Rc::new(argument));
                    }
                    if token.kind == T![")"] {
                        return Some((arguments, found, token.span));
                    }
                    continue;
                }
                T!["("] | T!["["] | T!["%("] => depth += 1,
                T![")"] | T!["]"] | T!["%)"] => depth = depth.saturating_sub(1),
                TokenKind::Argument => self.mark_used(token),
                _ => {}
            }
            argument.push(token);
        }
    }

    /// The macro of the library with a name.
    fn library_macro(&mut self, token: Token) -> Option<Rc<Macro>> {
        let name = self.text(token).trim_start_matches('@');
        if let Some(known) = self.session.memory.library.get(name) {
            return known.clone();
        }
        if is_operator(name) {
            return None;
        }
        let name = name.to_owned();
        if let Some((file, text)) = self.session.environment.macro_file(&name)
            && self.session.memory.read.insert(file.clone())
        {
            let file = self.session.sources.add(file, text);
            self.read_library(file);
        }
        self.session.memory.library.entry(name).or_default().clone()
    }

    /// Reads the definitions of a file of the library.
    fn read_library(&mut self, file: FileId) {
        let (tokens, diagnostics) = scan_held(self.session, file);
        let mut preprocessor = Preprocessor::new(self.session, tokens, diagnostics, true);
        preprocessor.run();
        let Preprocessor { out, diagnostics, .. } = preprocessor;
        self.diagnostics.extend(diagnostics);
        let of_definitions = |kind| matches!(kind, TokenKind::End | TokenKind::Stray);
        if let Some(other) = out.first().filter(|token| !of_definitions(token.kind)) {
            let found = self.named(Some(*other));
            let message = format!("expected `@define` in a file of macros, found {found}");
            let why = "only definitions and conditionals may stand here";
            self.report("macro-file", message, other.span, why);
        }
    }

    /// What follows `@define`.
    fn define(&mut self, at: Span) -> Put {
        let Some(of) = self.definition() else {
            self.skip_definition();
            return Put::Wrong;
        };
        if self.frames.len() > 1 {
            let message = "`@define` cannot stand in what a macro stands for";
            self.report("macro-definition", message, at, "");
            return Put::Wrong;
        }
        let of = Rc::new(of);
        if is_operator(&of.name) {
            let message = format!("macro `@{}` hides the operator of that name", of.name);
            self.say(Diagnostic::warning("hidden-name", message).at(of.at, ""));
        }
        if self.library {
            let known = self.session.memory.library.entry(of.name.clone()).or_default();
            known.get_or_insert_with(|| Rc::clone(&of));
        }
        if let Some(before) = self.macros.insert(of.name.clone(), Rc::clone(&of)) {
            let message = format!("macro `@{}` is defined twice", of.name);
            let diagnostic = Diagnostic::error("duplicate-macro", message).at(of.at, "");
            self.say(diagnostic.also(before.at, "first defined here"));
        }
        Put::In
    }

    /// A name, parameters and a body.
    fn definition(&mut self) -> Option<Macro> {
        let name = self.name("the name of a macro behind `@define`")?;
        let mut parameters = Vec::new();
        if self.peek().is_some_and(|token| token.kind == T!["("]) {
            self.take();
            loop {
                let parameter = self.name("the name of a parameter")?;
                parameters.push(self.text(parameter).to_owned());
                match self.peek().map(|token| token.kind) {
                    Some(T![","]) => self.take(),
                    Some(T![")"]) => break,
                    _ => return self.expected("`,` or `)` behind a parameter"),
                };
            }
            self.take();
        }
        if self.peek().is_none_or(|token| token.kind != T!["%("]) {
            return self.expected("`%(` before what the macro stands for");
        }
        let open = self.take()?.span;
        let Some((tokens, body)) = self.body() else {
            let message = "what this macro stands for has no closing `%)`";
            self.report("unterminated-macro", message, open, "opens here");
            return None;
        };
        let at = name.span;
        let name = self.text(name).to_owned();
        if name == "define" {
            self.report("macro-definition", "a macro cannot be named `define`", at, "");
            return None;
        }
        Some(Macro { name, at, parameters, tokens, body, library: self.library })
    }

    fn name(&mut self, what: &str) -> Option<Token> {
        match self.peek() {
            Some(token) if matches!(token.kind, TokenKind::Identifier | TokenKind::Target) => {
                self.take()
            }
            _ => self.expected(what),
        }
    }

    fn expected<T>(&mut self, what: &str) -> Option<T> {
        let next = self.peek();
        let message = format!("expected {what}, found {}", self.named(next));
        let place = next.map_or(self.end.span, |token| token.span);
        self.report("macro-definition", message, place, "");
        None
    }

    /// The tokens up to the `%)` of a macro: all there are, and which of them.
    fn body(&mut self) -> Option<(Rc<Vec<Token>>, Range<usize>)> {
        let (tokens, rest) = self.frames.last()?.shared();
        let mut depth = 0_usize;
        for at in rest.clone() {
            let token = tokens[at];
            match token.kind {
                T!["%("] => depth += 1,
                T!["%)"] if depth == 0 => {
                    self.frames.last_mut()?.at = at + 1;
                    return Some((tokens, rest.start..at));
                }
                T!["%)"] => depth -= 1,
                TokenKind::Argument => self.mark_used(token),
                _ => {}
            }
        }
        self.frames.last_mut()?.at = rest.end;
        None
    }

    /// Behind a definition that is wrong in its head: what may be its body is left out.
    fn skip_definition(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        let head = |token: &&Token| {
            matches!(
                token.kind,
                TokenKind::Identifier | TokenKind::Number | T!["("] | T![")"] | T![","]
            ) || token.kind.is_keyword()
        };
        let length = frame.rest().iter().take_while(head).count();
        if frame.rest().get(length).is_some_and(|token| token.kind == T!["%("]) {
            frame.at += length + 1;
            self.body();
        }
    }

    /// Counts tokens that are put in. If that makes too many, the rest of the file is left out.
    pub(super) fn spend(&mut self, cost: usize, at: Span) -> bool {
        let left = self.budget.checked_sub(cost);
        self.budget = left.unwrap_or(0);
        if left.is_none() && !self.stopped {
            self.stop(at);
        }
        left.is_some()
    }

    fn stop(&mut self, at: Span) {
        let place = self.session.sources.outermost(at);
        let message =
            format!("macros and arguments make more than {MOST_TOKENS} tokens of this script");
        let diagnostic = Diagnostic::error("macro-too-large", message).at(place, "used here");
        self.say(diagnostic);
        self.stopped = true;
        self.open.clear();
        self.frames.truncate(1);
        if let Some(frame) = self.frames.first_mut() {
            frame.at += frame.rest().len();
        }
    }
}

fn is_operator(name: &str) -> bool {
    ast::OPERATORS.contains(&name)
        || ast::STATISTICS.contains(&name)
        || matches!(name, "cast" | "var")
}

/// How many arguments a macro takes, as messages say it.
fn count(of: &Macro) -> String {
    match of.parameters.len() {
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}
