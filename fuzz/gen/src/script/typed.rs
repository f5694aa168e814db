//! Scripts of which most are right in names and types too, so that what comes behind the check is
//! reached: statements and expressions of numbers and strings over the same few variables.

mod statements;

use super::{Part, Writer, words};

/// What every such script begins with.
const GLOBALS: &str = "global n, m = 3, s = \"\", t = \"x\", arr[10], map, names%, agg, aggs
function f:long(p:long, q:string) { if (p > n) return p - 1; n = p; return strlen(q) }
function g:string(p:string) { t = p; return p . s }
probe end { map[s, n] = 1; arr[n] = m; names[n] = s; aggs[s] <<< 1; agg <<< n }
";

/// Points that have a handler's usual surroundings.
const POINTS: &[&str] = &["begin", "end", "timer.ms(100)", "kernel.function(\"do_nothing\")"];

/// Points with a function's variables.
const CALLS: &[&str] = &[
    "kernel.function(\"vfs_read\")",
    "kernel.function(\"vfs_read\").call, kernel.function(\"vfs_read\").call",
];

/// Numbers.
const NUMBERS: &[&str] = &[
    "n",
    "m",
    "1",
    "0",
    "2",
    "-1",
    "i",
    "pid ( )",
    "9223372036854775807",
    "@count ( agg )",
    "@sum ( agg )",
    "0x7f",
    "cpu ( )",
];

/// Strings.
const STRINGS: &[&str] =
    &["s", "t", "\"\"", "\"abc\"", "\"a\\n%\"", "execname ( )", "str", "g ( s )", "pp ( )"];

/// Numbers of a probed function.
const TARGETS: &[&str] =
    &["$count", "$file", "$file -> f_flags", "$file -> f_inode -> i_ino", "$file -> f_mode"];

