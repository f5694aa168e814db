//! The scripts of a compilation: from a file, the standard input or the command line.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Read as _,
    os::unix::ffi::OsStrExt as _,
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use stapc_diagnostics::{FileId, SourceMap, bytes};

use crate::cli::Input;

/// More than this is no script; positions in it are 32 bits wide.
const SIZE_MAX: u64 = 16 << 20;

/// Scripts that have been read, to be compiled together.
#[derive(Debug)]
pub struct Script {
    /// Their text, for messages; takes the files of the script library too.
    pub sources: SourceMap,
    /// The scripts in `sources`, the main one first.
    pub files: Vec<FileId>,
    /// The arguments that they are given.
    pub arguments: Vec<String>,
}

impl Script {
    /// Reads the scripts that the command line names.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn read(input: &Input) -> Result<Self> {
        let mut sources = SourceMap::new();
        let mut files = vec![main(input, &mut sources)?];
        for (text, number) in input.additional.iter().zip(1..) {
            files.push(sources.add_bytes(format!("<input{number}>"), text.as_bytes()));
        }
        Ok(Self { sources, files, arguments: arguments(input) })
    }

    /// A script whose text is at hand.
    pub fn of(name: &str, text: &str) -> Self {
        let mut sources = SourceMap::new();
        let file = sources.add(name, text);
        Self { sources, files: vec![file], arguments: Vec::new() }
    }
}

/// The main script: with `-e`, the first operand is an argument already.
fn main(input: &Input, sources: &mut SourceMap) -> Result<FileId> {
    match (&input.expression, &input.script) {
        (Some(text), _) => Ok(sources.add_bytes("<input>", text.as_bytes())),
        (None, Some(path)) if path == "-" => Ok(sources.add_bytes("<input>", &standard_input()?)),
        (None, Some(path)) => {
            let bytes = read(Path::new(path))?;
            Ok(sources.add_bytes(path.to_string_lossy(), &bytes))
        }
        (None, None) => bail!("no script: name a file, or give its text with -e"),
    }
}

fn arguments(input: &Input) -> Vec<String> {
    let first = input.script.iter().filter(|_| input.expression.is_some());
    first.chain(&input.arguments).map(|argument| text_of(argument)).collect()
}

/// A word of the command line as text, from which [`word_of`] makes it again.
pub fn text_of(word: &OsStr) -> String {
    bytes::decode(word.as_bytes()).into_owned()
}

/// The word of the command line that was made into this text.
pub fn word_of(text: &str) -> OsString {
    OsStr::from_bytes(&bytes::encode(text)).to_owned()
}

/// The standard input, which must be no larger than a script can be.
///
/// # Errors
/// When it cannot be read.
pub fn standard_input() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(SIZE_MAX + 1)
        .read_to_end(&mut bytes)
        .context("cannot read the standard input")?;
    within_limit(bytes, Path::new("the standard input"))
}

/// A file, which must be no larger than a script can be.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let file = fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut bytes = Vec::new();
    file.take(SIZE_MAX + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", path.display()))?;
    within_limit(bytes, path)
}

fn within_limit(bytes: Vec<u8>, path: &Path) -> Result<Vec<u8>> {
    if bytes.len() as u64 > SIZE_MAX {
        bail!("{} is larger than a script can be ({} MiB)", path.display(), SIZE_MAX >> 20);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments_of(script: Option<&str>, expression: Option<&str>, rest: &[&str]) -> Vec<String> {
        arguments(&Input {
            script: script.map(OsString::from),
            expression: expression.map(OsString::from),
            arguments: rest.iter().map(OsString::from).collect(),
            ..Input::default()
        })
    }

    #[test]
    fn with_an_expression_all_operands_are_arguments() {
        assert_eq!(arguments_of(Some("f.stp"), None, &["a", "b"]), ["a", "b"]);
        assert_eq!(arguments_of(Some("a"), Some("probe begin {}"), &["b"]), ["a", "b"]);
        assert_eq!(arguments_of(None, Some("probe begin {}"), &[]), [""; 0]);
    }

    #[test]
    fn additional_scripts_have_names_of_their_own() {
        let input = Input {
            expression: Some("probe begin {}".into()),
            additional: vec!["probe end {}".into(), "global x".into()],
            ..Input::default()
        };
        let script = Script::read(&input).unwrap();
        let names: Vec<&str> = script.files.iter().map(|file| script.sources.name(*file)).collect();
        assert_eq!(names, ["<input>", "<input1>", "<input2>"]);
        assert_eq!(script.sources.text(script.files[2]), "global x");
    }

    #[test]
    fn words_that_are_no_text_survive() {
        let word = OsStr::from_bytes(b"a\xff\xc3\xa9");
        assert_eq!(word_of(&text_of(word)), word);
    }
}
