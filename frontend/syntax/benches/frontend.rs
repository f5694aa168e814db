//! How fast scripts become trees, on the installed script library: tokens alone, tokens behind the
//! preprocessor, and trees.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the installed scripts")]

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    sync::Arc,
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stapc_diagnostics::{FileId, SourceMap, bytes};
use stapc_syntax::{Kind, Plain, Session, ast::Tree, declared, parse, preprocess, scan};

const TAPSET: &str = "/usr/share/systemtap/tapset";

/// Names and texts.
type Scripts = Vec<(String, Arc<str>)>;

fn scripts(folder: &Path, found: &mut Scripts) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            scripts(&path, found);
        } else if path.extension().is_some_and(|it| it == "stp" || it == "stpm") {
            let text = bytes::decode(&fs::read(&path).unwrap_or_default()).into();
            found.push((path.display().to_string(), text));
        }
    }
}

/// An environment that knows the macros of the library.
fn environment(scripts: &Scripts) -> Plain {
    let mut macro_files = Vec::new();
    for (name, text) in scripts.iter().filter(|(name, _)| name.ends_with(".stpm")) {
        let macros = declared(text).into_iter().filter(|declared| declared.kind == Kind::Macro);
        macro_files.extend(macros.map(|declared| (declared.name, name.clone(), Arc::clone(text))));
    }
    Plain { macro_files, guru: true, ..Plain::default() }
}

fn frontend(criterion: &mut Criterion) {
    let mut scripts_found = Scripts::new();
    scripts(Path::new(TAPSET), &mut scripts_found);
    if scripts_found.is_empty() {
        eprintln!("skipped: no scripts in {TAPSET}");
        return;
    }
    let environment = environment(&scripts_found);
    let sources = || {
        let mut sources = SourceMap::new();
        let add = |(name, text): &(String, Arc<str>)| sources.add(name.as_str(), Arc::clone(text));
        let files: Vec<FileId> = scripts_found.iter().map(add).collect();
        (sources, files)
    };
    let mut group = criterion.benchmark_group("frontend");
    let bytes = scripts_found.iter().map(|(_, text)| text.len() as u64).sum();
    group.throughput(Throughput::BytesDecimal(bytes)).sample_size(20);
    group.bench_function("scan", |bencher| {
        bencher.iter(|| {
            for (_, text) in &scripts_found {
                black_box(scan(FileId(0), text, false));
            }
        });
    });
    group.bench_function("preprocess", |bencher| {
        bencher.iter_with_large_drop(|| {
            let (mut sources, files) = sources();
            let mut session = Session::new(&mut sources, &environment);
            for file in files {
                black_box(preprocess(&mut session, file));
            }
            sources
        });
    });
    group.bench_function("parse", |bencher| {
        bencher.iter_with_large_drop(|| {
            let (mut sources, files) = sources();
            let mut session = Session::new(&mut sources, &environment);
            let mut tree = Tree::default();
            for file in files {
                black_box(parse(&mut session, &mut tree, file));
            }
            (sources, tree)
        });
    });
    group.finish();
}

criterion_group!(benches, frontend);
criterion_main!(benches);
