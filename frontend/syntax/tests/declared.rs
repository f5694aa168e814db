//! The names that are found without parsing are those that parsing gives.
#![expect(clippy::disallowed_methods, reason = "tests read the scripts of the system")]

use std::{fs, path::Path};

use stapc_diagnostics::{FileId, SourceMap, bytes, has_errors, render};
use stapc_syntax::{
    Declared, Kind, Plain, Session, Token, TokenKind,
    ast::{Component, Item, ItemKind, ProbePoint, Tree},
    declared, parse, scan,
};

fn names(text: &str) -> Vec<String> {
    declared(text).iter().map(|Declared { kind, name }| format!("{kind:?} {name}")).collect()
}

#[test]
fn all_that_other_files_may_see() {
    for (text, expected) in [
        ("function f() {} function g:string(a) {}", &["Function f", "Function g"][..]),
        (
            "global a, b = -5, c[10], d%[3] = 1, e = \"x\" \"y\" global g",
            &["Global a", "Global b", "Global c", "Global d", "Global e", "Global g"],
        ),
        ("private global a, b private c private function f() {} global d", &["Global d"]),
        ("@__private30 global a @__private30 function f() {}", &[]),
        ("probe a.b = c {} probe d += e.f(\"x\"), g {}", &["Alias a.b", "Alias d"]),
        ("probe a = b.c = d {}", &["Alias a", "Alias b.c"]),
        ("probe a.*, b {} probe c? {} probe d if (e = 1) {}", &[]),
        (
            "probe a.* = b {} probe a.probe = b {} probe a(\"x\").b = c {}",
            &["Alias a.*", "Alias a.probe", "Alias a.b"],
        ),
        (
            "@define m %( function f() {} %) @define n(a, b) %( %( { %) %) function g() {}",
            &["Macro m", "Macro n", "Function g"],
        ),
        (
            "%( 1 == 2 %? function f() {} %: global a %) global b",
            &["Function f", "Global a", "Global b"],
        ),
        (
            "global a %( 1 == 2 %? , b %: , c %), d",
            &["Global a", "Global b", "Global c", "Global d"],
        ),
        // Each branch goes on from where the conditional began.
        (
            "%( 1 == 2 %? probe a = b { %: probe c = d { %) x } function f() {}",
            &["Alias a", "Alias c", "Function f"],
        ),
        (
            "probe %( 1 == 2 %? a.b %: c %).return = d {} probe x %( 1 == 2 %? .y %) = z {}",
            &["Alias a.b.return", "Alias c.return", "Alias x", "Alias x.y"],
        ),
        ("probe a %( 1 == 2 %? { %: if (b) { %) } function f() {}", &["Function f"]),
        // Nothing within braces is a declaration.
        (
            "probe begin { global a @define m %( 1 %) function f() probe x = y } %{ function g() %}",
            &[],
        ),
        (
            "function f() %{ } %} # function g()\n/* global a */ \"function h\" global",
            &["Function f"],
        ),
        ("} function f() {", &["Function f"]),
        ("function probe global in probe = %( %: %) @define %(", &[]),
    ] {
        assert_eq!(names(text), expected, "{text}");
    }
}

/// A script with the signs of conditionals outside of braces left out, so that it has all branches.
fn all_branches(text: &str) -> String {
    let (tokens, _) = scan(FileId(0), text, false);
    let mut out = text.to_owned();
    let mut blank = |from: Token, to: Token| {
        let range = from.span.start as usize..to.span.end as usize;
        out.replace_range(range.clone(), &" ".repeat(range.len()));
    };
    let (mut depth, mut open, mut at) = (0, Vec::new(), 0);
    while at < tokens.len() {
        match tokens[at].kind.text() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "%(" => {
                let body = is_body(&tokens[..at], text);
                open.push(depth == 0 && !body && !open.contains(&false));
                if open.last() == Some(&true) {
                    let start = at;
                    while tokens[at].kind.text() != "%?" {
                        at += 1;
                    }
                    blank(tokens[start], tokens[at]);
                }
            }
            "%:" if open.last() == Some(&true) => blank(tokens[at], tokens[at]),
            "%)" if open.pop() == Some(true) => blank(tokens[at], tokens[at]),
            _ => {}
        }
        at += 1;
    }
    out
}

