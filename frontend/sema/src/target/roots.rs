//! Where a target starts: a variable that can be seen where the probe is, a global one, a typed
//! address.

use stapc_debuginfo::{Object, Source, TypeId, Variable, Where, module_name};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::{self, ExprId, ExprKind as Ast, Name, TargetRoot};

use super::{
    Found, Typing, later,
    terms::Terms,
    walk::{Thing, damaged},
    wrong,
};
use crate::{build::Build, hir::Space, points::Probed};

/// What the name of headers of the kernel begins with: `kernel<linux/sched.h>`.
const KERNEL_HEADERS: &str = "kernel<";

impl<'a> Build<'a> {
    /// What a target starts from.
    pub(super) fn root(&mut self, target: &'a ast::Target, span: Span) -> Found<Thing<'a>> {
        match &target.root {
            TargetRoot::Variable(name) => self.variable_thing(name, span),
            TargetRoot::Operator(operator, args) if operator.text == "cast" => {
                self.cast(args, span)
            }
            TargetRoot::Operator(_, args) => self.var(args, span),
            TargetRoot::Value(value) => self.typed_value(*value, span),
        }
    }

    /// The object that what is being built is in.
    pub(super) fn object(&self) -> Object {
        self.probed.as_ref().map(|probed| probed.object.clone()).unwrap_or_default()
    }

    pub(super) fn open(&self, object: &Object, span: Span) -> Found<&'a dyn Source> {
        self.given.objects.open(object).map_err(|error| damaged(error, span))
    }

