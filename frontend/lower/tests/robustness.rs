//! Nothing makes the front end panic, and what it accepts becomes IR that is in order, and stays so
//! behind every pass.
#![expect(clippy::disallowed_methods, reason = "tests read the scripts of the repository")]

mod common;

use std::{fs, path::Path, sync::LazyLock};

use common::{compile, root, scripts};
use proptest::prelude::*;
use stapc_diagnostics::{FileId, SourceMap, has_errors, render};
use stapc_syntax::{Plain, Session, TokenKind, ast::Tree, scan};

/// Every script of the repository: its name and its bytes.
static SCRIPTS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let paths = ["examples", "tests"].iter().flat_map(|folder| scripts(&root().join(folder)));
    paths.map(|path| (path.display().to_string(), fs::read(&path).unwrap_or_default())).collect()
});

/// The texts of the tokens of a script.
fn tokens(text: &str) -> Vec<String> {
    let (tokens, _) = scan(FileId(0), text, false);
    let text_of = |token: &stapc_syntax::Token| {
        text.get(token.span.start as usize..token.span.end as usize).unwrap_or("").to_owned()
    };
    tokens.iter().filter(|token| token.kind != TokenKind::End).map(text_of).collect()
}

/// The tokens of all scripts.
static POOL: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut pool: Vec<String> =
        SCRIPTS.iter().flat_map(|(_, bytes)| tokens(&String::from_utf8_lossy(bytes))).collect();
    pool.sort_unstable();
    pool.dedup();
    pool
});

