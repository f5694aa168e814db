//! What becomes of warnings.

use crate::{Diagnostic, Severity};

/// What becomes of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Warnings {
    /// They are shown.
    #[default]
    Shown,
    /// They are left out (`-w`).
    Silenced,
    /// They are errors (`-W`).
    Errors,
}

/// The findings as the user wants them.
pub fn apply(level: Warnings, mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    match level {
        Warnings::Shown => {}
        Warnings::Silenced => diagnostics.retain(|found| found.severity != Severity::Warning),
        Warnings::Errors => {
            diagnostics.iter_mut().for_each(|found| found.severity = Severity::Error);
        }
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::has_errors;

    #[test]
    fn warnings_are_shown_or_not_or_errors() {
        let found = || vec![Diagnostic::warning("w", "w"), Diagnostic::error("e", "e")];
        assert_eq!(apply(Warnings::Shown, found()), found());
        assert_eq!(apply(Warnings::Silenced, found()), [Diagnostic::error("e", "e")]);
        let errors = apply(Warnings::Errors, found());
        assert_eq!(errors, [Diagnostic::error("w", "w"), Diagnostic::error("e", "e")]);
        assert!(has_errors(&errors[..1]));
    }
}
