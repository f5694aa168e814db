//! How a script is made smaller: declarations, statements and expressions by its syntax tree, then
//! lines and tokens.

use std::ops::Range;

use stapc_diagnostics::{FileId, Severity, SourceMap, Span};
use stapc_syntax::{Plain, Session, ast::Tree};

use super::{
    Reducer,
    edit::{Edit, lines},
};

/// Scripts.
pub struct Script {
    /// Whether the original parses, and so each candidate must.
    parses: bool,
}

impl Script {
    /// For a script with this text.
    pub fn of(text: &str) -> Self {
        Self { parses: parse(text).2 }
    }
}

impl Reducer for Script {
    fn accepts(&self, text: &str) -> bool {
        !self.parses || parse(text).2
    }

    fn phases(&self) -> &[fn(&str) -> Vec<Edit>] {
        &[items, statements, bodies, lines, expressions, tokens]
    }
}

/// The tree of a text as far as it is one, the number of its file, and whether nothing is wrong.
fn parse(text: &str) -> (Tree, FileId, bool) {
    let mut sources = SourceMap::new();
    let file = sources.add("<input>", text);
    let (environment, mut tree) = (Plain::default(), Tree::default());
    let mut session = Session::new(&mut sources, &environment);
    let found = stapc_syntax::parse(&mut session, &mut tree, file);
    let right = found.iter().all(|finding| finding.severity != Severity::Error);
    (tree, file, right)
}

/// Where something stands in the text; what a macro stands for does not.
fn range(span: Span, file: FileId) -> Option<Range<usize>> {
    (span.file == file && span.start < span.end).then_some(span.start as usize..span.end as usize)
}

fn items(text: &str) -> Vec<Edit> {
    let (tree, file, _) = parse(text);
    tree.items.iter().filter_map(|item| range(item.span, file)).map(Edit::cut).collect()
}

/// Statements go; where there must be one, an empty one stays.
fn statements(text: &str) -> Vec<Edit> {
    let (tree, file, _) = parse(text);
    let spans = sorted(tree.stmts.values().filter_map(|stmt| range(stmt.span, file)));
    let instead =
        |range: &Range<usize>| if text[range.clone()].starts_with('{') { "{}" } else { "" };
    spans
        .iter()
        .filter(|range| !matches!(&text[(*range).clone()], "{}" | ";"))
        .flat_map(|range| {
            [Edit::replace(range.clone(), instead(range)), Edit::replace(range.clone(), ";")]
        })
        .collect()
}

/// A statement with others in it becomes one of them.
fn bodies(text: &str) -> Vec<Edit> {
    let (tree, file, _) = parse(text);
    within(&sorted(tree.stmts.values().filter_map(|stmt| range(stmt.span, file))))
}

/// An expression becomes one of those in it, or a literal.
fn expressions(text: &str) -> Vec<Edit> {
    let (tree, file, _) = parse(text);
    let spans = sorted(tree.exprs.values().filter_map(|expr| range(expr.span, file)));
    let mut edits = within(&spans);
    for range in &spans {
        for literal in ["0", "\"\""] {
            if text[range.clone()].len() > literal.len() {
                edits.push(Edit::replace(range.clone(), literal));
            }
        }
    }
    edits
}

/// The outer before the inner, in their order.
fn sorted(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = ranges.collect();
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    ranges.dedup();
    ranges
}

/// For each of some places and each directly in it, what leaves the inner one only.
fn within(ranges: &[Range<usize>]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut outer: Vec<&Range<usize>> = Vec::new();
    for range in ranges {
        while outer.last().is_some_and(|last| last.end < range.end) {
            outer.pop();
        }
        edits.extend(outer.last().map(|last| Edit::keep(last, range)));
        outer.push(range);
    }
    edits
}

fn tokens(text: &str) -> Vec<Edit> {
    let mut sources = SourceMap::new();
    let file = sources.add("<input>", text);
    let (tokens, _) = stapc_syntax::scan(file, text, true);
    let mut edits = Vec::new();
    let mut at = 0;
    // A token goes with the space before it.
    for token in tokens.iter().filter_map(|token| range(token.span, file)) {
        edits.push(Edit::cut(at..token.end));
        if !matches!(&text[at..token.start], "" | " ") {
            edits.push(Edit::replace(at..token.start, " "));
        }
        at = token.end;
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::edit::apply;

    fn all(edits: fn(&str) -> Vec<Edit>, text: &str) -> Vec<String> {
        edits(text).iter().map(|edit| apply(text, [edit])).collect()
    }

    #[test]
    fn statements_become_what_is_in_them() {
        let found = all(bodies, "probe begin { while (a) { b() } }");
        assert!(found.contains(&"probe begin { { b() } }".to_owned()), "{found:#?}");
        let found = all(statements, "probe begin { a() b() }");
        assert!(
            found
                .iter()
                .any(|text| text.split_whitespace().eq(["probe", "begin", "{", "b()", "}"])),
            "{found:#?}"
        );
    }

    #[test]
    fn expressions_become_what_is_in_them() {
        let found = all(expressions, "probe begin { x = f(y + 1) }");
        for text in ["x = y + 1", "x = f(y)", "x = f(1)", "x = 0", "x = \"\""] {
            assert!(found.contains(&format!("probe begin {{ {text} }}")), "{text}: {found:#?}");
        }
    }

    #[test]
    fn only_what_parses_is_tried_if_the_original_does() {
        let right = Script::of("probe begin { }");
        assert!(right.accepts("probe end { }") && !right.accepts("probe {"));
        assert!(Script::of("probe {").accepts("prob"));
    }
}
