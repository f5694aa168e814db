//! What codespan-reporting sees of the sources: of each file the lines that a report is about, as a
//! terminal may see them.

use std::{collections::BTreeSet, ops::Range};

use codespan_reporting::files::{Error, Files};

use crate::{FileId, SourceMap, Span, clean::clean};

/// Lines of more bytes than this are not shown.
pub const LONGEST_LINE: usize = 1000;

/// A place of more lines than this is shown by its first line.
const MOST_LINES: u32 = 40;

/// The lines of a report.
pub struct Excerpt<'a> {
    sources: &'a SourceMap,
    files: Vec<File>,
}

struct File {
    id: FileId,
    name: String,
    text: String,
    lines: Vec<Line>,
}

struct Line {
    /// Counted from 0 in the whole file.
    index: usize,
    /// Where it begins in the excerpt's text.
    start: usize,
}

impl<'a> Excerpt<'a> {
    /// The lines in which these places are.
    pub fn new(sources: &'a SourceMap, spans: &[Span]) -> Self {
        let mut excerpt = Self { sources, files: Vec::new() };
        for &span in spans {
            let id = sources.original(span.file);
            if excerpt.file(id).is_none() {
                let of_file = spans.iter().filter(|span| sources.original(span.file) == id);
                excerpt.files.push(File::new(sources, id, of_file));
            }
        }
        excerpt
    }

    /// Where a place is in the excerpt of its file.
    pub fn range(&self, span: Span) -> Range<usize> {
        let (first, last) = lines(self.sources, span);
        let start = self.offset(span.file, first, span.start);
        let end = if self.sources.line_column(span.file, span.end).0 > last {
            self.offset(span.file, last, u32::MAX)
        } else {
            self.offset(span.file, last, span.end)
        };
        start..end.max(start)
    }

    /// Where an offset of a line (counted from 1) is in the excerpt of its file.
    fn offset(&self, file: FileId, line: u32, offset: u32) -> usize {
        let text = self.sources.line(file, line);
        let within =
            (offset.saturating_sub(self.sources.line_start(file, line)) as usize).min(text.len());
        let shown = self.file(self.sources.original(file));
        let start =
            shown.and_then(|shown| shown.line(line as usize - 1)).map_or(0, |line| line.start);
        start + clean(&text[..text.floor_char_boundary(within)]).len()
    }

    fn file(&self, id: FileId) -> Option<&File> {
        self.files.iter().find(|file| file.id == id)
    }
}

impl File {
    fn new<'a>(sources: &SourceMap, id: FileId, spans: impl Iterator<Item = &'a Span>) -> Self {
        let numbers: BTreeSet<u32> = spans
            .flat_map(|&span| {
                let (first, last) = lines(sources, span);
                first..=last
            })
            .collect();
        // One line between two others is shown as well.
        let between = numbers
            .iter()
            .filter(|&number| numbers.contains(&(number + 2)))
            .map(|number| number + 1);
        let mut file = Self {
            id,
            name: clean(sources.name(id)).into_owned(),
            text: String::new(),
            lines: Vec::new(),
        };
        for number in numbers.iter().copied().chain(between).collect::<BTreeSet<_>>() {
            file.lines.push(Line { index: number as usize - 1, start: file.text.len() });
            file.text.push_str(&clean(cropped(sources.line(id, number))));
            file.text.push('\n');
        }
        file
    }

    fn line(&self, index: usize) -> Option<&Line> {
        let at = self.lines.binary_search_by_key(&index, |line| line.index).ok()?;
        self.lines.get(at)
    }
}

impl<'a> Files<'a> for Excerpt<'_> {
    type FileId = FileId;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<&'a str, Error> {
        self.file(id).map(|file| file.name.as_str()).ok_or(Error::FileMissing)
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        self.file(id).map(|file| file.text.as_str()).ok_or(Error::FileMissing)
    }

    fn line_index(&'a self, id: FileId, offset: usize) -> Result<usize, Error> {
        let file = self.file(id).ok_or(Error::FileMissing)?;
        let behind = file.lines.partition_point(|line| line.start <= offset);
        let line = file.lines.get(behind.saturating_sub(1)).ok_or(Error::FileMissing)?;
        Ok(line.index)
    }

    fn line_range(&'a self, id: FileId, index: usize) -> Result<Range<usize>, Error> {
        let file = self.file(id).ok_or(Error::FileMissing)?;
        let missing = || Error::LineTooLarge { given: index, max: file.lines.len() };
        let at =
            file.lines.binary_search_by_key(&index, |line| line.index).map_err(|_| missing())?;
        let start = file.lines.get(at).ok_or_else(missing)?.start;
        Ok(start..file.lines.get(at + 1).map_or(file.text.len(), |line| line.start))
    }
}

/// A line as far as it is shown; those with the ends of a place are no longer than that.
fn cropped(line: &str) -> &str {
    line.get(..line.floor_char_boundary(LONGEST_LINE)).unwrap_or(line)
}

/// The first and last line of a place that are shown.
fn lines(sources: &SourceMap, span: Span) -> (u32, u32) {
    let (first, _) = sources.line_column(span.file, span.start);
    let (last, column) = sources.line_column(span.file, span.end.max(span.start));
    // What ends with the end of a line does not reach into the next one.
    let last = if column == 1 && last > first { last - 1 } else { last };
    (first, if last - first > MOST_LINES { first } else { last })
}
