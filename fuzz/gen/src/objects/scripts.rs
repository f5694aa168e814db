//! Scripts about what was found in an object, compiled as far as IR.

use stapc_debuginfo::{Objects, Place, PlaceKind, Source, Variable};
use stapc_diagnostics::{SourceMap, has_errors, render};
use stapc_ir::{Limits, Stage, verify};
use stapc_sema::{NoLibrary, Options, analyze};
use stapc_syntax::{Plain, Session, ast::Tree};

/// How many places and variables scripts are made of.
const PLACES: usize = 4;
const VARIABLES: usize = 3;
/// How many members are followed.
const MEMBERS: usize = 4;

/// What is wrong with the IR of scripts that show variables as text, and follow them.
pub fn compile_all<S: Source>(source: &S, seen: &[(Place, Vec<Variable>)]) -> Result<(), String> {
    let step = seen.len().div_ceil(PLACES).max(1);
    for (place, variables) in seen.iter().step_by(step) {
        if !is_name(&place.function) {
            continue;
        }
        let point = match place.kind {
            PlaceKind::Statement => {
                format!("kernel.statement(\"{}@*:{}\")", place.function, place.line)
            }
            _ => format!("kernel.function(\"{}\")", place.function),
        };
        let mut values = vec!["$$vars".to_owned(), "$$parms$$".to_owned()];
        for variable in variables.iter().filter(|variable| is_name(&variable.name)).take(VARIABLES)
        {
            let name = &variable.name;
            values.extend([format!("${name}"), format!("${name}$"), format!("${name}[1]$$")]);
            values.extend(chains(source, variable));
        }
        for value in values {
            compile(source, &format!("probe {point} {{ println({value}) }}"))?;
        }
        compile(source, &format!("probe {point}.return {{ println($$return$$) }}"))?;
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && !name.as_bytes()[0].is_ascii_digit() && name.bytes().all(letter)
}

/// Members of what a variable points to, and of what these point to.
fn chains(source: &dyn Source, variable: &Variable) -> Vec<String> {
    let pointed = |ty| match source.ty(ty) {
        Ok(stapc_debuginfo::Type::Pointer(Some(to))) => to,
        _ => ty,
    };
    let Some(ty) = variable.ty.map(pointed) else { return Vec::new() };
    let mut chains = Vec::new();
    for name in source.members(ty).unwrap_or_default().iter().filter(|name| is_name(name)) {
        let chain = format!("${}->{name}", variable.name);
        chains.push(format!("{chain}$"));
        if let Ok(Some(member)) = source.member(ty, name) {
            let inner = source.members(pointed(member.ty)).unwrap_or_default();
            let inner = inner.iter().filter(|name| is_name(name)).take(1);
            chains.extend(inner.map(|name| format!("{chain}->{name}")));
        }
        if chains.len() >= MEMBERS {
            break;
        }
    }
    chains
}

fn compile(kernel: &dyn Objects, text: &str) -> Result<(), String> {
    let environment = Plain::default();
    let mut sources = SourceMap::new();
    let file = sources.add("script", text);
    let mut tree = Tree::default();
    let mut session = Session::new(&mut sources, &environment);
    if has_errors(&stapc_syntax::parse(&mut session, &mut tree, file)) {
        return Ok(());
    }
    let options = Options::default();
    let (program, found) = analyze(&mut session, &mut tree, &NoLibrary, kernel, &options);
    if render(&sources, &found, false).is_empty() != found.is_empty() {
        return Err(format!("findings of {text} cannot be shown"));
    }
    if has_errors(&found) {
        return Ok(());
    }
    let Ok(module) = stapc_lower::lower(&program, &sources, Limits::default()) else {
        return Ok(());
    };
    verify(&module, Stage::Lowered).map_err(|errors| {
        let lines = errors.iter().map(|error| format!("{error}\n{}\n", error.text));
        format!("the IR of {text} is not in order: {}", lines.collect::<String>())
    })
}
