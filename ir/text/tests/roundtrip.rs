//! What is printed reads back as the same, whatever the module; and no text makes the parser panic.
#![expect(clippy::unwrap_used, reason = "tests")]

mod generate;

use proptest::prelude::*;
use stapc_ir::{OPCODES, print};
use stapc_ir_text::parse;

/// Everything that a text can hold at least once.
const EVERYTHING: &str = r#"stapc-ir 1
file "a.stp"
file "with \x22quotes\x22, \x5c and \x0a; é"
limit max_action 1000
limit max_action_session 10000
limit max_nesting 10
limit string_max 128
limit max_errors 0
limit max_skipped 100
global @n i64 = -9223372036854775808
global @"odd name: \x22" i64 = 0
global @s str = "; no comment\xfe"
global @a stat plain
global @b stat linear -10 10 2
global @m map [i64, str] i64 capacity 2048
global @w map [str] stat log capacity 5 wrap
global @t map [i64] str capacity 1
probe begin -1 "begin(-1)" %probe.0
probe end 9223372036854775807 "end" %probe.0
probe error 0 "error" %probe.0
probe never "never" %probe.0
probe timer.ns 18446744073709551615 "timer.s(1)" %probe.0
probe timer.jiffies 3 "timer.jiffies(3)" %probe.0
probe entry "vfs_read" "kernel.function(\x22vfs_read\x22)" %probe.0
probe return "vfs_read" "kernel.function(\x22vfs_read\x22).return" %probe.0

function %f -> str requires [@n write, @s read] slots 2 {
block0(v0.a: i64, v1."b c": str) catch block2:
    v2.sum: i64 = iadd v0, v0 at 0:3:5
    v3: i64 = idiv v2, v0 near "operator '/'" at 1:4:1
    v4: str = sconcat v1, v1 slot 1
    v5: str = call %f, v3, v4 slot 0 near "identifier 'f'" at 0:9:9
    v6: bool = icmp.lt v3, v0
    branch v6, block1(v5, v3), block1(v4, v0)
block1(v7: str, v8: i64):
    jump block3
block2:
    raise
block3:
    return v7
}

function %probe.0 {
block0:
    lock @n write, @m read
    v0: i64 = iconst -5
    v1: str = sconst "\x00\x7f\x1f\xffé\xc3"
    v2: bool = bconst 1
    v3: iter = iter.begin @m key 1 down, v0
    v4: iter = iter.begin @w unsorted up, v0
    v5: bool = iter.next v3
    v6: str = iter.key 1, v3
    print "%5d%% %-*s\x0a", v0, v0, v1
    print "nothing\x80"
    v7: i64 = load.u64 -16, v0
    mset @m, v0, v1, v0
    fuel 3
    exit
    unlock @n write, @m read
    return
}

function %unfinished {
block0:
    ?
}
"#;

#[test]
fn everything_reads_back_as_it_was_written() {
    let module = parse(EVERYTHING).unwrap();
    assert_eq!(print(&module), EVERYTHING);
}

#[test]
fn spaces_comments_and_numbering_do_not_matter() {
    let written = "; first\n stapc-ir  1 ; version\nfunction %f{\nblock7 : ; entry\n  v9 : i64=iconst 1\r\n\n jump  block3\nblock3:\nreturn\n}";
    let printed = print(&parse(written).unwrap());
    assert!(printed.ends_with("function %f {\nblock0:\n    v0: i64 = iconst 1\n    jump block1\nblock1:\n    return\n}\n"), "{printed}");
}

/// Each text in a function of its own, and what is said of it.
#[test]
fn mistakes_are_found_where_they_are() {
    for (body, error) in [
        ("block0:\n frobnicate v0", "4:2: there is no instruction `frobnicate`"),
        ("block0:\n v0: i64 = iadd v1, v0", "4:17: v1 is not defined"),
        ("block0:\n v0: i64 = iconst 1\n v0: i64 = iconst 1", "5:2: v0 is defined twice"),
        ("block0:\n return\nblock0:\n return", "5:1: block0 stands twice"),
        ("block0:\n jump block1", "4:7: there is no block1"),
        ("block0 catch block3:\n return", "3:14: there is no block3"),
        ("block0:\n return\n exit", "5:2: this stands in no block"),
        ("exit", "3:1: this stands in no block"),
        ("block0:\n v0: i64 = iconst \"x\"", "4:19: `iconst` takes an integer"),
        ("block0:\n v0: i64 = iconst", "4:2: `iconst` takes an integer"),
        ("block0:\n v0: i64 = pid 3", "4:16: `pid` takes no immediate"),
        ("block0:\n v0: i64 = arg 4294967296", "4:16: the number is too large"),
        ("block0:\n v0: i64 = iconst 9223372036854775808", "4:19: the number is too large"),
        ("block0:\n gstore @none", "4:9: there is no global @none"),
        ("block0:\n call %none", "4:7: there is no function %none"),
        ("block0:\n print \"%q\"", "4:8: `%q` is no conversion that is supported"),
        ("block0:\n exit near \"\\xff\"", "4:7: what the escapes stand for is no UTF-8"),
        ("block0:\n v0: i65 = pid", "4:6: expected a type"),
        (
            "block0:\n exit exit",
            "4:7: expected `at` or `near` or `slot` or a value or an immediate or the end of the line",
        ),
        (
            "global @x i64 = 0\nblock0:\n return",
            "3:1: this stands in a function; is a `}` missing?",
        ),
    ] {
        let text = format!("stapc-ir 1\nfunction %f {{\n{body}\n}}\n");
        let errors = parse(&text).unwrap_err();
        assert_eq!(errors[0].to_string(), error, "of {body}, all: {errors:?}");
    }
}

