//! `stapc reduce`: a smaller file for which a command fails in the same way.
//!
//! Nothing here is left to chance: the same file and command give the same result.

mod edit;
mod ir;
mod run;
mod script;
mod search;

use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use stapc_diagnostics::bytes;

use crate::{cache::write_atomically, cli::ReduceOptions, report, script as source};
use edit::{lines, words};
use run::{Ending, Runner};
use search::Search;

/// How the text of a file is made smaller.
trait Reducer {
    /// Whether a text is worth a run: of the sort that the original was.
    fn accepts(&self, text: &str) -> bool;
    /// The ways to edit a text, the coarsest first; each is gone until nothing of it works.
    fn phases(&self) -> &[fn(&str) -> Vec<edit::Edit>];
    /// The same text with less in it that means nothing.
    fn tidied(&self, _text: &str) -> Option<String> {
        None
    }
}

/// Any text, by lines and words.
struct Plain;

impl Reducer for Plain {
    fn accepts(&self, _text: &str) -> bool {
        true
    }

    fn phases(&self) -> &[fn(&str) -> Vec<edit::Edit>] {
        &[lines, words]
    }
}

/// Reduces the file, and says from what to what.
///
/// # Errors
/// When the command cannot be run, or does not fail, or a file cannot be read or written.
pub fn run(options: &ReduceOptions) -> Result<()> {
    let bytes = source::read(&options.file)?;
    let name = options.file.display();
    let text = bytes::decode(&bytes).into_owned();
    let output = options.output.clone().unwrap_or_else(|| beside(&options.file));
    let mut runner = Runner::new(options, extension(&options.file))?;
    let wanted = wanted(options, runner.run(&text)?)?;
    let reducer = reducer(&options.file, &text);
    let mut progress = Progress::default();
    let mut search = Search {
        reducer: &*reducer,
        runner: &mut runner,
        wanted,
        tidies: false,
        most: options.most,
        better: &mut |text, runs| {
            progress.show(text, runs);
            write_atomically(&output, &bytes::encode(text))
        },
    };
    write_atomically(&output, &bytes)
        .with_context(|| format!("cannot write {}", output.display()))?;
    let reduced = search
        .reduce(&text)
        .with_context(|| format!("cannot go on; the best so far is in {}", output.display()))?;
    progress.end();
    let runs = runner.runs;
    let end = if runs >= options.most { " (stopped there: --most)" } else { "" };
    report::note(&format!(
        "{name}: {} → {}, in {runs} runs{end}: {}",
        measured(&text),
        measured(&reduced),
        output.display()
    ));
    Ok(())
}

/// How the command must end; it must do so for the file as it is.
fn wanted(options: &ReduceOptions, found: Ending) -> Result<Ending> {
    let file = options.file.display();
    let wanted = options.status.map_or(found.how, run::How::Status);
    if found.how != wanted {
        bail!("the command ends with {} for {file}, not with {wanted}", found.how);
    }
    if !found.matches {
        let text = options.matching.as_deref().unwrap_or_default();
        bail!("what the command prints for {file} does not hold {text:?}");
    }
    if wanted == run::How::Status(0) && options.status.is_none() && options.matching.is_none() {
        bail!("the command succeeds for {file}; if that is what must stay so, say --status 0");
    }
    Ok(found)
}

fn reducer(file: &Path, text: &str) -> Box<dyn Reducer> {
    match extension(file).as_str() {
        ".ir" => Box::new(ir::Ir::of(text)),
        ".stp" | ".stpm" => Box::new(script::Script::of(text)),
        _ if ir::is_ir(text) => Box::new(ir::Ir::of(text)),
        _ => Box::new(Plain),
    }
}

/// With its dot.
fn extension(file: &Path) -> String {
    file.extension().map_or(String::new(), |extension| format!(".{}", extension.to_string_lossy()))
}

/// `dir/a.ir` → `dir/a.reduced.ir`
fn beside(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}.reduced{}", extension(file)))
}

fn measured(text: &str) -> String {
    let plural =
        |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    format!("{}, {}", plural(lines, "line"), plural(text.len(), "byte"))
}

/// A line on the terminal that says how far it is.
#[derive(Default)]
struct Progress {
    shown: bool,
}

impl Progress {
    fn show(&mut self, text: &str, runs: usize) {
        let mut terminal = std::io::stderr();
        if terminal.is_terminal() {
            self.shown = true;
            // Where it cannot be shown, nobody misses it.
            let _ = write!(terminal, "\r\x1b[Kreduce: {runs} runs, {}", measured(text));
        }
    }

    fn end(&self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of parts that mean something to one reducer or another.
    fn garbage(seed: u64) -> String {
        const PARTS: [&str; 40] = [
            "\n",
            "\n",
            "\n",
            " ",
            "é",
            "\"",
            ";",
            "function ",
            "%f",
            "{",
            "}",
            "block1",
            "(",
            ")",
            ",",
            ":",
            "v1",
            "v1.x",
            "->",
            "i64",
            "=",
            "global ",
            "@n",
            "[",
            "]",
            "read",
            "requires",
            "lock ",
            "branch ",
            "jump ",
            "return",
            "call ",
            " near ",
            " at ",
            "0:1:2",
            "probe ",
            "begin",
            "if (x) ",
            "%{",
            "\u{10ff80}",
        ];
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut part = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            PARTS[(state >> 33) as usize % PARTS.len()]
        };
        (0..40).map(|_| part()).collect()
    }

    #[test]
    fn no_text_is_too_strange() {
        for seed in 0..2000 {
            let text = garbage(seed);
            let reducers: [&dyn Reducer; 3] =
                [&Plain, &ir::Ir::of(&text), &script::Script::of(&text)];
            for reducer in reducers {
                reducer.tidied(&text);
                for phase in reducer.phases() {
                    let edits = phase(&text);
                    edits.iter().for_each(|edit| drop(edit::apply(&text, [edit])));
                    let all = edit::apply(&text, &edits);
                    assert!(all.len() <= text.len() + 64 * edits.len(), "{text}");
                }
            }
        }
    }

    #[test]
    fn results_stand_beside_their_files() {
        for (file, result) in [
            ("a.ir", "a.reduced.ir"),
            ("dir/a.b.stp", "dir/a.b.reduced.stp"),
            ("dir/plain", "dir/plain.reduced"),
        ] {
            assert_eq!(beside(Path::new(file)), Path::new(result));
        }
    }
}
