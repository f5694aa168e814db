//! What must hold for every text: each property is a function that says what does not.
//!
//! That nothing panics, runs away or takes all memory is part of each; whoever calls them sees to
//! that.

mod check;
mod format;
mod places;
mod world;

use stapc_diagnostics::{Diagnostic, SourceMap, has_errors, render};
use stapc_syntax::{Session, TokenKind, ast::Tree};

#[cfg(test)]
pub(crate) use self::check::is_right;
pub(crate) use self::check::lowered;
use self::world::environment;
pub use self::{check::check, format::format};

/// A property of texts.
pub type Property = fn(&str) -> Result<(), String>;

/// All of them, by the name of the fuzz target that tries it.
pub const ALL: &[(&str, Property)] =
    &[("tokens", tokens), ("parse", parse), ("print", print), ("format", format), ("check", check)];

/// The property of a fuzz target.
pub fn named(name: &str) -> Option<Property> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, property)| *property)
}

/// The tokens stand in order, inside the text, on boundaries of characters, and nothing but white
/// space and comments is between them.
pub fn tokens(text: &str) -> Result<(), String> {
    let mut sources = SourceMap::new();
    let file = sources.add("script", text);
    for comments in [false, true] {
        let (tokens, diagnostics) = stapc_syntax::scan(file, text, comments);
        places::check_diagnostics(&sources, &diagnostics)?;
        places::check_tokens(&sources, file, &tokens)?;
        if comments && !has_errors(&diagnostics) {
            places::check_gaps(text, &tokens)?;
        }
    }
    Ok(())
}

/// What the preprocessor and the parser say stands on boundaries of characters, and can be shown.
pub fn parse(text: &str) -> Result<(), String> {
    let environment = environment();
    let mut sources = SourceMap::new();
    let file = sources.add("script", text);
    let (tokens, diagnostics) =
        stapc_syntax::preprocess(&mut Session::new(&mut sources, &environment), file);
    if tokens.last().is_none_or(|token| token.kind != TokenKind::End) {
        return Err("the tokens do not end with the end of the script".to_owned());
    }
    tokens.iter().try_for_each(|token| places::check(&sources, token.span, "a token"))?;
    places::check_diagnostics(&sources, &diagnostics)?;
    let parsed = Parsed::of(text);
    places::check_diagnostics(&parsed.sources, &parsed.diagnostics)?;
    places::check_tree(&parsed.sources, &parsed.tree)?;
    let shown = render(&parsed.sources, &parsed.diagnostics, false);
    if shown.is_empty() == parsed.diagnostics.is_empty() {
        Ok(())
    } else {
        Err(format!("{} findings are shown as {shown:?}", parsed.diagnostics.len()))
    }
}

/// A script without errors, printed and parsed again, says the same, and prints the same.
pub fn print(text: &str) -> Result<(), String> {
    let first = Parsed::of(text);
    if has_errors(&first.diagnostics) {
        return Ok(());
    }
    let printed = first.print();
    let second = Parsed::of(&printed);
    if has_errors(&second.diagnostics) {
        return Err(format!("what is printed has errors:\n{}\n{printed}", second.errors()));
    }
    if !stapc_syntax::same((&first.tree, &first.tree.items), (&second.tree, &second.tree.items)) {
        return Err(format!("what is printed says something else:\n{printed}"));
    }
    let again = second.print();
    if again == printed { Ok(()) } else { Err(format!("printed anew:\n{printed}\n{again}")) }
}

/// A script and what became of it.
struct Parsed {
    sources: SourceMap,
    tree: Tree,
    diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    fn of(text: &str) -> Self {
        let environment = environment();
        let mut sources = SourceMap::new();
        let file = sources.add("script", text);
        let mut tree = Tree::default();
        let mut session = Session::new(&mut sources, &environment);
        let diagnostics = stapc_syntax::parse(&mut session, &mut tree, file);
        Self { sources, tree, diagnostics }
    }

    fn print(&self) -> String {
        stapc_syntax::print(&self.tree, &self.tree.items)
    }

    fn errors(&self) -> String {
        render(&self.sources, &self.diagnostics, false)
    }
}
