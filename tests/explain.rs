//! The pages of the catalogue: each wrong example has the finding that its page is about and no
//! other one, and with each right one nothing is wrong.
//!
//! An example is a block of code that opens with the line ```` ```stap,wrong ```` or
//! ```` ```stap,right ````, and perhaps more words:
//!
//! - `guru`, `skip-badvars`, `privilege=stapusr`, `args=one two`, `define=NAME=VALUE`,
//!   `global=name=value`: as the options of the command line;
//! - `kernel=damaged`: the kernel's debugging information cannot be read;
//! - `kernel=inlined`: some places of `vfs_read` cannot be probed;
//! - `tool`: it is the tool that finds it, not the compiler.
//!
//! The kernel is the one of [`Kernel::sample`]. Behind a line `# file: NAME`, the block goes on with
//! a file of the script library.
#![expect(clippy::disallowed_methods, reason = "tests run the tool")]

use std::{collections::BTreeMap, process::Command, sync::Arc};

use stapc_debuginfo::{Error, Function, Member, Source, Type, TypeId, fake::Kernel};
use stapc_diagnostics::{Diagnostic, SourceMap, catalogue::CATALOGUE, has_errors, render};
use stapc_ir::Limits;
use stapc_sema::{Library, Options};
use stapc_syntax::{Kind, Plain, Session, ast::Tree, declared};

/// An example of a page.
struct Example {
    wrong: bool,
    words: Vec<String>,
    script: String,
    /// Names and texts.
    files: Vec<(String, String)>,
}

impl Example {
    /// The example that a fence with these words opens.
    fn new(words: &str, text: &str) -> Result<Self, String> {
        let mut words: Vec<String> = words.split(',').map(str::to_owned).collect();
        let known = ["guru", "skip-badvars", "tool", "kernel=damaged", "kernel=inlined"];
        let keys = ["privilege=", "args=", "define=", "global="];
        let wrong = match (words.remove(0).as_str(), words.first().cloned()) {
            ("stap", Some(kind)) if kind == "wrong" || kind == "right" => kind == "wrong",
            _ => return Err("an example is `stap,wrong` or `stap,right`".to_owned()),
        };
        words.remove(0);
        for word in &words {
            if !known.contains(&word.as_str()) && !keys.iter().any(|key| word.starts_with(key)) {
                return Err(format!("an example has the word `{word}`, which is not known"));
            }
        }
        let mut parts = text.split("# file: ");
        let script = parts.next().unwrap_or_default().to_owned();
        let files = parts.filter_map(|part| part.split_once('\n'));
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        Ok(Self { wrong, words, script, files })
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    fn value<'a>(&'a self, key: &str) -> Option<&'a str> {
        self.words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    fn arguments(&self) -> Vec<String> {
        self.value("args").into_iter().flat_map(str::split_whitespace).map(str::to_owned).collect()
    }

    fn environment(&self) -> Plain {
        let macros = self.files.iter().filter(|(name, _)| name.ends_with(".stpm"));
        let macros = macros.flat_map(|(name, text)| {
            let names = declared(text).into_iter().filter(|found| found.kind == Kind::Macro);
            names.map(|found| (found.name, name.clone(), Arc::from(text.as_str())))
        });
        Plain {
            arguments: self.arguments(),
            guru: self.has("guru"),
            privilege: self.value("privilege").unwrap_or("stapdev").to_owned(),
            macro_files: macros.collect(),
            ..Plain::default()
        }
    }

    fn options(&self) -> Options {
        let initial = self.value("global").and_then(|global| global.split_once('='));
        Options {
            skip_missing: self.has("skip-badvars"),
            initial: initial.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect(),
            ..Options::default()
        }
    }
}

/// The examples of a page.
fn examples(page: &str) -> Result<Vec<Example>, String> {
    let blocks = page.split("\n```").collect::<Vec<_>>();
    // Every second piece is within a block.
    blocks
        .chunks(2)
        .filter_map(|two| two.get(1))
        .map(|block| {
            let (words, text) = block.split_once('\n').unwrap_or((block, ""));
            Example::new(words, &format!("{text}\n"))
        })
        .collect()
}

/// The library that an example brings along.
struct Files {
    files: Vec<(String, Arc<str>)>,
    names: BTreeMap<Kind, Vec<(String, usize)>>,
}

impl Files {
    fn new(example: &Example) -> Self {
        let mut names = BTreeMap::<Kind, Vec<(String, usize)>>::new();
        let scripts = example.files.iter().filter(|(name, _)| name.ends_with(".stp"));
        let files = scripts.map(|(name, text)| (name.clone(), Arc::from(text.as_str())));
        let files: Vec<(String, Arc<str>)> = files.collect();
        for (at, (_, text)) in files.iter().enumerate() {
            for found in declared(text) {
                names.entry(found.kind).or_default().push((found.name, at));
            }
        }
        names.values_mut().for_each(|names| names.sort());
        Self { files, names }
    }

    fn of(&self, kind: Kind) -> &[(String, usize)] {
        self.names.get(&kind).map_or(&[], Vec::as_slice)
    }
}

impl Library for Files {
    fn files(&self, kind: Kind, name: &str) -> Vec<usize> {
        let named = self.of(kind).iter().filter(|(known, _)| known == name);
        named.map(|&(_, file)| file).collect()
    }

    fn aliases(&self) -> &[(String, usize)] {
        self.of(Kind::Alias)
    }

