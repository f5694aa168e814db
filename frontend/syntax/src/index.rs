//! The names that a file declares, found without parsing it.

use stapc_diagnostics::FileId;

use crate::{
    scan,
    token::{T, Token, TokenKind},
};

/// What sort of thing a name is declared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `function name`
    Function,
    /// `global name`
    Global,
    /// `probe name = …`: the name with its dots.
    Alias,
    /// `@define name`
    Macro,
}

/// A declaration that other files may see.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Declared {
    /// As what.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

/// The names that a file declares for other files, in the order of the text and in all branches of
/// conditionals. Declarations that only macros make are not among them.
pub fn declared(text: &str) -> Vec<Declared> {
    let (tokens, _) = scan(FileId(0), text, false);
    let mut index = Index { text, tokens: &tokens, at: 0, found: Vec::new() };
    index.run();
    index.found
}

/// What is expected at a place outside of braces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Declaration,
    /// The name of a global variable.
    Global,
    /// What may follow one.
    BehindGlobal,
}

struct Index<'a> {
    text: &'a str,
    tokens: &'a [Token],
    /// The next token.
    at: usize,
    found: Vec<Declared>,
}

impl<'a> Index<'a> {
    fn run(&mut self) {
        let mut depth = 0_usize;
        let mut state = State::Declaration;
        // Where the conditionals that are open began: each branch goes on from there.
        let mut open: Vec<(usize, State)> = Vec::new();
        while let Some(token) = self.take() {
            match token.kind {
                T!["{"] => depth += 1,
                T!["}"] => depth = depth.saturating_sub(1),
                T!["%("] => {
                    open.push((depth, state));
                    self.condition();
                }
                T!["%:"] => (depth, state) = open.last().copied().unwrap_or((depth, state)),
                T!["%)"] => _ = open.pop(),
                T!["%?"] => {}
                _ if depth > 0 => {}
                kind => state = self.outside(state, kind, token),
            }
        }
    }

    /// A token outside of braces. Gives what is expected behind it.
    fn outside(&mut self, state: State, kind: TokenKind, token: Token) -> State {
        match (state, kind) {
            (State::Global, TokenKind::Identifier | TokenKind::Target) => {
                self.add(Kind::Global, self.text(token));
                return State::BehindGlobal;
            }
            (State::BehindGlobal, T![","]) => return State::Global,
            (State::BehindGlobal, kind) if is_of_global(kind) => return State::BehindGlobal,
            (_, T!["global"]) => return State::Global,
            (_, T!["function"]) => {
                if let Some(name) = self.name() {
                    self.add(Kind::Function, name);
                }
            }
            (_, T!["probe"]) => self.alias(),
            (_, TokenKind::AtWord) if self.text(token) == "@define" => self.definition(),
            (_, T!["private"]) => self.private(),
            // SystemTap's own library has the macro `@__private30` for it.
            (_, TokenKind::AtWord) if self.text(token).contains("private") => self.private(),
            _ => {}
        }
        State::Declaration
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).copied()?;
        self.at += 1;
        Some(token)
    }

    fn peek(&self) -> TokenKind {
        self.tokens.get(self.at).map_or(TokenKind::End, |token| token.kind)
    }

    fn text(&self, token: Token) -> &'a str {
        self.text.get(token.span.start as usize..token.span.end as usize).unwrap_or("")
    }

    fn name(&mut self) -> Option<&'a str> {
        let name = matches!(self.peek(), TokenKind::Identifier | TokenKind::Target);
        name.then(|| self.take().map(|token| self.text(token))).flatten()
    }

    fn add(&mut self, kind: Kind, name: impl Into<String>) {
        self.found.push(Declared { kind, name: name.into() });
    }

    /// What follows is for this file only.
    fn private(&mut self) {
        if matches!(self.peek(), T!["function"] | T!["global"]) {
            self.at += 1;
        }
    }

    /// Goes behind the condition of a conditional.
    fn condition(&mut self) {
        let end = |kind| matches!(kind, T!["%("] | T!["%?"] | T!["%:"] | T!["%)"]);
        while !end(self.peek()) && self.peek() != TokenKind::End {
            self.at += 1;
        }
    }

    /// The names before each `=` and `+=`, if it is no probe.
    fn alias(&mut self) {
        let start = self.at;
        let mut names = Names::default();
        while self.part_of_alias(&mut names) {}
        if !names.outer.is_empty() {
            // No name, but some conditional that is looked at from its start.
            self.at = start;
        }
    }

    /// A token of the names of an alias, or several. Whether there was one.
    fn part_of_alias(&mut self, names: &mut Names) -> bool {
        let mut length = 1;
        match self.peek() {
            TokenKind::Identifier | TokenKind::Target | T!["."] | T!["*"] => self.extend(names),
            kind if kind.is_keyword() && !names.is_empty() => self.extend(names),
            T!["="] | T!["+="] if !names.is_empty() => {
                let made = names.take().into_iter();
                self.found.extend(made.map(|name| Declared { kind: Kind::Alias, name }));
            }
            // An argument is no part of the name.
            T!["("] => length = 3,
            T!["%("] => {
                self.at += 1;
                self.condition();
                length = usize::from(self.peek() == T!["%?"]);
                names.open();
            }
            T!["%:"] if names.other_branch() => {}
            T!["%)"] if names.close() => {}
            _ => return false,
        }
        self.at += length;
        true
    }

    fn extend(&self, names: &mut Names) {
        if let Some(token) = self.tokens.get(self.at) {
            names.push(self.text(*token));
        }
    }

    /// A macro: what it stands for declares nothing yet.
    fn definition(&mut self) {
        let Some(name) = self.name() else { return };
        self.add(Kind::Macro, name);
        while matches!(self.peek(), TokenKind::Identifier | T!["("] | T![","] | T![")"]) {
            self.at += 1;
        }
        if self.peek() != T!["%("] {
            return;
        }
        let mut depth = 0_usize;
        while let Some(token) = self.take() {
            match token.kind {
                T!["%("] => depth += 1,
                T!["%)"] if depth <= 1 => return,
                T!["%)"] => depth -= 1,
                _ => {}
            }
        }
    }
}

