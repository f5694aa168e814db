//! Every kind of finding there is: its id, which never changes, its slug, and the page that explains
//! it.
//!
//! Code names a kind by its slug; users see the id. An id that was once given out is not used for
//! anything else later. `tests/catalogue.rs` compares the table with the slugs in the code.

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// `E` (`W` for a warning) and four digits, of which the first two say what it is about.
    pub id: &'static str,
    /// The name in the code, in kebab case.
    pub slug: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// The page, in Markdown: what it means, a wrong example and a right one.
    pub page: &'static str,
}

/// What part of the work finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The script is not formed as the language wants it: the parser says so.
    Syntax,
    /// It is formed well, and means nothing.
    Meaning,
    /// It means something, but perhaps not what was meant.
    Warning,
}

impl Entry {
    /// What part of the work finds it.
    pub fn class(&self) -> Class {
        match (self.id, &self.id[..3]) {
            (_, "E01") | ("E0207" | "E0209" | "E0212" | "E0306" | "E0310", _) => Class::Syntax,
            _ if self.id.starts_with('W') => Class::Warning,
            _ => Class::Meaning,
        }
    }
}

/// The kind that has this slug.
pub fn by_slug(slug: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.slug == slug)
}

/// The kind that a user means, by its id or slug in letters of any case.
pub fn find(what: &str) -> Option<&'static Entry> {
    let is = |name: &str| name.eq_ignore_ascii_case(what);
    CATALOGUE.iter().find(|entry| is(entry.id) || is(entry.slug))
}

macro_rules! catalogue {
    ($($id:ident $slug:literal $title:literal)*) => {
        /// All kinds, by their ids.
        pub const CATALOGUE: &[Entry] = &[$(Entry {
            id: stringify!($id),
            slug: $slug,
            title: $title,
            page: include_str!(concat!("../pages/", stringify!($id), ".md")),
        }),*];
    };
}