    fn names(&self, kind: Kind) -> Vec<&str> {
        self.of(kind).iter().map(|(name, _)| name.as_str()).collect()
    }

    fn text(&self, file: usize) -> Option<(String, Arc<str>)> {
        self.files.get(file).cloned()
    }
}

/// The sample of a kernel, with something amiss.
struct Odd {
    sample: Kernel,
    /// Whether the debugging information cannot be read.
    damaged: bool,
    /// Whether some places of `vfs_read` cannot be probed.
    inlined: bool,
}

impl Odd {
    fn read<T>(&self, value: Result<T, Error>) -> Result<T, Error> {
        if self.damaged {
            Err(Error("there is no debugging information".to_owned()))
        } else {
            value
        }
    }
}

impl Source for Odd {
    fn source(&self) -> &str {
        self.sample.source()
    }

    fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        let mut function = self.read(self.sample.function(name))?;
        if let Some(function) = function.as_mut().filter(|_| self.inlined && name == "vfs_read") {
            function.notes.push("some calls of `vfs_read` are inlined".to_owned());
        }
        Ok(function)
    }

    fn functions_like(&self, name: &str) -> Vec<String> {
        self.sample.functions_like(name)
    }

    fn ty(&self, ty: TypeId) -> Result<Type, Error> {
        self.read(self.sample.ty(ty))
    }

    fn member(&self, ty: TypeId, name: &str) -> Result<Option<Member>, Error> {
        self.read(self.sample.member(ty, name))
    }

    fn members(&self, ty: TypeId) -> Result<Vec<String>, Error> {
        self.read(self.sample.members(ty))
    }

    fn size(&self, ty: TypeId) -> Result<Option<u64>, Error> {
        self.read(self.sample.size(ty))
    }

    fn named(&self, name: &str) -> Result<Option<TypeId>, Error> {
        self.read(self.sample.named(name))
    }

    fn enumerator(&self, name: &str) -> Result<Option<i64>, Error> {
        self.read(self.sample.enumerator(name))
    }
}

/// What the compiler finds in an example: the ids, and the text that a user would see.
fn compile(example: &Example) -> (Vec<String>, String) {
    let mut sources = SourceMap::new();
    let file = sources.add("example.stp", example.script.as_str());
    let environment = example.environment();
    let kernel = Odd {
        sample: Kernel::sample(),
        damaged: example.has("kernel=damaged"),
        inlined: example.has("kernel=inlined"),
    };
    let mut tree = Tree::default();
    let mut session = Session::new(&mut sources, &environment);
    let mut found = stapc_syntax::parse(&mut session, &mut tree, file);
    if !has_errors(&found) {
        let library = Files::new(example);
        let (program, more) =
            stapc_sema::analyze(&mut session, &mut tree, &library, &kernel, &example.options());
        found.extend(more);
        if !has_errors(&found) {
            found.extend(
                stapc_lower::lower(&program, &sources, Limits::default())
                    .err()
                    .into_iter()
                    .flatten(),
            );
        }
    }
    let ids = found.iter().map(Diagnostic::id).map(str::to_owned).collect();
    (ids, render(&sources, &found, false))
}

/// What the tool finds in an example.
fn check(example: &Example) -> (Vec<String>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_stapc"))
        .args(["check", "--no-points", "--diagnostics=json", "-e", &example.script])
        .args(example.value("define").into_iter().flat_map(|define| ["-D", define]))
        .args(example.arguments())
        .output()
        .expect("the tool can be run");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let id = |line: &str| {
        let object: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        object["id"].as_str().map_or_else(|| line.to_owned(), str::to_owned)
    };
    (text.lines().map(id).collect(), text)
}

/// What is wrong with the examples of a page.
fn wrong_examples(id: &str, page: &str) -> Result<(), String> {
    for example in examples(page)? {
        let (mut found, shown) =
            if example.has("tool") { check(&example) } else { compile(&example) };
        // A page is not wrong because the compiler cannot do something yet.
        if id != "E0601" {
            found.retain(|found| found != "E0601");
        }
        let right = match example.wrong {
            true => !found.is_empty() && found.iter().all(|found| found == id),
            false => found.is_empty(),
        };
        if !right {
            let kind = if example.wrong { "wrong" } else { "right" };
            return Err(format!("{id}, the {kind} example:\n{}\n{shown}", example.script));
        }
    }
    Ok(())
}

#[test]
fn the_examples_of_all_pages_are_wrong_and_right() {
    let checked = CATALOGUE.iter().map(|entry| wrong_examples(entry.id, entry.page));
    let failures: Vec<String> = checked.filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{} pages:\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn a_wrong_page_is_found() {
    let page = |kind: &str, script: &str| format!("# A page\n\n```stap,{kind}\n{script}\n```\n");
    let (good, bad) = ("probe begin { println(1) }", "probe begn { println(1) }");
    assert_eq!(
        wrong_examples("E0401", &(page("wrong", bad) + "\n" + &page("right", good))),
        Ok(())
    );
    assert!(wrong_examples("E0401", &page("wrong", good)).is_err(), "nothing is found");
    assert!(wrong_examples("E0402", &page("wrong", bad)).is_err(), "something else is found");
    assert!(wrong_examples("E0401", &page("right", bad)).is_err(), "the right one is wrong");
    assert!(wrong_examples("E0401", &page("wrong,gru", bad)).is_err(), "a word is not known");
    assert!(wrong_examples("E0401", &page("wong", bad)).is_err(), "a kind is not known");
}
