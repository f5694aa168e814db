//! What stands in the place of the script's arguments: `$1` is their text, `@1` a string of it, `$#`
//! and `@#` how many there are.

use std::{fmt::Write as _, rc::Rc};

use stapc_diagnostics::{Diagnostic, Expansion, FileId};

use super::{
    Preprocessor,
    macros::USE,
    scan_held,
    stream::{Frame, Put},
};
use crate::{scan, token::Token};

/// How many bytes that are scanned again count for a token that is put in.
const SCANNED: usize = 8;

impl Preprocessor<'_, '_> {
    /// `$1`, `@1`, `$#` or `@#`.
    pub(super) fn argument(&mut self, token: Token) -> Put {
        self.mark_used(token);
        if self.frames.last().is_some_and(|frame| frame.argument) {
            let message = "an argument of the script cannot use another one";
            self.report("script-argument", message, token.span, "");
            return Put::Wrong;
        }
        let Some((file, tokens)) = self.argument_tokens(token) else { return Put::Wrong };
        let what = format!("argument `{}`", self.text(token));
        let used = Expansion { what, used: token.span };
        let file = self.session.sources.add_expansion(file, used);
        let context = self.frames.last().map_or(0, |frame| frame.context);
        let mut frame = Frame::of(tokens).in_file(file).in_context(context);
        frame.argument = true;
        self.push(frame, USE, token.span)
    }

    /// The file uses an argument, even if that is not reached.
    pub(super) fn mark_used(&mut self, token: Token) {
        if !self.library
            && let Ok(number) = self.text(token)[1..].parse()
        {
            self.session.memory.used.insert(number);
        }
    }

    /// The tokens of what stands in the place of an argument, and the file that holds them.
    fn argument_tokens(&mut self, token: Token) -> Option<(FileId, Rc<Vec<Token>>)> {
        let next = self.peek().filter(|next| {
            let (before, behind) = (token.span, next.span);
            before.file == behind.file && before.end == behind.start
        });
        let text = self.text(token).to_owned();
        let (sign, which) = text.split_at(1);
        let next = next.filter(|_| sign == "$");
        if next.is_none()
            && let Some((file, tokens)) = self.session.memory.arguments.get(&text)
        {
            return Some((*file, Rc::clone(tokens)));
        }
        let Some((name, argument)) = self.argument_text(which) else {
            self.missing(which, token);
            return None;
        };
        let argument = if sign == "@" { quoted(&argument) } else { argument };
        let glued = next.and_then(|next| self.glued(&argument, next));
        let known = glued.is_none().then(|| self.session.memory.arguments.get(&text)).flatten();
        if let Some((file, tokens)) = known {
            return Some((*file, Rc::clone(tokens)));
        }
        let keep = glued.is_none();
        let file = self.session.sources.add(name, glued.unwrap_or(argument));
        let (mut tokens, diagnostics) = scan_held(self.session, file);
        tokens.pop();
        diagnostics.into_iter().for_each(|diagnostic| self.say(diagnostic));
        let tokens = Rc::new(tokens);
        if keep {
            self.session.memory.arguments.insert(text, (file, Rc::clone(&tokens)));
        }
        Some((file, tokens))
    }

    /// An argument by its number, or how many there are: what messages call it, and its text.
    fn argument_text(&self, which: &str) -> Option<(String, String)> {
        let arguments = self.session.environment.arguments();
        if which == "#" {
            return Some(("<number of arguments>".to_owned(), arguments.len().to_string()));
        }
        let index = which.parse::<usize>().ok()?.checked_sub(1)?;
        Some((format!("<argument {}>", index + 1), arguments.get(index)?.clone()))
    }

    fn missing(&mut self, which: &str, token: Token) {
        let message = match self.session.environment.arguments().len() {
            0 => format!("there is no argument {which}: the script is given none"),
            1 => format!("there is no argument {which}: the script is given 1"),
            count => format!("there is no argument {which}: the script is given {count}"),
        };
        let diagnostic = Diagnostic::error("script-argument", message).at(token.span, "");
        self.say(diagnostic.help("arguments stand behind the script's name on the command line"));
    }

    /// The text of an argument and of the token right behind it, where the two make another token:
    /// `$1x` is `ax` if the argument is `a`.
    fn glued(&mut self, argument: &str, next: Token) -> Option<String> {
        let text = argument.to_owned() + self.text(next);
        if !self.spend(text.len() / SCANNED, next.span) {
            return None;
        }
        let end = argument.len() as u32;
        let (tokens, _) = scan(next.span.file, &text, false);
        let across = |token: &Token| token.span.start < end && end < token.span.end;
        tokens.iter().any(across).then(|| {
            self.take();
            text
        })
    }
}

/// A string literal of some text.
fn quoted(text: &str) -> String {
    let mut literal = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            c if c.is_ascii_control() => _ = write!(literal, "\\{:03o}", u32::from(c)),
            c => literal.push(c),
        }
    }
    literal + "\""
}