catalogue! {
    // Words, the preprocessor and the grammar.
    E0101 "unexpected-character" "a character that begins nothing"
    E0102 "unterminated-string" "a string that is not closed"
    E0103 "unterminated-comment" "a comment that is not closed"
    E0104 "unterminated-embedded" "embedded C that is not closed"
    E0105 "number-out-of-range" "a number that does not fit 64 bits"
    E0106 "malformed-number" "digits that make no number"
    E0107 "string-escape" "an escape that stands for nothing"

    E0111 "unterminated-conditional" "a conditional that is not closed"
    E0112 "stray-conditional" "a part of a conditional without its beginning"
    E0113 "condition-syntax" "a condition that is not formed right"
    E0114 "condition-operand" "a condition that compares what cannot be compared"
    E0115 "script-argument" "an argument that the script was not given"
    E0116 "macro-definition" "a macro's definition that is not formed right"
    E0117 "unterminated-macro" "a macro's body that is not closed"
    E0118 "duplicate-macro" "a macro that is defined twice"
    E0119 "macro-undefined" "a macro that nothing defines"
    E0120 "macro-arguments" "a macro's use that its parameters do not fit"
    E0121 "macro-cycle" "a macro that uses itself"
    E0122 "macro-too-large" "macros that make too much text"
    E0123 "macro-file" "a macro file with more than macros"

    E0130 "unexpected-token" "a word or sign where something else is expected"
    E0131 "unexpected-end" "a script that ends too early"
    E0132 "unclosed-brace" "a brace that is not closed"
    E0133 "unopened-brace" "a brace that closes nothing"
    E0134 "nesting-too-deep" "too many levels of nesting"
    E0135 "unknown-declaration" "a declaration of an unknown kind"
    E0136 "c-declaration" "a variable declared as in C"
    E0137 "duplicate-clause" "something said twice that is said once"
    E0138 "malformed-probe-point" "a probe point that is not formed right"
    E0139 "reserved-word" "a keyword as a name"
    E0140 "embedded-needs-guru" "embedded C without guru mode"
    E0141 "empty-script" "a script with nothing in it"
    E0142 "malformed-target" "a target variable that is not formed right"
    E0143 "malformed-alias" "a probe alias that is not formed right"

    // Names and declarations.
    E0201 "unknown-name" "a variable that is nowhere"
    E0202 "unknown-function" "a function that is nowhere"
    E0203 "duplicate-name" "two things of one name"
    E0204 "argument-count" "too many or too few arguments"
    E0205 "no-probe" "a script without probes"
    E0206 "no-loop" "`break` or `continue` outside a loop"
    E0207 "no-function" "`return` outside a function"
    E0208 "overload-conflict" "functions of one name that do not agree"
    E0209 "overload-priority" "a priority that is none"
    E0210 "alias-cycle" "an alias that stands for itself"
    E0211 "private-name" "something private to another file"
    E0212 "not-constant" "a value that must be a literal"
    E0213 "unknown-override" "`-G` for a global that is not there"

    // Types and formats.
    E0301 "type-mismatch" "a number and a string in one place"
    E0302 "unresolved-type" "something of no known type"
    E0303 "no-value" "something without a value"
    E0304 "not-assignable" "something that cannot be assigned to"
    E0305 "array-mismatch" "an array used in two ways"
    E0306 "array-size" "an array of an impossible size"
    E0307 "aggregate-mismatch" "an aggregate and a plain value in one place"
    E0308 "histogram" "a histogram that cannot be"
    E0309 "changed-in-loop" "an array that is changed while a loop goes over it"
    E0310 "format-literal" "a format that is not a literal"
    E0311 "format-directive" "a conversion that does not exist"
    E0312 "format-arguments" "a format and values that do not match in number"
    E0313 "format-type" "a value that its conversion does not take"
    E0314 "slice-misplaced" "`*` as a key where there is one element"
    E0315 "variance-shift" "a variance with too many bits"

    // Probe points.
    E0316 "regular-expression" "a regular expression that is none"
    E0401 "unknown-probe-point" "a probe point that is not known"
    E0402 "incomplete-probe-point" "a probe point that is not complete"
    E0403 "probe-argument" "a probe point's argument that does not fit"
    E0404 "probe-option" "parts of a probe point that do not go together"
    E0405 "probe-condition" "a probe's condition that cannot be evaluated there"
    E0406 "unknown-kernel-function" "a function that cannot be probed"
    E0407 "unknown-program" "a program that is not there"

    // Target variables and debugging information.
    E0501 "target-unavailable" "target variables where there are none"
    E0502 "unknown-target-variable" "a target variable that is not known"
    E0503 "unknown-member" "a member that is not there"
    E0504 "target-type" "a target variable used against its type"
    E0506 "debuginfo" "debugging information that is missing or damaged"
    E0507 "entry-outside-return" "`@entry` outside a return probe"
    E0508 "unknown-type" "a type that is not there"
    E0509 "unknown-enumerator" "an enumerator that is not there"
    E0510 "entry-local" "a local variable where the function is entered"
    E0511 "unknown-counter" "a counter that is not there"
    E0512 "counter-outside-program" "`@perf` outside a probe of a program"

    // Modes, limits, and what is not built.
    E0601 "unsupported" "something that is not supported yet"
    E0602 "too-large" "a script that is too large"
    E0603 "write-needs-guru" "writing to the target without guru mode"
    E0604 "privilege" "something that the privilege does not allow"
    E0605 "address-needs-guru" "a probe at an unchecked address without guru mode"
    E0606 "embedded-c" "C that cannot be compiled"

    // Warnings.
    W0201 "never-assigned" "a variable that is never assigned"
    W0202 "unused-variable" "a variable that is never read"
    W0203 "unused-function" "a function that is never called"
    W0204 "unreachable-code" "code that is never reached"
    W0205 "empty-probe" "a probe that does nothing"
    W0206 "no-effect" "an expression without effect"
    W0207 "recursion" "functions that call themselves"
    W0208 "hidden-name" "a name that hides another"
    W0301 "nul-in-string" "a string that ends early"
    W0401 "incomplete-probe" "a probe without some of its places"
    W0501 "missing-variable" "a target variable that is not there"
    W0601 "unused-argument" "an argument that the script does not use"
    W0602 "define" "a -D that sets nothing"
}
