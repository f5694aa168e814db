//! Diagnostics in the shape that users of SystemTap know, and that their tools read: our sentences,
//! its lines.
//!
//! ```text
//! semantic error: MESSAGE: identifier 'x' at FILE:LINE:COLUMN
//!         source: probe begin { print(x) }
//!                                     ^
//! ```

use crate::{
    Diagnostic, Severity, SourceMap, Span,
    catalogue::{Class, by_slug},
    chain,
    clean::clean,
    colours::{Colours, paint},
    excerpt::LONGEST_LINE,
};

mod token;

/// All of `diagnostics`, in order, and how many of them are errors of the syntax.
pub fn render_peer(sources: &SourceMap, diagnostics: &[Diagnostic], colours: &Colours) -> String {
    let mut text = String::new();
    let mut syntax = 0;
    for diagnostic in diagnostics {
        let shape = Shape::of(diagnostic);
        syntax += usize::from(shape == Shape::Syntax);
        Writer { sources, shape, colours, text: &mut text }.diagnostic(diagnostic);
    }
    match syntax {
        0 => {}
        1 => text.push_str("1 parse error.\n"),
        _ => text.push_str(&format!("{syntax} parse errors.\n")),
    }
    text
}

/// The three shapes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Syntax,
    Meaning,
    Warning,
}

impl Shape {
    fn of(diagnostic: &Diagnostic) -> Self {
        let class = by_slug(diagnostic.code).map(|entry| entry.class());
        match (diagnostic.severity, class) {
            (Severity::Warning, _) => Self::Warning,
            (Severity::Error, Some(Class::Syntax)) => Self::Syntax,
            (Severity::Error, _) => Self::Meaning,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Syntax => "parse error",
            Self::Meaning => "semantic error",
            Self::Warning => "WARNING",
        }
    }

    /// Where the words before the source and the like end.
    fn margin(self) -> usize {
        match self {
            Self::Syntax => 11,
            Self::Meaning => 14,
            Self::Warning => 7,
        }
    }
}

struct Writer<'a> {
    sources: &'a SourceMap,
    shape: Shape,
    colours: &'a Colours,
    text: &'a mut String,
}

impl Writer<'_> {
    fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        let message = clean(&diagnostic.message);
        let title = match self.shape {
            Shape::Warning => paint(&self.colours.warning, "WARNING:"),
            shape => paint(&self.colours.error, &format!("{}:", shape.title())),
        };
        let span = diagnostic.span();
        match span {
            Some(span) if self.shape == Shape::Syntax => {
                self.text.push_str(&format!("{title} {message}\n"));
                self.beside(
                    if token::before_grammar(diagnostic.id()) { "at" } else { "saw" },
                    &self.token(span),
                );
            }
            Some(span) => {
                let token = self.token(span);
                self.text.push_str(&format!("{title} {message}: {token}\n"));
            }
            None => self.text.push_str(&format!("{title} {message}\n")),
        }
        if let Some(span) = span {
            self.source(span);
            self.uses(span);
        }
        self.others(diagnostic);
        for note in &diagnostic.notes {
            self.beside("note", &clean(note));
        }
        if let Some(help) = &diagnostic.help {
            self.beside("help", &clean(help));
        }
        if self.shape != Shape::Warning {
            self.text.push('\n');
        }
    }

    /// The places that explain it.
    fn others(&mut self, diagnostic: &Diagnostic) {
        let first = diagnostic.labels.iter().position(|label| label.primary);
        for (at, label) in diagnostic.labels.iter().enumerate() {
            if Some(at) == first {
                continue;
            }
            if !label.message.is_empty() {
                self.text.push_str(&format!("{}: ", clean(&label.message)));
            }
            self.text.push_str(&format!("{}\n", self.token(label.span)));
            self.source(label.span);
        }
    }

    /// The uses by which the text of a place came about.
    fn uses(&mut self, span: Span) {
        let (steps, left_out) = chain::steps(self.sources, span);
        for (at, step) in steps.into_iter().enumerate() {
            if at == chain::SHOWN && left_out > 0 {
                self.text.push_str(&format!("\t({left_out} more)\n"));
            }
            let what = clean(step.what.split(" `").next().unwrap_or_default());
            let token = self.token(step.used);
            self.text.push_str(&format!("\tin expansion of {what}: {token}\n"));
            self.source(step.used);
        }
    }

    /// The word at a place, and where that is.
    fn token(&self, span: Span) -> String {
        let file = clean(self.sources.name(span.file));
        let text = self.sources.text(span.file).get(span.start as usize..).unwrap_or("");
        match token::describe(text) {
            Some(token) => {
                let (line, column) = self.sources.line_column(span.file, span.start);
                let place = paint(&self.colours.source, &format!("{file}:{line}:{column}"));
                format!("{} at {place}", clean(&token))
            }
            None => format!("{file} EOF"),
        }
    }

    /// The line of a place, and a mark under its column.
    fn source(&mut self, span: Span) {
        let (number, column) = self.sources.line_column(span.file, span.start);
        let line = self.sources.line(span.file, number);
        let ended = span.start as usize >= self.sources.text(span.file).len();
        if ended || line.len() > LONGEST_LINE {
            return;
        }
        let at = line.char_indices().nth(column as usize - 1).map_or(line.len(), |(at, _)| at);
        let (before, rest) = line.split_at(at);
        let (token, behind) = rest.split_at(token::length(rest));
        let token = paint(&self.colours.token, &clean(token));
        self.beside("source", &format!("{}{token}{}", clean(before), clean(behind)));
        let before: String = before.chars().map(|c| if c == '\t' { c } else { ' ' }).collect();
        let caret = paint(&self.colours.caret, "^");
        self.text.push_str(&format!("{:1$}{before}{caret}\n", "", self.shape.margin() + 2));
    }

    fn beside(&mut self, what: &str, text: &str) {
        self.text.push_str(&format!("{what:>0$}: {text}\n", self.shape.margin()));
    }
}

#[cfg(test)]
mod tests;
