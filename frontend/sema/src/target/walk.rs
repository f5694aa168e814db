//! Following a variable to its members and elements: types and where the bytes are.

use stapc_debuginfo::{Error, Member, Piece, Source, Type, TypeId, Where};
use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::Type as ValueType;
use stapc_syntax::ast::{BinaryOp, Name};

use super::{
    Absent, Found, Typing, later,
    terms::{Terms, nowhere},
    wrong,
};
use crate::{
    expressions::int,
    hir::{Expr, ExprKind, Memory, Place, Width},
};

/// Something of the probed code that has been found: its type, and where it is.
#[derive(Clone)]
pub struct Thing<'a> {
    /// Who knows of it.
    pub source: &'a dyn Source,
    /// How places become expressions.
    pub terms: Terms<'a>,
    /// Its type, and the object that knows it.
    pub typing: Typing,
    /// Where it is.
    pub at: At,
    /// The bits of it that count, if not all.
    bits: Option<(u32, u32)>,
    /// Whether a value that points to it stands for it: it is the first of several.
    is_first: bool,
    /// As messages call it: `identifier '$file'`.
    pub near: String,
    /// The place of all of it in the script.
    pub span: Span,
}

/// Where something is.
#[derive(Debug, Clone)]
pub enum At {
    /// In no memory: its bytes are the lowest of this integer.
    Value(Box<Expr>),
    /// In memory, so many bytes behind an address.
    Memory(Box<Expr>, i64),
    /// In several places, from this bit on.
    Pieces(Vec<Piece>, u64),
    /// A pointer without a value, to what is in no memory: where that is, and the bytes from its start.
    Pointer(Box<Where>, i64),
}

impl<'a> Thing<'a> {
    /// What a source says of a variable.
    pub fn of(
        source: &'a dyn Source,
        terms: Terms<'a>,
        typing: Typing,
        at: &Where,
        (near, span): (String, Span),
    ) -> Found<Self> {
        let at = terms.place(at, span)?;
        Ok(Self { source, terms, typing, at, bits: None, is_first: false, near, span })
    }

    /// What a value of a type is: a pointer, or the address of something of another type.
    pub fn valued(
        source: &'a dyn Source,
        terms: Terms<'a>,
        typing: Typing,
        value: Expr,
        (near, span): (String, Span),
    ) -> Found<Self> {
        let pointer = source.ty(typing.ty).map_err(|error| damaged(error, span))?;
        let at = match pointer {
            Type::Struct { .. } | Type::Array(_) => At::Memory(Box::new(value), 0),
            _ => At::Value(Box::new(value)),
        };
        let is_first = matches!(pointer, Type::Struct { .. });
        Ok(Self { source, terms, typing, at, bits: None, is_first, near, span })
    }

    /// Its type.
    pub fn ty(&self, span: Span) -> Found<Type> {
        self.source.ty(self.typing.ty).map_err(|error| damaged(error, span))
    }

    /// Follows `->member`.
    pub fn member(mut self, member: &Name) -> Found<Self> {
        let span = member.span;
        if let Type::Pointer(to) = self.ty(span)? {
            self = self.followed(to, "members", span)?;
        }
        let kind = self.ty(span)?;
        let Type::Struct { name } = &kind else {
            let message = format!("{} has no members", name_of(&kind));
            return Err(wrong(
                Diagnostic::error("target-type", message).at(span, "only structures have members"),
            ));
        };
        let ty = self.typing.ty;
        let damage = |error| damaged(error, span);
        let Some(found) = self.source.member(ty, &member.text).map_err(damage)? else {
            let members = self.source.members(ty).map_err(damage)?;
            let message = format!("`{name}` has no member `{}`", member.text);
            return Err(wrong(
                Diagnostic::error("unknown-member", message)
                    .at(span, "not known")
                    .suggest(&member.text, members.iter().map(String::as_str)),
            ));
        };
        self.field(&found, span)
    }

    /// A member of the structure that it is.
    pub fn field(mut self, member: &Member, span: Span) -> Found<Self> {
        self.is_first = false;
        self = self.part(member.offset, member.ty, span)?;
        self.bits = member.bitfield.map(|bits| (bits.start, bits.bits));
        Ok(self)
    }