/// What the name of an alias may be so far, by the branches of conditionals in it.
struct Names {
    names: Vec<String>,
    /// Of each conditional that is open: the names before it, and those behind branches of it.
    outer: Vec<(Vec<String>, Vec<String>)>,
}

impl Default for Names {
    fn default() -> Self {
        Self { names: vec![String::new()], outer: Vec::new() }
    }
}

impl Names {
    fn is_empty(&self) -> bool {
        self.names.iter().all(String::is_empty)
    }

    fn push(&mut self, text: &str) {
        self.names.iter_mut().for_each(|name| name.push_str(text));
    }

    /// The names, of which others begin behind them.
    fn take(&mut self) -> Vec<String> {
        let mut names = std::mem::replace(&mut self.names, vec![String::new()]);
        names.retain(|name| !name.is_empty());
        names
    }

    fn open(&mut self) {
        self.outer.push((self.names.clone(), Vec::new()));
    }

    /// Whether a conditional is open.
    fn other_branch(&mut self) -> bool {
        let Some((before, behind)) = self.outer.last_mut() else { return false };
        behind.append(&mut self.names);
        self.names.clone_from(before);
        true
    }

    /// Whether a conditional is open.
    fn close(&mut self) -> bool {
        let Some((before, mut behind)) = self.outer.pop() else { return false };
        if behind.is_empty() {
            behind = before;
        }
        self.names.append(&mut behind);
        self.names.sort_unstable();
        self.names.dedup();
        // More than these are no names that anybody wrote.
        self.names.truncate(MOST_NAMES);
        true
    }
}

/// How many names an alias may have by its conditionals.
const MOST_NAMES: usize = 16;

/// Whether it may stand between the names of global variables.
fn is_of_global(kind: TokenKind) -> bool {
    use TokenKind::{Argument, AtWord, Number, String};
    matches!(kind, Number | String | Argument | AtWord)
        || matches!(kind, T!["%"] | T!["["] | T!["]"] | T!["="] | T!["-"] | T!["("] | T![")"])
}
