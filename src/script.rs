//! The script's text, from a file, the standard input or the command line.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use stapc_diagnostics::{FileId, SourceMap};

use crate::cli::Input;

/// More than this is no script; positions in it are 32 bits wide.
const SIZE_MAX: u64 = 16 << 20;

/// A script that has been read.
#[derive(Debug)]
pub struct Script {
    /// Its text, for messages.
    pub sources: SourceMap,
    /// Its file in `sources`.
    pub file: FileId,
}

impl Script {
    /// Reads the script that the command line names.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(input: &Input) -> Result<Self> {
        let (name, bytes) = match (&input.expression, &input.script) {
            (Some(text), _) => ("<input>".to_owned(), text.clone().into_bytes()),
            (None, Some(path)) if path == Path::new("-") => {
                ("<stdin>".to_owned(), standard_input()?)
            }
            (None, Some(path)) => (path.display().to_string(), file(path)?),
            (None, None) => bail!("no script: name a file, or give its text with -e"),
        };
        let mut sources = SourceMap::new();
        let file = sources.add_bytes(name, &bytes);
        Ok(Self { sources, file })
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.sources.text(self.file)
    }
}

fn standard_input() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(SIZE_MAX + 1)
        .read_to_end(&mut bytes)
        .context("cannot read the standard input")?;
    within_limit(bytes, &PathBuf::from("the standard input"))
}

fn file(path: &Path) -> Result<Vec<u8>> {
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
