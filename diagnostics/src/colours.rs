//! Colours in the peer's shape of findings: a terminal's SGR parameters for each part.

/// What each part is written with, such as `01;31`; empty for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Colours {
    pub(crate) error: String,
    pub(crate) warning: String,
    pub(crate) source: String,
    pub(crate) caret: String,
    pub(crate) token: String,
}

impl Colours {
    /// The usual ones.
    pub fn usual() -> Self {
        Self {
            error: "01;31".to_owned(),
            warning: "00;33".to_owned(),
            source: "00;34".to_owned(),
            caret: "01".to_owned(),
            token: "01".to_owned(),
        }
    }

    /// The usual ones with the changes that a text such as `error=01;35:caret=04` makes; none at all if it
    /// is empty or wrong.
    pub fn parse(text: &str) -> Self {
        let mut colours = Self::usual();
        for change in text.split(':') {
            let Some((name, value)) = change.split_once('=') else { return Self::default() };
            let part = match name {
                "error" => &mut colours.error,
                "warning" => &mut colours.warning,
                "source" => &mut colours.source,
                "caret" => &mut colours.caret,
                "token" => &mut colours.token,
                _ => return Self::default(),
            };
            if !value.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') {
                return Self::default();
            }
            value.clone_into(part);
        }
        colours
    }
}

/// A text in a colour; the rest of its line is cleared, as terminals do not when they scroll.
pub(crate) fn paint(colour: &str, text: &str) -> String {
    if colour.is_empty() {
        return text.to_owned();
    }
    format!("\x1b[{colour}m\x1b[K{text}\x1b[m\x1b[K")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_texts_are_no_colours() {
        let colours = Colours::parse("caret=04:error=01;35");
        assert_eq!((colours.caret.as_str(), colours.error.as_str()), ("04", "01;35"));
        assert_eq!(colours.token, "01");
        for wrong in ["", "caret", "other=1", "error=red", "error=1:"] {
            assert_eq!(Colours::parse(wrong), Colours::default(), "{wrong}");
        }
    }
}
