//! How a documented example is started: a file beside it says so.

use std::{fs, path::Path};

/// What a script is checked with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The arguments behind the script, without options. What a shell would put there is not asked: a process is 1, an
    /// address that of the kernel's text.
    pub arguments: Vec<String>,
    /// The command of the session.
    pub command: Option<String>,
}

/// What the `test_check` of the file beside a script says, if there is one.
pub fn usage(script: &Path) -> Option<Usage> {
    let text = fs::read(script.with_extension("meta")).ok()?;
    of(&String::from_utf8_lossy(&text), &script.file_name()?.to_string_lossy())
}

fn of(text: &str, script: &str) -> Option<Usage> {
    let line = text.lines().find_map(|line| line.strip_prefix("test_check:"))?;
    let words = words(line);
    let at = words.iter().position(|word| word == script)?;
    let mut usage = Usage::default();
    let mut rest = words.into_iter().skip(at + 1);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-c" => usage.command = rest.next(),
            "-x" | "-T" | "-d" => drop(rest.next()),
            option if option.starts_with('-') => {}
            _ => usage.arguments.push(word),
        }
    }
    Some(usage)
}

/// The words of a line, as a shell takes it apart.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote): (Option<String>, Option<char>) = (None, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => {
                if open == '`' {
                    word.get_or_insert_default().push_str("ffffffff81000000");
                }
                quote = None;
            }
            (Some('`'), _) => {}
            (None, '"' | '\'' | '`') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words.into_iter().map(|word| if word == "$$" { "1".to_owned() } else { word }).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn arguments_are_what_a_shell_gives() {
        let usage = |line: &str| super::of(&format!("title: t\ntest_check: {line}\n"), "a.stp");
        let of = |line: &str| usage(line).map(|usage| usage.arguments);
        let some = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect());
        assert_eq!(of("stap -gp4 a.stp -x $$"), some(&[]));
        assert_eq!(of("stap -p4 a.stp 'f(\"*\")' \"x y\" 7"), some(&["f(\"*\")", "x y", "7"]));
        assert_eq!(
            of("stap a.stp 0x`grep \"x\" | awk '{a}'` --all-modules"),
            some(&["0xffffffff81000000"])
        );
        assert_eq!(of("stap -gp4 a.stp $$"), some(&["1"]));
        assert_eq!(of("stap -p4 a.stp -c 'sleep 2'"), some(&[]));
        let command = usage("stap -p4 a.stp -c 'sleep 2'").and_then(|usage| usage.command);
        assert_eq!(command.as_deref(), Some("sleep 2"));
    }
}