    /// Follows `[index]`.
    pub fn element(mut self, index: Expr) -> Found<Self> {
        let span = index.span;
        let kind = self.ty(span)?;
        let is_first = std::mem::take(&mut self.is_first);
        let element = match kind {
            Type::Pointer(to) => {
                self = self.followed(to, "elements", span)?;
                self.typing.ty
            }
            Type::Array(element) => element,
            _ if is_first => self.typing.ty,
            kind => {
                let message = format!("{} has no elements", name_of(&kind));
                let diagnostic = Diagnostic::error("target-type", message);
                return Err(wrong(diagnostic.at(span, "only arrays and pointers have elements")));
            }
        };
        let Some(size) = self.source.size(element).map_err(|error| damaged(error, span))? else {
            let diagnostic = Diagnostic::error("target-type", "elements of an unknown size");
            return Err(wrong(diagnostic.at(span, "their type is not complete")));
        };
        if let ExprKind::Int(index) = index.kind {
            let offset = index.wrapping_mul(size as i64);
            if let At::Memory(_, from) = &mut self.at {
                *from = from.wrapping_add(offset);
                self.typing.ty = element;
                return Ok(self);
            }
            let offset = u64::try_from(offset).map_err(|_| outside(span))?;
            return self.part(offset, element, span);
        }
        let At::Memory(address, _) = &mut self.at else {
            return Err(wrong(
                Diagnostic::error("target-unavailable", "elements of an array in registers")
                    .at(span, "only a constant can choose one"),
            ));
        };
        let size = Box::new(int(ExprKind::Int(size as i64), span));
        let behind = binary(BinaryOp::Multiply, Box::new(index), size, span);
        let sum = binary(BinaryOp::Add, address.clone(), Box::new(behind), span);
        **address = sum;
        self.typing.ty = element;
        Ok(self)
    }

    /// What it points to.
    pub fn followed(mut self, to: Option<TypeId>, what: &str, span: Span) -> Found<Self> {
        let Some(to) = to else {
            let message = format!("a `void` pointer has no {what}");
            let diagnostic = Diagnostic::error("target-type", message);
            return Err(wrong(
                diagnostic
                    .at(span, "its type is not known")
                    .help("say what it points to: `@cast(…, \"struct name\")`"),
            ));
        };
        if let Some((at, offset)) = self.implicit() {
            self.at = self.terms.place(&at, span)?;
            let offset = u64::try_from(offset).map_err(|_| outside(span))?;
            return self.part(offset, to, span);
        }
        let address = Box::new(self.clone().value()?);
        self.at = At::Memory(address, 0);
        self.bits = None;
        self.typing.ty = to;
        Ok(self)
    }

    /// What it points to, where that is in no memory: the bytes from its start.
    fn implicit(&self) -> Option<(Where, i64)> {
        let (pieces, from) = match &self.at {
            At::Pointer(to, offset) => return Some(((**to).clone(), *offset)),
            At::Pieces(pieces, from) => (pieces, *from),
            _ => return None,
        };
        let mut start = 0_u64;
        for piece in pieces {
            if let (true, Some(Where::Pointer(to, offset))) = (start == from, &piece.at) {
                return Some(((**to).clone(), *offset));
            }
            start += u64::from(piece.bits);
        }
        None
    }

    /// A part of it, from a byte on.
    fn part(mut self, offset: u64, ty: TypeId, span: Span) -> Found<Self> {
        match &mut self.at {
            At::Memory(_, from) => *from = from.wrapping_add(offset as i64),
            At::Pieces(_, from) => *from = from.saturating_add(offset.saturating_mul(8)),
            At::Pointer(..) if offset == 0 => {}
            At::Pointer(..) => return Err(outside(span)),
            At::Value(value) => {
                let size = self.source.size(ty).map_err(|error| damaged(error, span))?;
                let bits = size.unwrap_or(8).saturating_mul(8);
                let from = offset.saturating_mul(8);
                if from.saturating_add(bits) > 64 || bits == 0 {
                    return Err(outside(span));
                }
                if bits < 64 {
                    let kind = ExprKind::Bits(value.clone(), from as u32, bits as u32, false);
                    **value = int(kind, span);
                }
            }
        }
        self.typing.ty = ty;
        Ok(self)
    }

