//! What holds of every text, tried on every script at hand and on mutations of them.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use proptest::{prelude::*, test_runner::Config};
use stapc_diagnostics::{FileId, SourceMap, bytes};
use stapc_syntax::{Plain, Session, ast::Tree, format, parse, same, scan};

use crate::{formatted, tokens};

/// The scripts of a folder and of those in it.
fn scripts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let script =
            path.extension().is_some_and(|extension| extension == "stp" || extension == "stpm");
        if path.is_dir() && !path.ends_with("target") && !path.is_symlink() {
            scripts(&path, found);
        } else if script {
            found.push(path);
        }
    }
}

fn repository() -> Vec<PathBuf> {
    let mut found = Vec::new();
    scripts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), &mut found);
    found
}

/// The script library and examples of an installed SystemTap, if there is one.
fn installed() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["tapset", "examples"] {
        scripts(&Path::new("/usr/share/systemtap").join(folder), &mut found);
    }
    found
}

fn read(path: &Path) -> String {
    bytes::decode(&fs::read(path).expect("a script can be read")).into_owned()
}

fn tree(text: &str) -> (Tree, usize) {
    let mut sources = SourceMap::new();
    let file = sources.add("script.stp", text);
    let environment = Plain { guru: true, ..Plain::default() };
    let mut tree = Tree::default();
    let found = parse(&mut Session::new(&mut sources, &environment), &mut tree, file);
    (tree, found.len())
}

/// Formats each of some scripts that is in order; how many were.
fn check_all(paths: &[PathBuf]) -> usize {
    let mut count = 0;
    for path in paths {
        let text = read(path);
        if format(&text).is_err() {
            continue;
        }
        let set = formatted(&text);
        let [(before, found), (after, again)] = [tree(&text), tree(&set)];
        assert!(same((&before, &before.items), (&after, &after.items)), "{}", path.display());
        assert_eq!(found, again, "{}", path.display());
        count += 1;
    }
    count
}

#[test]
fn scripts_of_the_repository() {
    let count = check_all(&repository());
    assert!(count > 50, "{count} scripts");
}

#[test]
fn scripts_of_an_installation() {
    let paths = installed();
    let count = check_all(&paths);
    assert!(paths.len() - count <= 1, "{count} of {} scripts", paths.len());
}