    pub(super) fn terms(&self, object: Object) -> Terms<'a> {
        let space = if let Object::Program(_) = object { Space::User } else { Space::Kernel };
        let source = self.given.objects.open(&object).ok();
        let start = source.and_then(|source| source.start());
        let probed = self.probed.as_ref().filter(|probed| probed.object == object);
        let here = probed.and_then(|probed| probed.place.as_ref()).map(|place| place.address);
        Terms { object, space, moment: self.moment(), start, here, source }
    }

    /// `$name`
    pub(super) fn variable_thing(&self, name: &Name, span: Span) -> Found<Thing<'a>> {
        let object = self.object();
        let source = self.open(&object, name.span)?;
        let Some(probed) = &self.probed else {
            return Err(wrong(
                Diagnostic::error("target-unavailable", format!("`${}` in a function", name.text))
                    .at(name.span, "a function is in no probed code")
                    .help("pass its value as an argument"),
            ));
        };
        let variable = if name.text == "return" {
            returned(source, probed, name.span)?
        } else {
            seen(source, probed, name)?
        };
        self.thing_of(variable, object, format!("identifier '${}'", name.text), span)
    }

    /// A variable, as what is followed from.
    pub(super) fn thing_of(
        &self,
        variable: Variable,
        object: Object,
        near: String,
        span: Span,
    ) -> Found<Thing<'a>> {
        let source = self.open(&object, span)?;
        let unavailable = |why: String| {
            let name = near.trim_start_matches("identifier '").trim_end_matches('\'');
            let message = format!("`{name}` cannot be read");
            wrong(Diagnostic::error("target-unavailable", message).at(span, why))
        };
        let Some(ty) = variable.ty else {
            return Err(unavailable("the debug information gives it no type".to_owned()));
        };
        let at = variable.location.map_err(|error| unavailable(error.0))?;
        let (terms, typing) = (self.terms(object.clone()), Typing { object, ty });
        Thing::of(source, terms, typing, &at, (near, span))
    }

    /// `@cast(value, "type", "module")`
    fn cast(&mut self, args: &'a [ExprId], span: Span) -> Found<Thing<'a>> {
        let [value, name, module @ ..] = args else { return later("`@cast` without a type") };
        let (typing, name) = self.cast_type(*name, module.first().copied())?;
        let source = self.open(&typing.object, span)?;
        let address = self.expr(*value);
        let terms = self.terms(typing.object.clone());
        let near = (format!("operator '@cast(…, \"{name}\")'"), span);
        Thing::valued(source, terms, typing, address, near)
    }

    /// The type that a cast names, and its name.
    pub(super) fn cast_type(
        &self,
        name: ExprId,
        module: Option<ExprId>,
    ) -> Found<(Typing, String)> {
        let (text, span) = self.literal(name);
        let found = match module {
            None => match self.type_in(self.object(), &text, span)? {
                None => self.type_in(Object::Kernel, &text, span)?,
                found => found,
            },
            Some(module) => self.type_named_in(module, &text)?,
        };
        let Some(typing) = found else {
            let message = format!("there is no type `{text}`");
            return Err(wrong(Diagnostic::error("unknown-type", message).at(span, "not known")));
        };
        Ok((typing, text))
    }

    /// The type of a name in the first object that has it of those that a script names.
    fn type_named_in(&self, objects: ExprId, name: &str) -> Found<Option<Typing>> {
        let (objects, span) = self.literal(objects);
        for object in objects.split(':') {
            if let Some(typing) = self.type_in(self.object_named(object, span)?, name, span)? {
                return Ok(Some(typing));
            }
            // What no code of the kernel uses is in its headers only.
            if object.starts_with(KERNEL_HEADERS) {
                let compiled = self.given.objects.headers(object);
                let object = Object::Module(compiled.map_err(|error| damaged(error, span))?);
                if let Some(typing) = self.type_in(object, name, span)? {
                    return Ok(Some(typing));
                }
            }
        }
        Ok(None)
    }

    /// The type of a name in an object, if it has one.
    pub(super) fn type_in(&self, object: Object, name: &str, span: Span) -> Found<Option<Typing>> {
        let source = self.open(&object, span)?;
        let found = named(source, name).map_err(|error| damaged(error, span))?;
        Ok(found.map(|ty| Typing { object, ty }))
    }

    /// The object that a script names: `kernel`, a header of it, a module, a program.
    fn object_named(&self, name: &str, span: Span) -> Found<Object> {
        let objects = self.given.objects;
        Ok(match name {
            "kernel" => Object::Kernel,
            // Most of what the kernel's headers say is in its debug information.
            header if header.starts_with(KERNEL_HEADERS) => Object::Kernel,
            headers if headers.starts_with('<') => {
                let compiled = objects.headers(headers);
                Object::Program(compiled.map_err(|error| damaged(error, span))?)
            }
            path if path.contains('/') && path.ends_with(".ko") => Object::Module(path.to_owned()),
            path if path.contains('/') => {
                let found = objects.programs(path).map_err(|error| damaged(error, span))?;
                Object::Program(found.into_iter().next().unwrap_or_else(|| path.to_owned()))
            }
            module => Object::Module(module_name(module)),
        })
    }

    /// `@var("name@file", "module")`
    pub(super) fn var(&mut self, args: &'a [ExprId], span: Span) -> Found<Thing<'a>> {
        let [name, module @ ..] = args else { return later("`@var` without a name") };
        let (text, at) = self.literal(*name);
        let object = match module.first() {
            None => self.object(),
            Some(&module) => self.object_named(&self.literal(module).0, at)?,
        };
        let source = self.open(&object, at)?;
        let (name, file) = match text.split_once('@') {
            None => (text.as_str(), None),
            Some((name, file)) => (name, Some(file)),
        };
        if let (Some(probed), None, true) = (&self.probed, file, module.is_empty())
            && let Ok(variable) = seen(source, probed, &Name { text: name.to_owned(), span: at })
        {
            return self.thing_of(variable, object, format!("identifier '{name}'"), span);
        }
        let found = source.global(name, file).map_err(|error| damaged(error, at))?;
        let Some(variable) = found else {
            let message = format!("there is no global variable `{text}`");
            return Err(wrong(
                Diagnostic::error("unknown-target-variable", message).at(at, "not known"),
            ));
        };
        self.thing_of(variable, object, format!("identifier '{name}'"), span)
    }

    /// A value whose type is known from what was put into it.
    fn typed_value(&mut self, value: ExprId, span: Span) -> Found<Thing<'a>> {
        let at = self.tree.exprs[value].span;
        let Some(typing) = self.typing(value) else {
            return Err(wrong(
                Diagnostic::error("target-type", "it is not known what this points to")
                    .at(at, "no typed value was put into it")
                    .help("say it: `@cast(…, \"struct name\")->member`"),
            ));
        };
        let source = self.open(&typing.object, at)?;
        let terms = self.terms(typing.object.clone());
        let address = self.expr(value);
        let near = match &self.tree.exprs[value].kind {
            Ast::Name(name) => format!("identifier '{name}'"),
            _ => "operator '->'".to_owned(),
        };
        Thing::valued(source, terms, typing, address, (near, span))
    }

    /// The text of a literal string, and its place; the first walk has seen to it that it is one.
    pub(super) fn literal(&self, expr: ExprId) -> (String, Span) {
        match &self.tree.exprs[expr].kind {
            Ast::String(text) => (text.bytes.to_string(), text.span),
            _ => (String::new(), self.tree.exprs[expr].span),
        }
    }
}