impl Writer<'_> {
    /// A whole script.
    pub(super) fn typed_script(&mut self) {
        self.out.push_str(GLOBALS);
        self.typed_function();
        self.typed_probe();
        while self.chance(3) {
            self.typed_probe();
        }
    }

    fn typed_function(&mut self) {
        self.tokens(&["function", "h", ":", "long", "(", "i", ":", "long", ")"]);
        self.in_function = true;
        self.typed_block();
        self.in_function = false;
    }

    fn typed_probe(&mut self) {
        self.has_targets = self.chance(2);
        self.token("probe");
        self.one_token(if self.has_targets { CALLS } else { POINTS });
        if self.chance(10) {
            self.tokens(&["if", "(", "n", ">", "2", ")"]);
        }
        self.tokens(&["{", "i", "=", "1", ";", "str", "=", "\"a\"", ";"]);
        self.typed_block();
        self.token("}");
        self.has_targets = false;
    }

    fn typed_block(&mut self) {
        self.token("{");
        while self.chance(5) || self.below(2) == 1 {
            self.action();
        }
        self.token("}");
    }

    fn action(&mut self) {
        self.part(&[
            Self::assign_number,
            Self::assign_number,
            Self::assign_string,
            Self::typed_print,
            Self::typed_print,
            Self::typed_if,
            Self::typed_if,
            Self::typed_loop,
            Self::typed_foreach,
            Self::typed_foreach,
            Self::typed_jump,
            Self::typed_delete,
            Self::typed_try,
            |w| {
                w.one_token(&["agg", "aggs [ s ]", "aggs [ \"a\" ]"]);
                w.token("<<<");
                w.number();
                w.token(";");
            },
            |w| {
                w.number();
                w.token(";");
            },
        ]);
    }

    fn number_place(&mut self) {
        self.part(&[
            |w| w.one_token(&["n", "m", "i"]),
            |w| w.one_token(&["n", "m", "i"]),
            |w| {
                w.tokens(&["arr", "["]);
                w.number();
                w.token("]");
            },
            |w| {
                w.tokens(&["map", "["]);
                w.text();
                w.token(",");
                w.number();
                w.token("]");
            },
        ]);
    }

    fn string_place(&mut self) {
        self.part(&[
            |w| w.one_token(&["s", "t", "str"]),
            |w| {
                w.tokens(&["names", "["]);
                w.number();
                w.token("]");
            },
        ]);
    }

    fn assign_number(&mut self) {
        self.number_place();
        self.one_token(&["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="]);
        self.number();
        self.token(";");
    }

    fn assign_string(&mut self) {
        self.string_place();
        self.one_token(&["=", ".="]);
        self.text();
        self.token(";");
    }

    /// An expression that is a number.
    fn number(&mut self) {
        self.part(&[
            |w| w.one_token(NUMBERS),
            |w| w.one_token(NUMBERS),
            |w| w.one_token(if w.has_targets { TARGETS } else { NUMBERS }),
            Self::unusual,
            |w| w.one_token(words::NUMBERS),
            Self::number_place,
            Self::calculation,
            Self::calculation,
            Self::comparison,
            Self::call_of_number,
            Self::statistic_of_one,
            |w| {
                w.one_token(words::UNARY);
                w.token("(");
                w.number();
                w.token(")");
            },
            |w| {
                w.number_place();
                w.one_token(&["++", "--"]);
            },
            |w| {
                w.one_token(&["++", "--"]);
                w.number_place();
            },
            |w| w.choice(Self::number),
            |w| {
                w.token("(");
                w.number_place();
                w.token("=");
                w.number();
                w.token(")");
            },
        ]);
    }

    /// What is rarely used, or not yet to be had, now and then.
    fn unusual(&mut self) {
        let is_there = self.has_targets && self.chance(10);
        let tokens: &[&str] = match (is_there, self.chance(10)) {
            (true, _) => {
                &["$pos [ 0 ]", "& $file -> f_path", "@cast ( $file , \"file\" ) -> f_mode"]
            }
            (false, true) => &[
                "@variance ( agg )",
                "@hist_log ( agg ) [ 1 ]",
                "strlen ( sprintf ( \"%b%m\" , n , m ) )",
            ],
            (false, false) => NUMBERS,
        };
        self.one_token(tokens);
    }

    fn calculation(&mut self) {
        self.token("(");
        self.number();
        self.one_token(&["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>", "&&", "||"]);
        self.number();
        self.token(")");
    }

    fn comparison(&mut self) {
        let compare = &["==", "!=", "<", "<=", ">", ">="];
        self.token("(");
        match self.below(4) {
            0 => {
                self.number();
                self.one_token(compare);
                self.number();
            }
            1 => {
                self.text();
                self.one_token(compare);
                self.text();
            }
            2 if self.chance(4) => {
                self.text();
                self.one_token(&["=~", "!~"]);
                self.one_token(words::PATTERNS);
            }
            _ => {
                self.token("[");
                self.text();
                self.token(",");
                self.number();
                self.tokens(&["]", "in", "map"]);
            }
        }
        self.token(")");
    }

    fn call_of_number(&mut self) {
        match self.below(3) {
            0 => {
                self.tokens(&["strlen", "("]);
                self.text();
            }
            1 => {
                self.tokens(&["h", "("]);
                self.number();
            }
            _ => {
                self.tokens(&["f", "("]);
                self.number();
                self.token(",");
                self.text();
            }
        }
        self.token(")");
    }

    fn statistic_of_one(&mut self) {
        self.one_token(&["@count", "@sum", "@min", "@max", "@avg"]);
        self.token("(");
        self.part(&[
            |w| w.token("agg"),
            |w| {
                w.tokens(&["aggs", "["]);
                w.text();
                w.token("]");
            },
        ]);
        self.token(")");
    }

    fn choice(&mut self, part: fn(&mut Self)) {
        self.token("(");
        self.number();
        self.token("?");
        part(self);
        self.token(":");
        part(self);
        self.token(")");
    }

    /// An expression that is a string.
    fn text(&mut self) {
        self.part(&[
            |w| w.one_token(STRINGS),
            |w| w.one_token(STRINGS),
            Self::string_place,
            |w| {
                w.token("(");
                w.text();
                w.token(".");
                w.text();
                w.token(")");
            },
            |w| w.choice(Self::text),
            |w| {
                w.tokens(&["sprint", "("]);
                w.number();
                w.token(",");
                w.text();
                w.token(")");
            },
            |w| {
                w.tokens(&["sprintf", "("]);
                w.typed_format();
                w.token(")");
            },
            |w| {
                w.tokens(&["g", "("]);
                w.text();
                w.token(")");
            },
        ]);
    }

    fn typed_format(&mut self) {
        match self.below(4) {
            0 => {
                self.one_token(&[
                    "\"%d\\n\"",
                    "\"%5x|\"",
                    "\"%-20d%%\"",
                    "\"%c\"",
                    "\"%b\"",
                    "\"%p\"",
                ]);
                self.token(",");
                self.number();
            }
            1 => {
                self.one_token(&["\"%s\"", "\"%10s\"", "\"%-3.2s|\\n\""]);
                self.token(",");
                self.text();
            }
            2 => {
                self.one_token(&["\"%*d\"", "\"%d %d\"", "\"%.*x\"", "\"%08x:%4u\"", "\"%X%i\""]);
                self.token(",");
                self.number();
                self.token(",");
                self.number();
            }
            _ => self.one_token(&["\"\"", "\"text\\n\"", "\"%%\""]),
        }
    }

    fn typed_print(&mut self) {
        match self.below(3) {
            0 => {
                self.tokens(&["printf", "("]);
                self.typed_format();
            }
            1 => {
                self.one_token(&["print", "println"]);
                self.token("(");
                self.list(",", |w| w.part(&[Self::number, Self::text]));
            }
            _ => {
                self.tokens(&["printd", "(", "\", \"", ",", "n", ","]);
                self.list(",", |w| w.part(&[Self::number, Self::text]));
            }
        }
        self.tokens(&[")", ";"]);
    }
}