#[test]
fn mistakes_outside_functions_are_found() {
    for (text, error) in [
        ("", "1:1: the text is empty"),
        ("file \"x\"", "1:1: the text does not begin with `stapc-ir 1`"),
        ("stapc-ir 2", "1:1: only version 1 is known"),
        ("stapc-ir 1\nstapc-ir 1", "2:1: the version stands first"),
        ("stapc-ir 1\nlimit fish 3", "2:1: there is no limit fish"),
        (
            "stapc-ir 1\nlimit max_errors 3\nlimit max_errors 3",
            "3:1: the limit max_errors stands twice",
        ),
        ("stapc-ir 1\nglobal @x i64 = 1\nglobal @x str = \"\"", "3:8: @x stands twice"),
        ("stapc-ir 1\nprobe never \"never\" %f", "2:21: there is no function %f"),
        ("stapc-ir 1\nglobal @m map [i64] bool capacity 1", "2:21: a map cannot hold bool"),
        ("stapc-ir 1\n}", "2:1: this stands in no function"),
        ("stapc-ir 1\nfunction %f {", "2:1: the function does not end with `}`"),
        ("stapc-ir 1\nfile 3", "2:6: expected a string"),
        ("stapc-ir 1\nglobal @x", "2:10: expected the type of a global"),
        ("stapc-ir 1\n\"", "2:1: this is no statement"),
    ] {
        let errors = parse(text).unwrap_err();
        assert_eq!(errors[0].to_string(), error, "of {text}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let errors = parse("stapc-ir 1\n?!\nfile\nfile 3").unwrap_err();
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 3, 4]);
    let errors = parse("stapc-ir 1\nfunction %f {\nblock0:\n jump block9\nblock1:\n return v3\n}")
        .unwrap_err();
    assert_eq!(errors.len(), 2);
}

/// Long lines and many of them: time stays in proportion and the stack is not used up.
#[test]
fn size_is_no_danger() {
    let list = vec!["v0"; 20_000].join(", ");
    let text = format!(
        "stapc-ir 1\nfunction %f {{\nblock0:\n v0: i64 = pid\n print \"\", {list}\n return\n}}\n"
    );
    assert_eq!(parse(&text).unwrap().functions.len(), 1);
    for text in [
        "(".repeat(100_000),
        "\"".repeat(100_001),
        "\\x41".repeat(50_000),
        "block0(".repeat(50_000),
        "@a read,".repeat(20_000),
    ] {
        assert!(parse(&format!("stapc-ir 1\n{text}")).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_module_reads_back(bytes in prop::collection::vec(any::<u8>(), 0..400), names in prop::collection::vec(any::<String>(), 1..8)) {
        let text = print(&generate::module(&bytes, &names));
        match parse(&text) {
            Ok(module) => prop_assert_eq!(print(&module), text),
            Err(errors) => prop_assert!(false, "{}\n{}", errors[0], text),
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = parse(&text);
        let _ = parse(&format!("stapc-ir 1\n{text}"));
    }

    /// Texts near good ones: a piece of a good one is cut out or doubled.
    #[test]
    fn no_damaged_text_panics(from in 0..EVERYTHING.len(), length in 0..80_usize, twice: bool) {
        let (Some(before), Some(cut)) = (EVERYTHING.get(..from), EVERYTHING.get(from..(from + length).min(EVERYTHING.len()))) else { return Ok(()) };
        let Some(behind) = EVERYTHING.get(from + cut.len()..) else { return Ok(()) };
        let text = if twice { format!("{before}{cut}{cut}{behind}") } else { format!("{before}{behind}") };
        if let Ok(module) = parse(&text) {
            let printed = print(&module);
            prop_assert_eq!(print(&parse(&printed).unwrap()), printed);
        }
    }
}

#[test]
fn every_opcode_is_generated() {
    let mut missing: Vec<&str> = OPCODES.iter().map(|info| info.name).collect();
    for seed in 0..=255_u8 {
        let bytes: Vec<u8> =
            (0..400_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8 ^ seed).collect();
        let text = print(&generate::module(&bytes, &["x".to_owned()]));
        missing.retain(|name| !text.contains(&format!(" {name}")));
    }
    assert_eq!(missing, Vec::<&str>::new());
}
