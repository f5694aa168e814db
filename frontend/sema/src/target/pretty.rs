//! Text of what the probed code has: `$x$`, `$$vars`.

use stapc_debuginfo::{Type, TypeId, Variable, Where};
use stapc_diagnostics::Span;
use stapc_ir::{
    Type as ValueType,
    format::{Format, MAX_WIDTH},
};
use stapc_syntax::ast::{self, Name};

use super::{
    Absent, Found, later, roots,
    walk::{Thing, damaged, name_of},
    wrong,
};
use crate::{
    build::Build,
    expressions::{int, string},
    hir::{Expr, ExprKind, Place, Space},
};

/// How variables of a collection are shown that are numbers.
const NUMBER: &str = "%#x";
/// What stands for what cannot be read.
const UNREADABLE: &str = "ERROR";
/// How many values are shown of something.
const MOST_VALUES: usize = 32;
/// And how many things are looked at for them: structures may be empty, and arrays huge.
const MOST_LOOKS: usize = 1024;
/// How many bytes of a text are shown, at most.
const LONGEST_TEXT: u64 = MAX_WIDTH as u64;
/// How deep structures are shown in structures, at most.
const MOST_DEPTH: u8 = 16;

/// The text of something: with one `$` its members, with two all that is in them too.
pub fn text(thing: Thing<'_>, depth: u8, span: Span) -> Found<Expr> {
    let mut printed = Printed::default();
    let depth = if depth > 1 { MOST_DEPTH } else { depth };
    // A pointer is shown as what it points to.
    let thing = match thing.ty(span)? {
        Type::Pointer(Some(to)) if is_structure(&thing, to, span)? => {
            thing.followed(Some(to), "members", span)?
        }
        _ => thing,
    };
    printed.thing(thing, depth, span)?;
    Ok(printed.finish(span))
}

/// Whether an expression, or one that it is made of, reads memory.
fn reads_memory(expr: &Expr) -> bool {
    let reads =
        |expr: &Expr| matches!(expr.kind, ExprKind::Read(Place::Memory(_)) | ExprKind::Text(..));
    expr.find(reads).is_some()
}

fn is_structure(thing: &Thing<'_>, ty: TypeId, span: Span) -> Found<bool> {
    let ty = thing.source.ty(ty).map_err(|error| damaged(error, span))?;
    Ok(matches!(ty, Type::Struct { .. }))
}

/// A format and its operands, as they grow.
#[derive(Default)]
struct Printed {
    format: String,
    args: Vec<Expr>,
    /// How many things were looked at.
    looks: usize,
}

impl Printed {
    /// Whether there is no room for more.
    fn is_full(&self) -> bool {
        self.args.len() >= MOST_VALUES || self.looks >= MOST_LOOKS
    }

    /// The text; what stands for it where something of it cannot be read.
    fn finish(self, span: Span) -> Expr {
        let faults = self.args.iter().any(reads_memory);
        let format = Format::parse(&self.format).unwrap_or_default();
        let text = string(ExprKind::Format(format, self.args), span);
        if !faults {
            return text;
        }
        let unreadable = string(ExprKind::Str(UNREADABLE.into()), span);
        string(ExprKind::Attempt(Box::new(text), Box::new(unreadable)), span)
    }

    /// What something is called, before what it is. Debug information may say anything.
    fn named(&mut self, before: &str, name: &str) {
        self.format.push_str(&format!("{before}{}=", name.replace('%', "%%")));
    }

    fn push(&mut self, format: &str, value: Expr) {
        self.format.push_str(format);
        self.args.push(value);
    }

