//! Diagnostics for programs: JSON Lines, one object to a line.
//!
//! ```json
//! {"id": "E0301", "slug": "type-mismatch", "severity": "error", "message": "…",
//!  "file": "f.stp", "line": 2, "column": 8, "end_line": 2, "end_column": 11, "start": 21, "end": 24,
//!  "labels": [{"primary": true, "message": "…", "file": …, "line": …, "column": …, "end_line": …,
//!              "end_column": …, "start": …, "end": …}],
//!  "expansions": [{"what": "macro `@max`", "file": …, …}],
//!  "notes": ["…"], "help": "…"}
//! ```
//!
//! - `severity` is `error` or `warning`; `id` begins with `W` for a warning, even where it is made an
//!   error.
//! - `file` to `end` are the place of the finding, all null where it has none. In a macro's body it
//!   is there that the place is.
//! - Lines and columns are counted from 1; a column is a number of characters, as editors count them.
//!   `start` and `end` are offsets in the bytes of the file. Ends are exclusive.
//! - `labels` are all places, in the order in which they are explained; the place of the finding is
//!   the first `primary` one.
//! - `expansions` are the uses by which the text of the place came about, the innermost one first.
//! - `help` is null where there is nothing to advise.
//! - A byte of the file that is not UTF-8 is U+FFFD in texts, and one character.
//!
//! Keys may be added later.

use serde_json::{Map, Value, json};

use crate::{Diagnostic, Severity, SourceMap, Span, bytes, clean::without_bytes};

/// All of `diagnostics` as JSON, each on a line, in the shape that the [module](self) describes.
pub fn render_json(sources: &SourceMap, diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| format!("{}\n", object(sources, diagnostic))).collect()
}

fn object(sources: &SourceMap, diagnostic: &Diagnostic) -> Value {
    let span = diagnostic.span();
    let mut object = place(sources, span);
    let labels = diagnostic.labels.iter().map(|label| {
        let mut object = place(sources, Some(label.span));
        object.insert("primary".to_owned(), label.primary.into());
        object.insert("message".to_owned(), without_bytes(&label.message).into());
        Value::Object(object)
    });
    let expansions = span.into_iter().flat_map(|span| sources.expansions(span.file));
    let expansions = expansions.map(|expansion| {
        let mut object = place(sources, Some(expansion.used));
        object.insert("what".to_owned(), without_bytes(&expansion.what).into());
        Value::Object(object)
    });
    let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
    let rest = [
        ("id", diagnostic.id().into()),
        ("slug", diagnostic.code.into()),
        ("severity", severity.into()),
        ("message", without_bytes(&diagnostic.message).into()),
        ("labels", labels.collect()),
        ("expansions", expansions.collect()),
        ("notes", diagnostic.notes.iter().map(|note| without_bytes(note)).collect()),
        ("help", diagnostic.help.as_ref().map(|help| without_bytes(help)).into()),
    ];
    object.extend(rest.map(|(key, value): (_, Value)| (key.to_owned(), value)));
    Value::Object(object)
}

/// The keys of a place.
fn place(sources: &SourceMap, span: Option<Span>) -> Map<String, Value> {
    let values = span.map(|span| {
        let (line, column) = sources.line_column(span.file, span.start);
        let (end_line, end_column) = sources.line_column(span.file, span.end);
        let offset = |at| offset(sources.text(span.file), at);
        let name = without_bytes(sources.name(span.file));
        json!([name, line, column, end_line, end_column, offset(span.start), offset(span.end)])
    });
    let value = |at| values.as_ref().and_then(|values| values.get(at)).cloned().unwrap_or_default();
    ["file", "line", "column", "end_line", "end_column", "start", "end"]
        .into_iter()
        .enumerate()
        .map(|(at, key): (usize, _)| (key.to_owned(), value(at)))
        .collect()
}

/// The offset in the file of an offset in its text.
fn offset(text: &str, at: u32) -> usize {
    let at = (at as usize).min(text.len());
    text.get(..at).map_or(at, |before| bytes::encode(before).len())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::Expansion;

    #[test]
    fn one_object_to_a_line() {
        let mut sources = SourceMap::new();
        let file = sources.add_bytes("f.stp", b"# \xff\n\"\xc3\xa4\x1b\" + x @m\n");
        let used = Span::new(file, 18, 20);
        let made = sources.add_expansion(file, Expansion { what: "macro `@m`".to_owned(), used });
        let found = [
            Diagnostic::error("type-mismatch", "\"\u{10ffff}\"\n")
                .at(Span::new(made, 7, 12), "here")
                .also(Span::new(file, 2, 6), "")
                .note("a note")
                .help("a help"),
            Diagnostic::warning("no-place", "nowhere"),
        ];
        let text = render_json(&sources, &found);
        assert_eq!(text.lines().count(), 2);
        let objects: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        expect![[r#"
            [
              {
                "column": 1,
                "end": 9,
                "end_column": 5,
                "end_line": 2,
                "expansions": [
                  {
                    "column": 11,
                    "end": 17,
                    "end_column": 1,
                    "end_line": 3,
                    "file": "f.stp",
                    "line": 2,
                    "start": 15,
                    "what": "macro `@m`"
                  }
                ],
                "file": "f.stp",
                "help": "a help",
                "id": "E0301",
                "labels": [
                  {
                    "column": 1,
                    "end": 9,
                    "end_column": 5,
                    "end_line": 2,
                    "file": "f.stp",
                    "line": 2,
                    "message": "here",
                    "primary": true,
                    "start": 4
                  },
                  {
                    "column": 3,
                    "end": 3,
                    "end_column": 4,
                    "end_line": 1,
                    "file": "f.stp",
                    "line": 1,
                    "message": "",
                    "primary": false,
                    "start": 2
                  }
                ],
                "line": 2,
                "message": "\"�\"\n",
                "notes": [
                  "a note"
                ],
                "severity": "error",
                "slug": "type-mismatch",
                "start": 4
              },
              {
                "column": null,
                "end": null,
                "end_column": null,
                "end_line": null,
                "expansions": [],
                "file": null,
                "help": null,
                "id": "no-place",
                "labels": [],
                "line": null,
                "message": "nowhere",
                "notes": [],
                "severity": "warning",
                "slug": "no-place",
                "start": null
              }
            ]"#]]
        .assert_eq(&serde_json::to_string_pretty(&objects).expect("JSON"));
    }
}
