//! `$` variables: where they are, and how members are followed from them.

use stapc_debuginfo::{Location, Source, Type as KernelType, TypeId};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Type;
use stapc_syntax::ast::{self, ExprId, Name, Selector, TargetRoot};

use crate::{
    build::Build,
    expressions::{foreign, int},
    hir::{Expr, ExprKind, Target, TargetRoot as Root, TargetStep},
    infer::targets::is_text,
};

impl Build<'_> {
    /// Something of the probed code. What is wrong with it is reported; what cannot be had yet is
    /// left to lowering.
    pub(crate) fn target(&mut self, target: &ast::Target, span: Span) -> Expr {
        match self.find_target(target, span) {
            Ok(expr) => expr,
            Err(diagnostic) => {
                self.report(*diagnostic);
                int(ExprKind::Int(0), span)
            }
        }
    }

    fn find_target(&mut self, target: &ast::Target, span: Span) -> Result<Expr, Box<Diagnostic>> {
        let foreign_kind = self.foreign_kind(target);
        let (name, members) = match (&target.root, foreign_kind) {
            (TargetRoot::Variable(name), None) => (name, members(target)),
            (_, what) => return Ok(self.foreign_target(target, what.unwrap_or(CASTS), span)),
        };
        match find(self, name, &members, span) {
            Ok(target) => Ok(int(ExprKind::Target(target), span)),
            Err(Absent::Later(what)) => Ok(self.foreign_target(target, &what, span)),
            Err(Absent::Wrong(diagnostic)) => Err(diagnostic),
        }
    }

    /// What of a target has no runtime yet, if anything.
    fn foreign_kind(&self, target: &ast::Target) -> Option<&'static str> {
        let element = |selector: &Selector| matches!(selector, Selector::Element(_));
        match &target.root {
            TargetRoot::Value(_) => return Some("members of values (`x->member`)"),
            TargetRoot::Operator(..) => return Some(CASTS),
            TargetRoot::Variable(name) if name.text.starts_with('$') => {
                return Some("collections of variables (`$$vars`, `$$parms`, …)");
            }
            TargetRoot::Variable(_) => {}
        }
        if target.address {
            Some("taking an address (`&$x`)")
        } else if target.pretty > 0 {
            Some("printing a whole structure (`$x$`)")
        } else if target.selectors.iter().any(element) {
            Some("elements of a target variable (`$x[…]`)")
        } else if self.probed.as_ref().is_some_and(|probed| probed.foreign) {
            Some("target variables at this probe point")
        } else {
            None
        }
    }

    fn foreign_target(&mut self, target: &ast::Target, what: &str, span: Span) -> Expr {
        let value = self.probed.as_ref().is_some_and(|probed| probed.text_value);
        let text = matches!(
            &target.root,
            TargetRoot::Variable(name)
                if is_text(&name.text) || (value && name.text == "value")
        );
        let ty = if text || target.pretty > 0 { Type::Str } else { Type::I64 };
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

    /// The other operators that begin with `@`.
    pub(crate) fn operator(&mut self, operator: &Name, args: &[ExprId], span: Span) -> Expr {
        if operator.text == "defined"
            && let Some(&arg) = args.first()
            && let Some(defined) = self.defined(arg)
        {
            return int(ExprKind::Int(defined.into()), span);
        }
        if operator.text == "entry" && !self.at_return() {
            let message = "`@entry` outside a return probe";
            let diagnostic = Diagnostic::error("entry-outside-return", message)
                .at(span, "nothing has been entered before this")
                .help("probe `.return`");
            self.report(diagnostic);
        }
        // Whether something is there is not asked by looking at it.
        let args = if operator.text == "defined" { Vec::new() } else { self.list(args) };
        let ty = match args.first() {
            Some(first) if operator.text == "entry" => first.ty.unwrap_or(Type::I64),
            _ => Type::I64,
        };
        foreign(format!("`@{}`", operator.text), args, ty, span)
    }

    /// Whether what is being built may be at the return of a function.
    fn at_return(&self) -> bool {
        self.probed.as_ref().is_some_and(|probed| probed.at_return || probed.foreign)
    }

    /// Whether something is there, if that is known.
    fn defined(&mut self, expr: ExprId) -> Option<bool> {
        let tree = self.tree;
        let ast::Expr { kind: ast::ExprKind::Target(target), span } = &tree.exprs[expr] else {
            return None;
        };
        match (&target.root, self.foreign_kind(target)) {
            (TargetRoot::Variable(name), None) => match find(self, name, &members(target), *span) {
                Ok(_) => Some(true),
                Err(Absent::Wrong(_)) => Some(false),
                Err(Absent::Later(_)) => None,
            },
            _ => None,
        }
    }
}

