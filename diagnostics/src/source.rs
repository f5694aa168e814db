//! Source files and places in them.

use std::sync::Arc;

use crate::bytes;

/// A file of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in a file, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// A span of `file`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// From the start of this one to the end of `other`, where both are in one file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// The files of a compilation, with their text and the offsets of their lines.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

/// Why a file is there that nobody wrote: what stands in it came about at another place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// What it is of, as messages say it, such as "macro `@max`".
    pub what: String,
    /// Where it is used.
    pub used: Span,
}

#[derive(Debug)]
struct SourceFile {
    contents: Arc<Contents>,
    /// The file that was read, where this is of an expansion.
    original: Option<FileId>,
    expansion: Option<Expansion>,
}

/// What a file and its expansions share.
#[derive(Debug)]
struct Contents {
    name: String,
    text: Arc<str>,
    line_starts: Vec<u32>,
    /// How many characters begin before each [`BLOCK`] of bytes, so that a column is found without
    /// counting along a line of any length.
    characters: Vec<u32>,
}

const BLOCK: usize = 256;

impl SourceMap {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under the name that messages will show.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let contents = Arc::new(Contents::new(name.into(), text.into()));
        self.push(SourceFile { contents, original: None, expansion: None })
    }

    /// Adds a file as it was read. Bytes that are not UTF-8 are kept: see [`bytes::decode`].
    pub fn add_bytes(&mut self, name: impl Into<String>, bytes: &[u8]) -> FileId {
        self.add(name, bytes::decode(bytes))
    }

    /// Adds a file of the same name and text as another one: spans in it are of what came about by
    /// the use of something that stands there, such as a macro.
    pub fn add_expansion(&mut self, of: FileId, expansion: Expansion) -> FileId {
        let contents = self.file(of).map(|file| Arc::clone(&file.contents));
        let contents =
            contents.unwrap_or_else(|| Arc::new(Contents::new(String::new(), "".into())));
        let original = Some(self.original(of));
        // A use is in a file that is there already, and so no chain of uses goes round.
        let used = (expansion.used.file.0 as usize) < self.files.len();
        self.push(SourceFile { contents, original, expansion: used.then_some(expansion) })
    }

    /// The file that was read: this one, or the one that it is an expansion of.
    pub fn original(&self, file: FileId) -> FileId {
        self.file(file).and_then(|file| file.original).unwrap_or(file)
    }

    /// Where the text of a file came about, if it is an expansion.
    pub fn expansion(&self, file: FileId) -> Option<&Expansion> {
        self.file(file)?.expansion.as_ref()
    }

    /// The uses by which the text of a file came about, the innermost one first.
    pub fn expansions(&self, file: FileId) -> impl Iterator<Item = &Expansion> {
        std::iter::successors(self.expansion(file), |expansion| self.expansion(expansion.used.file))
    }

    /// Where a place is as the user sees it: the outermost use of what it came about by.
    pub fn outermost(&self, mut span: Span) -> Span {
        while let Some(expansion) = self.expansion(span.file) {
            span = expansion.used;
        }
        span
    }

    fn push(&mut self, file: SourceFile) -> FileId {
        self.files.push(file);
        FileId(self.files.len() as u32 - 1)
    }

    /// The files, in the order they were added.
    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.files.len() as u32).map(FileId)
    }

    /// The name of a file; empty for one that is not in this map.
    pub fn name(&self, file: FileId) -> &str {
        self.contents(file).map_or("", |contents| &contents.name)
    }

    /// The text of a file; empty for one that is not in this map.
    pub fn text(&self, file: FileId) -> &str {
        self.contents(file).map_or("", |contents| &contents.text)
    }

    /// The text of a file, to be kept.
    pub fn shared_text(&self, file: FileId) -> Arc<str> {
        self.contents(file).map_or_else(|| "".into(), |contents| Arc::clone(&contents.text))
    }

    /// The text under a span; empty where it does not fit the file.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// How many bytes the longer of the lines has where a span starts and ends.
    pub(crate) fn width(&self, span: Span) -> usize {
        let length = |offset| self.line(span.file, self.line_column(span.file, offset).0).len();
        length(span.start).max(length(span.end))
    }

    /// Line and column (in characters) of an offset, both counted from 1.
    pub fn line_column(&self, file: FileId, offset: u32) -> (u32, u32) {
        let Some(source) = self.contents(file) else { return (1, 1) };
        let line = source.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = source.line_starts.get(line - 1).copied().unwrap_or(0);
        let offset = offset.min(source.text.len() as u32).max(start);
        (line as u32, source.characters_before(offset) - source.characters_before(start) + 1)
    }

    /// The offset of the first byte of a line, counted from 1.
    pub(crate) fn line_start(&self, file: FileId, line: u32) -> u32 {
        let starts = self.contents(file).map(|source| source.line_starts.as_slice());
        starts.and_then(|starts| starts.get(line.saturating_sub(1) as usize)).copied().unwrap_or(0)
    }

    /// The text of a line, counted from 1, without its end.
    pub fn line(&self, file: FileId, line: u32) -> &str {
        let Some(source) = self.contents(file) else { return "" };
        let start = |line: u32| source.line_starts.get(line as usize).map(|&start| start as usize);
        let first = start(line.saturating_sub(1)).unwrap_or(source.text.len());
        let end = start(line).unwrap_or(source.text.len());
        source.text.get(first..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    fn file(&self, file: FileId) -> Option<&SourceFile> {
        self.files.get(file.0 as usize)
    }

    fn contents(&self, file: FileId) -> Option<&Contents> {
        self.file(file).map(|file| &*file.contents)
    }
}

impl Contents {
    fn new(name: String, text: Arc<str>) -> Self {
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1);
        let line_starts = std::iter::once(0).chain(newlines).collect();
        let characters = text.as_bytes().chunks(BLOCK).scan(0, |count, block| {
            let before = *count;
            *count += characters_in(block);
            Some(before)
        });
        let characters = characters.collect();
        Self { name, text, line_starts, characters }
    }

    fn characters_before(&self, offset: u32) -> u32 {
        let offset = offset as usize;
        let block = offset / BLOCK;
        let known = self.characters.get(block).copied();
        let from = if known.is_some() { block * BLOCK } else { 0 };
        known.unwrap_or(0) + self.text.as_bytes().get(from..offset).map_or(0, characters_in)
    }
}

