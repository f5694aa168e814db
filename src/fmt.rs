//! `stapc fmt`: scripts in their usual form.

use std::{path::Path, process::ExitCode};

use anyhow::{Context as _, Result};
use stapc_diagnostics::{SourceMap, bytes};

use crate::{
    cache::rewrite_atomically,
    cli::{FormatOptions, Input},
    compile::print,
    report, script,
};

/// What came of the files.
#[derive(Debug, Default)]
struct Count {
    changed: usize,
    same: usize,
    failed: usize,
}

/// Formats the files, or says which of them are not formatted; the others are done even if one is wrong.
///
/// # Errors
/// When the standard output cannot be written.
pub fn run(options: &FormatOptions) -> Result<ExitCode> {
    let mut count = Count::default();
    for path in &options.files {
        match format(path, options.check) {
            Ok(true) => count.changed += 1,
            Ok(false) => count.same += 1,
            Err(error) => {
                report::failure(&error);
                count.failed += 1;
            }
        }
    }
    if options.files.iter().all(|path| path != Path::new("-")) {
        report::note(&count.summary(options.check));
    }
    let failed = count.failed > 0 || (options.check && count.changed > 0);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Formats a file; whether it was not formatted before.
fn format(path: &Path, only_check: bool) -> Result<bool> {
    let standard = path == Path::new("-");
    let name = if standard { "<input>".into() } else { path.to_string_lossy() };
    let old = if standard { script::standard_input()? } else { script::read(path)? };
    let mut sources = SourceMap::new();
    let file = sources.add_bytes(&*name, &old);
    let new = match stapc_syntax::format(sources.text(file)) {
        Ok(text) => bytes::encode(&text).into_owned(),
        Err(found) => {
            report::diagnostics(&sources, found, &Input::default())?;
            return Ok(false);
        }
    };
    let changed = new != old;
    match (only_check, standard) {
        (true, _) if changed => print(format!("{name}\n").as_bytes())?,
        (false, true) => print(&new)?,
        (false, false) if changed => rewrite_atomically(path, &new)
            .with_context(|| format!("cannot write {}", path.display()))?,
        _ => {}
    }
    Ok(changed)
}

impl Count {
    fn summary(&self, only_check: bool) -> String {
        let files = |count: usize| format!("{count} file{}", if count == 1 { "" } else { "s" });
        let changed = if only_check { "not formatted" } else { "formatted" };
        let same = if only_check { "formatted" } else { "left as it was" };
        let same = if self.same == 1 { same } else { same.trim_end_matches(" as it was") };
        let mut text = format!("{} {changed}, {} {same}", files(self.changed), self.same);
        if self.failed > 0 {
            text += &format!(", {} with errors", self.failed);
        }
        text
    }
}
