//! Diagnostics as text for a person, by codespan-reporting.

use codespan_reporting::{
    diagnostic::{Diagnostic as Report, Label as ReportLabel, Severity as ReportSeverity},
    files::SimpleFiles,
    term::{self, Config, termcolor::Buffer},
};

use crate::{Diagnostic, Severity, SourceMap};

/// Lines of more bytes than this are not shown.
const LONGEST_LINE: usize = 1000;

/// All of `diagnostics` as text, in order, with the sources underlined.
pub fn render(sources: &SourceMap, diagnostics: &[Diagnostic], colour: bool) -> String {
    let mut files = SimpleFiles::new();
    for file in sources.ids() {
        files.add(sources.name(file), sources.text(file));
    }
    let mut buffer = if colour { Buffer::ansi() } else { Buffer::no_color() };
    let config = Config::default();
    for diagnostic in diagnostics {
        if diagnostic.labels.iter().any(|label| sources.width(label.span) > LONGEST_LINE) {
            let _ =
                std::io::Write::write_all(&mut buffer, in_one_line(diagnostic, sources).as_bytes());
            continue;
        }
        // Writing to memory fails only for a span outside its file; the message is said all the same.
        if term::emit_to_write_style(&mut buffer, &config, &files, &report(diagnostic, sources))
            .is_err()
        {
            let text = format!("error: {}\n", diagnostic.message);
            let _ = std::io::Write::write_all(&mut buffer, text.as_bytes());
        }
    }
    String::from_utf8_lossy(buffer.as_slice()).into_owned()
}

/// A finding without its source: for lines that no terminal can show.
fn in_one_line(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
    let place = diagnostic.span().map(|span| {
        let (line, column) = sources.line_column(span.file, span.start);
        format!(" ({}:{line}:{column})", sources.name(span.file))
    });
    let Diagnostic { code, message, .. } = diagnostic;
    format!("{severity}[{code}]: {message}{}\n\n", place.unwrap_or_default())
}

fn report(diagnostic: &Diagnostic, sources: &SourceMap) -> Report<usize> {
    let severity = match diagnostic.severity {
        Severity::Error => ReportSeverity::Error,
        Severity::Warning => ReportSeverity::Warning,
    };
    let labels = diagnostic.labels.iter().map(|label| {
        let length = sources.text(label.span.file).len();
        let range = (label.span.start as usize).min(length)..(label.span.end as usize).min(length);
        let file = label.span.file.0 as usize;
        let made = if label.primary {
            ReportLabel::primary(file, range)
        } else {
            ReportLabel::secondary(file, range)
        };
        made.with_message(&label.message)
    });
    let notes = diagnostic.notes.iter().map(|note| format!("note: {note}"));
    let help = diagnostic.help.iter().map(|help| format!("help: {help}"));
    Report::new(severity)
        .with_code(diagnostic.code)
        .with_message(&diagnostic.message)
        .with_labels(labels.collect())
        .with_notes(notes.chain(help).collect())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::Span;

    #[test]
    fn the_text_is_underlined() {
        let mut sources = SourceMap::new();
        let file = sources.add("f.stp", "probe begin {\n\tprint(nme)\n}\n");
        let diagnostic = Diagnostic::error("unknown-name", "nothing is called `nme`")
            .at(Span::new(file, 21, 24), "never assigned")
            .suggest("nme", ["name"]);
        expect![[r#"
            error[unknown-name]: nothing is called `nme`
              ┌─ f.stp:2:8
              │
            2 │     print(nme)
              │           ^^^ never assigned
              │
              = help: did you mean `name`?

        "#]]
        .assert_eq(&render(&sources, &[diagnostic], false));
    }

    #[test]
    fn a_span_outside_its_file_does_no_harm() {
        let mut sources = SourceMap::new();
        let file = sources.add("f.stp", "x");
        let diagnostic = Diagnostic::error("x", "message").at(Span::new(file, 50, 90), "");
        assert!(render(&sources, &[diagnostic], true).contains("message"));
    }

    #[test]
    fn a_line_of_a_megabyte_is_not_shown() {
        let mut sources = SourceMap::new();
        let file = sources.add("f.stp", "\n".to_owned() + &"x".repeat(1 << 20));
        let diagnostic = Diagnostic::error("syntax", "message").at(Span::new(file, 1001, 1002), "");
        assert_eq!(
            render(&sources, &[diagnostic], false),
            "error[syntax]: message (f.stp:2:1001)\n\n"
        );
    }
}
