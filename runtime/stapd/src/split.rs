//! Output in files: of a bounded size, FILE.0, FILE.1 and so on, of which the latest are kept; or in FILE alone. SIGUSR2
//! begins the next, from FILE.1 on.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::writer::Sink;

/// How output is split into files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Megabytes of each file, at most.
    pub megabytes: u32,
    /// How many of the latest files are kept; all if there is no such bound.
    pub files: Option<u32>,
}

impl FromStr for Split {
    type Err = &'static str;

    /// Reads `SIZE` or `SIZE,NUMBER`, both from 1 on.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let split = match text.split_once(',') {
            None => number(text).map(|megabytes| Self { megabytes, files: None }),
            Some((size, files)) => number(size)
                .zip(number(files))
                .map(|(megabytes, files)| Self { megabytes, files: Some(files) }),
        };
        split.ok_or("expected SIZE or SIZE,NUMBER")
    }
}

/// Writes the files.
pub struct Files {
    path: PathBuf,
    /// Bytes of each, at most.
    size: u64,
    kept: Option<u32>,
    file: File,
    /// The number of `file`, and bytes that are in it.
    number: u32,
    used: u64,
}

impl Files {
    /// Makes the first one, which has no number if the files are not split by their size.
    pub fn create(path: &Path, split: Option<Split>) -> io::Result<Self> {
        let (size, file) = match split {
            Some(split) => (u64::from(split.megabytes) << 20, File::create(numbered(path, 0))?),
            None => (u64::MAX, File::create(path)?),
        };
        let kept = split.and_then(|split| split.files);
        Ok(Self { path: path.to_owned(), size, kept, file, number: 0, used: 0 })
    }

    fn next(&mut self) -> io::Result<()> {
        self.number += 1;
        self.file = File::create(numbered(&self.path, self.number))?;
        self.used = 0;
        match self.kept.and_then(|kept| self.number.checked_sub(kept)) {
            // Somebody else may have taken it.
            Some(old) => fs::remove_file(numbered(&self.path, old)).or_else(|error| {
                if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
            }),
            None => Ok(()),
        }
    }

    /// How much of some output goes into this file: whole lines, unless one alone is too long.
    fn fitting(&self, bytes: &[u8]) -> usize {
        let left = (self.size - self.used).try_into().unwrap_or(usize::MAX);
        if bytes.len() <= left {
            return bytes.len();
        }
        let line = bytes[..left].iter().rposition(|&byte| byte == b'\n');
        match line {
            Some(end) => end + 1,
            None if self.used > 0 => 0,
            None => left,
        }
    }
}

impl Write for Files {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut count = self.fitting(bytes);
        if count == 0 && !bytes.is_empty() {
            self.next()?;
            count = self.fitting(bytes);
        }
        let written = self.file.write(&bytes[..count])?;
        self.used += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Sink for Files {
    fn switch(&mut self) -> io::Result<()> {
        self.next()
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{number}"));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers() {
        assert_eq!("5".parse(), Ok(Split { megabytes: 5, files: None }));
        assert_eq!("1,2".parse(), Ok(Split { megabytes: 1, files: Some(2) }));
        for wrong in ["", "0", "5,", "5,0", "a", "1,2,3"] {
            assert!(wrong.parse::<Split>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_latest_files_are_kept_each_of_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut files = Files::create(&path, Some(Split { megabytes: 1, files: Some(2) })).unwrap();
        let line = [b"x".repeat(99), b"\n".to_vec()].concat();
        for _ in 0..35 {
            files.write_all(&line.repeat(1000)).unwrap();
        }
        files.flush().unwrap();
        let size = |number| fs::read(numbered(&path, number)).map(|bytes| bytes.len()).unwrap_or(0);
        assert_eq!((size(0), size(1)), (0, 0));
        // 10485 lines go into a megabyte.
        assert_eq!((size(2), size(3)), (1_048_500, 3_500_000 - 3 * 1_048_500));
    }

    #[test]
    fn a_line_that_is_too_long_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut files = Files::create(&path, Some(Split { megabytes: 1, files: None })).unwrap();
        files.write_all(b"short\n").unwrap();
        files.write_all(&b"y".repeat(1 << 21)).unwrap();
        let sizes = [0, 1, 2].map(|number| fs::metadata(numbered(&path, number)).unwrap().len());
        assert_eq!(sizes, [6, 1 << 20, 1 << 20]);
    }
}
