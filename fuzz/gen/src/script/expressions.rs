//! Expressions.

use super::{Writer, words};

impl Writer<'_> {
    /// Any expression.
    pub(super) fn expression(&mut self) {
        self.part(&[
            Self::name,
            Self::value,
            Self::value,
            Self::binary,
            Self::binary,
            Self::assignment,
            Self::assignment,
            Self::unary,
            Self::call,
            Self::print,
            Self::target,
            Self::statistic,
            Self::operator,
            Self::ternary,
            Self::array_in,
            Self::pattern,
            Self::macro_use,
            |w| w.conditional(Self::expression),
        ]);
    }

    fn value(&mut self) {
        self.part(&[
            Self::name,
            Self::literal,
            Self::literal,
            Self::element,
            Self::parenthesized,
            |w| {
                w.one_token(words::STRINGS);
                w.one_token(words::STRINGS);
            },
            |w| w.one_token(words::TARGETS),
            |w| w.one_or_wrong(words::PRETTY, &["$1", "@1", "$x$ -> y", "$$vars = 1", "$0", "@0"]),
            |w| w.one_token(words::EMBEDDED),
        ]);
    }

    fn macro_use(&mut self) {
        if !self.uses("m", &[]) && !self.uses("n", &["(", "a", ",", "(", "2", ",", "3", ")", ")"]) {
            self.name();
        }
    }

    fn parenthesized(&mut self) {
        self.token("(");
        self.expression();
        self.token(")");
    }

    fn element(&mut self) {
        self.name();
        self.keys();
        self.perhaps(8, |w| w.one_token(&["++", "--"]));
    }

    /// `[k]`
    pub(super) fn keys(&mut self) {
        self.token("[");
        self.list(",", Self::expression);
        self.token("]");
    }

    /// `[k, *]`
    pub(super) fn slice(&mut self) {
        self.token("[");
        self.list(",", |w| w.part(&[|w| w.token("*"), Self::expression, Self::expression]));
        self.token("]");
    }

    fn binary(&mut self) {
        self.expression();
        self.one_token(words::BINARY);
        self.expression();
    }

    fn assignment(&mut self) {
        if self.mistakes && self.chance(10) {
            self.value();
        } else {
            self.place();
        }
        self.one_token(words::ASSIGNMENTS);
        self.expression();
    }

    /// Something that can be assigned to.
    fn place(&mut self) {
        self.part(&[Self::name, Self::element, Self::target]);
    }

    fn unary(&mut self) {
        match self.below(4) {
            0 | 1 => {
                self.one_token(words::UNARY);
                self.value();
            }
            2 => {
                self.place();
                self.one_token(&["++", "--"]);
            }
            _ => {
                self.one_token(&["++", "--"]);
                self.place();
            }
        }
    }

    fn arguments(&mut self) {
        self.token("(");
        self.perhaps(2, |w| w.list(",", Self::expression));
        self.token(")");
    }

    fn call(&mut self) {
        self.name();
        self.arguments();
    }

    fn target(&mut self) {
        self.part(&[
            |w| w.one_token(words::TARGETS),
            |w| w.one_token(words::TARGETS),
            |w| {
                w.tokens(&["@cast", "("]);
                w.expression();
                w.tokens(&[",", "\"inode\"", ")"]);
            },
            |w| {
                w.tokens(&[
                    "@cast",
                    "(",
                    "$x",
                    ",",
                    "\"task_struct\"",
                    ",",
                    "\"kernel<a.h>\"",
                    ")",
                ]);
            },
            |w| w.tokens(&["@var", "(", "\"jiffies@kernel/timer.c\"", ")"]),
            |w| {
                w.token("&");
                w.one_token(words::TARGETS);
            },
            Self::name,
            Self::call,
        ]);
        while self.below(2) == 1 && self.out.len() < super::LENGTH {
            self.selector();
        }
    }

    fn selector(&mut self) {
        if self.chance(3) {
            self.token("[");
            self.expression();
            self.token("]");
        } else {
            self.token("->");
            self.one_token(&["f_path", "next", "x", "x$", "x$$", "in"]);
        }
    }

    fn statistic(&mut self) {
        self.part(&[
            |w| {
                w.one_token(words::STATISTICS);
                w.token("(");
                w.part(&[Self::name, Self::element]);
                if w.chance(6) {
                    w.token(",");
                    w.literal();
                }
                w.token(")");
            },
            Self::histogram,
            |w| {
                w.histogram();
                w.token("[");
                w.expression();
                w.token("]");
            },
        ]);
    }

    /// A histogram of an aggregate.
    pub(super) fn histogram(&mut self) {
        self.part(&[
            |w| {
                w.tokens(&["@hist_log", "("]);
                w.name();
                w.token(")");
            },
            |w| {
                w.tokens(&["@hist_linear", "("]);
                w.part(&[Self::name, Self::element]);
                w.tokens(&[",", "0", ",", "100", ","]);
                w.one_token(words::NUMBERS);
                w.token(")");
            },
        ]);
    }

    fn operator(&mut self) {
        if self.mistakes && self.chance(6) {
            self.one_token(&["@defined", "@entry", "@const", "@cast", "@var", "@kderef", "@count"]);
            self.arguments();
        } else {
            self.one_token(words::OPERATORS);
        }
    }

    fn ternary(&mut self) {
        self.expression();
        self.token("?");
        self.expression();
        self.token(":");
        self.expression();
    }

    fn array_in(&mut self) {
        self.part(&[Self::name, Self::slice, Self::value]);
        self.token("in");
        self.part(&[Self::name, Self::name, Self::histogram]);
    }

    fn pattern(&mut self) {
        self.value();
        self.one_token(&["=~", "!~"]);
        self.one_token(words::PATTERNS);
    }
}
