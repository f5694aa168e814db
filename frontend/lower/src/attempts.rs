//! `try` and `catch`.
//!
//! A fault leaves a block from its start, so to speak: what the block defines is not there where it is
//! handled. So where locals have changed since, a block that may fault is ended and another begun. For
//! each state that locals and iterations may be in at a fault there is a *landing*, a block that ends
//! the fault and these iterations; all landings then join in the handler.

use std::collections::HashMap;

use stapc_ir::{Block, Immediate, Location, Opcode, Type, Value, ValueDef};
use stapc_sema::hir::{Expr, Stmt};

use crate::{
    body::{End, Lower},
    uses::assigned,
};

/// A `try` whose body is being lowered.
pub struct Attempt {
    /// The locals that change in the body.
    changing: Vec<usize>,
    /// How many locals there are around it.
    locals: usize,
    /// How many iterations are running around it.
    iterations: usize,
    /// Whether the handler takes the fault's text.
    text: bool,
    location: Location,
    /// Where faults land, by what changing locals are then and what iterations of the body are running.
    landings: HashMap<(Vec<Value>, Vec<Value>), Block>,
    /// Likewise, for the handler to go on from.
    ends: Vec<End>,
}

impl Lower<'_> {
    pub fn try_(&mut self, body: &[Stmt], message: Option<usize>, handler: &[Stmt]) {
        let message = message.filter(|&local| self.read[local]);
        self.begin_attempt(assigned(body, []), message.is_some());
        self.statements(body);
        let mut ways = Vec::from_iter(self.leave(None));
        let landed = self.attempts.pop().map(|attempt| attempt.ends).unwrap_or_default();
        if !landed.is_empty() {
            let text = self.meet(landed);
            if let (Some(local), Some(text)) = (message, text) {
                self.locals[local] = text;
            }
            self.statements(handler);
            ways.extend(self.leave(None));
        }
        self.meet(ways);
        // The block that control is in may be one of the body.
        self.in_new_block();
    }

    /// The value of an expression, or where it faults of another.
    pub fn attempt(&mut self, value: &Expr, otherwise: &Expr) -> Option<Value> {
        self.begin_attempt(assigned(&[], [value]), false);
        let value = self.operand(value);
        let mut ways = Vec::from_iter(self.leave(Some(value)));
        let landed = self.attempts.pop().map(|attempt| attempt.ends).unwrap_or_default();
        if !landed.is_empty() {
            self.meet(landed);
            let otherwise = self.operand(otherwise);
            ways.extend(self.leave(Some(otherwise)));
        }
        let value = self.meet(ways);
        self.in_new_block();
        value
    }

    /// Begins to look out for faults of what changes these locals.
    fn begin_attempt(&mut self, mut changing: Vec<usize>, text: bool) {
        changing.retain(|&local| self.read[local]);
        self.attempts.push(Attempt {
            changing,
            locals: self.locals.len(),
            iterations: self.iterations.len(),
            text,
            location: self.location,
            landings: HashMap::new(),
            ends: Vec::new(),
        });
        self.in_new_block();
    }

    /// Makes faults in the current block land where they are handled, if they are.
    pub fn guard(&mut self) {
        if self.attempts.is_empty() {
            return;
        }
        let block = self.current();
        let landing = self.landing();
        let fits = match self.function.block(block).catch {
            Some(catch) => catch == landing,
            None => !self.changes_locals(block),
        };
        if !fits {
            self.in_new_block();
        }
        let block = self.current();
        self.function.block_mut(block).catch = Some(landing);
    }

    /// Whether a block defines what a local is now.
    fn changes_locals(&self, block: Block) -> bool {
        let insts = &self.function.block(block).insts;
        let changing = self.attempts.last().map_or(&[][..], |attempt| &attempt.changing);
        changing.iter().any(|&local| match self.function.value(self.locals[local]).def {
            ValueDef::Result(inst) => insts.contains(&inst),
            ValueDef::Param(_) => false,
        })
    }

    /// Where a fault lands now.
    fn landing(&mut self) -> Block {
        let Some(attempt) = self.attempts.last() else { return self.current() };
        let changing = attempt.changing.iter().map(|&local| self.locals[local]).collect();
        let running = self.iterations[attempt.iterations..].to_vec();
        let state = (changing, running);
        if let Some(&landing) = attempt.landings.get(&state) {
            return landing;
        }
        let (text, location, count) = (attempt.text, attempt.location, attempt.locals);
        let block = self.function.add_block();
        let mut add = |opcode, args, ty| {
            self.function.append(block, opcode, Immediate::None, args, ty, location)
        };
        let text = text.then(|| add(Opcode::FaultText, Vec::new(), Some(Type::Str)));
        add(Opcode::FaultEnd, Vec::new(), None);
        for &iteration in state.1.iter().rev() {
            add(Opcode::IterEnd, vec![iteration], None);
        }
        let value = text.and_then(|text| self.function.inst(text).result);
        let locals = self.locals[..count].to_vec();
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.landings.insert(state, block);
            attempt.ends.push(End { block, locals, value });
        }
        block
    }
}
