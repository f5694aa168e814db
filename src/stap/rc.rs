//! The file of options that are read before those of the command line.

use std::{env, fs, path::PathBuf};

use crate::script::text_of;

/// The words of `$SYSTEMTAP_DIR/rc`, else `~/.systemtap/rc`; none if there is no such file.
pub fn words() -> Vec<String> {
    let directory = env::var_os("SYSTEMTAP_DIR").map(PathBuf::from);
    let usual = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".systemtap"));
    let text = directory.or_else(usual).and_then(|directory| fs::read(directory.join("rc")).ok());
    let text = text.map(|bytes| text_of(std::os::unix::ffi::OsStrExt::from_bytes(&bytes)));
    split(&text.unwrap_or_default())
}

/// Words as a shell would see them: quotes keep spaces, a backslash keeps what follows, `#` before a
/// word makes a comment.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            (c, Some(mark)) if c == mark => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(characters.next()),
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('#', None) if word.is_none() => {
                characters.by_ref().find(|c| *c == '\n');
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_by_a_shell() {
        assert_eq!(split("-v  -I dir\n# all of it\n-w"), ["-v", "-I", "dir", "-w"]);
        assert_eq!(
            split(r#"-e 'a "b" c' "d\"e" f\ g '' x#y"#),
            ["-e", "a \"b\" c", "d\"e", "f g", "", "x#y"]
        );
        assert_eq!(split(""), [""; 0]);
        assert_eq!(split("'open"), ["open"]);
    }
}