const CASTS: &str = "`@cast` and `@var`";

/// The members that are followed.
fn members(target: &ast::Target) -> Vec<&Name> {
    let mut members = Vec::new();
    for selector in &target.selectors {
        if let Selector::Member(name) = selector {
            members.push(name);
        }
    }
    members
}

/// Why a variable cannot be had.
enum Absent {
    /// It is understood, and not built yet.
    Later(String),
    /// There is no such thing.
    Wrong(Box<Diagnostic>),
}

impl From<Box<Diagnostic>> for Absent {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self::Wrong(diagnostic)
    }
}

fn later<T>(what: impl Into<String>) -> Found<T> {
    Err(Absent::Later(what.into()))
}

type Found<T> = Result<T, Absent>;

fn wrong(diagnostic: Diagnostic) -> Absent {
    Absent::Wrong(Box::new(diagnostic))
}

fn find(build: &Build<'_>, name: &Name, members: &[&Name], span: Span) -> Found<Target> {
    let (root, ty) = root(build, &name.text, name.span)?;
    let object = build.probed.as_ref().map(|probed| probed.object.clone()).unwrap_or_default();
    let kernel = build.given.objects.open(&object);
    let kernel =
        kernel.map_err(|error| wrong(Diagnostic::error("debuginfo", error.0).at(span, "")))?;
    let mut walk = Walk { kernel, steps: Vec::new(), ty, address: false };
    let width = walk.register(name.span)?;
    for member in members {
        walk.member(member)?;
    }
    walk.value(span)?;
    let text = format!("${}", name.text);
    let text = members.iter().fold(text, |text, member| text + "->" + &member.text);
    Ok(Target { root, width, steps: walk.steps, text })
}

/// The register a variable is in, and its type.
fn root(build: &Build<'_>, name: &str, span: Span) -> Found<(Root, TypeId)> {
    let error = |message: String| Diagnostic::error("target-unavailable", message);
    let function = match &build.probed {
        None => {
            return Err(wrong(
                error(format!("`${name}` in a function"))
                    .at(span, "a function is in no probed code")
                    .help("pass its value as an argument"),
            ));
        }
        Some(probed) => match &probed.function {
            None => {
                return Err(wrong(
                    error(format!("`${name}` in a probe of no function"))
                        .at(span, "there are no variables at this point"),
                ));
            }
            Some(function) => (function, probed.at_return),
        },
    };
    let (function, at_return) = function;
    if name == "return" {
        if !at_return {
            return Err(wrong(
                error("`$return` at the entry of a function".to_owned())
                    .at(span, "it has not returned yet")
                    .help("probe `.return`"),
            ));
        }
        return match function.returns {
            Some(ty) => Ok((Root::Return, ty)),
            None => Err(wrong(
                error(format!("`{}` returns nothing", function.name)).at(span, "there is no value"),
            )),
        };
    }
    let Some(param) = function.params.iter().find(|param| param.name == name) else {
        let list: Vec<String> =
            function.params.iter().map(|param| format!("${}", param.name)).collect();
        let has = if list.is_empty() {
            format!("`{}` has no parameters", function.name)
        } else {
            format!("`{}` has {}", function.name, list.join(", "))
        };
        let message = format!("`{}` has no parameter `${name}`", function.name);
        return Err(wrong(
            Diagnostic::error("unknown-target-variable", message)
                .at(span, "not known here")
                .note(has)
                .suggest(&format!("${name}"), list.iter().map(String::as_str)),
        ));
    };
    if at_return {
        return later("parameters in a return probe");
    }
    match &param.location {
        Location::Register(register) => Ok((Root::Argument(*register), param.ty)),
        Location::Unavailable(why) => {
            Err(wrong(error(format!("`${name}` cannot be read")).at(span, why.clone())))
        }
    }
}