    fn thing(&mut self, thing: Thing<'_>, depth: u8, span: Span) -> Found<()> {
        self.looks += 1;
        let damage = |error| damaged(error, span);
        let character = |ty| thing.source.is_character(ty).map_err(damage);
        match thing.ty(span)? {
            Type::Int { .. } if character(thing.typing.ty)? => self.push("'%#c'", thing.value()?),
            Type::Int { signed, .. } => {
                self.push(if signed { "%d" } else { "%u" }, thing.value()?);
            }
            // The bits of one: handlers do not compute with them.
            Type::Float(4 | 8) => self.push("%#x", thing.value()?),
            Type::Pointer(Some(to)) if character(to)? => {
                let address = thing.clone().value()?;
                self.quoted(&thing, address, None, span);
            }
            Type::Pointer(_) => self.push("%#p", thing.value()?),
            Type::Array(element) if character(element)? => {
                let length = thing.source.length(thing.typing.ty).map_err(damage)?;
                let address = thing.clone().address()?;
                self.quoted(&thing, address, length.filter(|&length| length > 0), span);
            }
            Type::Array(_) if depth == 0 => self.format.push_str("[...]"),
            Type::Array(_) => self.array(thing, depth, span)?,
            Type::Struct { .. } if depth == 0 => self.format.push_str("{...}"),
            Type::Struct { .. } => self.structure(thing, depth, span)?,
            other => return later(format!("printing {}", name_of(&other))),
        }
        Ok(())
    }

    /// A string, which may be the kernel's or the task's; of an array no more than it has room for.
    fn quoted(&mut self, thing: &Thing<'_>, address: Expr, most: Option<u64>, span: Span) {
        let at = |space| string(ExprKind::Text(space, Box::new(address.clone())), span);
        let text = match thing.terms.space {
            Space::User => at(Space::User),
            Space::Kernel => {
                let either = (Box::new(at(Space::Kernel)), Box::new(at(Space::User)));
                string(ExprKind::Attempt(either.0, either.1), span)
            }
        };
        let most = most.map_or_else(String::new, |most| format!(".{}", most.min(LONGEST_TEXT)));
        self.push(&format!("\"%{most}s\""), text);
    }

    /// The first elements, as many as there is room for.
    fn array(&mut self, thing: Thing<'_>, depth: u8, span: Span) -> Found<()> {
        let damage = |error| damaged(error, span);
        let length = thing.source.length(thing.typing.ty).map_err(damage)?.unwrap_or(0);
        self.format.push('[');
        for at in 0..length {
            if at > 0 {
                self.format.push_str(", ");
            }
            if self.is_full() || at >= MOST_VALUES as u64 {
                self.format.push_str("...");
                break;
            }
            let element = thing.clone().element(int(ExprKind::Int(at as i64), span))?;
            self.thing(element, depth - 1, span)?;
        }
        self.format.push(']');
        Ok(())
    }

    fn structure(&mut self, thing: Thing<'_>, depth: u8, span: Span) -> Found<()> {
        let parts = thing.source.parts(thing.typing.ty).map_err(|error| damaged(error, span))?;
        self.format.push('{');
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.format.push_str(", ");
            }
            if self.is_full() {
                self.format.push_str("...");
                break;
            }
            let field = thing.clone().field(&part.member, span)?;
            if part.name.is_empty() {
                let union =
                    matches!(field.ty(span)?, Type::Struct { name } if name.starts_with("union"));
                self.format.push_str(if union { "<union>=" } else { "<class>=" });
            } else {
                self.named(".", &part.name);
            }
            let before = (self.format.len(), self.args.len());
            // What cannot be shown does not hide the rest.
            if self.thing(field, depth - 1, span).is_err() {
                self.format.truncate(before.0);
                self.args.truncate(before.1);
                self.format.push('?');
            }
        }
        self.format.push('}');
        Ok(())
    }
}

/// Which of the variables a collection has.
fn wanted(name: &str) -> Option<fn(&Variable) -> bool> {
    match name {
        "$vars" => Some(|_| true),
        "$parms" => Some(|variable| variable.parameter),
        "$locals" => Some(|variable| !variable.parameter),
        _ => None,
    }
}