/// How many characters begin in these bytes of UTF-8.
fn characters_in(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let mut map = SourceMap::new();
        let file = map.add("f.stp", "ab\nçd\n");
        assert_eq!(map.line_column(file, 0), (1, 1));
        assert_eq!(map.line_column(file, 3), (2, 1));
        assert_eq!(map.line_column(file, 5), (2, 2));
        assert_eq!(map.line_column(file, 7), (3, 1));
        assert_eq!(map.line(file, 2), "çd");
        assert_eq!(map.slice(Span::new(file, 3, 6)), "çd");
        assert_eq!(map.slice(Span::new(file, 4, 99)), "");
    }

    #[test]
    fn columns_of_long_lines_agree_with_counting() {
        let mut map = SourceMap::new();
        let text = "aé€\n".to_owned() + &"xç𝄞y".repeat(200);
        let file = map.add("f.stp", text.clone());
        for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let line = text[..offset].matches('\n').count() as u32 + 1;
            let column =
                text[..offset].rsplit('\n').next().unwrap_or("").chars().count() as u32 + 1;
            assert_eq!(map.line_column(file, offset as u32), (line, column), "at {offset}");
        }
        assert_eq!(map.line_column(file, 1 << 30), map.line_column(file, text.len() as u32));
    }

    #[test]
    fn lines_end_where_they_end_and_bytes_may_be_anything() {
        let mut map = SourceMap::new();
        let file = map.add_bytes("f.stp", b"a\xffb\r\nlast");
        assert_eq!(map.line(file, 1), "a\u{10ffff}b");
        assert_eq!(map.line(file, 2), "last");
        assert_eq!((map.line(file, 3), map.line(file, 0)), ("", ""));
        let empty = map.add("empty", "");
        assert_eq!(map.line_column(empty, 0), (1, 1));
    }
}
