//! Names and the files that declare them, as text that is searched where it lies.
//!
//! ```text
//! stapc library 2 0.1.0 5ebc5c02f32e39a3 36
//! a syscall.open 12
//! f pid 3 40
//! ```
//!
//! Behind the first line, which says what state of the files it is of and how many bytes follow, each
//! line is a name: its kind (alias, function, global, macro), and the numbers of the files. Lines are
//! sorted, and so are the numbers, since files that come first are preferred.

use std::{cmp::Ordering, collections::BTreeSet};

use stapc_syntax::{Declared, Kind};

/// Changes with the form.
const FORM: &str = concat!("stapc library 2 ", env!("CARGO_PKG_VERSION"));

/// Which files declare which names.
#[derive(Debug, Default)]
pub struct Index {
    text: String,
    /// Where the first name stands in the text.
    start: usize,
    /// How many files there are; a number from there on means nothing.
    count: usize,
}

impl Index {
    /// Of files, by the names that each declares.
    pub fn of(files: impl Iterator<Item = Vec<Declared>>) -> Self {
        let mut names = BTreeSet::new();
        let mut count = 0;
        for declared in files {
            names.extend(
                declared.into_iter().map(|Declared { kind, name }| (letter(kind), name, count)),
            );
            count += 1;
        }
        let mut text = String::new();
        let mut last = None;
        for (letter, name, file) in &names {
            if last != Some((letter, name)) {
                text.push_str(&format!("\n{letter} {name}"));
                last = Some((letter, name));
            }
            text.push_str(&format!(" {file}"));
        }
        let mut text = text.split_off(text.len().min(1));
        if !text.is_empty() {
            text.push('\n');
        }
        Self { text, start: 0, count }
    }

    /// From what [`Index::written`] made, if it is of `count` files in this state, and whole.
    pub fn read(bytes: Vec<u8>, state: &str, count: usize) -> Option<Self> {
        let text = String::from_utf8(bytes).ok()?;
        let start = text.find('\n')? + 1;
        let names = text.get(start..)?;
        (text.get(..start)? == first_line(state, names)).then_some(Self { text, start, count })
    }

    /// The text of it, with the state of the files.
    pub fn written(&self, state: &str) -> Vec<u8> {
        (first_line(state, self.lines()) + self.lines()).into_bytes()
    }

    /// The files that declare something of this kind and name.
    pub fn files(&self, kind: Kind, name: &str) -> impl Iterator<Item = usize> {
        let wanted = [letter(kind), " ", name].concat();
        let line = line_from(self.lines(), &wanted);
        let found = line.and_then(|line| line.strip_prefix(&*wanted)?.strip_prefix(' '));
        self.numbers(found.unwrap_or_default())
    }

    /// The names of one kind, each with each of its files.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = (&str, usize)> {
        self.named(kind).flat_map(|(name, files)| self.numbers(files).map(move |file| (name, file)))
    }

    /// The names of one kind.
    pub fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.named(kind).map(|(name, _)| name)
    }

    /// The lines of one kind: name, and numbers of files.
    fn named(&self, kind: Kind) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.lines();
        let start = line_start(lines, letter(kind));
        let lines = lines.get(start..).unwrap_or_default().lines();
        let own = lines.map_while(move |line| line.strip_prefix(letter(kind))?.strip_prefix(' '));
        own.filter_map(|line| line.split_once(' '))
    }

    fn numbers(&self, files: &str) -> impl Iterator<Item = usize> {
        let count = self.count;
        files.split(' ').filter_map(|number| number.parse().ok()).filter(move |file| *file < count)
    }

    fn lines(&self) -> &str {
        self.text.get(self.start..).unwrap_or_default()
    }
}

/// The first of some sorted lines that is not before `wanted`.
fn line_from<'a>(lines: &'a str, wanted: &str) -> Option<&'a str> {
    lines.get(line_start(lines, wanted)..)?.lines().next()
}