/// Where a chain of members has come to.
struct Walk<'a> {
    kernel: &'a dyn Source,
    steps: Vec<TargetStep>,
    ty: TypeId,
    /// Whether the integer so far is the address of the thing, rather than the thing.
    address: bool,
}

impl Walk<'_> {
    fn kind(&self, span: Span) -> Found<KernelType> {
        self.kernel
            .ty(self.ty)
            .map_err(|error| wrong(Diagnostic::error("debuginfo", error.0).at(span, "")))
    }

    /// The width of what is in the register.
    fn register(&self, span: Span) -> Found<(u32, bool)> {
        match self.kind(span)? {
            KernelType::Int { bytes, signed } if bytes <= 8 => Ok((bytes, signed)),
            KernelType::Pointer(_) => Ok((8, false)),
            other => later(format!("parameters and values of type {}", name_of(&other))),
        }
    }

    /// Follows `->member`.
    fn member(&mut self, member: &Name) -> Found<()> {
        let mut kind = self.kind(member.span)?;
        if let KernelType::Pointer(to) = kind {
            if self.address {
                self.steps.push(TargetStep::Load(8, false));
            }
            let Some(to) = to else {
                return Err(wrong(
                    Diagnostic::error("target-type", "a `void` pointer has no members")
                        .at(member.span, "its type is not known"),
                ));
            };
            self.ty = to;
            self.address = true;
            kind = self.kind(member.span)?;
        }
        let KernelType::Struct { name } = &kind else {
            let message = format!("{} has no members", name_of(&kind));
            return Err(wrong(
                Diagnostic::error("target-type", message)
                    .at(member.span, "only structures have members"),
            ));
        };
        let damaged = |error: stapc_debuginfo::Error| {
            wrong(Diagnostic::error("debuginfo", error.0).at(member.span, ""))
        };
        let Some(found) = self.kernel.member(self.ty, &member.text).map_err(damaged)? else {
            let members = self.kernel.members(self.ty).map_err(damaged)?;
            let message = format!("`{name}` has no member `{}`", member.text);
            return Err(wrong(
                Diagnostic::error("unknown-member", message)
                    .at(member.span, "not known")
                    .suggest(&member.text, members.iter().map(String::as_str)),
            ));
        };
        if found.offset > 0 {
            self.steps.push(TargetStep::Offset(found.offset));
        }
        self.ty = found.ty;
        if let Some(bits) = found.bitfield {
            let KernelType::Int { bytes, signed } = self.kind(member.span)? else {
                return later("bit fields that are no integers");
            };
            self.steps.push(TargetStep::Load(bytes, false));
            self.steps.push(TargetStep::Bits { start: bits.start, bits: bits.bits, signed });
            self.address = false;
        }
        Ok(())
    }

    /// Ends with an integer.
    fn value(&mut self, span: Span) -> Found<()> {
        if !self.address {
            return Ok(());
        }
        match self.kind(span)? {
            KernelType::Int { bytes: bytes @ (1 | 2 | 4 | 8), signed } => {
                self.steps.push(TargetStep::Load(bytes, signed))
            }
            KernelType::Pointer(_) => self.steps.push(TargetStep::Load(8, false)),
            // As in C, an array is the address of its first element.
            KernelType::Array(_) => {}
            KernelType::Struct { name } => {
                let diagnostic = Diagnostic::error("target-type", format!("`{name}` is no number"))
                    .at(span, "a whole structure");
                return Err(wrong(diagnostic.help("follow one of its members with `->`")));
            }
            other => {
                return later(format!("values of type {}", name_of(&other)));
            }
        }
        Ok(())
    }
}

fn name_of(ty: &KernelType) -> String {
    match ty {
        KernelType::Int { bytes, .. } => format!("an integer of {bytes} bytes"),
        KernelType::Pointer(_) => "a pointer".to_owned(),
        KernelType::Struct { name } => format!("`{name}`"),
        KernelType::Array(_) => "an array".to_owned(),
        KernelType::Other(name) => format!("`{name}`"),
    }
}