/// Whether these end with the head of a macro's definition.
fn is_body(tokens: &[Token], text: &str) -> bool {
    let head = |token: &&Token| {
        token.kind == TokenKind::Identifier || matches!(token.kind.text(), "(" | ")" | ",")
    };
    let last = tokens.iter().rev().find(|token| !head(token));
    last.is_some_and(|last| &text[last.span.start as usize..last.span.end as usize] == "@define")
}

/// What a tree declares for other files.
fn of_tree(items: &[Item]) -> Vec<String> {
    let name = |point: &ProbePoint| {
        let parts = point.components.iter().map(|component| match component {
            Component::Named { name, .. } => name.text.as_str(),
            Component::Alternatives { .. } => "{}",
        });
        parts.collect::<Vec<_>>().join(".")
    };
    let of_item = |item: &Item| match &item.kind {
        ItemKind::Globals(globals) if !globals.private => {
            globals.globals.iter().map(|global| format!("Global {}", global.name.text)).collect()
        }
        ItemKind::Function(function) if !function.private => {
            vec![format!("Function {}", function.name.text)]
        }
        ItemKind::Alias(alias) => {
            alias.names.iter().map(|point| format!("Alias {}", name(point))).collect()
        }
        _ => Vec::new(),
    };
    items.iter().flat_map(of_item).collect()
}

fn files(folder: &Path, extension: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            let text = bytes::decode(&fs::read(&path).unwrap_or_default()).into_owned();
            found.push((path.display().to_string(), text));
        }
    }
}

/// Input of other people's making, where it is installed.
#[test]
fn the_library_of_the_system() {
    let folder = Path::new("/usr/share/systemtap/tapset");
    let (mut scripts, mut macros) = (Vec::new(), Vec::new());
    files(folder, "stp", &mut scripts);
    files(folder, "stpm", &mut macros);
    let mut environment = Plain { guru: true, ..Plain::default() };
    environment.arguments = vec!["1".to_owned(); 40];
    for (name, text) in &macros {
        for Declared { kind, name: defined } in declared(text) {
            assert_eq!(kind, Kind::Macro, "{name}: {defined}");
            environment.macro_files.push((defined, name.clone(), text.as_str().into()));
        }
    }
    let parsed = |name: &str, text: &str| {
        let (mut sources, mut tree) = (SourceMap::new(), Tree::default());
        let file = sources.add(name, text);
        let mut session = Session::new(&mut sources, &environment);
        let diagnostics = parse(&mut session, &mut tree, file);
        if has_errors(&diagnostics) {
            return Err(render(&sources, &diagnostics, false));
        }
        Ok(of_tree(&tree.items))
    };
    let mut whole = 0;
    for (name, text) in &scripts {
        let mut found = names(text);
        found.retain(|name| !name.starts_with("Macro"));
        if let Ok(expected) = parsed(name, &all_branches(text)) {
            assert_eq!(found, expected, "{name}");
            whole += 1;
            continue;
        }
        // The branches do not go together: at least nothing is missed.
        let expected = parsed(name, text).unwrap_or_else(|errors| panic!("{errors}"));
        let missed: Vec<_> = expected.iter().filter(|name| !found.contains(name)).collect();
        assert!(missed.is_empty(), "{name}: {missed:?}");
    }
    assert!(!folder.exists() || scripts.len() > 100, "only {} files were found", scripts.len());
    assert!(whole >= scripts.len() * 9 / 10, "{whole} of {} were compared", scripts.len());
}
