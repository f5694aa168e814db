//! The documented examples: scripts, and arguments that they can be given.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Result;
use stapc_diagnostics::{FileId, SourceMap};
use stapc_syntax::{Token, TokenKind, scan};

use crate::{guide, tapset};

/// Where the package of examples has them: what they are called in the totals, and the folder.
const FOLDERS: [(&str, &str); 2] = [
    ("of the tutorial", "/usr/share/doc/systemtap/examples/tutorial"),
    ("of the collection", "/usr/share/systemtap/examples"),
];

/// The folder beside examples that has library files for them.
const LIBRARY: &str = "tapset";

/// Where the package has its guide.
const GUIDE: &str = "/usr/share/doc/systemtap-doc/SystemTap_Beginners_Guide";

/// The arguments that some examples say they want.
const SAID: [(&str, &[&str]); 2] = [
    (
        "measureinterval.stp",
        &["gettimeofday_us()", "tid()", "@avg", "kernel.function(\"vfs_read\")"],
    ),
    ("whythefail.stp", &["kernel", "do_mlock", "$return < 0"]),
];

/// Some examples from one place.
pub struct Group {
    /// As the totals say it.
    pub name: &'static str,
    /// By name.
    pub examples: Vec<Example>,
}

/// A script with what it can be given.
pub struct Example {
    /// Its path, or the page that it stands in.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
    /// The file that has it and nothing else, if there is one.
    pub path: Option<PathBuf>,
    /// Arguments for it.
    pub arguments: Vec<String>,
    /// Whether it is shown for what is wrong with it.
    pub wrong: bool,
}

impl Example {
    /// The folder of library files that come with it.
    pub fn library(&self) -> Option<PathBuf> {
        let folder = self.path.as_ref()?.parent()?.join(LIBRARY);
        folder.is_dir().then_some(folder)
    }

    /// Whether it is a file of such a folder.
    pub fn is_library(&self) -> bool {
        let folder = self.path.as_ref().and_then(|path| path.parent());
        folder.is_some_and(|folder| folder.ends_with(LIBRARY))
    }
}

/// All that are installed.
pub fn all() -> Result<Vec<Group>> {
    let in_guide = guide::listings(Path::new(GUIDE));
    let listed = in_guide.into_iter().map(|listing| {
        let text: Arc<str> = listing.text.into();
        let arguments = arguments(&text);
        Example { name: listing.name, text, path: None, arguments, wrong: listing.wrong }
    });
    let mut groups = vec![Group { name: "of the guide", examples: listed.collect() }];
    for (name, folder) in FOLDERS {
        let paths = tapset::scripts(Path::new(folder));
        let examples = paths.into_iter().map(|path| {
            let text = tapset::text(&path)?;
            let said = SAID.iter().find(|(name, _)| path.ends_with(name));
            let arguments = match said {
                Some((_, said)) => said.iter().map(|&word| word.to_owned()).collect(),
                None => arguments(&text),
            };
            let name = path.display().to_string();
            Ok(Example { name, text, path: Some(path), arguments, wrong: false })
        });
        groups.push(Group { name, examples: examples.collect::<Result<_>>()? });
    }
    Ok(groups)
}

/// Arguments that make sense where a script has them: a probe point or a part of one where it is
/// pasted into a probe's head, a number elsewhere.
fn arguments(text: &str) -> Vec<String> {
    let mut sources = SourceMap::new();
    let file: FileId = sources.add("", text);
    let (tokens, _) = scan(file, text, false);
    let mut arguments: Vec<String> = Vec::new();
    let (mut is_head, mut is_condition, mut depth) = (false, false, 0);
    for (index, token) in tokens.iter().enumerate() {
        let word = sources.slice(token.span);
        match word {
            "probe" => (is_head, depth) = (true, 0),
            "{" => is_head = false,
            "(" => depth += 1,
            ")" => depth -= 1,
            "%(" => is_condition = true,
            "%?" => is_condition = false,
            _ => {}
        }
        let number = word.get(1..).and_then(|number| number.parse::<usize>().ok());
        let is_argument = |number: &usize| token.kind == TokenKind::Argument && *number < 100;
        let Some(number) = number.filter(is_argument).filter(|number| *number > 0) else {
            continue;
        };
        arguments.resize(arguments.len().max(number), "1".to_owned());
        if word.starts_with('$') && is_head && !is_condition && depth == 0 {
            arguments[number - 1] = point(&sources, &tokens[index + 1..]).to_owned();
        }
    }
    arguments
}

/// What can stand before the rest of a probe point.
fn point(sources: &SourceMap, rest: &[Token]) -> &'static str {
    let mut words = rest.iter().map(|token| sources.slice(token.span));
    match (words.next(), words.next()) {
        (Some("."), Some("function" | "module" | "statement" | "trace")) => "kernel",
        _ => "kernel.function(\"vfs_read\")",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_fit_where_they_stand() {
        let script = "probe $1 {} probe %($2 > 1 %? $3.call %), x($6) {} probe $4 . function(@5) { a = $7 + $# + $x }";
        let vfs_read = "kernel.function(\"vfs_read\")";
        assert_eq!(arguments(script), [vfs_read, "1", vfs_read, "kernel", "1", "1", "1"]);
        assert_eq!(arguments("probe begin {}"), [""; 0]);
    }
}
