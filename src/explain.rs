//! `stapc explain`: the page of a kind of finding, or the table of all of them.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Result, bail};
use stapc_diagnostics::{
    catalogue::{CATALOGUE, Entry, find},
    suggest,
};

/// Prints the page of a kind of finding, given by its id or slug, or else all ids and their titles.
///
/// # Errors
/// When nothing is called that, or the standard output cannot be written.
pub fn run(what: Option<&str>) -> Result<()> {
    let styled = io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    match what {
        Some(what) => print(&page(entry(what)?.page, styled)),
        None => print(&table(styled)),
    }
}

fn print(text: &str) -> Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever reads this has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

fn entry(what: &str) -> Result<&'static Entry> {
    if let Some(entry) = find(what) {
        return Ok(entry);
    }
    let names = || CATALOGUE.iter().flat_map(|entry| [entry.id, entry.slug]);
    let alike =
        suggest(&what.to_uppercase(), names()).or_else(|| suggest(&what.to_lowercase(), names()));
    match alike {
        Some(name) => bail!("there is no diagnostic `{what}`: did you mean `{name}`?"),
        None => bail!("there is no diagnostic `{what}`: `stapc explain` lists all of them"),
    }
}

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

/// All ids, slugs and titles, a line each.
fn table(styled: bool) -> String {
    let (start, end) = if styled { (BOLD, PLAIN) } else { ("", "") };
    let widest = CATALOGUE.iter().map(|entry| entry.slug.len()).max().unwrap_or(0);
    let line = |entry: &Entry| {
        format!("{start}{}{end}  {:widest$}  {}\n", entry.id, entry.slug, entry.title)
    };
    CATALOGUE.iter().map(line).collect()
}

/// A page as a terminal shows it: Markdown without its signs. Otherwise it is left as it is.
fn page(markdown: &str, styled: bool) -> String {
    if !styled {
        return markdown.to_owned();
    }
    let mut text = String::new();
    let mut code = false;
    for line in markdown.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            code = !code;
            text.push_str(&opening(fence));
        } else if code {
            text.push_str(&format!("    {line}\n"));
        } else if let Some(heading) = line.strip_prefix("# ") {
            text.push_str(&format!("{BOLD}{heading}{PLAIN}\n"));
        } else {
            text.push_str(&format!("{}\n", emphasised(line)));
        }
    }
    text
}

/// What is said above an example, by the line that opens it; nothing at its end.
fn opening(fence: &str) -> String {
    let mut words = fence.split(',').skip(1);
    let (colour, kind) = match words.next() {
        Some("wrong") => (RED, "wrong"),
        Some("right") => (GREEN, "right"),
        _ => return String::new(),
    };
    let options: Vec<&str> = words.collect();
    let options = if options.is_empty() { "" } else { &format!(" ({})", options.join(", ")) };
    format!("  {colour}{kind}{PLAIN}{options}\n")
}

/// A line with what stands in backquotes in bold instead.
fn emphasised(line: &str) -> String {
    let mut parts = line.split('`');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        text.push_str(if at % 2 == 0 { BOLD } else { PLAIN });
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_by_id_and_slug_and_nearly() {
        assert_eq!(entry("e0301").unwrap().slug, "type-mismatch");
        assert_eq!(entry("Type-Mismatch").unwrap().id, "E0301");
        let message = |what| entry(what).unwrap_err().to_string();
        assert_eq!(
            message("type-mismath"),
            "there is no diagnostic `type-mismath`: did you mean `type-mismatch`?"
        );
        assert!(message("e9301").contains("did you mean `E0301`?"), "{}", message("e9301"));
        assert!(message("x").contains("`stapc explain` lists all of them"));
    }

    #[test]
    fn a_page_is_markdown_but_for_a_terminal() {
        let markdown = "# E1: title\n\nUse `x` or\n`y`.\n\n```stap,wrong,guru\nprobe `\n```\n";
        assert_eq!(page(markdown, false), markdown);
        assert_eq!(
            page(markdown, true),
            "\x1b[1mE1: title\x1b[0m\n\nUse \x1b[1mx\x1b[0m or\n\x1b[1my\x1b[0m.\n\n  \
             \x1b[31mwrong\x1b[0m (guru)\n    probe `\n"
        );
    }

    #[test]
    fn the_table_has_a_line_for_each_kind() {
        let table = table(false);
        assert_eq!(table.lines().count(), CATALOGUE.len());
        assert!(table.contains("E0301  type-mismatch "), "{table}");
    }
}
