//! `process(…)`: programs and their shared libraries.

use bstr::ByteSlice as _;
use stapc_debuginfo::{Error, Mark, Object, Objects, Place, PlaceKind, Source};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Attach, Base, Code, Processes, Program};
use stapc_syntax::ast::Argument;

use super::{Absent, Found, heads::some_of, kernel, processes};
use crate::elaborate::points::Part;

/// What begins a point of programs, and what is meant.
#[derive(Debug, Clone)]
struct Head {
    /// As the point's name has it.
    text: String,
    /// The program.
    path: String,
    /// Whose hits count.
    processes: Processes,
}

/// What stands behind the head.
enum Wanted<'p> {
    /// `.function(…)`, `.statement(…)`
    Code(&'p Part, &'p [Part]),
    /// `.mark(…)`, perhaps behind `.provider(…)`.
    Mark { provider: Option<String>, name: String },
    /// `.plt`, `.plt(…)`; whether where the called function returns.
    Linkage { name: String, at_return: bool },
}

/// The points of programs that one stands for; `span` is its place.
pub fn points(objects: &dyn Objects, parts: &[Part], span: Span) -> Result<Vec<Found>, Absent> {
    let [first, rest @ ..] = parts else { return Ok(Vec::new()) };
    if let Some(event) = processes::named(rest) {
        return processes::points(objects, event, parts);
    }
    let (library, rest) = match rest {
        [library, rest @ ..] if library.name.text == "library" => (Some(library), rest),
        _ => (None, rest),
    };
    let wanted = match wanted(rest, span) {
        Ok(wanted) => wanted,
        Err(Unbuilt::Later(what, span)) => return Ok(vec![Found::Foreign(what, span)]),
        Err(Unbuilt::Wrong(diagnostic)) => return Err((*diagnostic).into()),
    };
    let mut heads = heads(objects, first)?;
    if let Some(library) = library {
        heads = libraries(objects, &heads, library)?;
    }
    some_of(heads, |head| of_program(objects, &head, &wanted, span))
}

/// Why what stands behind the head is not looked for.
enum Unbuilt {
    Later(String, Span),
    Wrong(Box<Diagnostic>),
}

fn wanted(rest: &[Part], span: Span) -> Result<Wanted<'_>, Unbuilt> {
    let wrong = |diagnostic: Diagnostic| Unbuilt::Wrong(Box::new(diagnostic));
    let words: Vec<&str> = rest.iter().map(|part| part.name.text.as_str()).collect();
    match words.as_slice() {
        ["function" | "statement", ..] => Ok(Wanted::Code(&rest[0], &rest[1..])),
        ["mark"] => Ok(Wanted::Mark { provider: None, name: text_of(&rest[0])? }),
        ["provider", "mark"] => {
            let provider = Some(text_of(&rest[0])?);
            Ok(Wanted::Mark { provider, name: text_of(&rest[1])? })
        }
        ["plt"] | ["plt", "return"] => {
            let name = match rest[0].argument {
                None => "*".to_owned(),
                Some(_) => text_of(&rest[0])?,
            };
            Ok(Wanted::Linkage { name, at_return: words.len() == 2 })
        }
        ["insn"] | ["insn", "block"] => {
            let what = format!("`process.{}` probe points", words.join("."));
            Err(Unbuilt::Later(what, span))
        }
        [] => {
            let diagnostic =
                Diagnostic::error("incomplete-probe-point", "`process` alone is no probe point");
            let diagnostic = diagnostic.at(span, "something is missing behind it");
            Err(wrong(diagnostic.help("write `process(\"/bin/ls\").function(\"main\")`")))
        }
        [first, ..] => {
            let known = [
                "function",
                "statement",
                "mark",
                "provider",
                "plt",
                "library",
                "begin",
                "end",
                "thread",
                "syscall",
            ];
            let message = format!("there is no probe point `process.{}`", words.join("."));
            let diagnostic = Diagnostic::error("unknown-probe-point", message);
            let diagnostic = diagnostic.at(rest[0].name.span, "not known");
            Err(wrong(diagnostic.suggest(first, known)))
        }
    }
}

fn text_of(part: &Part) -> Result<String, Unbuilt> {
    match &part.argument {
        Some(Argument::String(text)) => Ok(text.bytes.to_str_lossy().into_owned()),
        _ => {
            let message = format!("`.{}` takes a name", part.name.text);
            let diagnostic = Diagnostic::error("probe-argument", message);
            Err(Unbuilt::Wrong(Box::new(diagnostic.at(part.name.span, "which one?"))))
        }
    }
}

/// The programs that a point begins with.
fn heads(objects: &dyn Objects, first: &Part) -> Result<Vec<Head>, Absent> {
    let head = |path: String| Head {
        text: format!("process(\"{path}\")"),
        path,
        processes: Processes::All,
    };
    match &first.argument {
        Some(Argument::String(text)) => {
            let path = text.bytes.to_str_lossy();
            let found = objects.programs(&path);
            let found = found.map_err(|error| absent((&path, "program"), text.span, error))?;
            Ok(found.into_iter().map(head).collect())
        }
        Some(Argument::Number(pid, span)) => {
            let known =
                u32::try_from(*pid).map_err(|_| Error(format!("there is no process {pid}")));
            let known = known.and_then(|pid| Ok((pid, objects.program_of(pid)?)));
            let (pid, path) = known.map_err(|error| {
                let message = format!("what process {pid} runs is not known");
                let diagnostic = Diagnostic::error("unknown-program", message);
                Absent::Missing(diagnostic.at(*span, "").note(error.0))
            })?;
            let text = format!("process({pid})");
            Ok(vec![Head { text, path, processes: Processes::One(pid) }])
        }
        None => match objects.target() {
            Some(path) => Ok(vec![head(path)]),
            None => {
                let message = "`process` without a program is that of the session's command";
                let diagnostic = Diagnostic::error("probe-argument", message);
                let diagnostic = diagnostic.at(first.name.span, "the session runs none");
                Err(diagnostic
                    .help("name the program: `process(\"/bin/ls\")`, or give the option -c")
                    .into())
            }
        },
    }
}

