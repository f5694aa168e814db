//! The files that a module's places are in: those that were read, and not once more for each expansion
//! of what stands in them.

use std::{collections::HashMap, sync::Arc};

use stapc_diagnostics::{FileId, SourceMap, Span};
use stapc_ir::Location;

/// The files of the module that [`lower`](crate::lower) makes, in its order.
pub fn files(sources: &SourceMap) -> Vec<FileId> {
    Places::of(sources).files().collect()
}

/// What number each file has in the module.
pub struct Places {
    files: Vec<FileId>,
    numbers: HashMap<FileId, u32>,
}

impl Places {
    pub fn of(sources: &SourceMap) -> Self {
        let mut files = Vec::new();
        let mut numbers = HashMap::new();
        // Expansions share the text of the file that they are of.
        let mut texts: HashMap<*const u8, u32> = HashMap::new();
        for file in sources.ids() {
            let text = Arc::as_ptr(&sources.shared_text(file)).cast::<u8>();
            let number = *texts.entry(text).or_insert_with(|| {
                files.push(file);
                files.len() as u32 - 1
            });
            numbers.insert(file, number);
        }
        Self { files, numbers }
    }

    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        self.files.iter().copied()
    }

    /// Where a span starts.
    pub fn location(&self, sources: &SourceMap, span: Span) -> Location {
        let (line, column) = sources.line_column(span.file, span.start);
        let file = self.numbers.get(&span.file).copied().unwrap_or_default();
        Location { file, line, column }
    }
}
