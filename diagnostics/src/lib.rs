//! Source files, spans and diagnostics: what is wrong with a script, where, and what to do about it.
//!
//! Every front-end crate returns [`Diagnostic`]s as values; only [`render`], [`render_peer`] and
//! [`render_json`] make text of them. The [`catalogue`] has an id and a page for each kind.

pub mod bytes;
pub mod catalogue;
mod chain;
mod clean;
mod colours;
mod excerpt;
pub mod json;
mod peer;
mod render;
mod source;
mod suggest;
mod warnings;

pub use colours::Colours;
pub use json::render_json;
pub use peer::render_peer;
pub use render::render;
pub use source::{Expansion, FileId, SourceMap, Span};
pub use suggest::suggest;
pub use warnings::{Warnings, apply};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Nothing is produced.
    Error,
    /// Something is produced, but perhaps not what was meant.
    Warning,
}

/// A place in a source file, and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text that is underlined.
    pub span: Span,
    /// Said beside the underline; may be empty.
    pub message: String,
    /// Whether this is where the problem is, rather than what explains it.
    pub primary: bool,
}

/// One finding about a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The slug of the kind of finding in the [`catalogue`], such as `unknown-name`.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where; the first primary one is the place of the finding.
    pub labels: Vec<Label>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding that keeps the script from being compiled.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// A finding that only deserves attention.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    /// The error for a construct of the language that is not built yet.
    pub fn unsupported(what: impl AsRef<str>, span: Span) -> Self {
        Self::error("unsupported", format!("unsupported: {}", what.as_ref()))
            .at(span, "not supported yet")
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Self { severity, code, message, labels: Vec::new(), notes: Vec::new(), help: None }
    }

    /// Adds the place where the problem is.
    #[must_use]
    pub fn at(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into(), primary: true });
        self
    }

    /// Adds another place that explains it.
    #[must_use]
    pub fn also(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into(), primary: false });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds "did you mean …" where one of `candidates` is close to `name`.
    #[must_use]
    pub fn suggest<'a>(self, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match suggest(name, candidates) {
            Some(candidate) => self.help(format!("did you mean `{candidate}`?")),
            None => self,
        }
    }

    /// The id of the kind of finding, such as `E0201`; the slug of one that is not in the catalogue.
    pub fn id(&self) -> &'static str {
        catalogue::by_slug(self.code).map_or(self.code, |entry| entry.id)
    }

    /// Where the problem is.
    pub fn span(&self) -> Option<Span> {
        self.labels.iter().find(|label| label.primary).map(|label| label.span)
    }
}

/// Whether any of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
