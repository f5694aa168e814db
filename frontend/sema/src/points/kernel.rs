//! `kernel.function(…)` and its kin: from what is written to places in the kernel's code.

use bstr::ByteSlice as _;
use stapc_debuginfo::{Lines, Object, Objects, Place, PlaceKind, Query, Source, What, module_name};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Attach, Base, Code, Processes};
use stapc_syntax::ast::Argument;

use super::{
    Absent, Found, addresses, events, programs,
    refused::{no_such, nothing},
    traces::traces,
    variants::{Called, Variant, variant},
};
use crate::elaborate::points::Part;

/// A point of the kernel or of a module.
pub struct Point<'p> {
    /// What it begins with: `kernel`, `module("name")`.
    pub head: String,
    /// What it is in.
    pub object: Object,
    /// Of a program: whose hits count.
    pub processes: Option<Processes>,
    /// `function("…")` or `statement("…")`.
    pub part: &'p Part,
    /// What follows.
    pub variants: &'p [Part],
}

/// The places that a point means.
pub fn places(objects: &dyn Objects, point: &Point<'_>) -> Result<Vec<Found>, Absent> {
    let (part, place) = (point.part.name.text.as_str(), point.part.name.span);
    let foreign = |what: &str, span| Ok(vec![Found::Foreign(what.to_owned(), span)]);
    let (text, span) = match (part, &point.part.argument) {
        ("function" | "statement", Some(Argument::String(text))) => {
            (text.bytes.to_str_lossy().into_owned(), text.span)
        }
        ("function" | "statement", Some(Argument::Number(address, span))) => {
            return addresses::places(objects, point, *address as u64, *span);
        }
        ("data", _) if point.object == Object::Kernel => {
            return events::data(point.part, point.variants).map(|found| vec![found]);
        }
        ("trace", Some(Argument::String(text))) if point.object == Object::Kernel => {
            return traces(objects, &text.bytes.to_str_lossy(), text.span, point.variants);
        }
        ("mark", _) if point.object == Object::Kernel => {
            return foreign(&format!("`kernel.{part}`"), place);
        }
        _ => return Err(no_function(&point.head, point.part).into()),
    };
    let variant = variant(part, point.variants)?;
    if let Variant::Foreign(name, span) = variant {
        return foreign(&format!("`.{name}` of a function"), span);
    }
    let spec = Spec::parse(&text).ok_or_else(|| malformed(&text, span))?;
    let source = opened(objects, point, span)?;
    if !source.knows_places() {
        return by_name(source, point, &spec, (&variant, span));
    }
    let query = Query {
        function: spec.function.clone(),
        file: spec.file.clone(),
        lines: spec.lines.clone(),
        what: what(part, &variant),
    };
    let found = source.places(&query).map_err(|error| cannot(&text, span, error))?;
    if found.is_empty() {
        let one = (!spec.is_pattern() && spec.file.is_none()).then_some(spec.function.as_str());
        return Err(nothing((source, &point.object), &text, one, span));
    }
    let attached = |place| {
        let text = name_of(point, &variant, &place);
        attached(source, point, &variant, (place, text), span)
    };
    found.into_iter().map(attached).collect()
}

/// What is known of the object that a point is in.
pub fn opened<'o>(
    objects: &'o dyn Objects,
    point: &Point<'_>,
    span: Span,
) -> Result<&'o dyn Source, Absent> {
    objects.open(&point.object).map_err(|error| {
        let message = format!("nothing is known of `{}`", point.head);
        Absent::Missing(Diagnostic::error("debuginfo", message).at(span, "").note(error.0))
    })
}

/// `kprobe.function("symbol")`, `kprobe.module("name").function("symbol")`: without debug information; whether
/// there is the symbol is seen when the module is loaded, unless something is known of the kernel that can
/// be asked.
pub fn by_symbol(parts: &[Part], known: Option<&dyn Objects>, span: Span) -> Result<Found, Absent> {
    match parts {
        [part, variants @ ..] if part.name.text == "function" => {
            by_symbol_in("", part, variants, known)
        }
        [module, part, variants @ ..]
            if module.name.text == "module" && part.name.text == "function" =>
        {
            let Some(Argument::String(text)) = &module.argument else {
                let message = "`kprobe.module` takes a name";
                let diagnostic = Diagnostic::error("probe-argument", message);
                return Err(diagnostic.at(module.name.span, "which one?").into());
            };
            let name = format!("{}:", module_name(&text.bytes.to_str_lossy()));
            by_symbol_in(&name, part, variants, None)
        }
        _ => Ok(Found::Foreign("`kprobe` probe points".to_owned(), span)),
    }
}