pub fn absent((name, what): (&str, &str), span: Span, error: Error) -> Absent {
    let message = format!("there is no {what} `{name}`");
    let diagnostic = Diagnostic::error("unknown-program", message);
    Absent::Missing(diagnostic.at(span, "").note(error.0))
}

/// The shared libraries of programs.
fn libraries(objects: &dyn Objects, heads: &[Head], library: &Part) -> Result<Vec<Head>, Absent> {
    let Some(Argument::String(text)) = &library.argument else {
        let diagnostic = Diagnostic::error("probe-argument", "`.library` takes a name or a path");
        return Err(diagnostic.at(library.name.span, "which one?").into());
    };
    let pattern = text.bytes.to_str_lossy();
    some_of(heads, |head| {
        let found = objects.libraries(&head.path, &pattern);
        let found = found.map_err(|error| absent((&pattern, "library"), text.span, error))?;
        let library = |path| {
            let processes = match &head.processes {
                Processes::One(pid) => Processes::One(*pid),
                _ => Processes::Executing(head.path.clone()),
            };
            Head { text: format!("{}.library(\"{path}\")", head.text), path, processes }
        };
        Ok(found.into_iter().map(library).collect())
    })
}

fn of_program(
    objects: &dyn Objects,
    head: &Head,
    wanted: &Wanted<'_>,
    span: Span,
) -> Result<Vec<Found>, Absent> {
    let object = Object::Program(head.path.clone());
    let cannot = |error: Error| kernel::cannot(&head.text, span, error);
    let code = |place: &Place, source: &dyn Source, semaphore: u64| {
        code(source, &head.path, &head.processes, (place, semaphore)).map_err(cannot)
    };
    match wanted {
        Wanted::Code(part, variants) => {
            let (head, processes) = (head.text.clone(), Some(head.processes.clone()));
            kernel::places(objects, &kernel::Point { head, object, processes, part, variants })
        }
        Wanted::Mark { provider, name } => {
            let source = objects.open(&object).map_err(cannot)?;
            let marks = source.marks(provider.as_deref().unwrap_or("*"), name).map_err(cannot)?;
            if marks.is_empty() {
                return Err(nothing(head, &format!("mark `{name}`"), span));
            }
            let point = |mark: Mark| {
                let provider = provider.as_ref().map(|_| mark.provider.as_str());
                let provider = provider.map(|name| format!(".provider(\"{name}\")"));
                let provider = provider.unwrap_or_default();
                let text = format!("{}{provider}.mark(\"{}\")", head.text, mark.name);
                // Of the function that it is in nothing is known.
                let place = Place::named(PlaceKind::Statement, "", mark.address);
                let code = code(&place, source, mark.semaphore.unwrap_or(0))?;
                let (attach, mark) = (Attach::Statement(code), Some(Box::new(mark)));
                let (object, place) = (object.clone(), Box::new(place));
                Ok(Found::Place { attach, text, object, place, mark, at_return: false })
            };
            marks.into_iter().map(point).collect()
        }
        Wanted::Linkage { name, at_return } => {
            let source = objects.open(&object).map_err(cannot)?;
            let places = source.linkage(name).map_err(cannot)?;
            if places.is_empty() {
                return Err(nothing(head, &format!("linkage table entry of `{name}`"), span));
            }
            let point = |place: Place| {
                let end = if *at_return { ".return" } else { "" };
                let text = format!("{}.plt(\"{}\"){end}", head.text, place.function);
                let code = code(&place, source, 0)?;
                let attach = if *at_return { Attach::Return(code, 0) } else { Attach::Entry(code) };
                let (provider, name, args) = (String::new(), place.function.clone(), Vec::new());
                let address = place.address;
                let mark = Some(Box::new(Mark { provider, name, address, semaphore: None, args }));
                let (object, place) = (object.clone(), Box::new(place));
                Ok(Found::Place { attach, text, object, place, mark, at_return: *at_return })
            };
            places.into_iter().map(point).collect()
        }
    }
}

/// A place of a program, as it is attached to.
pub fn code(
    source: &dyn Source,
    path: &str,
    processes: &Processes,
    (place, semaphore): (&Place, u64),
) -> Result<Code, Error> {
    let offset = source.file_offset(place.address);
    let offset =
        offset.ok_or_else(|| Error(format!("its file has no code at {:#x}", place.address)))?;
    let (path, processes) = (path.to_owned(), processes.clone());
    let base = Base::Program(Program { path, semaphore, processes });
    Ok(Code { function: place.function.clone(), base, offset })
}

fn nothing(head: &Head, what: &str, span: Span) -> Absent {
    let message = format!("`{}` has no {what}", head.path);
    Absent::Missing(Diagnostic::error("unknown-kernel-function", message).at(span, "not found"))
}
