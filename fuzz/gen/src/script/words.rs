//! What scripts are made of.

/// Names: few, so that they meet.
pub const NAMES: &[&str] = &[
    "a", "b", "i", "f", "g", "s", "total", "reads", "name", "__x", "pid", "execname", "tid",
    "exit", "probes",
];

/// Any tokens, for where none should be.
pub const TOKENS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ".",
    "->",
    "?",
    ":",
    "=",
    "+=",
    "<<<",
    "||",
    "==",
    "=~",
    ">>>",
    "++",
    "!",
    "%(",
    "%?",
    "%:",
    "%)",
    "%{",
    "%}",
    "\"",
    "/*",
    "*/",
    "@",
    "$",
    "@define",
    "probe",
    "global",
    "function",
    "private",
    "if",
    "else",
    "while",
    "for",
    "foreach",
    "in",
    "limit",
    "return",
    "delete",
    "break",
    "continue",
    "next",
    "try",
    "catch",
    "string",
    "long",
    "\\",
    "`",
    "é",
    "0x",
    "09",
    "1a",
    "\u{10ff80}",
    "\0",
    "$#",
    "@#",
    "$1",
    "@2",
    "$99999999999",
];

/// What may stand between tokens; mostly a blank.
pub const BETWEEN: &[&str] = &[
    " ",
    " ",
    " ",
    " ",
    " ",
    " ",
    " ",
    " ",
    " ",
    " ",
    " ",
    " ",
    "\n",
    "\n",
    "\n",
    "\t",
    "\r\n",
    " # c\n",
    " // c\n",
    " /* c */ ",
    "\n/* a\n * b */\n",
];

/// Integer literals.
pub const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "10",
    "100",
    "3",
    "4096",
    "017",
    "0xff",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "0xffffffffffffffff",
];

/// Sizes, priorities and the like.
pub const SIZES: &[&str] = &["1", "2", "10", "0x10"];

/// Integers that are none, or too large for most uses.
pub const WRONG_NUMBERS: &[&str] =
    &["0", "-1", "99999999999999999999", "18446744073709551616", "1000000000000", "08", "\"1\""];

/// String literals.
pub const STRINGS: &[&str] = &[
    "\"\"",
    "\"a\"",
    "\"long text\"",
    "\"\\n\\t\\\"\\\\\"",
    "\"\\x41\\101\\0\"",
    "\"é\u{10ffff}\"",
    "\"kernel\"",
    "\"task_struct\"",
    "\"vfs_read\"",
    "\"a\\\nb\"",
    "\"/usr/lib/lib*.so\"",
];

/// Regular expressions.
pub const PATTERNS: &[&str] =
    &["\"a+\"", "\"abc\"", "\"^[a-z]*$\"", "\"(x|y)\"", "\"[[:digit:]]\"", "\"(\"", "\"\""];

/// C, as a whole.
pub const EMBEDDED: &[&str] = &[
    "%{ %}",
    "%{ /* pure */ STAP_RETVALUE = 1; %}",
    "%{ int x = 1 % 2; \"%\" /* } */ %}",
    "%{\n#include <linux/fs.h>\n%}",
    "%{ /* guru */ é %}",
];

/// Variables of what is probed.
pub const TARGETS: &[&str] = &["$file", "$count", "$return", "$x", "$$vars", "$$name"];

/// Variables of what is probed as text, and arguments.
pub const PRETTY: &[&str] = &["$x$", "$x$$", "$$parms$", "$$vars$$", "$#", "@#"];

/// Operators between operands.
pub const BINARY: &[&str] = &[
    "+", "-", "*", "/", "%", ".", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "&", "|", "^",
    "<<", ">>", ">>>",
];

/// Assignments.
pub const ASSIGNMENTS: &[&str] =
    &["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|=", ".=", "<<<"];

/// Operators before an operand.
pub const UNARY: &[&str] = &["-", "!", "~", "+"];

/// What is read from an aggregate.
pub const STATISTICS: &[&str] = &["@count", "@sum", "@min", "@max", "@avg", "@variance"];

/// The other operators that begin with `@`, with something in their parentheses.
pub const OPERATORS: &[&str] = &[
    "@defined ( $x )",
    "@defined ( @var ( \"x\" ) )",
    "@probewrite ( a )",
    "@const ( \"EINVAL\" )",
    "@enum ( \"a\" )",
    "@perf ( \"p\" )",
    "@kderef ( 8 , a )",
    "@uderef ( 4 , b )",
    "@kregister ( 0 )",
    "@uregister ( 1 )",
    "@entry ( $count )",
    "@choose_defined ( $x , 0 )",
];

/// Names of functions that print.
pub const PRINTS: &[&str] = &[
    "print",
    "println",
    "printd",
    "printdln",
    "printf",
    "sprint",
    "sprintln",
    "sprintd",
    "sprintdln",
    "sprintf",
    "print_char",
    "warn",
    "log",
    "error",
];

/// Conditions of the preprocessor.
pub const CONDITIONS: &[&str] = &[
    "kernel_v >= \"2.6.30\"",
    "kernel_vr != \"6.1*\"",
    "kernel_v < \"6.1\"",
    "arch == \"x86_64\"",
    "arch != \"i386\" && arch != \"arm*\"",
    "CONFIG_SMP == \"y\"",
    "CONFIG_UTRACE != \"n\"",
    "systemtap_v <= \"4.8\"",
    "systemtap_privilege == \"stapdev\"",
    "guru_mode != 0",
    "runtime == \"kernel\"",
    "1 == 1",
    "\"a\" == \"b\"",
    "1 < 2 || 2 > 3",
];

/// Conditions that are wrong, or depend on what may not be there.
pub const WRONG_CONDITIONS: &[&str] = &[
    "CONFIG_A == CONFIG_B",
    "kernel_v >= \"3\" && 1",
    "$# > 1",
    "@1 == \"x\" || $# == 0",
    "@m",
    "1",
    "kernel_v > 3",
    "arch > \"x\"",
    "runtime == 1",
    "a == b",
    "( 1 == 1 )",
    "",
];

/// What every reader of this language must know, whatever else changes here.
#[cfg(test)]
pub const CONSTRUCTS: &[&str] = &[
    "@cast",
    "@var",
    "@hist_log",
    "@hist_linear",
    "@count",
    "$$vars",
    "=~",
    "!~",
    "<<<",
    "probe ",
    "@define m",
    "%( kernel_v",
    "limit",
    "%{",
    "timer.ms",
    ".return",
];
