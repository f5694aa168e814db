//! What goes over the elements of an array: `foreach`, and keys of which some may be any.

use stapc_ir::{Block, Edge, GlobalId, Immediate, Opcode, Order, OrderBy, Terminator, Type, Value};
use stapc_sema::hir::{Expr, Foreach, Local};

use crate::{
    body::{Join, Loop, Lower},
    expressions::global_ref,
    uses::assigned,
};

/// The keys that elements must have to be meant; none stands for any.
type Slice = Vec<Option<Value>>;

const UNSORTED: Order = Order { by: OrderBy::Unsorted, descending: false };

impl Lower<'_> {
    /// The keys of a slice, evaluated.
    fn slice(&mut self, keys: &[Option<Expr>]) -> Slice {
        let location = self.location;
        let values = keys.iter().map(|key| key.as_ref().map(|key| self.operand(key))).collect();
        self.location = location;
        values
    }

    pub fn foreach(&mut self, foreach: &Foreach) {
        let location = self.location;
        let slice = self.slice(&foreach.slice);
        let limit = foreach.limit.as_ref().map(|limit| self.operand(limit));
        self.location = location;
        // What is passed over must not count, so that a loop over a slice counts for itself.
        let counts = slice.iter().any(Option::is_some);
        let left = limit.filter(|_| counts).map(|limit| self.hidden("left", limit));
        let most = match limit.filter(|_| !counts) {
            Some(limit) => limit,
            None => self.int(i64::MAX),
        };
        let order = Order { by: foreach.by, descending: foreach.descending };
        let iteration = self.begin(foreach.global, order, most, "keyword 'foreach'");

        let mut changed = assigned(&foreach.body, []);
        changed.extend(foreach.keys.iter().chain(&foreach.value));
        changed.sort_unstable();
        changed.dedup();
        let head = self.join(changed.iter().copied().chain(left).collect());
        self.go(&head);
        let before = self.locals.clone();
        self.enter(&head, &before);
        self.fuel("keyword 'foreach'".to_owned());
        let at_test = self.locals.clone();
        let spent = left.map(|left| self.unless_spent(left));
        let none = self.advance(iteration);
        let exit = self.join(changed);
        self.join_at(spent.into_iter().chain([none]), &exit);
        self.pass_over(iteration, &slice, &head);
        if let Some(left) = left {
            let one = self.int(1);
            self.locals[left] = self.integer(Opcode::Isub, vec![self.locals[left], one]);
        }
        self.element(foreach, iteration);
        self.loops.push(Loop { next: head.clone(), exit: exit.clone() });
        self.statements(&foreach.body);
        self.go(&head);
        self.loops.pop();
        self.enter(&exit, &at_test);
        self.forget(left);
        self.location = location;
        self.finish_iteration(iteration);
    }

    /// A local of which the script does not know.
    fn hidden(&mut self, name: &str, value: Value) -> usize {
        self.names.push(Local { name: name.to_owned(), ty: self.function.ty(value) });
        self.read.push(true);
        self.locals.push(value);
        self.locals.len() - 1
    }

    /// Forgets the local that was added last.
    fn forget(&mut self, hidden: Option<usize>) {
        if let Some(local) = hidden {
            self.names.truncate(local);
            self.read.truncate(local);
            self.locals.truncate(local);
        }
    }

    /// Goes on if further elements are to be visited; gives the block where none are.
    fn unless_spent(&mut self, left: usize) -> Block {
        let zero = self.int(0);
        let args = vec![self.locals[left], zero];
        let more = self.value(Opcode::IcmpGt, Immediate::None, args, Type::Bool);
        let (then, spent) = self.branch(more);
        self.block = Some(then);
        spent
    }

    /// Goes to the next element; gives the block where there is none.
    fn advance(&mut self, iteration: Value) -> Block {
        let more = self.value(Opcode::IterNext, Immediate::None, vec![iteration], Type::Bool);
        let (then, none) = self.branch(more);
        self.block = Some(then);
        none
    }

    /// Lets these blocks go to a join, and stays where control is.
    fn join_at(&mut self, blocks: impl IntoIterator<Item = Block>, join: &Join) {
        let here = self.block;
        for block in blocks {
            self.block = Some(block);
            self.go(join);
        }
        self.block = here;
    }

    /// Goes to the loop's head if the element does not have the keys of the slice.
    fn pass_over(&mut self, iteration: Value, slice: &Slice, head: &Join) {
        for (position, wanted) in slice.iter().enumerate() {
            let Some(wanted) = *wanted else { continue };
            let ty = self.function.ty(wanted);
            let key = self.key(iteration, position, ty);
            let equal = if ty == Type::Str { Opcode::ScmpEq } else { Opcode::IcmpEq };
            let same = self.value(equal, Immediate::None, vec![key, wanted], Type::Bool);
            let (then, other) = self.branch(same);
            self.block = Some(then);
            self.join_at([other], head);
        }
    }

    fn key(&mut self, iteration: Value, position: usize, ty: Type) -> Value {
        self.value(Opcode::IterKey, Immediate::Index(position as u32), vec![iteration], ty)
    }

    fn begin(&mut self, global: usize, order: Order, most: Value, near: &str) -> Value {
        let immediate = Immediate::Iterate(GlobalId::from_u32(global as u32), order);
        let iteration = self.value(Opcode::IterBegin, immediate, vec![most], Type::Iter);
        self.iterations.push(iteration);
        self.near(iteration, near.to_owned())
    }

    fn finish_iteration(&mut self, iteration: Value) {
        self.effect(Opcode::IterEnd, Immediate::None, vec![iteration]);
        self.iterations.pop();
    }

    /// The locals that take the keys and the value of the element.
    fn element(&mut self, foreach: &Foreach, iteration: Value) {
        let read = |local: usize| self.read[local];
        let keys: Vec<(usize, usize)> =
            foreach.keys.iter().copied().enumerate().filter(|&(_, local)| read(local)).collect();
        let value = foreach.value.filter(|&local| read(local));
        for (position, local) in keys {
            self.locals[local] = self.key(iteration, position, self.names[local].ty);
        }
        if let Some(local) = value {
            let ty = self.names[local].ty;
            self.locals[local] =
                self.value(Opcode::IterValue, Immediate::None, vec![iteration], ty);
        }
    }

    /// Removes the elements with these keys.
    pub fn delete(&mut self, global: usize, keys: &[Option<Expr>]) {
        let slice = self.slice(keys);
        if let Some(keys) = slice.iter().copied().collect() {
            self.effect(Opcode::Mdel, global_ref(global), keys);
        } else if slice.iter().all(Option::is_none) {
            self.clear(global);
        } else {
            let most = self.int(i64::MAX);
            let iteration = self.begin(global, UNSORTED, most, "keyword 'delete'");
            let (head, none) = self.search(iteration, &slice, "keyword 'delete'");
            let types = self.given.program.globals[global].kind.keys();
            let keys = slice.iter().zip(types).enumerate();
            let keys = keys.map(|(position, (wanted, &ty))| match *wanted {
                Some(wanted) => wanted,
                None => self.key(iteration, position, ty),
            });
            let keys = keys.collect();
            self.effect(Opcode::Mdel, global_ref(global), keys);
            self.end(Terminator::Jump(Edge::to(head)));
            self.block = Some(none);
            self.finish_iteration(iteration);
        }
    }

    /// Whether an array has an element with these keys.
    pub fn has(&mut self, global: usize, keys: &[Option<Expr>]) -> Value {
        let slice = self.slice(keys);
        if let Some(keys) = slice.iter().copied().collect() {
            return self.value(Opcode::Mhas, global_ref(global), keys, Type::Bool);
        }
        let any = slice.iter().all(Option::is_none);
        let most = self.int(if any { 1 } else { i64::MAX });
        let iteration = self.begin(global, UNSORTED, most, "operator 'in'");
        if any {
            let found = self.value(Opcode::IterNext, Immediate::None, vec![iteration], Type::Bool);
            self.finish_iteration(iteration);
            return found;
        }
        let (_, none) = self.search(iteration, &slice, "operator 'in'");
        let found = self.bool(true);
        let found = self.leave(Some(found));
        self.block = Some(none);
        let not = self.bool(false);
        let not = self.leave(Some(not));
        let found = self.meet(found.into_iter().chain(not).collect());
        self.finish_iteration(iteration);
        found.unwrap_or_else(|| self.bool(false))
    }

    /// Goes to the first or next element of a slice; gives the block to go on from to the next, and
    /// the one where there is none.
    fn search(&mut self, iteration: Value, slice: &Slice, near: &str) -> (Block, Block) {
        let head = self.join(Vec::new());
        self.go(&head);
        self.block = Some(head.block);
        self.fuel(near.to_owned());
        let none = self.advance(iteration);
        self.pass_over(iteration, slice, &head);
        (head.block, none)
    }
}
