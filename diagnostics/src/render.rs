//! Diagnostics as text for a person, by codespan-reporting.

use std::io::Write as _;

use codespan_reporting::{
    diagnostic::{
        Diagnostic as Report, Label as ReportLabel, LabelStyle, Severity as ReportSeverity,
    },
    files::Error,
    term::{self, Config, termcolor::Buffer},
};

use crate::{
    Diagnostic, FileId, Label, Severity, SourceMap, chain,
    clean::clean,
    excerpt::{Excerpt, LONGEST_LINE},
};

/// All of `diagnostics` as text, in order, with the sources underlined.
///
/// A place in a macro's body is shown there, with the uses of the macro that it came by.
pub fn render(sources: &SourceMap, diagnostics: &[Diagnostic], colour: bool) -> String {
    let mut buffer = if colour { Buffer::ansi() } else { Buffer::no_color() };
    for diagnostic in diagnostics {
        let labels = labels(diagnostic, sources);
        let shown = labels.iter().all(|label| sources.width(label.span) <= LONGEST_LINE);
        // Writing to memory fails only for labels that make no sense; the message is said all the same.
        if !shown || emit(&mut buffer, diagnostic, &labels, sources).is_err() {
            let _ = buffer.write_all(without_source(diagnostic, sources).as_bytes());
        }
    }
    String::from_utf8_lossy(buffer.as_slice()).into_owned()
}

fn emit(
    buffer: &mut Buffer,
    diagnostic: &Diagnostic,
    labels: &[Label],
    sources: &SourceMap,
) -> Result<(), Error> {
    let spans: Vec<_> = labels.iter().map(|label| label.span).collect();
    let excerpt = Excerpt::new(sources, &spans);
    let report = report(diagnostic, labels, &excerpt, sources);
    term::emit_to_write_style(buffer, &Config::default(), &excerpt, &report)
}

/// The labels of a finding, and one for each use by which their text came about.
fn labels(diagnostic: &Diagnostic, sources: &SourceMap) -> Vec<Label> {
    let mut labels = diagnostic.labels.clone();
    for label in &diagnostic.labels {
        for step in chain::steps(sources, label.span).0 {
            if labels.iter().all(|label| label.span != step.used) {
                let message = format!("in this use of {}", step.what);
                labels.push(Label { span: step.used, message, primary: false });
            }
        }
    }
    labels
}

/// A finding without its source: for lines that no terminal can show.
fn without_source(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
    let place = diagnostic.span().map(|span| {
        let (line, column) = sources.line_column(span.file, span.start);
        format!(" ({}:{line}:{column})", clean(sources.name(span.file)))
    });
    let message = clean(&diagnostic.message);
    let mut text =
        format!("{severity}[{}]: {message}{}\n", diagnostic.id(), place.unwrap_or_default());
    for note in notes(diagnostic, sources) {
        text.push_str(&format!("  = {note}\n"));
    }
    text + "\n"
}

/// What is said below the source.
fn notes(diagnostic: &Diagnostic, sources: &SourceMap) -> Vec<String> {
    let left_out = diagnostic.span().map_or(0, |span| chain::steps(sources, span).1);
    let left_out =
        (left_out > 0).then(|| format!("note: {left_out} more uses in between are not shown"));
    let notes = diagnostic.notes.iter().map(|note| format!("note: {}", clean(note)));
    let help = diagnostic.help.iter().map(|help| format!("help: {}", clean(help)));
    left_out.into_iter().chain(notes).chain(help).collect()
}

fn report(
    diagnostic: &Diagnostic,
    labels: &[Label],
    excerpt: &Excerpt<'_>,
    sources: &SourceMap,
) -> Report<FileId> {
    let severity = match diagnostic.severity {
        Severity::Error => ReportSeverity::Error,
        Severity::Warning => ReportSeverity::Warning,
    };
    let labels = labels.iter().map(|label| {
        let style = if label.primary { LabelStyle::Primary } else { LabelStyle::Secondary };
        let file = sources.original(label.span.file);
        ReportLabel::new(style, file, excerpt.range(label.span)).with_message(clean(&label.message))
    });
    Report::new(severity)
        .with_code(diagnostic.id())
        .with_message(clean(&diagnostic.message))
        .with_labels(labels.collect())
        .with_notes(notes(diagnostic, sources))
}

#[cfg(test)]
mod tests;
