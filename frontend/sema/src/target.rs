//! Things of the probed code: `$` variables, `@cast`, `@var`, and what is followed from them.

mod addresses;
mod autocast;
mod callers;
pub mod counters;
mod events;
mod marks;
mod operators;
mod pretty;
mod roots;
mod terms;
mod told;
mod walk;

use stapc_debuginfo::{Object, TypeId};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Type;
use stapc_syntax::ast::{self, Selector, TargetRoot};

use crate::{
    build::Build,
    expressions::{foreign, int, string},
    hir::{Expr, ExprKind, Place},
    infer::targets::is_text,
};

pub use autocast::Slot;
pub use events::names as event_names;
pub use marks::names;
pub use roots::visible;
use terms::Moment;
use walk::Thing;

/// A type, and the object whose debug information numbers it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// Who knows of it.
    pub object: Object,
    /// The type.
    pub ty: TypeId,
}

/// Why a variable cannot be had.
enum Absent {
    /// It is understood, and not built yet.
    Later(String),
    /// There is no such thing.
    Wrong(Box<Diagnostic>),
}

fn later<T>(what: impl Into<String>) -> Found<T> {
    Err(Absent::Later(what.into()))
}

type Found<T> = Result<T, Absent>;

fn wrong(diagnostic: Diagnostic) -> Absent {
    Absent::Wrong(Box::new(diagnostic))
}

/// Nothing is followed from a variable that is a value without a type; `known` says what values these are.
fn is_not_followed(name: &ast::Name, target: &ast::Target, span: Span, known: &str) -> Found<()> {
    if let Some(selector) = target.selectors.first() {
        let at = match selector {
            Selector::Member(member) => member.span,
            Selector::Element(_) => span,
        };
        let message = format!("nothing is known of the type of `${}`", name.text);
        let diagnostic = Diagnostic::error("target-type", message).at(at, known);
        let say = format!("say it: `@cast(${}, \"struct name\")->member`", name.text);
        return Err(wrong(diagnostic.help(say)));
    }
    Ok(())
}

/// Such a variable is asked for as it is.
fn is_plain(name: &ast::Name, target: &ast::Target, span: Span) -> Found<()> {
    if target.address || target.pretty > 0 {
        let message = format!("`${}` is a value without a place or type", name.text);
        return Err(wrong(Diagnostic::error("target-type", message).at(span, "")));
    }
    Ok(())
}

impl<'a> Build<'a> {
    /// Something of the probed code. What is wrong with it is reported; what cannot be had yet is
    /// left to lowering.
    pub(crate) fn target(&mut self, target: &'a ast::Target, span: Span) -> Expr {
        let found = self.find(target, span);
        self.settle(found, target, span)
    }

    /// What was found; what is wrong with it is reported.
    fn settle(&mut self, found: Found<Expr>, target: &'a ast::Target, span: Span) -> Expr {
        match found {
            Ok(expr) => expr,
            Err(Absent::Later(what)) => self.foreign_target(target, &what, span),
            Err(Absent::Wrong(diagnostic)) => {
                self.report(match self.given.options.skip_missing {
                    true => missing(*diagnostic),
                    false => *diagnostic,
                });
                let text = self.is_text_target(target);
                if text {
                    string(ExprKind::Str("".into()), span)
                } else {
                    int(ExprKind::Int(0), span)
                }
            }
        }
    }

    fn find(&mut self, target: &'a ast::Target, span: Span) -> Found<Expr> {
        if let Some(what) = self.foreign_kind() {
            return later(what);
        }
        if self.function.is_some() && self.is_text_value(&target.root) {
            let diagnostic = Diagnostic::error(
                "unsupported",
                "unsupported: in a function, a `$value` that is a string",
            );
            let diagnostic = diagnostic.at(span, "it can be read in the probe itself");
            return Err(wrong(diagnostic.help("pass it as an argument")));
        }
        if self.is_kept(target) {
            return self.keep(span, |build| build.find_now(target, span));
        }
        self.find_now(target, span)
    }