fn by_symbol_in(
    module: &str,
    part: &Part,
    variants: &[Part],
    known: Option<&dyn Objects>,
) -> Result<Found, Absent> {
    let Some(Argument::String(text)) = &part.argument else {
        return Err(no_function("kprobe", part).into());
    };
    let name = text.bytes.to_str_lossy();
    if name.contains(['*', '?', '[', '@']) {
        let what = "`kprobe.function` with wildcards or files".to_owned();
        return Ok(Found::Foreign(what, text.span));
    }
    if let Some(source) = known.and_then(|objects| objects.open(&Object::Kernel).ok())
        && !source.has_code(&name)
    {
        // Nobody reads it: the script goes on without.
        let message = format!("the kernel has no function `{name}`");
        return Err(Absent::Missing(Diagnostic::error("unknown-kernel-function", message)));
    }
    let base = Base::Symbol(format!("{module}{name}"));
    let code = Code { function: name.into_owned(), base, offset: 0 };
    match variant("function", variants)? {
        Variant::Any | Variant::Call => Ok(Found::At(Attach::Entry(code))),
        Variant::Return(active) => Ok(Found::At(Attach::Return(code, active))),
        _ => {
            let message = "`kprobe.function` has only `.call` and `.return`";
            let diagnostic = Diagnostic::error("unknown-probe-point", message);
            Err(diagnostic.at(part.name.span, "needs debug information").into())
        }
    }
}

/// What is written in the quotes: `function@file:lines`.
struct Spec {
    function: String,
    file: Option<String>,
    lines: Lines,
}

impl Spec {
    fn parse(text: &str) -> Option<Self> {
        let (function, rest) = match text.split_once('@') {
            Some((function, rest)) => (function, Some(rest)),
            None => (text, None),
        };
        let (file, lines) = match rest.map(|rest| (rest, rest.rsplit_once(':'))) {
            None => (None, Lines::Unwritten),
            Some((_, Some((file, lines)))) => (Some(file), parse_lines(lines)?),
            Some((rest, None)) => match rest.split_once('+') {
                Some((file, lines)) => (Some(file), Lines::Offset(lines.parse().ok()?)),
                None => (Some(rest), Lines::Unwritten),
            },
        };
        if function.is_empty() || file.is_some_and(str::is_empty) {
            return None;
        }
        Some(Self { function: function.to_owned(), file: file.map(str::to_owned), lines })
    }

    fn is_pattern(&self) -> bool {
        self.function.contains(['*', '?', '['])
    }
}

/// `12`, `10-20`, `10,12-14`, `+3`, `*`
fn parse_lines(text: &str) -> Option<Lines> {
    if text == "*" {
        return Some(Lines::All);
    }
    if let Some(offset) = text.strip_prefix('+') {
        return offset.parse().ok().map(Lines::Offset);
    }
    let range = |part: &str| match part.split_once('-') {
        Some((first, last)) => Some((first.parse().ok()?, last.parse().ok()?)),
        None => part.parse().ok().map(|line| (line, line)),
    };
    text.trim_start_matches('{')
        .trim_end_matches('}')
        .split(',')
        .map(|part| range(part.trim()))
        .collect::<Option<Vec<_>>>()
        .map(Lines::Listed)
}

fn malformed(text: &str, span: Span) -> Diagnostic {
    Diagnostic::error("probe-argument", format!("`{text}` names no place"))
        .at(span, "expected a function, perhaps with a file and lines")
        .help("write `function`, `function@file`, `function@file:line` or `function@file:10-20`")
}

pub fn cannot(text: &str, span: Span, error: stapc_debuginfo::Error) -> Absent {
    let diagnostic = Diagnostic::error("debuginfo", format!("`{text}` cannot be probed"));
    Absent::Missing(diagnostic.at(span, "").note(error.0))
}

pub fn what(part: &str, variant: &Variant) -> What {
    let functions = |code, inlined, exported| What::Functions { code, inlined, exported };
    match variant {
        _ if part == "statement" => {
            What::Statements { nearest: matches!(variant, Variant::Nearest) }
        }
        Variant::Any | Variant::Nearest | Variant::Foreign(..) => functions(true, true, false),
        Variant::Call | Variant::Return(_) => functions(true, false, false),
        Variant::Exported => functions(true, false, true),
        Variant::Inline => functions(false, true, false),
        Variant::Label(name) => What::Labels(name.clone()),
        Variant::Callees(called, depth, part) => {
            let (called, inlined) = (called.clone(), *part == Called::Any);
            What::Callees { called, depth: *depth, inlined }
        }
    }
}

/// How a place is attached to, as a point of this name.
pub fn attached(
    source: &dyn Source,
    point: &Point<'_>,
    variant: &Variant,
    (place, text): (Place, String),
    span: Span,
) -> Result<Found, Absent> {
    let Place { function, symbol, offset, .. } = &place;
    let by_symbol = |symbol: String| {
        let base = Base::Symbol(symbol);
        Code { function: function.clone(), base, offset: *offset }
    };
    let code = match (&point.object, &point.processes) {
        (Object::Program(path), Some(processes)) => {
            let code = programs::code(source, path, processes, (&place, 0));
            code.map_err(|error| cannot(function, span, error))?
        }
        (Object::Module(_), _) if symbol.is_empty() => {
            let error = "no symbol of its own leads there when the module is loaded";
            return Err(cannot(function, span, stapc_debuginfo::Error(error.to_owned())));
        }
        (Object::Module(module), _) => by_symbol(format!("{}:{symbol}", module_name(module))),
        _ => by_symbol(symbol.clone()),
    };
    let returns = variant.active_returns();
    let attach = match (returns, &place.kind) {
        (Some(active), _) => Attach::Return(code, active),
        (None, PlaceKind::Entry) => Attach::Entry(code),
        _ => Attach::Statement(code),
    };
    let at_return = returns.is_some();
    let (object, place) = (point.object.clone(), Box::new(place));
    Ok(Found::Place { attach, text, object, place, mark: None, at_return })
}

