//! The words of a command line as options and operands, by the rules of GNU's `getopt_long`: options
//! may stand behind operands, short ones may be bundled, long ones abbreviated, and `--` ends them.

/// Whether an option takes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// It takes none.
    Nothing,
    /// It takes one, in the same word or the next.
    Argument,
    /// It takes one in the same word, behind `=`, or none.
    Perhaps,
}

/// The options that there are.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The letters, each with a colon behind it if it takes an argument.
    pub short: &'static str,
    /// The long names.
    pub long: &'static [(&'static str, Takes)],
}

/// A word, or two, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// `-x`
    Short(char, Option<String>),
    /// `--name`
    Long(&'static str, Option<String>),
    /// No option.
    Operand(String),
    /// An option that there is not, or that is used wrongly: what is to be said of it.
    Wrong(String),
}

/// Understands all words.
pub fn parse(words: impl IntoIterator<Item = String>, known: Known) -> Vec<Word> {
    let mut words = words.into_iter();
    let mut understood = Vec::new();
    while let Some(word) = words.next() {
        if word == "--" {
            understood.extend(words.map(Word::Operand));
            break;
        }
        if let Some(name) = word.strip_prefix("--") {
            understood.push(known.long(name, &mut words).unwrap_or_else(Word::Wrong));
        } else if let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
            known.short(letters, &mut words, &mut understood);
        } else {
            understood.push(Word::Operand(word));
        }
    }
    understood
}

impl Known {
    fn short(
        self,
        letters: &str,
        rest: &mut impl Iterator<Item = String>,
        understood: &mut Vec<Word>,
    ) {
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            let takes = self.short.split_once(letter).filter(|_| letter != ':');
            understood.push(match takes {
                None => Word::Wrong(format!("there is no option -{letter}")),
                Some((_, behind)) if !behind.starts_with(':') => Word::Short(letter, None),
                Some(_) => {
                    let same_word =
                        Some(letters.as_str().to_owned()).filter(|text| !text.is_empty());
                    letters = "".chars();
                    match same_word.or_else(|| rest.next()) {
                        None => Word::Wrong(format!("option -{letter} needs an argument")),
                        argument => Word::Short(letter, argument),
                    }
                }
            });
        }
    }

    fn long(self, word: &str, rest: &mut impl Iterator<Item = String>) -> Result<Word, String> {
        let (name, mut argument) = match word.split_once('=') {
            Some((name, argument)) => (name, Some(argument.to_owned())),
            None => (word, None),
        };
        let (name, takes) = self.complete(name)?;
        if takes == Takes::Nothing && argument.is_some() {
            return Err(format!("option --{name} takes no argument"));
        }
        if takes == Takes::Argument && argument.is_none() {
            argument = rest.next();
            if argument.is_none() {
                return Err(format!("option --{name} needs an argument"));
            }
        }
        Ok(Word::Long(name, argument))
    }

    /// The option of this name, or the only one that begins with it.
    fn complete(self, name: &str) -> Result<(&'static str, Takes), String> {
        if let Some(exact) = self.long.iter().find(|(known, _)| *known == name) {
            return Ok(*exact);
        }
        let near: Vec<_> = self.long.iter().filter(|(known, _)| known.starts_with(name)).collect();
        match near[..] {
            [only] => Ok(*only),
            [] => Err(format!("there is no option --{name}")),
            _ => {
                let names: Vec<String> = near.iter().map(|(name, _)| format!("--{name}")).collect();
                Err(format!("option --{name} could be any of {}", names.join(", ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known = Known {
        short: "vp:e:",
        long: &[
            ("vp", Takes::Argument),
            ("version", Takes::Nothing),
            ("verify", Takes::Nothing),
            ("color", Takes::Perhaps),
        ],
    };

    fn parsed(words: &str) -> String {
        let parsed = parse(words.split_whitespace().map(str::to_owned), KNOWN);
        let word = |word: &Word| match word {
            Word::Short(letter, None) => format!("-{letter}"),
            Word::Short(letter, Some(argument)) => format!("-{letter}({argument})"),
            Word::Long(name, None) => format!("--{name}"),
            Word::Long(name, Some(argument)) => format!("--{name}({argument})"),
            Word::Operand(text) => format!("[{text}]"),
            Word::Wrong(message) => format!("({message})"),
        };
        parsed.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_are_understood_as_by_getopt() {
        let cases = [
            ("-vvp1 f", "-v -v -p(1) [f]"),
            ("-p 1 f -v a", "-p(1) [f] -v [a]"),
            ("-e -v - --", "-e(-v) [-]"),
            ("f -- -v --version", "[f] [-v] [--version]"),
            ("--vp 1 --vp=2 --color x --color=y", "--vp(1) --vp(2) --color [x] --color(y)"),
            ("--co --vers", "--color --version"),
            ("--ver", "(option --ver could be any of --version, --verify)"),
            ("--versions", "(there is no option --versions)"),
            ("--version=1 f", "(option --version takes no argument) [f]"),
            ("--vp", "(option --vp needs an argument)"),
            ("-vp", "-v (option -p needs an argument)"),
            ("-xv", "(there is no option -x) -v"),
            ("-:", "(there is no option -:)"),
        ];
        for (words, expected) in cases {
            assert_eq!(parsed(words), expected, "{words}");
        }
    }
}