/// Where the first of some sorted lines stands that is not before `wanted`.
///
/// Lines are in the order of their names, in which what ends a name, the space, is before all else.
fn line_start(lines: &str, wanted: &str) -> usize {
    let (mut low, mut high) = (0, lines.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let before = &lines.as_bytes()[low..middle];
        let start = before.iter().rposition(|&byte| byte == b'\n').map_or(low, |at| low + at + 1);
        let rest = &lines.as_bytes()[start..];
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        match rest[..length].cmp(wanted.as_bytes()) {
            Ordering::Less => low = (start + length + 1).min(lines.len()),
            _ => high = start,
        }
    }
    low
}

fn first_line(state: &str, names: &str) -> String {
    format!("{FORM} {state} {}\n", names.len())
}

fn letter(kind: Kind) -> &'static str {
    match kind {
        Kind::Alias => "a",
        Kind::Function => "f",
        Kind::Global => "g",
        Kind::Macro => "m",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(kind: Kind, name: &str) -> Declared {
        Declared { kind, name: name.to_owned() }
    }

    fn index() -> Index {
        let files = [
            vec![declared(Kind::Function, "pid"), declared(Kind::Function, "pid")],
            vec![declared(Kind::Global, "pid"), declared(Kind::Alias, "syscall.open")],
            vec![declared(Kind::Alias, "syscall.open"), declared(Kind::Function, "pid")],
        ];
        Index::of(files.into_iter())
    }

    #[test]
    fn names_lead_to_files() {
        let index = index();
        let files = |kind, name| index.files(kind, name).collect::<Vec<_>>();
        assert_eq!(files(Kind::Function, "pid"), [0, 2]);
        assert_eq!(files(Kind::Global, "pid"), [1]);
        assert_eq!(files(Kind::Macro, "pid"), [0; 0]);
        assert_eq!(files(Kind::Function, "pi"), [0; 0]);
        let aliases: Vec<_> = index.all(Kind::Alias).collect();
        assert_eq!(aliases, [("syscall.open", 1), ("syscall.open", 2)]);
        assert_eq!(index.names(Kind::Alias).collect::<Vec<_>>(), ["syscall.open"]);
        assert_eq!(Index::of(std::iter::empty()).names(Kind::Alias).count(), 0);
    }

    #[test]
    fn every_name_is_found_wherever_it_stands() {
        let names = ["a", "a.b", "a.b.c", "a_b", "aa", "ab", "b", "é", "z"];
        let kinds = [Kind::Alias, Kind::Function, Kind::Global, Kind::Macro];
        for length in 0..=names.len() {
            let file =
                |kind| names[..length].iter().map(move |name| declared(kind, name)).collect();
            let index = Index::of(kinds.into_iter().map(file));
            for (kind, file) in kinds.into_iter().zip(0..) {
                for (at, name) in names.iter().enumerate() {
                    let expected: &[usize] = if at < length { &[file] } else { &[] };
                    let found: Vec<usize> = index.files(kind, name).collect();
                    assert_eq!(found, expected, "{length} {kind:?} {name}");
                }
                assert_eq!(index.names(kind).count(), length);
                assert_eq!(index.files(kind, "").count() + index.files(kind, "zz").count(), 0);
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let written = index().written("s1");
        let read = Index::read(written.clone(), "s1", 3).unwrap();
        assert_eq!(read.files(Kind::Function, "pid").collect::<Vec<_>>(), [0, 2]);
        assert_eq!(read.written("s1"), written);
        let fewer = Index::read(written.clone(), "s1", 2).unwrap();
        assert_eq!(fewer.files(Kind::Function, "pid").collect::<Vec<_>>(), [0], "no such file");
        assert!(Index::read(written.clone(), "s2", 3).is_none(), "of another state");
        assert!(Index::read(written[..written.len() - 1].to_vec(), "s1", 3).is_none(), "cut off");
        assert!(Index::read(b"other\n".to_vec(), "s1", 3).is_none());
        assert!(Index::read(Vec::new(), "s1", 3).is_none());
    }
}
