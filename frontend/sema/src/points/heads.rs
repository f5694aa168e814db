//! What a point begins with: the kernel, or modules of it; and the places in each.

use bstr::ByteSlice as _;
use stapc_debuginfo::{Object, Objects};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::Argument;

use super::{Absent, Found, kernel};
use crate::elaborate::points::Part;

/// An object, and how a point in it begins.
pub type Head = (String, Object);

/// The objects that a point may be in, by its first part; none if that names no such thing.
pub fn heads(first: &Part, objects: &dyn Objects) -> Option<Result<Vec<Head>, Absent>> {
    match (first.name.text.as_str(), &first.argument) {
        ("kernel", None) => Some(Ok(vec![("kernel".to_owned(), Object::Kernel)])),
        ("module", Some(Argument::String(text))) => {
            Some(modules(&text.bytes.to_str_lossy(), text.span, objects))
        }
        _ => None,
    }
}

/// The modules with names like this.
fn modules(pattern: &str, span: Span, objects: &dyn Objects) -> Result<Vec<Head>, Absent> {
    let missing = |note: String| {
        let message = format!("there is no module `{pattern}`");
        let diagnostic = Diagnostic::error("debuginfo", message).at(span, "");
        Absent::Missing(if note.is_empty() { diagnostic } else { diagnostic.note(note) })
    };
    let names = objects.modules(pattern).map_err(|error| missing(error.0))?;
    if names.is_empty() {
        return Err(missing(String::new()));
    }
    let head = |name: String| (format!("module(\"{name}\")"), Object::Module(name));
    Ok(names.into_iter().map(head).collect())
}

/// The places in each of several objects. It suffices that one of them has any.
pub fn places(
    objects: &dyn Objects,
    heads: Vec<Head>,
    part: &Part,
    variants: &[Part],
) -> Result<Vec<Found>, Absent> {
    some_of(heads, |(head, object)| {
        kernel::places(objects, &kernel::Point { head, object, processes: None, part, variants })
    })
}

/// What is found in several objects; why nothing is in the first, if nothing is in any.
pub fn some_of<H, T>(
    heads: impl IntoIterator<Item = H>,
    find: impl Fn(H) -> Result<Vec<T>, Absent>,
) -> Result<Vec<T>, Absent> {
    let (mut found, mut absent) = (Vec::new(), None);
    for head in heads {
        match find(head) {
            Ok(places) => found.extend(places),
            Err(Absent::Missing(diagnostic)) => absent = absent.or(Some(diagnostic)),
            Err(wrong) => return Err(wrong),
        }
    }
    match absent {
        Some(diagnostic) if found.is_empty() => Err(Absent::Missing(diagnostic)),
        _ => Ok(found),
    }
}

/// What an object is called in a message.
pub fn owner(object: &Object) -> String {
    match object {
        Object::Kernel => "the kernel".to_owned(),
        Object::Module(name) => format!("module `{name}`"),
        Object::Program(path) => format!("`{path}`"),
    }
}
