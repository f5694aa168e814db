//! `$` variables: where they are, and how members are followed from them.

use stapc_debuginfo::{KernelInfo, Location, Type as KernelType, TypeId};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_syntax::ast::Name;

use crate::{
    build::Build,
    hir::{Target, TargetRoot, TargetStep},
};

/// Finds the variable and follows its members; what is wrong has been reported if there is none.
pub fn resolve(build: &mut Build<'_>, name: &str, members: &[Name], span: Span) -> Option<Target> {
    match find(build, name, members, span) {
        Ok(target) => Some(target),
        Err(diagnostic) => {
            build.report(*diagnostic);
            None
        }
    }
}

type Found<T> = Result<T, Box<Diagnostic>>;

fn find(build: &Build<'_>, name: &str, members: &[Name], span: Span) -> Found<Target> {
    let root_span = Span::new(span.file, span.start, span.start + name.len() as u32 + 1);
    let (root, ty) = root(build, name, root_span)?;
    let mut walk = Walk { kernel: build.kernel, steps: Vec::new(), ty, address: false };
    let width = walk.register(root_span)?;
    for member in members {
        walk.member(member)?;
    }
    walk.value(span)?;
    let text = members.iter().fold(format!("${name}"), |text, member| text + "->" + &member.text);
    Ok(Target { root, width, steps: walk.steps, text })
}

/// The register a variable is in, and its type.
fn root(build: &Build<'_>, name: &str, span: Span) -> Found<(TargetRoot, TypeId)> {
    let error = |message: String| Diagnostic::error("target-variable", message);
    let function = match &build.probed {
        None => {
            let diagnostic = Diagnostic::unsupported("target variables in functions", span);
            return Err(Box::new(diagnostic.help("pass its value as an argument")));
        }
        Some(probed) => match &probed.function {
            None => {
                return Err(Box::new(
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
            return Err(Box::new(
                error("`$return` at the entry of a function".to_owned())
                    .at(span, "it has not returned yet")
                    .help("probe `.return`"),
            ));
        }
        return match function.returns {
            Some(ty) => Ok((TargetRoot::Return, ty)),
            None => Err(Box::new(
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
        return Err(Box::new(
            error(message)
                .at(span, "not known here")
                .note(has)
                .suggest(&format!("${name}"), list.iter().map(String::as_str)),
        ));
    };
    if at_return {
        let diagnostic = Diagnostic::unsupported("parameters in a return probe", span);
        return Err(Box::new(
            diagnostic.help("keep the value at entry in an array by `tid()`, and read it here"),
        ));
    }
    match &param.location {
        Location::Register(register) => Ok((TargetRoot::Argument(*register), param.ty)),
        Location::Unavailable(why) => {
            Err(Box::new(error(format!("`${name}` cannot be read")).at(span, why.clone())))
        }
    }
}

/// Where a chain of members has come to.
struct Walk<'a> {
    kernel: &'a dyn KernelInfo,
    steps: Vec<TargetStep>,
    ty: TypeId,
    /// Whether the integer so far is the address of the thing, rather than the thing.
    address: bool,
}

impl Walk<'_> {
    fn kind(&self, span: Span) -> Found<KernelType> {
        self.kernel
            .ty(self.ty)
            .map_err(|error| Box::new(Diagnostic::error("debuginfo", error.0).at(span, "")))
    }

    /// The width of what is in the register.
    fn register(&self, span: Span) -> Found<(u32, bool)> {
        match self.kind(span)? {
            KernelType::Int { bytes, signed } if bytes <= 8 => Ok((bytes, signed)),
            KernelType::Pointer(_) => Ok((8, false)),
            other => Err(Box::new(Diagnostic::unsupported(
                format!("parameters and values of type {}", name_of(&other)),
                span,
            ))),
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
                return Err(Box::new(
                    Diagnostic::error("target-variable", "a `void` pointer has no members")
                        .at(member.span, "its type is not known"),
                ));
            };
            self.ty = to;
            self.address = true;
            kind = self.kind(member.span)?;
        }
        let KernelType::Struct { name } = &kind else {
            let message = format!("{} has no members", name_of(&kind));
            return Err(Box::new(
                Diagnostic::error("target-variable", message)
                    .at(member.span, "only structures have members"),
            ));
        };
        let damaged = |error: stapc_debuginfo::Error| {
            Box::new(Diagnostic::error("debuginfo", error.0).at(member.span, ""))
        };
        let Some(found) = self.kernel.member(self.ty, &member.text).map_err(damaged)? else {
            let members = self.kernel.members(self.ty).map_err(damaged)?;
            let message = format!("`{name}` has no member `{}`", member.text);
            return Err(Box::new(
                Diagnostic::error("target-variable", message)
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
                return Err(Box::new(Diagnostic::unsupported(
                    "bit fields that are no integers",
                    member.span,
                )));
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
                let diagnostic =
                    Diagnostic::error("target-variable", format!("`{name}` is no number"))
                        .at(span, "a whole structure");
                return Err(Box::new(diagnostic.help("follow one of its members with `->`")));
            }
            other => {
                return Err(Box::new(Diagnostic::unsupported(
                    format!("values of type {}", name_of(&other)),
                    span,
                )));
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