/// Something of everything.
const SCRIPT: &str = r#"#!/usr/bin/stap
# About it.
global reads%[10] = 1, sizes # trailing
%{ #include <x.h>
%}
@define show(what) %( println(@what) %)
@__private30 function f:string(a:long, b) { if (a) return "x" else return b . "y\
z" }
private function g() %{ /* pure */ %}
probe kernel.{function("a*"), trace("b")}.call?, timer.ms(%( $# > 0 %? $1 %: 5 %)) if (armed) {
    // own line
    foreach ([k+, v] in reads[*, 1] limit 5) printf("%d\n", @count(reads[k, v]), -1 - -x)
    for (i = 0; i < 3; i++) { x += !i ? 1 : ~2; delete reads }
    try { $a->b[1] <<< &$c$ } catch (msg) { @show(msg) next }
    %( kernel_v >= "2.6" %?
        while (x in reads) { y = a % (b) /* why */ }
    %:
        if (z =~ "r") z-- else if (w) { return } else
            @1 "s"
    %)
}
probe a.b = c.* { x = 1 }, { y = 2 /* two
   lines */ }
probe end { exit() }
"#;

const PIECES: &[&str] = &[
    "%(",
    "%?",
    "%:",
    "%)",
    "%( 1 %?",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ".",
    "->",
    "if",
    "else",
    "probe",
    "function",
    "global",
    "private",
    "@define",
    "@m",
    "$1",
    "++",
    "-",
    "!",
    "*",
    "=",
    "+=",
    "?",
    ":",
    "%",
    "&",
    "<<<",
    "foreach",
    "in",
    "limit",
    "try",
    "catch",
    "return",
    "next",
    "x",
    "12",
    "\"s\"",
    "\"a\\\nb\"",
    "\"\t\"",
    "$t",
    "%{ c %}",
    "%{ a\n b %}",
    "/* c */",
    "/* a\n\t * b  \n c*/",
    "# c\n",
    "a_name_that_takes_up_a_good_deal_of_a_line_of_one_hundred_columns",
    "\n",
    "\n\n\n",
    " ",
    "\t",
    "\r\n",
    "\r\r\n",
    "// x \n// y\n",
    "\n\t/* f\n\tg */\n",
    "",
];

/// What is done to a token of a text.
#[derive(Debug, Clone)]
enum Change {
    Delete,
    Double,
    Swap(prop::sample::Index),
    Insert(&'static str),
    Space(&'static str),
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, Change)>> {
    let piece = || prop::sample::select(PIECES);
    let change = prop_oneof![
        Just(Change::Delete),
        Just(Change::Double),
        any::<prop::sample::Index>().prop_map(Change::Swap),
        piece().prop_map(Change::Insert),
        piece().prop_map(Change::Space),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), change), 1..12)
}

fn changed(text: &str, changes: &[(prop::sample::Index, Change)]) -> String {
    let mut from = 0;
    let (tokens, _) = scan(FileId(0), text, true);
    let mut parts: Vec<(String, String)> = Vec::new();
    for token in tokens {
        let [start, end] = [token.span.start as usize, token.span.end as usize];
        parts.push((text[from..start].to_owned(), text[start..end].to_owned()));
        from = end;
    }
    for (at, change) in changes {
        if parts.is_empty() {
            break;
        }
        let at = at.index(parts.len());
        match change {
            Change::Delete => drop(parts.remove(at)),
            Change::Double => parts.insert(at, parts[at].clone()),
            Change::Swap(other) => {
                let other = other.index(parts.len());
                parts.swap(at, other);
            }
            Change::Insert(piece) => parts.insert(at, (" ".to_owned(), (*piece).to_owned())),
            Change::Space(space) => parts[at].0 = (*space).to_owned(),
        }
    }
    parts.into_iter().map(|(space, text)| space + &text).collect()
}

/// That a text with no lexical error is formatted as it should be, however little it means; an
/// argument in it keeps it from being parsed.
fn check_lexical(text: &str) {
    let text = format!("{text}\n$1");
    if scan(FileId(0), &text, true).1.is_empty() {
        formatted(&text);
    } else {
        format(&text).expect_err("there are lexical errors");
    }
}

proptest! {
    #![proptest_config(Config { cases: 1000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn mutations_of_a_script(changes in changes()) {
        check_lexical(&changed(SCRIPT, &changes));
    }

    #[test]
    fn anything_made_of_tokens(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        check_lexical(&pieces.join(" "));
        check_lexical(&pieces.concat());
    }

    #[test]
    fn anything(text in ".{0,200}") {
        if let Ok(set) = format(&text) {
            prop_assert_eq!(tokens(&text), tokens(&set));
        }
    }
}

#[test]
fn found_by_mutation() {
    for text in [
        // A block that a stray bracket keeps from being one line.
        "{%)(}",
        "{)d}",
        "{/**/)(}",
        // The last line of a comment is set anew, and so has another width.
        "(\n/*\n*/l:long(x%{ /* 789012345678901234567890123456789012345678901234567890123456789012345678901 */ %}",
        // Comments that stand below each other by chance, with one more once they have been set.
        "++function //\n(\"vfs_read\"#\n{/**/",
        ",()#\n,x\n() //\n)/**/0",
        // A line break that goes behind a `=`, where it would make a statement of what follows.
        "o\n=%(%)catch",
    ] {
        check_lexical(text);
    }
}

/// Texts of which some part is as long as the text, one of them twice as long as the other: the time
/// may double, not quadruple.
#[test]
fn time_is_linear() {
    let shapes: [(&str, &str, &str); 12] = [
        ("probe begin { x = ", "(", ""),
        ("", "%( 1 == 1 %? ", ""),
        ("if (a) if (a) if (a)", "%( 1 == 1 %? } %: ", ""),
        ("probe begin { x = a", " + a", " }"),
        ("probe begin { ", "x = 1; ", "}"),
        ("probe begin { ", "if (a)\n", "}"),
        ("probe begin { ", "{ x } ", "}"),
        ("probe begin { ", "if (a) b else ", "}"),
        ("probe begin { f", "(a)->b", ""),
        ("", "a; /* c */ ", ""),
        ("", "/* c */ ", ""),
        ("probe a = b ", "{ x } , ", ""),
    ];
    for (before, middle, after) in shapes {
        let time = |count: usize| {
            let text = format!("$1 {before}{}{after}", middle.repeat(count));
            let start = Instant::now();
            format(&text).expect("there are no lexical errors");
            start.elapsed()
        };
        let count = 60_000 / middle.len();
        let ratio = || {
            time(2 * count).as_secs_f64() / time(count).max(Duration::from_micros(1)).as_secs_f64()
        };
        assert!((0..5).any(|_| ratio() < 3.0), "{middle:?} takes too long");
    }
}