/// A change to a list of tokens.
#[derive(Debug, Clone)]
enum Change {
    Remove(usize, usize),
    Copy(usize, usize, usize),
    Swap(usize, usize),
    Put(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<usize>;
    prop_oneof![
        (at(), 1..4_usize).prop_map(|(from, count)| Change::Remove(from, count)),
        (at(), 1..12_usize, at()).prop_map(|(from, count, to)| Change::Copy(from, count, to)),
        (at(), at()).prop_map(|(a, b)| Change::Swap(a, b)),
        (at(), at()).prop_map(|(to, which)| Change::Put(to, which)),
    ]
}

fn apply(change: &Change, tokens: &mut Vec<String>) {
    let length = tokens.len();
    if length == 0 {
        return;
    }
    match *change {
        Change::Remove(from, count) => {
            let from = from % length;
            tokens.drain(from..(from + count).min(length));
        }
        Change::Copy(from, count, to) => {
            let from = from % length;
            let copied = tokens[from..(from + count).min(length)].to_vec();
            let to = to % length;
            tokens.splice(to..to, copied);
        }
        Change::Swap(a, b) => tokens.swap(a % length, b % length),
        Change::Put(to, which) => tokens[to % length] = POOL[which % POOL.len()].clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_scripts_are_refused_or_become_ir_in_order(
        script in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 0..4),
    ) {
        let (name, bytes) = &SCRIPTS[script.index(SCRIPTS.len())];
        let mut tokens = tokens(&String::from_utf8_lossy(bytes));
        for change in &changes {
            apply(change, &mut tokens);
        }
        let text = tokens.join(" ");
        let compiled = compile(name, text.as_bytes());
        let wrong = has_errors(&compiled.diagnostics) || has_errors(&compiled.refused);
        prop_assert!(compiled.module.is_some() != wrong);
        for level in [0, 2] {
            let Some(module) = compiled.module.clone() else { break };
            if let Err(error) = stapc_passes::run(module, level, |_, _| {}) {
                let error = format!("-O{level}: {error}\n{}\n{text}", error.errors[0].text);
                return Err(TestCaseError::fail(error));
            }
        }
    }

    #[test]
    fn changed_bytes_do_no_harm(
        script in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let (name, bytes) = &SCRIPTS[script.index(SCRIPTS.len())];
        let mut bytes = bytes.clone();
        for (at, byte) in changes.iter().filter(|_| !bytes.is_empty()).map(|(at, byte)| (at.index(bytes.len()), *byte)).collect::<Vec<_>>() {
            bytes[at] = byte;
        }
        let compiled = compile(name, &bytes);
        render(&compiled.sources, &compiled.diagnostics, true);
    }
}

#[test]
fn scripts_of_the_repository_are_found() {
    assert!(SCRIPTS.len() >= 30, "only {} scripts were found", SCRIPTS.len());
}

/// Scripts of other people's making, where they are installed: what is not supported is said, by
/// its name, and nothing is taken for a mistake of the script's.
#[test]
fn scripts_of_the_system_give_clear_errors() {
    let folder = Path::new("/usr/share/systemtap/examples");
    let paths = scripts(folder);
    if paths.is_empty() {
        eprintln!("skipped: no scripts in {}", folder.display());
    }
    let mut mistakes = Vec::new();
    // One is a template, with `{...}` to be filled in.
    for path in paths.iter().filter(|path| !path.ends_with("security-bandaid-template.stp")) {
        let compiled = compile(&path.display().to_string(), &fs::read(path).unwrap_or_default());
        let syntax =
            compiled.diagnostics.iter().filter(|diagnostic| diagnostic.code == "syntax").cloned();
        let syntax: Vec<_> = syntax.collect();
        if !syntax.is_empty() {
            mistakes.push(render(&compiled.sources, &syntax, false));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// Whether the parser takes a script.
fn parses(script: &str) -> bool {
    let mut sources = SourceMap::new();
    let file = sources.add("deep", script);
    let environment = Plain::default();
    let mut session = Session::new(&mut sources, &environment);
    stapc_syntax::parse(&mut session, &mut Tree::default(), file).is_empty()
}

/// The largest script of a shape that the parser takes goes all the way, on a thread's small stack.
#[test]
fn the_deepest_scripts_go_all_the_way() {
    let shapes: [fn(usize) -> String; 16] = [
        |n| format!("x = {}1{}", "(1 + ".repeat(n), ")".repeat(n)),
        |n| format!("x = 1{}", " + 1".repeat(n)),
        |n| format!("t = \"\"{}", " . \"a\"".repeat(n)),
        |n| format!("x = {}1", "- ".repeat(n)),
        |n| format!("x = {}1", "! ".repeat(n)),
        |n| format!("{}x = 1{}", "if (x) { ".repeat(n), " }".repeat(n)),
        |n| format!("{}x++", "while (x) ".repeat(n)),
        |n| format!("{}x++", "foreach (k in m) ".repeat(n)),
        |n| format!("{}x = 1 / x{}", "try { ".repeat(n), " } catch (t) { x++ }".repeat(n)),
        |n| format!("{}x = 1 / x{}", "try { x++ } catch { ".repeat(n), " }".repeat(n)),
        |n| format!("x = {}1", "1 ? 2 : ".repeat(n)),
        |n| format!("x = 1{}", " && (x = 1)".repeat(n)),
        |n| format!("{}{{ x = 1{} }}", "while (x) ".repeat(n), " + 1".repeat(n)),
        |n| format!("x = {}1{}{}", "f(".repeat(n), " + 1".repeat(n), ")".repeat(n)),
        |n| format!("println({}1{})", "m[".repeat(n), "]".repeat(n)),
        |n| format!("println({}1{})", "f(".repeat(n), ")".repeat(n)),
    ];
    for shape in shapes {
        let script = |n| {
            format!(
                "global m probe begin {{ m[1] = 1; x = 0; {} }} function f(x) {{ return x }}",
                shape(n)
            )
        };
        let parses = |n: usize| parses(&script(n));
        let refused = (1..1000).find(|n| !parses(*n)).expect("nesting has an end");
        assert!(refused > 50, "only {refused}: {}", script(2));
        let compiled = compile("deep", script(refused - 1).as_bytes());
        assert!(
            !has_errors(&compiled.diagnostics),
            "{}",
            render(&compiled.sources, &compiled.diagnostics, false)
        );
        assert!(!stapc_sema::dump(&compiled.program).is_empty());
        assert!(
            compiled.parsed
                && !stapc_syntax::print(&compiled.tree, &compiled.tree.items).is_empty()
        );
        assert!(compile("too deep", script(refused).as_bytes()).module.is_none());
    }
}

/// What takes time grows with the script, not with its square.
#[test]
fn long_scripts_go_all_the_way() {
    let many = |count: usize, line: fn(usize) -> String| {
        (0..count).map(line).collect::<Vec<_>>().join("\n")
    };
    for script in [
        format!(
            "global n probe begin {{ {} else n++ }}",
            many(3000, |n| format!("if (n == {n}) n += {n}")).replace('\n', " else ")
        ),
        format!(
            "{}\nprobe begin {{ f0(1) }}",
            many(2000, |n| format!("function f{n}(x) {{ return f{}(x) }}", (n + 1) % 2000))
        ),
        format!("probe begin {{ {} }}", many(3000, |n| format!("a{n} = {n}"))),
        format!("probe begin {{ {} }}", many(3000, |n| format!("println(a{n})"))),
        format!(
            "global {}\nprobe begin {{ a0 = 1 }}",
            many(3000, |n| format!("a{n}")).replace('\n', ", ")
        ),
        format!(
            "probe {} {{ println(pp()) }}",
            many(3000, |n| format!("timer.ns({})", n + 1)).replace('\n', ", ")
        ),
        format!(
            "global m probe begin {{ {} }}",
            many(3000, |n| format!("foreach (k in m) println(k + {n})"))
        ),
        many(3000, |n| format!("probe begin {{ x = {n}; println(x) }}")),
        format!(
            "probe begin {{ try {{ {} }} catch (t) {{ println(t, {}) }} }}",
            many(1000, |n| format!("a{n} = {n} / a{}", n.max(1) - 1)),
            many(1000, |n| format!("a{n}")).replace('\n', ", ")
        ),
        format!(
            "probe begin {{ {} }}",
            many(1000, |n| format!("try {{ x = {n} / x }} catch (t) {{ println(t) }}"))
        ),
    ] {
        compile("long", script.as_bytes());
    }
}