/// The type that a script calls so: `struct x`, `union x`, `enum x`, a typedef or `unsigned int`, or `x`
/// for the first of these.
pub(super) fn named(
    source: &dyn Source,
    name: &str,
) -> Result<Option<TypeId>, stapc_debuginfo::Error> {
    let name = name.trim();
    if name.split_once(' ').is_some() {
        return source.named(name);
    }
    for kind in ["struct ", "union ", "", "enum "] {
        if let Some(found) = source.named(&format!("{kind}{name}"))? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// `$return`
fn returned(source: &dyn Source, probed: &Probed, span: Span) -> Found<Variable> {
    if probed.function.is_none() && probed.place.is_none() {
        return Err(nowhere("return", span));
    }
    if !probed.at_return {
        return Err(wrong(
            Diagnostic::error("target-unavailable", "`$return` at the entry of a function")
                .at(span, "it has not returned yet")
                .help("probe `.return`"),
        ));
    }
    let (variable, name) = match (&probed.place, &probed.function) {
        (Some(place), _) => {
            (source.returned(place).map_err(|error| damaged(error, span))?, place.function.clone())
        }
        (None, Some(function)) => (
            function.returns.map(|ty| Variable {
                name: "return".to_owned(),
                ty: Some(ty),
                parameter: false,
                location: Ok(Where::Register(0)),
            }),
            function.name.clone(),
        ),
        (None, None) => return Err(nowhere("return", span)),
    };
    variable.ok_or_else(|| {
        let message = format!("`{name}` returns nothing");
        wrong(Diagnostic::error("target-unavailable", message).at(span, "there is no value"))
    })
}

/// The variables that can be seen where a probe is.
pub(super) fn all_seen(source: &dyn Source, probed: &Probed, span: Span) -> Found<Vec<Variable>> {
    if let Some(place) = &probed.place {
        return source.variables(place).map_err(|error| damaged(error, span));
    }
    let params = probed.function.iter().flat_map(|function| &function.params);
    let variable = |param: &stapc_debuginfo::Param| Variable {
        name: param.name.clone(),
        ty: Some(param.ty),
        parameter: true,
        location: param.location.place(),
    };
    Ok(params.map(variable).collect())
}

/// What can be read where a probe is: the value of the function, and the variables.
pub fn visible(
    source: &dyn Source,
    probed: &Probed,
    span: Span,
) -> (Option<Variable>, Vec<Variable>) {
    let value = Some(probed).filter(|probed| probed.at_return);
    let value = value.and_then(|probed| returned(source, probed, span).ok());
    (value, all_seen(source, probed, span).unwrap_or_default())
}

/// A variable that can be seen where a probe is.
fn seen(source: &dyn Source, probed: &Probed, name: &Name) -> Found<Variable> {
    let function = match (&probed.place, &probed.function) {
        (Some(place), _) => &place.function,
        (None, Some(function)) => &function.name,
        (None, None) => return Err(nowhere(&name.text, name.span)),
    };
    let mut variables = all_seen(source, probed, name.span)?;
    if let Some(found) = variables.iter().position(|variable| variable.name == name.text) {
        return Ok(variables.swap_remove(found));
    }
    // What is not seen there may be a variable of the whole file or object.
    if probed.place.is_some()
        && let Ok(Some(variable)) = source.global(&name.text, None)
    {
        return Ok(variable);
    }
    let list: Vec<String> =
        variables.iter().map(|variable| format!("${}", variable.name)).collect();
    let parameters = probed.place.is_none();
    let kind = if parameters { "parameter" } else { "variable" };
    let has = match (list.is_empty(), parameters) {
        (true, true) => format!("`{function}` has no parameters"),
        (true, false) => format!("no variables of `{function}` can be seen here"),
        (false, _) => format!("`{function}` has {}", list.join(", ")),
    };
    let message = format!("`{function}` has no {kind} `${}`", name.text);
    Err(wrong(
        Diagnostic::error("unknown-target-variable", message)
            .at(name.span, "not known here")
            .note(has)
            .suggest(&format!("${}", name.text), list.iter().map(String::as_str)),
    ))
}

fn nowhere(name: &str, span: Span) -> super::Absent {
    let message = format!("`${name}` in a probe of no function");
    wrong(
        Diagnostic::error("target-unavailable", message)
            .at(span, "there are no variables at this point"),
    )
}