    /// Likewise, at this moment of the function.
    fn find_now(&mut self, target: &'a ast::Target, span: Span) -> Found<Expr> {
        if let TargetRoot::Variable(name) = &target.root
            && let Some(mark) = self.probed.as_ref().and_then(|probed| probed.mark.as_deref())
        {
            return self.marked(mark, name, target, span);
        }
        if let TargetRoot::Variable(name) = &target.root
            && let Some(event) = self.probed.as_ref().and_then(|probed| probed.happens)
        {
            return self.event_variable(event, name, target, span);
        }
        if let TargetRoot::Variable(name) = &target.root
            && let Some(event) = self.probed.as_ref().and_then(|probed| probed.event.clone())
            && !is_text(&name.text)
        {
            return self.told(&event, name, target, span);
        }
        if let TargetRoot::Variable(name) = &target.root
            && is_text(&name.text)
        {
            return self.collection(name, target, span);
        }
        match self.root(target, span) {
            Ok(thing) => self.followed_to(thing, target, span),
            // What is seen there includes the names of enumerations.
            Err(absent) => match (&target.root, self.is_name_in_code(target)) {
                (TargetRoot::Variable(name), true) => {
                    let value = self.enumerator_named(&name.text, span)?.ok_or(absent)?;
                    Ok(int(ExprKind::Int(value), span))
                }
                _ => Err(absent),
            },
        }
    }

    /// Whether a variable may be the name of an enumerator: at a place in code, where nothing but its value is asked.
    fn is_name_in_code(&self, target: &ast::Target) -> bool {
        let bare = target.selectors.is_empty() && !target.address && target.pretty == 0;
        let probed = self.probed.as_ref();
        bare && probed.is_some_and(|probed| probed.place.is_some() || probed.function.is_some())
    }

    /// What is followed from a thing, as the target asks for it.
    fn followed_to(
        &mut self,
        thing: Thing<'a>,
        target: &'a ast::Target,
        span: Span,
    ) -> Found<Expr> {
        let thing = self.selected(thing, target)?;
        match (target.pretty, target.address) {
            (0, false) => thing.value(),
            (0, true) => thing.address(),
            (depth, _) => pretty::text(thing, depth, span),
        }
    }

    /// What a target is, followed to its end.
    fn thing(&mut self, target: &'a ast::Target, span: Span) -> Found<Thing<'a>> {
        let thing = self.root(target, span)?;
        self.selected(thing, target)
    }

    fn selected(&mut self, mut thing: Thing<'a>, target: &'a ast::Target) -> Found<Thing<'a>> {
        for selector in &target.selectors {
            thing = match selector {
                Selector::Member(name) => thing.member(name)?,
                Selector::Element(index) => {
                    let index = self.expr(*index);
                    thing.element(index)?
                }
            };
        }
        Ok(thing)
    }

    /// A target that is written to; or what stands for one that cannot be, as [`Self::target`].
    pub(crate) fn target_place(
        &mut self,
        target: &'a ast::Target,
        span: Span,
    ) -> Result<Place, Expr> {
        let found = match self.foreign_kind() {
            Some(what) => later(what),
            None if self.is_kept(target) => {
                later("writing to what a function was called with, when it returns")
            }
            None if target.address || target.pretty > 0 => Err(wrong(
                Diagnostic::error("not-assignable", "this cannot be assigned to")
                    .at(span, "expected a variable, a member or an element"),
            )),
            None => match self.told_at(target) {
                Some(told) => Ok(Place::Told(told)),
                None => self.thing(target, span).and_then(Thing::place),
            },
        };
        found.map_err(|absent| self.settle(Err(absent), target, span))
    }

