//! What values point to: a variable that a typed value is put into keeps its type.

use stapc_debuginfo::{Object, Source, Type, TypeId};
use stapc_syntax::ast::{
    ExprId, ExprKind as Ast, Name, Selector, StmtId, StmtKind, Target, TargetRoot,
};

use super::Typing;
use crate::{
    build::Build,
    infer::calls::{Callee, callee},
    visit,
};

/// What can keep a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// A local variable of a body: functions are counted first, then handlers.
    Local(usize, usize),
    /// A global variable, or the elements of an array.
    Global(usize),
    /// The value of a function.
    Function(usize),
}

/// What the compiler knows of and gives tasks.
const TASKS: [&str; 2] = ["task_current", "pid2task"];

impl<'a> Build<'a> {
    /// Whether any value is followed without being said what it points to.
    pub(crate) fn has_untyped(&self) -> bool {
        self.tree.exprs.iter().any(|(_, expr)| {
            matches!(&expr.kind, Ast::Target(Target { root: TargetRoot::Value(_), .. }))
        })
    }

    /// Notes the types of what is put into variables by a statement and those under it. The first
    /// one that is known counts.
    pub(crate) fn note_types(&mut self, stmt: StmtId) {
        let tree = self.tree;
        let mut assigned = Vec::new();
        let mut returned = Vec::new();
        visit::stmts_of(tree, stmt, |stmt| {
            if let StmtKind::Return(Some(value)) = tree.stmts[stmt].kind {
                returned.push(value);
            }
        });
        visit::exprs_of(tree, stmt, |expr| {
            if let Ast::Assign { op: None, place, value, .. } = &tree.exprs[expr].kind {
                assigned.push((*place, *value));
            }
        });
        for (place, value) in assigned {
            if let (Some(slot), Some(typing)) = (self.slot(place), self.typing(value)) {
                self.typed.entry(slot).or_insert(typing);
            }
        }
        if let Some((function, _)) = self.function {
            for value in returned {
                if let Some(typing) = self.typing(value) {
                    self.typed.entry(Slot::Function(function)).or_insert(typing);
                }
            }
        }
    }

    fn slot(&self, place: ExprId) -> Option<Slot> {
        match &self.tree.exprs[place].kind {
            Ast::Name(name) => match self.scope.and_then(|scope| scope.names.get(name)) {
                Some(&local) => Some(Slot::Local(self.body, local)),
                None => self.given.elaborated.global_names.first(name, self.from).map(Slot::Global),
            },
            Ast::Index { array, .. } => Some(Slot::Global(self.global(&array.text))),
            _ => None,
        }
    }

    /// The type of a value, as far as debug information knows one.
    pub(super) fn typing(&mut self, value: ExprId) -> Option<Typing> {
        let tree = self.tree;
        match &tree.exprs[value].kind {
            Ast::Target(target) if target.pretty == 0 => self.target_typing(target),
            Ast::Assign { op: None, value, .. } => self.typing(*value),
            Ast::Ternary(_, then, otherwise) => {
                self.typing(*then).or_else(|| self.typing(*otherwise))
            }
            Ast::Operator { operator, args } if operator.text == "entry" => {
                args.first().and_then(|&arg| self.typing(arg))
            }
            Ast::Call { function, args } => {
                let call = (function.text.as_str(), args.len(), self.from);
                let given = self.given;
                match callee(given.tree, given.elaborated, given.symbols, call) {
                    Callee::Script(index) => self.typed.get(&Slot::Function(index)).cloned(),
                    Callee::Intrinsic(known) if TASKS.contains(&known.name) => {
                        self.type_in(Object::Kernel, "task_struct", function.span).ok()?
                    }
                    _ => None,
                }
            }
            _ => self.slot(value).and_then(|slot| self.typed.get(&slot).cloned()),
        }
    }

    /// The type of what is followed from the probed code.
    fn target_typing(&mut self, target: &'a Target) -> Option<Typing> {
        let span = match &target.root {
            TargetRoot::Variable(name) | TargetRoot::Operator(name, _) => name.span,
            TargetRoot::Value(value) => self.tree.exprs[*value].span,
        };
        let mut typing = match &target.root {
            TargetRoot::Value(value) => self.typing(*value)?,
            TargetRoot::Operator(operator, args) if operator.text == "cast" => {
                self.cast_type(*args.get(1)?, args.get(2).copied()).ok()?.0
            }
            TargetRoot::Operator(_, args) => self.var(args, span).ok()?.typing,
            TargetRoot::Variable(name) => self.variable_typing(name)?,
        };
        let source = self.open(&typing.object, span).ok()?;
        for selector in &target.selectors {
            typing.ty = step(source, typing.ty, selector)?;
        }
        // A value of a pointer's type is taken for the pointer, not for its address.
        let pointer = matches!(source.ty(typing.ty), Ok(Type::Pointer(_)));
        (!target.address || !pointer).then_some(typing)
    }

    /// The type of a variable; of one that a function was called with, also where it returns.
    fn variable_typing(&mut self, name: &Name) -> Option<Typing> {
        let before = self.probed.clone();
        if let Some(probed) = &mut self.probed
            && name.text != "return"
        {
            probed.at_return = false;
        }
        let thing = self.variable_thing(name, name.span);
        self.probed = before;
        Some(thing.ok()?.typing)
    }
}

/// The type of a member or element of what a type is or points to.
fn step(source: &dyn Source, ty: TypeId, selector: &Selector) -> Option<TypeId> {
    let (ty, pointer) = match source.ty(ty).ok()? {
        Type::Pointer(to) => (to?, true),
        _ => (ty, false),
    };
    match (selector, source.ty(ty).ok()?) {
        (Selector::Member(name), Type::Struct { .. }) => {
            Some(source.member(ty, &name.text).ok()??.ty)
        }
        (Selector::Element(_), _) if pointer => Some(ty),
        (Selector::Element(_), Type::Array(element)) => Some(element),
        _ => None,
    }
}
