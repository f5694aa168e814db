//! Declarations, and the preprocessor's directives around them.

use super::{Part, Writer, words};

/// A macro's name, and what writes the rest of its definition.
type Macro = (&'static str, for<'a, 'b> fn(&'a mut Writer<'b>));

/// The macros that are defined: values, points and statements.
const MACROS: &[Macro] = &[
    ("m", |w| w.body(Writer::expression)),
    ("n", |w| {
        w.tokens(&["(", "a", ",", "b", ")"]);
        w.body(|w| {
            w.one_token(&["@a", "@b"]);
            w.one_token(words::BINARY);
            w.one_token(&["@b", "@a", "1", "@m"]);
        });
    }),
    ("point", |w| {
        w.tokens(&["(", "a", ")"]);
        w.body(|w| w.tokens(&["kernel", ".", "function", "(", "@a", ")"]));
    }),
    ("act", |w| {
        w.tokens(&["(", "a", ")"]);
        w.body(|w| {
            w.one_token(&["@a", "if ( @a )", "print ( @a )", "{ @a", "@a ++ ;"]);
            w.statement();
        });
    }),
];

impl<'a> Writer<'a> {
    /// A whole script.
    pub(super) fn script(&mut self) {
        if self.chance(40) {
            self.out.push('\u{feff}');
        }
        if self.chance(20) {
            self.out.push_str("#! /usr/bin/stap -v\n");
        }
        if self.below(2) == 0 {
            self.tokens(&["probe", "begin", "{", "}"]);
        }
        self.item();
        while self.chance(8) || self.below(3) > 0 {
            self.item();
        }
        if self.chance(30) {
            self.one_token(words::TOKENS);
        }
    }

    fn item(&mut self) {
        self.part(&[
            Self::probe,
            Self::probe,
            Self::probe,
            Self::alias,
            Self::globals,
            Self::globals,
            Self::function,
            Self::function,
            Self::macro_definition,
            Self::conditional_items,
            |w| w.one_token(words::EMBEDDED),
        ]);
    }

    fn probe(&mut self) {
        self.token("probe");
        self.points();
        self.block();
    }

    fn alias(&mut self) {
        self.token("probe");
        self.alias_name();
        if self.chance(20) {
            self.token(",");
            self.alias_name();
        }
        self.one_token(&["=", "+="]);
        self.points();
        self.block();
        if self.chance(5) {
            self.token(",");
            self.block();
        }
    }

    fn globals(&mut self) {
        self.perhaps(6, |w| w.token("private"));
        self.token("global");
        self.list(",", Self::global);
        self.perhaps(2, |w| w.token(";"));
    }

    fn global(&mut self) {
        self.name();
        self.perhaps(10, |w| w.token("%"));
        if self.chance(5) {
            self.token("[");
            self.one_or_wrong(words::SIZES, words::WRONG_NUMBERS);
            self.token("]");
        } else if self.chance(3) {
            self.token("=");
            self.perhaps(6, |w| w.token("-"));
            self.literal();
        }
    }

    pub(super) fn literal(&mut self) {
        self.part(&[|w| w.one_token(words::NUMBERS), |w| w.one_token(words::STRINGS)]);
    }

    fn function(&mut self) {
        self.perhaps(6, |w| w.token("private"));
        self.token("function");
        self.name();
        self.perhaps(4, Self::type_behind);
        self.token("(");
        if self.below(3) > 0 {
            self.parameter("p");
            for name in ["q", "r"] {
                if self.chance(3) {
                    self.token(",");
                    self.parameter(name);
                }
            }
        }
        self.token(")");
        if self.chance(8) {
            self.token(":");
            self.one_or_wrong(words::SIZES, words::WRONG_NUMBERS);
        }
        self.in_function = true;
        self.part(&[Self::block, Self::block, |w| w.one_token(words::EMBEDDED)]);
        self.in_function = false;
    }

    fn parameter(&mut self, name: &str) {
        self.one_or_wrong(&[name], &["p", "if", "1", "$x"]);
        self.perhaps(4, Self::type_behind);
    }

    fn type_behind(&mut self) {
        self.token(":");
        self.one_token(&["long", "string"]);
    }

    fn macro_definition(&mut self) {
        let (name, define) = self.one(MACROS);
        self.token("@define");
        self.token(name);
        define(self);
        self.macros.push(name);
    }

    fn conditional_items(&mut self) {
        self.token("%(");
        self.one_or_wrong(words::CONDITIONS, words::WRONG_CONDITIONS);
        self.token("%?");
        self.perhaps(2, Self::item);
        if self.below(2) == 1 {
            self.token("%:");
            self.perhaps(2, Self::item);
        }
        self.token("%)");
    }

    fn body(&mut self, part: Part<'a>) {
        self.token("%(");
        part(self);
        self.token("%)");
    }

    /// Writes the use of a macro, if it is defined, or now and then if it is not; whether it does.
    pub(super) fn uses(&mut self, name: &str, rest: &[&str]) -> bool {
        let is_used = self.macros.contains(&name) || self.mistakes && self.chance(20);
        if is_used {
            self.token(&format!("@{name}"));
            self.tokens(rest);
        }
        is_used
    }

    /// One of two parts, as a condition of the preprocessor says.
    pub(super) fn conditional(&mut self, part: Part<'a>) {
        self.token("%(");
        self.one_or_wrong(words::CONDITIONS, words::WRONG_CONDITIONS);
        self.token("%?");
        part(self);
        self.token("%:");
        part(self);
        self.token("%)");
    }
}