    /// Its value, which is an integer; of an array, as in C, the address of its first element.
    pub fn value(self) -> Found<Expr> {
        let kind = self.ty(self.span)?;
        let width = match &kind {
            Type::Array(_) => return self.address(),
            _ => self.width(&kind)?,
        };
        match self.at {
            At::Memory(..) => {
                let span = self.span;
                Ok(int(ExprKind::Read(self.memory(width)?), span))
            }
            At::Value(value) => Ok(cut(*value, width)),
            At::Pieces(ref pieces, from) => {
                let start = width.bits.map_or(0, |(start, _)| start);
                let bits = width.bits.map_or(width.bytes * 8, |(_, bits)| bits);
                let from = from.saturating_add(start.into());
                self.terms.gathered(pieces, from, bits, width.signed, self.span)
            }
            At::Pointer(..) => Err(nowhere(self.span)),
        }
    }

    /// The memory that it is in, to be read or written.
    pub fn place(self) -> Found<Place> {
        let kind = self.ty(self.span)?;
        let width = self.width(&kind)?;
        self.memory(width)
    }

    fn memory(self, width: Width) -> Found<Place> {
        let space = self.terms.space;
        match self.at {
            At::Memory(address, offset) => {
                let near = self.near;
                Ok(Place::Memory(Box::new(Memory {
                    space,
                    address: *address,
                    offset,
                    width,
                    near,
                })))
            }
            At::Value(value) => match value.kind {
                ExprKind::Register(register) if width.bits.is_none() && register.is_general() => {
                    Ok(Place::Register(register, width))
                }
                _ => later("writing to a part of a register, or to what is calculated"),
            },
            At::Pieces(..) | At::Pointer(..) => later("writing to what is in no one place"),
        }
    }

    fn width(&self, kind: &Type) -> Found<Width> {
        let (bytes, signed) = match kind {
            Type::Int { bytes: bytes @ (1 | 2 | 4 | 8), signed } => (*bytes, *signed),
            // As the integer of its bits.
            Type::Float(bytes @ (4 | 8)) => (*bytes, false),
            Type::Pointer(_) => (8, false),
            Type::Struct { name } => {
                let diagnostic = Diagnostic::error("target-type", format!("`{name}` is no number"))
                    .at(self.span, "a whole structure");
                return Err(wrong(diagnostic.help("follow one of its members with `->`")));
            }
            other => return later(format!("values of type {}", name_of(other))),
        };
        Ok(Width { bytes, signed, bits: self.bits })
    }

    /// `&`: its address.
    pub fn address(self) -> Found<Expr> {
        let span = self.span;
        let unavailable = |why: &str| {
            let diagnostic = Diagnostic::error("target-unavailable", "this has no address");
            Err(wrong(diagnostic.at(span, why.to_owned())))
        };
        if self.bits.is_some() {
            return unavailable("a bit field");
        }
        match self.at {
            At::Memory(address, 0) => Ok(*address),
            At::Memory(address, offset) => {
                let offset = Box::new(int(ExprKind::Int(offset), span));
                Ok(binary(BinaryOp::Add, address, offset, span))
            }
            At::Pointer(..) | At::Pieces(..) => unavailable("it is in no memory here"),
            At::Value(_) => unavailable("it is in a register here"),
        }
    }
}

/// The lowest bytes of an integer, or some of their bits.
fn cut(value: Expr, width: Width) -> Expr {
    let (start, bits) = width.bits.unwrap_or((0, width.bytes * 8));
    if start == 0 && bits == 64 {
        return value;
    }
    let span = value.span;
    int(ExprKind::Bits(Box::new(value), start, bits, width.signed), span)
}

pub fn binary(op: BinaryOp, left: Box<Expr>, right: Box<Expr>, span: Span) -> Expr {
    Expr { kind: ExprKind::Binary(op, span, left, right), ty: Some(ValueType::I64), span }
}

pub fn damaged(error: Error, span: Span) -> Absent {
    wrong(Diagnostic::error("debuginfo", error.0).at(span, ""))
}

fn outside(span: Span) -> Absent {
    let diagnostic = Diagnostic::error("target-unavailable", "this is not where the rest of it is");
    wrong(diagnostic.at(span, "outside of the register"))
}

/// How messages call a type.
pub fn name_of(ty: &Type) -> String {
    match ty {
        Type::Int { bytes, .. } => format!("an integer of {bytes} bytes"),
        Type::Float(bytes) => format!("a number of floating point of {bytes} bytes"),
        Type::Pointer(_) => "a pointer".to_owned(),
        Type::Struct { name } => format!("`{name}`"),
        Type::Array(_) => "an array".to_owned(),
        Type::Other(name) => format!("`{name}`"),
    }
}
