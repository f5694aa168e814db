//! Variables of events: what a file has, what there is of a packet.

use stapc_diagnostics::{Diagnostic, Span};
use stapc_ir::{Event, Type};
use stapc_syntax::ast::{self, Name, TargetRoot};

use super::{Found, Typing, later, roots::named, walk::Thing, walk::damaged, wrong};
use crate::{
    build::Build,
    expressions::int,
    hir::{Expr, ExprKind, Place, Told},
    intrinsics::intrinsic,
};

/// What there is of a packet, as scripts write it with its type, in the order in which the runtime numbers it.
const PACKET: [(&str, &str); 6] = [
    ("$hooknum", "long"),
    ("$skb", "struct sk_buff*"),
    ("$in", "struct net_device*"),
    ("$out", "struct net_device*"),
    ("$pf", "long"),
    ("$verdict", "long"),
];

/// What can be read where an event was, as scripts write it with its type.
pub fn variables(event: &Event) -> &'static [(&'static str, &'static str)] {
    match event {
        Event::File { .. } => &[("$value", "string")],
        Event::Packet { .. } => &PACKET,
        Event::Perf { .. } | Event::Counter { .. } | Event::Data { .. } => &[],
    }
}

impl<'a> Build<'a> {
    /// A variable of an event.
    pub(super) fn told(
        &mut self,
        event: &Event,
        name: &Name,
        target: &'a ast::Target,
        span: Span,
    ) -> Found<Expr> {
        if let Some(place) = told_place(event, &name.text)
            && target.selectors.is_empty()
            && !target.address
            && target.pretty == 0
        {
            let ty = place.ty();
            return Ok(Expr { kind: ExprKind::Read(Place::Told(place)), ty: Some(ty), span });
        }
        let field =
            PACKET.iter().position(|(field, _)| field.strip_prefix('$') == Some(&*name.text));
        let Some(field) = field.filter(|_| matches!(event, Event::Packet { .. })) else {
            return Err(unknown(event, name));
        };
        let value = packet_field(field, span)?;
        let plain = target.selectors.is_empty() && !target.address && target.pretty == 0;
        let (Some(structure), false) = (PACKET[field].1.strip_suffix('*'), plain) else {
            return Ok(value);
        };
        let object = stapc_debuginfo::Object::Kernel;
        let source = self.open(&object, span)?;
        let ty = named(source, structure).map_err(|error| damaged(error, span))?;
        let Some(ty) = ty else { return later(format!("`${}` without its type", name.text)) };
        let terms = self.terms(object.clone());
        let near = (format!("identifier '${}'", name.text), span);
        let thing = Thing::valued(source, terms, Typing { object, ty }, value, near)?;
        self.followed_to(thing, target, span)
    }
}

impl Build<'_> {
    /// The variable of the event that a target is, if it is one that can be written.
    pub(super) fn told_at(&self, target: &ast::Target) -> Option<Told> {
        let event = self.probed.as_ref()?.event.as_ref()?;
        match &target.root {
            TargetRoot::Variable(name) if target.selectors.is_empty() => {
                told_place(event, &name.text)
            }
            _ => None,
        }
    }
}

/// A variable of an event that can be written, too.
fn told_place(event: &Event, name: &str) -> Option<Told> {
    match (event, name) {
        (Event::File { .. }, "value") => Some(Told::Content),
        (Event::Packet { .. }, "verdict") => Some(Told::Verdict),
        _ => None,
    }
}

impl Told {
    /// The type of its value.
    pub fn ty(self) -> Type {
        match self {
            Self::Content => Type::Str,
            Self::Verdict => Type::I64,
        }
    }
}

fn packet_field(field: usize, span: Span) -> Found<Expr> {
    let Some(helper) = intrinsic("_packet_field") else {
        return later("what there is of a packet");
    };
    let field = int(ExprKind::Int(field as i64), span);
    Ok(int(ExprKind::Intrinsic(helper, vec![field]), span))
}

fn unknown(event: &Event, name: &Name) -> super::Absent {
    let known: Vec<&str> = variables(event).iter().map(|(name, _)| *name).collect();
    let message = format!("there is no `${}` here", name.text);
    let diagnostic = Diagnostic::error("target-unavailable", message).at(name.span, "not known");
    wrong(match known.is_empty() {
        true => diagnostic,
        false => diagnostic.help(format!("there is {}", known.join(", "))),
    })
}
