//! What `-p1` and `-p2` print, and the counts that `-v` gives.

use stapc_ir::{Attach, GlobalKind, MapValue, Type};
use stapc_sema::hir::{Body, FunctionBody, Global, Local, Program, Site};
use stapc_syntax::ast::{Item, ItemKind, Tree};

use crate::pipeline::Pipeline;

/// The syntax tree of the scripts, as script.
pub fn tree(pipeline: &Pipeline<'_>, tree: &Tree) -> String {
    let mut text = String::from("# parse tree dump\n");
    for &file in pipeline.scripts() {
        let items: Vec<Item> =
            tree.items.iter().filter(|item| item.file == file).cloned().collect();
        let printed = stapc_syntax::print(tree, &items);
        text += &format!("# file {}\n{printed}", pipeline.sources().name(file));
    }
    text + "\n"
}

/// The global variables, functions and probes with their types.
pub fn program(program: &Program, usual_capacity: u32) -> String {
    let mut text = String::new();
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text += &format!("# {title}\n{}", lines.concat());
        }
    };
    let globals = program.globals.iter().map(|each| global(each, usual_capacity));
    section("globals", globals.collect());
    section("functions", program.functions.iter().map(function).collect());
    section("probes", program.probes.iter().map(probe).collect());
    text
}

/// `NAME:TYPE`, of an array with the types of its keys.
fn global(global: &Global, usual_capacity: u32) -> String {
    let name = &global.name;
    match &global.kind {
        GlobalKind::I64(_) => format!("{name}:long\n"),
        GlobalKind::Str(_) => format!("{name}:string\n"),
        GlobalKind::Stat(_) => format!("{name}:stats\n"),
        GlobalKind::Map { keys, value, capacity, wrap } => {
            let size = Some(capacity).filter(|size| **size != usual_capacity);
            let size = size.map(|size| format!("[{size}]")).unwrap_or_default();
            let wrap = if *wrap { "%" } else { "" };
            let value = match value {
                MapValue::I64 => "long",
                MapValue::Str => "string",
                MapValue::Stat(_) => "stats",
            };
            let keys: Vec<&str> = keys.iter().map(|key| type_name(Some(*key))).collect();
            format!("{name}{wrap}{size}:{value} [{}]\n", keys.join(", "))
        }
    }
}

fn function(function: &stapc_sema::hir::Function) -> String {
    let (locals, params): (&[Local], usize) = match &function.body {
        FunctionBody::Script(body) => (&body.locals, function.params),
        FunctionBody::Embedded(_, params) => (params, params.len()),
    };
    let typed = |local: &Local| format!("{}:{}", local.name, type_name(Some(local.ty)));
    let params_text: Vec<String> = locals.iter().take(params).map(typed).collect();
    let returns = type_name(function.returns);
    let head = format!("{}:{returns} ({})\n", function.name, params_text.join(", "));
    head + &locals_text(locals.get(params..).unwrap_or_default())
}

fn probe(probe: &stapc_sema::hir::Probe) -> String {
    let Body { locals, .. } = &probe.body;
    format!("{} /* <- {} */\n{}", site(probe), probe.point, locals_text(locals))
}

/// The place that was found.
fn site(probe: &stapc_sema::hir::Probe) -> String {
    match &probe.site {
        Site::At(Attach::Entry(code) | Attach::Call(code)) => {
            format!("kernel.function(\"{}\").call", code.function)
        }
        Site::At(Attach::Return(code, _)) => {
            format!("kernel.function(\"{}\").return", code.function)
        }
        Site::At(Attach::Statement(code)) => {
            format!("kernel.statement(\"{}\")", code.function)
        }
        Site::At(Attach::Trace(code)) => format!("kernel.trace(\"{}\")", code.function),
        Site::At(Attach::Begin(0)) => "begin".to_owned(),
        Site::At(Attach::Begin(order)) => format!("begin({order})"),
        Site::At(Attach::End(0)) => "end".to_owned(),
        Site::At(Attach::End(order)) => format!("end({order})"),
        Site::At(Attach::Error(0)) => "error".to_owned(),
        Site::At(Attach::Error(order)) => format!("error({order})"),
        Site::At(Attach::Never) => "never".to_owned(),
        Site::At(Attach::TimerNs(nanoseconds, spread)) => {
            format!("timer.ns({nanoseconds}){}", randomized(*spread))
        }
        Site::At(Attach::TimerJiffies(ticks, spread)) => {
            format!("timer.jiffies({ticks}){}", randomized(*spread))
        }
        Site::At(Attach::Event(_) | Attach::Process(..) | Attach::Condition(_))
        | Site::Foreign(..) => probe.point.clone(),
    }
}

/// How the point of a timer ends, of which the interval varies.
fn randomized(spread: u64) -> String {
    match spread {
        0 => String::new(),
        spread => format!(".randomize({spread})"),
    }
}

fn locals_text(locals: &[Local]) -> String {
    if locals.is_empty() {
        return String::new();
    }
    let line = |local: &Local| format!("  {}:{}\n", local.name, type_name(Some(local.ty)));
    format!("  # locals\n{}", locals.iter().map(line).collect::<String>())
}

fn type_name(ty: Option<Type>) -> &'static str {
    match ty {
        Some(Type::I64) => "long",
        Some(Type::Str) => "string",
        _ => "unknown",
    }
}

/// `1 probe, 2 functions, 0 embeds, 3 globals`
pub fn counts(program: &Program, tree: &Tree) -> String {
    let embeds =
        tree.items.iter().filter(|item| matches!(item.kind, ItemKind::Embedded(_))).count();
    format!(
        "{}, {}, {}, {}",
        count(program.probes.len(), "probe"),
        count(program.functions.len(), "function"),
        count(embeds, "embed"),
        count(program.globals.len(), "global")
    )
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