impl<'a> Build<'a> {
    /// `$$vars` and its kin.
    pub(super) fn collection(
        &mut self,
        name: &Name,
        target: &'a ast::Target,
        span: Span,
    ) -> Found<Expr> {
        if name.text == "$return" {
            return self.returned_text(target, span);
        }
        let Some(wanted) = wanted(&name.text) else {
            let message = format!("`${}` is no collection of variables", name.text);
            let all = ["$$vars", "$$parms", "$$locals", "$$return"];
            return Err(wrong(
                stapc_diagnostics::Diagnostic::error("unknown-target-variable", message)
                    .at(name.span, "not known")
                    .suggest(&format!("${}", name.text), all),
            ));
        };
        let object = self.object();
        let source = self.open(&object, span)?;
        let variables = match &self.probed {
            Some(probed) if probed.place.is_some() || probed.function.is_some() => {
                roots::all_seen(source, probed, span)?
            }
            _ => {
                let diagnostic = stapc_diagnostics::Diagnostic::error(
                    "target-unavailable",
                    format!("`${}` in a probe of no function", name.text),
                );
                return Err(wrong(diagnostic.at(span, "there are no variables at this point")));
            }
        };
        let mut printed = Printed::default();
        for variable in variables.into_iter().filter(wanted) {
            if !printed.format.is_empty() {
                printed.format.push(' ');
            }
            printed.named("", &variable.name);
            let near = format!("identifier '${}'", variable.name);
            let may_fault = variable.location.as_ref().is_ok_and(Where::needs_caller);
            let thing = self.thing_of(variable, object.clone(), near, span);
            let before = printed.args.len();
            printed.value(thing, target.pretty, span)?;
            if may_fault && target.pretty == 0 && printed.args.len() > before {
                printed.attempt(span);
            }
        }
        Ok(printed.finish(span))
    }

    /// `$$return`: nothing where the function returns nothing.
    fn returned_text(&mut self, target: &'a ast::Target, span: Span) -> Found<Expr> {
        let name = Name { text: "return".to_owned(), span };
        let mut printed = Printed::default();
        match self.variable_thing(&name, span) {
            Err(Absent::Wrong(_)) if self.returns_nothing() => {}
            thing => {
                printed.format.push_str("return=");
                printed.value(Ok(thing?), target.pretty, span)?;
            }
        }
        Ok(printed.finish(span))
    }

    fn returns_nothing(&self) -> bool {
        self.probed.as_ref().is_some_and(|probed| probed.at_return)
    }
}

impl Printed {
    /// Has the number that was added last shown as `?` where it faults. (Texts have a word for that of their own.)
    fn attempt(&mut self, span: Span) {
        let Some(value) = self.args.last_mut().filter(|value| value.ty == Some(ValueType::I64))
        else {
            return;
        };
        let format = Format::parse(NUMBER).unwrap_or_default();
        let shown = string(ExprKind::Format(format, vec![value.clone()]), span);
        let unknown = string(ExprKind::Str("?".into()), span);
        *value = string(ExprKind::Attempt(Box::new(shown), Box::new(unknown)), span);
        self.format.truncate(self.format.len() - NUMBER.len());
        self.format.push_str("%s");
    }

    /// A variable of a collection; `?` where it cannot be had.
    fn value(&mut self, thing: Found<Thing<'_>>, depth: u8, span: Span) -> Found<()> {
        let before = (self.format.len(), self.args.len());
        let found = match (thing, depth) {
            (Err(absent), _) => Err(absent),
            (Ok(thing), 0) => thing.value().map(|value| {
                self.format.push_str(NUMBER);
                self.args.push(value);
            }),
            (Ok(thing), depth) => text(thing, depth, span).map(|text| {
                self.format.push_str("%s");
                self.args.push(text);
            }),
        };
        if found.is_err() {
            self.format.truncate(before.0);
            self.args.truncate(before.1);
            self.format.push('?');
        }
        Ok(())
    }
}