    /// What is not known of the point, if anything.
    fn foreign_kind(&self) -> Option<&'static str> {
        if self.given.options.assume_points {
            return Some("target variables of assumed points");
        }
        let foreign = self.probed.as_ref().is_some_and(|probed| probed.foreign);
        foreign.then_some("target variables at this probe point")
    }

    fn is_text_target(&self, target: &ast::Target) -> bool {
        let text = match &target.root {
            TargetRoot::Variable(name) => is_text(&name.text),
            _ => false,
        };
        // In functions all but those are taken for numbers, whatever the point.
        let value = self.function.is_none() && self.is_text_value(&target.root);
        target.pretty > 0 || text || value
    }

    /// Whether this is a `$value` that is a string here.
    fn is_text_value(&self, root: &TargetRoot) -> bool {
        let text = self.probed.as_ref().is_some_and(|probed| probed.text_value);
        matches!(root, TargetRoot::Variable(name) if text && name.text == "value")
    }

    fn foreign_target(&mut self, target: &'a ast::Target, what: &str, span: Span) -> Expr {
        let ty = if self.is_text_target(target) { Type::Str } else { Type::I64 };
        let mut args = match &target.root {
            TargetRoot::Variable(_) => Vec::new(),
            TargetRoot::Operator(_, args) => self.list(args),
            TargetRoot::Value(value) => vec![self.expr(*value)],
        };
        for selector in &target.selectors {
            if let Selector::Element(index) = selector {
                args.push(self.expr(*index));
            }
        }
        foreign(what, args, ty, span)
    }

    /// Whether a variable is read where the function returns, but is what it was when it was entered.
    fn is_kept(&self, target: &ast::Target) -> bool {
        let TargetRoot::Variable(name) = &target.root else { return false };
        let at_return = self.probed.as_ref().is_some_and(|probed| probed.at_return);
        at_return && !matches!(name.text.as_str(), "return" | "$return")
    }

    /// Has an expression evaluated when the function is entered, and gives what it was then.
    fn keep(&mut self, span: Span, build: impl FnOnce(&mut Self) -> Found<Expr>) -> Found<Expr> {
        if self.probed.is_none() {
            return build(self);
        }
        if self.function.is_some() {
            return Err(wrong(
                Diagnostic::error(
                    "unsupported",
                    "unsupported: in a function, what was when the probed one was entered",
                )
                .at(span, "it can be read in the probe itself")
                .help("pass its value as an argument"),
            ));
        }
        let value = self.at_entry(build)?;
        if let Some(local) = local_of(&value) {
            return Err(wrong(
                Diagnostic::error("entry-local", "a local variable where the function is entered")
                    .at(local, "this has no value yet then")
                    .help("use a global variable"),
            ));
        }
        if let ExprKind::Int(_) | ExprKind::Str(_) = value.kind {
            return Ok(value);
        }
        let ty = value.ty;
        self.kept.push(value);
        Ok(Expr { kind: ExprKind::Kept(self.kept.len() - 1), ty, span })
    }

    /// Does something as where the function is entered.
    fn at_entry<T>(&mut self, build: impl FnOnce(&mut Self) -> T) -> T {
        let entry =
            self.probed.clone().map(|entry| crate::points::Probed { at_return: false, ..entry });
        let before = std::mem::replace(&mut self.probed, entry);
        let made = build(self);
        self.probed = before;
        made
    }

    /// The moment of what is being built.
    fn moment(&self) -> Moment {
        use stapc_debuginfo::PlaceKind;
        match &self.probed {
            None => Moment::Nowhere,
            Some(probed) if probed.at_return => Moment::Return,
            Some(probed) => match probed.place.as_ref().map(|place| &place.kind) {
                Some(PlaceKind::Entry) => Moment::Entry,
                None if probed.function.is_some() => Moment::Entry,
                None => Moment::Nowhere,
                Some(_) => Moment::Within,
            },
        }
    }
}

/// What is said of a variable that is not there, where the script goes on without it.
fn missing(error: Diagnostic) -> Diagnostic {
    let message = format!("{}: it is 0 here", error.message);
    let warning = Diagnostic::warning("missing-variable", message);
    match error.span() {
        Some(span) => warning.at(span, "not there"),
        None => warning,
    }
}

/// Where an expression reads a local variable, if it does.
fn local_of(expr: &Expr) -> Option<Span> {
    let local = |expr: &Expr| matches!(expr.kind, ExprKind::Read(Place::Local(_)));
    expr.find(local).map(|expr| expr.span)
}