/// A point as the peer calls it when it is found.
pub fn name_of(point: &Point<'_>, variant: &Variant, place: &Place) -> String {
    let spec = |place: &Place| match place.file.is_empty() {
        true => place.function.clone(),
        false => format!("{}@{}:{}", place.function, place.file, place.line),
    };
    let part = point.part.name.text.as_str();
    let of = |inner: &str| format!("{}.{part}(\"{inner}\")", point.head);
    match (variant, &place.kind, &place.caller) {
        (Variant::Callees(_, _, called), _, Some(caller)) => {
            let end = match called {
                Called::Any => "",
                Called::Call => ".call",
                Called::Return => ".return",
            };
            format!("{}.callee(\"{}\"){end}", of(&spec(caller)), spec(place))
        }
        (_, PlaceKind::Label(name), Some(caller)) => {
            format!("{}.label(\"{name}\")", of(&spec(caller)))
        }
        _ => of(&spec(place)) + &super::text_behind(point.variants),
    }
}

/// A function of a source that knows functions by their names only.
fn by_name(
    source: &dyn Source,
    point: &Point<'_>,
    spec: &Spec,
    (variant, span): (&Variant, Span),
) -> Result<Vec<Found>, Absent> {
    let foreign = |what: &str| Ok(vec![Found::Foreign(what.to_owned(), span)]);
    if spec.is_pattern() {
        return foreign("wildcards in names of functions");
    }
    if spec.file.is_some() || point.part.name.text == "statement" {
        return foreign("places in source files (`function@file:line`)");
    }
    let name = &spec.function;
    let Some(found) = source.function(name).map_err(|error| cannot(name, span, error))? else {
        return Err(no_such(source, &point.object, name, span));
    };
    let code = match &point.object {
        Object::Module(module) => {
            let base = Base::Symbol(format!("{}:{}", module_name(module), found.name));
            Code { function: found.name.clone(), base, offset: 0 }
        }
        _ => Code::of(&found.name),
    };
    let (attach, at_return) = match variant {
        Variant::Any | Variant::Call => (Attach::Entry(code), false),
        Variant::Return(active) => (Attach::Return(code, *active), true),
        _ => return foreign("places within functions"),
    };
    Ok(vec![Found::Function { attach, function: found, at_return, text: None }])
}

fn no_function(head: &str, part: &Part) -> Diagnostic {
    let (name, place) = (part.name.text.as_str(), part.name.span);
    if matches!(name, "function" | "statement") && part.argument.is_none() {
        let message = format!("`{head}.{name}` takes the name of a function");
        let diagnostic = Diagnostic::error("probe-argument", message).at(place, "which one?");
        let example = if head == "kernel" { "vfs_read" } else { "NAME" };
        return diagnostic.help(format!("write `{head}.{name}(\"{example}\")`"));
    }
    let message = format!("there is no probe point `{head}.{name}`");
    let known: &[&str] = match head {
        "kernel" => &["function", "statement", "trace", "data"],
        _ => &["function", "statement"],
    };
    Diagnostic::error("unknown-probe-point", message)
        .at(place, "not known")
        .suggest(name, known.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(String, Option<String>, Lines)> {
        Spec::parse(text).map(|spec| (spec.function, spec.file, spec.lines))
    }

    #[test]
    fn places_have_functions_files_and_lines() {
        let all = |function: &str, file: &str, lines| {
            Some((function.to_owned(), Some(file.to_owned()), lines))
        };
        assert_eq!(parsed("f"), Some(("f".to_owned(), None, Lines::Unwritten)));
        assert_eq!(parsed("f@a/b.c"), all("f", "a/b.c", Lines::Unwritten));
        assert_eq!(parsed("f@b.c:12"), all("f", "b.c", Lines::Listed(vec![(12, 12)])));
        let several = Lines::Listed(vec![(10, 20), (25, 25)]);
        assert_eq!(parsed("*@b.c:10-20,25"), all("*", "b.c", several));
        assert_eq!(parsed("f@b.c:*"), all("f", "b.c", Lines::All));
        assert_eq!(parsed("f@b.c+3"), all("f", "b.c", Lines::Offset(3)));
        assert_eq!(parsed("f@b.c:+3"), all("f", "b.c", Lines::Offset(3)));
        for bad in ["", "@b.c", "f@", "f@b.c:x", "f@b.c:1-", "f@b.c+x"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}
